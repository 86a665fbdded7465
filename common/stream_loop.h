/*
 * stream_loop.h - the state of a stream loop; for stream*.c only
 *
 * The reader and the writer are threads of stream.c; what is between them, in
 * what order results leave, is stream_loop.c, and who gets which chunk is
 * stream_dispatch.c.
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
	uint64_t n_read, next_out;
	bool is_read_ended, is_stopping, is_on_reserve;
	bool is_patient; /* who declined a chunk may take it later */
	uint64_t start_ns;
	struct ocr_err err; /* the first one */
};

int ocr_loop_init(struct ocr_loop *l, const struct ocr_stream *s,
    struct ocr_err *err);

/* The calling thread's part: until the reader has ended and all that it
 * brought has gone to the writer. */
void ocr_loop_turn(struct ocr_loop *l);

/* After each event: hand out what waits, let idle workers take from others. */
void ocr_loop_dispatch(struct ocr_loop *l);

/* A job is not its worker's any more. */
void ocr_loop_leave_worker(struct ocr_loop *l, struct ocr_job *job);
/* It goes to the writer when its turn comes. */
void ocr_loop_finish_job(struct ocr_loop *l, struct ocr_job *job);
/* First error wins; then nothing new is begun. */
void ocr_loop_stop(struct ocr_loop *l, const struct ocr_err *err);

/* A worker has opened, or could not. */
void ocr_loop_ready(struct ocr_loop *l, struct ocr_job *ready);

/* The threads are gone.  A zeroed loop is fine, but for cancel_fd = -1. */
void ocr_loop_release(struct ocr_loop *l);

#endif
