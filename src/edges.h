/*
 * edges.h - places to cut that the data itself decides; for cut.c
 *
 * An edge lies behind 8 bytes whose hash has 13 zero bits: one place in 8 KiB,
 * the same after any change further away.  Two versions of a file that are cut
 * at edges soon have the same chunks again behind a change, so that what is
 * made of each chunk alone is the same, too (rsync).  Pure; any thread.
 */
#ifndef OCR_EDGES_H
#define OCR_EDGES_H

#include <stddef.h>
#include <stdint.h>

#define OCR_EDGE_BYTES 8 /* that decide */

/* Bytes up to the last edge in p[0..len), those that decide included; 0 if
 * there is none. */
size_t ocr_edges_last(const uint8_t *p, size_t len);

#endif
