/*
 * stream.c - the stream loop
 *
 * The calling thread waits on the completion queue alone.  What comes in is
 * a chunk from the reader, a finished job from a worker, or the last word of
 * the reader or the writer.  After each it hands waiting chunks to workers
 * (policy), puts finished ones in order and passes what is next to the writer.
 *
 * Ending: the reader says that no more will come; when all that it brought has
 * gone to the writer, the writer is told to end.  Failing: the first error
 * stops the reader, cancels what workers have not begun, and everything that
 * is still under way is drained into the writer, which by then only gives the
 * jobs back.
 */
#include "config.h"

#include "common/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/io.h"
#include "common/meter.h"
#include "common/pool.h"
#include "common/queue.h"
#include "common/team.h"
#include "common/thread.h"
#include "common/ui.h"

#define TICK_NS 100000000

enum stage {
	STAGE_READ = 0,  /* fresh from the reader */
	STAGE_RUN,       /* on a worker */
	STAGE_READ_END,  /* the reader's last word, status = why */
	STAGE_WRITE_END, /* the writer's, when it failed; ours, to end it */
};

struct loop {
	const struct ocr_stream *s;
	const struct ocr_policy *policy;
	struct ocr_pool pool;
	struct ocr_queue *events; /* team->done */
	struct ocr_queue *to_writer;
	int cancel_fd;
	struct ocr_job read_end, write_fail, write_end; /* queue nodes */

	/* owner: the loop's thread */
	struct ocr_policy_view *views;
	struct ocr_job *ready, *ready_last; /* chunks that no worker has */
	size_t n_ready, n_running;
	struct ocr_job **order; /* ring of max_jobs: finished, by index */
	size_t n_order;
	uint64_t n_read, next_out;
	bool is_read_ended, is_stopping;
	struct ocr_err err; /* the first one */
};

/* The reader: source to queue, with credit. */
static void
reader_main(void *arg)
{
	struct loop *l = arg;
	struct ocr_job *job, *end = &l->read_end;
	struct ocr_meter *meter = l->s->meter;
	uint64_t index = 0;
	int r;

	for (;;) {
		r = ocr_pool_get(&l->pool, &job, &end->err);
		if (r < 0)
			break;
		r = l->s->source->next(l->s->source, job->in, &end->err);
		if (r <= 0) {
			ocr_pool_put(&l->pool, job);
			break;
		}
		if (meter != NULL)
			ocr_meter_read(meter, job->in);
		job->index = index++;
		job->stage = STAGE_READ;
		ocr_queue_push(l->events, job);
	}
	end->status = r;
	end->stage = STAGE_READ_END;
	ocr_queue_push(l->events, end);
}

/* The writer: what is in order goes to the sink, credit goes back. */
static void
writer_main(void *arg)
{
	struct loop *l = arg;
	struct ocr_job *job;
	int r = 0;

	while ((job = ocr_queue_pop(l->to_writer, 0)) != &l->write_end) {
		if (r == 0) {
			r = l->s->sink->put(l->s->sink, job,
			    &l->write_fail.err);
			if (r < 0) {
				l->write_fail.status = r;
				l->write_fail.stage = STAGE_WRITE_END;
				ocr_queue_push(l->events, &l->write_fail);
			} else if (l->s->meter != NULL) {
				ocr_meter_written(l->s->meter, job->in);
			}
		}
		ocr_pool_put(&l->pool, job);
	}
}

/* First error wins; then nothing new is begun. */
static void
loop_stop(struct loop *l, const struct ocr_err *err)
{
	uint64_t one = 1;
	size_t i;

	if (l->is_stopping)
		return;
	l->is_stopping = true;
	l->err = *err;
	ocr_pool_stop(&l->pool);
	if (write(l->cancel_fd, &one, sizeof(one)) < 0) {
		/* An eventfd takes a first write always. */
	}
	for (i = 0; i < l->s->team->n_workers; i++)
		if (l->s->team->workers[i].is_open)
			l->s->team->workers[i].ops->cancel(
			    &l->s->team->workers[i]);
}

