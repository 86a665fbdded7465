/*
 * test_range.c - the range loop: every item once, whoever does it
 *
 * Threads and invented cards (fake_card.h) of all schedules, with weights,
 * failures, errors, appended items, windows.  Seeds are printed.  Runs under
 * TSan.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/range.h"
#include "common/ui.h"
#include "tests/unit/fake_card.h"
#include "tests/unit/tap.h"

#define MAX_N 200000
#define MAX_CARDS 4

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* What a case needs; cases change fields before open(). */
struct fixture {
	_Atomic uint8_t *hits;
	struct fake_card cards[MAX_CARDS];
	struct ocr_kernel kernel;
	struct ocr_team team;
	struct ocr_ui ui;
	struct ocr_range_opt opt;
	struct ocr_range_loop *loop;
	struct ocr_sweep sweep;
	struct ocr_sweep_report report;
	struct ocr_err err;
	uint32_t *prefix;
	struct ocr_weights weights;
	unsigned nap_us;
	uint64_t fail_item, limit; /* of items that are appended */
	_Atomic uint64_t n_calls, n_done, sum;
	volatile int stop;
	uint64_t stop_after;
};

static int
fixture_body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct fixture *f = arg;
	uint64_t i, n;

	(void)thread;
	if (end - start > f->sweep.grain && f->sweep.grain > 0)
		return ocr_err_set(err, -OCR_ELIMIT, "too many at once");
	for (i = start; i < end; i++) {
		if (i == f->fail_item)
			return ocr_err_set(err, -OCR_EFORMAT, "item is bad");
		atomic_fetch_add(&f->hits[i], 1);
	}
	n = atomic_fetch_add(&f->n_done, end - start) + end - start;
	if (f->stop_after > 0 && n >= f->stop_after)
		__atomic_store_n(&f->stop, 1, __ATOMIC_RELAXED);
	if (f->n_calls++ % 16 == 0)
		fake_nap(f->nap_us);
	/* Half of the items have a child, until there are enough. */
	for (i = start; i < end && f->limit > 0; i++) {
		if (i % 2 != 0)
			continue;
		n = atomic_load(&f->sum);
		while (n < f->limit &&
		       !atomic_compare_exchange_weak(&f->sum, &n, n + 1))
			continue;
		if (n < f->limit && ocr_range_append(f->loop, 1) < f->sweep.n)
			return ocr_err_set(err, -OCR_ELIMIT, "appended where?");
	}
	return 0;
}

static void
fixture_init(struct fixture *f, uint64_t n)
{
	unsigned i;

	memset(f, 0, sizeof(*f));
	f->hits = calloc(MAX_N, 1);
	f->prefix = calloc(MAX_N + 1, sizeof(*f->prefix));
	if (f->hits == NULL || f->prefix == NULL)
		exit(99);
	f->ui = (struct ocr_ui){.tool = "test", .verbosity = OCR_QUIET};
	f->opt.schedule = ocr_schedule_default(OCR_HWS);
	f->opt.ui = &f->ui;
	f->sweep = (struct ocr_sweep){.n = n,
	    .body = fixture_body,
	    .arg = f,
	    .grain = 16,
	    .stop = &f->stop};
	f->fail_item = UINT64_MAX;
	for (i = 0; i < MAX_CARDS; i++)
		f->cards[i] = (struct fake_card){.hits = f->hits,
		    .nap_items = 200,
		    .nap_us = 10};
}

static void
fixture_open(struct fixture *f, unsigned n_threads, unsigned n_cards)
{
	fake_team_init(&f->team, n_threads, f->cards, n_cards);
	f->opt.ui = &f->ui;
	if (ocr_range_open(&f->loop, &f->team, &f->kernel, &f->opt, &f->err) <
		0 ||
	    ocr_sweep_report_init(&f->report, f->team.n_workers, &f->err) < 0)
		exit(99);
}

