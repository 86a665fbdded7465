/*
 * pool.c - byte credits
 *
 * Memory is counted by what the buffers of all jobs hold, idle ones included:
 * where a larger buffer is needed, idle jobs give theirs up first.
 */
#include "config.h"

#include "common/pool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES ((size_t)4096)

static size_t
job_bytes(const struct ocr_job *job)
{
	return job->in_chunk.cap + job->out_chunk.cap;
}

static void
job_free(struct ocr_job *job)
{
	ocr_chunk_reset(&job->in_chunk);
	ocr_chunk_reset(&job->out_chunk);
	free(job->in_chunk.data);
	free(job->out_chunk.data);
	free(job);
}

/*
 * Replace the buffer of c by one of cap bytes; contents are lost.  It begins
 * on a page: the kernel copies a file to an address that is 16 bytes off at a
 * fifth of the speed (2.3 against 11 GB/s, Zen 3, rep movsb).
 */
static int
chunk_grow(struct ocr_chunk *c, size_t cap)
{
	free(c->data);
	c->data = aligned_alloc(PAGE_BYTES,
	    (cap + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1));
	c->cap = c->data != NULL ? cap : 0;
	return c->data != NULL ? 0 : -OCR_ENOMEM;
}

static struct ocr_job *
job_new(struct ocr_pool *p)
{
	struct ocr_job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->in_chunk.room = &p->room;
	job->out_chunk.room = &p->room;
	if (chunk_grow(&job->in_chunk, OCR_CHUNK_MIN_CAP) < 0 ||
	    chunk_grow(&job->out_chunk, OCR_CHUNK_MIN_CAP) < 0) {
		job_free(job);
		return NULL;
	}
	return job;
}

/* Free idle jobs until 'need' more bytes fit.  lock: monitor */
static void
pool_shrink(struct ocr_pool *p, uint64_t need)
{
	struct ocr_job *job;

	while (p->free != NULL && p->held_bytes + need > p->limit_bytes) {
		job = p->free;
		p->free = job->next;
		p->n_free--;
		p->n_jobs--;
		p->held_bytes -= job_bytes(job);
		job_free(job);
	}
}

static void
pool_wait(struct ocr_pool *p)
{
	p->is_short = true;
	ocr_monitor_wait(p->monitor);
	p->is_short = false;
}

/*
 * Wait until 'need' more bytes may be held, and count them; 'usual' is what
 * such a job holds in all.  A job that is
 * alone never waits: nobody could give anything back.
 */
static int
pool_charge(struct ocr_pool *p, uint64_t need, uint64_t usual,
    struct ocr_err *err)
{
	int r = 0;

	ocr_monitor_enter(p->monitor);
	for (;;) {
		pool_shrink(p, need);
		if (p->is_stopped) {
			r = ocr_err_set(err, -OCR_ECANCEL, "stopped");
			break;
		}
		if (p->held_bytes + need <= p->limit_bytes)
			break;
		if (p->n_jobs - p->n_free <= 1) {
			if (p->is_limit_strict)
				r = -OCR_ELIMIT;
			break;
		}
		pool_wait(p);
	}
	if (r == 0)
		p->held_bytes += need;
	p->usual_bytes = usual;
	ocr_monitor_leave(p->monitor);
	return r;
}

/*
 * Is it better to wait for a used job than to make a new one?  A new one whose
 * buffers do not fit would only take them from a used one, page by page.
 * lock: monitor
 */
static bool
pool_is_full(const struct ocr_pool *p)
{
	if (p->n_jobs == 0)
		return false;
	return p->n_jobs >= p->max_jobs ||
	       p->held_bytes + p->usual_bytes > p->limit_bytes;
}

