/*
 * err.c - fill in a struct ocr_err; called by every layer
 */
#include "config.h"

#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf into text[0..cap), with "..." where it had to be cut. */
__attribute__((format(printf, 3, 0))) static void
put_text(char *text, size_t cap, const char *fmt, va_list ap)
{
	int n = vsnprintf(text, cap, fmt, ap);

	if (n < 0)
		text[0] = '\0';
	else if ((size_t)n >= cap)
		memcpy(text + cap - 4, "...", 4);
}

int
ocr_err_set(struct ocr_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err->code != 0)
		return code;
	err->code = code;
	va_start(ap, fmt);
	put_text(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int
ocr_err_sys(struct ocr_err *err, const char *fmt, ...)
{
	int code = errno == EPIPE    ? -OCR_EPIPE
		   : errno == ENOMEM ? -OCR_ENOMEM
				     : -OCR_EIO;
	char why[128];
	va_list ap;

	if (err->code != 0)
		return code;
	err->code = code;
	/* %m: the one strerror that is safe in threads and in every libc. */
	snprintf(why, sizeof(why), ": %m");
	va_start(ap, fmt);
	/* A name that is too long must not push the reason out. */
	put_text(err->text, sizeof(err->text) - strlen(why), fmt, ap);
	va_end(ap);
	strcat(err->text, why);
	return code;
}

int
ocr_err_nomem(struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_ENOMEM, "out of memory");
}

void
ocr_err_clear(struct ocr_err *err)
{
	err->code = 0;
	err->text[0] = '\0';
}

int
ocr_err_exit_status(int code)
{
	switch (code) {
	case 0:
		return 0;
	case -OCR_EUSAGE:
		return 2;
	case -OCR_EHOST:
		return 3;
	default:
		return 1;
	}
}
