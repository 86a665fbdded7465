/*
 * opt.c - parse a tool's command line by its table; called by bin only
 *
 * getopt_long does the work but its messages are not ours, so it is kept
 * quiet and what was wrong is found out from where it stopped.
 */
#include "config.h"

#include "common/opt.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"

enum {
	KEY_PROGRESS = OCR_OPT_SHARED,
	KEY_STATS,
};

static const struct ocr_opt shared_opts[] = {
    {KEY_PROGRESS, "progress", "[WHEN]",
	"show a bar on stderr: auto (on a terminal), always or never"},
    {KEY_STATS, "stats", "[FILE]",
	"write one line of JSON about the run to FILE or stderr"},
    {'q', "quiet", NULL, "no warnings, no bar"},
    {'v', "verbose", NULL, "say more"},
    {'h', "help", NULL, "show this help and exit"},
    {'V', "version", NULL, "show the version and exit"},
    {'L', "license", NULL, NULL}, /* gzip has it */
    {0, NULL, NULL, NULL},
};

/* One run of the parser. */
struct parser {
	const struct ocr_tool *tool;
	void *ctx;
	struct ocr_ui *ui;
	struct ocr_shared_opt *shared;
	int argc;
	char **argv;
	struct ocr_opt *opts; /* the tool's and the shared ones */
	struct option *longs; /* getopt_long's arguments */
	char *shorts;
	const char *next; /* rest of a cluster like -kv12, or NULL */
	char digits[8];   /* a run of digits so far */
	bool is_over;     /* --help, --version */
};

struct ocr_opt *
ocr_opt_all(const struct ocr_tool *tool)
{
	size_t n = 0, n_shared = sizeof(shared_opts) / sizeof(shared_opts[0]);
	struct ocr_opt *all;

	while (tool->opts[n].key != 0)
		n++;
	all = calloc(n + n_shared, sizeof(*all));
	if (all == NULL)
		return NULL;
	memcpy(all, tool->opts, n * sizeof(*all));
	memcpy(all + n, shared_opts, sizeof(shared_opts));
	return all;
}

/* Make getopt_long's arguments from p->opts. */
static int
init_getopt(struct parser *p)
{
	size_t n = 0, n_long = 0;
	char *s;

	while (p->opts[n].key != 0)
		n++;
	p->longs = calloc(n + 1, sizeof(*p->longs));
	p->shorts = malloc(3 * n + 3);
	if (p->longs == NULL || p->shorts == NULL)
		return -1;
	s = p->shorts;
	if (p->tool->stops_at_operand)
		*s++ = '+';
	*s++ = ':'; /* tells a missing argument from an unknown option */
	for (const struct ocr_opt *o = p->opts; o->key != 0; o++) {
		int has_arg = o->arg == NULL     ? no_argument
			      : o->arg[0] == '[' ? optional_argument
						 : required_argument;

		if (o->name != NULL) {
			p->longs[n_long].name = o->name;
			p->longs[n_long].has_arg = has_arg;
			p->longs[n_long++].val = o->key;
		}
		if (o->key >= OCR_OPT_LONG)
			continue;
		*s++ = (char)o->key;
		for (int i = 0; i < has_arg; i++) /* 0, 1, 2 colons */
			*s++ = ':';
	}
	*s = '\0';
	optind = 0; /* glibc: begin anew, whatever was parsed before */
	opterr = 0;
	return 0;
}

static bool
is_known(const struct parser *p, int key)
{
	const struct ocr_opt *o = p->opts;

	while (o->key != 0 && o->key != key)
		o++;
	return key != 0 && o->key == key;
}

static bool
is_prefix_of_one(const struct parser *p, const char *name, size_t len)
{
	for (const struct ocr_opt *o = p->opts; o->key != 0; o++) {
		if (o->name != NULL && strncmp(o->name, name, len) == 0)
			return true;
	}
	return false;
}

/* getopt_long has returned '?' or ':': say what is wrong. */
static int
bad_option(const struct parser *p, int c, struct ocr_err *err)
{
	const char *word = p->argv[optind - 1];
	int len = (int)strcspn(word, "=");
	bool is_long = strncmp(word, "--", 2) == 0;

	if (c == ':' && is_long)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "option '%s' needs an argument", word);
	if (c == ':')
		return ocr_err_set(err, -OCR_EUSAGE,
		    "option '-%c' needs an argument", optopt);
	if (optopt != 0 && is_known(p, optopt)) /* --keep=x */
		return ocr_err_set(err, -OCR_EUSAGE,
		    "option '%.*s' takes no argument", len, word);
	if (optopt > 0x20 && optopt < 0x7f)
		return ocr_err_set(err, -OCR_EUSAGE, "unknown option '-%c'",
		    optopt);
	if (optopt != 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "unknown option '-\\x%02x'", (unsigned char)optopt);
	/* A prefix of one name alone would have been taken. */
	if (is_prefix_of_one(p, word + 2, (size_t)len - 2))
		return ocr_err_set(err, -OCR_EUSAGE, "'%.*s' is ambiguous", len,
		    word);
	return ocr_err_set(err, -OCR_EUSAGE, "unknown option '%.*s'", len,
	    word);
}

static int
set_progress(struct ocr_shared_opt *shared, const char *when,
    struct ocr_err *err)
{
	if (when == NULL || strcmp(when, "always") == 0)
		shared->progress = OCR_PROGRESS_ALWAYS;
	else if (strcmp(when, "auto") == 0)
		shared->progress = OCR_PROGRESS_AUTO;
	else if (strcmp(when, "never") == 0)
		shared->progress = OCR_PROGRESS_NEVER;
	else
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--progress: '%s' is not auto, always or never", when);
	return 0;
}

