/*
 * stream_twin.c - a second copy of a chunk that a host takes long for
 *
 * Near the end, or where the reader waits for memory that chunks behind a slow
 * one hold, a worker with nothing to do works on a chunk that is on a host
 * already.  The first right answer counts.  The copy is a job of its own with an
 * output of its own; the input is that of the chunk, so the chunk is not over
 * before both are back: a host is told to forget it, a thread ends its chunk.
 * Where one of them comes to nothing, and the other takes long as well, it is made
 * again.
 *
 * Whatever comes second has to be the same.  Where it is not, one of the two is
 * wrong, nobody can say which, and the run ends.
 */
#include "config.h"

#include "common/io.h"
#include "common/stream_loop.h"
#include "common/team.h"

struct ocr_job *
ocr_loop_twin(struct ocr_loop *l, struct ocr_job *job)
{
	struct ocr_job *copy = ocr_pool_copy(&l->pool, job);

	if (copy == NULL)
		return NULL; /* then it takes as long as it takes */
	copy->index = job->index;
	copy->n_lost = job->n_lost;
	copy->is_copy = true;
	copy->twin = job;
	job->twin = copy;
	return copy;
}

struct ocr_job *
ocr_loop_twin_again(struct ocr_job *copy)
{
	struct ocr_job *job = copy->twin;

	copy->is_alone = false;
	job->is_back = false;
	ocr_err_clear(&job->err);
	return job;
}

/* There is nothing to wait for: a right answer, or the word of somebody who is
 * believed that there is none. */
static bool
is_decided(const struct ocr_job *job)
{
	return job->status == 0 ||
	       (!job->worker->is_host && job->status != -OCR_EDEVICE &&
		   job->status != -OCR_ECANCEL);
}

static bool
is_same(const struct ocr_chunk *a, const struct ocr_chunk *b)
{
	return !a->has_raw || !b->has_raw ||
	       (a->raw_len == b->raw_len && a->raw_crc == b->raw_crc);
}

static void
set_differ(struct ocr_err *err, const struct ocr_chunk *in, const char *one,
    const char *other)
{
	char what[256];

	ocr_err_set(err, -OCR_EFORMAT,
	    "%s: %.90s and %.90s give different results",
	    ocr_chunk_describe(in, what, sizeof(what)), one, other);
}

/* The buffers change places; room and origin are the same. */
static void
swap_outputs(struct ocr_chunk *a, struct ocr_chunk *b)
{
	struct ocr_chunk old = *a;

	*a = *b;
	*b = old;
}

/* All that the attempt was becomes the chunk's. */
static void
take_over(struct ocr_job *job, struct ocr_job *copy)
{
	swap_outputs(job->out, copy->out);
	job->worker = copy->worker;
	job->status = copy->status;
	job->err = copy->err;
	job->start_ns = copy->start_ns;
	job->end_ns = copy->end_ns;
	job->verify_ns = copy->verify_ns;
	job->moved_bytes = copy->moved_bytes;
	job->is_redone = copy->is_redone;
	job->is_unchecked = copy->is_unchecked;
	job->is_unread = copy->is_unread;
	job->is_declined = copy->is_declined;
	job->was_sent = copy->was_sent;
}

/* Both are back: which of them is it? */
static struct ocr_job *
settle(struct ocr_loop *l, struct ocr_job *job, struct ocr_job *copy)
{
	struct ocr_err err = {0};

	if (job->status == 0 && copy->status == 0 &&
	    !l->s->kernel->is_inexact && !is_same(job->out, copy->out)) {
		set_differ(&err, job->in, job->worker->name,
		    copy->worker->name);
		ocr_loop_stop(l, &err);
		job->status = copy->status = -OCR_ECANCEL;
		/* One of them, and nobody knows which. */
		job->worker->is_wrong = copy->worker->is_wrong = true;
		ocr_loop_log(l, job);
		ocr_loop_log(l, copy);
	} else if (is_decided(copy) &&
		   (job->status != 0 || job->is_unchecked)) {
		take_over(job, copy);
	}
	job->twin = NULL;
	job->is_back = false;
	ocr_pool_drop(&l->pool, copy);
	return job;
}

/* Of two the copy came to nothing: another worker may make one. */
static void
drop_copy(struct ocr_loop *l, struct ocr_job *copy)
{
	struct ocr_job *job = copy->twin;

	job->twin = NULL;
	job->worker->n_twins--;
	ocr_pool_drop(&l->pool, copy);
}

/* Of two the copy is left. */
static void
leave_copy(struct ocr_loop *l, struct ocr_job *job)
{
	struct ocr_job *copy = job->twin;

	if (l->is_stopping || !ocr_loop_may_retry(l, job))
		return;
	copy->is_alone = true;
	copy->worker->n_twins--;
}

struct ocr_job *
ocr_loop_twin_back(struct ocr_loop *l, struct ocr_job *job)
{
	struct ocr_job *twin = job->twin;
	struct ocr_worker *w = job->worker;

	job->is_back = true;
	job->worker->n_forgotten += job->is_forgotten;
	if (twin->is_back)
		return job->is_copy ? settle(l, twin, job)
				    : settle(l, job, twin);
	if (is_decided(job) && twin->worker->ops->forget != NULL)
		twin->worker->ops->forget(twin->worker, twin,
		    job->status == 0 ? job->out : NULL, w);
	else if (!is_decided(job) && job->is_copy)
		drop_copy(l, job);
	else if (!is_decided(job))
		leave_copy(l, job);
	return NULL;
}
