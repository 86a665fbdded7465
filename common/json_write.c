/*
 * json_write.c - JSON, written as it goes; called by meter.c and src
 */
#include "config.h"

#include "common/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

/* Bytes of the UTF-8 character at s (RFC 3629), 0: it is none. */
static size_t
character_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80    ? 1
		   : s[0] < 0xc2  ? 0
		   : s[0] < 0xe0  ? 2
		   : s[0] < 0xf0  ? 3
		   : s[0] <= 0xf4 ? 4
				  : 0;

	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void
ocr_json_quote(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	putc('"', f);
	while (*s != '\0') {
		n = character_len(s);
		if (n == 0)
			fputs("\\ufffd", f);
		else if (*s == '"' || *s == '\\')
			fprintf(f, "\\%c", *s);
		else if (*s < 0x20 || *s == 0x7f)
			fprintf(f, "\\u%04x", *s);
		else
			fwrite(s, 1, n, f);
		s += n > 0 ? n : 1;
	}
	putc('"', f);
}

/* What stands before a value. */
static void
put_key(struct ocr_json *j, const char *key)
{
	if (j->has_item)
		putc(',', j->f);
	j->has_item = true;
	if (key == NULL)
		return;
	ocr_json_quote(j->f, key);
	putc(':', j->f);
}

static void
open_with(struct ocr_json *j, const char *key, char c)
{
	put_key(j, key);
	putc(c, j->f);
	j->has_item = false;
}

static void
close_with(struct ocr_json *j, char c)
{
	putc(c, j->f);
	j->has_item = true;
}

void
ocr_json_open_object(struct ocr_json *j, const char *key)
{
	open_with(j, key, '{');
}

void
ocr_json_close_object(struct ocr_json *j)
{
	close_with(j, '}');
}

void
ocr_json_open_array(struct ocr_json *j, const char *key)
{
	open_with(j, key, '[');
}

void
ocr_json_close_array(struct ocr_json *j)
{
	close_with(j, ']');
}

void
ocr_json_string(struct ocr_json *j, const char *key, const char *value)
{
	put_key(j, key);
	ocr_json_quote(j->f, value);
}

void
ocr_json_number(struct ocr_json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	fprintf(j->f, "%" PRIu64, value);
}

void
ocr_json_bool(struct ocr_json *j, const char *key, bool value)
{
	put_key(j, key);
	fputs(value ? "true" : "false", j->f);
}

void
ocr_json_real(struct ocr_json *j, const char *key, double value)
{
	uint64_t n;

	put_key(j, key);
	if (!(fabs(value) < 1e12)) {
		fputs("null", j->f);
		return;
	}
	n = (uint64_t)(fabs(value) * 1000 + 0.5);
	fprintf(j->f, "%s%" PRIu64 ".%03" PRIu64, value < 0 && n > 0 ? "-" : "",
	    n / 1000, n % 1000);
}

/* No tool sets a locale, so the point is one. */
void
ocr_json_exact(struct ocr_json *j, const char *key, double value)
{
	char text[32] = "null";

	put_key(j, key);
	for (int n = 15; isfinite(value) && n <= 17; n++) {
		snprintf(text, sizeof(text), "%.*g", n, value);
		if (strtod(text, NULL) == value)
			break;
	}
	fputs(text, j->f);
}

void
ocr_json_hex(struct ocr_json *j, const char *key, uint64_t value)
{
	put_key(j, key);
	fprintf(j->f, "\"0x%" PRIx64 "\"", value);
}
