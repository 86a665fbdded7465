/*
 * stream_loop.c - what the calling thread of a stream loop does
 *
 * It waits on the completion queue alone.  What comes in is a chunk from the
 * reader, a finished job from a worker, or the last word of the reader or the
 * writer.  After each it hands waiting chunks to workers (policy), puts
 * finished ones in order and passes what is next to the writer.
 *
 * Ending: the reader says that no more will come; when all that it brought has
 * gone to the writer, the turn is over.  Failing: the first error stops the
 * reader, cancels what workers have not begun, and everything that is still
 * under way is drained into the writer, which by then only gives the jobs back.
 */
#include "config.h"

#include "common/stream_loop.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/io.h"
#include "common/meter.h"
#include "common/team.h"
#include "common/ui.h"

#define TICK_NS 100000000
#define LOOK_NS 10000000 /* for workers that are later than was thought */
#define MIXED_JOBS 64

static void
stop_reader(struct ocr_loop *l)
{
	uint64_t one = 1;

	ocr_pool_stop(&l->pool);
	if (write(l->cancel_fd, &one, sizeof(one)) < 0) {
		/* An eventfd takes a first write always. */
	}
}

void
ocr_loop_stop(struct ocr_loop *l, const struct ocr_err *err)
{
	size_t i;

	if (l->is_stopping)
		return;
	l->is_stopping = true;
	/* What follows from an end that was decided before is no reason. */
	if (!l->is_halting)
		l->err = *err;
	stop_reader(l);
	for (i = 0; i < l->s->team->n_workers; i++)
		if (l->s->team->workers[i].is_open)
			l->s->team->workers[i].ops->cancel(
			    &l->s->team->workers[i]);
}

/* A chunk has failed for good: --halt. */
static void
count_failed(struct ocr_loop *l)
{
	const struct ocr_stream *s = l->s;
	uint64_t most = s->halt_fails > 0 ? s->halt_fails : 1;
	struct ocr_err err = {0};

	if (++l->n_failed != most || s->halt == OCR_HALT_NEVER ||
	    l->is_stopping)
		return;
	ocr_err_set(&err, -OCR_EFORMAT, "%" PRIu64 " chunk%s failed (--halt)",
	    most, most == 1 ? " has" : "s have");
	if (s->halt == OCR_HALT_NOW) {
		ocr_loop_stop(l, &err);
		return;
	}
	l->is_halting = true;
	if (l->err.code == 0)
		l->err = err;
	stop_reader(l);
}

void
ocr_loop_finish_job(struct ocr_loop *l, struct ocr_job *job)
{
	if (job->status < 0 && job->status != -OCR_ECANCEL)
		count_failed(l);
	if (l->s->is_unordered) {
		l->next_out++;
		ocr_queue_push(l->to_writer, job);
		return;
	}
	l->order[job->index % l->n_order] = job;
	for (;;) {
		job = l->order[l->next_out % l->n_order];
		if (job == NULL)
			return;
		l->order[l->next_out % l->n_order] = NULL;
		l->next_out++;
		ocr_queue_push(l->to_writer, job);
	}
}

void
ocr_loop_wait(struct ocr_loop *l, struct ocr_job *job, bool is_first)
{
	job->next = NULL;
	if (l->ready == NULL) {
		l->ready = l->ready_last = job;
	} else if (is_first) {
		job->next = l->ready;
		l->ready = job;
	} else {
		l->ready_last->next = job;
		l->ready_last = job;
	}
	l->n_ready++;
}

/* Chunks that say something instead of being worked on. */
static bool
passes_by(const struct ocr_chunk *c)
{
	return c->kind != OCR_CHUNK_DATA || c->type == OCR_ERROR;
}

