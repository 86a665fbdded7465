/*
 * rsh.c - the command that connects to a host
 */
#include "config.h"

#include "common/rsh.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --exact gives a step what it asks for and no more: without -c one core. */
#define SRUN "srun -Q -N1 -n1 --overlap --exact -w {host}"
#define SRUN_CORES "srun -Q -N1 -n1 -c{slots} --overlap --exact -w {host}"

/* Text that grows; a failed allocation shows at the end. */
struct text {
	FILE *f;
	char *s;
	size_t n;
};

static bool
text_open(struct text *t)
{
	*t = (struct text){0};
	t->f = open_memstream(&t->s, &t->n);
	return t->f != NULL;
}

/* Adds what was written as a word; closes. */
static int
text_push(struct text *t, struct ocr_words *argv, struct ocr_err *err)
{
	bool is_bad = ferror(t->f) != 0;
	int r;

	is_bad = fclose(t->f) != 0 || is_bad;
	r = is_bad ? ocr_err_nomem(err) : ocr_words_add(argv, t->s, err);
	free(t->s);
	return r;
}

int
ocr_rsh_check(const char *what, const char *text, struct ocr_err *err)
{
	struct ocr_words w = {0};
	int r = ocr_words_split(&w, text, strlen(text), '\0', what, err);

	if (r == 0 && (w.n == 0 || w.v[0][0] == '\0'))
		r = ocr_err_set(err, -OCR_EUSAGE, "%s: no command", what);
	ocr_words_release(&w);
	return r;
}

const char *
ocr_rsh_choose(const struct ocr_host *h, const char *option)
{
	const char *env = getenv("OCR_RSH");

	if (h->rsh != NULL)
		return h->rsh;
	if (option != NULL)
		return option;
	if (env != NULL && *env != '\0')
		return env;
	if (h->is_slurm)
		return h->slots > 0 ? SRUN_CORES : SRUN;
	return NULL;
}

/* What no shell gives a meaning to, in any place of a word. */
static bool
is_plain(const char *s)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./:,+@%";

	return *s != '\0' && s[strspn(s, safe)] == '\0';
}

/*
 * One word for sh, csh and fish: what is special within '' stands outside, with
 * a backslash: to fish a backslash is, to csh an exclamation mark.
 */
static void
put_quoted(FILE *f, const char *s)
{
	bool is_in = false;

	if (is_plain(s)) {
		fputs(s, f);
		return;
	}
	if (*s == '\0')
		fputs("''", f);
	for (; *s != '\0'; s++) {
		bool is_out = strchr("'\\!", *s) != NULL;

		if (is_in == is_out)
			fputc('\'', f);
		is_in = !is_out;
		if (is_out)
			fputc('\\', f);
		fputc(*s, f);
	}
	if (is_in)
		fputc('\'', f);
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

/* The program, where it is on that host. */
static void
put_program(FILE *f, const struct ocr_host *h, const char *name)
{
	const char *path = h->path;
	size_t n;

	if (path == NULL) {
		fputs(name, f);
		return;
	}
	n = strlen(path);
	fprintf(f, "%s%s%s", path, path[n - 1] == '/' ? "" : "/", name);
}

/* Word by word. */
static int
add_command(struct ocr_words *argv, const struct ocr_host *h,
    const char *const *command, struct ocr_err *err)
{
	struct text t;
	int r;

	if (!text_open(&t))
		return ocr_err_nomem(err);
	put_program(t.f, h, command[0]);
	r = text_push(&t, argv, err);
	for (command++; r == 0 && *command != NULL; command++)
		r = ocr_words_add(argv, *command, err);
	return r;
}

/* As one word for the shell that sshd starts.  exec: else that shell stays
 * between, and what we start is an orphan when the connection dies. */
static int
add_shell_command(struct ocr_words *argv, const struct ocr_host *h,
    const char *const *command, struct ocr_err *err)
{
	struct ocr_words words = {0};
	struct text t;
	int r = add_command(&words, h, command, err);

	for (size_t i = 0; r == 0 && i < words.n; i++) {
		if (has_control(words.v[i]))
			r = ocr_err_set(err, -OCR_EUSAGE,
			    "a control character in an option cannot be "
			    "passed through ssh");
	}
	if (r == 0 && !text_open(&t))
		r = ocr_err_nomem(err);
	if (r == 0) {
		fputs("exec", t.f);
		for (size_t i = 0; i < words.n; i++) {
			fputc(' ', t.f);
			put_quoted(t.f, words.v[i]);
		}
		r = text_push(&t, argv, err);
	}
	ocr_words_release(&words);
	return r;
}

/* Our ssh, up to the host. */
static int
add_ssh(struct ocr_words *argv, const struct ocr_host *h,
    unsigned connect_timeout_s, struct ocr_err *err)
{
	static const char *const flags[] = {"ssh", "-T", "-x", "-a",
	    "-oBatchMode=yes", "-oServerAliveInterval=5",
	    "-oServerAliveCountMax=3", "-oControlMaster=no",
	    "-oControlPath=none", "-oClearAllForwardings=yes",
	    "-oPermitLocalCommand=no", "-oEscapeChar=none", "-oCompression=no",
	    "-oLogLevel=ERROR"};
	char number[48];
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(flags) / sizeof(*flags); i++)
		r = ocr_words_add(argv, flags[i], err);
	if (r == 0 && connect_timeout_s > 0) {
		snprintf(number, sizeof(number), "-oConnectTimeout=%u",
		    connect_timeout_s);
		r = ocr_words_add(argv, number, err);
	}
	if (r == 0 && h->port != 0) {
		snprintf(number, sizeof(number), "-p%u", h->port);
		r = ocr_words_add(argv, number, err);
	}
	if (r == 0 && h->user != NULL)
		r = ocr_words_add(argv, "-l", err);
	if (r == 0 && h->user != NULL)
		r = ocr_words_add(argv, h->user, err);
	if (r == 0)
		r = ocr_words_add(argv, "--", err);
	return r == 0 ? ocr_words_add(argv, h->name, err) : r;
}

