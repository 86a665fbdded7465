/*
 * range.c - open a range loop, run its sweeps
 */
#include "config.h"

#include "common/range.h"

#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "common/queue.h"
#include "common/range_loop.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/ui.h"

/* Items of a round: their numbers have 32 bits. */
#define WINDOW ((uint64_t)UINT32_MAX - OCR_WEIGHTS_BLOCK + 1)
#define GRAIN OCR_WEIGHTS_BLOCK

/* What cards take that do not say it: a word, a launch. */
#define WORD_NS 1000
#define LAUNCH_NS 30000

/* Before the first split that cards take part in, a thread does a little, so
 * that something is known: at most so long, and one item of this many. */
#define TRY_NS 20000
#define TRY_SHARE 64

static void
believe(struct ocr_range_loop *l)
{
	const struct ocr_worker *w;
	struct ocr_range_belief *b;
	size_t i;

	for (i = l->team->n_cpus; i < l->team->n_workers; i++) {
		w = &l->team->workers[i];
		b = &l->beliefs[i];
		b->launch_ns = w->run_ns > 0 ? (double)w->run_ns : LAUNCH_NS;
		b->read_ns = b->write_ns =
		    w->latency_ns > 0 ? (double)w->latency_ns : WORD_NS;
	}
}

static void *
zeroed(size_t n, size_t size)
{
	void *p;

	size =
	    (n * size + OCR_RANGE_LINE - 1) / OCR_RANGE_LINE * OCR_RANGE_LINE;
	p = aligned_alloc(OCR_RANGE_LINE, size);
	if (p != NULL)
		memset(p, 0, size);
	return p;
}

static int
make_tables(struct ocr_range_loop *l, struct ocr_err *err)
{
	size_t n = l->team->n_workers;

	l->beliefs = calloc(n, sizeof(*l->beliefs));
	l->seats = zeroed(n, sizeof(*l->seats));
	l->workers = calloc(n, sizeof(*l->workers));
	l->bounds = calloc(n + 1, sizeof(*l->bounds));
	/* Each card fails once; and the rest of a pool. */
	l->left = calloc(n + 1, sizeof(*l->left));
	l->chunk_lock = ocr_monitor_new();
	if (l->beliefs == NULL || l->seats == NULL || l->workers == NULL ||
	    l->bounds == NULL || l->left == NULL || l->chunk_lock == NULL)
		return ocr_err_nomem(err);
	return 0;
}

static int
start_threads(struct ocr_range_loop *l, struct ocr_err *err)
{
	bool has_cards = l->team->n_workers > l->team->n_cpus;
	size_t n = l->team->n_cpus;

	l->n_threads =
	    n < OCR_RANGE_POOL_MAX ? (unsigned)n : OCR_RANGE_POOL_MAX;
	if (l->n_threads < 2 && !has_cards)
		return 0;
	/* The caller is thread 0, but while it looks after cards. */
	return ocr_range_pool_open(&l->pool, has_cards ? 0 : 1, l->n_threads,
	    ocr_range_thread, l, err);
}

/* A card that cannot be opened is a warning. */
static void
open_cards(struct ocr_range_loop *l)
{
	struct ocr_team *t = l->team;
	struct ocr_err err;
	size_t i;

	if (l->kernel == NULL)
		return;
	if (t->kernel != NULL && t->kernel != l->kernel)
		ocr_team_close(t);
	for (i = t->n_cpus; i < t->n_workers; i++) {
		if (t->workers[i].is_open || t->workers[i].is_retired)
			continue;
		err = (struct ocr_err){0};
		if (ocr_team_open(t, i, l->kernel, &err) < 0 &&
		    l->opt.ui != NULL)
			ocr_ui_warn(l->opt.ui, "%s: not used: %s",
			    t->workers[i].name, err.text);
	}
}

int
ocr_range_open(struct ocr_range_loop **out, struct ocr_team *team,
    const struct ocr_kernel *kernel, const struct ocr_range_opt *opt,
    struct ocr_err *err)
{
	struct ocr_range_loop *l = zeroed(1, sizeof(*l));
	int r;

	*out = NULL;
	if (l == NULL)
		return ocr_err_nomem(err);
	l->team = team;
	l->kernel = kernel;
	l->opt = *opt;
	l->seed = opt->seed;
	r = make_tables(l, err);
	if (r == 0) {
		believe(l);
		r = start_threads(l, err);
	}
	if (r < 0) {
		ocr_range_close(l);
		return r;
	}
	open_cards(l);
	*out = l;
	return 0;
}

void
ocr_range_close(struct ocr_range_loop *l)
{
	if (l == NULL)
		return;
	ocr_range_pool_close(l->pool);
	if (l->kernel != NULL && l->team->kernel == l->kernel)
		ocr_team_close(l->team);
	ocr_monitor_free(l->chunk_lock);
	free(l->left);
	free(l->bounds);
	free(l->workers);
	free(l->seats);
	free(l->beliefs);
	free(l);
}

