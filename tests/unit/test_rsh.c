/*
 * test_rsh.c - the command that connects to a host, word by word
 */
#include "config.h"

#include "common/rsh.h"

#include <stdlib.h>

#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define FLAGS                                                                  \
	"[ssh][-T][-x][-a][-oBatchMode=yes][-oServerAliveInterval=5]"          \
	"[-oServerAliveCountMax=3][-oControlMaster=no][-oControlPath=none]"    \
	"[-oClearAllForwardings=yes][-oPermitLocalCommand=no]"                 \
	"[-oEscapeChar=none][-oCompression=no][-oLogLevel=ERROR]"

static const char *const plain[] = {"ocr-x", "--worker", NULL};

static const char *
show(const struct ocr_words *w)
{
	static char buf[4000];
	size_t len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < w->n && len < 3000; i++)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len, "[%s]",
		    w->v[i]);
	return buf;
}

static void
good(struct ocr_host h, const char *option, const char *const *command,
    const char *want)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};

	if (h.name == NULL)
		h.name = h.is_here ? "" : "n";
	is_int(ocr_rsh_argv(&w, &h, option, 10, command, &err), 0, want);
	is_str(err.text, "", "no error");
	is_str(show(&w), want, "words");
	ok(w.n > 0 && w.v[w.n] == NULL, "a NULL at the end");
	ocr_words_release(&w);
}

static void
bad(struct ocr_host h, const char *option, const char *want)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};

	h.name = "n";
	is_int(ocr_rsh_argv(&w, &h, option, 10, plain, &err), -OCR_EUSAGE,
	    want);
	is_str(err.text, want, "text");
	ocr_words_release(&w);
}

#define HOST(...) ((struct ocr_host){__VA_ARGS__})

static void
test_ssh(void)
{
	struct ocr_words w = {0};
	struct ocr_err err = {0};
	struct ocr_host h = {.name = "n"};

	good(HOST(0), NULL, plain,
	    FLAGS "[-oConnectTimeout=10][--][n][exec ocr-x --worker]");
	good(HOST(.name = "::1", .user = "me", .port = 22), NULL, plain,
	    FLAGS "[-oConnectTimeout=10][-p22][-l][me][--][::1]"
		  "[exec ocr-x --worker]");
	good(HOST(.path = "/opt/x"), NULL, plain,
	    FLAGS "[-oConnectTimeout=10][--][n][exec /opt/x/ocr-x --worker]");
	good(HOST(.path = "/opt/my tools/"), NULL, plain,
	    FLAGS "[-oConnectTimeout=10][--][n]"
		  "[exec '/opt/my tools/ocr-x' --worker]");
	is_int(ocr_rsh_argv(&w, &h, NULL, 0, plain, &err), 0, "no time limit");
	is_str(show(&w), FLAGS "[--][n][exec ocr-x --worker]", "words");
	ocr_words_release(&w);
}

static void
test_templates(void)
{
	static const char *const command[] = {"ocr-x", "--worker", "a b", "",
	    "it's", NULL};

	good(HOST(0), "fake", plain, "[fake][n][ocr-x][--worker]");
	good(HOST(0), "fake {host} --", plain,
	    "[fake][n][--][ocr-x][--worker]");
	good(HOST(0), "fake", command,
	    "[fake][n][ocr-x][--worker][a b][][it's]");
	good(HOST(.path = "/p q"), "fake", plain,
	    "[fake][n][/p q/ocr-x][--worker]");
	good(HOST(.user = "u", .port = 7), "f {user} a{port}b {host}{host}",
	    plain, "[f][u][a7b][nn][ocr-x][--worker]");
	good(HOST(.slots = 4), "srun -c{slots}", plain,
	    "[srun][-c4][n][ocr-x][--worker]");
	good(HOST(0), "srun -c{slots}", plain,
	    "[srun][-c1][n][ocr-x][--worker]");
	good(HOST(0), "f '{host} x' \"\" {other} {}", plain,
	    "[f][n x][][{other}][{}][ocr-x][--worker]");
	good(HOST(.name = "{port}{host}"), "f {host}", plain,
	    "[f][{port}{host}][ocr-x][--worker]");
	/* ssh in one: quoted, with no flags of ours. */
	good(HOST(0), "ssh -i key", plain,
	    "[ssh][-i][key][n][exec ocr-x --worker]");
	good(HOST(.user = "u"), "sshpass -e /usr/bin/ssh {host}", plain,
	    "[sshpass][-e][/usr/bin/ssh][u@n][exec ocr-x --worker]");
	good(HOST(.user = "u", .port = 9), "ssh -p {port} -l {user} {host}",
	    plain, "[ssh][-p][9][-l][u][n][exec ocr-x --worker]");
	good(HOST(0), "docker exec {host} ssh", plain,
	    "[docker][exec][n][ssh][ocr-x][--worker]");
	good(HOST(0), "myssh", plain, "[myssh][n][ocr-x][--worker]");

	bad(HOST(.port = 9), "ssh",
	    "n:9: the launcher has no place for the port; write -p {port}");
	bad(HOST(.port = 9), "fake {host}",
	    "n:9: the launcher has no place for the port; write {port} into "
	    "it");
	bad(HOST(0), "ssh -p {port}",
	    "n: the launcher asks for a {port}; "
	    "write it behind the host");
	bad(HOST(.user = "u"), "fake",
	    "u@n: the launcher has no place for the user; write {user} into "
	    "it");
	bad(HOST(0), "f {user}",
	    "n: the launcher asks for a {user}; write it "
	    "before the host");
	bad(HOST(0), "", "n: a launcher without a command");
	bad(HOST(0), "''", "n: a launcher without a command");
	bad(HOST(0), "a 'b", "n: a quote (') is not closed");
}

