/* k_scan_table.c - block headers and decoding tables of the scanner */
#include "kernels/k_scan_table.h"
#include "kernels/k_precode.h"

#include <string.h>

#define END_OF_BLOCK 256
#define PRECODE_BITS 7

/*
 * Under this share (of 1 << 15) of the code space for lengths a block counts
 * as literal: 15 %, where the two loops of k_scan.c are equally fast.
 */
#define LITERAL_MASS 5000

const uint16_t k_scan_length_base[29] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15,
    17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
    258};
const uint8_t k_scan_length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2,
    2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

/*
 * 'left' counts unused codes of the current length: negative means that two
 * symbols share a code.
 */
int
k_scan_canonical(struct k_scan_code *code, const uint8_t *len, uint32_t n)
{
	uint16_t next[16];
	int left = 1, used = 0;

	memset(code->count, 0, sizeof code->count);
	for (uint32_t i = 0; i < n; i++)
		code->count[len[i]]++;
	code->count[0] = 0;
	for (int l = 1; l < 16; l++) {
		next[l] = (uint16_t)used;
		used += code->count[l];
		left = 2 * left - code->count[l];
		if (left < 0)
			return K_SCAN_ECODE;
	}
	if (left > 0 && used > 0 && !(used == 1 && code->count[1] == 1))
		return K_SCAN_ECODE;
	for (uint32_t i = 0; i < n; i++)
		if (len[i] > 0)
			code->sym[next[len[i]]++] = (uint16_t)i;
	return used;
}

static uint32_t
litlen_entry(uint32_t sym, uint32_t len)
{
	uint32_t extra;

	if (sym < END_OF_BLOCK)
		return len | 1U << K_SCAN_OUT_SHIFT;
	if (sym == END_OF_BLOCK || sym > 285)
		return K_SCAN_OTHER;
	extra = k_scan_length_extra[sym - 257];
	return (len + extra) | len << K_SCAN_AT_SHIFT |
	       (uint32_t)k_scan_length_base[sym - 257] << K_SCAN_OUT_SHIFT |
	       extra << K_SCAN_EXTRA_SHIFT | K_SCAN_LENGTH;
}

/*
 * One symbol per entry.  The table starts with one entry and doubles at each
 * length, so what no code covers stays K_SCAN_OTHER.
 */
static void
build_one(uint32_t *one, const struct k_scan_code *c)
{
	uint32_t code = 0, i = 0;

	one[0] = K_SCAN_OTHER;
	for (uint32_t l = 1; l <= K_SCAN_LITLEN_BITS; l++) {
		memcpy(one + (1U << (l - 1)), one, sizeof *one << (l - 1));
		for (uint32_t k = c->count[l]; k > 0; k--) {
			one[code] = litlen_entry(c->sym[i++], l);
			code = k_scan_next_code(code, l);
		}
	}
}

/*
 * Chains entries while they fit in 12 bits: a literal plus what the remaining
 * bits stand for.  These are the low bits of a smaller index whose entry is
 * already chained (index 0 is its own: take the single symbol); if that uses
 * more bits than remain, the single symbol may still fit.
 */
static void
build_run(uint32_t *run, const uint32_t *one)
{
	for (uint32_t i = 0; i < 1U << K_SCAN_LITLEN_BITS; i++) {
		uint32_t e = one[i], len = e & K_SCAN_DROP_MASK, rest, f;

		run[i] = e;
		if (e & (K_SCAN_OTHER | K_SCAN_LENGTH))
			continue;
		rest = i >> len;
		f = rest < i ? run[rest] : one[rest];
		if ((f & K_SCAN_DROP_MASK) + len > K_SCAN_LITLEN_BITS ||
		    (f & K_SCAN_OTHER))
			f = one[rest];
		if ((f & K_SCAN_DROP_MASK) + len > K_SCAN_LITLEN_BITS ||
		    (f & K_SCAN_OTHER))
			continue;
		run[i] = e + f + (len << K_SCAN_AT_SHIFT);
	}
}

static void
build_drop(uint8_t *drop, const struct k_scan_code *c)
{
	uint32_t code = 0, i = 0;

	memset(drop, 0, K_SCAN_HALF);
	drop += K_SCAN_HALF;
	drop[0] = K_SCAN_SLOW;
	for (uint32_t l = 1; l <= K_SCAN_DIST_BITS; l++) {
		memcpy(drop + (1U << (l - 1)), drop, 1U << (l - 1));
		for (uint32_t k = c->count[l]; k > 0; k--) {
			uint32_t sym = c->sym[i++];

			drop[code] =
			    (uint8_t)(sym > 29 ? K_SCAN_SLOW
					       : l + k_scan_dist_extra(sym));
			code = k_scan_next_code(code, l);
		}
	}
}

