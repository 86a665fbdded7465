/*
 * test_policy_pool.c - chunks of a pool: dynamic and hap
 *
 * By hand where the numbers can be known, and by a small simulation with
 * invented speeds where only the properties are: every item once, no worker
 * sent away while there is something for it.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "common/policy_pool.h"
#include "tests/unit/child.h"
#include "tests/unit/tap.h"

#define MAX_WORKERS 1000

struct fixture {
	struct ocr_policy_worker workers[MAX_WORKERS];
	struct ocr_weights weights;
	struct ocr_policy policy;
	struct ocr_policy_pool pool;
};

/* Threads come first. */
static void
set_up(struct fixture *f, const char *schedule, size_t n_threads,
    size_t n_cards, uint64_t card_align)
{
	struct ocr_err e = {0};

	memset(f, 0, sizeof(*f));
	f->policy = (struct ocr_policy){
	    .weights = &f->weights,
	    .workers = f->workers,
	    .n_workers = n_threads + n_cards,
	};
	if (ocr_schedule_parse(schedule, &f->policy.schedule, &e) < 0)
		ok(0, "%s", e.text);
	for (size_t k = 0; k < n_threads + n_cards; k++) {
		f->workers[k].rate = 1;
		f->workers[k].is_card = k >= n_threads;
		f->workers[k].align = k < n_threads ? 1 : card_align;
	}
}

static void
start(struct fixture *f, uint64_t n)
{
	struct ocr_err e = {0};

	if (ocr_policy_pool_init(&f->pool, &f->policy, n, &e) < 0)
		ok(0, "%s", e.text);
}

/* Worker k takes a chunk; ns > 0: and does it in that time. */
static void
takes(struct fixture *f, size_t k, uint64_t first, uint64_t last, double ns,
    const char *name)
{
	struct ocr_range r = ocr_policy_pool_take(&f->pool, k);

	if (!ok(r.start == first && r.end == last, "%s", name))
		diag("got [%" PRIu64 ", %" PRIu64 "), want [%" PRIu64
		     ", %" PRIu64 ")",
		    r.start, r.end, first, last);
	if (ns > 0)
		ocr_policy_pool_done(&f->pool, k, r, ns);
}

static void
test_dynamic(void)
{
	static struct fixture f;

	set_up(&f, "dynamic", 1, 1, 1);
	start(&f, 5000);
	takes(&f, 0, 0, 1024, 1, "1024 for a thread");
	takes(&f, 1, 1024, 3584, 1, "2.5 times that for a card");
	takes(&f, 1, 3584, 5000, 1, "the rest");
	takes(&f, 1, 5000, 5000, 0, "nothing");
	takes(&f, 0, 5000, 5000, 0, "nothing");
	ocr_policy_pool_grow(&f.pool, 4000);
	ok(f.pool.end == 5000, "a range does not shrink");
	ocr_policy_pool_grow(&f.pool, 5001);
	takes(&f, 0, 5000, 5001, 0, "it grows");
	ocr_policy_pool_release(&f.pool);
	ocr_policy_pool_release(&f.pool);

	set_up(&f, "dynamic:10/25", 1, 1, 8);
	start(&f, 90);
	takes(&f, 1, 0, 32, 0, "25, rounded up to 8");
	takes(&f, 0, 32, 48, 0, "a thread ends where a card may begin");
	takes(&f, 1, 48, 80, 0, "25 again");
	takes(&f, 1, 80, 90, 0, "the end need not be round");
	ocr_policy_pool_release(&f.pool);

	set_up(&f, "dynamic:7/25", 3, 0, 1);
	start(&f, UINT64_MAX);
	takes(&f, 0, 0, 7, 0, "no card: no rounding");
	takes(&f, 2, 7, 14, 0, "as it comes");
	ocr_policy_pool_release(&f.pool);

	set_up(&f, "dynamic:1000000000000", 1, 1, 8);
	f.policy.schedule.ratio = 1e18;
	start(&f, UINT64_MAX);
	takes(&f, 0, 0, 1000000000000, 0, "a large chunk");
	takes(&f, 1, 1000000000000, UINT64_MAX, 0, "all of 64 bits");
	ocr_policy_pool_release(&f.pool);

	set_up(&f, "dynamic:4", 1, 0, 0);
	f.workers[0].align = 0;
	start(&f, 6);
	takes(&f, 0, 0, 4, 0, "no alignment given");
	ok(ocr_policy_pool_rest(&f.pool).end == 6, "the rest");
	takes(&f, 0, 6, 6, 0, "is gone");
	ocr_policy_pool_release(&f.pool);

	set_up(&f, "dynamic", 1, 1, 8);
	start(&f, 0);
	takes(&f, 0, 0, 0, 0, "no items");
	ocr_policy_pool_release(&f.pool);
}