static void
fixture_release(struct fixture *f)
{
	ocr_range_close(f->loop);
	ocr_sweep_report_release(&f->report);
	fake_team_release(&f->team);
	free(f->prefix);
	free(f->hits);
}

static int
fixture_run(struct fixture *f)
{
	return ocr_range_run(f->loop, &f->sweep, &f->report, &f->err);
}

/* Items that were done another number of times. */
static uint64_t
count_not(const struct fixture *f, uint64_t n, unsigned least, unsigned most)
{
	uint64_t i, bad = 0;

	for (i = 0; i < MAX_N; i++) {
		if (i >= n)
			bad += f->hits[i] != 0;
		else
			bad += f->hits[i] < least || f->hits[i] > most;
	}
	return bad;
}

static uint64_t
hits_of(const struct fixture *f)
{
	uint64_t i, sum = 0;

	for (i = 0; i < MAX_N; i++)
		sum += f->hits[i];
	return sum;
}

static uint64_t
items_of(const struct ocr_sweep_report *r)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < r->n_workers; i++)
		sum += r->workers[i].n_items;
	return sum;
}

static void
make_weights(struct fixture *f, uint64_t *seed)
{
	uint64_t i;

	for (i = 0; i < f->sweep.n; i++)
		f->prefix[i + 1] =
		    f->prefix[i] + (next_random(seed) % 50 == 0 ? 300 : 2);
	f->weights = (struct ocr_weights){.n = f->sweep.n,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix32 = f->prefix,
	    .item_work = 1};
	f->sweep.weights = &f->weights;
}

static void
random_cards(struct fixture *f, uint64_t *seed, bool is_loose)
{
	unsigned i;

	for (i = 0; i < MAX_CARDS; i++) {
		f->cards[i].kind = is_loose ? FAKE_LOOSE : FAKE_EXACT;
		f->cards[i].nap_items = (unsigned)(next_random(seed) % 400);
		f->cards[i].nap_us = (unsigned)(next_random(seed) % 20);
		f->cards[i].launch_us = (unsigned)(next_random(seed) % 200);
		f->cards[i].word_us = next_random(seed) % 3 == 0
					  ? (unsigned)(next_random(seed) % 100)
					  : 0;
		f->cards[i].lag_items =
		    next_random(seed) % 2 == 0
			? (unsigned)(next_random(seed) % 1000)
			: 0;
		f->cards[i].is_slow_to_open = next_random(seed) % 4 == 0;
		f->cards[i].is_fixed = next_random(seed) % 8 == 0;
	}
}

/* Three sweeps of one team; true if each item was done once in each. */
static bool
is_complete(const char *schedule, unsigned n_threads, unsigned n_cards,
    uint64_t n, bool is_loose, uint64_t seed, struct ocr_sweep_report *sum)
{
	struct fixture f;
	bool is_good = true;
	uint64_t n_hits = 0;
	int i, r;

	fixture_init(&f, n);
	if (ocr_schedule_parse(schedule, &f.opt.schedule, &f.err) < 0)
		exit(99);
	f.opt.seed = seed;
	f.sweep.grain = 1 + next_random(&seed) % 64;
	f.sweep.is_idempotent = is_loose;
	f.nap_us = (unsigned)(next_random(&seed) % 30);
	if (next_random(&seed) % 2 == 0)
		make_weights(&f, &seed);
	random_cards(&f, &seed, is_loose);
	fixture_open(&f, n_threads, n_cards);
	if (next_random(&seed) % 2 == 0)
		ocr_range_wait_ready(f.loop);
	for (i = 0; is_good && i < 3; i++) {
		memset((void *)f.hits, 0, MAX_N);
		r = fixture_run(&f);
		is_good = r == 0 && count_not(&f, n, 1, is_loose ? 99 : 1) == 0;
		n_hits += hits_of(&f);
	}
	is_good = is_good && n_hits == items_of(&f.report) &&
		  items_of(&f.report) == 3 * n + f.report.n_duplicated &&
		  (is_loose || f.report.n_duplicated == 0) &&
		  f.report.n_items == 3 * n && f.report.n_sweeps == 3;
	if (!is_good)
		diag("%s %u+%u n=%d: %s, %d items wrong, %d counted, %d twice",
		    schedule, n_threads, n_cards, (int)n, f.err.text,
		    (int)count_not(&f, n, 1, is_loose ? 99 : 1),
		    (int)items_of(&f.report), (int)f.report.n_duplicated);
	sum->n_steals += f.report.n_steals;
	sum->n_by_card += f.report.n_by_card;
	sum->n_from_card += f.report.n_from_card;
	sum->n_aborted += f.report.n_aborted;
	sum->n_duplicated += f.report.n_duplicated;
	fixture_release(&f);
	return is_good;
}

