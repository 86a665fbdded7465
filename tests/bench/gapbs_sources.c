/*
 * gapbs_sources.c - the sources that the GAP benchmark's programs search from
 *
 *   gapbs_sources GRAPH.sg|GRAPH.wsg N
 *
 * Prints N vertices, one a line: those that GAPBS takes when it is not told, so
 * that both sides of a comparison do the same searches.  Its generator is
 * mt19937_64 (Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8, 1998;
 * Nishimura 2000 for 64 bits) seeded with 27491095; of its numbers the lower 32
 * bits are taken, those at the end of the range left out, modulo n, until there
 * is a vertex with out-arcs.
 */
#include "config.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define N_WORDS 312
#define SEED 27491095
#define OFFSETS_AT 17 /* after a byte and two 64-bit numbers */

struct twister {
	uint64_t words[N_WORDS];
	unsigned at;
};

static void
begin(struct twister *t)
{
	unsigned i;

	t->words[0] = SEED;
	for (i = 1; i < N_WORDS; i++)
		t->words[i] = 6364136223846793005ULL *
				  (t->words[i - 1] ^ t->words[i - 1] >> 62) +
			      i;
	t->at = N_WORDS;
}

static void
refill(struct twister *t)
{
	unsigned i;
	uint64_t x;

	for (i = 0; i < N_WORDS; i++) {
		x = (t->words[i] & 0xffffffff80000000ULL) |
		    (t->words[(i + 1) % N_WORDS] & 0x7fffffffULL);
		t->words[i] = t->words[(i + N_WORDS / 2) % N_WORDS] ^ x >> 1 ^
			      (x & 1 ? 0xb5026f5aa96619e9ULL : 0);
	}
	t->at = 0;
}

static uint64_t
next(struct twister *t)
{
	uint64_t x;

	if (t->at == N_WORDS)
		refill(t);
	x = t->words[t->at++];
	x ^= x >> 29 & 0x5555555555555555ULL;
	x ^= x << 17 & 0x71d67fffeda60000ULL;
	x ^= x << 37 & 0xfff7eee000000000ULL;
	return x ^ x >> 43;
}

/* 0: no end; else numbers from here on would favour some vertices. */
static uint32_t
cutoff(uint64_t n)
{
	uint64_t rest = UINT64_MAX % n;

	return rest == n - 1 ? 0 : (uint32_t)(UINT64_MAX - rest);
}

static bool
read_at(FILE *f, uint64_t at, void *to, size_t len)
{
	return fseeko(f, (off_t)at, SEEK_SET) == 0 &&
	       fread(to, 1, len, f) == len;
}

int
main(int argc, char **argv)
{
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;
	long n_wanted = argc == 3 ? atol(argv[2]) : 0;
	uint64_t offsets[2], n, v;
	uint32_t number, end;
	struct twister t;

	if (f == NULL || !read_at(f, 9, &n, sizeof(n)) || n == 0 ||
	    n > UINT32_MAX) {
		fputs("usage: gapbs_sources GRAPH.sg N\n", stderr);
		return 2;
	}
	begin(&t);
	end = cutoff(n);
	while (n_wanted > 0) {
		number = (uint32_t)next(&t);
		if (end != 0 && number >= end)
			continue;
		v = number % (uint32_t)n;
		if (!read_at(f, OFFSETS_AT + v * 8, offsets, sizeof(offsets)))
			return 1;
		if (offsets[0] == offsets[1])
			continue;
		printf("%" PRIu64 "\n", v);
		n_wanted--;
	}
	return 0;
}
