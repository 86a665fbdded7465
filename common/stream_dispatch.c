/*
 * stream_dispatch.c - which worker of a stream loop gets which chunk
 *
 * Waiting chunks go to workers as the policy says.  When none waits, workers
 * that have nothing to do take from others (stream_steal.c).
 */
#include "config.h"

#include <stdatomic.h>

#include "common/io.h"
#include "common/stream_loop.h"
#include "common/team.h"
#include "common/ui.h"

#define LITTLE 8 /* a speed is known from this part of the longest chunk on */
#define MAX_OPENING 32 /* hosts, at once */

/* None of the workers that were asked for is left. */
static bool
needs_reserve(struct ocr_loop *l)
{
	const struct ocr_team *t = l->s->team;
	bool has_reserve = false;
	size_t i;

	for (i = 0; i < t->n_workers; i++) {
		if (!t->workers[i].is_reserve && !t->workers[i].is_retired)
			return false;
		has_reserve = has_reserve || t->workers[i].is_reserve;
	}
	if (has_reserve && !l->is_on_reserve && l->s->ui != NULL)
		ocr_ui_warn(l->s->ui,
		    "none of the devices is left: the CPU works on");
	l->is_on_reserve = true;
	return true;
}

/*
 * What takes long to open, a card, is opened when the run has lasted as long
 * as that takes: so a small job never waits for it, and a big one loses little.
 * Where nobody else can work it is opened at once.
 */
static bool
is_too_early(const struct ocr_worker *w, uint64_t elapsed_ns, bool has_others)
{
	return has_others && !w->is_open && elapsed_ns < w->launch_ns;
}

unsigned
ocr_loop_count_opening(const struct ocr_team *t)
{
	unsigned n = 0;
	size_t i;

	for (i = t->n_cpus; i < t->n_workers; i++)
		n += t->workers[i].is_host && t->workers[i].is_opening;
	return n;
}

/* May w have the oldest waiting chunk?  Where others are left, not who has
 * failed at it. */
static bool
is_avoided(const struct ocr_loop *l, const struct ocr_worker *w)
{
	return l->ready != NULL && ocr_job_avoids(l->ready, w) &&
	       ocr_loop_has_other(l, l->ready);
}

/* Bytes a nanosecond; 0: not known, as long as it has done little, in which
 * all the time may have been for the call. */
static double
speed(const struct ocr_loop *l, const struct ocr_worker *w)
{
	if (w->busy_ns == 0 || w->in_bytes < l->longest_bytes / LITTLE)
		return 0;
	return (double)w->in_bytes / (double)w->busy_ns;
}

/* What the policy may know of all workers now. */
void
ocr_loop_look(struct ocr_loop *l)
{
	const struct ocr_team *t = l->s->team;
	uint64_t now_ns = ocr_now_ns(), elapsed_ns = now_ns - l->start_ns;
	bool has_others = false, is_reserve_needed = l->is_on_reserve;
	/* Hundreds of launchers at once take longer than a connection may. */
	bool has_rush = ocr_loop_count_opening(t) >= MAX_OPENING;
	struct ocr_worker *w;
	unsigned n_owed;
	size_t i;

	if (l->ready != NULL)
		is_reserve_needed = needs_reserve(l);
	for (i = 0; i < t->n_workers; i++) {
		w = &t->workers[i];
		has_others = has_others || (!w->is_retired && !w->is_reserve &&
					       w->launch_ns == 0);
	}
	for (i = 0; i < t->n_workers; i++) {
		w = &t->workers[i];
		n_owed = atomic_load(&w->n_owed);
		l->views[i] = (struct ocr_stream_view){
		    .is_usable = !w->is_retired && !w->is_opening &&
				 (!w->is_reserve || is_reserve_needed) &&
				 !is_too_early(w, elapsed_ns, has_others) &&
				 !(has_rush && w->is_host && !w->is_open) &&
				 !is_avoided(l, w),
		    .is_open = w->is_open,
		    .is_card = i >= t->n_cpus && !w->is_host,
		    .is_host = w->is_host,
		    .lends =
			w->ops->lend != NULL && w->n_in_flight > w->n_twins,
		    .width = w->width,
		    .weight = w->weight,
		    .gives_back = w->ops->take_back != NULL,
		    .n_in_flight = w->n_in_flight + n_owed,
		    .depth = w->depth,
		    .launch_ns = w->launch_ns,
		    .bytes = w->in_flight_bytes + n_owed * l->s->chunk_bytes,
		    .busy_ns = now_ns > w->since_ns ? now_ns - w->since_ns : 0,
		    .bytes_per_ns = speed(l, w),
		    .turn = l->views[i].turn,
		};
	}
}

/* Worker that gets the oldest waiting chunk, or OCR_STREAM_... */
static int
choose(struct ocr_loop *l)
{
	struct ocr_stream_rest rest = {
	    .n_waiting = l->n_ready,
	    .bytes = l->ready->in->len,
	    .is_ended = l->is_read_ended,
	};
	uint64_t n_behind = l->n_read - l->ready->index;
	size_t n_jobs;

	if (!rest.is_ended) {
		n_jobs = ocr_pool_n_jobs(&l->pool);
		rest.n_ahead =
		    n_jobs > n_behind ? n_jobs - (size_t)n_behind : 0;
	}
	ocr_loop_look(l);
	return ocr_stream_choose(&l->policy, l->views, l->s->team->n_workers,
	    &rest);
}

