/*
 * k_deflate_header.h - header of a dynamic block; private to k_deflate*
 *
 * Source: RFC 1951, 3.2.7.
 */
#ifndef K_DEFLATE_HEADER_H
#define K_DEFLATE_HEADER_H

#include <stdint.h>

#include "kernels/k_deflate_bits.h"
#include "kernels/k_deflate_block.h"
#include "kernels/k_precode.h"

#define K_DEFLATE_N_LENS (K_DEFLATE_N_LITLEN + K_DEFLATE_N_DIST)

/* Code lengths as run-length tokens, and the code of those. */
struct k_deflate_header {
	uint32_t n_litlen; /* lengths sent, without zeros at the end */
	uint32_t n_dist;
	uint32_t n_precode;
	uint32_t n_tokens;
	uint8_t token[K_DEFLATE_N_LENS];
	uint8_t repeat[K_DEFLATE_N_LENS]; /* value of the extra bits */
	uint8_t precode_len[K_PRECODE_N];
	uint32_t n_bits; /* of all that k_deflate_header_put writes */
};

/* At most 3 + 14 + 19 * 3 bits and 14 for each length. */
#define K_DEFLATE_HEADER_MAX ((74 + 14 * K_DEFLATE_N_LENS) / 8 + 1) /* bytes */

/*
 * Plans the header for these lengths, at least one of each above 0.
 *   litlen[K_DEFLATE_N_LITLEN], dist[K_DEFLATE_N_DIST]
 */
void k_deflate_header_plan(struct k_deflate_header *h, const uint8_t *litlen,
    const uint8_t *dist);

/* Writes the plan, from the 3 block bits on. */
void k_deflate_header_put(const struct k_deflate_header *h,
    struct k_deflate_bits *b, uint8_t *out);

#endif
