/*
 * streams.h - hand-made deflate streams, to test what no compressor writes
 *
 * Source: RFC 1951.  Threads: one per struct bits.
 */
#ifndef TESTS_UNIT_STREAMS_H
#define TESTS_UNIT_STREAMS_H

#include <stdint.h>

#include "kernels/k_huff_code.h"
#include "tests/unit/gen.h"

#define N_LITLEN 286
#define N_DIST 30

/* Bits of hand-made streams, lowest first. */
struct bits {
	uint8_t *p;
	size_t n; /* bits so far */
};

static inline void
put(struct bits *b, uint32_t v, uint32_t n)
{
	for (; n > 0; n--, v >>= 1, b->n++) {
		if (b->n % 8 == 0)
			b->p[b->n / 8] = 0;
		b->p[b->n / 8] |= (uint8_t)((v & 1) << b->n % 8);
	}
}

/*
 * Header of a final dynamic block with these code lengths, n_litlen of them
 * and then n_dist; every length is sent plainly, in 4 bits.
 */
static inline void
put_header(struct bits *b, const uint8_t *len, uint32_t n_litlen,
    uint32_t n_dist)
{
	put(b, 1 | 2 << 1, 3);
	put(b, n_litlen - 257, 5);
	put(b, n_dist - 1, 5);
	put(b, 15, 4);
	put(b, 0, 9); /* no 16, 17, 18: 16 codes of 4 bits */
	for (int i = 0; i < 16; i++)
		put(b, 4, 3);
	for (uint32_t i = 0; i < n_litlen + n_dist; i++)
		for (int k = 3; k >= 0; k--) /* codes: first bit highest */
			put(b, len[i] >> k, 1);
}

/* Extra bits of length symbol sym, at random; returns the length. */
static inline uint32_t
put_length(struct bits *b, struct gen *g, uint32_t sym)
{
	uint32_t group = (sym - 257) / 4, n, extra;

	if (sym == 285)
		return 258;
	if (group < 2)
		return sym - 254;
	n = group - 1;
	extra = gen_u32(g) & ((1U << n) - 1);
	put(b, extra, n);
	return 3 + ((4 + (sym - 257) % 4) << n) + extra;
}

/* Code lengths from weights of all sizes; few lengths when is_literal. */
static inline void
random_code(struct gen *g, int is_literal, uint8_t *len)
{
	uint32_t freq[N_LITLEN + N_DIST];

	for (uint32_t i = 0; i < N_LITLEN + N_DIST; i++) {
		size_t span = gen_below(g, 19);

		if (is_literal && i > 256 && i < N_LITLEN)
			span = 14 + span / 4;
		freq[i] = gen_u32(g) % 5 ? K_HUFF_MAX_FREQ >> span : 0;
	}
	freq[256] = freq[N_LITLEN] = freq[N_LITLEN + 1] = 1;
	k_huff_lengths(freq, N_LITLEN, 15, len);
	k_huff_lengths(freq + N_LITLEN, N_DIST, 15, len + N_LITLEN);
}

/* A symbol of len[0..n), long ones as likely as short ones. */
static inline uint32_t
random_symbol(struct gen *g, const uint8_t *len, uint32_t n)
{
	uint32_t sym;

	do
		sym = (uint32_t)gen_below(g, n);
	while (len[sym] == 0);
	return sym;
}

#endif
