/*
 * sim_world.c - one sweep, event by event; called by ocr-sim
 */
#include "config.h"

#include "src/sim_world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "src/sim_items.h"
#include "src/sim_random.h"

/* A thread gets a chunk of a pool in this part of the time of a steal. */
#define POOL_SHARE 0.25

void
ocr_sim_log(const struct ocr_sim_world *w, double ns, size_t k, const char *fmt,
    ...)
{
	va_list ap;

	if (w->setup->log == NULL)
		return;
	fprintf(w->setup->log, "%.0f %zu ", ns, k);
	va_start(ap, fmt);
	vfprintf(w->setup->log, fmt, ap);
	va_end(ap);
	fputc('\n', w->setup->log);
}

/* True work between two items, in ns of worker k at its rate. */
static double
ns_of(const struct ocr_sim_world *w, size_t k, uint64_t start, uint64_t end)
{
	double item_work = w->profile->item_work;

	return (ocr_sim_items_before(w->items, item_work, end) -
		   ocr_sim_items_before(w->items, item_work, start)) /
	       w->setup->workers[k].rate;
}

uint64_t
ocr_sim_item(struct ocr_sim_world *w, size_t k, double ns)
{
	struct ocr_sim_state *s = &w->states[k];
	double item_work = w->profile->item_work, done, from;

	if (ns <= s->known.begin_ns || s->known.start >= s->known.end)
		return s->known.start;
	done = ocr_sim_speed_sum(&s->speed, w->setup, k, ns) -
	       ocr_sim_speed_sum(&s->speed, w->setup, k, s->known.begin_ns);
	from = ocr_sim_items_before(w->items, item_work, s->known.start) +
	       done * w->setup->workers[k].rate;
	/* What ends just now has ended. */
	from += 1e-9 * (1 + from);
	return ocr_sim_items_at(w->items, item_work, from, s->known.start,
	    s->known.end);
}

uint64_t
ocr_sim_next(const struct ocr_sim_world *w, size_t k, uint64_t at, double ns)
{
	const struct ocr_policy_state *s = &w->states[k].known;
	uint64_t align = w->workers[k].align;
	uint64_t next = ns <= s->begin_ns ? at : at + 1;

	next = (next + align - 1) / align * align;
	return next < s->end ? next : s->end;
}

void
ocr_sim_arm(struct ocr_sim_world *w, size_t k)
{
	struct ocr_sim_state *s = &w->states[k];
	double sum =
	    ocr_sim_speed_sum(&s->speed, w->setup, k, s->known.begin_ns) +
	    ns_of(w, k, s->known.start, s->known.end);
	struct ocr_sim_event e = {
	    .ns = ocr_sim_speed_when(&s->speed, w->setup, k, sum),
	    .kind = OCR_SIM_END,
	    .worker = k,
	    .version = ++s->version,
	};

	if (e.ns < s->known.begin_ns)
		e.ns = s->known.begin_ns;
	ocr_sim_heap_push(&w->heap, e);
}

void
ocr_sim_begin(struct ocr_sim_world *w, size_t k, double now, uint64_t start,
    uint64_t end)
{
	const struct ocr_sim_setup *setup = w->setup;
	struct ocr_sim_state *s = &w->states[k];
	struct ocr_policy_state *known = &s->known;

	s->launch_ns = now;
	s->pause_ns = 0;
	known->begin_ns = now;
	if (setup->workers[k].is_card) {
		if (w->host_ns < now)
			w->host_ns = now;
		w->host_ns += setup->submit_ns;
		s->launch_ns = w->host_ns;
		known->begin_ns = w->host_ns + setup->workers[k].launch_ns;
		w->report->workers[k].n_launches++;
		w->report->n_card_chunks++;
	}
	known->is_active = true;
	known->start = known->at = known->next = start;
	known->end = end;
	known->seen_ns = -1;
	known->recent_ns = known->recent_rate = 0;
	w->n_active++;
	ocr_sim_arm(w, k);
	ocr_sim_log(w, now, k, "begin %" PRIu64 " %" PRIu64 " at %.0f", start,
	    end, known->begin_ns);
}

