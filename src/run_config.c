/*
 * run_config.c - our description of kernels; see run_config.h
 */
#include "config.h"

#include "src/run_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/opt.h"

#define BLANKS " \t\r"
#define MAX_DEVICE 9999

struct parser {
	struct ocr_run_config *config;
	struct ocr_run_desc *desc; /* the one being described, or NULL */
	const char *label;
	unsigned line;
	struct ocr_err *err;
};

struct ocr_run_desc *
ocr_run_config_add(struct ocr_run_config *c, const char *label,
    struct ocr_err *err)
{
	struct ocr_run_desc *list;

	if (c->n == OCR_RUN_MAX_KERNELS) {
		ocr_err_set(err, -OCR_ELIMIT, "%s: more than %d kernels", label,
		    OCR_RUN_MAX_KERNELS);
		return NULL;
	}
	list = realloc(c->list, (c->n + 1) * sizeof(*list));
	if (list == NULL) {
		ocr_err_nomem(err);
		return NULL;
	}
	c->list = list;
	list[c->n] = (struct ocr_run_desc){.n_instances = 1};
	return &list[c->n++];
}

/* What a line has done wrong. */
static int
fail(const struct parser *p, const char *why, const char *value)
{
	return ocr_err_set(p->err, -OCR_EFORMAT, "%s:%u: %s '%.200s'", p->label,
	    p->line, why, value);
}

/* The text of a lower layer's error, with its place. */
static int
fail_as(const struct parser *p, const struct ocr_err *why)
{
	return ocr_err_set(p->err,
	    why->code == -OCR_EUSAGE ? -OCR_EFORMAT : why->code, "%s:%u: %s",
	    p->label, p->line, why->text);
}

static int
set_text(const struct parser *p, char **field, const char *value)
{
	if (*field != NULL)
		return fail(p, "there twice:", value);
	*field = strdup(value);
	return *field == NULL ? ocr_err_nomem(p->err) : 0;
}

static int
set_number(const struct parser *p, const char *word, const char *value,
    unsigned min, unsigned max, unsigned *out)
{
	struct ocr_err why = {0};
	uint64_t n = 0;

	if (ocr_opt_number(word, value, min, max, &n, &why) < 0)
		return fail_as(p, &why);
	*out = (unsigned)n;
	return 0;
}

static int
set_batch(const struct parser *p, const char *value)
{
	struct ocr_err why = {0};
	uint64_t n = 0;

	if (ocr_opt_size("batch", value, &n, &why) < 0)
		return fail_as(p, &why);
	if (n > OCR_CHUNK_MAX_BYTES)
		return fail(p, "over 1G:", value);
	p->desc->batch_bytes = (size_t)n;
	return 0;
}

static int
add_banks(const struct parser *p, const char *value)
{
	struct ocr_run_desc *d = p->desc;
	char **banks;

	if (d->n_banks == OCR_RUN_MAX_INSTANCES)
		return fail(p, "too many lines of banks:", value);
	banks = realloc(d->banks, (d->n_banks + 1) * sizeof(*banks));
	if (banks == NULL)
		return ocr_err_nomem(p->err);
	d->banks = banks;
	banks[d->n_banks] = strdup(value);
	if (banks[d->n_banks] == NULL)
		return ocr_err_nomem(p->err);
	d->n_banks++;
	return 0;
}

static int
add_arg(const struct parser *p, const char *word, const char *value)
{
	struct ocr_err why = {0};

	if (ocr_run_args_add(&p->desc->args, word, value, &why) < 0)
		return fail_as(p, &why);
	return 0;
}

/* *text is NUL-terminated; to be freed. */
static int
read_text(const char *path, char **text, size_t *len, struct ocr_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int64_t n;

	*text = NULL;
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	*text = malloc(OCR_RUN_CONFIG_BYTES + 1);
	n = *text == NULL ? ocr_err_nomem(err)
			  : ocr_read_full(fd, *text, OCR_RUN_CONFIG_BYTES + 1,
				path, -1, err);
	close(fd);
	if (n > (int64_t)OCR_RUN_CONFIG_BYTES)
		n = ocr_err_set(err, -OCR_ELIMIT,
		    "%s: a description has at most 1M", path);
	if (n < 0)
		return (int)n;
	(*text)[n] = '\0';
	*len = (size_t)n;
	return 0;
}

/* Blanks at both ends and a comment go; returns what is left of the line. */
static char *
trim(char *line)
{
	char *end;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	end = line + strlen(line);
	while (end > line && strchr(BLANKS, end[-1]) != NULL)
		*--end = '\0';
	return line;
}

static int
begin_kernel(struct parser *p, const char *name)
{
	p->desc = ocr_run_config_add(p->config, p->label, p->err);
	if (p->desc == NULL)
		return p->err->code;
	p->desc->line = p->line;
	return set_text(p, &p->desc->kernel, name);
}