static void
test_schedules(uint64_t seed)
{
	static const char *const schedules[] = {"static", "dynamic",
	    "dynamic:64/256", "hap", "hws-paper", "hws-paper:64", "hws",
	    "hws:victim=random", "hws:steal=no"};
	uint64_t n, case_seed;
	struct ocr_sweep_report sum;
	unsigned n_threads, n_cards;
	bool is_good, is_loose;
	size_t s;
	int i;

	diag("seed %" PRIu64, seed);
	for (s = 0; s < sizeof(schedules) / sizeof(schedules[0]); s++) {
		is_good = true;
		sum = (struct ocr_sweep_report){0};
		for (i = 0; is_good && i < 16; i++) {
			case_seed = next_random(&seed);
			n_threads = (unsigned)(next_random(&seed) % 9);
			n_cards = (unsigned)(next_random(&seed) % 5);
			if (n_threads + n_cards == 0)
				n_threads = 8;
			n = 1 + next_random(&seed) % 20000;
			is_loose = i % 4 == 3;
			is_good = is_complete(schedules[s], n_threads, n_cards,
			    n, is_loose, case_seed, &sum);
			if (!is_good)
				diag("seed %" PRIu64, case_seed);
		}
		ok(is_good, "%s: 16 random teams, each item once",
		    schedules[s]);
		diag("steals %d, by card %d, from card %d, aborted %d, "
		     "duplicated %d",
		    (int)sum.n_steals, (int)sum.n_by_card, (int)sum.n_from_card,
		    (int)sum.n_aborted, (int)sum.n_duplicated);
	}
}

static void
test_small(void)
{
	static const uint64_t ns[] = {0, 1, 7};
	struct ocr_sweep_report sum = {0};
	unsigned n_threads, n_cards;
	bool is_good = true;
	size_t i;

	for (i = 0; i < 3; i++)
		for (n_threads = 0; n_threads <= 3; n_threads++)
			for (n_cards = n_threads == 0; n_cards <= 2; n_cards++)
				is_good = is_complete("hws", n_threads, n_cards,
					      ns[i], false, 1 + i, &sum) &&
					  is_good;
	ok(is_good, "0, 1 and 7 items");
}

static void
test_inline(void)
{
	struct fixture f;

	fixture_init(&f, 1000);
	f.sweep.inline_work = 1000;
	fixture_open(&f, 4, 0);
	is_int(fixture_run(&f), 0, "a small sweep");
	is_int((int64_t)f.report.workers[0].n_items, 1000,
	    "is done by the caller alone");
	is_int((int64_t)count_not(&f, 1000, 1, 1), 0, "all of it");
	ok(ocr_range_rate(f.loop, 0) > 0 && f.report.bound_ns > 0 &&
		f.report.bound_ns <= f.report.makespan_ns * 1.01,
	    "and its rate is known");
	f.sweep.inline_work = 999;
	memset((void *)f.hits, 0, MAX_N);
	is_int(fixture_run(&f), 0, "a larger one");
	is_int((int64_t)count_not(&f, 1000, 1, 1), 0, "is complete, too");
	fixture_release(&f);
}

