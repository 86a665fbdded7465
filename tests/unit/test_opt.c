/*
 * test_opt.c - command lines, right and wrong; --help; sizes and numbers
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/opt.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

enum {
	KEY_STAGE = OCR_OPT_LONG,
	KEY_STATE,
	KEY_LIMIT,
};

static const struct ocr_opt opts[] = {
    {'s', "size", "SIZE", "cut after SIZE bytes"},
    {'k', "keep", NULL, "keep the input"},
    {'c', "stdout", NULL, "write to standard output"},
    {'c', "to-stdout", NULL, NULL},
    {'x', NULL, "[N]", "a letter with an optional number"},
    {'S', NULL, ".suf", "a letter with an argument"},
    {KEY_STAGE, "stage", NULL,
	"one of those with a text that does not fit on a line of eighty "
	"columns and goes on"},
    {KEY_STATE, "state", "[X]", "optional"},
    {KEY_LIMIT, "limit-with-a-long-name-of-its-own", "N", "own line"},
    {'0', NULL, NULL, NULL},
    {'1', "fast", NULL, "compress faster"},
    {'2', NULL, NULL, NULL},
    {'9', "best", NULL, "compress better"},
    {0, NULL, NULL, NULL},
};

/* Writes down every call: "s=1M k 1=12 ". */
static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	char *log = ctx, name[16];

	if (arg != NULL && strcmp(arg, "bad") == 0)
		return ocr_err_set(err, -OCR_EUSAGE, "--size: 'bad' is bad");
	if (arg != NULL && strcmp(arg, "gone") == 0)
		return ocr_err_set(err, -OCR_EIO, "it is gone");
	if (key < OCR_OPT_LONG)
		snprintf(name, sizeof(name), "%c", key);
	else
		snprintf(name, sizeof(name), "%d", key);
	snprintf(log + strlen(log), 200 - strlen(log), "%s%s%s ", name,
	    arg == NULL ? "" : "=", arg == NULL ? "" : arg);
	return 0;
}

static const struct ocr_tool tool = {"ocr-try", "[-s SIZE] [FILE...]",
    "Try out options.", opts, false, set};

struct call {
	char line[200]; /* arguments, separated by blanks */
};

