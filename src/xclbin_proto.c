/*
 * xclbin_proto.c - C prototypes of kernels; called by xclbin_desc.c
 *
 * An argument is words, template arguments, '*', '&' and '[...]'; its name is
 * the last word.  What the rest means, xclbin_type.c knows from its text.
 */
#include "config.h"

#include "src/xclbin_proto.h"

#include <string.h>

#include "src/xclbin_type.h"

#define MAX_DEPTH 16 /* of template arguments */

/* An argument as far as it has been read. */
struct param {
	char type[256];
	size_t n_type;
	const char *word; /* the last one: part of the type, or the name */
	size_t n_word;
	bool has_array;
	bool is_long; /* the type did not fit */
};

static void
skip_line(struct ocr_xtext *t)
{
	while (t->at < t->end && *t->at != '\n')
		t->at++;
}

static bool
is_next(const struct ocr_xtext *t, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(t->end - t->at) >= n && memcmp(t->at, s, n) == 0;
}

void
ocr_xtext_skip(struct ocr_xtext *t)
{
	while (t->at < t->end) {
		if (*t->at == '#' || is_next(t, "//")) {
			skip_line(t);
		} else if (is_next(t, "/*")) {
			t->at += 2;
			while (t->at < t->end && !is_next(t, "*/"))
				t->line += *t->at++ == '\n';
			t->at += t->at < t->end ? 2 : 0;
		} else if (strchr(" \t\r\n", *t->at) != NULL && *t->at != 0) {
			t->line += *t->at++ == '\n';
		} else {
			return;
		}
	}
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c >= '0' && c <= '9');
}

/* A word with its "::"; 0: there is none. */
static size_t
take_word(struct ocr_xtext *t, const char **word)
{
	ocr_xtext_skip(t);
	*word = t->at;
	while (t->at < t->end && (is_word(*t->at) || is_next(t, "::")))
		t->at += *t->at == ':' ? 2 : 1;
	return (size_t)(t->at - *word);
}

/* The next character that means something; NUL at the end. */
static char
peek(struct ocr_xtext *t)
{
	ocr_xtext_skip(t);
	return t->at < t->end ? *t->at : '\0';
}

static int
unexpected(struct ocr_xtext *t, const char *wanted, struct ocr_err *err)
{
	char c = peek(t);

	if (t->at == t->end)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the description ends where %s should be", wanted);
	if (c < 0x20 || c > 0x7e)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "byte 0x%02x where %s should be", (unsigned char)c, wanted);
	return ocr_err_set(err, -OCR_EFORMAT, "'%c' where %s should be", c,
	    wanted);
}

static void
add_type(struct param *p, const char *s, size_t n)
{
	bool is_apart = p->n_type > 0 && n > 0 && is_word(s[0]) &&
			p->type[p->n_type - 1] != '<';

	if (n + is_apart + sizeof("...") > sizeof(p->type) - p->n_type) {
		p->is_long = true;
		return;
	}
	if (is_apart)
		p->type[p->n_type++] = ' ';
	memcpy(p->type + p->n_type, s, n);
	p->n_type += n;
	p->type[p->n_type] = '\0';
}

/* The word so far was no name: more follows. */
static void
flush_word(struct param *p)
{
	if (p->n_word > 0)
		add_type(p, p->word, p->n_word);
	p->n_word = 0;
}

/* "<...>" behind a word, with blanks left out where they mean nothing. */
static int
take_template(struct ocr_xtext *t, struct param *p, struct ocr_err *err)
{
	unsigned depth = 0;
	const char *word;
	size_t n;

	flush_word(p);
	do {
		char c = peek(t);

		n = take_word(t, &word);
		if (n > 0) {
			add_type(p, word, n);
			continue;
		}
		if (c == '\0' || strchr("<>,*()", c) == NULL ||
		    (c == '<' && depth == MAX_DEPTH))
			return unexpected(t, "'>'", err);
		depth += c == '<';
		depth -= c == '>';
		add_type(p, t->at++, 1);
	} while (depth > 0);
	return 0;
}

static int
take_array(struct ocr_xtext *t, struct param *p, struct ocr_err *err)
{
	while (t->at < t->end && strchr("]);{", *t->at) == NULL)
		t->line += *t->at++ == '\n';
	if (peek(t) != ']')
		return unexpected(t, "']'", err);
	t->at++;
	p->has_array = true;
	return 0;
}

/* An argument up to the ',' or ')' behind it. */
static int
take_param(struct ocr_xtext *t, struct param *p, struct ocr_err *err)
{
	const char *word;
	size_t n;
	int r = 0;

	while (r == 0) {
		char c = peek(t);

		n = take_word(t, &word);
		if (n > 0 && p->has_array)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "'%.*s' behind ']'", (int)(n < 64 ? n : 64), word);
		if (n > 0) {
			flush_word(p);
			p->word = word;
			p->n_word = n;
		} else if ((c == '*' || c == '&') && !p->has_array) {
			flush_word(p);
			add_type(p, t->at++, 1);
		} else if (c == '<' && p->n_word > 0) {
			r = take_template(t, p, err);
		} else if (c == '[' && p->n_word > 0) {
			r = take_array(t, p, err);
		} else if (c == ',' || c == ')') {
			return 0;
		} else {
			return unexpected(t, "',' or ')'", err);
		}
	}
	return r;
}

