/*
 * stream_dispatch.c - which worker of a stream loop gets which chunk
 *
 * Waiting chunks go to workers as the policy says.  When none waits, a worker
 * that has nothing to do may take one that another holds but has not begun; its
 * place in the order stays.
 */
#include "config.h"

#include "common/io.h"
#include "common/stream_loop.h"
#include "common/team.h"
#include "common/trace.h"
#include "common/ui.h"

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

/* What the policy may know of all workers now. */
static void
look(struct ocr_loop *l)
{
	const struct ocr_team *t = l->s->team;
	uint64_t now_ns = ocr_now_ns(), elapsed_ns = now_ns - l->start_ns;
	bool has_others = false, is_reserve_needed = l->is_on_reserve;
	const struct ocr_worker *w;
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
		l->views[i] = (struct ocr_stream_view){
		    .is_usable = !w->is_retired && !w->is_opening &&
				 (!w->is_reserve || is_reserve_needed) &&
				 !is_too_early(w, elapsed_ns, has_others),
		    .is_open = w->is_open,
		    .is_card = i >= t->n_cpus,
		    .gives_back = w->ops->take_back != NULL,
		    .n_in_flight = w->n_in_flight,
		    .depth = w->depth,
		    .launch_ns = w->launch_ns,
		    .bytes = w->in_flight_bytes,
		    .busy_ns = now_ns > w->since_ns ? now_ns - w->since_ns : 0,
		    .bytes_per_ns = w->busy_ns > 0 ? (double)w->in_bytes /
							 (double)w->busy_ns
						   : 0,
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
	look(l);
	return ocr_stream_choose(&l->policy, l->views, l->s->team->n_workers,
	    &rest);
}

static void
submit(struct ocr_loop *l, struct ocr_worker *w, struct ocr_job *job)
{
	struct ocr_chunk *in = job->in, *out = job->out;

	out->kind = in->kind;
	out->seq = in->seq;
	out->at = in->at;
	ocr_chunk_set_origin(out, in->origin);
	job->stage = OCR_STAGE_RUN;
	job->worker = w;
	job->status = 0;
	job->n_tries++;
	job->start_ns = job->end_ns = 0;
	job->verify_ns = job->moved_bytes = 0;
	job->is_redone = job->is_unchecked = job->is_declined = false;
	if (w->n_in_flight == 0)
		w->since_ns = ocr_now_ns();
	w->n_in_flight++;
	w->in_flight_bytes += in->len;
	l->n_running++;
	w->ops->submit(w, job);
}

void
ocr_loop_leave_worker(struct ocr_loop *l, struct ocr_job *job)
{
	job->worker->n_in_flight--;
	job->worker->in_flight_bytes -= job->in->len;
	l->n_running--;
}

/* No worker that could take the waiting chunks will ever be free. */
static bool
is_stranded(const struct ocr_loop *l)
{
	const struct ocr_team *t = l->s->team;
	size_t i;

	for (i = 0; i < t->n_workers; i++)
		if (!t->workers[i].is_retired)
			return false;
	return l->n_running == 0;
}

/* Hand out waiting chunks until no worker has room. */
static void
hand_out(struct ocr_loop *l)
{
	struct ocr_team *t = l->s->team;
	struct ocr_err err = {0}, last = {0};
	struct ocr_job *job;
	int i;

	while ((job = l->ready) != NULL) {
		i = l->is_stopping ? OCR_STREAM_NONE : choose(l);
		if (i < 0 && !l->is_stopping && !is_stranded(l)) {
			l->is_patient = i == OCR_STREAM_LATER;
			return;
		}
		if (i >= 0 && !t->workers[i].is_open &&
		    ocr_team_open(t, (size_t)i, l->s->kernel, &err) < 0) {
			if (l->s->ui != NULL)
				ocr_ui_warn(l->s->ui, "%s: not used: %s",
				    t->workers[i].name, err.text);
			last = err;
			ocr_err_clear(&err);
			continue;
		}
		if (i >= 0 && t->workers[i].is_opening)
			continue;
		l->ready = job->next;
		l->n_ready--;
		if (i >= 0) {
			submit(l, &t->workers[i], job);
			continue;
		}
		if (!l->is_stopping) {
			ocr_err_clear(&job->err);
			ocr_err_set(&job->err, -OCR_EHOST, "no worker left%s%s",
			    last.code != 0 ? ": " : "", last.text);
			ocr_loop_stop(l, &job->err);
		}
		job->status = -OCR_ECANCEL;
		ocr_loop_finish_job(l, job);
	}
}

/* Workers with nothing to do take from others. */
static void
steal(struct ocr_loop *l)
{
	struct ocr_team *t = l->s->team;
	struct ocr_worker *from;
	struct ocr_job *job;
	int thief, victim = 0;

	look(l);
	for (;;) {
		thief = ocr_stream_steal(&l->policy, l->views, t->n_workers,
		    &victim);
		if (thief < 0)
			break;
		from = &t->workers[victim];
		job = from->ops->take_back(from);
		if (job == NULL) {
			l->views[victim].gives_back = false;
			continue;
		}
		ocr_loop_leave_worker(l, job);
		from->n_lost++;
		t->workers[thief].n_stolen++;
		ocr_trace_steal(t->trace, (size_t)thief, ocr_now_ns(),
		    (size_t)victim, job->in->at, job->in->at + job->in->len);
		submit(l, &t->workers[thief], job);
		look(l);
	}
	l->is_patient = thief == OCR_STREAM_LATER;
}

void
ocr_loop_dispatch(struct ocr_loop *l)
{
	l->is_patient = false;
	hand_out(l);
	if (l->ready == NULL && !l->is_stopping && l->n_running > 0)
		steal(l);
}
