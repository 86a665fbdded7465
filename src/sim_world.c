/*
 * sim_world.c - what events do; called by sim_run.c, sim_steal.c
 */
#include "config.h"

#include "src/sim_world.h"

#include <inttypes.h>
#include <stdarg.h>

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

void
ocr_sim_serve(struct ocr_sim_world *w, const struct ocr_sim_event *e)
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