static void
test_append(unsigned n_threads, unsigned n_cards, const char *schedule)
{
	struct fixture f;
	char name[80];

	fixture_init(&f, 2000);
	if (ocr_schedule_parse(schedule, &f.opt.schedule, &f.err) < 0)
		exit(99);
	f.limit = 100000;
	/* Items of cards have no children: threads must get some. */
	f.cards[0].nap_items = 1;
	fixture_open(&f, n_threads, n_cards);
	snprintf(name, sizeof(name), "%u threads, %u cards, %s: grows",
	    n_threads, n_cards, schedule);
	is_int(fixture_run(&f), 0, name);
	ok(count_not(&f, 2000 + f.sum, 1, 1) == 0 &&
		f.report.n_items == 2000 + f.sum &&
		items_of(&f.report) == 2000 + f.sum,
	    "each item once, %d more", (int)f.sum);
	fixture_release(&f);
}

static void
test_error(unsigned n_threads, unsigned n_cards)
{
	struct fixture f;
	char name[80];

	fixture_init(&f, 100000);
	f.fail_item = 1234;
	f.cards[0].nap_items = f.cards[1].nap_items = 1;
	f.cards[0].nap_us = f.cards[1].nap_us = 100;
	fixture_open(&f, n_threads, n_cards);
	snprintf(name, sizeof(name), "%u threads, %u cards: a bad item",
	    n_threads, n_cards);
	is_int(fixture_run(&f), -OCR_EFORMAT, name);
	ok(strcmp(f.err.text, "item is bad") == 0, "ends the sweep");
	f.fail_item = UINT64_MAX;
	f.sweep.n = 1000;
	memset((void *)f.hits, 0, MAX_N);
	ocr_err_clear(&f.err);
	is_int(fixture_run(&f), 0, "the next one");
	is_int((int64_t)count_not(&f, 1000, 1, 1), 0, "is complete");
	fixture_release(&f);
}

static void
test_stop(unsigned n_threads, unsigned n_cards)
{
	struct fixture f;
	char name[80];

	fixture_init(&f, 200000);
	f.nap_us = 1000;
	f.stop_after = n_threads > 0 ? 500 : 0;
	f.stop = n_threads == 0;
	f.cards[0].nap_items = f.cards[1].nap_items = 1;
	f.cards[0].nap_us = f.cards[1].nap_us = 1000;
	fixture_open(&f, n_threads, n_cards);
	snprintf(name, sizeof(name), "%u threads, %u cards: stopped", n_threads,
	    n_cards);
	is_int(fixture_run(&f), -OCR_ECANCEL, name);
	ok(items_of(&f.report) < 200000, "before the end");
	fixture_release(&f);
}

/* 0 + 1 + ... + (n - 1), modulo 2^64. */
static uint64_t
sum_below(uint64_t n)
{
	return n % 2 == 0 ? n / 2 * (n - 1) : (n - 1) / 2 * n;
}

/* The sum of all first items says that no part is missing. */
static int
sum_body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct fixture *f = arg;

	(void)thread;
	(void)err;
	f->n_done += end - start;
	f->sum += sum_below(end) - sum_below(start);
	return 0;
}

static void
test_windows(const char *schedule, unsigned n_threads)
{
	const uint64_t n = 3 * ((uint64_t)1 << 32) + 5;
	struct fixture f;
	char name[80];

	fixture_init(&f, n);
	if (ocr_schedule_parse(schedule, &f.opt.schedule, &f.err) < 0)
		exit(99);
	f.sweep.body = sum_body;
	f.sweep.grain = (uint64_t)1 << 27;
	fixture_open(&f, n_threads, 0);
	snprintf(name, sizeof(name), "%s, %u threads: more than 2^32 items",
	    schedule, n_threads);
	is_int(fixture_run(&f), 0, name);
	ok(f.n_done == n && f.sum == sum_below(n) && f.report.n_items == n,
	    "all of them");
	fixture_release(&f);
}

