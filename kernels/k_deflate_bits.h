/*
 * k_deflate_bits.h - bit writer; private to kernels/k_deflate*
 *
 * Bits go lowest first (RFC 1951, 3.1.1) into a local buffer, by index: v++
 * follows an index into an array better than a pointer that moves.  In
 * hardware this is a barrel shifter before eight byte-wide banks.
 */
#ifndef K_DEFLATE_BITS_H
#define K_DEFLATE_BITS_H

#include <stdint.h>

#include "kernels/k_bytes.h"

#define K_DEFLATE_PUT_MAX 48 /* bits: a length and a distance */
#define K_DEFLATE_PUT_SLACK 8

struct k_deflate_bits {
	uint64_t buf; /* bits from n up are 0 */
	uint32_t n;   /* bits not yet in the buffer, at most 7 between puts */
	uint32_t at;  /* whole bytes in the buffer */
};

/* Stores 8 bytes at out + at, whatever n. */
static inline void
k_deflate_put(struct k_deflate_bits *b, uint8_t *out, uint64_t bits, uint32_t n)
{
#pragma HLS INLINE
	b->buf |= bits << b->n;
	b->n += n;
	k_store64(out + b->at, b->buf);
	b->at += b->n >> 3;
	b->buf >>= b->n & 56;
	b->n &= 7;
}

/* The 3 bits of an open stored block; goes to the next byte. */
static inline void
k_deflate_put_stored(struct k_deflate_bits *b, uint8_t *out)
{
	uint32_t n = ((b->n + 3 + 7) & ~7U) - b->n;

	k_deflate_put(b, out, 0, n);
}

#endif
