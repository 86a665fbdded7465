/*
 * k_huff_header.h - header of a dynamic block; private to kernels/k_huff*
 *
 * Source: RFC 1951, 3.2.7.
 */
#ifndef K_HUFF_HEADER_H
#define K_HUFF_HEADER_H

#include <stdint.h>

#include "kernels/k_huff_bits.h"
#include "kernels/k_precode.h"

#define K_HUFF_N_LITLEN 257 /* literals and end of block: no lengths */
#define K_HUFF_N_DIST 2

/* Code lengths as run-length tokens, and the code of those. */
struct k_huff_header {
	uint8_t token[K_HUFF_N_LITLEN + K_HUFF_N_DIST];
	uint8_t repeat[K_HUFF_N_LITLEN + K_HUFF_N_DIST]; /* extra bits */
	uint32_t n_tokens;
	uint32_t n_precode; /* lengths of precode that are sent */
	uint8_t precode_len[K_PRECODE_N];
	uint32_t n_bits; /* of all that k_huff_header_put writes */
};

/* Plans the header for len[K_HUFF_N_LITLEN]. */
void k_huff_header_plan(struct k_huff_header *h, const uint8_t *len);

/* Writes the plan from the 3 block bits on; the writer is flushed after. */
void k_huff_header_put(const struct k_huff_header *h, struct k_huff_bits *b);

#endif