static void
test_failure(const char *schedule, unsigned n_threads, unsigned n_cards,
    bool is_reserve)
{
	struct fixture f;
	char name[80];
	unsigned i;
	int want = n_threads == 0 ? -OCR_EHOST : 0;

	fixture_init(&f, 50000);
	if (ocr_schedule_parse(schedule, &f.opt.schedule, &f.err) < 0)
		exit(99);
	for (i = 0; i < n_cards; i++) {
		f.cards[i].fail_after = 1 + 300 * i;
		f.cards[i].nap_items = 100;
	}
	f.nap_us = 50;
	fixture_open(&f, n_threads, n_cards);
	for (i = 0; i < n_threads; i++)
		f.team.workers[i].is_reserve = is_reserve;
	snprintf(name, sizeof(name), "%s, %u threads%s, %u cards that fail",
	    schedule, n_threads, is_reserve ? " in reserve" : "", n_cards);
	is_int(fixture_run(&f), want, name);
	if (want == 0)
		is_int((int64_t)count_not(&f, 50000, 1, 1), 0,
		    "each item once");
	else
		ok(strcmp(f.err.text, "no worker left") == 0, "no worker left");
	for (i = 0; i < n_cards; i++)
		if (f.cards[i].n_done > 0)
			ok(f.team.workers[n_threads + i].is_retired,
			    "card %u is not used any more", i);
		else
			ok(1, "card %u had nothing to do", i);
	fixture_release(&f);
}

/* One card fails, the other goes on. */
static void
test_one_failure(void)
{
	struct fixture f;

	fixture_init(&f, 50000);
	f.cards[0].fail_after = 1000;
	fixture_open(&f, 0, 2);
	is_int(fixture_run(&f), 0, "one of two cards fails");
	is_int((int64_t)count_not(&f, 50000, 1, 1), 0, "each item once");
	ok(f.team.workers[0].is_retired && !f.team.workers[1].is_retired,
	    "that one is retired");
	memset((void *)f.hits, 0, MAX_N);
	is_int(fixture_run(&f), 0, "the next sweep");
	is_int((int64_t)count_not(&f, 50000, 1, 1), 0, "is the other's");
	fixture_release(&f);
}

static void
test_open_failure(void)
{
	struct fixture f;

	fixture_init(&f, 5000);
	f.cards[0].is_slow_to_open = f.cards[0].fails_to_open = true;
	fixture_open(&f, 0, 1);
	is_int(fixture_run(&f), -OCR_EHOST, "the only card does not open");
	fixture_release(&f);
	fixture_init(&f, 5000);
	f.cards[0].is_slow_to_open = f.cards[0].fails_to_open = true;
	fixture_open(&f, 2, 1);
	is_int(fixture_run(&f), 0, "nobody waits for a card");
	is_int((int64_t)count_not(&f, 5000, 1, 1), 0, "each item once");
	ocr_range_wait_ready(f.loop);
	ok(f.team.workers[2].is_retired, "that did not open");
	fixture_release(&f);
}

static void
test_deaf(unsigned n_deaf, unsigned n_late, unsigned position_us)
{
	struct fixture f;
	char name[80];
	int i, n_bad = 0;

	fixture_init(&f, 20000);
	f.cards[0].n_deaf = n_deaf;
	f.cards[0].n_late = n_late;
	f.cards[0].position_us = position_us;
	f.cards[0].nap_items = 20;
	f.cards[0].nap_us = 100;
	fixture_open(&f, 2, 1);
	for (i = 0; i < 3; i++) {
		memset((void *)f.hits, 0, MAX_N);
		n_bad +=
		    fixture_run(&f) != 0 || count_not(&f, 20000, 1, 1) != 0;
	}
	snprintf(name, sizeof(name),
	    "%u words fail, %u cuts late, looks of %u us: each item once",
	    n_deaf, n_late, position_us);
	is_int(n_bad, 0, name);
	diag("%d looks, %d cuts, %d steals from cards", (int)f.cards[0].n_looks,
	    (int)f.cards[0].n_cuts, (int)f.report.n_from_card);
	fixture_release(&f);
}

