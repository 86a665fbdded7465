/*
 * fake_card.h - cards of a range loop that are threads of the test
 *
 * A card's kernel looks at two words as card.h says.  OCR_FAKE_EXACT claims an
 * item in one step; OCR_FAKE_LOOSE looks at the end, and claims later.  What a
 * job has done counts when it has succeeded: hits[i]++ for each item.
 */
#ifndef TESTS_UNIT_FAKE_CARD_H
#define TESTS_UNIT_FAKE_CARD_H

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "common/io.h"
#include "common/queue.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/worker_cpu.h"

enum fake_kind { FAKE_EXACT = 0, FAKE_LOOSE };

struct fake_card {
	enum fake_kind kind;
	unsigned nap_items, nap_us; /* a nap after so many items */
	unsigned launch_us, word_us;
	unsigned in_us, out_us; /* copies; not 0: it says how long they took */
	uint64_t moved_bytes;   /* by each job */
	unsigned position_us;   /* a nap in each look, too */
	unsigned n_deaf;        /* words that fail before one works */
	unsigned lag_items;     /* its position is so old */
	unsigned n_late;        /* cuts that work and say they did not */
	uint64_t fail_after;    /* items; 0: never */
	uint64_t fail_job;      /* from this job on; 0: never */
	bool is_slow_to_open, fails_to_open;
	bool is_fixed;
	_Atomic uint8_t *hits;
	/* the rest is its own */
	struct ocr_worker *worker;
	struct ocr_thread *thread;
	struct ocr_monitor *monitor;
	struct ocr_job *waiting; /* lock: monitor */
	bool is_closing;         /* lock: monitor */
	_Atomic bool is_running;
	_Atomic uint64_t start, end; /* LOOSE */
	_Atomic uint64_t both;       /* EXACT: end << 32 | start */
	_Atomic uint64_t n_done, n_jobs, n_cuts, n_looks;
};

static inline void
fake_nap(unsigned us)
{
	struct timespec t = {.tv_nsec = (long)us * 1000};

	if (us > 0)
		nanosleep(&t, NULL);
}

/* The next item, in two steps or in one. */
static inline bool
fake_claim(struct fake_card *c, uint64_t *item)
{
	uint64_t word;

	if (c->kind == FAKE_LOOSE) {
		*item = atomic_load(&c->start);
		if (*item >= atomic_load(&c->end))
			return false;
		atomic_store(&c->start, *item + 1);
		return true;
	}
	word = atomic_load(&c->both);
	do {
		*item = (uint32_t)word;
		if (*item >= word >> 32)
			return false;
	} while (!atomic_compare_exchange_weak(&c->both, &word, word + 1));
	return true;
}

static inline void
fake_run(struct fake_card *c, struct ocr_job *job)
{
	uint64_t first = job->range.start, item = first, n = 0, i;
	bool is_bad;

	job->start_ns = ocr_now_ns();
	fake_nap(c->launch_us);
	fake_nap(c->in_us);
	job->moved_bytes = c->moved_bytes;
	if (c->in_us > 0)
		job->first_ns = ocr_now_ns();
	atomic_store(&c->start, job->range.start);
	atomic_store(&c->end, job->range.end);
	atomic_store(&c->both, job->range.end << 32 | job->range.start);
	atomic_store(&c->is_running, true);
	c->n_jobs++;
	is_bad = c->fail_job != 0 && c->n_jobs >= c->fail_job;
	while (!is_bad && fake_claim(c, &item)) {
		if (++n % (c->nap_items + 1) == 0)
			fake_nap(c->nap_us);
		is_bad = c->fail_after != 0 && c->n_done + n > c->fail_after;
	}
	atomic_store(&c->is_running, false);
	c->n_done += n;
	if (c->out_us > 0)
		job->last_ns = ocr_now_ns();
	fake_nap(c->out_us);
	if (is_bad)
		job->status =
		    ocr_err_set(&job->err, -OCR_EDEVICE, "fake: failed");
	for (i = 0; !is_bad && i < n; i++)
		atomic_fetch_add(&c->hits[first + i], 1);
	if (!is_bad)
		job->range.end = first + n;
	job->end_ns = ocr_now_ns();
	ocr_queue_push(c->worker->done, job);
}

static inline void
fake_main(void *arg)
{
	struct fake_card *c = arg;
	struct ocr_job *job;

	if (c->is_slow_to_open) {
		fake_nap(20000);
		if (c->fails_to_open)
			c->worker->ready.status = ocr_err_set(
			    &c->worker->ready.err, -OCR_EDEVICE, "no card");
		ocr_queue_push(c->worker->done, &c->worker->ready);
	}
	for (;;) {
		ocr_monitor_enter(c->monitor);
		while (c->waiting == NULL && !c->is_closing)
			ocr_monitor_wait(c->monitor);
		job = c->waiting;
		c->waiting = NULL;
		ocr_monitor_leave(c->monitor);
		if (job == NULL)
			return;
		fake_run(c, job);
	}
}

