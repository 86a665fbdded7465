/*
 * range_collect.c - what cards have left on the card comes back after a sweep
 *
 * For results that jobs of a card add to in one place, so that they move once a
 * sweep and not once a job.  What a card had done is lost with it then.
 */
#include "config.h"

#include "common/io.h"
#include "common/queue.h"
#include "common/range.h"
#include "common/range_manage.h"
#include "common/team.h"

/* Ask worker i, if it has done anything in the last sweep.  1: it will say. */
static int
ask(struct ocr_range_loop *l, size_t i)
{
	struct ocr_worker *w = &l->team->workers[i];
	struct ocr_job *job = &l->seats[i].job;

	if (w->n_jobs == l->beliefs[i].n_jobs)
		return 0;
	if (w->is_retired)
		return -OCR_EDEVICE;
	*job = (struct ocr_job){.worker = w,
	    .index = i,
	    .n_tries = 1,
	    .stage = OCR_STAGE_RUN,
	    .is_collecting = true};
	if (w->ops->submit(w, job) == 0)
		return 1;
	w->is_retired = true;
	return -OCR_EDEVICE;
}

static void
count(struct ocr_range_loop *l, const struct ocr_job *job,
    struct ocr_sweep_report *r)
{
	double ns = job->end_ns > job->start_ns
			? (double)(job->end_ns - job->start_ns)
			: 0;

	job->worker->moved_bytes += job->moved_bytes;
	ocr_range_average(&l->beliefs[job->index].collect_ns, ns);
	if (r == NULL)
		return;
	r->moved_bytes += job->moved_bytes;
	r->workers[job->index].moved_bytes += job->moved_bytes;
	r->workers[job->index].useful_ns += ns;
}

int
ocr_range_collect(struct ocr_range_loop *l, struct ocr_sweep_report *report,
    struct ocr_err *err)
{
	struct ocr_team *t = l->team;
	uint64_t start_ns = ocr_now_ns();
	size_t n_asked = 0, i;
	bool is_lost = false;
	struct ocr_job *job;
	int r;

	for (i = t->n_cpus; i < t->n_workers; i++) {
		r = ask(l, i);
		n_asked += r > 0;
		is_lost = is_lost || r < 0;
	}
	while (n_asked > 0) {
		job = ocr_queue_pop(t->done, 0);
		if (job->stage == OCR_STAGE_READY)
			ocr_range_take_ready(l, job);
		if (!job->is_collecting)
			continue;
		n_asked--;
		count(l, job, report);
		if (job->status == 0)
			continue;
		ocr_range_retire(l, job);
		is_lost = true;
	}
	if (report != NULL)
		report->makespan_ns += (double)(ocr_now_ns() - start_ns);
	return is_lost ? ocr_err_set(err, -OCR_EDEVICE,
			     "what a card has done is lost")
		       : 0;
}
