/*
 * test_range_xrt.c - sweeps over threads and cards, through real XRT
 *
 * Runs in an ocr-softcard with tests/kernels/range.desc (tests/range_card.bats):
 *	test_range_xrt KERNEL exact|idempotent|fixed|steal|faults|stop|forever
 * Threads and units count how often each item was done.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/io.h"
#include "common/range.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/ui.h"
#include "tests/unit/range_card.h"
#include "tests/unit/tap.h"

#define N_ITEMS 3000
#define N_THREADS 2
#define N_SWEEPS 3
#define CARD_US 60
#define THREAD_US 40

static const char *const schedules[] = {"static", "static:0.5", "dynamic:50",
    "dynamic:50/400", "hap", "hap:64", "hws-paper", "hws-paper:weights", "hws",
    "hws:victim=random", "hws:steal=no"};
#define N_SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

static const struct ocr_kernel kernel = {.name = "t",
    .open = range_card_no_cpu};

struct test {
	struct range_card card;
	struct ocr_team team;
	bool is_idempotent, has_faults;
	unsigned thread_us;
	uint64_t n_from_card, n_doubled;
	/* a sweep that is stopped */
	volatile int stop;
	uint64_t stop_at; /* by a thread that has this item */
};

static void
nap_us(uint64_t us)
{
	const struct timespec t = {(time_t)(us / 1000000),
	    (long)(us % 1000000) * 1000};

	nanosleep(&t, NULL);
}

static int
body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct test *t = arg;
	uint64_t i;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		__atomic_fetch_add(&t->card.sum[i], 1, __ATOMIC_RELAXED);
		if (i == t->stop_at)
			__atomic_store_n(&t->stop, 1, __ATOMIC_RELAXED);
	}
	nap_us((end - start) * t->thread_us);
	return 0;
}

static void
check(struct test *t, const char *name, const struct ocr_sweep_report *r)
{
	uint64_t n_lost = 0, n_doubled = 0, n_done = 0;
	size_t i;

	for (i = 0; i < N_ITEMS; i++) {
		n_lost += t->card.sum[i] == 0;
		n_doubled += t->card.sum[i] > 1 ? t->card.sum[i] - 1 : 0;
	}
	for (i = 0; i < r->n_workers; i++)
		n_done += r->workers[i].n_items;
	t->n_doubled += n_doubled;
	if (n_lost != 0 || n_doubled != r->n_duplicated ||
	    (n_doubled != 0 && !t->is_idempotent) || t->card.n_bad != 0 ||
	    n_done != N_ITEMS + n_doubled)
		ok(0,
		    "%s: %llu lost, %llu doubled, %llu said to be, %llu done,"
		    " %llu bad jobs",
		    name, (unsigned long long)n_lost,
		    (unsigned long long)n_doubled,
		    (unsigned long long)r->n_duplicated,
		    (unsigned long long)n_done,
		    (unsigned long long)t->card.n_bad);
}

/* One sweep; adds to what the test has seen. */
static int
sweep(struct test *t, struct ocr_range_loop *l, const char *name)
{
	struct ocr_sweep s = {.n = N_ITEMS,
	    .body = body,
	    .arg = t,
	    .grain = 20,
	    .is_idempotent = t->is_idempotent,
	    .stop = &t->stop};
	struct ocr_sweep_report report;
	struct ocr_err err = {0};
	int r;

	memset(t->card.sum, 0, N_ITEMS * sizeof(*t->card.sum));
	if (ocr_sweep_report_init(&report, t->team.n_workers, &err) < 0)
		abort();
	r = ocr_range_run(l, &s, &report, &err);
	if (r == 0)
		check(t, name, &report);
	else if (t->stop == 0)
		ok(0, "%s: %s", name, err.text);
	t->n_from_card += report.n_from_card;
	ocr_sweep_report_release(&report);
	return r;
}