static inline int
fake_open_card(struct ocr_worker *w, const struct ocr_kernel *k,
    struct ocr_err *err)
{
	struct fake_card *c = w->state;

	(void)k;
	c->is_closing = false;
	w->ready = (struct ocr_job){.worker = w, .stage = OCR_STAGE_READY};
	c->monitor = ocr_monitor_new();
	if (ocr_thread_start(&c->thread, fake_main, c, err) < 0)
		exit(99);
	return c->is_slow_to_open;
}

static inline int
fake_submit(struct ocr_worker *w, struct ocr_job *job)
{
	struct fake_card *c = w->state;

	ocr_monitor_enter(c->monitor);
	c->waiting = job;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
	return 0;
}

static inline void
fake_cancel(struct ocr_worker *w)
{
	struct fake_card *c = w->state;
	struct ocr_job *job;

	ocr_monitor_enter(c->monitor);
	job = c->waiting;
	c->waiting = NULL;
	ocr_monitor_leave(c->monitor);
	if (job == NULL)
		return;
	job->status = -OCR_ECANCEL;
	ocr_queue_push(w->done, job);
}

static inline void
fake_close_card(struct ocr_worker *w)
{
	struct fake_card *c = w->state;

	ocr_monitor_enter(c->monitor);
	c->is_closing = true;
	ocr_monitor_notify(c->monitor);
	ocr_monitor_leave(c->monitor);
	ocr_thread_join(c->thread);
	ocr_monitor_free(c->monitor);
}

static inline bool
fake_is_deaf(struct fake_card *c)
{
	fake_nap(c->word_us);
	if (c->n_deaf > 0) {
		c->n_deaf--;
		return true;
	}
	return !atomic_load(&c->is_running);
}

static inline int
fake_position(struct ocr_worker *w, uint64_t *next)
{
	struct fake_card *c = w->state;

	c->n_looks++;
	if (fake_is_deaf(c))
		return -OCR_EDEVICE;
	*next = c->kind == FAKE_LOOSE ? atomic_load(&c->start)
				      : (uint32_t)atomic_load(&c->both);
	*next -= *next < c->lag_items ? *next : c->lag_items;
	fake_nap(c->position_us);
	return 0;
}

static inline int
fake_cut(struct ocr_worker *w, uint64_t end, uint64_t *confirmed)
{
	struct fake_card *c = w->state;
	uint64_t word, start;

	c->n_cuts++;
	if (fake_is_deaf(c))
		return -OCR_EDEVICE;
	if (c->kind == FAKE_LOOSE) {
		atomic_store(&c->end, end);
		fake_nap(c->word_us);
		start = atomic_load(&c->start);
	} else {
		word = atomic_load(&c->both);
		do {
			start = (uint32_t)word;
		} while (!atomic_compare_exchange_weak(&c->both, &word,
		    end << 32 | start));
	}
	*confirmed = start > end ? start : end;
	if (c->n_late > 0) {
		c->n_late--;
		return -OCR_EDEVICE;
	}
	return 0;
}

static const struct ocr_worker_ops fake_ops = {
    .open = fake_open_card,
    .submit = fake_submit,
    .cancel = fake_cancel,
    .close = fake_close_card,
    .position = fake_position,
    .cut = fake_cut,
};

/* A team of threads and of these cards. */
static inline void
fake_team_init(struct ocr_team *t, unsigned n_threads, struct fake_card *cards,
    unsigned n_cards)
{
	struct ocr_worker *w;
	unsigned i;

	*t = (struct ocr_team){.n_cpus = n_threads,
	    .n_workers = n_threads + n_cards};
	t->workers = calloc(t->n_workers, sizeof(*t->workers));
	t->done = ocr_queue_new();
	if (t->workers == NULL || t->done == NULL)
		exit(99);
	for (i = 0; i < n_threads; i++)
		ocr_worker_cpu_init(&t->workers[i], i);
	for (i = 0; i < n_cards; i++) {
		w = &t->workers[n_threads + i];
		w->ops = &fake_ops;
		w->is_cuttable = !cards[i].is_fixed;
		w->has_exact_cuts = cards[i].kind == FAKE_EXACT;
		w->depth = 1;
		w->align = 1;
		w->min_items = 1;
		w->run_ns = 1000 * (uint64_t)cards[i].launch_us + 20000;
		w->latency_ns = 1000 * (uint64_t)cards[i].word_us + 500;
		w->state = &cards[i];
		snprintf(w->name, sizeof(w->name), "fake:%u", i);
		cards[i].worker = w;
	}
	for (i = 0; i < t->n_workers; i++)
		t->workers[i].done = t->done;
}

static inline void
fake_team_release(struct ocr_team *t)
{
	ocr_queue_free(t->done);
	free(t->workers);
}

#endif