static int
pool_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	struct ocr_pool *p = (struct ocr_pool *)room;
	struct ocr_job *job =
	    (struct ocr_job *)((char *)c - offsetof(struct ocr_job, in_chunk));
	size_t in_cap = cap, out_cap = 0;
	uint64_t need = 0;
	int r;

	if (p->kernel != NULL)
		out_cap = p->kernel->out_bytes(p->kernel, c, cap);
	if (in_cap > job->in_chunk.cap)
		need += in_cap - job->in_chunk.cap;
	if (out_cap > job->out_chunk.cap)
		need += out_cap - job->out_chunk.cap;
	if (need == 0)
		return 0;
	r = pool_charge(p, need, (uint64_t)in_cap + out_cap, err);
	if (r == -OCR_ELIMIT)
		return ocr_err_set(err, r,
		    "chunk %" PRIu64 " needs %zu bytes of memory; the limit is "
		    "%" PRIu64 ": use a larger --memory or smaller chunks",
		    c->seq, in_cap + out_cap, p->limit_bytes);
	if (r < 0)
		return r;
	if (in_cap > job->in_chunk.cap && chunk_grow(c, in_cap) < 0)
		return ocr_err_nomem(err);
	if (out_cap > job->out_chunk.cap &&
	    chunk_grow(&job->out_chunk, out_cap) < 0)
		return ocr_err_nomem(err);
	return 0;
}

/*
 * More output for a job that is being worked on: counted, but not waited for.
 * Idle jobs make room, and no new ones are made while too much is held.  A
 * limit of the user's is compared with this job alone, so that it does not
 * depend on the others whether a chunk fails.
 */
static int
pool_grow(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	struct ocr_pool *p = (struct ocr_pool *)room;
	const struct ocr_job *job =
	    (struct ocr_job *)((char *)c - offsetof(struct ocr_job, out_chunk));
	uint64_t need = cap - c->cap;
	struct ocr_chunk old = *c;

	if (p->is_limit_strict && job_bytes(job) + need > p->limit_bytes)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "chunk %" PRIu64 " needs %" PRIu64 " bytes of memory; the "
		    "limit is %" PRIu64
		    ": use a larger --memory or smaller chunks",
		    c->seq, job_bytes(job) + need, p->limit_bytes);
	ocr_monitor_enter(p->monitor);
	pool_shrink(p, need);
	p->held_bytes += need;
	ocr_monitor_leave(p->monitor);
	c->data = NULL;
	if (chunk_grow(c, cap) < 0) {
		*c = old;
		ocr_monitor_enter(p->monitor);
		p->held_bytes -= need;
		ocr_monitor_leave(p->monitor);
		return ocr_err_nomem(err);
	}
	memcpy(c->data, old.data, old.len);
	free(old.data);
	return 0;
}

int
ocr_pool_init(struct ocr_pool *p, const struct ocr_kernel *kernel,
    size_t max_jobs, uint64_t limit_bytes, bool is_limit_strict,
    struct ocr_err *err)
{
	*p = (struct ocr_pool){
	    .room = {.take = pool_take, .grow = pool_grow},
	    .kernel = kernel,
	    .max_jobs = max_jobs,
	    .limit_bytes = limit_bytes,
	    .is_limit_strict = is_limit_strict,
	    .monitor = ocr_monitor_new(),
	};
	if (p->monitor == NULL)
		return ocr_err_nomem(err);
	return 0;
}

int
ocr_pool_get(struct ocr_pool *p, struct ocr_job **out, struct ocr_err *err)
{
	struct ocr_job *job = NULL;
	bool is_new = false;

	ocr_monitor_enter(p->monitor);
	while (!p->is_stopped && p->free == NULL && pool_is_full(p))
		pool_wait(p);
	if (p->is_stopped) {
		ocr_monitor_leave(p->monitor);
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	}
	job = p->free;
	if (job != NULL) {
		p->free = job->next;
		p->n_free--;
	} else {
		is_new = true;
		p->n_jobs++;
		p->held_bytes += 2 * OCR_CHUNK_MIN_CAP;
	}
	ocr_monitor_leave(p->monitor);
	if (is_new)
		job = job_new(p);
	if (job == NULL) {
		ocr_monitor_enter(p->monitor);
		p->n_jobs--;
		p->held_bytes -= 2 * OCR_CHUNK_MIN_CAP;
		ocr_monitor_leave(p->monitor);
		return ocr_err_nomem(err);
	}
	job->in = &job->in_chunk;
	job->out = &job->out_chunk;
	job->status = 0;
	job->n_tries = 0;
	job->worker = NULL;
	ocr_err_clear(&job->err);
	*out = job;
	return 0;
}

