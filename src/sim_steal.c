/*
 * sim_steal.c - thieves on the virtual clock; called by sim_world.c
 *
 * A thread is robbed by one change of its word.  A card is locked, its position
 * is read (and is old by half the read when it arrives), the cut is made with it,
 * its end is written; where cuts are confirmed, one more read tells where the
 * card stopped.
 */
#include "config.h"

#include "src/sim_world.h"

#include <inttypes.h>

#include "src/sim_random.h"

/* How long launches wait for the host. */
static double
host_wait(const struct ocr_sim_world *w, size_t k, double now)
{
	return w->workers[k].is_card && w->host_ns > now ? w->host_ns - now : 0;
}

/* Nothing came of it: again after a pause, while there is anything to do. */
static void
give_up(struct ocr_sim_world *w, size_t k, double now)
{
	struct ocr_sim_state *s = &w->states[k];
	struct ocr_sim_event e = {.kind = OCR_SIM_IDLE, .worker = k};

	w->report->workers[k].steal_ns += now - s->tried_ns;
	if (w->n_active == 0 && w->n_thieves == 0)
		return;
	s->pause_ns = ocr_policy_pause(s->pause_ns);
	e.ns = now + s->pause_ns;
	ocr_sim_heap_push(&w->heap, e);
}

static void
fail(struct ocr_sim_world *w, size_t k, double now)
{
	w->n_thieves--;
	w->report->n_aborted++;
	give_up(w, k, now);
}

static void
succeed(struct ocr_sim_world *w, size_t k, size_t v, double now, uint64_t start,
    uint64_t end)
{
	struct ocr_sweep_report *r = w->report;

	w->n_thieves--;
	r->n_steals++;
	r->n_by_card += w->workers[k].is_card;
	r->n_from_card += w->workers[v].is_card;
	r->workers[k].n_stolen++;
	r->workers[v].n_lost++;
	r->workers[k].steal_ns += now - w->states[k].tried_ns;
	ocr_trace_steal(w->trace, k, (uint64_t)now, v, start, end);
	ocr_sim_log(w, now, k, "stole %" PRIu64 " %" PRIu64 " from %zu", start,
	    end, v);
	ocr_sim_begin(w, k, now, start, end);
}

/* What a thief sees of v. */
static struct ocr_policy_state
look(struct ocr_sim_world *w, size_t v, double now)
{
	struct ocr_policy_state s = w->states[v].known;

	if (s.is_active && !w->workers[v].is_card) {
		s.at = ocr_sim_item(w, v, now);
		s.next = ocr_sim_next(w, v, s.at, now);
		s.seen_ns = now;
	}
	return s;
}

void
ocr_sim_try(struct ocr_sim_world *w, size_t k, double now)
{
	struct ocr_policy_state states[OCR_POLICY_LOOKS];
	size_t victims[OCR_POLICY_LOOKS], n, i;
	struct ocr_sim_state *s = &w->states[k];
	struct ocr_choice c;
	struct ocr_sim_event e = {.worker = k};
	double t, read_ns;

	s->tried_ns = now;
	n = ocr_policy_candidates(&w->policy, k, &w->random, victims);
	for (i = 0; i < n; i++)
		states[i] = look(w, victims[i], now);
	c = ocr_policy_choose(&w->policy, k, &s->known, victims, states, n, now,
	    host_wait(w, k, now));
	t = now + (double)n * w->setup->probe_ns;
	if (c.kind == OCR_PAUSE) {
		give_up(w, k, t);
		return;
	}
	w->n_thieves++;
	e.victim = c.victim;
	e.mid = c.mid;
	if (w->workers[c.victim].is_card) {
		read_ns = w->workers[c.victim].read_ns;
		w->states[c.victim].known.is_locked = true;
		e.kind = OCR_SIM_READ;
		e.ns = t + read_ns;
		e.seen_ns = t + read_ns / 2;
	} else {
		e.kind = OCR_SIM_TAKE;
		e.ns = t + w->setup->steal_ns;
	}
	ocr_sim_heap_push(&w->heap, e);
}

void
ocr_sim_take(struct ocr_sim_world *w, const struct ocr_sim_event *e)
{
	size_t k = e->worker, v = e->victim;
	struct ocr_policy_state s = look(w, v, e->ns);

	if (!s.is_active || e->mid < s.next || e->mid >= s.end) {
		fail(w, k, e->ns);
		return;
	}
	w->states[v].known.end = e->mid;
	ocr_sim_arm(w, v);
	succeed(w, k, v, e->ns, e->mid, s.end);
}

static void
unlock(struct ocr_sim_world *w, size_t v, double now)
{
	struct ocr_sim_state *s = &w->states[v];

	s->known.is_locked = false;
	if (s->is_over)
		ocr_sim_end(w, v, now);
}

void
ocr_sim_read(struct ocr_sim_world *w, const struct ocr_sim_event *e)
{
	size_t k = e->worker, v = e->victim;
	struct ocr_sim_state *s = &w->states[v];
	struct ocr_sim_event next = *e;
	uint64_t at;

	next.kind = OCR_SIM_WRITE;
	next.ns = e->ns + w->workers[v].write_ns;
	next.mid = s->known.end;
	if (s->known.is_active && !s->is_over) {
		at = ocr_sim_item(w, v, e->seen_ns);
		ocr_policy_saw(&w->policy, &s->known, at,
		    ocr_sim_next(w, v, at, e->seen_ns), e->seen_ns);
		next.mid = ocr_policy_cut(&w->policy, k, &w->states[k].known, v,
		    &s->known, e->ns, host_wait(w, k, e->ns));
		ocr_sim_log(w, e->ns, k,
		    "read %zu at %" PRIu64 " cut %" PRIu64 " end %" PRIu64, v,
		    at, next.mid, s->known.end);
	}
	if (next.mid >= s->known.end || next.mid < s->known.next) {
		unlock(w, v, e->ns);
		fail(w, k, e->ns);
		return;
	}
	ocr_sim_heap_push(&w->heap, next);
}

/* The card goes on to its new end, or to where it had come when that arrived. */
void
ocr_sim_write(struct ocr_sim_world *w, const struct ocr_sim_event *e)
{
	size_t k = e->worker, v = e->victim;
	struct ocr_sim_state *s = &w->states[v];
	uint64_t end = s->known.end, stop = end, from = e->mid;
	double now = e->ns;

	if (!s->is_over)
		stop = ocr_sim_next(w, v, ocr_sim_item(w, v, now), now);
	if (stop < e->mid)
		stop = e->mid;
	if (w->workers[v].is_exact) {
		from = stop;
		now += w->workers[v].read_ns;
	} else {
		w->n_twice += stop - from;
		w->seams -= ocr_sim_mix(stop) - ocr_sim_mix(from);
	}
	s->known.end = stop;
	if (!s->is_over)
		ocr_sim_arm(w, v);
	if (from < end)
		succeed(w, k, v, now, from, end);
	else
		fail(w, k, now);
	unlock(w, v, e->ns);
}