/* What a template says, before anything is replaced. */
struct template
{
	const char *what; /* the host, for messages */
	const struct ocr_host *h;
	bool has_host, has_user, has_port;
	bool is_ssh;
};

static bool
is_ssh_program(const char *word)
{
	const char *slash = strrchr(word, '/');

	return strcmp(slash != NULL ? slash + 1 : word, "ssh") == 0;
}

static int
look_at(struct template *t, const struct ocr_words *w, struct ocr_err *err)
{
	const struct ocr_host *h = t->h;

	for (size_t i = 0; i < w->n; i++) {
		if (!t->has_host && is_ssh_program(w->v[i]))
			t->is_ssh = true;
		t->has_host |= strstr(w->v[i], "{host}") != NULL;
		t->has_user |= strstr(w->v[i], "{user}") != NULL;
		t->has_port |= strstr(w->v[i], "{port}") != NULL;
	}
	if (h->port != 0 && !t->has_port)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: the launcher has no place for the port; write %s",
		    t->what, t->is_ssh ? "-p {port}" : "{port} into it");
	if (h->port == 0 && t->has_port)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: the launcher asks for a {port}; write it behind the "
		    "host",
		    t->what);
	if (h->user != NULL && !t->has_user && !t->is_ssh)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: the launcher has no place for the user; write {user} "
		    "into it",
		    t->what);
	if (h->user == NULL && t->has_user)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: the launcher asks for a {user}; write it before the "
		    "host",
		    t->what);
	return 0;
}

/* Does s begin with key?  Then *s moves behind it. */
static bool
take(const char **s, const char *key)
{
	size_t n = strlen(key);

	if (strncmp(*s, key, n) != 0)
		return false;
	*s += n;
	return true;
}

/* A word of the template with the host's facts in it. */
static int
add_word(struct ocr_words *argv, const struct template *t, const char *s,
    struct ocr_err *err)
{
	const struct ocr_host *h = t->h;
	struct text out;

	if (!text_open(&out))
		return ocr_err_nomem(err);
	while (*s != '\0') {
		if (take(&s, "{host}")) {
			if (h->user != NULL && !t->has_user)
				fprintf(out.f, "%s@", h->user);
			fputs(h->name, out.f);
		} else if (take(&s, "{user}")) {
			fputs(h->user, out.f);
		} else if (take(&s, "{port}")) {
			fprintf(out.f, "%u", h->port);
		} else if (take(&s, "{slots}")) {
			fprintf(out.f, "%u", h->slots > 0 ? h->slots : 1);
		} else {
			fputc(*s++, out.f);
		}
	}
	return text_push(&out, argv, err);
}

static int
add_template(struct ocr_words *argv, struct template *t, const char *text,
    struct ocr_err *err)
{
	struct ocr_words w = {0};
	int r = ocr_words_split(&w, text, strlen(text), '\0', t->what, err);

	if (r == 0 && (w.n == 0 || w.v[0][0] == '\0'))
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "%s: a launcher without a "
		    "command",
		    t->what);
	if (r == 0)
		r = look_at(t, &w, err);
	for (size_t i = 0; r == 0 && i < w.n; i++)
		r = add_word(argv, t, w.v[i], err);
	if (r == 0 && !t->has_host)
		r = add_word(argv, t, "{host}", err);
	ocr_words_release(&w);
	return r;
}

int
ocr_rsh_argv(struct ocr_words *argv, const struct ocr_host *h,
    const char *option, unsigned connect_timeout_s, const char *const *command,
    struct ocr_err *err)
{
	char label[OCR_HOST_LABEL_BYTES];
	struct template t = {.h = h, .what = label};
	const char *text;
	int r;

	ocr_host_label(h, label);
	if (h->is_here)
		return add_command(argv, h, command, err);
	text = ocr_rsh_choose(h, option);
	if (text == NULL) {
		r = add_ssh(argv, h, connect_timeout_s, err);
		t.is_ssh = true;
	} else {
		r = add_template(argv, &t, text, err);
	}
	if (r < 0)
		return r;
	if (t.is_ssh)
		return add_shell_command(argv, h, command, err);
	return add_command(argv, h, command, err);
}
