/*
 * k_huff.h - Huffman-only deflate coder
 *
 * No search for matches: one code per block of 262140 bytes, two symbols per
 * table look-up.  As dense as a full coder on data without repeats (base64,
 * digit tables) at several times the speed.  A block that its code would not
 * make smaller is stored.  The piece is not final and byte aligned, ends with
 * an empty stored block (00 00 FF FF) and refers to nothing before it.
 * Source: RFC 1951, 3.2.2, 3.2.4 and 3.2.7.
 */
#ifndef K_HUFF_H
#define K_HUFF_H

#include <stddef.h>
#include <stdint.h>

/* Scratch of one call; 262 KiB, any contents. */
struct k_huff {
	uint32_t pair[65536]; /* by two input bytes, the first one low */
	uint32_t hist[4][256];
	uint32_t freq[257]; /* literals and end of block */
	uint16_t code[257]; /* first bit lowest */
	uint8_t len[257];   /* bits; 0 = symbol is absent */
	uint8_t max_len;
};

/*
 * Bytes that k_huff_encode needs at out for len bytes, more than it returns;
 * SIZE_MAX when that does not fit in a size_t.
 */
size_t k_huff_bound(size_t len);

/*
 * Write the piece for in[0..len) to out[0..cap).  They must not overlap; in
 * may be NULL when len is 0.  Bytes behind the piece, up to the bound, may be
 * overwritten.
 * Returns the size of the piece, or 0 when cap < k_huff_bound(len): nothing
 * is written.  Same input, same bytes out.
 * Pure: no allocation, no globals.  One thread per scratch.
 */
size_t k_huff_encode(struct k_huff *scratch, const uint8_t *in, size_t len,
    uint8_t *out, size_t cap);

#endif
