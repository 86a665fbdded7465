/*
 * k_huff_bits.h - bit writer of the coders; private to kernels/k_huff*
 *
 * Bits go lowest first (RFC 1951, 3.1.1).  A flush stores 8 bytes whatever
 * the count: that much room must be left behind the last bit.
 */
#ifndef K_HUFF_BITS_H
#define K_HUFF_BITS_H

#include <stdint.h>

#include "kernels/k_bytes.h"

struct k_huff_bits {
	uint8_t *p;   /* next byte to store */
	uint64_t buf; /* bits from n up are 0 */
	uint32_t n;   /* at most 7 after a flush */
};

/* Between two flushes at most 56 bits. */
static inline void
k_huff_put(struct k_huff_bits *b, uint64_t bits, uint32_t n)
{
	b->buf |= bits << b->n;
	b->n += n;
}

static inline void
k_huff_flush(struct k_huff_bits *b)
{
	k_store64(b->p, b->buf);
	b->p += b->n >> 3;
	b->buf >>= b->n & 56;
	b->n &= 7;
}

/* Puts the 3 bits of an open stored block and goes to the next byte. */
static inline void
k_huff_begin_stored(struct k_huff_bits *b)
{
	k_huff_put(b, 0, 3);
	b->n = (b->n + 7) & ~7U;
	k_huff_flush(b);
}

#endif
