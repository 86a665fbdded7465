/*
 * pool.h - the jobs of a stream loop and the bytes they may hold
 *
 * The loop's credit: a job taken from the pool by the reader comes back from
 * the writer with its buffers, which the next one uses again.  The sum of all
 * buffers stays within limit_bytes.  Private to the loops.
 */
#ifndef OCR_POOL_H
#define OCR_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/job.h"
#include "common/thread.h"

struct ocr_pool {
	struct ocr_room room; /* first: chunks point here */
	struct ocr_monitor *monitor;
	const struct ocr_kernel *kernel; /* NULL: no output buffers */
	uint64_t limit_bytes;            /* lock: monitor, unless strict */
	bool is_limit_strict;  /* the user's: refuse what does not fit */
	size_t max_jobs;       /* lock: monitor */
	struct ocr_job *free;  /* lock: monitor */
	size_t n_jobs, n_free; /* lock: monitor */
	uint64_t held_bytes;   /* lock: monitor; buffers of all jobs */
	uint64_t usual_bytes;  /* lock: monitor; of one job, as last seen */
	bool is_stopped;       /* lock: monitor */
	bool is_short;         /* lock: monitor; the reader waits */
};

int ocr_pool_init(struct ocr_pool *p, const struct ocr_kernel *kernel,
    size_t max_jobs, uint64_t limit_bytes, bool is_limit_strict,
    struct ocr_err *err);

/* A job with two empty chunks; waits while max_jobs are out.  The reader. */
int ocr_pool_get(struct ocr_pool *p, struct ocr_job **out, struct ocr_err *err);

/* Give a job and its bytes back.  The writer. */
void ocr_pool_put(struct ocr_pool *p, struct ocr_job *job);

/*
 * A job with the input of job, which stays until the copy is dropped, and an
 * output like its: counted, but not waited for.  NULL: no memory.
 */
struct ocr_job *ocr_pool_copy(struct ocr_pool *p, const struct ocr_job *job);
void ocr_pool_drop(struct ocr_pool *p, struct ocr_job *copy);
/* Does the reader wait for somebody to give a job or bytes back? */
bool ocr_pool_is_short(struct ocr_pool *p);

/* How many jobs there can be at once, as chunks are at present. */
size_t ocr_pool_n_jobs(struct ocr_pool *p);

/* There may be more of them, and more bytes: neither gets less. */
void ocr_pool_raise(struct ocr_pool *p, size_t max_jobs, uint64_t limit_bytes);

/* Whoever waits, and will wait, gets -OCR_ECANCEL. */
void ocr_pool_stop(struct ocr_pool *p);

/* All jobs are back.  A zeroed pool is fine. */
void ocr_pool_release(struct ocr_pool *p);

#endif