/* Items of 1, 1, 1, 1, 100, 1, 1, 0, 0, 0, ... : W(7) = 106. */
static const uint64_t prefix[] = {0, 1, 2, 3, 4, 104, 105, 106, 106, 106, 106};

static void
test_dynamic_weights(void)
{
	static struct fixture f;

	set_up(&f, "dynamic:1/2,weights", 1, 1, 1);
	f.weights = (struct ocr_weights){.n = 10,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix64 = prefix};
	start(&f, 10);
	ok(f.pool.unit == 10.6, "10.6 units an item");
	takes(&f, 0, 0, 5, 0, "10.6: ends within the heavy item");
	takes(&f, 1, 5, 10, 0, "21.2: all the rest");
	ocr_policy_pool_release(&f.pool);

	f.policy.schedule.has_weights = false;
	start(&f, 10);
	takes(&f, 0, 0, 1, 0, "without `weights': items");
	ocr_policy_pool_release(&f.pool);

	f.policy.schedule.has_weights = true;
	f.weights = (struct ocr_weights){.n = 10};
	start(&f, 10);
	takes(&f, 0, 0, 1, 0, "nothing is known: items");
	ocr_policy_pool_release(&f.pool);

	f.weights = (struct ocr_weights){.n = 3,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix64 = prefix + 7};
	start(&f, 3);
	takes(&f, 0, 0, 3, 0, "nothing weighs anything: all at once");
	ocr_policy_pool_release(&f.pool);
}

/* A chunk of a card with that launch and rate. */
static double
card_ns(double items, double launch_ns, double rate)
{
	return launch_ns + items / rate;
}

/*
 * Launch 1000 ns, 1 item/ns: the rate of chunk c is c / (1000 + c).  Chunks
 * double until two more of them gain less than 0.5 %: r(4c) < 1.005 r(c).
 */
static void
test_explore(void)
{
	static struct fixture f;
	static const uint64_t chunks[] = {1024, 1024, 2048, 4096, 8192, 16384,
	    32768, 65536, 131072, 262144, 524288, 1048576, /* elbow: 262144 */
	    262144, 524288, 1048576, 262144};
	uint64_t at = 0;
	char name[40];

	set_up(&f, "hap", 0, 1, 8);
	start(&f, UINT64_C(1) << 40);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		snprintf(name, sizeof(name), "chunk %zu: %" PRIu64, i,
		    chunks[i]);
		takes(&f, 0, at, at + chunks[i],
		    card_ns((double)chunks[i], 1000, 1), name);
		at += chunks[i];
	}
	ok(f.pool.cards[0].elbow == 262144, "elbow");
	ok(f.pool.cards[0].phase == OCR_HAP_STABLE, "stable");
	ok(f.pool.cards[0].n_explored == 11, "the first is not counted");
	ok(f.pool.cards[0].slope > 0, "throughput grows");
	ok(fmod(f.pool.cards[0].next, 1024) == 0, "multiples of the first");
	ocr_policy_pool_release(&f.pool);
}

static void
chunk_is(const struct ocr_hap_card *c, double want, const char *name)
{
	if (!ok(c->next == want, "%s", name))
		diag("got %g, want %g", c->next, want);
}