void
ocr_pool_put(struct ocr_pool *p, struct ocr_job *job)
{
	/* Origins may close a file here: not under the lock. */
	ocr_chunk_reset(&job->in_chunk);
	ocr_chunk_reset(&job->out_chunk);
	ocr_monitor_enter(p->monitor);
	job->next = p->free;
	p->free = job;
	p->n_free++;
	ocr_monitor_notify(p->monitor);
	ocr_monitor_leave(p->monitor);
}

struct ocr_job *
ocr_pool_copy(struct ocr_pool *p, const struct ocr_job *job)
{
	struct ocr_job *copy = calloc(1, sizeof(*copy));
	const struct ocr_chunk *in = job->in;
	size_t cap;

	if (copy == NULL)
		return NULL;
	/* The other output may grow at this moment: it is not looked at. */
	cap = p->kernel->out_bytes(p->kernel, in,
	    in->type == OCR_REF ? (size_t)in->raw_len : in->len);
	if (cap < OCR_CHUNK_MIN_CAP)
		cap = OCR_CHUNK_MIN_CAP;
	copy->in = job->in;
	copy->out = &copy->out_chunk;
	copy->out->room = &p->room;
	if (chunk_grow(copy->out, cap) < 0) {
		free(copy);
		return NULL;
	}
	cap = copy->out->cap;
	ocr_monitor_enter(p->monitor);
	pool_shrink(p, cap);
	p->held_bytes += cap;
	ocr_monitor_leave(p->monitor);
	return copy;
}

void
ocr_pool_drop(struct ocr_pool *p, struct ocr_job *copy)
{
	size_t cap = copy->out->cap;

	job_free(copy);
	ocr_monitor_enter(p->monitor);
	p->held_bytes -= cap;
	ocr_monitor_notify(p->monitor);
	ocr_monitor_leave(p->monitor);
}

bool
ocr_pool_is_short(struct ocr_pool *p)
{
	bool is_short;

	ocr_monitor_enter(p->monitor);
	is_short = p->is_short;
	ocr_monitor_leave(p->monitor);
	return is_short;
}

size_t
ocr_pool_n_jobs(struct ocr_pool *p)
{
	uint64_t n;

	ocr_monitor_enter(p->monitor);
	n = p->usual_bytes > 0 ? p->limit_bytes / p->usual_bytes : p->max_jobs;
	ocr_monitor_leave(p->monitor);
	return n < p->max_jobs ? (size_t)n : p->max_jobs;
}

void
ocr_pool_raise(struct ocr_pool *p, size_t max_jobs, uint64_t limit_bytes)
{
	ocr_monitor_enter(p->monitor);
	if (max_jobs > p->max_jobs)
		p->max_jobs = max_jobs;
	if (!p->is_limit_strict && limit_bytes > p->limit_bytes)
		p->limit_bytes = limit_bytes;
	ocr_monitor_notify(p->monitor);
	ocr_monitor_leave(p->monitor);
}

void
ocr_pool_stop(struct ocr_pool *p)
{
	ocr_monitor_enter(p->monitor);
	p->is_stopped = true;
	ocr_monitor_notify(p->monitor);
	ocr_monitor_leave(p->monitor);
}

void
ocr_pool_release(struct ocr_pool *p)
{
	struct ocr_job *job;

	while ((job = p->free) != NULL) {
		p->free = job->next;
		job_free(job);
	}
	ocr_monitor_free(p->monitor);
	*p = (struct ocr_pool){0};
}
