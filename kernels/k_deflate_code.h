/*
 * k_deflate_code.h - code a block of tokens; private to kernels/k_deflate*
 */
#ifndef K_DEFLATE_CODE_H
#define K_DEFLATE_CODE_H

#include <stdint.h>

#include "kernels/k_deflate_bits.h"
#include "kernels/k_deflate_block.h"
#include "kernels/k_deflate_header.h"

/*
 * Room for a coded block: every token at its longest, the end of the block
 * before, a header.
 * More than any code needs, but no proof of a tighter bound is simple.
 */
#define K_DEFLATE_CODED_MAX                                                    \
	((K_DEFLATE_TOKENS + 1) * (K_DEFLATE_PUT_MAX / 8) +                    \
	    K_DEFLATE_HEADER_MAX + K_DEFLATE_PUT_SLACK)

/* No bits stand for the tokens: the code lacks a symbol of theirs. */
#define K_DEFLATE_NO_CODE UINT32_MAX

/* Codes of a block. */
struct k_deflate_code {
	/*
	 * By token >> 15: 0..4 how many bits, 5..24 the bits of the symbol and
	 * of the length's extra bits.  0 = no such symbol.
	 */
	uint32_t value[K_DEFLATE_VALUES];
	/*
	 * By symbol: 0..3 how many bits, 4..7 how many extra bits, 8..22 the
	 * bits of the symbol.  0 = no such symbol; so is one more, for
	 * literals.
	 */
	uint32_t dist[K_DEFLATE_N_DIST + 1];
	uint32_t end; /* end of block */
	uint32_t end_len;
};

/* Chooses codes for a block that has tokens, and plans their header. */
void k_deflate_code_plan(struct k_deflate_code *c, struct k_deflate_header *h,
    const struct k_deflate_block *block);

/* Bits of all tokens under a code, or K_DEFLATE_NO_CODE. */
uint32_t k_deflate_code_bits(const struct k_deflate_code *c,
    const struct k_deflate_block *block);

/* Writes the tokens; c has codes for them. */
void k_deflate_code_put(const struct k_deflate_code *c,
    const struct k_deflate_block *block, struct k_deflate_bits *b,
    uint8_t *out);

#endif
