/*
 * xclbin_desc.c - descriptions of kernels; called by ocr-mkxclbin and
 * ocr-softcard
 */
#include "config.h"

#include "src/xclbin_desc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/opt.h"
#include "src/xclbin_proto.h"
#include "src/xclbin_type.h"

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_WORDS 256 /* of a line */
#define MAX_BANKS 256
#define MAX_STREAMS 1024

struct parser {
	struct ocr_xmodel *m;
	struct ocr_xtext text;
	unsigned line; /* of the statement */
	/* the statement's words; NULL behind the last */
	char *words[MAX_WORDS + 1];
	size_t n_words;
	struct ocr_err err; /* without file and line */
};

#define BAD(p, ...) ocr_err_set(&(p)->err, -OCR_EFORMAT, __VA_ARGS__)

static struct ocr_xkernel *
current(struct parser *p)
{
	if (p->m->n_kernels > 0)
		return &p->m->kernels[p->m->n_kernels - 1];
	(void)BAD(p, "'%s' before the first kernel", p->words[0]);
	return NULL;
}

static bool
find_tag(const struct parser *p, const char *tag, uint32_t *bank)
{
	for (size_t i = 0; i < p->m->n_banks; i++) {
		if (strcmp(p->m->banks[i].tag, tag) == 0) {
			*bank = (uint32_t)i;
			return true;
		}
	}
	return false;
}

/* "HBM[2:5]" is HBM[2] to HBM[5].  False: it is no such range. */
static bool
cut_range(const char *tag, int *len, unsigned *from, unsigned *to)
{
	const char *bracket = strchr(tag, '[');
	int n = 0;

	if (bracket == NULL)
		return false;
	*len = (int)(bracket - tag);
	return sscanf(bracket, "[%4u:%4u]%n", from, to, &n) == 2 && n > 0 &&
	       bracket[n] == '\0' && *from <= *to;
}

static int
find_banks(struct parser *p, const char *tag, uint32_t *first, uint32_t *last)
{
	char one[64];
	unsigned from, to;
	int len;

	if (find_tag(p, tag, first)) {
		*last = *first;
		return 0;
	}
	if (!cut_range(tag, &len, &from, &to))
		return BAD(p, "there is no bank '%s'", tag);
	for (unsigned i = from; i <= to; i++) {
		snprintf(one, sizeof(one), "%.*s[%u]", len, tag, i);
		if (!find_tag(p, one, last))
			return BAD(p, "there is no bank '%s'", one);
		if (i == from)
			*first = *last;
		if (*last != *first + (i - from))
			return BAD(p, "the banks '%s' are not in this order",
			    tag);
	}
	return 0;
}

static bool
is_host(const struct parser *p, uint32_t bank)
{
	return strncmp(p->m->banks[bank].tag, "HOST[", 5) == 0;
}

static struct ocr_xarg *
find_arg(struct parser *p, const struct ocr_xkernel *k, const char *name)
{
	for (size_t i = 0; i < k->n_args; i++) {
		if (strcmp(k->args[i].name, name) == 0)
			return &k->args[i];
	}
	(void)BAD(p, "kernel '%s' has no argument '%s'", k->name, name);
	return NULL;
}

static int
set_object(struct parser *p)
{
	if (p->n_words != 2)
		return BAD(p, "object needs one file name");
	if (p->m->object != NULL)
		return BAD(p, "a second object");
	p->m->object = strdup(p->words[1]);
	return p->m->object == NULL ? ocr_err_nomem(&p->err) : 0;
}

static int
add_bank(struct parser *p, const char *tag, uint64_t bytes)
{
	struct ocr_xmodel *m = p->m;
	struct ocr_xbank *b;
	uint32_t same;

	if (strlen(tag) >= sizeof(b->tag) - 1)
		return BAD(p, "the bank's tag has more than %zu characters",
		    sizeof(b->tag) - 2);
	if (find_tag(p, tag, &same))
		return BAD(p, "bank '%s' is there twice", tag);
	if (m->n_banks == MAX_BANKS)
		return BAD(p, "more than %d banks", MAX_BANKS);
	b = ocr_xmodel_grow(m->banks, m->n_banks, sizeof(*b), &p->err);
	if (b == NULL)
		return p->err.code;
	m->banks = b;
	b += m->n_banks++;
	memset(b, 0, sizeof(*b));
	memcpy(b->tag, tag, strlen(tag));
	b->bytes = bytes;
	return 0;
}

