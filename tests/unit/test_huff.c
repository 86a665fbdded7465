/*
 * test_huff.c - k_huff, its codes, and k_stored
 *
 * Pieces are judged by inflating them with zlib, libdeflate and ISA-L, which
 * differ in the codes they refuse.  Never by golden bytes.
 */
#include <stdlib.h>

#include "kernels/k_huff.h"
#include "kernels/k_huff_code.h"
#include "kernels/k_stored.h"
#include "tests/unit/gen.h"
#include "tests/unit/inflate.h"
#include "tests/unit/tap.h"

#define SEED 90210
#define MAX_LEN (1U << 20)
#define GUARD 64

struct test {
	struct gen g;
	struct k_huff scratch;
	uint8_t in[MAX_LEN + 1];
	uint8_t back[MAX_LEN + 2];
};

/* Code space used, of 1 << 15. */
static uint32_t
kraft(const uint8_t *len, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		if (len[i] > 0)
			sum += 1U << (15 - len[i]);
	return sum;
}

static uint64_t
cost(const uint32_t *freq, const uint8_t *len, uint32_t n)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += (uint64_t)freq[i] * len[i];
	return sum;
}

/* Cost of Huffman's code, by its definition: join the two lightest. */
static uint64_t
huffman_cost(const uint32_t *freq, uint32_t n)
{
	uint64_t w[K_HUFF_MAX_SYMS], sum = 0;
	uint32_t m = 0;

	for (uint32_t i = 0; i < n; i++)
		if (freq[i] > 0)
			w[m++] = freq[i];
	while (m > 1) {
		for (int k = 0; k < 2; k++) { /* lightest to the end */
			uint32_t best = 0, end = m - 1 - (uint32_t)k;
			uint64_t t;

			for (uint32_t i = 1; i <= end; i++)
				if (w[i] < w[best])
					best = i;
			t = w[best];
			w[best] = w[end];
			w[end] = t;
		}
		m--;
		w[m - 1] += w[m];
		sum += w[m - 1];
	}
	return sum;
}

/*
 * Whether the code is complete, within the limit, covers what is present, is
 * no worse than the loosest bound, and is Huffman's where that fits.
 */
static int
good_code(const uint32_t *freq, uint32_t n, uint32_t max_len)
{
	uint8_t len[K_HUFF_MAX_SYMS];
	uint32_t n_used = 0, longest, seen = 0;
	uint64_t best = huffman_cost(freq, n);
	int held;

	memset(len, 0xee, sizeof len);
	longest = k_huff_lengths(freq, n, max_len, len);
	held = longest <= max_len;
	for (uint32_t i = 0; i < n; i++) {
		n_used += freq[i] > 0;
		held &= freq[i] == 0 || len[i] > 0;
		seen = len[i] > seen ? len[i] : seen;
	}
	if (n_used == 0)
		return held && longest == 0 && kraft(len, n) == 0;
	held &= seen == longest && kraft(len, n) == 1U << 15;
	if (n_used == 1)
		return held && longest == 1;
	for (uint32_t i = 0; i < n; i++)
		held &= freq[i] > 0 || len[i] == 0;
	held &= cost(freq, len, n) >= best;
	return held && (longest == max_len || cost(freq, len, n) == best);
}

