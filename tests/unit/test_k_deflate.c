/*
 * test_k_deflate.c - k_deflate and k_copy
 *
 * Pieces are judged by inflating them with zlib, libdeflate and ISA-L, which
 * differ in the codes they refuse.  Inputs and outputs have exactly their
 * size on the heap: AddressSanitizer sees what a card's burst would fetch.
 */
#include <stdlib.h>

#include "kernels/k_copy.h"
#include "kernels/k_deflate.h"
#include "tests/unit/gen.h"
#include "tests/unit/inflate.h"
#include "tests/unit/tap.h"

#define SEED 4711
#define GUARD 64

typedef void kernel(const uint8_t *, uint32_t, uint8_t *, uint32_t, uint32_t *);

kernel hw_k_deflate; /* k_deflate_hw.c */

struct test {
	struct gen g;
	uint8_t in[K_DEFLATE_MAX_IN + 1];
	uint8_t back[K_DEFLATE_MAX_IN + 2];
};

static uint8_t *
room(size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		abort();
	return p;
}

/* A copy that ends where it ends. */
static uint8_t *
exact(const uint8_t *from, size_t n)
{
	uint8_t *p = room(n);

	if (n > 0)
		memcpy(p, from, n);
	return p;
}

/* Length of the piece for t->in[0..n), 0 if anything is wrong with it. */
static uint32_t
round_trip(struct test *t, uint32_t n)
{
	uint32_t cap = K_DEFLATE_BOUND(n), len = 0;
	uint8_t *in = exact(t->in, n), *out = room(cap), *piece;
	int held;

	k_deflate(in, n, out, cap, &len);
	held = len >= 5 && len <= cap && ends_in_marker(out, len);
	if (held) {
		piece = room((size_t)len + 2);
		memcpy(piece, out, len);
		held = inflate_piece(piece, len, t->in, n, t->back) == 3;
		free(piece);
	}
	free(in);
	free(out);
	return held ? len : 0;
}

/* Whether the piece fits its own length and nothing shorter. */
static int
fits_exactly(const uint8_t *data, uint32_t n, uint32_t len)
{
	uint8_t *in = exact(data, n), *out = room((size_t)len + GUARD);
	uint32_t got = 0;
	int held = 1;

	for (uint32_t cap = 0; cap <= len; cap++) {
		memset(out, 0xc3, (size_t)len + GUARD);
		k_deflate(in, n, out, cap, &got);
		held &= got == (cap < len ? K_PLAIN_FAILED : len);
		for (uint32_t i = cap; i < len + GUARD; i++)
			held &= out[i] == 0xc3;
	}
	free(in);
	free(out);
	return held;
}

static void
test_lengths(struct test *t)
{
	static const uint32_t len[] = {4095, 4096, 4097, 8191, 8192, 8193,
	    12288, 12289, 16383, 16384, 16385, 32767, 32768, 32769, 65535,
	    65536, 65537, 131072, K_DEFLATE_MAX_IN - 1, K_DEFLATE_MAX_IN};
	int held;

	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		gen_fill(&t->g, (enum gen_kind)kind, t->in, K_DEFLATE_MAX_IN);
		held = 1;
		for (uint32_t n = 0; n < 300; n++)
			held &= round_trip(t, n) > 0;
		for (uint32_t n = 300; n < 9000; n += 1 + n % 97)
			held &= round_trip(t, n) > 0;
		for (size_t i = 0; i < sizeof len / sizeof *len; i++)
			held &= round_trip(t, len[i]) > 0;
		ok(held, "round trips of kind %d", kind);
	}
}

static void
test_mixtures(struct test *t)
{
	int held = 1;

	for (int k = 0; k < 150; k++) {
		uint32_t n = (uint32_t)gen_below(&t->g, 200000), at = 0;

		while (at < n) {
			size_t part = 1 + gen_below(&t->g, n - at);

			gen_fill(&t->g,
			    (enum gen_kind)gen_below(&t->g, GEN_N_KINDS),
			    t->in + at, part);
			at += (uint32_t)part;
		}
		held &= !is_round((unsigned)k) || round_trip(t, n) > 0;
	}
	ok(held, "round trips of mixtures");
	held = 1;
	for (uint32_t n = 0; n < 700; n++) { /* all places for a match's end */
		gen_fill(&t->g, GEN_RANDOM, t->in, 1000);
		memcpy(t->in + 350, t->in, 350);
		held &= round_trip(t, n) > 0;
	}
	ok(held, "a match that the end of the input cuts");
}

/* Two equal parts of n random bytes, 'dist' apart, and nothing but zeros. */
static uint32_t
far_repeat(struct test *t, uint32_t at, uint32_t dist, uint32_t n)
{
	memset(t->in, 0, at + dist + n + 100);
	gen_fill(&t->g, GEN_RANDOM, t->in + at, n);
	memcpy(t->in + at + dist, t->in + at, n);
	return round_trip(t, at + dist + n + 100);
}