static int
set_banks(struct parser *p)
{
	char one[64];
	uint64_t bytes;
	unsigned from, to;
	int len, r = 0;

	if (p->n_words != 3)
		return BAD(p, "bank needs a tag and a size");
	if (ocr_opt_size("bank", p->words[2], &bytes, &p->err) < 0)
		return p->err.code;
	if (bytes % 1024 != 0 || bytes > (uint64_t)1 << 48)
		return BAD(p, "bank: '%s' is not a multiple of 1K up to 256T",
		    p->words[2]);
	if (!cut_range(p->words[1], &len, &from, &to))
		return add_bank(p, p->words[1], bytes);
	for (unsigned i = from; r == 0 && i <= to; i++) {
		snprintf(one, sizeof(one), "%.*s[%u]", len, p->words[1], i);
		r = add_bank(p, one, bytes);
	}
	return r;
}

static int
add_unit(struct parser *p)
{
	struct ocr_xkernel *k = current(p);
	struct ocr_xunit *u;

	if (k == NULL)
		return p->err.code;
	if (p->n_words != 2 &&
	    (p->n_words != 4 || strcmp(p->words[2], "bank") != 0))
		return BAD(p,
		    "unit needs a name, and 'bank TAG' if it has one");
	if (k->n_units == OCR_XMODEL_MAX_UNITS)
		return BAD(p, "more than %d units", OCR_XMODEL_MAX_UNITS);
	u = ocr_xkernel_add_unit(k, p->words[1], strlen(p->words[1]), &p->err);
	if (u == NULL)
		return p->err.code;
	if (p->n_words == 2)
		return 0;
	u->has_bank = true;
	if (find_banks(p, p->words[3], &u->bank, &u->last_bank) < 0)
		return p->err.code;
	u->is_host = is_host(p, u->bank);
	return 0;
}

static int
set_units(struct parser *p)
{
	struct ocr_xkernel *k = current(p);
	uint64_t n;

	if (k == NULL)
		return p->err.code;
	if (k->n_units > 0)
		return BAD(p, "kernel '%s' has its units already", k->name);
	if (p->n_words < 2)
		return BAD(p, "units needs a number or names");
	if (p->n_words == 2 && p->words[1][0] >= '0' && p->words[1][0] <= '9') {
		if (ocr_opt_number("units", p->words[1], 1,
			OCR_XMODEL_MAX_UNITS, &n, &p->err) < 0)
			return p->err.code;
		return ocr_xkernel_set_units(k, (size_t)n, &p->err);
	}
	if (p->n_words - 1 > OCR_XMODEL_MAX_UNITS)
		return BAD(p, "more than %d units", OCR_XMODEL_MAX_UNITS);
	for (size_t i = 1; i < p->n_words; i++) {
		if (ocr_xkernel_add_unit(k, p->words[i], strlen(p->words[i]),
			&p->err) == NULL)
			return p->err.code;
	}
	return 0;
}

static int
set_connect(struct parser *p)
{
	struct ocr_xkernel *k = current(p);
	uint32_t bank = 0, last = 0;

	if (k == NULL)
		return p->err.code;
	if (p->n_words < 3)
		return BAD(p, "connect needs arguments and a bank's tag");
	if (find_banks(p, p->words[p->n_words - 1], &bank, &last) < 0)
		return p->err.code;
	for (size_t i = 1; i + 1 < p->n_words; i++) {
		struct ocr_xarg *a = find_arg(p, k, p->words[i]);

		if (a == NULL)
			return p->err.code;
		if (a->kind != OCR_XARG_MEMORY)
			return BAD(p, "argument '%s' is not in memory",
			    a->name);
		a->bank = bank;
		a->last_bank = last;
		a->is_host = is_host(p, bank);
	}
	return 0;
}

static int
set_registers(struct parser *p)
{
	struct ocr_xkernel *k = current(p);
	struct ocr_xtype type;

	if (k == NULL)
		return p->err.code;
	if (p->n_words < 2)
		return BAD(p, "register needs arguments");
	for (size_t i = 1; i < p->n_words; i++) {
		struct ocr_xarg *a = find_arg(p, k, p->words[i]);

		if (a == NULL)
			return p->err.code;
		ocr_xtype_parse(&type, a->type);
		if (a->kind != OCR_XARG_MEMORY || !type.is_known)
			return BAD(p,
			    "argument '%s' is not a pointer to a number: a"
			    " kernel cannot share it as a register",
			    a->name);
		a->kind = OCR_XARG_REGISTER;
		a->bytes = type.bytes;
		a->is_signed = type.is_signed;
		a->is_float = type.is_float;
		a->bank = a->last_bank = 0;
		a->is_host = false;
	}
	return 0;
}

