/*
 * stream_loop.h - the state of a stream loop; for stream*.c only
 *
 * The reader and the writer are threads of stream.c; what is between them, in
 * what order results leave, is stream_loop.c, who gets which chunk is
 * stream_dispatch.c, who takes it from whom stream_steal.c, and what a result is
 * worth is stream_back.c.
 */
#ifndef OCR_STREAM_LOOP_H
#define OCR_STREAM_LOOP_H

#include "common/pool.h"
#include "common/queue.h"
#include "common/stream.h"

struct ocr_loop {
	const struct ocr_stream *s;
	struct ocr_pool pool;
	struct ocr_queue *events; /* team->done */
	struct ocr_queue *to_writer;
	int cancel_fd;
	struct ocr_job read_end, write_fail, write_end; /* queue nodes */

	/* owner: the loop's thread */
	struct ocr_stream_policy policy;
	struct ocr_stream_view *views;
	struct ocr_job *ready, *ready_last; /* chunks that no worker has */
	size_t n_ready, n_running;
	struct ocr_job **order; /* ring of max_jobs: finished, by index */
	size_t n_order;
	size_t depth, job_bytes; /* what memory was made for */
	uint64_t n_read, next_out, n_failed;
	uint64_t longest_bytes; /* of the chunks so far */
	bool is_read_ended, is_stopping, is_on_reserve;
	bool is_halting;      /* --halt=soon: nothing is begun */
	bool is_patient;      /* who declined a chunk may take it later */
	bool has_said_short;  /* of hosts: there are no descriptors */
	bool has_said_unread; /* of references: they cannot be read here */
	uint64_t start_ns;
	struct ocr_err err; /* the first one */
};

int ocr_loop_init(struct ocr_loop *l, const struct ocr_stream *s,
    struct ocr_err *err);

/* The calling thread's part: until the reader has ended and all that it
 * brought has gone to the writer. */
void ocr_loop_turn(struct ocr_loop *l);

/* Hand out what waits; where nothing does, workers with nothing to do take from
 * others, or do what takes long once more. */
void ocr_loop_dispatch(struct ocr_loop *l);
/* Nothing waits: who has nothing to do takes from others. */
void ocr_loop_steal(struct ocr_loop *l);
/* What the policy may know of all workers now, into views. */
void ocr_loop_look(struct ocr_loop *l);
void ocr_loop_submit(struct ocr_loop *l, struct ocr_worker *w,
    struct ocr_job *job);
/* Worker i, which may be there only later; where it fails the user is told. */
int ocr_loop_open(struct ocr_loop *l, size_t i, struct ocr_err *err);
/* Hosts that are not there yet. */
unsigned ocr_loop_count_opening(const struct ocr_team *t);
/* A chunk for the next worker that has room; is_first: before all others. */
void ocr_loop_wait(struct ocr_loop *l, struct ocr_job *job, bool is_first);
/* A job is not its worker's any more. */
void ocr_loop_leave_worker(struct ocr_loop *l, struct ocr_job *job);
/* It goes to the writer when its turn comes. */
void ocr_loop_finish_job(struct ocr_loop *l, struct ocr_job *job);
/* First error wins; then nothing new is begun. */
void ocr_loop_stop(struct ocr_loop *l, const struct ocr_err *err);

/* stream_back.c: a job comes from its worker. */
void ocr_loop_back(struct ocr_loop *l, struct ocr_job *job);
/* Somebody is left who has not failed at this chunk. */
bool ocr_loop_has_other(const struct ocr_loop *l, const struct ocr_job *job);
/* An attempt has failed: whether there may be another.  If not, job->err says
 * why. */
bool ocr_loop_may_retry(struct ocr_loop *l, struct ocr_job *job);
/* A worker that is known to be wrong has given results that nobody looked at:
 * some of them may be out already. */
void ocr_loop_distrust(struct ocr_loop *l, const struct ocr_worker *w);

/* stream_ready.c: a worker has opened, or could not; has gone, or is back. */
void ocr_loop_ready(struct ocr_loop *l, struct ocr_job *ready);
/* A worker has gone, or never came. */
void ocr_loop_say_gone(struct ocr_loop *l, const struct ocr_worker *w,
    const struct ocr_worker_news *news, bool was_opening);
/* Bytes for so many jobs, or for fewer where hosts would take all memory. */
uint64_t ocr_loop_memory(const struct ocr_loop *l, uint64_t n_jobs);

/* stream_twin.c: a second job for what a worker has; NULL: no memory. */
struct ocr_job *ocr_loop_twin(struct ocr_loop *l, struct ocr_job *job);
/* Of a copy that is alone: what it was a copy of, to be tried once more. */
struct ocr_job *ocr_loop_twin_again(struct ocr_job *copy);
/* One of two is back; the chunk if that is over, else NULL. */
struct ocr_job *ocr_loop_twin_back(struct ocr_loop *l, struct ocr_job *job);

/* stream_log.c: an attempt is over. */
void ocr_loop_log(struct ocr_loop *l, const struct ocr_job *job);
/* A result of that chunk that was taken, or came too late, may be wrong. */
void ocr_loop_log_wrong(struct ocr_loop *l, struct ocr_worker *w, uint64_t seq);
/* The reader's: 1: job is done, by an earlier run; 0: it is not; or an error. */
int ocr_loop_recall(const struct ocr_stream *s, struct ocr_job *job);
/* An output that says where it belongs. */
void ocr_loop_prepare(const struct ocr_chunk *in, struct ocr_chunk *out);

/* The threads are gone.  A zeroed loop is fine, but for cancel_fd = -1. */
void ocr_loop_release(struct ocr_loop *l);

#endif
