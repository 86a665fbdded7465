/*
 * queue.c - a first-in first-out list of jobs behind one monitor
 */
#include "config.h"

#include "common/queue.h"

#include <stdlib.h>

#include "common/thread.h"

struct ocr_queue {
	struct ocr_monitor *monitor;
	struct ocr_job *first, *last; /* lock: monitor */
	bool is_waiting;              /* lock: monitor; the taker sleeps */
};

struct ocr_queue *
ocr_queue_new(void)
{
	struct ocr_queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->monitor = ocr_monitor_new();
	if (q->monitor == NULL) {
		free(q);
		return NULL;
	}
	return q;
}

void
ocr_queue_free(struct ocr_queue *q)
{
	if (q == NULL)
		return;
	ocr_monitor_free(q->monitor);
	free(q);
}

void
ocr_queue_push(struct ocr_queue *q, struct ocr_job *job)
{
	job->next = NULL;
	ocr_monitor_enter(q->monitor);
	if (q->first == NULL)
		q->first = job;
	else
		q->last->next = job;
	q->last = job;
	if (q->is_waiting)
		ocr_monitor_notify(q->monitor);
	ocr_monitor_leave(q->monitor);
}

struct ocr_job *
ocr_queue_pop(struct ocr_queue *q, uint64_t timeout_ns)
{
	struct ocr_job *job;

	ocr_monitor_enter(q->monitor);
	while (q->first == NULL) {
		q->is_waiting = true;
		if (timeout_ns == 0) {
			ocr_monitor_wait(q->monitor);
			continue;
		}
		/* Too early or too late does no harm: the caller looks at
		 * its clock and comes again. */
		ocr_monitor_wait_for(q->monitor, timeout_ns);
		break;
	}
	q->is_waiting = false;
	job = q->first;
	if (job != NULL)
		q->first = job->next;
	ocr_monitor_leave(q->monitor);
	return job;
}