/* By hand: useful 30, 20, 10 and 0 ns are 15 on average. */
/* What a card copies is counted, and is a part of its launch: not of the time
 * that its items take. */
static void
test_copies(void)
{
	struct fixture f;
	size_t card;
	int i;

	fixture_init(&f, 2000);
	f.opt.schedule = ocr_schedule_default(OCR_STATIC);
	f.cards[0].in_us = f.cards[0].out_us = 100000;
	f.cards[0].moved_bytes = 1000;
	fixture_open(&f, 1, 1);
	card = f.team.n_cpus;
	for (i = 0; i < 2; i++)
		is_int(ocr_range_run(f.loop, &f.sweep, &f.report, &f.err), 0,
		    "sweep");
	is_int((int64_t)f.report.workers[card].n_launches, 2, "launches");
	is_int((int64_t)f.report.moved_bytes, 2000, "bytes of both");
	is_int((int64_t)f.report.workers[card].moved_bytes, 2000, "its own");
	is_int((int64_t)f.report.workers[0].moved_bytes, 0, "a thread's");
	is_int((int64_t)f.team.workers[card].moved_bytes, 2000, "in all");
	ok(ocr_range_rate(f.loop, card) * 200e6 >
		(double)f.report.workers[card].n_items / 2,
	    "its items take less than the copies");
	ok(f.report.workers[card].useful_ns >= 400e6,
	    "copies are its time all the same");
	fixture_release(&f);
}

static void
test_lambda(void)
{
	struct ocr_sweep_report r;
	struct ocr_err err = {0};
	struct fixture f;

	if (ocr_sweep_report_init(&r, 4, &err) < 0)
		exit(99);
	r.workers[0].useful_ns = 10;
	r.workers[1].useful_ns = 30;
	r.workers[2].useful_ns = 20;
	ok(ocr_sweep_lambda(&r) == 2, "lambda of 10, 30, 20, 0 is 2");
	ocr_sweep_report_release(&r);
	fixture_init(&f, 1000);
	f.sweep.inline_work = 1000;
	fixture_open(&f, 4, 0);
	fixture_run(&f);
	ok(ocr_sweep_lambda(&f.report) == 4, "one of four works: lambda is 4");
	fixture_release(&f);
}

/* test_range [SEED] */
int
main(int argc, char **argv)
{
	test_small();
	test_inline();
	test_schedules(argc > 1 ? strtoull(argv[1], NULL, 10) : 20200817);
	test_append(1, 0, "hws");
	test_append(4, 0, "hws");
	test_append(3, 0, "static");
	test_append(3, 0, "dynamic:64");
	test_append(2, 2, "hws");
	test_error(1, 0);
	test_error(4, 0);
	test_error(2, 2);
	test_stop(1, 0);
	test_stop(3, 0);
	test_stop(2, 2);
	test_stop(0, 2);
	test_windows("hws", 1);
	test_windows("hws", 4);
	test_windows("static", 3);
	test_windows("dynamic:100000000", 3);
	test_failure("hws", 2, 2, false);
	test_failure("static", 2, 2, false);
	test_failure("dynamic:64", 2, 2, false);
	test_failure("hws", 2, 2, true);
	test_failure("hws", 0, 3, false);
	test_one_failure();
	test_open_failure();
	test_deaf(0, 0, 0);
	test_deaf(1, 0, 0);
	test_deaf(1000, 0, 0);
	test_deaf(0, 1, 0);
	test_deaf(0, 1000, 0);
	test_deaf(0, 0, 20000);
	test_copies();
	test_lambda();
	return done();
}