/* It seemed flat, but was not when measured again. */
static void
test_check(void)
{
	struct ocr_hap_card c;

	ocr_hap_init(&c, 100);
	ocr_hap_done(&c, 100, 9);
	chunk_is(&c, 100, "the first again");
	ocr_hap_done(&c, 100, 1);
	chunk_is(&c, 200, "doubled");
	ocr_hap_done(&c, 200, 2);
	chunk_is(&c, 400, "doubled");
	ocr_hap_done(&c, 400, 2.009);
	chunk_is(&c, 800, "flat, but three points");
	ocr_hap_done(&c, 800, 2.0099);
	ok(c.phase == OCR_HAP_CHECK, "flat");
	chunk_is(&c, 200, "again");
	ocr_hap_done(&c, 200, 1.5);
	chunk_is(&c, 400, "again");
	ocr_hap_done(&c, 400, 2.1);
	chunk_is(&c, 800, "again");
	ocr_hap_done(&c, 800, 2.2);
	ok(c.phase == OCR_HAP_EXPLORE && c.n_points == 4, "it was not");
	chunk_is(&c, 1600, "on");
	ocr_hap_done(&c, 1600, 2.2);
	chunk_is(&c, 3200, "2.1, 2.2, 2.2 is not flat");
	ocr_hap_done(&c, 3200, 2.1);
	chunk_is(&c, 800, "2.2, 2.2, 2.1 is");
	ocr_hap_done(&c, 800, 2.2);
	ocr_hap_done(&c, 1600, 2.2);
	ocr_hap_done(&c, 3200, 2.2);
	ok(c.phase == OCR_HAP_STABLE && c.elbow == 800, "stable at the elbow");
	chunk_is(&c, 800, "the elbow's chunk");
}

/* The same rate from the beginning. */
static void
test_flat(void)
{
	struct ocr_hap_card c;

	ocr_hap_init(&c, 100);
	for (double chunk = 50; chunk <= 400; chunk *= 2)
		ocr_hap_done(&c, chunk < 100 ? 100 : chunk, 3);
	ok(c.n_points == 3 && c.phase == OCR_HAP_EXPLORE, "three points: no");
	ocr_hap_done(&c, 800, 3);
	ok(c.phase == OCR_HAP_CHECK, "four: yes");
	ocr_hap_done(&c, 150, 1);
	ocr_hap_done(&c, 199, 1);
	ok(c.phase == OCR_HAP_STABLE && c.elbow == 200, "no room to check it");
	for (int i = 0; i < 100; i++)
		ocr_hap_done(&c, c.next, 3);
	chunk_is(&c, 200, "no slope: the chunk stays");
}

/* Points on rate = ln(chunk): slope 1, so the fit stays where it is. */
static void
test_fit(void)
{
	struct ocr_hap_card c;

	ocr_hap_init(&c, 10);
	ocr_hap_done(&c, 10, log(10));
	ocr_hap_done(&c, 10, log(10));
	ocr_hap_done(&c, 20, log(20));
	ocr_hap_done(&c, 40, log(40));
	ocr_hap_done(&c, 80, log(80));
	ocr_hap_done(&c, 50, log(50));
	chunk_is(&c, 160, "one short chunk is nothing");
	ok(c.phase == OCR_HAP_EXPLORE && c.n_points == 4, "nor a point");
	ocr_hap_done(&c, 160, log(160));
	ocr_hap_done(&c, 7, 1);
	ok(c.phase == OCR_HAP_EXPLORE, "nor two with a whole one between");
	ocr_hap_done(&c, 3, 1);
	ok(c.phase == OCR_HAP_STABLE, "two in a row end the exploration");
	ok(fabs(c.slope - 1) < 1e-12, "slope");
	ok(fabs(c.threshold - 1.0 / 160) < 1e-12, "threshold");
	chunk_is(&c, 160, "the last whole one");
	for (int i = 0; i < 200; i++)
		ocr_hap_done(&c, 160, log(160));
	chunk_is(&c, 160, "on the curve: the same again");
	ok(c.n_points == OCR_HAP_POINTS && c.n_explored == 5, "a full table");
	ok(c.chunk[0] == 10 && c.chunk[4] == 160, "the exploration stays");
	ok(c.oldest >= 5 && c.oldest < OCR_HAP_POINTS, "a ring behind it");
	/* The curve is steeper now: the chunk follows, by tens. */
	for (int i = 0; i < 100; i++)
		ocr_hap_done(&c, c.next, 2 * log(c.next));
	ok(c.next > 160 && fmod(c.next, 10) == 0, "faster: longer chunks");
	ok(c.threshold > 0.00624 && c.threshold < 0.00626, "by the old bar");
}