static void
loop_finish_job(struct loop *l, struct ocr_job *job)
{
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

static void
loop_wait_for_worker(struct loop *l, struct ocr_job *job, bool is_first)
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

static int
loop_choose(struct loop *l)
{
	const struct ocr_team *t = l->s->team;
	size_t i;

	for (i = 0; i < t->n_workers; i++) {
		const struct ocr_worker *w = &t->workers[i];

		l->views[i] = (struct ocr_policy_view){
		    .is_usable = !w->is_retired,
		    .is_open = w->is_open,
		    .n_in_flight = w->n_in_flight,
		    .depth = w->depth,
		    .launch_ns = w->launch_ns,
		    .bytes_per_ns = w->busy_ns > 0 ? (double)w->in_bytes /
							 (double)w->busy_ns
						   : 0,
		};
	}
	return l->policy->choose(l->views, t->n_workers, l->n_ready);
}

static void
loop_submit(struct loop *l, struct ocr_worker *w, struct ocr_job *job)
{
	struct ocr_chunk *in = job->in, *out = job->out;

	out->kind = in->kind;
	out->seq = in->seq;
	out->at = in->at;
	ocr_chunk_set_origin(out, in->origin);
	job->stage = STAGE_RUN;
	job->worker = w;
	job->status = 0;
	job->n_tries++;
	w->n_in_flight++;
	l->n_running++;
	w->ops->submit(w, job);
}

/* No worker that could take the waiting chunks will ever be free. */
static bool
loop_is_stranded(const struct loop *l)
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
loop_dispatch(struct loop *l)
{
	struct ocr_team *t = l->s->team;
	struct ocr_err err = {0};
	struct ocr_job *job;
	int i;

	while ((job = l->ready) != NULL) {
		if (l->is_stopping) {
			i = -1;
		} else {
			i = loop_choose(l);
			if (i < 0 && !loop_is_stranded(l))
				return;
		}
		if (i >= 0 && !t->workers[i].is_open &&
		    ocr_team_open(t, (size_t)i, l->s->kernel, &err) < 0) {
			if (l->s->ui != NULL)
				ocr_ui_warn(l->s->ui, "%s: not used: %s",
				    t->workers[i].name, err.text);
			continue;
		}
		l->ready = job->next;
		l->n_ready--;
		if (i >= 0) {
			loop_submit(l, &t->workers[i], job);
			continue;
		}
		if (!l->is_stopping) {
			ocr_err_clear(&job->err);
			ocr_err_set(&job->err, -OCR_EHOST, "no worker left%s%s",
			    err.code != 0 ? ": " : "", err.text);
			loop_stop(l, &job->err);
		}
		job->status = -OCR_ECANCEL;
		loop_finish_job(l, job);
	}
}

/* A job is back from its worker. */
static void
loop_take_back(struct loop *l, struct ocr_job *job)
{
	struct ocr_worker *w = job->worker;

	w->n_in_flight--;
	l->n_running--;
	if (job->status == -OCR_EDEVICE && !l->is_stopping) {
		w->is_retired = true;
		if (l->s->ui != NULL)
			ocr_ui_warn(l->s->ui, "%s: not used any more: %s",
			    w->name, job->err.text);
		ocr_err_clear(&job->err);
		loop_wait_for_worker(l, job, true);
		return;
	}
	w->n_jobs++;
	w->in_bytes += job->in->len;
	w->busy_ns += job->end_ns - job->start_ns;
	loop_finish_job(l, job);
}

/* Chunks that say something instead of being worked on. */
static bool
passes_by(const struct ocr_chunk *c)
{
	return c->kind != OCR_CHUNK_DATA || c->type == OCR_ERROR;
}

static void
loop_event(struct loop *l, struct ocr_job *job)
{
	switch ((enum stage)job->stage) {
	case STAGE_READ:
		l->n_read++;
		if (!passes_by(job->in)) {
			loop_wait_for_worker(l, job, false);
			break;
		}
		job->out = job->in;
		job->status = ocr_chunk_load(job->in, &job->err);
		loop_finish_job(l, job);
		break;
	case STAGE_RUN:
		loop_take_back(l, job);
		break;
	case STAGE_READ_END:
		l->is_read_ended = true;
		/* What was read before the failure is still worked on. */
		if (job->status < 0 && job->status != -OCR_ECANCEL &&
		    l->err.code == 0)
			l->err = job->err;
		break;
	case STAGE_WRITE_END:
		loop_stop(l, &job->err);
		break;
	}
}

static void
loop_turn(struct loop *l)
{
	struct ocr_meter *meter = l->s->meter;
	struct ocr_job *job;

	while (!l->is_read_ended || l->next_out < l->n_read) {
		job = ocr_queue_pop(l->events,
		    meter != NULL && meter->is_bar ? TICK_NS : 0);
		if (meter != NULL)
			ocr_meter_tick(meter);
		if (job == NULL)
			continue;
		loop_event(l, job);
		loop_dispatch(l);
	}
}

static int
loop_init(struct loop *l, const struct ocr_stream *s, struct ocr_err *err)
{
	size_t i, depth = 0, job_bytes;
	struct ocr_chunk usual = {.raw_len = s->chunk_bytes};
	uint64_t limit = s->memory_bytes;

	*l = (struct loop){.s = s, .policy = s->policy, .cancel_fd = -1};
	if (l->policy == NULL)
		l->policy = &ocr_policy_dynamic;
	for (i = 0; i < s->team->n_workers; i++)
		depth += s->team->workers[i].depth;
	job_bytes = s->chunk_bytes +
		    s->kernel->out_bytes(s->kernel, &usual, s->chunk_bytes);
	if (limit == 0)
		limit = 2 * depth * (uint64_t)job_bytes;
	/* Chunks may be smaller than usual: then more of them fit. */
	l->n_order = 8 * depth + 8;
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

static void
loop_release(struct loop *l)
{
	if (l->pool.monitor != NULL)
		ocr_pool_release(&l->pool);
	if (l->cancel_fd >= 0)
		close(l->cancel_fd);
	ocr_queue_free(l->to_writer);
	free(l->views);
	free(l->order);
}

static int
run_threads(struct ocr_stream *s, struct ocr_err *err)
{
	struct ocr_thread *reader = NULL, *writer = NULL;
	struct loop l;
	int r;

	if (s->team->kernel != s->kernel)
		ocr_team_close(s->team);
	r = loop_init(&l, s, err);
	if (r < 0)
		goto out;
	r = ocr_thread_start(&writer, writer_main, &l, err);
	if (r < 0)
		goto out;
	s->source->cancel_fd = l.cancel_fd;
	r = ocr_thread_start(&reader, reader_main, &l, err);
	if (r == 0) {
		loop_turn(&l);
		ocr_thread_join(reader);
	}
	l.write_end.stage = STAGE_WRITE_END;
	ocr_queue_push(l.to_writer, &l.write_end);
	ocr_thread_join(writer);
	s->source->cancel_fd = -1;
	/* The writer may have failed on the very last job, when nobody looked
	 * at the queue any more. */
	while (ocr_queue_pop(l.events, 1) != NULL)
		continue;
	if (r == 0 && l.write_fail.status < 0 && l.err.code == 0)
		l.err = l.write_fail.err;
	if (r == 0 && l.err.code != 0)
		r = ocr_err_set(err, l.err.code, "%s", l.err.text);
out:
	loop_release(&l);
	return r;
}

/* Without a kernel there is nothing to spread: source to sink, one job. */
static int
run_inline(struct ocr_stream *s, struct ocr_err *err)
{
	struct ocr_pool pool;
	struct ocr_job *job;
	int r;

	r = ocr_pool_init(&pool, NULL, 1, s->memory_bytes, s->memory_bytes != 0,
	    err);
	while (r == 0) {
		r = ocr_pool_get(&pool, &job, err);
		if (r < 0)
			break;
		job->out = job->in;
		r = s->source->next(s->source, job->in, err);
		if (r > 0) {
			if (s->meter != NULL)
				ocr_meter_read(s->meter, job->in);
			r = s->sink->put(s->sink, job, err);
			if (r == 0 && s->meter != NULL) {
				ocr_meter_written(s->meter, job->in);
				ocr_meter_tick(s->meter);
			}
		} else if (r == 0) {
			r = 1;
		}
		ocr_pool_put(&pool, job);
	}
	if (pool.monitor != NULL)
		ocr_pool_release(&pool);
	return r < 0 ? r : 0;
}

int
ocr_stream_run(struct ocr_stream *s, struct ocr_err *err)
{
	return s->kernel != NULL ? run_threads(s, err) : run_inline(s, err);
}