static void
test_distances(struct test *t)
{
	static const uint32_t at[] = {0, 1, 32767, 32768, 65520, 65535, 65536,
	    98304, 131071, 500000};
	int held = 1, found = 1, lost = 1;

	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		for (uint32_t d = 32766; d <= 32770; d++) {
			uint32_t n = far_repeat(t, at[i], d, 4000);

			held &= n > 0;
			found &= d > 32768 || n < 4000 + 2500;
			lost &= d <= 32768 || n > 2 * 4000;
		}
	ok(held, "round trips of repeats from 32766 to 32770 away");
	ok(found, "a distance of 32768 is used");
	ok(lost, "one of 32769 is not");
	held = 1;
	for (uint32_t period = 1; period < 40; period++) {
		for (uint32_t i = 0; i < 70000; i++)
			t->in[i] = (uint8_t)(i % period * 37);
		held &= round_trip(t, 70000) > 0;
	}
	ok(held, "short periods");
	held = 1;
	for (uint32_t n = 3; n < 800; n++) {
		gen_fill(&t->g, GEN_RANDOM, t->in, 1000);
		memset(t->in + 100, 'r', n);
		held &= round_trip(t, n + 150) > 0;
	}
	ok(held, "runs of 3 to 800, beside multiples of 258");
}

static void
test_density(struct test *t)
{
	uint32_t n;

	memset(t->in, 0, K_DEFLATE_MAX_IN);
	n = round_trip(t, K_DEFLATE_MAX_IN);
	ok(n > 0 && n < 4200, "zeros become matches of 258");
	gen_fill(&t->g, GEN_RANDOM, t->in, K_DEFLATE_MAX_IN);
	n = round_trip(t, K_DEFLATE_MAX_IN);
	ok(n > K_DEFLATE_MAX_IN && n < K_DEFLATE_MAX_IN + 400,
	    "random bytes are stored");
	gen_fill(&t->g, GEN_BASE64, t->in, K_DEFLATE_MAX_IN);
	n = round_trip(t, K_DEFLATE_MAX_IN);
	ok(n > 0 && n < K_DEFLATE_MAX_IN / 1.323, "base64 has few headers");
	gen_fill(&t->g, GEN_TEXT, t->in, K_DEFLATE_MAX_IN);
	n = round_trip(t, K_DEFLATE_MAX_IN);
	ok(n > 0 && n < K_DEFLATE_MAX_IN / 3, "repeats are found");
}

static void
test_room(struct test *t)
{
	static const uint32_t n[] = {0, 1, 5, 100, 1000, 5000};
	uint32_t len = 7;
	uint8_t out[32];
	int held = 1;

	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		gen_fill(&t->g, (enum gen_kind)kind, t->in, 5000);
		for (int i = 0; i < 5; i++)
			held &= fits_exactly(t->in, n[i], round_trip(t, n[i]));
	}
	ok(held, "any room that is too small is kept to");
	memset(out, 0xc3, sizeof out);
	k_deflate(t->in, K_DEFLATE_MAX_IN + 1, out, sizeof out, &len);
	ok(len == K_PLAIN_FAILED && out[0] == 0xc3, "more than 1 MiB");
	k_deflate(t->in, UINT32_MAX, out, UINT32_MAX, &len);
	ok(len == K_PLAIN_FAILED && out[0] == 0xc3, "much more");
	k_deflate(NULL, 0, NULL, 0, &len);
	ok(len == K_PLAIN_FAILED, "no room at all");
	k_deflate(NULL, 0, out, K_DEFLATE_BOUND(0), &len);
	ok(len == 5 && memcmp(out, "\0\0\0\xff\xff", 5) == 0, "nothing");
}

static void
test_hardware(struct test *t)
{
	uint32_t cap = K_DEFLATE_BOUND(K_DEFLATE_MAX_IN), n, hw_n;
	uint8_t *out = room(cap), *hw_out = room(cap);
	int held = 1;

	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		uint32_t len = K_DEFLATE_MAX_IN >> (kind % 3 * 2);

		gen_fill(&t->g, (enum gen_kind)kind, t->in, len);
		k_deflate(t->in, len, out, cap, &n);
		hw_k_deflate(t->in, len, hw_out, cap, &hw_n);
		held &= n != K_PLAIN_FAILED && n == hw_n &&
			memcmp(out, hw_out, n) == 0;
	}
	ok(held, "the variant for v++ gives the same bytes");
	free(out);
	free(hw_out);
}

static void
test_copy(struct test *t)
{
	static const uint32_t n[] = {0, 1, 4095, 4096, 4097, 100000};
	uint32_t len, left = 0;
	int held = 1;

	gen_fill(&t->g, GEN_RANDOM, t->in, 100000);
	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		uint8_t *in = exact(t->in, n[i]), *out = room(n[i]);

		k_copy(in, n[i], out, n[i], &len);
		held &= len == n[i] && memcmp(in, out, n[i]) == 0;
		if (n[i] > 0) {
			memset(out, 0xc3, n[i]);
			k_copy(in, n[i], out, n[i] - 1, &len);
			held &= len == K_PLAIN_FAILED;
			for (uint32_t k = 0; k < n[i]; k++)
				left += out[k] != 0xc3;
		}
		free(in);
		free(out);
	}
	ok(held, "copies");
	is_int(left, 0, "a copy that does not fit writes nothing");
	k_copy(NULL, 0, NULL, 0, &len);
	is_int(len, 0, "a copy of nothing");
	k_copy(t->in, UINT32_MAX, t->back, UINT32_MAX, &len);
	is_int(len, K_PLAIN_FAILED, "a length that is no length");
}

int
main(void)
{
	struct test *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	t->g.state = SEED;
	diag("seed %d", SEED);
	test_lengths(t);
	test_mixtures(t);
	test_distances(t);
	test_density(t);
	test_room(t);
	test_hardware(t);
	test_copy(t);
	free(t);
	return done();
}
