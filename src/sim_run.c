/*
 * sim_run.c - one sweep from its first split to its sums; called by ocr-sim
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/sim_items.h"
#include "src/sim_random.h"
#include "src/sim_world.h"

/* The first split, and whoever has no part of it looks for one. */
static int
begin_all(struct ocr_sim_world *w, struct ocr_err *err)
{
	size_t n = w->policy.n_workers, k;
	uint64_t *bounds = calloc(n + 1, sizeof(*bounds));
	struct ocr_sim_event e = {.kind = OCR_SIM_IDLE};

	if (bounds == NULL)
		return ocr_err_nomem(err);
	if (!w->has_pool)
		ocr_policy_split(&w->policy, w->items->n, bounds);
	for (k = 0; k < n; k++) {
		if (bounds[k] < bounds[k + 1]) {
			ocr_sim_begin(w, k, 0, bounds[k], bounds[k + 1]);
		} else if (w->has_pool || ocr_policy_steals(&w->policy)) {
			e.worker = k;
			ocr_sim_heap_push(&w->heap, e);
		}
	}
	free(bounds);
	return 0;
}

/* What no worker wanted goes to the fastest one, as far as is believed. */
static bool
give_rest(struct ocr_sim_world *w, double now)
{
	struct ocr_range rest = {0, 0};
	size_t k, best = 0;

	if (w->has_pool)
		rest = ocr_policy_pool_rest(&w->pool);
	if (rest.start == rest.end)
		return false;
	for (k = 1; k < w->policy.n_workers; k++)
		if (w->workers[k].rate > w->workers[best].rate)
			best = k;
	ocr_sim_begin(w, best, now, rest.start, rest.end);
	return true;
}

/* Every item done, exactly as often as was counted? */
static int
check(const struct ocr_sim_world *w, struct ocr_err *err)
{
	uint64_t n = w->items->n, want = n + w->n_twice;

	if (w->heap.is_short)
		return ocr_err_nomem(err);
	if (w->n_done != want || w->seams != ocr_sim_mix(n) - ocr_sim_mix(0))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s, %s: %" PRIu64 " items were done, not %" PRIu64,
		    w->profile->name, ocr_schedule_name(&w->policy.schedule),
		    w->n_done, want);
	return 0;
}

static void
finish(struct ocr_sim_world *w)
{
	struct ocr_sweep_report *r = w->report;
	struct ocr_sweep_worker *mine;
	double idle;
	size_t k;

	r->n_sweeps++;
	r->n_items += w->items->n;
	r->n_duplicated += w->n_twice;
	r->makespan_ns += w->makespan_ns;
	r->bound_ns += ocr_sim_bound(w->profile, w->setup);
	for (k = 0; k < w->policy.n_workers; k++) {
		mine = &r->workers[k];
		idle = w->makespan_ns - mine->useful_ns - mine->steal_ns;
		mine->idle_ns = idle > 0 ? idle : 0;
	}
}

static void
fill_workers(struct ocr_sim_world *w)
{
	const struct ocr_sim_setup *setup = w->setup;
	double unit =
	    ocr_policy_work(&w->policy, w->items->n) /
	    ocr_sim_items_before(w->items, w->profile->item_work, w->items->n);
	size_t k;

	for (k = 0; k < setup->n_workers; k++) {
		const struct ocr_sim_worker *s = &setup->workers[k];

		w->workers[k] = (struct ocr_policy_worker){
		    .rate = s->believed * unit,
		    .submit_ns =
			s->is_card ? setup->submit_ns : setup->steal_ns,
		    .launch_ns = s->is_card ? s->launch_ns : 0,
		    .read_ns = s->is_card ? s->read_ns : 0,
		    .write_ns = s->is_card ? s->write_ns : 0,
		    .align = s->align,
		    .is_card = s->is_card,
		    .is_measured = true,
		    .is_exact = !setup->is_idempotent,
		};
	}
}

static int
prepare(struct ocr_sim_world *w, const struct ocr_schedule *schedule,
    struct ocr_err *err)
{
	const struct ocr_sim_setup *setup = w->setup;
	enum ocr_weights_trust trust =
	    setup->has_no_weights ? OCR_WEIGHTS_NONE : OCR_WEIGHTS_KNOWN;
	bool has_pieces =
	    (schedule->kind == OCR_HWS || schedule->has_weights) &&
	    !setup->has_no_weights;

	w->items = has_pieces ? &w->profile->pieces : &w->profile->rows;
	w->weights =
	    ocr_sim_items_weights(w->items, w->profile->item_work, trust);
	w->workers = calloc(setup->n_workers, sizeof(*w->workers));
	w->states = calloc(setup->n_workers, sizeof(*w->states));
	if (w->workers == NULL || w->states == NULL)
		return ocr_err_nomem(err);
	w->policy.schedule = *schedule;
	w->policy.weights = &w->weights;
	w->policy.workers = w->workers;
	w->policy.n_workers = setup->n_workers;
	w->random = ocr_sim_hash(setup->seed, 0, 0) | 1;
	fill_workers(w);
	if (schedule->kind != OCR_DYNAMIC && schedule->kind != OCR_HAP)
		return 0;
	w->has_pool = true;
	return ocr_policy_pool_init(&w->pool, &w->policy, w->items->n, err);
}

static void
release(struct ocr_sim_world *w)
{
	size_t k;

	if (w->has_pool)
		ocr_policy_pool_release(&w->pool);
	for (k = 0; w->states != NULL && k < w->setup->n_workers; k++)
		free(w->states[k].speed.sums);
	free(w->heap.events);
	free(w->states);
	free(w->workers);
}

int
ocr_sim_run(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_schedule *schedule, struct ocr_sweep_report *report,
    struct ocr_trace *trace, struct ocr_err *err)
{
	struct ocr_sweep_report own = {0};
	struct ocr_sim_world w = {.profile = p,
	    .setup = s,
	    .report = &own,
	    .trace = trace};
	struct ocr_sim_event e = {0};
	int r;

	r = ocr_sweep_report_init(&own, s->n_workers, err);
	if (r < 0)
		return r;
	r = prepare(&w, schedule, err);
	if (r >= 0)
		r = begin_all(&w, err);
	if (r < 0)
		goto out;
	do {
		while (w.heap.n > 0) {
			e = ocr_sim_heap_pop(&w.heap);
			ocr_sim_serve(&w, &e);
		}
	} while (give_rest(&w, e.ns));
	r = check(&w, err);
	if (r < 0)
		goto out;
	finish(&w);
	ocr_sweep_report_add(report, &own);
out:
	release(&w);
	ocr_sweep_report_release(&own);
	return r;
}

double
ocr_sim_bound(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s)
{
	struct ocr_policy_worker *workers =
	    calloc(s->n_workers, sizeof(*workers));
	double work, bound;
	size_t k;

	if (workers == NULL)
		return 0;
	for (k = 0; k < s->n_workers; k++) {
		workers[k].rate = s->workers[k].rate;
		workers[k].is_card = s->workers[k].is_card;
		workers[k].align = 1;
		if (workers[k].is_card) {
			workers[k].launch_ns = s->workers[k].launch_ns;
			workers[k].submit_ns = s->submit_ns;
		}
	}
	work = ocr_sim_items_before(&p->rows, p->item_work, p->rows.n);
	bound = ocr_policy_bound(workers, s->n_workers, work);
	free(workers);
	return bound;
}
