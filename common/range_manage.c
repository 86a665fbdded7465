/*
 * range_manage.c - the calling thread looks after the cards of a round
 *
 * It waits on the queue where their jobs come back and steals for those that
 * are idle.  A job that comes back while a thief has the card's lock waits for
 * that.
 */
#include "config.h"

#include "common/queue.h"
#include "common/range_manage.h"
#include "common/team.h"
#include "common/ui.h"

/* How often the caller's flag is looked at, and cards are called back. */
#define STOP_NS 20000000
#define RECALL_NS 1000000

void
ocr_range_take_ready(struct ocr_range_loop *l, const struct ocr_job *ready)
{
	struct ocr_worker *w = ready->worker;

	w->is_opening = false;
	w->moved_bytes += ready->moved_bytes;
	if (ready->status == 0)
		return;
	w->is_retired = true;
	/* No text: has been said of another unit of that card. */
	if (l->opt.ui != NULL && ready->err.code != 0)
		ocr_ui_warn(l->opt.ui, "%s: not used: %s", w->name,
		    ready->err.text);
}

static bool
is_any_opening(const struct ocr_team *t)
{
	size_t i;

	for (i = t->n_cpus; i < t->n_workers; i++)
		if (t->workers[i].is_opening)
			return true;
	return false;
}

void
ocr_range_events(struct ocr_range_loop *l, bool wait)
{
	struct ocr_job *job;

	while (is_any_opening(l->team)) {
		job = ocr_queue_pop(l->team->done, wait ? 0 : 1);
		if (job == NULL)
			return;
		if (job->stage == OCR_STAGE_READY)
			ocr_range_take_ready(l, job);
	}
}

/* Take the lock, or be told when it is free. */
static bool
lock_or_wait(struct ocr_range_seat *s)
{
	uint32_t lock = OCR_LOCK_FREE;

	for (;;) {
		if (lock == OCR_LOCK_FREE &&
		    atomic_compare_exchange_weak(&s->lock, &lock,
			OCR_LOCK_HELD))
			return true;
		if (lock == OCR_LOCK_AWAITED ||
		    (lock == OCR_LOCK_HELD &&
			atomic_compare_exchange_weak(&s->lock, &lock,
			    OCR_LOCK_AWAITED)))
			return false;
	}
}

static void
take_event(struct ocr_range_manager *m, struct ocr_job *job)
{
	struct ocr_range_loop *l = m->l;
	struct ocr_range_seat *s;
	size_t k;

	if (job == &l->over_job) {
		m->is_over = true;
		return;
	}
	if (job->stage == OCR_STAGE_READY) {
		ocr_range_take_ready(l, job);
		return;
	}
	k = (size_t)job->index;
	s = &l->seats[k];
	s->is_back = s->is_back || job == &s->job;
	/* The freed lock may be of an earlier job. */
	if (s->is_back && lock_or_wait(s))
		ocr_range_come_back(m, s, k);
}

/* After an error: let cards end where they are. */
static void
recall(struct ocr_range_manager *m)
{
	struct ocr_range_loop *l = m->l;
	struct ocr_range_seat *s;
	struct ocr_worker *w;
	uint64_t next, confirmed;
	uint32_t lock;
	size_t k;

	for (k = l->n_seat_threads; k < l->n_seats; k++) {
		s = &l->seats[k];
		w = &l->team->workers[s->worker];
		if (!s->is_running || s->is_back)
			continue;
		if (!m->is_recalled)
			w->ops->cancel(w);
		lock = OCR_LOCK_FREE;
		if (l->workers[k].is_fixed ||
		    !atomic_compare_exchange_strong(&s->lock, &lock,
			OCR_LOCK_HELD))
			continue;
		if (w->ops->position(w, &next) == 0)
			w->ops->cut(w, next, &confirmed);
		ocr_range_unlock(l, s);
	}
	m->is_recalled = true;
}

/* How long nothing is to be done unless something comes; 0: for ever. */
static uint64_t
time_left(const struct ocr_range_manager *m)
{
	const struct ocr_range_loop *l = m->l;
	double now_ns = ocr_range_now(l), ns = 0, due_ns;
	const struct ocr_range_seat *s;
	size_t k;

	if (ocr_range_has_failed(l))
		return RECALL_NS;
	if (l->sweep.stop != NULL)
		ns = STOP_NS;
	for (k = l->n_seat_threads; l->is_stealing && k < l->n_seats; k++) {
		s = &l->seats[k];
		if (s->is_running || s->is_done)
			continue;
		due_ns = s->due_ns > now_ns + 1 ? s->due_ns - now_ns : 1;
		if (ns == 0 || due_ns < ns)
			ns = due_ns;
	}
	return (uint64_t)ns;
}

/* Steal for cards that have rested. */
static void
serve_idle(struct ocr_range_manager *m)
{
	struct ocr_range_loop *l = m->l;
	double now_ns = ocr_range_now(l);
	struct ocr_range_seat *s;
	size_t k;

	for (k = l->n_seat_threads; l->is_stealing && k < l->n_seats; k++) {
		s = &l->seats[k];
		if (!s->is_running && !s->is_done && s->due_ns <= now_ns)
			ocr_range_look(m, s, k);
	}
}

/* First jobs.  A card with a chunk to take has a token already. */
static void
launch_all(struct ocr_range_manager *m)
{
	struct ocr_range_loop *l = m->l;
	struct ocr_range items;
	size_t k;

	for (k = l->n_seat_threads; k < l->n_seats; k++) {
		items = (struct ocr_range){l->bounds[k], l->bounds[k + 1]};
		if (l->has_chunks) {
			ocr_range_look(m, &l->seats[k], k);
			ocr_range_give_token(l);
		} else if (items.start < items.end) {
			ocr_range_launch(m, k, items);
		} else {
			ocr_range_rest(m, &l->seats[k]);
		}
	}
}

void
ocr_range_manage(struct ocr_range_loop *l)
{
	struct ocr_range_manager m = {.l = l};
	struct ocr_job *job;

	launch_all(&m);
	while (!m.is_over || m.n_running > 0) {
		job = ocr_queue_pop(l->team->done, time_left(&m));
		if (job != NULL)
			take_event(&m, job);
		if (!ocr_range_has_failed(l))
			ocr_range_is_stopped(l);
		if (ocr_range_has_failed(l))
			recall(&m);
		else if (!m.is_over)
			serve_idle(&m);
	}
}
