/*
 * isal.h - ISA-L's compressor, with the same output for the same input
 *
 * One thread per encoder.  Called by coder.c alone.
 */
#ifndef OCR_ISAL_H
#define OCR_ISAL_H

#include <stddef.h>
#include <stdint.h>

struct ocr_isal;

/* NULL: no memory. */
struct ocr_isal *ocr_isal_new(void);
void ocr_isal_free(struct ocr_isal *z); /* NULL is fine */

/* Write the open piece of in[0..len) at level 1 or 2 to out[0..cap); returns
 * its length, 0 when it does not fit. */
size_t ocr_isal_encode(struct ocr_isal *z, int level, const uint8_t *in,
    size_t len, uint8_t *out, size_t cap);

#endif