/* A chunk that is slower than 0.9 of the one before is not believed at once. */
static void
test_scan(void)
{
	struct ocr_hap_card c;
	double tried;

	for (int is_worse = 0; is_worse < 2; is_worse++) {
		ocr_hap_init(&c, 10);
		ocr_hap_done(&c, 10, 1);
		for (double chunk = 10; chunk <= 80; chunk *= 2)
			ocr_hap_done(&c, chunk, log(chunk));
		ocr_hap_done(&c, 1, 1);
		ocr_hap_done(&c, 1, 1);
		chunk_is(&c, 80, "stable");
		ocr_hap_done(&c, 80, 2 * log(80));
		tried = c.next;
		ok(tried > 80, "a longer one");
		ocr_hap_done(&c, tried, 1.7 * log(80));
		ok(c.phase == OCR_HAP_SCAN, "it is worse");
		chunk_is(&c, 80, "the older one again");
		ocr_hap_done(&c, 80, is_worse ? 2 : 3 * log(80));
		ok(c.phase == OCR_HAP_STABLE, "stable");
		chunk_is(&c, is_worse ? tried : 80, "the better of both");
		ok(c.old_chunk == c.next, "and that is the old one now");
	}
}

/* Throughput that falls or is noise: chunks of at least the first size. */
static void
test_falling(void)
{
	struct ocr_hap_card c;

	ocr_hap_init(&c, 64);
	for (int i = 0; i < 300; i++)
		ocr_hap_done(&c, c.next, 1e6 / c.next);
	ok(c.phase >= OCR_HAP_STABLE && c.next >= 64 && c.next <= 512,
	    "falling");
	ocr_hap_init(&c, 64);
	for (int i = 0; i < 300; i++)
		ocr_hap_done(&c, c.next, i % 7 == 0 ? 1e-300 : 1e300);
	ok(c.next >= 64 && isfinite(c.next), "wild");
	ocr_hap_init(&c, 64);
	for (int i = 0; i < 300; i++)
		ocr_hap_done(&c, c.next, c.next);
	ok(c.n_points == OCR_HAP_POINTS && c.n_explored == 48 && c.next <= 1e18,
	    "no end of growing: 48 doublings at most");
	ocr_hap_init(&c, 64);
	ocr_hap_done(&c, 1, 1);
	ocr_hap_done(&c, 1, 1);
	ok(c.phase == OCR_HAP_STABLE && c.n_points == 0, "two items in all");
	chunk_is(&c, 64, "no point: the first chunk");
}

/*
 * One thread of 1 item/ns, one card of 3 (no launch): s = 3.  Thread chunk =
 * min(G / 3, rest / 4), at least 64.
 */
static void
test_hap_threads(void)
{
	static struct fixture f;

	set_up(&f, "hap:960", 1, 1, 8);
	start(&f, 100000);
	takes(&f, 0, 0, 64, 64, "nothing is known: 64");
	takes(&f, 0, 64, 128, 64, "nor of the card");
	takes(&f, 1, 128, 1088, 320, "the card's first: 960");
	takes(&f, 0, 1088, 1408, 320, "as long as the card's: 960 / 3");
	takes(&f, 1, 1408, 2368, 320, "960 again: now it counts");
	takes(&f, 0, 2368, 3008, 640, "1920 / 3");
	f.pool.next = 99000;
	takes(&f, 0, 99000, 99256, 250, "near the end: 1000 / 4, round");
	/* 744 left, the card's chunk is 1920: 744 * 3/4 = 558 < 960. */
	takes(&f, 1, 99256, 100000, 100, "too little to divide: the faster");
	ok(f.pool.cards[1].is_retired && f.pool.n_active_cards == 0,
	    "the card is retired");
	ocr_policy_pool_grow(&f.pool, 200000);
	takes(&f, 1, 100000, 100000, 0, "for ever");
	takes(&f, 0, 100000, 150000, 1, "guided: rest / 2");
	takes(&f, 0, 150000, 175000, 1, "rest / 2");
	f.pool.next = 199950;
	takes(&f, 0, 199952 - 2, 200000, 1, "64 at least");
	ocr_policy_pool_release(&f.pool);
}

