/*
 * k_verify.c - compare a deflate stream with the bytes it should stand for
 *
 * Bits.  After a fill 56 of them count, but all 64 are right.  A match takes at
 * most (11 + 5) + (10 + 13) where the tables know it; with a literal before it
 * that is 50, and 14 are left for the look-up of the next token, which
 * comes before the next fill and need not wait for the load.
 */
#include "kernels/k_verify.h"

#include <string.h>

#include "kernels/k_bytes.h"
#include "kernels/k_scan_bits.h"
#include "kernels/k_verify_table.h"

#define BITS_LOADED 57
#define MATCH_MAX 258
#define SLACK 8 /* bytes of want that a short match may look at */

struct walk {
	const uint8_t *in;
	size_t len;
	uint64_t at; /* bits of in that are done */
	const uint8_t *want;
	size_t n;
	size_t i; /* bytes of want that are done */
};

/* Whether p[0..len) repeats what is dist bytes before it; 8 bytes can be
 * looked at. */
static inline int
is_repeated(const uint8_t *p, uint32_t len, uint32_t dist)
{
	uint64_t x = k_load64(p) ^ k_load64(p - dist);

	if (len < 8)
		return x << (64 - 8 * len) == 0;
	for (uint32_t k = 8; k < len - 8; k += 8)
		x |= k_load64(p + k) ^ k_load64(p + k - dist);
	p += len - 8;
	return (x | (k_load64(p) ^ k_load64(p - dist))) == 0;
}

static inline uint32_t
look_up(const uint32_t *table, uint64_t buf, uint32_t bits)
{
	return table[buf & ((1U << bits) - 1)];
}

/*
 * At most max tokens, while the tables know them and a load, or a token that
 * is longer than it says, stay inside of both.  0, or an error.
 */
static int
compare_tokens(const struct k_verify_table *t, struct walk *w, uint32_t max)
{
	const uint8_t *p = w->want + w->i, *in = w->in + (w->at >> 3);
	const uint8_t *last = w->want + w->n, *last_in = w->in + w->len;
	const uint8_t *want = w->want;
	uint32_t e, d, len, dist, n, skip = (uint32_t)(w->at & 7), left;
	uint64_t buf, old;

	if (w->n - w->i < MATCH_MAX + SLACK || last_in - in < 16)
		return 0;
	last -= MATCH_MAX + SLACK;
	last_in -= 16;
	buf = k_load64(in) >> skip;
	in += 7;
	left = 56 - skip;
	e = look_up(t->litlen, buf, K_VERIFY_LITLEN_BITS);
	while (max-- > 0 && p <= last && in <= last_in) {
		buf |= k_load64(in) << left;
		in += (63 - left) >> 3;
		left |= 56;
		if (e < K_VERIFY_IS_LENGTH) {
			if (*p != e >> K_VERIFY_VALUE_SHIFT)
				return K_VERIFY_EDIFFER;
			p++;
			buf >>= e & K_VERIFY_DROP_MASK;
			left -= e & K_VERIFY_DROP_MASK;
			e = look_up(t->litlen, buf, K_VERIFY_LITLEN_BITS);
		}
		if (e < K_VERIFY_IS_LENGTH) {
			if (*p != e >> K_VERIFY_VALUE_SHIFT)
				return K_VERIFY_EDIFFER;
			p++;
			buf >>= e & K_VERIFY_DROP_MASK;
			left -= e & K_VERIFY_DROP_MASK;
			e = look_up(t->litlen, buf, K_VERIFY_LITLEN_BITS);
			continue;
		}
		if (e & K_VERIFY_IS_OTHER)
			break;
		n = e >> K_VERIFY_EXTRA_SHIFT & 7;
		len = (e >> K_VERIFY_VALUE_SHIFT & K_VERIFY_VALUE_MASK) +
		      ((uint32_t)(buf >> (e >> K_VERIFY_AT_SHIFT & 15)) &
			  ((1U << n) - 1));
		old = buf >> (e & K_VERIFY_DROP_MASK);
		d = look_up(t->dist, old, K_VERIFY_DIST_BITS);
		if (d & K_VERIFY_IS_OTHER)
			break;
		buf = old >> (d & K_VERIFY_DROP_MASK);
		left -= (e & K_VERIFY_DROP_MASK) + (d & K_VERIFY_DROP_MASK);
		e = look_up(t->litlen, buf, K_VERIFY_LITLEN_BITS);
		n = (d & K_VERIFY_DROP_MASK) - (d >> 8 & 15);
		dist = (d >> K_VERIFY_DIST_SHIFT) +
		       ((uint32_t)(old >> (d >> 8 & 15)) & ((1U << n) - 1));
		if (dist > (size_t)(p - want))
			return K_VERIFY_EDIST;
		if (!is_repeated(p, len, dist))
			return K_VERIFY_EDIFFER;
		p += len;
	}
	w->i = (size_t)(p - want);
	w->at = (uint64_t)(in - w->in) * 8 - left;
	return 0;
}

