/*
 * job_list.h - jobs that wait, oldest first; the owner locks
 */
#ifndef OCR_JOB_LIST_H
#define OCR_JOB_LIST_H

#include "common/job.h"

struct ocr_queue;

/* Zeroed is empty. */
struct ocr_job_list {
	struct ocr_job *first, *last;
};

void ocr_job_list_add(struct ocr_job_list *l, struct ocr_job *job);
struct ocr_job *ocr_job_list_take(struct ocr_job_list *l); /* NULL: empty */
/* The newest; lists are short. */
struct ocr_job *ocr_job_list_take_last(struct ocr_job_list *l);
/* False: it is not there. */
bool ocr_job_list_remove(struct ocr_job_list *l, struct ocr_job *job);
/* A worker's, that nobody has begun: cancelled. */
void ocr_job_list_cancel(struct ocr_job_list l, struct ocr_queue *done);

#endif
