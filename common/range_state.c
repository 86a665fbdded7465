/*
 * range_state.c - what the workers of a round know of each other, and its end
 */
#include "config.h"

#include <math.h>

#include "common/io.h"
#include "common/queue.h"
#include "common/range_loop.h"
#include "common/range_word.h"
#include "common/team.h"
#include "common/thread.h"

/* A thread that has been asleep comes after so long, more or less. */
#define WAKE_NS 50000
/* A new latency counts so much beside what was believed. */
#define NEW_SHARE 8
/* Whoever has looked in vain for long looks less often. */
#define PATIENT_LOOKS 16
#define MAX_PAUSE_NS 1000000

#define OCR_GET(field) atomic_load_explicit(&(field), memory_order_relaxed)
#define OCR_PUT(field, value)                                                  \
	atomic_store_explicit(&(field), value, memory_order_relaxed)

double
ocr_range_now(const struct ocr_range_loop *l)
{
	return (double)(ocr_now_ns() - l->start_ns);
}

double
ocr_range_work(const struct ocr_range_loop *l, uint64_t start, uint64_t end)
{
	return ocr_policy_work(&l->policy, end) -
	       ocr_policy_work(&l->policy, start);
}

static uint64_t
clamp(uint64_t i, uint64_t lo, uint64_t hi)
{
	if (i < lo)
		return lo;
	return i < hi ? i : hi;
}

/* The word decides what a thread has; the rest is brought in line with it. */
static void
thread_state(const struct ocr_range_loop *l, size_t k, double now_ns,
    struct ocr_policy_state *s)
{
	const struct ocr_range_seat *seat = &l->seats[k];
	uint64_t word = OCR_GET(seat->word);

	s->is_active = !ocr_word_is_empty(word);
	s->end = ocr_word_end(word);
	s->next = ocr_word_start(word);
	if (OCR_GET(seat->token) == OCR_TOKEN_WAITS) {
		/* The longer nobody has seen it, the longer it may take. */
		s->start = s->at = s->next;
		s->begin_ns = now_ns + fmax(WAKE_NS - now_ns, now_ns);
		s->seen_ns = 0;
		return;
	}
	s->start = clamp(s->start, 0, s->next);
	s->at = clamp(s->at, s->start, s->next);
	s->begin_ns = fmin(s->begin_ns, now_ns);
	s->seen_ns = now_ns;
}

struct ocr_policy_state
ocr_range_state(const struct ocr_range_loop *l, size_t k, double now_ns)
{
	const struct ocr_range_seat *seat = &l->seats[k];
	const struct ocr_range_view *v = &seat->view;
	struct ocr_policy_state s = {
	    .is_active = OCR_GET(v->is_active),
	    .start = OCR_GET(v->start),
	    .end = OCR_GET(v->end),
	    .at = OCR_GET(v->at),
	    .next = OCR_GET(v->next),
	    .seen_ns = OCR_GET(v->seen_ns),
	    .begin_ns = OCR_GET(v->begin_ns),
	    .recent_rate = OCR_GET(v->recent_rate),
	    .recent_ns = OCR_GET(v->recent_ns),
	    .work = OCR_GET(v->work),
	    .busy_ns = OCR_GET(v->busy_ns),
	};

	if (k < l->n_seat_threads) {
		thread_state(l, k, now_ns, &s);
		return s;
	}
	s.is_locked = OCR_GET(seat->lock) != OCR_LOCK_FREE ||
		      OCR_GET(seat->blind_ns) > now_ns;
	s.end = clamp(s.end, 0, l->n);
	s.start = clamp(s.start, 0, s.end);
	s.next = clamp(s.next, s.start, s.end);
	s.at = clamp(s.at, s.start, s.next);
	return s;
}

void
ocr_range_publish(struct ocr_range_seat *seat, const struct ocr_policy_state *s)
{
	struct ocr_range_view *v = &seat->view;

	OCR_PUT(v->is_active, s->is_active);
	OCR_PUT(v->start, s->start);
	OCR_PUT(v->end, s->end);
	OCR_PUT(v->at, s->at);
	OCR_PUT(v->next, s->next);
	OCR_PUT(v->seen_ns, s->seen_ns);
	OCR_PUT(v->begin_ns, s->begin_ns);
	OCR_PUT(v->recent_rate, s->recent_rate);
	OCR_PUT(v->recent_ns, s->recent_ns);
	OCR_PUT(v->work, s->work);
	OCR_PUT(v->busy_ns, s->busy_ns);
}

uint64_t
ocr_range_pause(struct ocr_range_seat *s)
{
	double ns;

	s->pause_ns = ocr_policy_pause(s->pause_ns);
	ns = s->pause_ns * (1 + s->n_pauses++ / PATIENT_LOOKS);
	return ns < MAX_PAUSE_NS ? (uint64_t)ns : MAX_PAUSE_NS;
}

void
ocr_range_average(double *believed, double seen)
{
	*believed += (seen - *believed) / NEW_SHARE;
}

void
ocr_range_take_token(struct ocr_range_loop *l)
{
	atomic_fetch_add(&l->n_tokens, 1);
}

/* The round is over, or must be: everybody comes home. */
static void
end_round(struct ocr_range_loop *l)
{
	if (atomic_exchange(&l->is_over, 1) != 0)
		return;
	if (l->has_manager)
		ocr_queue_push(l->team->done, &l->over_job);
	else if (atomic_load(&l->is_caller_asleep) != 0)
		ocr_futex_wake(&l->is_over);
}

void
ocr_range_give_token(struct ocr_range_loop *l)
{
	if (atomic_fetch_sub(&l->n_tokens, 1) == 1)
		end_round(l);
}

bool
ocr_range_is_over(const struct ocr_range_loop *l)
{
	return OCR_GET(l->is_over) != 0;
}

bool
ocr_range_has_failed(const struct ocr_range_loop *l)
{
	return OCR_GET(l->has_failed) != 0;
}

void
ocr_range_fail(struct ocr_range_loop *l, const struct ocr_err *err)
{
	if (atomic_exchange(&l->has_failed, 1) == 0)
		l->err = *err;
	end_round(l);
}

bool
ocr_range_is_stopped(struct ocr_range_loop *l)
{
	struct ocr_err err = {0};

	if (l->sweep.stop == NULL ||
	    __atomic_load_n(l->sweep.stop, __ATOMIC_RELAXED) == 0)
		return false;
	ocr_err_set(&err, -OCR_ECANCEL, "stopped");
	ocr_range_fail(l, &err);
	return true;
}