static void
count(struct ocr_sim_world *w, size_t k, double now)
{
	struct ocr_sim_state *s = &w->states[k];
	struct ocr_policy_state *known = &s->known;
	struct ocr_sweep_worker *mine = &w->report->workers[k];
	uint64_t n = known->end - known->start;
	double work = ocr_policy_work(&w->policy, known->end) -
		      ocr_policy_work(&w->policy, known->start);

	mine->useful_ns += now - s->launch_ns;
	mine->n_items += n;
	mine->work += work;
	if (w->setup->workers[k].is_card)
		w->report->n_card_items += n;
	known->work += work;
	known->busy_ns += now - known->begin_ns;
	w->n_done += n;
	w->seams += ocr_sim_mix(known->end) - ocr_sim_mix(known->start);
	if (n > 0 && now > w->makespan_ns)
		w->makespan_ns = now;
	if (s->launch_ns < known->begin_ns)
		ocr_trace_span(w->trace, k, "launch", (uint64_t)s->launch_ns,
		    (uint64_t)known->begin_ns, known->start, known->end);
	ocr_trace_span(w->trace, k, "work", (uint64_t)known->begin_ns,
	    (uint64_t)now, known->start, known->end);
}

void
ocr_sim_end(struct ocr_sim_world *w, size_t k, double now)
{
	struct ocr_sim_state *s = &w->states[k];
	struct ocr_sim_event e = {
	    .ns = now + w->setup->workers[k].read_ns,
	    .kind = OCR_SIM_IDLE,
	    .worker = k,
	};
	struct ocr_range chunk = {s->known.start, s->known.end};

	count(w, k, s->is_over ? s->over_ns : now);
	s->is_over = false;
	ocr_sim_log(w, now, k, "end %" PRIu64 " %" PRIu64, chunk.start,
	    chunk.end);
	s->known.is_active = false;
	w->n_active--;
	if (w->has_pool)
		ocr_policy_pool_done(&w->pool, k, chunk, now - s->launch_ns);
	if (w->has_pool || ocr_policy_steals(&w->policy))
		ocr_sim_heap_push(&w->heap, e);
}

/* A chunk from the pool.  Nobody waits for its lock. */
static void
take_chunk(struct ocr_sim_world *w, size_t k, double now)
{
	struct ocr_range chunk = ocr_policy_pool_take(&w->pool, k);
	double cost = w->setup->steal_ns * POOL_SHARE;

	if (chunk.start == chunk.end)
		return;
	w->report->workers[k].steal_ns += cost;
	ocr_sim_begin(w, k, now + cost, chunk.start, chunk.end);
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

static void
serve(struct ocr_sim_world *w, const struct ocr_sim_event *e)
{
	struct ocr_sim_state *s = &w->states[e->worker];

	switch (e->kind) {
	case OCR_SIM_IDLE:
		if (w->has_pool)
			take_chunk(w, e->worker, e->ns);
		else
			ocr_sim_try(w, e->worker, e->ns);
		break;
	case OCR_SIM_TAKE:
		ocr_sim_take(w, e);
		break;
	case OCR_SIM_READ:
		ocr_sim_read(w, e);
		break;
	case OCR_SIM_WRITE:
		ocr_sim_write(w, e);
		break;
	case OCR_SIM_END:
		if (!s->known.is_active || e->version != s->version)
			break;
		/* Nobody launches a card that a thief still writes to. */
		if (s->known.is_locked) {
			s->is_over = true;
			s->over_ns = e->ns;
		} else {
			ocr_sim_end(w, e->worker, e->ns);
		}
		break;
	}
}

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
		    .is_measured = !setup->is_cold,
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
			serve(&w, &e);
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