static void
test_codes(struct test *t)
{
	uint32_t freq[K_HUFF_MAX_SYMS] = {0}, a = 1, b = 1;
	int held = good_code(freq, 19, 7);

	for (uint32_t i = 0; i < K_HUFF_MAX_SYMS; i++) {
		memset(freq, 0, sizeof freq);
		freq[i] = 1 + i;
		held &= good_code(freq, K_HUFF_MAX_SYMS, 12);
		freq[(i + 100) % K_HUFF_MAX_SYMS] = K_HUFF_MAX_FREQ;
		held &= good_code(freq, K_HUFF_MAX_SYMS, 1);
	}
	ok(held, "no, one and two symbols");
	held = 1;
	for (uint32_t n = 2; n <= K_HUFF_MAX_SYMS; n++) {
		for (uint32_t i = 0; i < n; i++)
			freq[i] = 3;
		held &= good_code(freq, n, 15) && good_code(freq, n, 9);
		held &= n > 128 || good_code(freq, n, 7);
	}
	ok(held, "equal counts");
	memset(freq, 0, sizeof freq);
	for (uint32_t i = 0; i < 26; i++) {
		freq[i * 11] = a;
		b += a;
		a = b - a;
	}
	held = 1;
	for (uint32_t limit = 5; limit <= 15; limit++)
		held &= good_code(freq, K_HUFF_MAX_SYMS, limit);
	ok(held, "Fibonacci's numbers under every limit");
	held = 1;
	for (int k = 0; k < 1500; k++) {
		uint32_t n = 2 + (uint32_t)gen_below(&t->g, 287);

		for (uint32_t i = 0; i < n; i++)
			freq[i] = gen_u32(&t->g) % 3
				      ? K_HUFF_MAX_FREQ >> gen_below(&t->g, 19)
				      : 0;
		held &= good_code(freq, n, 9 + (uint32_t)k % 7);
		held &= n > 128 || good_code(freq, n, 7);
	}
	ok(held, "random counts");
}

/*
 * Encodes an exact copy of in[0..n) and compares after inflating.  Returns
 * the size of the piece, 0 when anything is wrong.
 */
static size_t
round_trip(struct test *t, size_t n)
{
	size_t bound = k_huff_bound(n), len, again;
	uint8_t *in = calloc(n + 1, 1), *out = malloc(bound + GUARD);
	uint8_t *out2 = malloc(bound);
	int held;

	if (in == NULL || out == NULL || out2 == NULL)
		abort();
	memcpy(in, t->in, n);
	memset(out + bound, 0xc3, GUARD);
	memset(&t->scratch, 0x5a, sizeof t->scratch);
	len = k_huff_encode(&t->scratch, in, n, out, bound);
	again = k_huff_encode(&t->scratch, in, n, out2, bound);
	held = len > 0 && len <= k_stored_bound(n) && len == again &&
	       memcmp(out, out2, len) == 0 && ends_in_marker(out, len);
	for (int i = 0; i < GUARD; i++)
		held &= out[bound + (size_t)i] == 0xc3;
	held = held && inflate_piece(out, len, t->in, n, t->back) == 3;
	free(in);
	free(out);
	free(out2);
	return held ? len : 0;
}

static void
test_round_trips(struct test *t)
{
	static const size_t len[] = {255, 256, 257, 65534, 65535, 65536, 131070,
	    262139, 262140, 262141, 262143, 262144, 262145, 524280, 524281,
	    MAX_LEN};
	int held;

	for (int kind = 0; kind < GEN_N_KINDS; kind++) {
		gen_fill(&t->g, (enum gen_kind)kind, t->in, MAX_LEN);
		held = 1;
		for (size_t n = 0; n < 100; n++)
			held &= round_trip(t, n) > 0;
		for (size_t i = 0; i < sizeof len / sizeof *len; i++)
			held &= round_trip(t, len[i]) > 0;
		ok(held, "round trips of kind %d", kind);
	}
	held = 1;
	for (int k = 0; k < 200; k++) {
		size_t n = gen_below(&t->g, 20000), at = 0;

		while (at < n) { /* blocks that switch coders */
			size_t part = 1 + gen_below(&t->g, n - at);

			gen_fill(&t->g,
			    (enum gen_kind)gen_below(&t->g, GEN_N_KINDS),
			    t->in + at, part);
			at += part;
		}
		held &= round_trip(t, n) > 0;
	}
	ok(held, "round trips of mixtures");
}

