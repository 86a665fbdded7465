/*
 * k_scan.c - walk a deflate stream and reopen it
 *
 * Speed.  The walk is bound by latency: each look-up has to wait for the one
 * before it to say how many bits it used.  So one look-up covers all whole
 * literals in 12 bits and a closing length, a second one its distance, and
 * nothing but these two shifts is on the path: output is counted aside, and
 * whether there was a distance selects half of a table instead of a branch.
 * Where there are few matches that second look-up is wasted, hence two loops.
 *
 * Bits.  A fill gives 56.  A run and a distance use at most (12 + 5) +
 * (10 + 13) = 40, three runs without a length at most 36, and either leaves
 * the 12 of the next look-up.
 */
#include "kernels/k_scan.h"

#include <string.h>

#include "kernels/k_scan_bits.h"
#include "kernels/k_scan_table.h"

#define RUNS_PER_FILL 3

/* What the walk stands before. */
enum at { AT_SYMBOL, AT_DISTANCE, AT_END };

/*
 * Walks symbols while 8 bytes can be loaded and the tables know them.  The
 * next look-up comes before the refill: its 12 bits are there (56 - 40 are
 * left), and it need not wait for the load.
 */
static enum at
walk_matches(const struct k_scan_table *t, struct k_scan_bits *bits,
    uint64_t *out)
{
	struct k_scan_bits b = *bits;
	uint64_t n_out = 0;
	uint32_t e = K_SCAN_OTHER;
	enum at at = AT_SYMBOL;

	if (b.end - b.p >= 8) {
		k_scan_refill(&b);
		e = k_scan_look_up(t, &b);
	}
	while (!(e & K_SCAN_OTHER)) {
		n_out += k_scan_entry_out(e, b.buf);
		k_scan_drop_run(&b, e);
		if (!k_scan_drop_distance(t, &b, e)) {
			at = AT_DISTANCE;
			break;
		}
		if (b.end - b.p < 8)
			break;
		e = k_scan_look_up(t, &b);
		k_scan_refill(&b);
	}
	*bits = b;
	*out += n_out;
	return at;
}

/*
 * The same for blocks of few matches.  A refill lasts for three runs or one
 * match, not for both: the look-up before the next needs 12 bits.
 */
static enum at
walk_literals(const struct k_scan_table *t, struct k_scan_bits *bits,
    uint64_t *out)
{
	struct k_scan_bits b = *bits;
	uint64_t n_out = 0;
	uint32_t e = K_SCAN_OTHER;
	enum at at = AT_SYMBOL;

	if (b.end - b.p >= 8) {
		k_scan_refill(&b);
		e = k_scan_look_up(t, &b);
	}
	while (!(e & K_SCAN_OTHER)) {
		if (e & K_SCAN_LENGTH) {
			n_out += k_scan_entry_out(e, b.buf);
			k_scan_drop_run(&b, e);
			if (!k_scan_drop_distance(t, &b, e)) {
				at = AT_DISTANCE;
				break;
			}
			e = k_scan_look_up(t, &b);
			if (b.end - b.p < 8)
				break;
			k_scan_refill(&b);
		}
		for (int k = 0; k < RUNS_PER_FILL && e < K_SCAN_LENGTH; k++) {
			n_out += e >> K_SCAN_OUT_SHIFT & K_SCAN_OUT_MASK;
			k_scan_drop_run(&b, e);
			e = k_scan_look_up(t, &b);
		}
		if (b.end - b.p < 8)
			break;
		k_scan_refill(&b);
	}
	*bits = b;
	*out += n_out;
	return at;
}

/* Next symbol of the code, bit by bit; -1 when the bits are none. */
static int
slow_symbol(const struct k_scan_code *c, struct k_scan_bits *b)
{
	uint32_t len;
	int sym = k_scan_find(c, b->buf, &len);

	if (sym >= 0)
		k_scan_drop(b, len);
	return sym;
}

/* Walks one literal, length or end of block. */
static int
walk_symbol(const struct k_scan_table *t, struct k_scan_bits *b, enum at *at,
    uint64_t *out)
{
	int sym;

	if (k_scan_fill(b) < 0)
		return K_SCAN_ETRUNC;
	sym = slow_symbol(&t->litlen, b);
	if (sym < 0 || sym > 285)
		return K_SCAN_ESYMBOL;
	*at = sym < 256 ? AT_SYMBOL : sym == 256 ? AT_END : AT_DISTANCE;
	if (sym < 256)
		*out += 1;
	if (sym > 256)
		*out += k_scan_length_base[sym - 257] +
			k_scan_take(b, k_scan_length_extra[sym - 257]);
	return 0;
}