static struct ocr_range_loop *
open_loop(struct test *t, const char *schedule)
{
	struct ocr_range_opt opt = {.seed = 1};
	struct ocr_range_loop *l;
	struct ocr_err err = {0};

	if (ocr_schedule_parse(schedule, &opt.schedule, &err) < 0 ||
	    ocr_range_open(&l, &t->team, &kernel, &opt, &err) < 0) {
		ok(0, "%s: %s", schedule, err.text);
		return NULL;
	}
	ocr_range_wait_ready(l);
	return l;
}

static void
sweeps(struct test *t, const char *schedule, int n)
{
	struct ocr_range_loop *l = open_loop(t, schedule);
	uint64_t n_jobs = t->card.n_jobs;
	int i, r = 0;

	if (l == NULL)
		return;
	for (i = 0; i < n && r == 0; i++)
		r = sweep(t, l, schedule);
	ocr_range_close(l);
	is_int(r, 0, schedule);
	if (!t->has_faults)
		ok(t->card.n_jobs > n_jobs, "cards had a part in it");
}

static void
test_schedules(struct test *t)
{
	size_t i;

	for (i = 0; i < N_SCHEDULES; i++)
		sweeps(t, schedules[i], N_SWEEPS);
	diag("%llu steals from cards, %llu items doubled",
	    (unsigned long long)t->n_from_card,
	    (unsigned long long)t->n_doubled);
}

/* Cards that are believed fast and are slow: threads take what they have. */
static void
test_steal(struct test *t)
{
	t->thread_us = 1;
	t->card.args[t->card.step.n_args - 2].value = 1000;
	sweeps(t, "hws", 1);
	diag("%llu steals from cards", (unsigned long long)t->n_from_card);
	ok(t->n_from_card > 0, "threads took what cards had");
}

/* Ends in the middle, and goes on after that. */
static void
test_stop(struct test *t)
{
	struct ocr_range_loop *l = open_loop(t, "hws");
	int i;

	for (i = 0; l != NULL && i < 5; i++) {
		t->stop_at = (uint64_t)i * 40;
		ok(sweep(t, l, "stopped") < 0, "it stops");
		__atomic_store_n(&t->stop, 0, __ATOMIC_RELAXED);
		t->stop_at = UINT64_MAX;
		is_int(sweep(t, l, "after that"), 0, "and goes on");
	}
	ocr_range_close(l);
}

static void
test_forever(struct test *t)
{
	struct ocr_range_loop *l = open_loop(t, "hws");

	while (l != NULL && sweep(t, l, "for ever") == 0)
		continue;
	ocr_range_close(l);
}

static void
test(struct test *t, const char *what)
{
	t->thread_us = THREAD_US;
	t->stop_at = UINT64_MAX;
	t->is_idempotent = strcmp(what, "idempotent") == 0;
	t->has_faults = strcmp(what, "faults") == 0;
	if (strcmp(what, "steal") == 0)
		test_steal(t);
	else if (strcmp(what, "stop") == 0)
		test_stop(t);
	else if (strcmp(what, "forever") == 0)
		test_forever(t);
	else
		test_schedules(t);
}

int
main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "t_exact";
	const char *what = argc > 2 ? argv[2] : "exact";
	struct ocr_team_opt opt = {.devices = "cpu:2,xrt"};
	struct ocr_err err = {0};
	struct test t = {0};
	int status;

	range_card_init(&t.card, name, N_ITEMS, CARD_US);
	opt.drivers = t.card.drivers;
	if (strcmp(what, "faults") == 0)
		opt.run_timeout_ms = 500;
	is_int(ocr_team_init(&t.team, &opt, &err), 0, "a team");
	ok(t.team.n_cpus == N_THREADS && t.team.n_workers > t.team.n_cpus,
	    "of threads and units");
	if (t.team.n_workers > t.team.n_cpus)
		test(&t, what);
	ocr_team_release(&t.team);
	status = done();
	fflush(stdout);
	/* A unit that hangs may look at the driver; XRT would not end. */
	if (t.has_faults)
		_exit(status);
	range_card_release(&t.card);
	return status;
}
