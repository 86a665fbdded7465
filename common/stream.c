/*
 * stream.c - the threads of a stream loop
 *
 * A reader calls the source, a writer calls the sink, the calling thread is
 * between them (stream_loop.c).  Without a kernel there is no thread at all.
 */
#include "config.h"

#include "common/stream.h"

#include "common/meter.h"
#include "common/stream_loop.h"
#include "common/team.h"
#include "common/thread.h"

/* As if nobody had ever had it. */
static void
prepare_job(const struct ocr_stream *s, struct ocr_job *job)
{
	job->n_lost = job->n_avoid = 0;
	job->twin = NULL;
	job->is_copy = job->is_back = job->is_recalled = false;
	if (job->in->kind != OCR_CHUNK_DATA || job->in->type == OCR_ERROR)
		return;
	job->status = ocr_loop_recall(s, job);
	job->is_recalled = job->status != 0;
	if (job->status > 0)
		job->status = 0;
}

/* The reader: source to queue, with credit. */
static void
reader_main(void *arg)
{
	struct ocr_loop *l = arg;
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
		job->stage = OCR_STAGE_READ;
		prepare_job(l->s, job);
		ocr_queue_push(l->events, job);
	}
	end->status = r;
	end->stage = OCR_STAGE_READ_END;
	ocr_queue_push(l->events, end);
}

/* The writer: what is in order goes to the sink, credit goes back. */
static void
writer_main(void *arg)
{
	struct ocr_loop *l = arg;
	struct ocr_job *job;
	int r = 0;

	while ((job = ocr_queue_pop(l->to_writer, 0)) != &l->write_end) {
		if (r == 0) {
			r = l->s->sink->put(l->s->sink, job,
			    &l->write_fail.err);
			if (r < 0) {
				l->write_fail.status = r;
				l->write_fail.stage = OCR_STAGE_WRITE_END;
				ocr_queue_push(l->events, &l->write_fail);
			} else if (l->s->meter != NULL) {
				ocr_meter_written(l->s->meter, job->in);
			}
		}
		ocr_pool_put(&l->pool, job);
	}
}

static int
run_threads(struct ocr_stream *s, struct ocr_err *err)
{
	struct ocr_thread *reader = NULL, *writer = NULL;
	struct ocr_job *job;
	struct ocr_loop l;
	int r;

	if (s->team->kernel != s->kernel)
		ocr_team_close(s->team);
	r = ocr_loop_init(&l, s, err);
	if (r < 0)
		goto out;
	r = ocr_thread_start(&writer, writer_main, &l, err);
	if (r < 0)
		goto out;
	s->source->cancel_fd = l.cancel_fd;
	r = ocr_thread_start(&reader, reader_main, &l, err);
	if (r == 0) {
		ocr_loop_turn(&l);
		ocr_thread_join(reader);
	}
	l.write_end.stage = OCR_STAGE_WRITE_END;
	ocr_queue_push(l.to_writer, &l.write_end);
	ocr_thread_join(writer);
	s->source->cancel_fd = -1;
	/* The writer may have failed on the very last job, or a worker have
	 * become ready, when nobody looked at the queue any more. */
	while ((job = ocr_queue_pop(l.events, 1)) != NULL)
		if (job->stage == OCR_STAGE_READY)
			ocr_loop_ready(&l, job);
	if (r == 0 && l.write_fail.status < 0 && l.err.code == 0)
		l.err = l.write_fail.err;
	if (r == 0 && l.err.code != 0)
		r = ocr_err_set(err, l.err.code, "%s", l.err.text);
out:
	ocr_loop_release(&l);
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
