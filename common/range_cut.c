/*
 * range_cut.c - take items from a card that works on them
 *
 * The card's lock is held from the look at its position to the last word about
 * its new end, so that nobody else moves it and the card is not launched again.
 */
#include "config.h"

#include <math.h>

#include "common/queue.h"
#include "common/range_loop.h"
#include "common/range_word.h"
#include "common/team.h"

#define BLIND_NS 20000
#define MAX_DOUBLE 10

/* Its words cannot be used now: it may not have begun, or have just ended.
 * After each time it is left alone for longer. */
static void
close_eyes(struct ocr_range_loop *l, struct ocr_range_seat *s)
{
	OCR_PUT(s->blind_ns,
	    ocr_range_now(l) + ldexp(BLIND_NS, (int)s->n_deaf));
	s->n_deaf += s->n_deaf < MAX_DOUBLE;
}

static bool
lock_card(struct ocr_range_seat *s)
{
	uint32_t lock = OCR_LOCK_FREE;

	return atomic_compare_exchange_strong(&s->lock, &lock, OCR_LOCK_HELD);
}

void
ocr_range_unlock(struct ocr_range_loop *l, struct ocr_range_seat *s)
{
	if (atomic_exchange(&s->lock, OCR_LOCK_FREE) == OCR_LOCK_AWAITED)
		ocr_queue_push(l->team->done, &s->freed);
}

/* When it began, as far as a look at it can tell. */
static void
learn_launch(struct ocr_range_seat *s, const struct ocr_policy_state *state,
    uint64_t next, double now_ns)
{
	double age_ns = now_ns - s->launched_ns;

	if (next > state->start && age_ns < s->seen.launch_ns)
		s->seen.launch_ns = age_ns;
	else if (next == state->start && age_ns > s->seen.launch_ns)
		ocr_range_average(&s->seen.launch_ns, age_ns);
}

/* Its position, into state.  False: it did not say. */
static bool
look_at(struct ocr_range_loop *l, struct ocr_range_seat *s,
    struct ocr_policy_state *state, double *now_ns)
{
	struct ocr_worker *w = &l->team->workers[s->worker];
	double from_ns = ocr_range_now(l);
	uint64_t next = 0;
	int r = w->ops->position(w, &next);

	*now_ns = ocr_range_now(l);
	if (r < 0) {
		close_eyes(l, s);
		return false;
	}
	ocr_range_average(&s->seen.read_ns, *now_ns - from_ns);
	/* Nothing that a card says is believed blindly. */
	next = next < l->base ? 0 : next - l->base;
	if (next < state->next)
		next = state->next;
	if (next > state->end)
		next = state->end;
	learn_launch(s, state, next, *now_ns);
	ocr_policy_saw(&l->policy, state, next, next, *now_ns);
	return true;
}

/* Its end becomes mid, or wherever it is by now. */
static bool
lower_end(struct ocr_range_loop *l, struct ocr_range_seat *s,
    struct ocr_policy_state *state, uint64_t mid, struct ocr_range *taken,
    uint64_t *n_twice)
{
	struct ocr_worker *w = &l->team->workers[s->worker];
	double from_ns = ocr_range_now(l);
	uint64_t confirmed = l->base + mid, first;

	if (w->ops->cut(w, l->base + mid, &confirmed) < 0) {
		close_eyes(l, s);
		return false;
	}
	ocr_range_average(&s->seen.write_ns,
	    (ocr_range_now(l) - from_ns) / (l->sweep.is_idempotent ? 1 : 2));
	confirmed = confirmed < l->base ? 0 : confirmed - l->base;
	if (confirmed > state->end)
		confirmed = state->end;
	first = ocr_word_first_free((uint32_t)mid, (uint32_t)confirmed,
	    (uint32_t)state->end);
	if (first >= state->end)
		return false;
	*taken = (struct ocr_range){first, state->end};
	if (l->sweep.is_idempotent) {
		*n_twice = first - mid;
		taken->start = mid;
	}
	state->end = first;
	return true;
}

bool
ocr_range_cut(struct ocr_range_loop *l, size_t k, size_t v,
    struct ocr_range *taken)
{
	struct ocr_range_seat *thief = &l->seats[k], *s = &l->seats[v];
	uint64_t least = l->team->workers[thief->worker].min_items, mid;
	struct ocr_policy_state state, own;
	bool has_taken = false;
	uint64_t n_twice = 0;
	double now_ns = ocr_range_now(l);

	if (!lock_card(s))
		return false;
	own = ocr_range_state(l, k, now_ns);
	state = ocr_range_state(l, v, now_ns);
	state.is_locked = own.is_active = false;
	if (state.is_active && look_at(l, s, &state, &now_ns)) {
		mid = ocr_policy_cut(&l->policy, k, &own, v, &state, now_ns, 0);
		if (mid < state.end && state.end - mid >= least)
			has_taken =
			    lower_end(l, s, &state, mid, taken, &n_twice);
		ocr_range_publish(s, &state);
	}
	thief->n_duplicated += n_twice;
	ocr_range_unlock(l, s);
	return has_taken;
}