static void
loop_event(struct ocr_loop *l, struct ocr_job *job)
{
	switch (job->stage) {
	case OCR_STAGE_READ:
		l->n_read++;
		if (job->in->len > l->longest_bytes)
			l->longest_bytes = job->in->len;
		if (job->is_recalled) {
			ocr_loop_finish_job(l, job);
			break;
		}
		if (!passes_by(job->in)) {
			ocr_loop_wait(l, job, false);
			break;
		}
		job->out = job->in;
		job->status = ocr_chunk_load(job->in, &job->err);
		ocr_loop_finish_job(l, job);
		break;
	case OCR_STAGE_RUN:
		ocr_loop_back(l, job);
		break;
	case OCR_STAGE_READY:
		ocr_loop_ready(l, job);
		break;
	case OCR_STAGE_READ_END:
		l->is_read_ended = true;
		/* What was read before the failure is still worked on. */
		if (job->status < 0 && job->status != -OCR_ECANCEL &&
		    l->err.code == 0)
			l->err = job->err;
		break;
	case OCR_STAGE_WRITE_END:
		ocr_loop_stop(l, &job->err);
		break;
	}
}

void
ocr_loop_turn(struct ocr_loop *l)
{
	struct ocr_meter *meter = l->s->meter;
	struct ocr_job *job;
	uint64_t wait_ns;

	while (!l->is_read_ended || l->next_out < l->n_read) {
		wait_ns = meter != NULL && meter->is_bar ? TICK_NS : 0;
		if (l->is_patient)
			wait_ns = LOOK_NS;
		job = ocr_queue_pop(l->events, wait_ns);
		if (meter != NULL)
			ocr_meter_tick(meter);
		if (job != NULL)
			loop_event(l, job);
		if (job != NULL || l->is_patient)
			ocr_loop_dispatch(l);
	}
}

/* Threads and cards together differ in speed, and so may any two hosts. */
static bool
is_mixed(const struct ocr_team *t)
{
	if (t->n_workers - t->n_cpus > 1 &&
	    t->workers[t->n_workers - 1].is_host)
		return true;
	return t->n_cpus > 0 && t->n_workers > t->n_cpus &&
	       !t->workers[0].is_reserve;
}

int
ocr_loop_init(struct ocr_loop *l, const struct ocr_stream *s,
    struct ocr_err *err)
{
	size_t i, depth = 0, n_jobs, job_bytes;
	struct ocr_chunk usual = {.raw_len = s->chunk_bytes};
	uint64_t limit = s->memory_bytes;

	*l = (struct ocr_loop){.s = s,
	    .cancel_fd = -1,
	    .start_ns = ocr_now_ns()};
	ocr_stream_policy_init(&l->policy, &s->team->schedule);
	for (i = 0; i < s->team->n_workers; i++)
		depth += s->team->workers[i].depth;
	job_bytes = s->chunk_bytes +
		    s->kernel->out_bytes(s->kernel, &usual, s->chunk_bytes);
	n_jobs = 2 * depth;
	l->depth = depth;
	l->job_bytes = job_bytes;
	/* Results leave in order: while a slow worker has the oldest chunk, the
	 * fast ones go on as long as there is credit. */
	if (is_mixed(s->team) && n_jobs < MIXED_JOBS)
		n_jobs = MIXED_JOBS;
	if (limit == 0)
		limit = ocr_loop_memory(l, n_jobs);
	/* Chunks may be smaller than usual: then more of them fit. */
	l->n_order = 4 * n_jobs + 8;
	l->events = s->team->done;
	l->to_writer = ocr_queue_new();
	l->views = calloc(s->team->n_workers, sizeof(*l->views));
	l->order = calloc(l->n_order, sizeof(struct ocr_job *));
	if (l->to_writer == NULL || l->views == NULL || l->order == NULL)
		return ocr_err_nomem(err);
	l->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->cancel_fd < 0)
		return ocr_err_sys(err, "cannot make an eventfd");
	return ocr_pool_init(&l->pool, s->kernel, l->n_order, limit,
	    s->memory_bytes != 0, err);
}

void
ocr_loop_release(struct ocr_loop *l)
{
	if (l->pool.monitor != NULL)
		ocr_pool_release(&l->pool);
	if (l->cancel_fd >= 0)
		close(l->cancel_fd);
	ocr_queue_free(l->to_writer);
	free(l->views);
	free(l->order);
}