static int
set_word(struct parser *p, const char *word, const char *value)
{
	struct ocr_run_desc *d = p->desc;

	if (*value == '\0')
		return fail(p, "nothing behind", word);
	if (strcmp(word, "kernel") == 0)
		return begin_kernel(p, value);
	if (d == NULL)
		return fail(p, "a line 'kernel NAME' comes before", word);
	if (strcmp(word, "path") == 0)
		return set_text(p, &d->path, value);
	if (strcmp(word, "host") == 0)
		return set_text(p, &d->host, value);
	if (strcmp(word, "instances") == 0)
		return set_number(p, word, value, 1, OCR_RUN_MAX_INSTANCES,
		    &d->n_instances);
	if (strcmp(word, "device") == 0) {
		d->has_device = true;
		return set_number(p, word, value, 0, MAX_DEVICE, &d->device);
	}
	if (strcmp(word, "batch") == 0)
		return set_batch(p, value);
	if (strcmp(word, "banks") == 0)
		return add_banks(p, value);
	if (strcmp(word, "arg") == 0)
		return add_arg(p, word, value);
	if (strcmp(word, "config") == 0)
		return set_text(p, &d->config, value);
	return fail(p, "unknown word", word);
}

static int
parse_lines(struct parser *p, char *text)
{
	char *line, *value, *rest = text;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n")) != NULL) {
		p->line++;
		line = trim(line);
		if (*line == '\0')
			continue;
		value = line + strcspn(line, BLANKS);
		if (*value != '\0')
			*value++ = '\0';
		r = set_word(p, line, value + strspn(value, BLANKS));
	}
	return r;
}

static int
check(const struct parser *p)
{
	const struct ocr_run_config *c = p->config;
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->list[i].path == NULL)
			return ocr_err_set(p->err, -OCR_EFORMAT,
			    "%s:%u: kernel '%.200s' has no path", p->label,
			    c->list[i].line, c->list[i].kernel);
		if (c->list[i].n_banks > c->list[i].n_instances)
			return ocr_err_set(p->err, -OCR_EFORMAT,
			    "%s:%u: kernel '%.200s' has more lines of banks "
			    "than instances",
			    p->label, c->list[i].line, c->list[i].kernel);
	}
	if (c->n == 0)
		return ocr_err_set(p->err, -OCR_EFORMAT,
		    "%s: describes no kernel", p->label);
	return 0;
}

int
ocr_run_config_parse(struct ocr_run_config *c, const char *label,
    const char *text, size_t len, struct ocr_ui *ui, struct ocr_err *err)
{
	struct parser p = {.config = c, .label = label, .err = err};
	size_t skip = 0;
	char *copy;
	int r;

	*c = (struct ocr_run_config){0};
	while (skip < len && strchr(BLANKS "\n", text[skip]) != NULL)
		skip++;
	if (skip < len && text[skip] == '{') {
		r = ocr_run_cluster_parse(c, label, text, len, ui, err);
	} else if (memchr(text, '\0', len) != NULL) {
		r = ocr_err_set(err, -OCR_EFORMAT, "%s: not a description",
		    label);
	} else {
		copy = strndup(text, len);
		r = copy == NULL ? ocr_err_nomem(err) : parse_lines(&p, copy);
		free(copy);
		if (r == 0)
			r = check(&p);
	}
	if (r < 0)
		ocr_run_config_release(c);
	return r;
}

/* A file of arguments: NAME=VALUE, one a line. */
static int
read_args(struct ocr_run_desc *d, struct ocr_err *err)
{
	struct parser p = {.desc = d, .label = d->config, .err = err};
	char *text, *line, *rest;
	size_t len;
	int r = read_text(d->config, &text, &len, err);

	rest = r == 0 ? text : NULL;
	while (r == 0 && (line = strsep(&rest, "\n")) != NULL) {
		p.line++;
		line = trim(line);
		if (*line != '\0')
			r = add_arg(&p, "argument", line);
	}
	free(text);
	return r;
}

int
ocr_run_config_read(struct ocr_run_config *c, const char *path,
    struct ocr_ui *ui, struct ocr_err *err)
{
	char *text;
	size_t len, i;
	int r = read_text(path, &text, &len, err);

	*c = (struct ocr_run_config){0};
	if (r == 0)
		r = ocr_run_config_parse(c, path, text, len, ui, err);
	free(text);
	for (i = 0; r == 0 && i < c->n; i++) {
		if (c->list[i].config != NULL)
			r = read_args(&c->list[i], err);
	}
	if (r < 0)
		ocr_run_config_release(c);
	return r;
}

void
ocr_run_config_release(struct ocr_run_config *c)
{
	struct ocr_run_desc *d;

	for (d = c->list; c->n > 0; c->n--, d++) {
		free(d->kernel);
		free(d->path);
		free(d->host);
		free(d->config);
		while (d->n_banks > 0)
			free(d->banks[--d->n_banks]);
		free(d->banks);
	}
	free(c->list);
	*c = (struct ocr_run_config){0};
}
