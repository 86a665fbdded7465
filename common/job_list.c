/*
 * job_list.c - jobs that wait: see job_list.h
 */
#include "config.h"

#include "common/job_list.h"

#include "common/queue.h"

void
ocr_job_list_add(struct ocr_job_list *l, struct ocr_job *job)
{
	job->next = NULL;
	if (l->first == NULL)
		l->first = job;
	else
		l->last->next = job;
	l->last = job;
}

struct ocr_job *
ocr_job_list_take(struct ocr_job_list *l)
{
	struct ocr_job *job = l->first;

	if (job != NULL)
		l->first = job->next;
	return job;
}

struct ocr_job *
ocr_job_list_take_last(struct ocr_job_list *l)
{
	struct ocr_job *job = l->last, *before = l->first;

	if (l->first == NULL || l->first == job)
		return ocr_job_list_take(l);
	while (before->next != job)
		before = before->next;
	before->next = NULL;
	l->last = before;
	return job;
}

bool
ocr_job_list_remove(struct ocr_job_list *l, struct ocr_job *job)
{
	struct ocr_job **at = &l->first, *before = NULL;

	while (*at != NULL && *at != job) {
		before = *at;
		at = &before->next;
	}
	if (*at == NULL)
		return false;
	*at = job->next;
	if (l->last == job)
		l->last = before;
	return true;
}

void
ocr_job_list_cancel(struct ocr_job_list l, struct ocr_queue *done)
{
	struct ocr_job *job;

	while ((job = ocr_job_list_take(&l)) != NULL) {
		job->status = -OCR_ECANCEL;
		ocr_queue_push(done, job);
	}
}
