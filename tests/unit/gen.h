/*
 * gen.h - reproducible test data
 *
 * xorshift64: the same seed gives the same bytes everywhere.  Threads: one
 * per struct gen.
 */
#ifndef TESTS_UNIT_GEN_H
#define TESTS_UNIT_GEN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gen {
	uint64_t state; /* any seed but 0 */
};

enum gen_kind {
	GEN_RANDOM,   /* all byte values, no repeats */
	GEN_LETTERS,  /* 12 values, few repeats */
	GEN_CONSTANT, /* one value */
	GEN_BASE64,   /* 64 values, no repeats, lines of 76 */
	GEN_TEXT,     /* letters and copies from any distance */
	GEN_MIXED,    /* zeros, random bytes and copies */
	GEN_SPARSE,   /* 64 values, few but long copies, mostly from afar */
	GEN_SKEWED,   /* value v about twice as likely as v + 1 */
	GEN_N_KINDS,
};

static inline uint32_t
gen_u32(struct gen *g)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (uint32_t)(g->state >> 16);
}

/* In [0, n). */
static inline size_t
gen_below(struct gen *g, size_t n)
{
	return (size_t)((uint64_t)gen_u32(g) * n >> 32);
}

/* One byte that no copy made, for place i of the data. */
static inline uint8_t
gen_byte(struct gen *g, enum gen_kind kind, size_t i)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				     "mnopqrstuvwxyz0123456789+/";
	uint32_t v = gen_u32(g);

	switch (kind) {
	case GEN_LETTERS:
		return (uint8_t) "abcdefgh ijk"[v % 12];
	case GEN_CONSTANT:
		return 'x';
	case GEN_SPARSE:
	case GEN_BASE64:
		return (uint8_t)(i % 77 == 76 ? '\n' : base64[v % 64]);
	case GEN_TEXT:
		return (uint8_t)('a' + v % 26);
	case GEN_MIXED:
		return (uint8_t)(v % 2 ? v >> 8 : 0);
	case GEN_SKEWED:
		return (uint8_t)__builtin_ctz(v | 1U << 31);
	default:
		return (uint8_t)v;
	}
}

/* How often, of 60 chances, a copy comes instead of a byte. */
static inline uint32_t
gen_copies(enum gen_kind kind)
{
	return kind == GEN_TEXT || kind == GEN_MIXED ? 40
	       : kind == GEN_SPARSE                  ? 2
						     : 0;
}

static inline void
gen_fill(struct gen *g, enum gen_kind kind, uint8_t *out, size_t len)
{
	uint32_t longest = kind == GEN_SPARSE ? 250 : 60;
	size_t i = 0;

	while (i < len) {
		size_t n, back;

		if (i < 20 || gen_u32(g) % 60 >= gen_copies(kind)) {
			out[i] = gen_byte(g, kind, i);
			i++;
			continue;
		}
		back = 1 + gen_below(g, i < 32768 ? i : 32768);
		for (n = 3 + gen_below(g, longest); n > 0 && i < len; n--, i++)
			out[i] = out[i - back];
	}
}

#endif