int
k_scan_build(struct k_scan_table *t, const struct k_scan_lens *lens)
{
	uint32_t mass = 0;

	/* A block that cannot end is invalid even when never entered. */
	if (lens->len[END_OF_BLOCK] == 0)
		return K_SCAN_ECODE;
	if (k_scan_canonical(&t->litlen, lens->len, lens->n_litlen) < 0)
		return K_SCAN_ECODE;
	if (k_scan_canonical(&t->dist, lens->len + lens->n_litlen,
		lens->n_dist) < 0)
		return K_SCAN_ECODE;
	build_one(t->one, &t->litlen);
	build_run(t->run, t->one);
	build_drop(t->drop, &t->dist);
	for (uint32_t i = END_OF_BLOCK + 1; i < lens->n_litlen; i++)
		if (lens->len[i] > 0)
			mass += 1U << (15 - lens->len[i]);
	t->is_literal = mass < LITERAL_MASS;
	return 0;
}

void
k_scan_fixed_lens(struct k_scan_lens *lens)
{
	lens->n_litlen = 288;
	lens->n_dist = 32;
	memset(lens->len, 8, 144);
	memset(lens->len + 144, 9, 112);
	memset(lens->len + 256, 7, 24);
	memset(lens->len + 280, 8, 8);
	memset(lens->len + 288, 5, 32);
}

/*
 * Reads the code of the code lengths into a table by 7 bits of input: symbol
 * << 3 | bits, 0 where there is no code.
 */
static int
read_precode(struct k_scan_bits *b, uint32_t n, uint8_t *table)
{
	uint8_t len[K_PRECODE_N] = {0};
	struct k_scan_code c;
	uint32_t code = 0, i = 0;

	for (uint32_t k = 0; k < n; k++) {
		if (k % 8 == 0 && k_scan_fill(b) < 0)
			return K_SCAN_ETRUNC;
		len[k_precode_order[k]] = (uint8_t)k_scan_take(b, 3);
	}
	if (k_scan_canonical(&c, len, K_PRECODE_N) <= 1)
		return K_SCAN_ECODE;
	for (uint32_t l = 1; l <= PRECODE_BITS; l++)
		for (uint32_t k = c.count[l]; k > 0; k--) {
			uint8_t e = (uint8_t)(c.sym[i++] << 3 | l);

			for (uint32_t j = code; j < 1U << PRECODE_BITS;
			     j += 1U << l)
				table[j] = e;
			code = k_scan_next_code(code, l);
		}
	return 0;
}

/* Reads 'total' code lengths; a run may cross from literals to distances. */
static int
read_lens(struct k_scan_bits *b, const uint8_t *table, uint8_t *len,
    uint32_t total)
{
	uint32_t i = 0;

	while (i < total) {
		uint32_t sym, repeat;
		uint8_t value = 0;

		if (k_scan_fill(b) < 0)
			return K_SCAN_ETRUNC;
		sym = table[b->buf & ((1U << PRECODE_BITS) - 1)] >> 3;
		k_scan_drop(b, table[b->buf & ((1U << PRECODE_BITS) - 1)] & 7);
		if (sym < 16) {
			len[i++] = (uint8_t)sym;
			continue;
		}
		if (sym == 16 && i == 0)
			return K_SCAN_ECODE;
		if (sym == 16) {
			value = len[i - 1];
			repeat = 3 + k_scan_take(b, 2);
		} else if (sym == 17) {
			repeat = 3 + k_scan_take(b, 3);
		} else {
			repeat = 11 + k_scan_take(b, 7);
		}
		if (repeat > total - i)
			return K_SCAN_ECODE;
		memset(len + i, value, repeat);
		i += repeat;
	}
	return 0;
}

int
k_scan_dynamic_lens(struct k_scan_bits *b, struct k_scan_lens *lens)
{
	uint8_t table[1 << PRECODE_BITS];
	int r;

	if (k_scan_fill(b) < 0)
		return K_SCAN_ETRUNC;
	lens->n_litlen = 257 + k_scan_take(b, 5);
	lens->n_dist = 1 + k_scan_take(b, 5);
	if (lens->n_litlen > 286 || lens->n_dist > 30)
		return K_SCAN_ECODE;
	r = read_precode(b, 4 + k_scan_take(b, 4), table);
	if (r < 0)
		return r;
	return read_lens(b, table, lens->len, lens->n_litlen + lens->n_dist);
}
