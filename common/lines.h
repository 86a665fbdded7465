/*
 * lines.h - text of key=value lines, written and read
 *
 * The payloads of control entries in ocr-stream(5); for frame_text.c.
 * Strict where a key is known, silent where it is not: a later version may
 * add keys, never change the meaning of one.  Pure; any thread.
 */
#ifndef OCR_LINES_H
#define OCR_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

/* Where text is written; len goes on past cap, so that it shows overflow. */
struct ocr_lines {
	char *text;
	size_t len, cap;
};

/* A line of at most 127 bytes; the newline is added. */
void ocr_lines_put(struct ocr_lines *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* key=TEXT, where TEXT is short and printable; nothing if it is empty. */
void ocr_lines_put_text(struct ocr_lines *w, const char *key, const char *text);
/* key=NAME with the bytes that could be mistaken written as %XX. */
void ocr_lines_put_name(struct ocr_lines *w, const char *key, const char *name);
/* The length, or -OCR_ELIMIT "what: ..." if it is more than cap. */
int ocr_lines_done(const struct ocr_lines *w, const char *what,
    struct ocr_err *err);

/* What a text may say. */
struct ocr_lines_grammar {
	const char *what;  /* for messages: "ocr/end" */
	unsigned required; /* bit per key */
	/* Store the value of keys[key]: 0, -OCR_EFORMAT if it is malformed
	 * (the text is written by the caller), or -OCR_ENOMEM. */
	int (*set)(void *into, int key, const char *value, size_t len);
	const char *keys[16]; /* NULL after the last */
};

/* -OCR_EFORMAT for what is no text, a bad or doubled value, a missing key. */
int ocr_lines_get(const struct ocr_lines_grammar *g, void *into,
    const char *text, size_t len, struct ocr_err *err);

/* Undo %XX; a new string, or NULL with *r = -OCR_EFORMAT (malformed, empty, a
 * NUL inside) or -OCR_ENOMEM. */
char *ocr_lines_name(const char *value, size_t len, int *r);

#endif