static int
show(const char *text, struct ocr_err *err)
{
	if (text == NULL)
		return ocr_err_nomem(err);
	return ocr_write_full(STDOUT_FILENO, text, strlen(text), "stdout", err);
}

static int
show_help(const struct parser *p, struct ocr_err *err)
{
	char *text = ocr_opt_help(p->tool);
	int r = show(text, err);

	free(text);
	return r;
}

static int
show_version(const struct parser *p, struct ocr_err *err)
{
	char text[160];

	snprintf(text, sizeof(text),
	    "%s (octoray-tools) " PACKAGE_VERSION "\nLicence: Apache-2.0"
	    " <https://www.apache.org/licenses/LICENSE-2.0>\n",
	    p->tool->name);
	return show(text, err);
}

static int
set_option(struct parser *p, int key, const char *arg, struct ocr_err *err)
{
	switch (key) {
	case KEY_PROGRESS:
		return set_progress(p->shared, arg, err);
	case KEY_STATS:
		p->shared->has_stats = true;
		p->shared->stats_path = arg;
		return 0;
	case 'q':
		p->ui->verbosity = OCR_QUIET;
		return 0;
	case 'v':
		p->ui->verbosity = OCR_VERBOSE;
		return 0;
	case 'h':
		p->is_over = true;
		return show_help(p, err);
	case 'V':
	case 'L':
		p->is_over = true;
		return show_version(p, err);
	default:
		return p->tool->set(p->ctx, key, arg, err);
	}
}

/*
 * getopt_long has returned the letter c from an argument; 'before' is optind
 * before that.  Keep p->next at what follows c in the same argument.
 */
static void
follow_cluster(struct parser *p, int c, int before)
{
	const char *word = p->argv[optind - 1];

	if (p->next != NULL)
		p->next++;
	else if (optind > before && word[0] == '-' && word[1] == c &&
		 word[2] == '\0')
		return; /* a letter by itself */
	else
		p->next = p->argv[optind] + 2;
	if (*p->next == '\0')
		p->next = NULL;
}

/* A digit: collect the run that it belongs to, set it after the last one. */
static int
set_digit(struct parser *p, int c, struct ocr_err *err)
{
	size_t n = strlen(p->digits);
	int r;

	if (n < sizeof(p->digits) - 1)
		p->digits[n] = (char)c;
	if (p->next != NULL && *p->next >= '0' && *p->next <= '9')
		return 0;
	r = set_option(p, p->digits[0], p->digits, err);
	memset(p->digits, 0, sizeof(p->digits));
	return r;
}

static int
parse(struct parser *p, struct ocr_err *err)
{
	while (!p->is_over) {
		int before = optind == 0 ? 1 : optind, index = -1, r;
		int c =
		    getopt_long(p->argc, p->argv, p->shorts, p->longs, &index);

		if (c == -1)
			return 0;
		if (c == '?' || c == ':')
			return bad_option(p, c, err);
		if (index < 0 && optarg == NULL)
			follow_cluster(p, c, before);
		else
			p->next = NULL;
		if (index < 0 && optarg == NULL && c >= '0' && c <= '9')
			r = set_digit(p, c, err);
		else
			r = set_option(p, c, optarg, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Exit status for what err says, after saying it. */
static int
report(struct ocr_ui *ui, const struct ocr_err *err)
{
	/* Whoever reads our output has gone: the shell wants to see 141. */
	if (err->code == -OCR_EPIPE)
		ocr_cleanup_raise(SIGPIPE);
	ocr_ui_error(ui, err);
	return ocr_err_exit_status(err->code);
}

int
ocr_opt_parse(const struct ocr_tool *tool, void *ctx, struct ocr_ui *ui,
    struct ocr_shared_opt *shared, int argc, char **argv, int *status)
{
	struct parser p = {.tool = tool,
	    .ctx = ctx,
	    .ui = ui,
	    .shared = shared,
	    .argc = argc,
	    .argv = argv};
	struct ocr_err err = {0}, lost = {0};
	char hint[128];
	int r = -1;

	ui->tool = tool->name;
	memset(shared, 0, sizeof(*shared));
	p.opts = ocr_opt_all(tool);
	if (p.opts == NULL || init_getopt(&p) < 0)
		(void)ocr_err_nomem(&err);
	else if (parse(&p, &err) == 0)
		r = p.is_over ? -1 : optind;
	*status = err.code == 0 ? 0 : report(ui, &err);
	if (err.code == -OCR_EUSAGE) {
		snprintf(hint, sizeof(hint), "try '%s --help'\n", tool->name);
		(void)ocr_write_full(STDERR_FILENO, hint, strlen(hint),
		    "stderr", &lost);
	}
	free(p.opts);
	free(p.longs);
	free(p.shorts);
	return r;
}

int
ocr_opt_exit(struct ocr_ui *ui, const struct ocr_err *err, int status)
{
	struct ocr_err last = {0};

	if (err != NULL && err->code != 0) {
		int s = report(ui, err);

		status = status == 0 ? s : status;
	}
	/* EBADF: closed before, with nothing left to write. */
	if (fflush(stdout) != 0 ||
	    (close(STDOUT_FILENO) < 0 && errno != EBADF)) {
		(void)ocr_err_sys(&last, "cannot write to stdout");
		(void)report(ui, &last);
		status = status == 0 ? 1 : status;
	}
	ocr_cleanup_end(status);
	return status;
}
