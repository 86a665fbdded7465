/*
 * k_scan_bits.h - bit reader of the scanner; private to kernels/k_scan*
 *
 * Bits come lowest first (RFC 1951, 3.1.1).  Behind the end of input the
 * reader makes up zeros, so that a decoder may look ahead; whoever consumes
 * one is told K_SCAN_ETRUNC at the next fill.
 */
#ifndef K_SCAN_BITS_H
#define K_SCAN_BITS_H

#include <stddef.h>
#include <stdint.h>

#include "kernels/k_bytes.h"
#include "kernels/k_scan.h"

struct k_scan_bits {
	const uint8_t *begin;
	const uint8_t *p; /* next byte to load */
	const uint8_t *end;
	/*
	 * Bits from n up are either 0 or already those of the bytes at p: a
	 * load may or them in again.
	 */
	uint64_t buf;
	uint32_t n;         /* bits in buf that count, at most 63 */
	uint32_t n_made_up; /* zeros counted so far behind the end */
};

/* 56 bits or more; at least 8 bytes must be left at p. */
static inline void
k_scan_refill(struct k_scan_bits *b)
{
	b->buf |= k_load64(b->p) << b->n;
	b->p += (63 - b->n) >> 3;
	b->n |= 56;
}

/* 56 bits or more, anywhere in the input. */
static inline int
k_scan_fill(struct k_scan_bits *b)
{
	if (b->end - b->p >= 8) {
		k_scan_refill(b);
		return 0;
	}
	while (b->n < 56) {
		if (b->p < b->end)
			b->buf |= (uint64_t)*b->p++ << b->n;
		else
			b->n_made_up += 8;
		b->n += 8;
	}
	return b->n_made_up > b->n ? K_SCAN_ETRUNC : 0;
}

static inline void
k_scan_drop(struct k_scan_bits *b, uint32_t n)
{
	b->buf >>= n;
	b->n -= n;
}

/* Takes n <= 16 bits that a fill has made sure of. */
static inline uint32_t
k_scan_take(struct k_scan_bits *b, uint32_t n)
{
	uint32_t v = (uint32_t)b->buf & ((1U << n) - 1);

	k_scan_drop(b, n);
	return v;
}

/* Bits consumed since begin. */
static inline uint64_t
k_scan_position(const struct k_scan_bits *b)
{
	return (uint64_t)(b->p - b->begin) * 8 + b->n_made_up - b->n;
}

#endif