/* What the kernel's model says of an argument. */
static int
set_arg(struct ocr_xarg *a, struct param *p, struct ocr_err *err)
{
	struct ocr_xtype type;

	if (p->has_array)
		add_type(p, "*", 1);
	ocr_xtype_parse(&type, p->type);
	if (p->is_long)
		memcpy(p->type + p->n_type, "...", 4);
	memcpy(a->type, p->type, sizeof(a->type) - 1); /* for people: cut */
	memcpy(a->name, p->word, p->n_word);
	if (type.is_stream) {
		a->kind = OCR_XARG_STREAM;
		return 0;
	}
	if (type.n_pointers > 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "argument '%s' is a pointer to a pointer", a->name);
	if (type.n_pointers == 1) {
		a->kind = OCR_XARG_MEMORY;
		a->bytes = 8;
		return 0;
	}
	if (!type.is_known)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "argument '%s': '%s' cannot be passed by value", a->name,
		    a->type);
	a->kind = OCR_XARG_SCALAR;
	a->bytes = type.bytes;
	a->is_signed = type.is_signed;
	a->is_float = type.is_float;
	return 0;
}

static bool
is_void(const struct ocr_xkernel *k, const struct param *p)
{
	return k->n_args == 0 && p->n_type == 0 && !p->has_array &&
	       (p->n_word == 0 ||
		   (p->n_word == 4 && memcmp(p->word, "void", 4) == 0));
}

static int
add_arg(struct ocr_xkernel *k, struct param *p, struct ocr_err *err)
{
	struct ocr_xarg *a;

	if (p->n_type == 0 || !ocr_xtype_is_name(p->word, p->n_word) ||
	    ocr_xtype_is_keyword(p->word, p->n_word))
		return ocr_err_set(err, -OCR_EFORMAT, "argument %zu has no %s",
		    k->n_args + 1,
		    p->n_type == 0 && p->n_word == 0 ? "type" : "name");
	if (p->n_word >= sizeof(a->name))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the name of argument %zu has more than %zu characters",
		    k->n_args + 1, sizeof(a->name) - 1);
	for (size_t i = 0; i < k->n_args; i++) {
		if (strlen(k->args[i].name) == p->n_word &&
		    memcmp(k->args[i].name, p->word, p->n_word) == 0)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "argument '%s' is there twice", k->args[i].name);
	}
	if (k->n_args == OCR_XKERNEL_MAX_ARGS)
		return ocr_err_set(err, -OCR_EFORMAT, "more than %d arguments",
		    OCR_XKERNEL_MAX_ARGS);
	a = ocr_xmodel_grow(k->args, k->n_args, sizeof(*a), err);
	if (a == NULL)
		return err->code;
	k->args = a;
	a += k->n_args++;
	memset(a, 0, sizeof(*a));
	return set_arg(a, p, err);
}

/* extern "C" void NAME ( */
static int
take_head(struct ocr_xkernel *k, struct ocr_xtext *t, struct ocr_err *err)
{
	const char *word;
	size_t n = take_word(t, &word);

	if (n == 6 && memcmp(word, "extern", n) == 0) {
		ocr_xtext_skip(t);
		if (!is_next(t, "\"C\""))
			return unexpected(t, "\"C\"", err);
		t->at += 3;
		n = take_word(t, &word);
	}
	if (n == 0)
		return unexpected(t, "a prototype", err);
	if (n != 4 || memcmp(word, "void", n) != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "'%.*s' where 'void' should be: a kernel returns nothing",
		    (int)(n < 64 ? n : 64), word);
	n = take_word(t, &word);
	if (n == 0)
		return unexpected(t, "the kernel's name", err);
	if (!ocr_xtype_is_name(word, n) || n >= sizeof(k->name))
		return ocr_err_set(err, -OCR_EFORMAT, "'%.*s' is not a name",
		    (int)(n < 80 ? n : 80), word);
	memcpy(k->name, word, n);
	k->name[n] = '\0';
	if (peek(t) != '(')
		return unexpected(t, "'('", err);
	t->at++;
	return 0;
}

int
ocr_xproto_parse(struct ocr_xkernel *k, struct ocr_xtext *t,
    struct ocr_err *err)
{
	int r = take_head(k, t, err);
	char c = ',';

	while (r == 0 && c == ',') {
		struct param p = {.n_type = 0};

		r = take_param(t, &p, err);
		if (r < 0)
			break;
		c = *t->at;
		if (c != ')' || !is_void(k, &p))
			r = add_arg(k, &p, err);
		if (r == 0)
			t->at++;
	}
	if (r < 0)
		return r;
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
	if (t->at < t->end && *t->at == ';')
		t->at++;
	return 0;
}
