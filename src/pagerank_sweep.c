/*
 * pagerank_sweep.c - PageRank's iterations
 *
 * The scores' sum converges more slowly than anything else in a Gauss-Seidel
 * iteration, and it is the one thing that is known.  So each sweep is followed by
 * a correction, which counts as change.
 *
 * Undirected: base is known, because vertices without arcs have base itself and
 * all others together base * n_live / (1 - damping).  What is missing is added
 * to all contributions alike, which is how a vector that is its own image under
 * the rows' sums looks.  It is kept in `shift`: no array is touched.
 *
 * Directed: scores are kept except for a factor, which makes the right base for
 * them a matter of one division: (1 - damping) of all scores and damping of the
 * sinks' scores, by n.  Sinks take no part in sweeps: their scores follow
 * from base and from what the others send them.  Rows along which the scores
 * follow from each other do better without: with the base as it is, a sweep makes
 * most scores exact, and another base would change all of them.
 *
 * Then an iteration's change, the correction included, is at least the
 * residual of the scores, whichever of its neighbours' values a row has read.
 */
#include "config.h"

#include "src/pagerank_sweep.h"

#include <math.h>
#include <stdatomic.h>

/* After so many iterations that changed more than the one before, there are no
 * more corrections: without them convergence is certain. */
#define MAX_WORSE 4
/* Corrections below this are rounding. */
#define MIN_CORRECTION 1e-14

struct sweep {
	struct k_rank_args args;
	const struct ocr_rank_state *s;
	uint64_t first, n;     /* units */
	_Atomic uint64_t next; /* rows along the arcs: unit, from first */
};

/* Where scores follow from each other along the rows, threads take them in
 * order, whatever items of the range loop they have: what is before a row is done
 * then, except for the units that other threads are at.  There are as many
 * items as units, and each is done once. */
static uint64_t
next_unit(struct sweep *w, uint64_t item)
{
	if (!w->s->rows->is_along)
		return w->first + item;
	return w->first +
	       atomic_fetch_add_explicit(&w->next, 1, memory_order_relaxed) %
		   w->n;
}

static int
sweep_units(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct sweep *w = arg;
	const uint64_t *units = w->s->rows->units;

	(void)thread;
	(void)err;
	for (uint64_t i = start; i < end; i++) {
		uint64_t unit = next_unit(w, i);

		w->s->kernel(&w->args, units[unit], units[unit + 1],
		    &w->s->sums[unit]);
	}
	return 0;
}

/* Units [first, end).  Sums are added up in order, whoever made them. */
static int
sweep(struct sweep *w, uint64_t first, uint64_t end, struct k_rank_sums *all,
    struct ocr_err *err)
{
	int rc;

	w->first = first;
	w->n = end - first;
	atomic_store_explicit(&w->next, 0, memory_order_relaxed);
	*all = (struct k_rank_sums){0, 0, 0};
	rc = ocr_crew_each(w->s->crew, end - first, 1, sweep_units, w, err);
	for (uint64_t i = first; rc == 0 && i < end; i++) {
		all->mass += w->s->sums[i].mass;
		all->change += w->s->sums[i].change;
		all->to_sinks += w->s->sums[i].to_sinks;
	}
	return rc;
}

static struct sweep
sweep_of(const struct ocr_rank_state *s, double damping)
{
	const struct ocr_rank_rows *r = s->rows;
	struct sweep w = {.s = s};

	w.args = (struct k_rank_args){.offsets = r->offsets,
	    .ends = r->ends,
	    .degrees = r->degrees,
	    .to_sinks = r->to_sinks,
	    .damping = damping};
	return w;
}

int
ocr_rank_apply(const struct ocr_rank_state *s, const float *from, float *to,
    struct ocr_err *err)
{
	struct sweep w = sweep_of(s, 1);
	struct k_rank_sums all;

	w.args.to_sinks = NULL;
	w.args.from = from;
	w.args.to = to;
	return sweep(&w, 0, s->rows->n_live_units, &all, err);
}

/* Undirected. */
static void
correct_mass(struct ocr_rank_state *s, double damping, bool is_correcting,
    const struct k_rank_sums *all)
{
	double missing =
	    s->base * (double)s->rows->n_live / (1 - damping) - all->mass;

	s->change = all->change;
	if (!is_correcting || fabs(missing) < MIN_CORRECTION)
		return;
	s->change += fabs(missing);
	s->shift += missing / (double)s->rows->n_arcs;
}