static void
test_choice(void)
{
	struct ocr_host slurm = {.is_slurm = true}, own = {.rsh = "own"};

	good(HOST(.is_here = true), "fake", plain, "[ocr-x][--worker]");
	good(HOST(.is_here = true, .path = "/p"), NULL, plain,
	    "[/p/ocr-x][--worker]");
	good(slurm, NULL, plain,
	    "[srun][-Q][-N1][-n1][--overlap][--exact][-w][n][ocr-x][--worker]");
	slurm.slots = 8;
	good(slurm, NULL, plain,
	    "[srun][-Q][-N1][-n1][-c8][--overlap][--exact]"
	    "[-w][n][ocr-x][--worker]");
	setenv("OCR_RSH", "env", 1);
	good(HOST(0), NULL, plain, "[env][n][ocr-x][--worker]");
	good(slurm, NULL, plain, "[env][n][ocr-x][--worker]");
	good(HOST(0), "opt", plain, "[opt][n][ocr-x][--worker]");
	good(own, "opt", plain, "[own][n][ocr-x][--worker]");
	setenv("OCR_RSH", "", 1);
	ok(ocr_rsh_choose(&(struct ocr_host){.name = "n"}, NULL) == NULL,
	    "an empty variable is none");
	unsetenv("OCR_RSH");
}

static void
test_check(void)
{
	struct ocr_err err = {0};

	is_int(ocr_rsh_check("--rsh", "ssh {host}", &err), 0, "good");
	is_int(ocr_rsh_check("--rsh", " ", &err), -OCR_EUSAGE, "empty");
	is_str(err.text, "--rsh: no command", "text");
	ocr_err_clear(&err);
	is_int(ocr_rsh_check("--rsh", "a \"", &err), -OCR_EUSAGE, "quote");
	is_str(err.text, "--rsh: a quote (\") is not closed", "text");
}

/* What a shell makes of the quoted command. */
static int
run_shell(void *arg)
{
	char *const *v = arg;

	execvp(v[0], v);
	return 99;
}

static void
test_shell(const char *shell)
{
	static const char *const odd[] = {"printf", "%s\\n", "plain", "", " ",
	    "a b", "it's", "'", "''", "\\", "a\\'b", "$HOME", "`x`", "$(x)",
	    "*", "?", "~", "a;b", "a&b|c", "<>", "#", "!x", "\"", "{a,b}", "-n",
	    "=ls", "a=b", "\xc3\xa9", "%s", "()", "[a]", NULL};
	struct ocr_host h = {.name = "n"};
	struct ocr_words w = {0};
	struct ocr_err err = {0};
	static char want[2000];
	struct child c;
	size_t len = 0;
	char *v[4] = {(char *)(uintptr_t)shell, NULL, NULL, NULL};
	char minus_c[] = "-c";

	ocr_rsh_argv(&w, &h, "ssh", 0, odd, &err);
	v[1] = minus_c;
	v[2] = w.v[w.n - 1];
	for (size_t i = 2; odd[i] != NULL; i++)
		len += (size_t)snprintf(want + len, sizeof(want) - len, "%s\n",
		    odd[i]);
	child_run(&c, run_shell, v);
	if (c.status == 99) {
		skip(1, shell);
	} else {
		is_str(c.out, want, shell);
	}
	ocr_words_release(&w);
}

static void
test_control(void)
{
	static const char *const command[] = {"ocr-x", "a\nb", NULL};
	struct ocr_host h = {.name = "n"};
	struct ocr_words w = {0};
	struct ocr_err err = {0};

	is_int(ocr_rsh_argv(&w, &h, NULL, 0, command, &err), -OCR_EUSAGE,
	    "a newline");
	is_str(err.text,
	    "a control character in an option cannot be passed "
	    "through ssh",
	    "text");
	ocr_words_release(&w);
	good(h, "fake", command, "[fake][n][ocr-x][a\nb]");
}

int
main(void)
{
	unsetenv("OCR_RSH");
	test_ssh();
	test_templates();
	test_choice();
	test_check();
	test_shell("sh");
	test_shell("bash");
	test_shell("zsh");
	test_shell("csh");
	test_shell("fish");
	test_control();
	return done();
}
