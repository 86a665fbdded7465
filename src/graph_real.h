/*
 * graph_real.h - decimal numbers of text, read fast and rounded right
 *
 * For weights.  Independent of the locale but for its decimal point, which the
 * tools leave alone.  Any thread.
 */
#ifndef OCR_GRAPH_REAL_H
#define OCR_GRAPH_REAL_H

#include <stddef.h>
#include <stdint.h>

/* The double nearest to the number that begins at p, infinite if that is too
 * large: [+-]digits[.digits][e[+-]digits], with digits on one side of the point
 * at least.  Returns its bytes, 0 where none begins; nothing is read at end. */
size_t ocr_real_read(const uint8_t *p, const uint8_t *end, double *out);

#endif