/* Parse the line; print what was set, what is shared, and the operands. */
static int
parse_line(void *arg)
{
	struct call *call = arg;
	struct ocr_shared_opt shared;
	struct ocr_ui ui = {0};
	char *argv[50] = {(char *)(uintptr_t) "ocr-try"}, *save, log[200] = "";
	int argc = 1, status = 77, first;

	for (char *w = strtok_r(call->line, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	first = ocr_opt_parse(&tool, log, &ui, &shared, argc, argv, &status);
	if (first < 0)
		return status;
	printf("%s|%d%d%d%s|", log, ui.verbosity, shared.progress,
	    shared.has_stats,
	    shared.stats_path == NULL ? "" : shared.stats_path);
	while (first < argc)
		printf(" %s", argv[first++]);
	fflush(stdout);
	return status;
}

static struct child *
try(struct child *c, const char *line)
{
	struct call call;

	snprintf(call.line, sizeof(call.line), "%s", line);
	child_run(c, parse_line, &call);
	return c;
}

static void
test_right(struct child *c)
{
	static const char *const table[][2] = {
	    {"", "|000|"},
	    {"a b", "|000| a b"},
	    {"-s 1M a", "s=1M |000| a"},
	    {"-s1M -k", "s=1M k |000|"},
	    {"a -ks 1M b", "k s=1M |000| a b"},
	    {"--size=1M --size 2M --siz=", "s=1M s=2M s= |000|"},
	    {"-s -k a", "s=-k |000| a"},
	    {"--size --keep a", "s=--keep |000| a"},
	    {"-k -- -s --foo", "k |000| -s --foo"},
	    {"a -- b -k", "|000| a b -k"},
	    {"- a", "|000| - a"},
	    {"--stdout --to-stdout --to -c", "c c c c |000|"},
	    {"-x -x5 -x 5 -kx7", "x x=5 x k x=7 |000| 5"},
	    {"-S .z -S.y", "S=.z S=.y |000|"},
	    {"--stage --state --state=7", "1000 1001 1001=7 |000|"},
	    {"--limit=3", "1002=3 |000|"},
	    /* digits */
	    {"-1", "1=1 |000|"},
	    {"-12", "1=12 |000|"},
	    {"-1 -2", "1=1 2=2 |000|"},
	    {"-1 -12", "1=1 1=12 |000|"},
	    {"-12 -1", "1=12 1=1 |000|"},
	    {"a -1 b -12 c -9", "1=1 1=12 9=9 |000| a b c"},
	    {"-k12c9 -9k1", "k 1=12 c 9=9 9=9 k 1=1 |000|"},
	    {"-1c2x12 -x 12", "1=1 c 2=2 x=12 x |000| 12"},
	    {"--fast --best", "1 9 |000|"},
	    {"--fast -1 --best -2", "1 1=1 9 2=2 |000|"},
	    {"-s -1 -1", "s=-1 1=1 |000|"},
	    {"-99999999999 -1", "9=9999999 1=1 |000|"},
	    {"-- -1", "|000| -1"},
	    {"-001", "0=001 |000|"},
	    /* shared */
	    {"-q", "|-100|"},
	    {"-v --quiet --verbose a", "|100| a"},
	    {"-kvc", "k c |100|"},
	    {"--progress", "|010|"},
	    {"--progress=auto", "|000|"},
	    {"--progress=never --prog=always a", "|010| a"},
	    {"--progress=never", "|020|"},
	    {"--stats", "|001|"},
	    {"--stats=f --stats=g", "|001g|"},
	    {"--stats=g --stats", "|001|"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		try(c, table[i][0]);
		is_int(c->status, 0, "status");
		is_str(c->out, table[i][1], table[i][0]);
		is_str(c->err, "", "no message");
	}
}

static void
test_wrong(struct child *c)
{
	static const char *const table[][2] = {
	    {"--foo", "unknown option '--foo'"},
	    {"--foo=bar", "unknown option '--foo'"},
	    {"a b --foo=bar c", "unknown option '--foo'"},
	    {"--=", "'--' is ambiguous"},
	    {"--sizes=1", "unknown option '--sizes'"},
	    {"---", "unknown option '---'"},
	    {"-z", "unknown option '-z'"},
	    {"-kz", "unknown option '-z'"},
	    {"-kzc", "unknown option '-z'"},
	    {"a -zs", "unknown option '-z'"},
	    {"-k- a", "unknown option '--'"},
	    {"-:", "unknown option '-:'"},
	    {"-;", "unknown option '-;'"},
	    {"-?", "unknown option '-?'"},
	    {"-W", "unknown option '-W'"},
	    {"-15", "unknown option '-5'"},
	    {"-k\303\251", "unknown option '-\\xc3'"},
	    {"-\177", "unknown option '-\\x7f'"},
	    {"-s", "option '-s' needs an argument"},
	    {"a -ks", "option '-s' needs an argument"},
	    {"-S", "option '-S' needs an argument"},
	    {"a --size", "option '--size' needs an argument"},
	    {"--siz", "option '--siz' needs an argument"},
	    {"--keep=x", "option '--keep' takes no argument"},
	    {"--ke=", "option '--ke' takes no argument"},
	    {"a --stage=3 b", "option '--stage' takes no argument"},
	    {"--quiet=3", "option '--quiet' takes no argument"},
	    {"--sta", "'--sta' is ambiguous"},
	    {"--st=4", "'--st' is ambiguous"},
	    {"-k --s", "'--s' is ambiguous"},
	    {"--progress=x", "--progress: 'x' is not auto, always or never"},
	    {"--progress=", "--progress: '' is not auto, always or never"},
	    {"-k -sbad --foo", "--size: 'bad' is bad"},
	    {"--foo --help", "unknown option '--foo'"},
	    {"-k\033[2Jx", "unknown option '-\\x1b'"},
	    {"--\033[2J", "unknown option '--?[2J'"},
	};
	char want[200];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		snprintf(want, sizeof(want),
		    "ocr-try: %s\ntry 'ocr-try --help'\n", table[i][1]);
		try(c, table[i][0]);
		is_int(c->status, 2, table[i][1]);
		is_str(c->err, want, "two lines");
		is_str(c->out, "", "nothing on stdout");
	}
	try(c, "--size=gone");
	is_int(c->status, 1, "what is no usage error");
	is_str(c->err, "ocr-try: it is gone\n", "gets no hint");
}

static const char help[] =
    "usage: ocr-try [-s SIZE] [FILE...]\n"
    "\n"
    "Try out options.\n"
    "\n"
    "  -s, --size=SIZE        cut after SIZE bytes\n"
    "  -k, --keep             keep the input\n"
    "  -c, --stdout           write to standard output\n"
    "  -x[N]                  a letter with an optional number\n"
    "  -S .suf                a letter with an argument\n"
    "      --stage            one of those with a text that does not fit on a "
    "line\n"
    "                         of eighty columns and goes on\n"
    "      --state[=X]        optional\n"
    "      --limit-with-a-long-name-of-its-own=N\n"
    "                         own line\n"
    "  -1, --fast             compress faster\n"
    "  -9, --best             compress better\n"
    "      --progress[=WHEN]  show a bar on stderr: auto (on a terminal), "
    "always or\n"
    "                         never\n"
    "      --stats[=FILE]     write one line of JSON about the run to FILE "
    "or stderr\n"
    "  -q, --quiet            no warnings, no bar\n"
    "  -v, --verbose          say more\n"
    "  -h, --help             show this help and exit\n"
    "  -V, --version          show the version and exit\n";

static int
help_nowhere(void *arg)
{
	struct call call = {"--help"};

	ocr_cleanup_install();
	if (arg == NULL)
		close(1);
	else
		dup2(*(int *)arg, 1);
	return parse_line(&call);
}

static void
test_help(struct child *c)
{
	int full = open("/dev/full", O_WRONLY), p[2];
	size_t longest = 0;

	for (const char *s = help; *s != '\0'; s += strcspn(s, "\n") + 1) {
		if (strcspn(s, "\n") > longest)
			longest = strcspn(s, "\n");
	}
	is_int(longest < 80, 1, "help fits in 80 columns");
	is_str(try(c, "-k --help --foo")->out, help, "--help");
	is_int(c->status, 0, "exit status");
	is_str(c->err, "", "no message");
	is_str(try(c, "-kh")->out, help, "-h");
	is_str(try(c, "a --version")->out,
	    "ocr-try (octoray-tools) " PACKAGE_VERSION "\nLicence: Apache-2.0 "
	    "<https://www.apache.org/licenses/LICENSE-2.0>\n",
	    "--version");
	is_int(c->status, 0, "exit status");
	is_str(try(c, "-V --help")->out, c->out, "-V goes first");
	child_run(c, help_nowhere, &full);
	is_int(c->status, 1, "--help to a full disk");
	is_str(c->err,
	    "ocr-try: cannot write to stdout: No space left on device\n",
	    "message");
	child_run(c, help_nowhere, NULL);
	is_int(c->status, 1, "--help to a closed stdout");
	is_str(c->err, "ocr-try: cannot write to stdout: Bad file descriptor\n",
	    "message");
	if (pipe(p) < 0)
		return;
	close(p[0]);
	child_run(c, help_nowhere, &p[1]);
	is_int(c->status, 128 + SIGPIPE, "--help to a closed pipe");
	is_str(c->err, "", "without a word");
	close(p[1]);
	close(full);
}

static void
test_twice(void)
{
	struct ocr_shared_opt shared;
	struct ocr_ui ui = {0};
	char log[200] = "";
	int status = 0;

	for (int i = 0; i < 2; i++) {
		char words[][8] = {"try", "f", "-k12", "--state", "g", "--",
		    "-c"};
		char *argv[8];

		for (int j = 0; j < 7; j++)
			argv[j] = words[j];
		argv[7] = NULL;
		is_int(
		    ocr_opt_parse(&tool, log, &ui, &shared, 7, argv, &status),
		    4, "first operand");
		is_str(argv[4], "f", "operands are last, in order");
		is_str(argv[6], "-c", "operands are last, in order");
	}
	is_str(log, "k 1=12 1001 k 1=12 1001 ", "the same twice");
	is_str(ui.tool, "ocr-try", "ui has the tool's name");
}

static void
test_numbers(void)
{
	static const struct {
		const char *text;
		uint64_t want; /* 0: an error */
	} sizes[] = {
	    {"1", 1},
	    {"512", 512},
	    {"64K", 65536},
	    {"1M", 1 << 20},
	    {"64k", 65536},
	    {"1KiB", 1024},
	    {"3MiB", 3 << 20},
	    {"2G", (uint64_t)2 << 30},
	    {"1T", (uint64_t)1 << 40},
	    {"007", 7},
	    {"18446744073709551615", UINT64_MAX},
	    {"16777215T", (uint64_t)16777215 << 40},
	    {"18446744073709551616", 0},
	    {"16777216T", 0},
	    {"18014398509481984K", 0},
	    {"99999999999999999999G", 0},
	    {"", 0},
	    {"0", 0},
	    {"0K", 0},
	    {"-1", 0},
	    {"+1", 0},
	    {" 1", 0},
	    {"1 ", 0},
	    {"K", 0},
	    {"64Q", 0},
	    {"1KB", 0},
	    {"1Ki", 0},
	    {"1KK", 0},
	    {"1.5M", 0},
	    {"0x10", 0},
	    {"1MiBs", 0},
	    {"1P", 0},
	    {"1iB", 0},
	};
	struct ocr_err e = {0};
	char want[100];
	uint64_t v;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		v = 0;
		ocr_err_clear(&e);
		is_int(ocr_opt_size("--size", sizes[i].text, &v, &e),
		    sizes[i].want == 0 ? -OCR_EUSAGE : 0, sizes[i].text);
		is_int((int64_t)v, (int64_t)sizes[i].want, "its value");
		snprintf(want, sizeof(want),
		    "--size: '%s' is not a size (like 64K, 1M, 1G)",
		    sizes[i].text);
		is_str(e.text, sizes[i].want == 0 ? want : "", "its text");
	}
	ocr_err_clear(&e);
	is_int(ocr_opt_number("-j", "1", 1, 12, &v, &e), 0, "least");
	is_int((int64_t)v, 1, "value");
	is_int(ocr_opt_number("-j", "12", 1, 12, &v, &e), 0, "most");
	is_int((int64_t)v, 12, "value");
	is_int(ocr_opt_number("-j", "13", 1, 12, &v, &e), -OCR_EUSAGE, "13");
	is_int((int64_t)v, 12, "value is left alone");
	is_str(e.text, "-j: '13' is not a number from 1 to 12", "text");
	ocr_err_clear(&e);
	is_int(ocr_opt_number("-j", "0", 1, UINT64_MAX, &v, &e), -OCR_EUSAGE,
	    "0");
	is_str(e.text, "-j: '0' is not a number from 1", "text");
	is_int(ocr_opt_number("-j", "", 0, 9, &v, &e), -OCR_EUSAGE, "empty");
	is_int(ocr_opt_number("-j", "-1", 0, 9, &v, &e), -OCR_EUSAGE, "-1");
	is_int(ocr_opt_number("-j", "1x", 0, 9, &v, &e), -OCR_EUSAGE, "1x");
	is_int(ocr_opt_number("-j", "18446744073709551617", 0, 9, &v, &e),
	    -OCR_EUSAGE, "2^64+1");
}

struct end {
	struct ocr_err err;
	int status;
	bool is_pending; /* stdio holds something for stdout */
	bool is_closed;
	bool is_full;
};

static int
end(void *arg)
{
	struct end *e = arg;
	struct ocr_ui ui = {.tool = "ocr-try"};

	ocr_cleanup_install();
	if (e->is_full)
		dup2(open("/dev/full", O_WRONLY), 1);
	if (e->is_pending)
		printf("pending");
	if (e->is_closed)
		close(1);
	return ocr_opt_exit(&ui, &e->err, e->status);
}

static void
test_exit(struct child *c)
{
	static const struct {
		struct end end;
		int status;
		const char *err;
	} table[] = {
	    {{.status = 0}, 0, ""},
	    {{.status = 3}, 3, ""},
	    {{.err = {-OCR_EHOST, "no host"}}, 3, "ocr-try: no host\n"},
	    {{.err = {-OCR_EUSAGE, "x"}}, 2, "ocr-try: x\n"},
	    {{.err = {-OCR_EIO, "x"}, .status = 3}, 3, "ocr-try: x\n"},
	    {{.err = {-OCR_EPIPE, "x"}}, 128 + SIGPIPE, ""},
	    {{.is_pending = true}, 0, ""},
	    {{.is_closed = true}, 0, ""},
	    {{.is_closed = true, .is_pending = true}, 1,
		"ocr-try: cannot write to stdout: Bad file descriptor\n"},
	    {{.is_full = true, .is_pending = true}, 1,
		"ocr-try: cannot write to stdout: No space left on "
		"device\n"},
	    {{.is_full = true, .is_pending = true, .status = 3}, 3,
		"ocr-try: cannot write to stdout: No space left on "
		"device\n"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct end e = table[i].end;

		child_run(c, end, &e);
		is_int(c->status, table[i].status, "exit status");
		is_str(c->err, table[i].err, "message");
	}
}

/* What clusters of k, c and digits must come to. */
static void
add_cluster(char log[200], const char *w)
{
	while (*w != '\0') {
		size_t n = strlen(log), run = strspn(w, "129");

		if (run == 0)
			snprintf(log + n, 200 - n, "%c ", *w);
		else
			snprintf(log + n, 200 - n, "%c=%.*s ", *w, (int)run, w);
		w += run == 0 ? 1 : run;
	}
}

/* Random clusters and operands against the simple reading of them. */
static void
test_random(void)
{
	static const char letters[] = "kc129";
	struct ocr_shared_opt shared;
	struct ocr_ui ui = {0};
	int n_bad = 0, status = 0;

	srand(1);
	for (int run = 0; run < 20000; run++) {
		char words[6][8], log[200] = "", want[200] = "";
		char *argv[7] = {(char *)(uintptr_t) "try"};
		int n_operands = 0, first;

		for (int i = 0; i < 5; i++) {
			char *w = argv[i + 1] = words[i];
			int n = rand() % 4;

			n_operands += n == 0;
			*w++ = n == 0 ? 'f' : '-';
			for (int j = 0; j < n; j++)
				*w++ = letters[rand() % 5];
			*w = '\0';
			add_cluster(want, words[i] + 1);
		}
		first =
		    ocr_opt_parse(&tool, log, &ui, &shared, 6, argv, &status);
		n_bad += first != 6 - n_operands || strcmp(log, want) != 0;
	}
	is_int(n_bad, 0, "20000 random command lines");
}

int
main(void)
{
	struct child *c = malloc(sizeof(*c));

	unsetenv("POSIXLY_CORRECT");
	test_right(c);
	test_wrong(c);
	test_help(c);
	test_twice();
	test_numbers();
	test_exit(c);
	test_random();
	free(c);
	return done();
}
