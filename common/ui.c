/*
 * ui.c - messages on stderr, each in one write; called by bin and the loops
 */
#include "config.h"

#include "common/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

#define BAR_WIPE "\r\033[K"

/* Names come from archives and streams: none may break the line or send the
 * terminal an escape sequence.  Bytes of UTF-8 stay. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}

static void
say(struct ocr_ui *ui, const char *text)
{
	char line[sizeof(((struct ocr_err *)0)->text) + 128];
	struct ocr_err lost = {0};
	size_t n = 0;

	if (__atomic_exchange_n(&ui->is_bar_shown, 0, __ATOMIC_RELAXED)) {
		n = sizeof(BAR_WIPE) - 1;
		memcpy(line, BAR_WIPE, n);
	}
	snprintf(line + n, sizeof(line) - n - 1, "%s: %s", ui->tool, text);
	make_printable(line + n);
	n += strlen(line + n);
	line[n++] = '\n';
	/* There is nobody left to tell when this fails. */
	(void)ocr_write_full(STDERR_FILENO, line, n, "stderr", &lost);
}

void
ocr_ui_error(struct ocr_ui *ui, const struct ocr_err *err)
{
	say(ui, err->text);
}

void
ocr_ui_warn(struct ocr_ui *ui, const char *fmt, ...)
{
	struct ocr_err e;
	va_list ap;

	__atomic_fetch_add(&ui->n_warnings, 1, __ATOMIC_RELAXED);
	if (ui->verbosity <= OCR_QUIET)
		return;
	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	say(ui, e.text);
}

void
ocr_ui_say(struct ocr_ui *ui, const char *fmt, ...)
{
	struct ocr_err e;
	va_list ap;

	if (ui->verbosity <= OCR_QUIET)
		return;
	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	say(ui, e.text);
}

void
ocr_ui_note(struct ocr_ui *ui, const char *fmt, ...)
{
	struct ocr_err e;
	va_list ap;

	if (ui->verbosity < OCR_VERBOSE)
		return;
	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	say(ui, e.text);
}
