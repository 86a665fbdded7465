/*
 * test_worker_xrt.c - compute units as workers of a range, through real XRT
 *
 * Runs in an ocr-softcard with tests/kernels/range.desc (tests/cards.bats):
 *	test_worker_xrt cut|storm|late KERNEL [SEED]
 *	test_worker_xrt dies KERNEL FILE
 *	test_worker_xrt refused
 * A unit works through a range; the test reads its position, lowers its end
 * while it runs, at one moment or at many, and asks what was done.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cardset.h"
#include "common/io.h"
#include "common/team.h"
#include "common/thread.h"
#include "tests/unit/gen.h"
#include "tests/unit/range_card.h"
#include "tests/unit/tap.h"

#define N_THIEVES 4
#define N_STORMS 40
#define WAIT_NS 60000000000

static const struct ocr_kernel kernel = {.name = "t",
    .open = range_card_no_cpu};

static void
submit(struct ocr_worker *w, struct ocr_job *job, uint64_t start, uint64_t end)
{
	*job = (struct ocr_job){.range = {start, end}};
	job->worker = w;
	w->ops->submit(w, job);
}

static int
await(struct ocr_team *t)
{
	struct ocr_job *job = ocr_queue_pop(t->done, WAIT_NS);

	if (job == NULL || job->status != 0)
		diag("%s", job != NULL ? job->err.text : "no answer");
	return job != NULL ? job->status : -1;
}

/* Until it has begun `least` items. */
static uint64_t
await_position(struct ocr_worker *w, uint64_t least)
{
	uint64_t next = 0;
	int i;

	for (i = 0; i < 20000 && next < least; i++) {
		usleep(1000);
		if (w->ops->position(w, &next) < 0)
			next = 0;
	}
	return next;
}

/* Twice, so that the words hold what a job has left. */
static void
test_cut(struct ocr_team *t, struct range_card *c)
{
	struct ocr_worker *a = &t->workers[1], *b = &t->workers[2];
	uint64_t next, later = 0, middle, confirmed = 0;
	bool is_exact = a->has_exact_cuts;
	struct ocr_job one, two;
	int r;

	ok(a->is_cuttable && a->depth == 1, "it has a range, one at a time");
	submit(a, &one, 0, c->n);
	next = await_position(a, 50);
	ok(next >= 50 && next < c->n, "the position moves: %d", (int)next);
	middle = next + (c->n - next) / 2;
	is_int(a->ops->cut(a, middle, &confirmed), 0, "the end is lowered");
	ok(confirmed >= middle && confirmed < c->n, "and confirmed: %d",
	    (int)confirmed);
	r = a->ops->position(a, &later);
	ok(r == 0 && later >= next, "it works on: %d", (int)later);
	r = a->ops->cut(a, c->n, &later);
	ok(r == 0 && later == confirmed, "it is not raised");
	submit(b, &two, confirmed, c->n);
	is_int(await(t), 0, "a unit ends");
	is_int(await(t), 0, "the other one, too");
	ok(is_exact ? one.range.end == confirmed : one.range.end >= confirmed,
	    "the range is what was done: %d", (int)one.range.end);
	is_int(two.range.end, c->n, "that of the other is whole");
	is_int(c->n_bad, 0, "and that is so");
	if (is_exact)
		is_int(range_card_n_wrong(c), 0, "every item was done once");
	ok(a->ops->position(a, &later) < 0, "idle: no position");
	ok(a->ops->cut(a, 0, &later) < 0, "no cut");
}

/* Who cuts what, at random moments. */
struct storm {
	struct ocr_worker *worker;
	uint64_t n;
	/* atomic */
	uint64_t seed, least; /* the lowest end that was confirmed */
	uint64_t n_cuts, n_failed, n_bad;
	uint64_t n_over; /* items done although they were cut off */
	int is_over;
};

