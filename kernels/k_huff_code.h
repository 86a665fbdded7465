/*
 * k_huff_code.h - length-limited Huffman codes; private to the coders
 *
 * Source: RFC 1951, 3.2.2; the in-order construction from sorted weights is
 * van Leeuwen's (ICALP 1976).
 */
#ifndef K_HUFF_CODE_H
#define K_HUFF_CODE_H

#include <stdint.h>

#define K_HUFF_MAX_SYMS 288
#define K_HUFF_MAX_FREQ ((1U << 18) - 1)

/*
 * Lengths of a prefix code for n <= K_HUFF_MAX_SYMS symbols.
 *   freq[n]   each at most K_HUFF_MAX_FREQ; 0 = absent
 *   max_len   1 to 15, with 1 << max_len at least the symbols present and 2
 *   len[n]    out: bits, 0 = absent
 * The code is complete for every histogram with a symbol in it: decoders
 * differ on incomplete ones, so a lone symbol gets a neighbour of one bit.
 * Shortest possible while no length needs the limit, close to it otherwise.
 * Returns the longest length, 0 when no symbol is present.
 */
uint32_t k_huff_lengths(const uint32_t *freq, uint32_t n, uint32_t max_len,
    uint8_t *len);

/* Canonical codes for len[n], first bit lowest; 0 for absent symbols. */
void k_huff_codes(const uint8_t *len, uint32_t n, uint16_t *code);

#endif