static int
set_chain(struct parser *p)
{
	struct ocr_xkernel *k = current(p);

	if (k == NULL)
		return p->err.code;
	if (p->n_words != 1)
		return BAD(p, "chain stands alone");
	k->is_chained = true;
	return 0;
}

static int
set_free(struct parser *p)
{
	struct ocr_xkernel *k = current(p);

	if (k == NULL)
		return p->err.code;
	if (p->n_words != 1)
		return BAD(p, "free stands alone");
	k->is_free = true;
	return 0;
}

static int
set_mailbox(struct parser *p)
{
	struct ocr_xkernel *k = current(p);

	if (k == NULL)
		return p->err.code;
	if (p->n_words != 1)
		return BAD(p, "mailbox stands alone");
	k->has_mailbox = true;
	return 0;
}

/* "vadd_1.out" */
static int
set_end(struct parser *p, struct ocr_xend *end, const char *word)
{
	const char *dot = strchr(word, '.');
	size_t n = dot == NULL ? 0 : (size_t)(dot - word);

	if (dot == NULL || n >= sizeof(end->unit) ||
	    !ocr_xtype_is_name(word, n) ||
	    strlen(dot + 1) >= sizeof(end->arg) ||
	    !ocr_xtype_is_name(dot + 1, strlen(dot + 1)))
		return BAD(p, "'%.64s' is not UNIT.ARGUMENT", word);
	memcpy(end->unit, word, n);
	memcpy(end->arg, dot + 1, strlen(dot + 1));
	return 0;
}

static int
add_stream(struct parser *p)
{
	struct ocr_xmodel *m = p->m;
	struct ocr_xstream *s;
	size_t n;

	if (p->n_words != 3 && p->n_words != 4)
		return BAD(p, "stream needs two ends, and perhaps a function");
	if (m->n_streams == MAX_STREAMS)
		return BAD(p, "more than %d streams", MAX_STREAMS);
	s = ocr_xmodel_grow(m->streams, m->n_streams, sizeof(*s), &p->err);
	if (s == NULL)
		return p->err.code;
	m->streams = s;
	s += m->n_streams++;
	memset(s, 0, sizeof(*s));
	if (set_end(p, &s->from, p->words[1]) < 0 ||
	    set_end(p, &s->to, p->words[2]) < 0)
		return p->err.code;
	if (p->n_words == 3)
		return 0;
	n = strlen(p->words[3]);
	if (n >= sizeof(s->maker) || !ocr_xtype_is_name(p->words[3], n))
		return BAD(p, "'%.64s' is not a name", p->words[3]);
	memcpy(s->maker, p->words[3], n);
	return 0;
}

/* The prototype may go over several lines; nothing else stands behind it. */
static int
add_kernel(struct parser *p)
{
	struct ocr_xmodel *m = p->m;
	struct ocr_xkernel *k;
	int r;

	if (m->n_kernels == OCR_XMODEL_MAX_UNITS)
		return BAD(p, "more than %d kernels", OCR_XMODEL_MAX_UNITS);
	k = ocr_xmodel_grow(m->kernels, m->n_kernels, sizeof(*k), &p->err);
	if (k == NULL)
		return p->err.code;
	m->kernels = k;
	k += m->n_kernels++;
	memset(k, 0, sizeof(*k));
	r = ocr_xproto_parse(k, &p->text, &p->err);
	if (r < 0) {
		p->line = p->text.line; /* where it went wrong */
		return r;
	}
	if (ocr_xmodel_find(m, k->name) != k)
		return BAD(p, "kernel '%s' is there twice", k->name);
	return 0;
}

static const struct statement {
	const char *word;
	int (*run)(struct parser *p);
} statements[] = {
    {"bank", set_banks},
    {"chain", set_chain},
    {"connect", set_connect},
    {"free", set_free},
    {"mailbox", set_mailbox},
    {"object", set_object},
    {"register", set_registers},
    {"stream", add_stream},
    {"unit", add_unit},
    {"units", set_units},
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cut the words of a line, which are changed in place. */
static int
cut_words(struct parser *p, char *line)
{
	char *s = line;

	p->n_words = 0;
	for (;;) {
		while (is_blank(*s))
			s++;
		if (*s == '\0' || *s == '#')
			break;
		if (p->n_words == MAX_WORDS)
			return BAD(p, "more than %d words", MAX_WORDS);
		p->words[p->n_words++] = s;
		while (*s != '\0' && !is_blank(*s)) {
			if (*s < 0x20 || *s > 0x7e)
				return BAD(p, "byte 0x%02x in a word",
				    (unsigned char)*s);
			s++;
		}
		if (*s != '\0')
			*s++ = '\0';
	}
	p->words[p->n_words] = NULL;
	return 0;
}

static int
run_line(struct parser *p, char *line)
{
	int r = cut_words(p, line);

	if (r < 0 || p->n_words == 0)
		return r;
	for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]);
	     i++) {
		if (strcmp(statements[i].word, p->words[0]) == 0)
			return statements[i].run(p);
	}
	return BAD(p, "'%.64s' is not a word of this language", p->words[0]);
}