/* Every block with another kind of data, so coded and stored ones meet. */
static void
test_switches(struct test *t)
{
	size_t block = 262140;

	for (int k = 0; k < 4; k++)
		gen_fill(&t->g, k % 2 ? GEN_BASE64 : GEN_RANDOM,
		    t->in + (size_t)k * block, block);
	ok(round_trip(t, 4 * block) > 0, "stored, coded, stored, coded");
	ok(round_trip(t, 3 * block + 1) > 0, "the last block of one byte");
	memset(t->in, 'a', MAX_LEN);
	for (size_t i = 0, n = 1, x = 0; i < MAX_LEN; i += n, x++) {
		n = (size_t)1 << (x % 17);
		memset(t->in + i, (int)x % 17,
		    i + n < MAX_LEN ? n : MAX_LEN - i);
	}
	ok(round_trip(t, MAX_LEN) > 0, "counts that need the length limit");
}

static void
test_density(struct test *t)
{
	size_t n;

	gen_fill(&t->g, GEN_RANDOM, t->in, MAX_LEN);
	is_int((int64_t)round_trip(t, MAX_LEN),
	    (int64_t)k_stored_bound(MAX_LEN), "random bytes are stored");
	for (size_t i = 0; i < MAX_LEN; i++)
		t->in[i] &= 63;
	n = round_trip(t, MAX_LEN);
	ok(n > MAX_LEN / 8 * 6 && n < MAX_LEN / 8 * 6 + MAX_LEN / 250,
	    "64 values need 6 bits and under 0.5 %% more");
	memset(t->in, 0, MAX_LEN);
	n = round_trip(t, MAX_LEN);
	ok(n > 0 && n < MAX_LEN / 8 + 500, "one value needs one bit");
}

static void
test_bounds(struct test *t)
{
	size_t bound = k_huff_bound(1000);
	uint8_t out[1100];

	memset(out, 0xc3, sizeof out);
	gen_fill(&t->g, GEN_TEXT, t->in, 1000);
	ok(bound <= sizeof out, "the bound is near the length");
	is_int((int64_t)k_huff_encode(&t->scratch, t->in, 1000, out, bound - 1),
	    0, "under the bound is refused");
	is_int((int64_t)k_huff_encode(&t->scratch, NULL, 0, out, 0), 0,
	    "even for nothing");
	is_int((int64_t)k_stored_encode(t->in, 1000, out,
		   k_stored_bound(1000) - 1),
	    0, "so it is for stored pieces");
	ok(out[0] == 0xc3, "and nothing was written");
	ok(k_huff_encode(&t->scratch, NULL, 0, out, k_huff_bound(0)) == 5 &&
		inflate_piece(out, 5, t->in, 0, t->back) == 3,
	    "nothing");
	ok(k_huff_bound(SIZE_MAX) == SIZE_MAX &&
		k_stored_bound(SIZE_MAX) == SIZE_MAX &&
		k_huff_bound(SIZE_MAX - 9) == SIZE_MAX,
	    "bounds do not wrap");
}

static void
test_stored(struct test *t)
{
	static const size_t len[] = {0, 1, 2, 65534, 65535, 65536, 131070,
	    131071, 262144, MAX_LEN};
	int held = 1;

	gen_fill(&t->g, GEN_RANDOM, t->in, MAX_LEN);
	for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
		size_t n = len[i], bound = k_stored_bound(n);
		uint8_t *out = malloc(bound + 2);

		if (out == NULL)
			abort();
		held &= k_stored_encode(n > 0 ? t->in : NULL, n, out, bound) ==
			    bound &&
			ends_in_marker(out, bound) &&
			inflate_piece(out, bound, t->in, n, t->back) == 3;
		free(out);
	}
	ok(held, "stored pieces");
	is_int((int64_t)k_stored_bound(65535), 65545, "one block and the end");
	is_int((int64_t)k_stored_bound(65536), 65551, "two and the end");
}

int
main(void)
{
	struct test *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	t->g.state = SEED;
	diag("seed %d", SEED);
	test_codes(t);
	test_round_trips(t);
	test_switches(t);
	test_density(t);
	test_bounds(t);
	test_stored(t);
	free(t);
	return done();
}
