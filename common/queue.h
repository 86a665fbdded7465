/*
 * queue.h - a completion queue: jobs come in from any thread, one takes them
 */
#ifndef OCR_QUEUE_H
#define OCR_QUEUE_H

#include <stdint.h>

#include "common/job.h"

struct ocr_queue;

struct ocr_queue *ocr_queue_new(void);    /* NULL: no memory */
void ocr_queue_free(struct ocr_queue *q); /* NULL is fine */

/* Any thread; never blocks for room (the job is the node). */
void ocr_queue_push(struct ocr_queue *q, struct ocr_job *job);

/* Oldest job; waits for one.  With timeout_ns != 0, NULL when none came in
 * that time. */
struct ocr_job *ocr_queue_pop(struct ocr_queue *q, uint64_t timeout_ns);

#endif
