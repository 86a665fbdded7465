/*
 * ui.h - what a tool says on stderr: messages, and nothing else
 *
 * Grammar: "tool: what: why", lower case, one line, one write, so that lines
 * of several threads or processes never mix.
 */
#ifndef OCR_UI_H
#define OCR_UI_H

#include "common/err.h"

enum ocr_verbosity {
	OCR_QUIET = -1, /* -q: no warnings, no bar; errors stay */
	OCR_NORMAL = 0,
	OCR_VERBOSE = 1, /* -v */
};

struct ocr_ui {
	const char *tool; /* "ocr-compress" */
	enum ocr_verbosity verbosity;
	unsigned n_warnings; /* atomic */
	int is_bar_shown;    /* atomic; a message wipes the bar first */
};

/* Any thread. */
void ocr_ui_error(struct ocr_ui *ui, const struct ocr_err *err);
void ocr_ui_warn(struct ocr_ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What came of it, for people; no warning. */
void ocr_ui_say(struct ocr_ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Only with -v. */
void ocr_ui_note(struct ocr_ui *ui, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
