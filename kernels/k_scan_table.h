/*
 * k_scan_table.h - block headers and decoding tables; private to k_scan* and
 * k_verify
 *
 * Source: RFC 1951, 3.2.2, 3.2.5 to 3.2.7.  What counts as a valid code is
 * what zlib 1.2 accepts: complete, or one symbol of one bit, or (distances
 * only) no symbol at all; at most 286 and 30 lengths in a dynamic header.
 */
#ifndef K_SCAN_TABLE_H
#define K_SCAN_TABLE_H

#include <stdint.h>

#include "kernels/k_scan.h"
#include "kernels/k_scan_bits.h"

/*
 * Entry of run[] and one[]: what 12 bits of input stand for.
 *    0..5   bits to drop: codes and the extra bits of a closing length,
 *           at most 12 + 5
 *    6..14  bytes of output, extra bits left out, at most 11 + 258
 *   15..19  where the extra bits begin
 *   20..22  how many extra bits
 *   30      the last symbol is a length: a distance follows
 *   31      none of this holds: end of block, long code or no code
 */
#define K_SCAN_OUT_SHIFT 6
#define K_SCAN_AT_SHIFT 15
#define K_SCAN_EXTRA_SHIFT 20
#define K_SCAN_DROP_MASK 63U
#define K_SCAN_OUT_MASK 511U
#define K_SCAN_AT_MASK 31U
#define K_SCAN_EXTRA_MASK 7U
#define K_SCAN_LENGTH (1U << 30)
#define K_SCAN_OTHER (1U << 31)

/*
 * drop[] has two halves, chosen by the K_SCAN_LENGTH bit: in the first all
 * entries are 0, so that a look-up needs no branch on whether a distance
 * follows.  Entry of the second: bits of code and extra, at most 10 + 13, or
 * K_SCAN_SLOW for a long code or no code.
 */
#define K_SCAN_HALF (1U << K_SCAN_DIST_BITS)
#define K_SCAN_SLOW 0x80

#define K_SCAN_MAX_LENS 320 /* 288 + 32 */

/* Code lengths of a block: n_litlen of them, then n_dist. */
struct k_scan_lens {
	uint8_t len[K_SCAN_MAX_LENS];
	uint32_t n_litlen;
	uint32_t n_dist;
};

/* Base and extra bits of the length symbols 257 to 285. */
extern const uint16_t k_scan_length_base[29];
extern const uint8_t k_scan_length_extra[29];

/* Extra bits of distance symbol sym < 30. */
static inline uint32_t
k_scan_dist_extra(uint32_t sym)
{
	return sym < 2 ? 0 : sym / 2 - 1;
}

/* Bytes of output of entry e, whose codes begin at the lowest bit of buf. */
static inline uint32_t
k_scan_entry_out(uint32_t e, uint64_t buf)
{
	uint32_t extra = e >> K_SCAN_EXTRA_SHIFT & K_SCAN_EXTRA_MASK;
	uint32_t at = e >> K_SCAN_AT_SHIFT & K_SCAN_AT_MASK;

	return (e >> K_SCAN_OUT_SHIFT & K_SCAN_OUT_MASK) +
	       ((uint32_t)(buf >> at) & ((1U << extra) - 1));
}

static inline void
k_scan_drop_run(struct k_scan_bits *b, uint32_t e)
{
	b->buf >>= e & K_SCAN_DROP_MASK;
	b->n -= e & K_SCAN_DROP_MASK;
}

/*
 * Drops the distance that follows entry e, if one does.  Returns 0 where the
 * table does not know it, with nothing dropped.
 */
static inline int
k_scan_drop_distance(const struct k_scan_table *t, struct k_scan_bits *b,
    uint32_t e)
{
	const uint8_t *half =
	    t->drop + (e >> (30 - K_SCAN_DIST_BITS) & K_SCAN_HALF);
	uint32_t d = half[b->buf & (K_SCAN_HALF - 1)];

	if (d & K_SCAN_SLOW)
		return 0;
	b->buf >>= d;
	b->n -= d;
	return 1;
}

/* What stands at the lowest bits of the buffer. */
static inline uint32_t
k_scan_look_up(const struct k_scan_table *t, const struct k_scan_bits *b)
{
	return t->run[b->buf & ((1U << K_SCAN_LITLEN_BITS) - 1)];
}

/*
 * The symbol whose code stands at the lowest bits of buf, bit by bit: for codes
 * that are longer than a table's.  *len: of the code; -1: there is none.
 */
static inline int
k_scan_find(const struct k_scan_code *c, uint64_t buf, uint32_t *len)
{
	uint32_t code = 0, first = 0, index = 0;

	for (uint32_t l = 1; l < 16; l++) {
		code |= (uint32_t)(buf >> (l - 1)) & 1;
		if (code < first + c->count[l]) {
			*len = l;
			return c->sym[index + code - first];
		}
		index += c->count[l];
		first = (first + c->count[l]) << 1;
		code <<= 1;
	}
	return -1;
}

/*
 * Sorts n symbols, len[i] <= 15, into canonical order.  Returns how many are
 * used, or K_SCAN_ECODE.
 */
int k_scan_canonical(struct k_scan_code *code, const uint8_t *len, uint32_t n);

/*
 * The code of len bits behind 'code', both with the first bit lowest.  Also
 * right where the next code is longer: a 0 appended at the far end changes
 * nothing.  Behind the last code it is 0.
 */
static inline uint32_t
k_scan_next_code(uint32_t code, uint32_t len)
{
	uint32_t bit = 1U << (len - 1);

	while (code & bit) {
		code ^= bit;
		bit >>= 1;
	}
	return code | bit;
}

void k_scan_fixed_lens(struct k_scan_lens *lens);

/* Reads the header of a dynamic block behind its 3 type bits. */
int k_scan_dynamic_lens(struct k_scan_bits *b, struct k_scan_lens *lens);

/* Returns 0 or K_SCAN_ECODE. */
int k_scan_build(struct k_scan_table *t, const struct k_scan_lens *lens);

#endif