/* Are the next bits the codes of the next four bytes, and so on? */
static void
compare_fours(const uint32_t *code, struct walk *w)
{
	const uint8_t *p = w->want + w->i, *in = w->in;
	const uint8_t *last = w->want + w->n;
	uint64_t at = w->at, last_at = (uint64_t)w->len << 3, buf, codes;
	uint32_t a, b, c, d, one, two, three, four, n;

	if (w->n - w->i < 4 || w->len < 8)
		return;
	last -= 4;
	last_at -= 64;
	while (p <= last && at <= last_at) {
		a = code[p[0]];
		b = code[p[1]];
		c = code[p[2]];
		d = code[p[3]];
		one = a >> K_VERIFY_CODE_SHIFT;
		two = one + (b >> K_VERIFY_CODE_SHIFT);
		three = two + (c >> K_VERIFY_CODE_SHIFT);
		four = three + (d >> K_VERIFY_CODE_SHIFT);
		if (four > BITS_LOADED)
			break;
		codes = (uint64_t)(a & K_VERIFY_CODE_MASK) |
			(uint64_t)(b & K_VERIFY_CODE_MASK) << one |
			(uint64_t)(c & K_VERIFY_CODE_MASK) << two |
			(uint64_t)(d & K_VERIFY_CODE_MASK) << three;
		buf = k_load64(in + (at >> 3)) >> (at & 7);
		buf = (buf ^ codes) << (64 - four) >> (64 - four);
		if (buf != 0) {
			/* The first that differs is no literal, or wrong. */
			n = (uint32_t)__builtin_ctzll(buf);
			p += n >= three ? 3 : n >= two ? 2 : n >= one;
			at += n >= three ? three
			      : n >= two ? two
			      : n >= one ? one
					 : 0;
			break;
		}
		p += 4;
		at += four;
	}
	w->i = (size_t)(p - w->want);
	w->at = at;
}

/* 57 bits; zeros behind the end of input, which is_behind() sees later. */
static uint64_t
load_slow(const struct walk *w)
{
	size_t at = (size_t)(w->at >> 3);
	uint64_t buf = 0;

	for (uint32_t k = 0; k < 8 && at + k < w->len; k++)
		buf |= (uint64_t)w->in[at + k] << (8 * k);
	return buf >> (w->at & 7);
}

static int
is_behind(const struct walk *w)
{
	return w->at > (uint64_t)w->len * 8;
}

/* Next symbol of the code, bit by bit, dropped; -1 when the bits are none. */
static int
slow_symbol(const struct k_scan_code *c, struct walk *w)
{
	uint32_t len;
	int sym = k_scan_find(c, load_slow(w), &len);

	if (sym >= 0)
		w->at += len;
	return sym;
}

static uint32_t
slow_extra(struct walk *w, uint32_t n)
{
	uint32_t v = (uint32_t)load_slow(w) & ((1U << n) - 1);

	w->at += n;
	return v;
}

static int
slow_match(const struct k_verify_table *t, struct walk *w, uint32_t sym)
{
	size_t len, dist;
	int s;

	len = k_scan_length_base[sym - 257] +
	      slow_extra(w, k_scan_length_extra[sym - 257]);
	s = slow_symbol(&t->dist_code, w);
	if (s < 0 || s > 29)
		return K_SCAN_ESYMBOL;
	dist = k_verify_dist_base((uint32_t)s) +
	       slow_extra(w, k_scan_dist_extra((uint32_t)s));
	if (dist > w->i)
		return K_VERIFY_EDIST;
	if (len > w->n - w->i)
		return K_SCAN_ELIMIT;
	if (memcmp(w->want + w->i, w->want + w->i - dist, len) != 0)
		return K_VERIFY_EDIFFER;
	w->i += len;
	return 0;
}