void
ocr_loop_submit(struct ocr_loop *l, struct ocr_worker *w, struct ocr_job *job)
{
	struct ocr_chunk *in = job->in, *out = job->out;

	ocr_loop_prepare(in, out);
	job->stage = OCR_STAGE_RUN;
	job->worker = w;
	job->status = 0;
	job->n_tries++;
	job->start_ns = job->end_ns = job->sent_ns = 0;
	job->verify_ns = job->moved_bytes = 0;
	job->is_redone = job->is_unchecked = job->is_declined = false;
	job->is_unread = false;
	job->was_sent = job->is_forgotten = false;
	job->load_bytes = in->type == OCR_REF ? in->raw_len : in->len;
	if (w->n_in_flight == 0)
		w->since_ns = ocr_now_ns();
	w->n_in_flight++;
	w->n_twins += job->twin != NULL && !job->is_alone;
	w->in_flight_bytes += job->load_bytes;
	l->n_running++;
	w->ops->submit(w, job);
}

void
ocr_loop_leave_worker(struct ocr_loop *l, struct ocr_job *job)
{
	job->worker->n_in_flight--;
	job->worker->n_twins -= job->twin != NULL && !job->is_alone;
	job->worker->in_flight_bytes -= job->load_bytes;
	l->n_running--;
}

/* No worker that could take the waiting chunks will ever be free. */
static bool
is_stranded(const struct ocr_loop *l)
{
	const struct ocr_team *t = l->s->team;
	size_t i;

	for (i = 0; i < t->n_workers; i++)
		if (!t->workers[i].is_retired || t->workers[i].is_returning)
			return false;
	return l->n_running == 0;
}

int
ocr_loop_open(struct ocr_loop *l, size_t i, struct ocr_err *err)
{
	struct ocr_worker *w = &l->s->team->workers[i];
	struct ocr_worker_news news = {0};

	ocr_err_clear(err);
	if (ocr_team_open(l->s->team, i, l->s->kernel, err) >= 0)
		return 0;
	news.status = err->code;
	news.err = *err;
	ocr_loop_say_gone(l, w, &news, true);
	return err->code;
}

/* --filter-hosts=no: nothing is begun before all that were named are there. */
static bool
are_all_there(struct ocr_loop *l)
{
	struct ocr_team *t = l->s->team;
	struct ocr_err err = {0};
	bool are = true;
	size_t i;

	if (!l->s->is_strict)
		return true;
	for (i = t->n_cpus; i < t->n_workers && !l->is_stopping; i++) {
		if (!t->workers[i].is_host)
			continue;
		if (!t->workers[i].is_open &&
		    ocr_loop_count_opening(t) < MAX_OPENING &&
		    ocr_loop_open(l, i, &err) < 0)
			ocr_loop_stop(l, &err);
		are = are && t->workers[i].is_open && !t->workers[i].is_opening;
	}
	return are || l->is_stopping;
}

/* Hand out waiting chunks until no worker has room. */
static void
hand_out(struct ocr_loop *l)
{
	struct ocr_team *t = l->s->team;
	struct ocr_err last = {0};
	struct ocr_job *job;
	int i;

	/* --halt=soon: when all that was begun is over. */
	if (l->is_halting && !l->is_stopping && l->n_running > 0)
		return;
	if (l->ready != NULL && !l->is_stopping && !l->is_halting &&
	    !are_all_there(l))
		return;
	while ((job = l->ready) != NULL) {
		i = l->is_stopping || l->is_halting ? OCR_STREAM_NONE
						    : choose(l);
		if (i < 0 && !l->is_stopping && !l->is_halting &&
		    !is_stranded(l)) {
			l->is_patient = i == OCR_STREAM_LATER;
			return;
		}
		if (i >= 0 && !t->workers[i].is_open &&
		    ocr_loop_open(l, (size_t)i, &last) < 0)
			continue;
		if (i >= 0 && t->workers[i].is_opening)
			continue;
		l->ready = job->next;
		l->n_ready--;
		if (i >= 0) {
			ocr_loop_submit(l, &t->workers[i], job);
			continue;
		}
		if (!l->is_stopping && !l->is_halting) {
			ocr_err_clear(&job->err);
			ocr_err_set(&job->err, -OCR_EHOST, "no worker left%s%s",
			    last.code != 0 ? ": " : "", last.text);
			ocr_loop_stop(l, &job->err);
		}
		job->status = -OCR_ECANCEL;
		ocr_loop_finish_job(l, job);
	}
}

void
ocr_loop_dispatch(struct ocr_loop *l)
{
	l->is_patient = false;
	hand_out(l);
	if (l->ready != NULL || l->is_stopping || l->is_halting ||
	    l->n_running == 0)
		return;
	ocr_loop_steal(l);
}
