/*
 * opt_help.c - the text of --help, and numbers on a command line; for opt.c
 * and bin
 */
#include "config.h"

#include "common/opt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 80
#define MAX_LABEL 28 /* longer ones get a line of their own */

/* "-s, --size=SIZE" as in a man page.  Returns its length. */
static size_t
make_label(const struct ocr_opt *o, char *buf, size_t cap)
{
	const char *arg = o->arg == NULL ? "" : o->arg, *eq = "";
	bool is_optional = arg[0] == '[';
	char key[8] = "    ";

	if (o->key < OCR_OPT_LONG)
		snprintf(key, sizeof(key), "-%c%s", o->key,
		    o->name == NULL ? "" : ", ");
	if (is_optional)
		eq = o->name == NULL ? "[" : "[=";
	else if (arg[0] != '\0')
		eq = o->name == NULL ? " " : "=";
	snprintf(buf, cap, "%s%s%s%s%s", key, o->name == NULL ? "" : "--",
	    o->name == NULL ? "" : o->name, eq, arg + is_optional);
	return strlen(buf);
}

/* Write text as lines that begin at column 'indent'; the cursor is there. */
static void
put_wrapped(FILE *f, const char *text, size_t indent)
{
	size_t at = indent;

	while (*text != '\0') {
		size_t n = strcspn(text, " \n");

		if (at > indent && at + 1 + n > COLUMNS - 1) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
		}
		if (at > indent) {
			putc(' ', f);
			at++;
		}
		fwrite(text, 1, n, f);
		at += n;
		text += n;
		text += strspn(text, " \n");
	}
	putc('\n', f);
}

static void
put_option(FILE *f, const struct ocr_opt *o, size_t column)
{
	char label[80];
	size_t n = make_label(o, label, sizeof(label));

	fprintf(f, "  %s", label);
	if (2 + n + 2 > column)
		fprintf(f, "\n%*s", (int)column, "");
	else
		fprintf(f, "%*s", (int)(column - 2 - n), "");
	put_wrapped(f, o->help, column);
}

char *
ocr_opt_help(const struct ocr_tool *tool)
{
	struct ocr_opt *opts = ocr_opt_all(tool);
	char label[80], *text = NULL;
	size_t len, n, widest = 0;
	FILE *f = open_memstream(&text, &len);

	if (opts == NULL || f == NULL)
		goto out;
	for (const struct ocr_opt *o = opts; o->key != 0; o++) {
		n = make_label(o, label, sizeof(label));
		if (o->help != NULL && n <= MAX_LABEL && n > widest)
			widest = n;
	}
	fprintf(f, "usage: %s %s\n\n", tool->name, tool->usage);
	put_wrapped(f, tool->about, 0);
	putc('\n', f);
	for (const struct ocr_opt *o = opts; o->key != 0; o++) {
		if (o->help != NULL)
			put_option(f, o, 2 + widest + 2);
	}
out:
	free(opts);
	if (f == NULL || (fclose(f) == 0 && opts != NULL))
		return text;
	free(text);
	return NULL;
}

/* Digits at *s; moves behind them.  False: none, or too many. */
static bool
take_digits(const char **s, uint64_t *out)
{
	uint64_t v = 0;

	if (**s < '0' || **s > '9')
		return false;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**s - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

int
ocr_opt_size(const char *what, const char *text, uint64_t *out,
    struct ocr_err *err)
{
	static const char units[] = "KMGTkmgt";
	const char *s = text, *unit;
	unsigned shift = 0;
	uint64_t v = 0;

	if (!take_digits(&s, &v) || v == 0)
		goto bad;
	unit = *s == '\0' ? NULL : strchr(units, *s);
	if (unit != NULL) {
		shift = 10 * (unsigned)((unit - units) % 4 + 1);
		s++;
		if (s[0] == 'i' && s[1] == 'B')
			s += 2;
	}
	if (*s != '\0' || v > UINT64_MAX >> shift)
		goto bad;
	*out = v << shift;
	return 0;
bad:
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s: '%s' is not a size (like 64K, 1M, 1G)", what, text);
}

int
ocr_opt_number(const char *what, const char *text, uint64_t min, uint64_t max,
    uint64_t *out, struct ocr_err *err)
{
	const char *s = text;
	uint64_t v;

	if (take_digits(&s, &v) && *s == '\0' && v >= min && v <= max) {
		*out = v;
		return 0;
	}
	if (max == UINT64_MAX)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%s' is not a number from %" PRIu64, what, text, min);
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, what, text,
	    min, max);
}

bool
ocr_opt_real(const char **at, double min, double max, double *out)
{
	char *end;
	double v;

	/* strtod() also takes blanks, signs, hexadecimals, "inf". */
	if (strspn(*at, "0123456789.") == 0)
		return false;
	v = strtod(*at, &end);
	if (end == *at || memchr(*at, 'x', (size_t)(end - *at)) != NULL ||
	    memchr(*at, 'X', (size_t)(end - *at)) != NULL ||
	    !(v >= min && v <= max))
		return false;
	*at = end;
	*out = v;
	return true;
}
