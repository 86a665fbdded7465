/*
 * k_deflate_block.h - the tokens of a block; private to kernels/k_deflate*
 *
 * What the scan hands to the coder.  A token is 24 bits:
 *    0..14  distance - 1 of a match, 0 for a literal
 *   15..22  length - 3 of a match, or the literal
 *   23      a match
 * so that token >> 15 tells apart all literals and all lengths.
 */
#ifndef K_DEFLATE_BLOCK_H
#define K_DEFLATE_BLOCK_H

#include <stdint.h>

#define K_DEFLATE_TOKENS 16384
#define K_DEFLATE_MATCH 256U /* of token >> K_DEFLATE_VALUE_SHIFT */
#define K_DEFLATE_VALUE_SHIFT 15
#define K_DEFLATE_VALUES 512
#define K_DEFLATE_DIST_MASK 0x7fffU
#define K_DEFLATE_MIN_LEN 3 /* of the format; the scan takes 4 or more */

#define K_DEFLATE_N_LITLEN 286
#define K_DEFLATE_N_DIST 30

struct k_deflate_block {
	uint32_t token[K_DEFLATE_TOKENS];
	uint32_t n_tokens;
	uint32_t begin; /* the input that the tokens cover */
	uint32_t end;
	/*
	 * Counts by token >> 15 and by distance symbol, of even and of odd
	 * tokens: memory cannot count the same thing in two cycles in a row.
	 */
	uint32_t n_value[2][K_DEFLATE_VALUES];
	uint32_t n_dist[2][K_DEFLATE_N_DIST];
};

/* A number in deflate: the symbol, and how many extra bits follow it. */
struct k_deflate_sym {
	uint32_t sym;
	uint32_t extra; /* the lowest bits of the number */
};

/* x = length - 3, at most 255; from 0 for symbol 257. */
static inline struct k_deflate_sym
k_deflate_length(uint32_t x)
{
	struct k_deflate_sym s = {x, 0};

	if (x == 255) {
		s.sym = 28;
	} else if (x >= 4) {
		s.extra = 29 - (uint32_t)__builtin_clz(x);
		s.sym = 4 * s.extra + (x >> s.extra);
	}
	return s;
}

/* x = distance - 1, at most 32767. */
static inline struct k_deflate_sym
k_deflate_distance(uint32_t x)
{
	struct k_deflate_sym s = {x, 0};

	if (x >= 2) {
		s.extra = 30 - (uint32_t)__builtin_clz(x);
		s.sym = 2 * s.extra + (x >> s.extra);
	}
	return s;
}

#endif