static int
walk_distance(const struct k_scan_table *t, struct k_scan_bits *b)
{
	int sym;

	if (k_scan_fill(b) < 0)
		return K_SCAN_ETRUNC;
	sym = slow_symbol(&t->dist, b);
	if (sym < 0 || sym > 29)
		return K_SCAN_ESYMBOL;
	k_scan_drop(b, k_scan_dist_extra((uint32_t)sym));
	return 0;
}

/*
 * Walks the symbols of a block.  The loops may pass max_out before it is
 * looked at, by no more than 1032 bytes for each byte of input.
 */
static int
walk_block(const struct k_scan_table *t, struct k_scan_bits *b,
    uint64_t max_out, uint64_t *out)
{
	enum at at;
	int r;

	do {
		at = t->is_literal ? walk_literals(t, b, out)
				   : walk_matches(t, b, out);
		if (at == AT_SYMBOL) {
			r = walk_symbol(t, b, &at, out);
			if (r < 0)
				return r;
		}
		if (at == AT_DISTANCE) {
			r = walk_distance(t, b);
			if (r < 0)
				return r;
		}
		if (*out > max_out)
			return K_SCAN_ELIMIT;
	} while (at != AT_END);
	return b->n_made_up > b->n ? K_SCAN_ETRUNC : 0;
}

/* Skips a stored block; its length begins at the next byte. */
static int
skip_stored(struct k_scan_bits *b, uint64_t max_out, uint64_t *out)
{
	uint32_t len, check;
	uint64_t at;

	k_scan_drop(b, b->n & 7);
	if (k_scan_fill(b) < 0)
		return K_SCAN_ETRUNC;
	len = k_scan_take(b, 16);
	check = k_scan_take(b, 16);
	if ((len ^ check) != 0xffff)
		return K_SCAN_ESTORED;
	at = k_scan_position(b) / 8;
	if (at + len > (uint64_t)(b->end - b->begin))
		return K_SCAN_ETRUNC;
	*out += len;
	b->p = b->begin + at + len;
	b->buf = 0;
	b->n = 0;
	b->n_made_up = 0;
	return *out > max_out ? K_SCAN_ELIMIT : 0;
}

/* Makes the tables for a block of this type; *is_fixed = they are type 1's. */
static int
load_tables(struct k_scan_table *t, struct k_scan_bits *b, uint32_t type,
    int *is_fixed)
{
	struct k_scan_lens lens;
	int r;

	if (type == 3)
		return K_SCAN_ETYPE;
	if (type == 1 && *is_fixed)
		return 0;
	*is_fixed = type == 1;
	if (type == 1) {
		k_scan_fixed_lens(&lens);
	} else {
		r = k_scan_dynamic_lens(b, &lens);
		if (r < 0)
			return r;
	}
	return k_scan_build(t, &lens);
}

int
k_scan(const uint8_t *in, size_t len, uint64_t max_out,
    struct k_scan_table *table, struct k_scan_result *result)
{
	struct k_scan_bits b = {.begin = in, .p = in};
	uint64_t max_blocks =
	    K_SCAN_MAX_BLOCKS + (max_out >> K_SCAN_BLOCK_BITS);
	uint32_t is_final = 0, type;
	int is_fixed = 0, r;

	memset(result, 0, sizeof *result);
	if (len == 0)
		return K_SCAN_ETRUNC;
	b.end = in + len;
	while (!is_final) {
		if (result->n_blocks++ == max_blocks)
			return K_SCAN_ELIMIT;
		if (k_scan_fill(&b) < 0)
			return K_SCAN_ETRUNC;
		result->last_header_bit = k_scan_position(&b);
		is_final = k_scan_take(&b, 1);
		type = k_scan_take(&b, 2);
		if (type == 0) {
			r = skip_stored(&b, max_out, &result->out_len);
		} else {
			r = load_tables(table, &b, type, &is_fixed);
			if (r == 0)
				r = walk_block(table, &b, max_out,
				    &result->out_len);
		}
		if (r < 0)
			return r;
	}
	result->end_bit = k_scan_position(&b);
	return 0;
}

size_t
k_scan_unfinish(uint8_t *stream, size_t len, size_t cap,
    const struct k_scan_result *result)
{
	uint64_t end = result->end_bit;
	size_t at = (size_t)((end + 3 + 7) / 8); /* 3 bits: stored, open */

	if ((end + 7) / 8 > len || len > cap || cap < 4 || at > cap - 4 ||
	    result->last_header_bit >= end)
		return 0;
	stream[result->last_header_bit / 8] &=
	    (uint8_t) ~(1U << result->last_header_bit % 8);
	/* The padding of foreign streams may hold anything. */
	if (end % 8 != 0)
		stream[end / 8] &= (uint8_t)((1U << end % 8) - 1);
	if (at > (end + 7) / 8)
		stream[at - 1] = 0;
	memcpy(stream + at, "\0\0\xff\xff", 4);
	return at + 4;
}
