/*
 * huge.h - large arrays, in huge pages where the system gives them
 *
 * Random access to a large array costs 1.3 to 4.6 times as much in 4 KiB pages.
 */
#ifndef OCR_HUGE_H
#define OCR_HUGE_H

#include <stddef.h>

#include "common/err.h"

/* Zeroed; begins on a page, from 1 MiB on at a multiple of 2 MiB.  NULL with
 * -OCR_ENOMEM "WHAT: N MiB of memory are needed" in err; bytes 0 gives memory
 * too.  what: of static lifetime. */
void *ocr_huge_alloc(size_t bytes, const char *what, struct ocr_err *err);
/* What is in p, of so many bytes, in more of them; p is freed.  After an error
 * p is as it was. */
void *ocr_huge_grow(void *p, size_t bytes, size_t more, const char *what,
    struct ocr_err *err);
/* The same bytes as were asked for; NULL is fine. */
void ocr_huge_free(void *p, size_t bytes);

#endif
