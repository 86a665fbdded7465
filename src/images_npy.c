/*
 * images_npy.c - the head of a NumPy file
 *
 * Source: numpy/lib/format.py, versions 1 to 3: magic, version, length, and
 * a Python dictionary of three known keys in any order, with blanks behind it.
 */
#include "config.h"

#include <string.h>

#include "src/images_layout.h"

struct text {
	const uint8_t *p;
	size_t n, at;
};

static void
skip(struct text *t)
{
	while (t->at < t->n && (t->p[t->at] == ' ' || t->p[t->at] == '\n'))
		t->at++;
}

static bool
take(struct text *t, char c)
{
	skip(t);
	if (t->at == t->n || t->p[t->at] != (uint8_t)c)
		return false;
	t->at++;
	return true;
}

static bool
take_word(struct text *t, const char *word)
{
	size_t n = strlen(word);

	skip(t);
	if (t->n - t->at < n || memcmp(t->p + t->at, word, n) != 0)
		return false;
	t->at += n;
	return true;
}

/* A string of at most cap - 1 bytes, without quotes or escapes inside. */
static bool
take_string(struct text *t, char *out, size_t cap)
{
	size_t n = 0;
	uint8_t quote;

	skip(t);
	if (t->at == t->n || (t->p[t->at] != '\'' && t->p[t->at] != '"'))
		return false;
	quote = t->p[t->at++];
	while (t->at < t->n && t->p[t->at] != quote && n + 1 < cap)
		out[n++] = (char)t->p[t->at++];
	out[n] = '\0';
	return take(t, (char)quote);
}

static bool
take_number(struct text *t, uint64_t *out)
{
	uint64_t v = 0;
	size_t from;

	skip(t);
	from = t->at;
	while (t->at < t->n && t->p[t->at] >= '0' && t->p[t->at] <= '9') {
		if (v > (UINT64_MAX >> 8))
			return false;
		v = v * 10 + (uint64_t)(t->p[t->at++] - '0');
	}
	*out = v;
	return t->at > from;
}

static bool
take_shape(struct text *t, struct ocr_npy *a)
{
	if (!take(t, '('))
		return false;
	a->n_dims = 0;
	while (!take(t, ')')) {
		if (a->n_dims == sizeof(a->dims) / sizeof(*a->dims) ||
		    !take_number(t, &a->dims[a->n_dims++]))
			return false;
		if (!take(t, ','))
			return take(t, ')');
	}
	return true;
}

/* Bytes have no order: "|u1" is "u1". */
static bool
take_type(struct text *t, struct ocr_npy *a)
{
	char type[16];
	const char *p = type;

	if (!take_string(t, type, sizeof(type)))
		return false;
	if (strchr("|<>=", p[0]) != NULL && p[0] != '\0' &&
	    (p[0] == '|' || strcmp(p + 1, "u1") == 0))
		p++;
	if (strlen(p) >= sizeof(a->type))
		return false;
	memcpy(a->type, p, strlen(p) + 1);
	return true;
}

/* The three values; which were there, as bits. */
static unsigned
take_entries(struct text *t, struct ocr_npy *a, bool *is_fortran)
{
	unsigned seen = 0;
	char key[16];

	while (take_string(t, key, sizeof(key)) && take(t, ':')) {
		if (strcmp(key, "descr") == 0 && take_type(t, a))
			seen |= 1;
		else if (strcmp(key, "shape") == 0 && take_shape(t, a))
			seen |= 2;
		else if (strcmp(key, "fortran_order") == 0 &&
			 ((*is_fortran = take_word(t, "True")) ||
			     take_word(t, "False")))
			seen |= 4;
		else
			return 0;
		if (!take(t, ','))
			break;
	}
	return take(t, '}') ? seen : 0;
}

int
ocr_npy_head(struct ocr_npy *a, const uint8_t *p, size_t n, const char *name,
    struct ocr_err *err)
{
	struct text t = {.p = p};
	bool is_fortran = false;
	uint32_t len;

	memset(a, 0, sizeof(*a));
	if (n < 12)
		return 12;
	if (memcmp(p, "\x93NUMPY", 6) != 0 || p[6] < 1 || p[6] > 3)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: not an NPY file of version 1 to 3", name);
	t.at = p[6] == 1 ? 10 : 12;
	len = (uint32_t)p[9] << 8 | p[8];
	if (p[6] > 1)
		len |= (uint32_t)p[11] << 24 | (uint32_t)p[10] << 16;
	if (len > OCR_ROWS_HEAD_MAX - t.at)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: its NPY header is too long", name);
	a->head_bytes = t.n = t.at + len;
	if (n < t.n)
		return (int)t.n;
	if (!take(&t, '{') || take_entries(&t, a, &is_fortran) != 7)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: malformed or structured NPY header", name);
	if (is_fortran)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: is in Fortran's order", name);
	return 0;
}