/* Times that a clock may give. */
static void
test_hap_times(void)
{
	static const double odd[] = {0, -1, 0.5};
	static struct fixture f;
	struct ocr_range r = {0, 64};

	set_up(&f, "hap", 1, 1, 8);
	start(&f, 100000);
	for (size_t i = 0; i < 3; i++) {
		f.pool.thread_rate = 0;
		ocr_policy_pool_done(&f.pool, 0, r, odd[i]);
		ok(f.pool.thread_rate == 64, "%g ns: as 1", odd[i]);
	}
	ocr_policy_pool_done(&f.pool, 0, r, (double)NAN);
	ok(f.pool.thread_rate == 64, "no number: as 1");
	ocr_policy_pool_done(&f.pool, 0, r, (double)INFINITY);
	ok(f.pool.thread_rate == 64, "for ever: not counted");
	r.end = 0;
	ocr_policy_pool_done(&f.pool, 0, r, 1);
	ocr_policy_pool_done(&f.pool, 1, r, 1);
	ok(f.pool.thread_rate == 64 && f.pool.cards_rate == 0,
	    "no items: not counted");
	ocr_policy_pool_release(&f.pool);
}

/* A thread and two cards: what they take together. */
static void
test_hap_more_cards(void)
{
	static struct fixture f;

	set_up(&f, "hap:960", 1, 2, 8);
	start(&f, 100000);
	takes(&f, 1, 0, 960, 320, "card 1: 3 items/ns");
	takes(&f, 2, 960, 1920, 960, "card 2: 1 item/ns");
	f.pool.next = 99000;
	takes(&f, 2, 99000, 99960, 0, "the thread's speed is not known yet");
	ok(f.pool.n_active_cards == 2, "so no card is retired");
	f.pool.next = 1920;
	takes(&f, 0, 1920, 1984, 64, "thread: 1 item/ns");
	takes(&f, 0, 1984, 2464, 480, "1920 items at 4 items/ns: 480 ns");
	f.pool.next = 99000;
	takes(&f, 0, 99000, 99200, 0, "1000 / (4 + 1)");
	/* Card 2's part of 800: 160, less than the elbow; others are faster. */
	takes(&f, 2, 99200, 99200, 0, "nothing for the slow one");
	/* Card 1: 3/4 of 800 = 600: less than the elbow; it is the faster. */
	takes(&f, 1, 99200, 100000, 0, "all for the fast one");
	ocr_policy_pool_release(&f.pool);
}

/* Rates known, rest given: what a card does then. */
static void
test_hap_final(void)
{
	static struct fixture f;

	/* 960 of 1700 left: 320 ns; a thread would need 740 ns: not yet. */
	set_up(&f, "hap:960", 1, 1, 8);
	start(&f, 3680);
	takes(&f, 0, 0, 64, 64, "thread: 1 item/ns");
	takes(&f, 1, 64, 1024, 320, "card: 3 items/ns");
	f.pool.next = 1980;
	takes(&f, 1, 1980, 2944, 0, "not yet the end (rounded up to 64)");
	ok(!f.pool.cards[1].is_retired, "not retired");
	/* 960 of 1279: 320 ns, a thread would need 319.  1279 * 3/4 = 959.25
	 * is less than the elbow; all to the card. */
	f.pool.next = 3680 - 1279;
	takes(&f, 1, 2401, 3680, 0, "the end, and too little to divide");
	ocr_policy_pool_release(&f.pool);

	/* The same with a short first chunk: it is divided. */
	set_up(&f, "hap:64", 1, 1, 1);
	start(&f, 10000);
	takes(&f, 0, 0, 64, 64, "thread: 1 item/ns");
	takes(&f, 1, 64, 128, 32, "card: 2 items/ns");
	f.pool.next = 10000 - 90;
	takes(&f, 1, 9910, 10000, 0, "2/3 of 90 is less than 64: all");
	ocr_policy_pool_release(&f.pool);
	start(&f, 10000);
	takes(&f, 0, 0, 64, 64, "thread: 1 item/ns");
	takes(&f, 1, 64, 128, 128, "card: 1/2 item/ns");
	f.pool.next = 9850;
	takes(&f, 1, 9850, 9850, 0,
	    "1/3 of 150: nothing, the thread is faster");
	ok(f.pool.cards[1].is_retired, "retired");
	takes(&f, 0, 9850, 9925, 1, "guided");
	ok(ocr_policy_pool_rest(&f.pool).start == 9925, "a rest stays");
	ok(f.pool.next == 10000, "until it is asked for");
	ocr_policy_pool_release(&f.pool);
	start(&f, 10000);
	takes(&f, 0, 0, 64, 64, "thread: 1 item/ns");
	takes(&f, 1, 64, 128, 64, "card: 1 item/ns");
	takes(&f, 1, 128, 192, 64, "its second");
	ok(f.pool.cards[1].next == 128, "the next is 128");
	f.pool.next = 9800;
	takes(&f, 1, 9800, 9928, 0, "half of 200, rounded up to 64");
	ok(f.pool.cards[1].is_retired, "retired");
	takes(&f, 0, 9928, 9992, 1, "64 at least");
	takes(&f, 0, 9992, 10000, 1, "the end");
	ocr_policy_pool_release(&f.pool);
	/* More than 0.9 of the rest would be the card's. */
	start(&f, 1000000);
	takes(&f, 0, 0, 64, 64, "thread: 1 item/ns");
	takes(&f, 1, 64, 128, 4, "card: 16 items/ns");
	f.pool.cards[1].next = 8192;
	f.pool.next = 992000;
	takes(&f, 1, 992000, 1000000, 0, "16/17 of the rest: all");
	ocr_policy_pool_release(&f.pool);
}

