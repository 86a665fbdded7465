/*
 * range_card.c - the jobs of a card in a round; for its manager, range_manage.c
 *
 * The manager holds the lock of every card that is not running.
 */
#include "config.h"

#include "common/queue.h"
#include "common/range_manage.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/ui.h"

static struct ocr_worker *
worker_of(const struct ocr_range_loop *l, const struct ocr_range_seat *s)
{
	return &l->team->workers[s->worker];
}

/* With its lock, and a token. */
void
ocr_range_launch(struct ocr_range_manager *m, size_t k, struct ocr_range items)
{
	struct ocr_range_loop *l = m->l;
	struct ocr_range_seat *s = &l->seats[k];
	struct ocr_worker *w = worker_of(l, s);
	struct ocr_policy_state state = ocr_range_state(l, k, 0);

	s->launched_ns = ocr_range_now(l);
	state.is_active = true;
	state.start = state.at = state.next = items.start;
	state.end = items.end;
	state.begin_ns = s->launched_ns + s->seen.launch_ns;
	state.seen_ns = state.recent_rate = state.recent_ns = 0;
	s->job = (struct ocr_job){
	    .range = {l->base + items.start, l->base + items.end},
	    .worker = w,
	    .index = k,
	    .n_tries = 1,
	    .stage = OCR_STAGE_RUN,
	};
	s->job.in = &s->job.in_chunk;
	s->job.out = &s->job.out_chunk;
	s->n_deaf = 0;
	OCR_PUT(s->blind_ns, 0);
	s->is_running = true;
	s->is_back = false;
	w->n_in_flight++;
	m->n_running++;
	ocr_range_publish(s, &state);
	if (w->ops->submit(w, &s->job) < 0) {
		s->job.status = -OCR_EDEVICE;
		ocr_range_come_back(m, s, k);
		return;
	}
	ocr_range_unlock(l, s);
}

void
ocr_range_retire(struct ocr_range_loop *l, const struct ocr_job *job)
{
	struct ocr_worker *w = job->worker;

	if (!w->is_retired && l->opt.ui != NULL)
		ocr_ui_warn(l->opt.ui, "%s: not used any more: %s", w->name,
		    job->err.text);
	w->is_retired = true;
}

/*
 * Where a job ended.  Further than its end: items that were cut off were done
 * all the same.  Less far: it obeyed a cut that nobody had an answer to.
 */
static uint64_t
end_of_job(const struct ocr_range_loop *l, const struct ocr_range_seat *s,
    const struct ocr_policy_state *state)
{
	uint64_t end = s->job.range.end;

	end = end < l->base ? 0 : end - l->base;
	if (end < state->start)
		return state->start;
	return end < l->n ? end : l->n;
}

/*
 * What a job took besides its items, ns, as far as its worker says it: copies to
 * the card and the launch, and copies from it.  Beliefs follow.
 */
static double
learn_copies(const struct ocr_range_loop *l, struct ocr_range_seat *s,
    double now_ns)
{
	double launch_ns, finish_ns;

	if (s->job.first_ns == 0 || s->job.last_ns < s->job.first_ns)
		return s->seen.launch_ns;
	launch_ns = (double)(s->job.first_ns - l->start_ns) - s->launched_ns;
	finish_ns = now_ns - (double)(s->job.last_ns - l->start_ns);
	if (!(launch_ns >= 0 && finish_ns >= 0))
		return s->seen.launch_ns;
	ocr_range_average(&s->seen.launch_ns, launch_ns);
	ocr_range_average(&s->seen.finish_ns, finish_ns);
	return launch_ns + finish_ns;
}

/* What was found of its result, if somebody looked. */
static void
count_checks(struct ocr_range_loop *l, struct ocr_range_seat *s)
{
	struct ocr_worker *w = worker_of(l, s);

	w->verify_ns += s->job.verify_ns;
	w->n_redone += s->job.is_redone;
	w->n_unchecked += s->job.is_unchecked;
	w->n_declined += s->job.is_declined;
	if (s->job.is_redone && l->opt.ui != NULL)
		ocr_ui_warn(l->opt.ui, "%s: %s: done again on the CPU", w->name,
		    s->job.err.text);
}

/* Enter a job that has done its items up to end. */
static void
count_job(struct ocr_range_loop *l, struct ocr_range_seat *s,
    struct ocr_policy_state *state, uint64_t end, double now_ns)
{
	struct ocr_worker *w = worker_of(l, s);
	double ns = now_ns - s->launched_ns, work, copies_ns;