/* One statement; t is at the beginning of a line or behind a prototype. */
static int
run_statement(struct parser *p)
{
	struct ocr_xtext *t = &p->text;
	const char *end;
	char *line;
	int r;

	while (t->at < t->end && is_blank(*t->at))
		t->at++;
	p->line = t->line;
	if (t->end - t->at > 7 && memcmp(t->at, "kernel", 6) == 0 &&
	    (is_blank(t->at[6]) || t->at[6] == '\n')) {
		t->at += 6;
		r = add_kernel(p);
		if (r < 0)
			return r;
		while (t->at < t->end && is_blank(*t->at))
			t->at++;
		if (t->at < t->end && *t->at != '\n' && *t->at != '#') {
			p->line = t->line;
			return BAD(p, "something behind the prototype");
		}
	}
	end = memchr(t->at, '\n', (size_t)(t->end - t->at));
	if (end == NULL)
		end = t->end;
	line = strndup(t->at, (size_t)(end - t->at));
	if (line == NULL)
		return ocr_err_nomem(&p->err);
	r = strlen(line) == (size_t)(end - t->at) ? run_line(p, line)
						  : BAD(p, "a NUL byte");
	free(line);
	t->at = end < t->end ? end + 1 : end;
	t->line++;
	return r;
}

int
ocr_xclbin_desc_parse(struct ocr_xmodel *m, const char *text, size_t len,
    const char *label, struct ocr_err *err)
{
	struct parser p = {.m = m};
	int r = 0;

	memset(m, 0, sizeof(*m));
	p.text.at = text;
	p.text.end = text + len;
	p.text.line = 1;
	while (r == 0 && p.text.at < p.text.end)
		r = run_statement(&p);
	if (r == 0) {
		p.line = 0; /* not the fault of one line */
		r = ocr_xmodel_finish(m, &p.err);
	}
	if (r == 0)
		return 0;
	ocr_xmodel_release(m);
	if (r == -OCR_ENOMEM)
		return ocr_err_nomem(err);
	if (p.line == 0)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", label,
		    p.err.text);
	return ocr_err_set(err, -OCR_EFORMAT, "%s:%u: %s", label, p.line,
	    p.err.text);
}

/* A whole small file; *text is to be freed. */
static int64_t
read_text(const char *path, char **text, struct ocr_err *err)
{
	int64_t n;
	int fd;

	do
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return ocr_err_sys(err, "cannot open %s", path);
	*text = malloc(MAX_BYTES + 1);
	if (*text == NULL) {
		close(fd);
		return ocr_err_nomem(err);
	}
	n = ocr_read_full(fd, *text, MAX_BYTES + 1, path, -1, err);
	close(fd);
	if (n > (int64_t)MAX_BYTES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: a description has at most 1 MiB", path);
	return n;
}

/* The object's path is relative to the directory of the description. */
static int
resolve_object(struct ocr_xmodel *m, const char *path, struct ocr_err *err)
{
	const char *slash = strrchr(path, '/');
	char *full;

	if (m->object == NULL || m->object[0] == '/' || slash == NULL)
		return 0;
	if (asprintf(&full, "%.*s%s", (int)(slash + 1 - path), path,
		m->object) < 0)
		return ocr_err_nomem(err);
	free(m->object);
	m->object = full;
	return 0;
}

int
ocr_xclbin_desc_read(struct ocr_xmodel *m, const char *path,
    struct ocr_err *err)
{
	char *text = NULL;
	int64_t n;
	int r;

	memset(m, 0, sizeof(*m));
	n = read_text(path, &text, err);
	r = (int)(n < 0 ? n : 0);
	if (r == 0)
		r = ocr_xclbin_desc_parse(m, text, (size_t)n, path, err);
	free(text);
	if (r == 0)
		r = resolve_object(m, path, err);
	if (r < 0)
		ocr_xmodel_release(m);
	return r;
}
