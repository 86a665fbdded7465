/*
 * stream_back.c - a job is back from its worker: is it done, or tried again?
 *
 * Threads and cards are believed when they say that a chunk cannot be done.  A
 * host is not: another one shall confirm that.  When a host has gone, that says
 * nothing of the chunks that it had, unless it happens to one of them again and
 * again.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "common/stream_loop.h"
#include "common/team.h"
#include "common/trace.h"
#include "common/ui.h"

#define N_RETRIES 3

void
ocr_loop_distrust(struct ocr_loop *l, const struct ocr_worker *w)
{
	struct ocr_err err = {0};

	ocr_err_set(&err, -OCR_EFORMAT,
	    "%s gave a wrong result, and %" PRIu64 " others of it were not "
	    "checked (--verify)",
	    w->name, w->n_unchecked);
	ocr_loop_stop(l, &err);
}

/* Its status may be a failure; what nobody began has no times. */
static void
trace_job(const struct ocr_loop *l, const struct ocr_job *job)
{
	const struct ocr_team *t = l->s->team;

	if (job->end_ns > 0)
		ocr_trace_span(t->trace, (size_t)(job->worker - t->workers),
		    job->is_redone ? "chunk, again" : "chunk", job->start_ns,
		    job->end_ns, job->in->at, job->in->at + job->load_bytes);
}

/* Somebody is left whose word on this chunk has not been heard. */
bool
ocr_loop_has_other(const struct ocr_loop *l, const struct ocr_job *job)
{
	const struct ocr_team *t = l->s->team;
	size_t i;

	for (i = 0; i < t->n_workers; i++)
		if (!t->workers[i].is_retired &&
		    (!t->workers[i].is_reserve || l->is_on_reserve) &&
		    !ocr_job_avoids(job, &t->workers[i]))
			return true;
	return false;
}

/* An attempt has failed: what that says of the chunk, and of the worker.  What
 * a host never had it cannot have been lost with. */
static void
note_failure(struct ocr_loop *l, const struct ocr_job *attempt)
{
	struct ocr_job *job = attempt->is_copy
				  ? attempt->twin
				  : (struct ocr_job *)(uintptr_t)attempt;
	struct ocr_worker *w = attempt->worker;

	if (attempt->status == -OCR_EDEVICE && !w->is_host) {
		if (!w->is_retired && l->s->ui != NULL)
			ocr_ui_warn(l->s->ui, "%s: not used any more: %s",
			    w->name, attempt->err.text);
		w->is_retired = true;
		return;
	}
	if (!w->is_host ||
	    (attempt->status == -OCR_EDEVICE && !attempt->was_sent))
		return;
	w->n_failed++;
	job->avoid[job->n_avoid++ % OCR_JOB_AVOID] = w;
	job->n_lost += attempt->status == -OCR_EDEVICE;
}

/* A host could not do a chunk, and lives: another one has it, or will. */
static void
say_refused(const struct ocr_loop *l, const struct ocr_worker *w,
    const struct ocr_chunk *in, const struct ocr_err *err)
{
	const char *why = err->text;
	size_t n = strlen(w->name);
	char what[256];

	if (l->s->ui == NULL)
		return;
	if (strncmp(why, w->name, n) == 0 && strncmp(why + n, ": ", 2) == 0)
		why += n + 2;
	ocr_ui_warn(l->s->ui, "%s: %s failed there and goes elsewhere: %s",
	    w->name, ocr_chunk_describe(in, what, sizeof(what)), why);
}

/* The last attempt has failed.  Does the chunk get another chance? */
bool
ocr_loop_may_retry(struct ocr_loop *l, struct ocr_job *job)
{
	unsigned n_retries = l->s->n_retries;
	const struct ocr_worker *w = job->worker;
	struct ocr_err last = job->err;
	char what[256];

	if (n_retries == 0 && !l->s->has_retries)
		n_retries = N_RETRIES;
	if (job->status != -OCR_EDEVICE)
		return w->is_host && job->n_avoid <= n_retries &&
		       ocr_loop_has_other(l, job);
	if (!w->is_host || job->n_avoid <= n_retries)
		return true;
	ocr_err_clear(&job->err);
	ocr_err_set(&job->err, job->status,
	    "%s: %u worker%s lost with it, the last: %s: %.150s",
	    ocr_chunk_describe(job->in, what, sizeof(what)), job->n_avoid,
	    job->n_avoid == 1 ? " was" : "s were", w->name, last.text);
	return false;
}

/* A result that only its length speaks for: once, as it is the same for all
 * chunks of the file. */
static void
say_unread(struct ocr_loop *l, struct ocr_job *job)
{
	if (l->s->ui != NULL && !l->has_said_unread)
		ocr_ui_warn(l->s->ui,
		    "results of hosts are only checked by their length: %s",
		    job->err.text);
	l->has_said_unread = true;
	ocr_err_clear(&job->err);
}

/* The result of a chunk is its: what stats say of it. */
static void
count_job(struct ocr_loop *l, struct ocr_job *job)
{
	struct ocr_worker *w = job->worker;

	w->n_jobs++;
	w->in_bytes += job->load_bytes;
	w->busy_ns += job->end_ns - job->start_ns;
	w->verify_ns += job->verify_ns;
	w->moved_bytes += job->moved_bytes;
	w->n_redone += job->is_redone;
	w->n_unchecked += job->is_unchecked;
	w->n_declined += job->is_declined;
	if (job->is_unread && job->status == 0)
		say_unread(l, job);
	if (!job->is_redone)
		return;
	if (l->s->ui != NULL)
		ocr_ui_warn(l->s->ui, "%s: %s: done again on the CPU", w->name,
		    job->err.text);
	ocr_err_clear(&job->err);
	if (w->n_unchecked > 0)
		ocr_loop_distrust(l, w);
}

void
ocr_loop_back(struct ocr_loop *l, struct ocr_job *job)
{
	struct ocr_worker *w = job->worker;
	struct ocr_err why = job->err;
	bool is_refused;

	ocr_loop_leave_worker(l, job);
	if (job->end_ns > w->since_ns)
		w->since_ns = job->end_ns;
	/* The run is over: no word on this chunk. */
	if (w->is_host && job->status == -OCR_EDEVICE && l->is_stopping)
		job->status = -OCR_ECANCEL;
	ocr_loop_log(l, job);
	if (job->status < 0 && job->status != -OCR_ECANCEL && !l->is_stopping)
		note_failure(l, job);
	is_refused = w->is_host && job->was_sent && job->status < 0 &&
		     job->status != -OCR_EDEVICE &&
		     job->status != -OCR_ECANCEL && !l->is_stopping;
	if (job->twin != NULL) {
		if (is_refused && !job->twin->is_back) {
			say_refused(l, w, job->in, &why);
			is_refused = false;
		}
		job = ocr_loop_twin_back(l, job);
		if (job == NULL)
			return;
	}
	if (job->status < 0 && job->status != -OCR_ECANCEL && !l->is_stopping &&
	    ocr_loop_may_retry(l, job)) {
		if (is_refused)
			say_refused(l, w, job->in, &why);
		ocr_err_clear(&job->err);
		ocr_loop_wait(l, job, true);
		return;
	}
	count_job(l, job);
	trace_job(l, job);
	ocr_loop_finish_job(l, job);
}