/* Two cards without a thread: one is retired, the last one never is. */
static void
test_hap_cards(void)
{
	static struct fixture f;

	set_up(&f, "hap:64", 0, 2, 8);
	start(&f, 10000);
	takes(&f, 0, 0, 64, 64, "card 0");
	takes(&f, 1, 64, 128, 640, "card 1: a tenth of its speed");
	f.pool.next = 9700;
	takes(&f, 1, 9700, 9700, 0, "its part of 300 is less than 64: none");
	ok(f.pool.cards[1].is_retired, "retired");
	f.pool.next = 128;
	for (uint64_t last = 128; last < 10000;) {
		struct ocr_range r = ocr_policy_pool_take(&f.pool, 0);

		if (r.start != last || r.end <= last)
			break;
		last = r.end;
		ocr_policy_pool_done(&f.pool, 0, r, 1000);
	}
	ok(f.pool.next == 10000 && !f.pool.cards[0].is_retired,
	    "the other does all the rest");
	ocr_policy_pool_release(&f.pool);
}

/* A small world. */
static uint32_t
next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

struct world {
	double now[MAX_WORKERS], speed[MAX_WORKERS];
	bool is_gone[MAX_WORKERS];
	const char *odd; /* NULL: times are as they should be */
};

static double
world_ns(const struct world *w, const struct fixture *f, size_t k,
    struct ocr_range r, uint64_t *random)
{
	double work = (double)(r.end - r.start);
	double ns = work / w->speed[k] + (f->workers[k].is_card ? 3e4 : 0);

	if (w->odd == NULL)
		return ns * (0.9 + (double)(next_random(random) % 200) / 1000);
	switch (next_random(random) % 6) {
	case 0:
		return 0;
	case 1:
		return (double)NAN;
	case 2:
		return (double)INFINITY;
	case 3:
		return -1;
	case 4:
		return 1e300;
	default:
		return ns;
	}
}

/*
 * Run to the end.  Returns NULL, or what is wrong: an item that comes twice or
 * is left out, nothing for a worker that is not retired, a pool that is not
 * empty.
 */
static const char *
run(struct fixture *f, struct world *w, uint64_t n, uint64_t *random)
{
	size_t n_workers = f->policy.n_workers, n_left = n_workers;
	uint64_t at = 0;

	memset(w->now, 0, sizeof(w->now));
	memset(w->is_gone, 0, sizeof(w->is_gone));
	start(f, n);
	while (n_left > 0) {
		struct ocr_range r;
		size_t k = n_workers;
		double ns;

		for (size_t i = 0; i < n_workers; i++)
			if (!w->is_gone[i] &&
			    (k == n_workers || w->now[i] < w->now[k]))
				k = i;
		r = ocr_policy_pool_take(&f->pool, k);
		if (r.start != at || r.end < at || r.end > n)
			return "items are not handed out one after the other";
		if (r.start == r.end) {
			if (at < n &&
			    !(f->pool.cards != NULL && f->workers[k].is_card &&
				f->pool.cards[k].is_retired))
				return "nothing while there is something";
			w->is_gone[k] = true;
			n_left--;
			continue;
		}
		at = r.end;
		ns = world_ns(w, f, k, r, random);
		w->now[k] += isfinite(ns) && ns > 0 && ns < 1e12 ? ns : 1;
		ocr_policy_pool_done(&f->pool, k, r, ns);
	}
	return at == n ? NULL : "items are left";
}