	work = ocr_range_work(l, state->start, end);
	if (end > state->end)
		s->n_duplicated += end - state->end;
	/* It cannot have taken longer to begin than it took. */
	if (ns < s->seen.launch_ns)
		s->seen.launch_ns = ns / 2;
	copies_ns = learn_copies(l, s, now_ns);
	state->work += work;
	state->busy_ns += ns > copies_ns ? ns - copies_ns : 0;
	s->sum.work += work;
	s->sum.n_items += end - state->start;
	s->sum.n_launches++;
	s->n_jobs++;
	s->n_job_items += end - state->start;
	w->n_jobs++;
	w->busy_ns += (uint64_t)ns;
	count_checks(l, s);
	ocr_trace_span(l->opt.trace, s->worker, "job",
	    l->start_ns + (uint64_t)s->launched_ns,
	    l->start_ns + (uint64_t)now_ns, l->base + state->start,
	    l->base + end);
}

void
ocr_range_rest(struct ocr_range_manager *m, struct ocr_range_seat *s)
{
	s->due_ns = ocr_range_now(m->l) + (double)ocr_range_pause(s);
}

/* Whatever there is for a card that has its lock; true: it is running again,
 * with a token of its own. */
bool
ocr_range_look(struct ocr_range_manager *m, struct ocr_range_seat *s, size_t k)
{
	struct ocr_range_loop *l = m->l;
	struct ocr_range items = {0, 0};
	double from_ns = ocr_range_now(l);

	if (worker_of(l, s)->is_retired || ocr_range_has_failed(l) ||
	    s->is_done) {
		s->is_done = true;
		return false;
	}
	if (l->has_chunks) {
		ocr_monitor_enter(l->chunk_lock);
		items = ocr_policy_pool_take(&l->chunks, k);
		ocr_monitor_leave(l->chunk_lock);
		s->is_done = items.start >= items.end;
		if (!s->is_done)
			ocr_range_take_token(l);
	} else if (l->is_stealing) {
		ocr_range_steal(l, k, &items);
	}
	s->sum.steal_ns += ocr_range_now(l) - from_ns;
	if (items.start >= items.end) {
		ocr_range_rest(m, s);
		return false;
	}
	s->pause_ns = 0;
	s->n_pauses = 0;
	ocr_range_launch(m, k, items);
	return true;
}

/* Its job is back, and its lock is held. */
void
ocr_range_come_back(struct ocr_range_manager *m, struct ocr_range_seat *s,
    size_t k)
{
	struct ocr_range_loop *l = m->l;
	double now_ns = ocr_range_now(l);
	struct ocr_policy_state state = ocr_range_state(l, k, now_ns);
	struct ocr_range done = {state.start, state.end}, rest = {0, 0};

	s->is_running = s->is_back = false;
	worker_of(l, s)->n_in_flight--;
	m->n_running--;
	s->sum.useful_ns += now_ns - s->launched_ns;
	s->sum.moved_bytes += s->job.moved_bytes;
	worker_of(l, s)->moved_bytes += s->job.moved_bytes;
	if (s->job.status == 0) {
		done.end = end_of_job(l, s, &state);
		rest = (struct ocr_range){done.end, state.end};
		count_job(l, s, &state, done.end, now_ns);
	} else if (s->job.status == -OCR_EDEVICE) {
		/* Nothing of a job that failed counts. */
		ocr_range_retire(l, &s->job);
		l->left[l->n_left++] = (struct ocr_range){l->base + state.start,
		    l->base + state.end};
	} else {
		ocr_err_set(&s->job.err, s->job.status, "%s failed",
		    worker_of(l, s)->name);
		ocr_range_fail(l, &s->job.err);
	}
	state.is_active = false;
	ocr_range_publish(s, &state);
	if (l->has_chunks && s->job.status == 0) {
		ocr_monitor_enter(l->chunk_lock);
		ocr_policy_pool_done(&l->chunks, k, done,
		    now_ns - s->launched_ns);
		ocr_monitor_leave(l->chunk_lock);
	}
	if (rest.start < rest.end && !ocr_range_has_failed(l)) {
		ocr_range_launch(m, k, rest);
		return;
	}
	ocr_range_look(m, s, k);
	ocr_range_give_token(l);
}
