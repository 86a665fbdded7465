/*
 * lines.c - text of key=value lines, written and read
 */
#include "config.h"

#include "common/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
put_byte(struct ocr_lines *w, char b)
{
	if (w->len < w->cap)
		w->text[w->len] = b;
	w->len++;
}

__attribute__((format(printf, 2, 3))) void
ocr_lines_put(struct ocr_lines *w, const char *fmt, ...)
{
	char line[128];
	va_list ap;
	const char *p;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p != '\0'; p++)
		put_byte(w, *p);
	put_byte(w, '\n');
}

void
ocr_lines_put_name(struct ocr_lines *w, const char *key, const char *name)
{
	char hex[4];
	size_t i;

	for (i = 0; key[i] != '\0'; i++)
		put_byte(w, key[i]);
	put_byte(w, '=');
	for (; *name != '\0'; name++) {
		unsigned char b = (unsigned char)*name;

		if (b >= 0x21 && b != 0x7f && b != '%') {
			put_byte(w, *name);
			continue;
		}
		snprintf(hex, sizeof(hex), "%%%02X", b);
		for (i = 0; i < 3; i++)
			put_byte(w, hex[i]);
	}
	put_byte(w, '\n');
}

void
ocr_lines_put_text(struct ocr_lines *w, const char *key, const char *text)
{
	if (*text != '\0')
		ocr_lines_put(w, "%s=%s", key, text);
}

int
ocr_lines_done(const struct ocr_lines *w, const char *what, struct ocr_err *err)
{
	if (w->len > w->cap)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: %zu bytes of text are over the limit of %zu", what,
		    w->len, w->cap);
	return (int)w->len;
}

static int
bad_value(const char *what, const char *key, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: bad value of %s", what, key);
}

/* Length of the line at p, without its newline; -1 if it has none or holds
 * a control character. */
static int
line_len(const char *p, const char *end)
{
	const char *q;

	for (q = p; q < end && *q != '\n'; q++)
		if ((unsigned char)*q < 0x20 || *q == 0x7f)
			return -1;
	return q < end ? (int)(q - p) : -1;
}

static int
find_key(const struct ocr_lines_grammar *g, const char *key, size_t len)
{
	int i;

	for (i = 0; g->keys[i] != NULL; i++)
		if (strlen(g->keys[i]) == len &&
		    memcmp(g->keys[i], key, len) == 0)
			return i;
	return -1;
}

/* The line is "key=value"; *seen gets the key's bit. */
static int
get_line(const struct ocr_lines_grammar *g, void *into, const char *line,
    size_t len, unsigned *seen, struct ocr_err *err)
{
	const char *eq = memchr(line, '=', len);
	int key, r;

	if (eq == NULL || eq == line)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: a line is not key=value", g->what);
	key = find_key(g, line, (size_t)(eq - line));
	if (key < 0)
		return 0;
	if ((*seen & 1u << key) != 0)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: %s twice", g->what,
		    g->keys[key]);
	*seen |= 1u << key;
	len -= (size_t)(eq + 1 - line);
	r = g->set(into, key, eq + 1, len);
	if (r == -OCR_ENOMEM)
		return ocr_err_nomem(err);
	return r == 0 ? 0 : bad_value(g->what, g->keys[key], err);
}

int
ocr_lines_get(const struct ocr_lines_grammar *g, void *into, const char *text,
    size_t len, struct ocr_err *err)
{
	const char *p = text, *end = text + len;
	unsigned seen = 0;
	int i, n, r;

	while (p < end) {
		n = line_len(p, end);
		if (n < 0)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: not lines of text", g->what);
		r = get_line(g, into, p, (size_t)n, &seen, err);
		if (r < 0)
			return r;
		p += n + 1;
	}
	for (i = 0; g->keys[i] != NULL; i++)
		if ((g->required & ~seen & 1u << i) != 0)
			return ocr_err_set(err, -OCR_EFORMAT, "%s: no %s",
			    g->what, g->keys[i]);
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *
ocr_lines_name(const char *value, size_t len, int *r)
{
	const char *end = value + len;
	char *name = malloc(len + 1), *out = name;

	*r = name != NULL ? -OCR_EFORMAT : -OCR_ENOMEM;
	if (name == NULL)
		return NULL;
	while (value < end) {
		int high, low;

		if (*value == ' ')
			break;
		if (*value != '%') {
			*out++ = *value++;
			continue;
		}
		high = end - value > 2 ? hex_digit(value[1]) : -1;
		low = end - value > 2 ? hex_digit(value[2]) : -1;
		if (high < 0 || low < 0 || (high | low) == 0)
			break;
		*out++ = (char)(high << 4 | low);
		value += 3;
	}
	*out = '\0';
	if (value == end && out > name)
		return name;
	free(name);
	return NULL;
}
