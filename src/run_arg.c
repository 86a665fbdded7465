/*
 * run_arg.c - see run_arg.h
 */
#include "config.h"

#include "src/run_arg.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* strtoull takes blanks and a sign; this takes neither. */
static bool
parse_integer(const char *text, uint64_t *out)
{
	bool is_negative = *text == '-';
	const char *digits = text + is_negative;
	int base = strncmp(digits, "0x", 2) == 0 ? 16 : 10;
	unsigned long long n;
	char *end;

	if (base == 16)
		digits += 2;
	if (strspn(digits, base == 16 ? "0123456789abcdefABCDEF"
				      : "0123456789") != strlen(digits) ||
	    *digits == '\0')
		return false;
	errno = 0;
	n = strtoull(digits, &end, base);
	if (errno != 0 || (is_negative && n > (uint64_t)INT64_MAX + 1))
		return false;
	*out = is_negative ? -(uint64_t)n : n;
	return true;
}

static bool
parse_real(const char *text, double *out)
{
	char *end;

	if (strspn(text, "0123456789.eE+-") != strlen(text) ||
	    strpbrk(text, ".eE") == NULL)
		return false;
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static bool
is_name(const char *s, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return len > 0 && len < OCR_RUN_ARG_NAME &&
	       strchr(letters, *s) != NULL && strspn(s, more) >= len;
}

/* Which argument: len bytes before the '='. */
static int
set_place(struct ocr_run_arg *arg, const char *what, const char *text,
    size_t len, struct ocr_err *err)
{
	char *end;
	unsigned long n;

	if (is_name(text, len)) {
		memcpy(arg->name, text, len);
		arg->name[len] = '\0';
		return 0;
	}
	n = strtoul(text, &end, 10);
	if (len == 0 || strspn(text, "0123456789") != len || n > 255 ||
	    end != text + len)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: '%.*s' is no name and no place of an argument", what,
		    (int)len, text);
	if (n < OCR_RUN_PLAIN_ARGS)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: arguments 0 to 4 are in, in_len, out, out_cap, "
		    "out_len; further ones begin at 5",
		    what);
	arg->index = (unsigned)n;
	return 0;
}

static bool
is_same_place(const struct ocr_run_arg *a, const struct ocr_run_arg *b)
{
	if (a->name[0] != '\0' || b->name[0] != '\0')
		return strcmp(a->name, b->name) == 0;
	return a->index == b->index;
}

int
ocr_run_args_add(struct ocr_run_args *a, const char *what, const char *text,
    struct ocr_err *err)
{
	const char *value = strchr(text, '=');
	struct ocr_run_arg arg = {
	    .index = OCR_RUN_PLAIN_ARGS + (unsigned)a->n,
	};
	size_t i;
	int r;

	if (a->n == OCR_RUN_MAX_ARGS)
		return ocr_err_set(err, -OCR_EUSAGE, "%s: more than %d", what,
		    OCR_RUN_MAX_ARGS);
	if (value != NULL) {
		r = set_place(&arg, what, text, (size_t)(value - text), err);
		if (r < 0)
			return r;
		value++;
	} else {
		value = text;
	}
	if (!parse_integer(value, &arg.integer)) {
		arg.is_real = true;
		if (!parse_real(value, &arg.real))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: '%s' is not a number", what, value);
	}
	for (i = 0; i < a->n; i++) {
		if (is_same_place(&arg, &a->list[i]))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "%s: '%s' sets an argument that is set already",
			    what, text);
	}
	a->list[a->n++] = arg;
	return 0;
}
