/*
 * test_weights.c - prefix sums of work and their inverse, against plain sums
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/weights.h"
#include "tests/unit/tap.h"

#define N 3000

struct items {
	uint32_t work[N];
	uint64_t prefix64[N + 1];
	uint32_t prefix32[N + 1];
	double blocks[N / OCR_WEIGHTS_BLOCK + 3];
	double exact[N + 1]; /* with item_work */
};

static uint64_t
walk(const void *arg, uint64_t start, uint64_t end, double extra, double limit,
    double *sum)
{
	const struct items *t = arg;

	while (start < end && *sum < limit)
		*sum += t->work[start++] + extra;
	return start;
}

static void
make(struct items *t, uint64_t n, double item_work, unsigned seed)
{
	uint64_t i, x = seed * 2654435761u + 1;

	t->prefix64[0] = 0;
	t->exact[0] = 0;
	t->prefix32[0] = 0;
	for (i = 0; i < n; i++) {
		x = x * 6364136223846793005u + 1;
		/* Most weigh nothing, some are heavy. */
		t->work[i] = x >> 62 ? 0 : (uint32_t)(x >> 40) % 5000;
		t->prefix64[i + 1] = t->prefix64[i] + t->work[i];
		t->prefix32[i + 1] = (uint32_t)t->prefix64[i + 1];
		t->exact[i + 1] =
		    (double)t->prefix64[i + 1] + item_work * (double)(i + 1);
	}
	for (i = 0; i < ocr_weights_n_blocks(n); i++)
		t->blocks[i] = (double)t->prefix64[i * OCR_WEIGHTS_BLOCK < n
						       ? i * OCR_WEIGHTS_BLOCK
						       : n];
}

static uint64_t
plain_find(const struct items *t, double work, uint64_t lo, uint64_t hi)
{
	while (lo < hi && t->exact[lo] < work)
		lo++;
	return lo;
}

static void
check(const char *name, const struct items *t, const struct ocr_weights *w)
{
	uint64_t i, lo, hi, n_bad = 0, x = 12345;
	double want;

	for (i = 0; i <= w->n; i++)
		n_bad += fabs(ocr_weights_before(w, i) - t->exact[i]) >
			 1e-6 * (1 + t->exact[i]);
	ok(n_bad == 0, "%s: W is the sum of all before", name);
	n_bad = 0;
	for (i = 0; i < 20000; i++) {
		x = x * 6364136223846793005u + 1;
		lo = (x >> 33) % (w->n + 1);
		hi = lo + (x >> 13) % (w->n + 1 - lo);
		/* Never on a value itself, where rounding decides. */
		want = floor(t->exact[w->n] * 1.1 *
			     (double)(x >> 11 & 0xfffff) / 0xfffff) +
		       0.3;
		n_bad += ocr_weights_find(w, want, lo, hi) !=
			 plain_find(t, want, lo, hi);
	}
	ok(n_bad == 0, "%s: its inverse is the smallest item", name);
}

static void
test_kinds(uint64_t n, double item_work)
{
	static struct items t;
	struct ocr_weights w = {.n = n,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .item_work = item_work};
	char name[80];

	make(&t, n, item_work, 7);
	snprintf(name, sizeof(name), "32 bits, n %u, %g", (unsigned)n,
	    item_work);
	w.prefix32 = t.prefix32;
	check(name, &t, &w);
	snprintf(name, sizeof(name), "64 bits, n %u, %g", (unsigned)n,
	    item_work);
	w.prefix32 = NULL;
	w.prefix64 = t.prefix64;
	check(name, &t, &w);
	snprintf(name, sizeof(name), "blocks, n %u, %g", (unsigned)n,
	    item_work);
	w.prefix64 = NULL;
	w.blocks = t.blocks;
	w.walk = walk;
	w.arg = &t;
	check(name, &t, &w);
}

/* Blocks that cannot be looked into: monotone, right at their ends. */
static void
test_spread(void)
{
	static struct items t;
	struct ocr_weights w = {.n = N,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .item_work = 0.125};
	uint64_t i, n_bad = 0, at;
	double x, last = -1;

	make(&t, N, 0.125, 3);
	w.blocks = t.blocks;
	for (i = 0; i <= N; i++) {
		x = ocr_weights_before(&w, i);
		n_bad += x < last;
		last = x;
		if (i % OCR_WEIGHTS_BLOCK == 0 || i == N)
			n_bad += fabs(x - t.exact[i]) > 1e-6 * (1 + x);
		at = ocr_weights_find(&w, x, 0, N);
		/* Rounding may find the next one. */
		n_bad += at > i + 1 ||
			 (at <= i && fabs(ocr_weights_before(&w, at) - x) >
					 1e-6 * (1 + x));
	}
	ok(n_bad == 0, "blocks alone: evenly spread, and back");
}

static void
test_none(void)
{
	struct ocr_weights w = {.n = 10};

	ok(ocr_weights_before(&w, 7) == 7, "nothing known: items are counted");
	ok(ocr_weights_before(&w, 1000) == 1000, "beyond the end, too");
	ok(ocr_weights_find(&w, 6.5, 0, 10) == 7, "half an item is the next");
	ok(ocr_weights_find(&w, -3, 2, 10) == 2, "not below lo");
	ok(ocr_weights_find(&w, 1e30, 2, 10) == 10, "not above hi");
	ok(ocr_weights_find(&w, NAN, 2, 10) == 2, "no number is lo");
	ok(ocr_weights_find(&w, 5, 8, 3) == 3, "an empty range is its end");
}

/* A range that grew. */
static void
test_beyond(void)
{
	static struct items t;
	struct ocr_weights w = {.n = 1000, .trust = OCR_WEIGHTS_KNOWN};
	double all;

	make(&t, 1000, 0, 5);
	w.prefix64 = t.prefix64;
	all = t.exact[1000];
	ok(fabs(ocr_weights_before(&w, 2000) - 2 * all) < 1e-6 * all,
	    "later items weigh the average");
	ok(ocr_weights_find(&w, 1.5 * all, 0, 3000) - 1500 <= 1,
	    "and are found");
}

int
main(void)
{
	static const uint64_t sizes[] = {1, 511, 512, 513, 1024, N};
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		test_kinds(sizes[i], 0);
		test_kinds(sizes[i], 0.125);
	}
	test_spread();
	test_none();
	test_beyond();
	return done();
}