/* One token, any, anywhere.  1 = it was the end of the block; 0; an error. */
static int
compare_one(const struct k_verify_table *t, struct walk *w)
{
	int sym = slow_symbol(&t->litlen_code, w), r;

	if (is_behind(w))
		return K_SCAN_ETRUNC;
	if (sym < 0 || sym > 285)
		return K_SCAN_ESYMBOL;
	if (sym == K_VERIFY_END_OF_BLOCK)
		return 1;
	if (sym > K_VERIFY_END_OF_BLOCK) {
		r = slow_match(t, w, (uint32_t)sym);
		return r == 0 && is_behind(w) ? K_SCAN_ETRUNC : r;
	}
	if (w->i == w->n)
		return K_SCAN_ELIMIT;
	if (w->want[w->i] != sym)
		return K_VERIFY_EDIFFER;
	w->i++;
	return 0;
}

/* The same for blocks of few matches. */
static int
compare_literals(const struct k_verify_table *t, struct walk *w)
{
	uint64_t at;
	int r;

	do {
		compare_fours(t->code, w);
		at = w->at;
		r = compare_tokens(t, w, 1);
	} while (r == 0 && w->at > at);
	return r;
}

static int
compare_block(const struct k_verify_table *t, struct walk *w)
{
	int r;

	do {
		r = t->is_literal ? compare_literals(t, w)
				  : compare_tokens(t, w, UINT32_MAX);
		if (r == 0)
			r = compare_one(t, w);
	} while (r == 0);
	return r < 0 ? r : 0;
}

static int
compare_stored(struct walk *w)
{
	size_t at = (size_t)((w->at + 7) >> 3), n;
	const uint8_t *p;

	if (w->len < at || w->len - at < 4)
		return K_SCAN_ETRUNC;
	p = w->in + at;
	n = p[0] | (uint32_t)p[1] << 8;
	if ((n ^ (p[2] | (uint32_t)p[3] << 8)) != 0xffff)
		return K_SCAN_ESTORED;
	at += 4;
	if (w->len - at < n)
		return K_SCAN_ETRUNC;
	if (w->n - w->i < n)
		return K_SCAN_ELIMIT;
	if (n > 0 && memcmp(w->want + w->i, w->in + at, n) != 0)
		return K_VERIFY_EDIFFER;
	w->i += n;
	w->at = (uint64_t)(at + n) * 8;
	return 0;
}

/* Reads the header of a block with codes; *is_fixed = the tables are those of
 * type 1. */
static int
load_tables(struct k_verify_table *t, struct walk *w, uint32_t type,
    int *is_fixed)
{
	struct k_scan_bits b = {.begin = w->in,
	    .p = w->in + (w->at >> 3),
	    .end = w->in + w->len};
	struct k_scan_lens lens;
	int r;

	if (type == 3)
		return K_SCAN_ETYPE;
	if (type == 1 && *is_fixed)
		return 0;
	*is_fixed = type == 1;
	if (type == 1) {
		k_scan_fixed_lens(&lens);
		return k_verify_build(t, &lens);
	}
	if (k_scan_fill(&b) < 0)
		return K_SCAN_ETRUNC;
	k_scan_drop(&b, (uint32_t)(w->at & 7));
	r = k_scan_dynamic_lens(&b, &lens);
	if (r < 0)
		return r;
	w->at = k_scan_position(&b);
	if (is_behind(w))
		return K_SCAN_ETRUNC;
	return k_verify_build(t, &lens);
}

static int
compare_next(struct k_verify_table *t, struct walk *w, uint32_t *is_final,
    int *is_fixed)
{
	uint32_t head = (uint32_t)load_slow(w) & 7;
	int r;

	w->at += 3;
	if (is_behind(w))
		return K_SCAN_ETRUNC;
	*is_final = head & 1;
	if (head >> 1 == 0)
		return compare_stored(w);
	r = load_tables(t, w, head >> 1, is_fixed);
	return r < 0 ? r : compare_block(t, w);
}

int
k_verify(const uint8_t *in, size_t len, const uint8_t *want, size_t n,
    struct k_verify_table *table, struct k_verify_result *result)
{
	struct walk w = {.in = in, .len = len, .want = want, .n = n};
	uint64_t n_left = K_SCAN_MAX_BLOCKS + (n >> K_SCAN_BLOCK_BITS);
	uint32_t is_final = 0;
	int is_fixed = 0, r = 0;

	while (!is_final && w.at < (uint64_t)len * 8) {
		if (n_left-- == 0)
			return K_SCAN_ELIMIT;
		r = compare_next(table, &w, &is_final, &is_fixed);
		if (r < 0)
			return r;
	}
	/* Bits behind a block that is not final would be the next header. */
	result->in_len = (size_t)((w.at + 7) >> 3);
	result->out_len = w.i;
	result->is_final = is_final;
	return 0;
}