/* Directed. */
static void
correct_base(struct ocr_rank_state *s, double damping, bool is_correcting,
    const struct k_rank_sums *all)
{
	double n = (double)s->rows->n, n_live = (double)s->rows->n_live, base;

	base = ((1 - damping) * all->mass + damping * all->to_sinks) / n_live;
	s->sum = all->mass + (n - n_live) * base + damping * all->to_sinks;
	s->change = (all->change + n * fabs(base - s->base)) / s->sum;
	if (is_correcting)
		s->base = base;
}

static int
solve(struct ocr_rank_state *s, const struct ocr_pagerank_opt *opt,
    struct ocr_err *err)
{
	struct sweep w = sweep_of(s, opt->damping);
	struct k_rank_sums all;
	double last = (double)INFINITY;
	unsigned n_worse = 0;
	bool is_correcting;
	int rc;

	while (!s->has_converged && s->n_iterations < opt->max_iterations) {
		w.args.from = w.args.to = s->to;
		w.args.base = s->base;
		w.args.shift = s->shift;
		rc = sweep(&w, 0, s->rows->n_live_units, &all, err);
		if (rc < 0)
			return rc;
		is_correcting = !s->rows->is_along && n_worse < MAX_WORSE;
		if (s->rows->degrees != NULL)
			correct_base(s, opt->damping, is_correcting, &all);
		else
			correct_mass(s, opt->damping, is_correcting, &all);
		s->n_iterations++;
		n_worse += s->change >= last;
		last = s->change;
		s->has_converged = s->change < opt->tolerance;
	}
	w.args.base = s->base;
	w.args.to_sinks = NULL;
	return sweep(&w, s->rows->n_live_units, s->rows->n_units, &all, err);
}

int
ocr_rank_solve(struct ocr_rank_state *s, const struct ocr_pagerank_opt *opt,
    struct ocr_err *err)
{
	s->sum = 1;
	if (s->rows->n_live > 0)
		return solve(s, opt, err);
	s->base = 1 / (double)s->rows->n;
	s->has_converged = true;
	return 0;
}

/* From the same score everywhere. */
static void
set_equal(struct ocr_rank_state *s)
{
	double *c = s->to, score = 1 / (double)s->rows->n;

	for (uint64_t i = 0; i < s->rows->n_rows; i++)
		c[i] = score / (double)ocr_rank_degree(s->rows, i);
}

static int
iterate(struct ocr_rank_state *s, struct sweep *w, double *sinks,
    struct ocr_err *err)
{
	const struct ocr_rank_rows *r = s->rows;
	struct k_rank_sums live, sunk;
	double n = (double)r->n, n_alone = (double)r->n_alone,
	       d = w->args.damping, base = ((1 - d) + d * *sinks) / n;
	void *from = s->to;
	int rc;

	s->to = s->from;
	s->from = from;
	w->args.from = s->from;
	w->args.to = s->to;
	w->args.base = base;
	rc = sweep(w, 0, r->n_live_units, &live, err);
	if (rc < 0)
		return rc;
	rc = sweep(w, r->n_live_units, r->n_units, &sunk, err);
	if (rc < 0)
		return rc;
	s->change = live.change + sunk.change + n_alone * fabs(base - s->base);
	s->base = base;
	*sinks = sunk.mass + n_alone * base;
	return 0;
}

int
ocr_rank_iterate(struct ocr_rank_state *s, const struct ocr_pagerank_opt *opt,
    struct ocr_err *err)
{
	struct sweep w = sweep_of(s, opt->damping);
	double n = (double)s->rows->n, sinks;
	int rc = 0;

	w.args.to_sinks = NULL;
	set_equal(s);
	sinks = (n - (double)s->rows->n_live) / n;
	s->base = 1 / n;
	s->sum = 1;
	while (rc == 0 && s->n_iterations < opt->iterations) {
		rc = iterate(s, &w, &sinks, err);
		s->n_iterations++;
	}
	s->has_converged = s->change < opt->tolerance;
	return rc;
}