static void
lower(uint64_t *least, uint64_t to)
{
	uint64_t old = __atomic_load_n(least, __ATOMIC_RELAXED);

	while (to < old && !__atomic_compare_exchange_n(least, &old, to, false,
			       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		continue;
}

static void
thief_main(void *arg)
{
	struct storm *s = arg;
	struct gen g = {__atomic_fetch_add(&s->seed, 1, __ATOMIC_RELAXED)};
	struct ocr_worker *w = s->worker;
	uint64_t next, end, confirmed;

	while (!__atomic_load_n(&s->is_over, __ATOMIC_RELAXED)) {
		usleep((useconds_t)gen_below(&g, 2000));
		next = 0;
		if (gen_below(&g, 2) == 0 && w->ops->position(w, &next) < 0)
			continue;
		end = __atomic_load_n(&s->least, __ATOMIC_RELAXED);
		/* Where it is, too: that is where two could do an item. */
		end = next + (end > next && gen_below(&g, 3) > 0
				     ? gen_below(&g, (uint32_t)(end - next))
				     : gen_below(&g, 3));
		if (w->ops->cut(w, end, &confirmed) < 0) {
			__atomic_fetch_add(&s->n_failed, 1, __ATOMIC_RELAXED);
			continue;
		}
		/* It may be before end: another thief was faster. */
		if (confirmed > s->n)
			__atomic_fetch_add(&s->n_bad, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&s->n_cuts, 1, __ATOMIC_RELAXED);
		lower(&s->least, confirmed);
	}
}

/* What is cut off is given to the same unit, which is cut again. */
static void
one_storm(struct ocr_team *t, struct range_card *c, struct storm *s,
    uint64_t start, uint64_t *end)
{
	struct ocr_thread *thieves[N_THIEVES];
	struct ocr_err err = {0};
	struct ocr_job job;
	size_t i;

	s->least = s->n = c->n;
	s->is_over = 0;
	submit(s->worker, &job, start, c->n);
	for (i = 0; i < N_THIEVES; i++)
		if (ocr_thread_start(&thieves[i], thief_main, s, &err) < 0)
			abort();
	s->n_bad += await(t) != 0;
	__atomic_store_n(&s->is_over, 1, __ATOMIC_RELAXED);
	for (i = 0; i < N_THIEVES; i++)
		ocr_thread_join(thieves[i]);
	*end = s->least < job.range.end ? s->least : job.range.end;
	s->n_over += job.range.end - *end;
}

static void
test_storm(struct ocr_team *t, struct range_card *c, uint64_t seed)
{
	struct storm s = {.worker = &t->workers[1], .seed = seed};
	uint64_t start = 0, end = 0, n_doubled = 0, n_lost = 0;
	struct ocr_job rest;
	uint32_t i;
	int k;

	diag("seed %llu", (unsigned long long)seed);
	for (k = 0; k < N_STORMS && start < c->n; k++, start = end)
		one_storm(t, c, &s, start, &end);
	if (start < c->n) {
		submit(&t->workers[2], &rest, start, c->n);
		is_int(await(t), 0, "the rest is done by the other unit");
	}
	for (i = 0; i < c->n; i++) {
		n_lost += c->sum[i] == 0;
		n_doubled += c->sum[i] > 1 ? c->sum[i] - 1 : 0;
	}
	diag("%d jobs, %llu cuts, %llu refused, %llu items doubled", k,
	    (unsigned long long)s.n_cuts, (unsigned long long)s.n_failed,
	    (unsigned long long)n_doubled);
	ok(s.n_cuts > 0, "there were cuts");
	is_int(s.n_bad, 0, "no answer is nonsense");
	is_int(c->n_bad, 0, "the jobs' ranges are what was done");
	is_int(n_lost, 0, "no item is lost");
	is_int(n_doubled, (int64_t)s.n_over, "as many are doubled as it says");
	if (t->workers[1].has_exact_cuts)
		is_int(n_doubled, 0, "no item was done twice");
}

/* Items of 300 ms: the answer comes when nobody waits for it any more. */
static void
test_late(struct ocr_team *t, struct range_card *c)
{
	struct ocr_worker *w = &t->workers[1];
	uint64_t next = 0, confirmed = 0;
	struct ocr_job job;
	int r;

	submit(w, &job, 0, c->n);
	while (w->ops->cut(w, c->n - 1, &confirmed) < 0)
		usleep(1000);
	is_int(confirmed, c->n - 1, "the first cut is confirmed in the end");
	await_position(w, 1);
	r = w->ops->cut(w, 4, &confirmed);
	diag("no answer within the time: %d", r);
	if (r < 0)
		ok(w->ops->cut(w, 5, &confirmed) < 0 || confirmed == 5,
		    "none yet, or one that came late");
	is_int(await(t), 0, "the job ends");
	ok(job.range.end >= 4 && job.range.end < c->n,
	    "it has obeyed all the same: %d", (int)job.range.end);
	is_int(c->n_bad, 0, "and did no more");
	ok(w->ops->position(w, &next) < 0, "idle: no position");
	submit(w, &job, job.range.end, c->n);
	is_int(await(t), 0, "the rest");
	is_int(range_card_n_wrong(c), 0, "every item was done once");
}

/* Somebody kills the card when the file is there. */
static void
test_dies(struct ocr_team *t, struct range_card *c, const char *file)
{
	struct ocr_worker *w = &t->workers[1];
	uint64_t confirmed = 0;
	struct ocr_job job, *done = NULL;
	int r = 0;

	submit(w, &job, 0, c->n);
	await_position(w, 1);
	close(open(file, O_CREAT | O_WRONLY, 0600));
	while (done == NULL) {
		r = w->ops->cut(w, c->n - 1, &confirmed);
		done = ocr_queue_pop(t->done, 1000000);
	}
	ok(r < 0 && done == &job, "the thief comes back");
	is_int(job.status, -OCR_EDEVICE, "so does the job");
	diag("%s", job.err.text);
	ok(job.range.start == 0 && job.range.end >= c->n - 1,
	    "with what is to be done again");
	ok(w->ops->cut(w, 1, &confirmed) < 0, "nothing more is asked of it");
}

/* XRT refuses a unit's registers to one who does not have it alone. */
static void
test_refused(struct ocr_team *t)
{
	const struct ocr_card_unit *u = &t->cardset->units[1];
	struct ocr_xrt *x = u->card->xrt;
	struct ocr_err err = {0};
	uint32_t value;
	void *shared;

	is_int(ocr_team_open_now(t, 1, &kernel, &err), 0, "a unit");
	shared = x->kernel_open(u->card->handle, u->card->uuid, u->names[0]);
	ok(shared != NULL, "somebody shares the other one");
	ok(x->kernel_read(shared, 0x10, &value) != 0, "without its registers");
	is_int(ocr_team_open_now(t, 2, &kernel, &err), -OCR_EDEVICE,
	    "so it cannot be had alone");
	ok(strcmp(err.text, "XRT cannot open 't_range:{t_range_2}'") == 0,
	    "said: %s", err.text);
	ok(t->workers[2].is_retired && !t->workers[1].is_retired,
	    "the first one stays");
	x->kernel_close(shared);
}

static void
test(const char *what, struct ocr_team *t, struct range_card *c,
    const char *last)
{
	struct ocr_err err = {0};

	if (strcmp(what, "refused") == 0) {
		test_refused(t);
		return;
	}
	if (t->n_workers != 3 || ocr_team_open_now(t, 1, &kernel, &err) < 0 ||
	    ocr_team_open_now(t, 2, &kernel, &err) < 0) {
		ok(0, "%s", err.text);
		return;
	}
	if (strcmp(what, "cut") == 0)
		test_cut(t, c);
	else if (strcmp(what, "storm") == 0)
		test_storm(t, c, strtoull(last, NULL, 10));
	else if (strcmp(what, "late") == 0)
		test_late(t, c);
	else if (strcmp(what, "dies") == 0)
		test_dies(t, c, last);
	else
		ok(0, "no such test: %s", what);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct ocr_team_opt opt = {.devices = "xrt:0", .n_threads = 1};
	bool is_late = strcmp(what, "late") == 0;
	bool is_storm = strcmp(what, "storm") == 0;
	struct ocr_team t;
	struct range_card c;
	struct ocr_err err = {0};
	int status;

	range_card_init(&c, argc > 2 ? argv[2] : "t_range",
	    is_late    ? 8
	    : is_storm ? 12000
		       : 2000,
	    is_late    ? 300000
	    : is_storm ? 20
		       : 500);
	opt.drivers = c.drivers;
	if (strcmp(what, "dies") == 0)
		opt.run_timeout_ms = 500;
	is_int(ocr_team_init(&t, &opt, &err), 0, "a team of units");
	is_int((int64_t)(t.n_workers - t.n_cpus), 2, "two of them");
	test(what, &t, &c, argc > 3 ? argv[3] : "1");
	ocr_team_release(&t);
	status = done();
	fflush(stdout);
	/* What is lost may look at the driver; nor would XRT come to an end. */
	if (strcmp(what, "dies") == 0)
		_exit(status);
	range_card_release(&c);
	return status;
}