void
ocr_range_wait_ready(struct ocr_range_loop *l)
{
	ocr_range_events(l, true);
}

uint64_t
ocr_range_append(struct ocr_range_loop *l, uint64_t n_more)
{
	return atomic_fetch_add(&l->tail_end, n_more);
}

double
ocr_range_rate(const struct ocr_range_loop *l, size_t i)
{
	return l->beliefs[i].rate[l->unit];
}

/* Is it not worth waking anybody? */
static bool
is_small(const struct ocr_range_loop *l, unsigned n_threads, size_t n_cards)
{
	const struct ocr_sweep *s = &l->sweep;
	double work = (double)s->n;

	if (n_threads == 0)
		return false;
	if (n_threads == 1 && n_cards == 0)
		return true;
	if (s->weights != NULL && s->weights->trust != OCR_WEIGHTS_NONE)
		work = ocr_weights_before(s->weights, s->n);
	return work <= s->inline_work;
}

/*
 * Launch costs are times, rates of another sweep are not known: without any
 * rate the first split would be off by orders of magnitude where items are
 * heavy.  *done: items that are done.
 */
static int
try_rate(struct ocr_range_loop *l, uint64_t *done,
    struct ocr_sweep_report *report, struct ocr_err *err)
{
	uint64_t n = l->sweep.n / TRY_SHARE, start_ns = ocr_now_ns();
	int r;

	if (l->opt.schedule.kind != OCR_HWS ||
	    l->beliefs[0].rate[ocr_range_unit(l)] > 0 ||
	    ocr_range_usable_threads(l) == 0 || ocr_range_usable_cards(l) == 0)
		return 0;
	if (n > l->sweep.grain)
		n = l->sweep.grain;
	if (n == 0)
		return 0;
	r = ocr_range_alone(l, (struct ocr_range){0, 1}, false, report, err);
	if (r < 0)
		return r;
	*done = 1;
	if (n == 1 || ocr_now_ns() - start_ns > TRY_NS / 2)
		return 0;
	*done = n;
	return ocr_range_alone(l, (struct ocr_range){1, n}, false, report, err);
}

static int
all_rounds(struct ocr_range_loop *l, struct ocr_sweep_report *report,
    struct ocr_err *err)
{
	uint64_t start, end, n = l->sweep.n, done = 0;
	int r = try_rate(l, &done, report, err);

	for (start = 0; r == 0 && start < n; start = end) {
		end = n - start > WINDOW ? start + WINDOW : n;
		r = ocr_range_round(l, (struct ocr_range){start, end}, done,
		    report, err);
		done = 0;
	}
	l->is_leftover = true;
	while (r == 0 && l->n_left > 0)
		r = ocr_range_round(l, l->left[--l->n_left], 0, report, err);
	return r;
}

/* The cards alone can work, and they are not ready yet. */
static void
wait_for_cards(struct ocr_range_loop *l)
{
	if (ocr_range_usable_threads(l) == 0 && ocr_range_usable_cards(l) == 0)
		ocr_range_events(l, true);
}

int
ocr_range_run(struct ocr_range_loop *l, const struct ocr_sweep *sweep,
    struct ocr_sweep_report *report, struct ocr_err *err)
{
	struct ocr_sweep *s = &l->sweep;
	unsigned n_threads;
	size_t n_cards, i;
	int r;

	*s = *sweep;
	if (s->grain == 0)
		s->grain = GRAIN;
	l->grain = s->grain < UINT32_MAX ? (uint32_t)s->grain : UINT32_MAX;
	l->bound_ns = 0;
	l->is_bound_unknown = l->is_leftover = false;
	l->n_left = 0;
	atomic_store(&l->tail, s->n);
	atomic_store(&l->tail_end, s->n);
	for (i = l->team->n_cpus; i < l->team->n_workers; i++)
		l->beliefs[i].n_jobs = l->team->workers[i].n_jobs;
	ocr_range_events(l, false);
	wait_for_cards(l);
	n_threads = ocr_range_usable_threads(l);
	n_cards = ocr_range_usable_cards(l);
	if (n_threads == 0 && n_cards == 0)
		r = ocr_err_set(err, -OCR_EHOST, "no worker left");
	else if (s->stop != NULL &&
		 __atomic_load_n(s->stop, __ATOMIC_RELAXED) != 0)
		r = ocr_err_set(err, -OCR_ECANCEL, "stopped");
	else if (is_small(l, n_threads, n_cards))
		r = ocr_range_alone(l, (struct ocr_range){0, s->n}, true,
		    report, err);
	else
		r = all_rounds(l, report, err);
	if (report != NULL) {
		report->n_sweeps++;
		report->n_items += atomic_load(&l->tail_end);
		if (!l->is_bound_unknown)
			report->bound_ns += l->bound_ns;
	}
	return r;
}