static uint64_t
random_n(uint64_t *random)
{
	static const uint64_t table[] = {0, 1, 2, 7, 8, 9, 63, 64, 65, 1000,
	    5000, 100000, 1000000};

	return table[next_random(random) % (sizeof(table) / sizeof(table[0]))];
}

static void
random_world(struct fixture *f, struct world *w, uint64_t *random)
{
	static const char *const schedules[] = {"dynamic:1000",
	    "dynamic:64/512", "dynamic:500/4000,weights", "hap", "hap:1000",
	    "hap:64", "hap:weights", "hap:300,weights", "hap:1000000000000"};
	size_t n_threads = next_random(random) % 9;
	size_t n_cards = next_random(random) % 5;

	if (n_threads + n_cards == 0)
		n_threads = 1;
	set_up(f,
	    schedules[next_random(random) %
		      (sizeof(schedules) / sizeof(schedules[0]))],
	    n_threads, n_cards, UINT64_C(1) << next_random(random) % 5);
	for (size_t k = 0; k < n_threads + n_cards; k++)
		w->speed[k] =
		    pow(10, (double)(next_random(random) % 4000) / 1000 - 2);
	w->odd = next_random(random) % 3 == 0 ? "odd" : NULL;
}

/* Light and heavy items, and stretches that weigh nothing. */
static void
random_weights(struct fixture *f, uint32_t *sums, uint64_t n, uint64_t *random)
{
	uint32_t shape = next_random(random) % 4;

	sums[0] = 0;
	for (uint64_t i = 0; i < n; i++) {
		uint32_t x = next_random(random);

		sums[i + 1] =
		    sums[i] + (uint32_t)(shape == 0   ? x % 10
					 : shape == 1 ? x % 1000 == 0
					 : shape == 2 ? (i < 5) * 500000000
						      : 0);
	}
	f->weights = (struct ocr_weights){.n = n,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix32 = sums};
}

static void
test_conservation(void)
{
	static struct fixture f;
	static struct world w;
	uint32_t *sums = calloc(1000001, sizeof(*sums));
	uint64_t random = 1;

	for (int i = 0; i < 1000; i++) {
		uint64_t n = random_n(&random), seed = random;
		const char *wrong;

		random_world(&f, &w, &random);
		if (f.policy.schedule.has_weights && next_random(&random) % 4)
			random_weights(&f, sums, n, &random);
		wrong = run(&f, &w, n, &random);
		ocr_policy_pool_release(&f.pool);
		if (wrong != NULL) {
			ok(0, "%s (case %d, random %" PRIu64 ")", wrong, i,
			    seed);
			free(sums);
			return;
		}
	}
	ok(1, "1000 random worlds: every item once");
	free(sums);
}

static void
test_thousand(void)
{
	static struct fixture f;
	static struct world w;
	static const char *const schedules[] = {"dynamic", "hap"};
	uint64_t random = 5;

	for (int i = 0; i < 4; i++) {
		set_up(&f, schedules[i % 2], i < 2 ? 900 : 0,
		    i < 2 ? 100 : 1000, 8);
		for (size_t k = 0; k < MAX_WORKERS; k++)
			w.speed[k] = k % 7 == 0 ? 0.1 : 1;
		w.odd = NULL;
		is_str(run(&f, &w, 1000000, &random) == NULL ? "" : "wrong", "",
		    i < 2 ? "900 threads, 100 cards" : "1000 cards");
		ocr_policy_pool_release(&f.pool);
	}
	set_up(&f, "hap", 0, 0, 1);
	start(&f, 100);
	ok(ocr_policy_pool_rest(&f.pool).end == 100, "nobody: all is left");
	ocr_policy_pool_release(&f.pool);
}

int
main(void)
{
	test_dynamic();
	test_dynamic_weights();
	test_explore();
	test_check();
	test_flat();
	test_fit();
	test_scan();
	test_falling();
	test_hap_threads();
	test_hap_times();
	test_hap_more_cards();
	test_hap_final();
	test_hap_cards();
	test_conservation();
	test_thousand();
	return done();
}
