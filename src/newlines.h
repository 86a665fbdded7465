/*
 * newlines.h - find line ends in memory, fast; for cut.c
 *
 * A line ends with '\n', which belongs to it.  Pure; any thread.
 */
#ifndef OCR_NEWLINES_H
#define OCR_NEWLINES_H

#include <stddef.h>
#include <stdint.h>

uint64_t ocr_newlines_count(const uint8_t *p, size_t len);

/*
 * Bytes up to and with the *n-th line end, which sets *n to 0; len if there
 * are fewer, and *n is how many are still to come.
 *   *n  at least 1
 */
size_t ocr_newlines_skip(const uint8_t *p, size_t len, uint64_t *n);

/* Bytes up to and with the last line end; 0 if there is none. */
size_t ocr_newlines_last(const uint8_t *p, size_t len);

#endif
