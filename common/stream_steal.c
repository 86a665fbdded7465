/*
 * stream_steal.c - workers of a stream loop that have nothing to do
 *
 * They take chunks that another holds but has not begun, which keep their place
 * in the order; and do a second time what hosts take long for (stream_twin.c).
 */
#include "config.h"

#include "common/io.h"
#include "common/stream_loop.h"
#include "common/team.h"
#include "common/trace.h"

/* Not who has failed at it, nor who has it already. */
static bool
may_have(const struct ocr_loop *l, const struct ocr_worker *w,
    const struct ocr_job *job)
{
	if (job->twin != NULL && job->twin->worker == w)
		return false;
	return !ocr_job_avoids(job, w) || !ocr_loop_has_other(l, job);
}

/* From one who has not begun it to one who will. */
static bool
move(struct ocr_loop *l, size_t victim, size_t thief)
{
	struct ocr_team *t = l->s->team;
	struct ocr_worker *from = &t->workers[victim], *to = &t->workers[thief];
	struct ocr_job *job = from->ops->take_back(from);

	if (job == NULL)
		return false;
	ocr_loop_leave_worker(l, job);
	if (!may_have(l, to, job)) {
		ocr_loop_submit(l, from, job);
		return false;
	}
	from->n_lost++;
	to->n_stolen++;
	ocr_trace_steal(t->trace, thief, ocr_now_ns(), victim, job->in->at,
	    job->in->at + job->load_bytes);
	ocr_loop_submit(l, to, job);
	return true;
}

/* Workers with nothing to do take from others. */
static void
steal(struct ocr_loop *l)
{
	size_t n_workers = l->s->team->n_workers;
	int thief, victim = 0;

	ocr_loop_look(l);
	for (;;) {
		thief =
		    ocr_stream_steal(&l->policy, l->views, n_workers, &victim);
		if (thief < 0)
			break;
		if (move(l, (size_t)victim, (size_t)thief))
			ocr_loop_look(l);
		else
			l->views[victim].gives_back = false;
	}
	l->is_patient = thief == OCR_STREAM_LATER;
}

/* One host after the other is: the first may do. */
static bool
open_thief(struct ocr_loop *l, size_t victim, size_t thief)
{
	struct ocr_team *t = l->s->team;
	struct ocr_worker *from = &t->workers[victim], *to = &t->workers[thief];
	struct ocr_err err = {0};

	if (ocr_loop_count_opening(t) > 0 || from->ops->lend(from, to) == NULL)
		return false;
	ocr_loop_open(l, thief, &err); /* or it is not used any more */
	return true;
}

/* false: there is nothing for this thief, or no memory. */
static bool
repeat(struct ocr_loop *l, size_t victim, size_t thief)
{
	struct ocr_team *t = l->s->team;
	struct ocr_worker *from = &t->workers[victim], *to = &t->workers[thief];
	struct ocr_job *job;

	/* What waits here because the host takes nothing. */
	if (move(l, victim, thief))
		return true;
	job = from->ops->lend(from, to);
	if (job != NULL)
		job = job->is_alone ? ocr_loop_twin_again(job)
				    : ocr_loop_twin(l, job);
	if (job == NULL)
		return false;
	from->n_twins++;
	to->n_copies++;
	ocr_loop_submit(l, to, job);
	return true;
}

/* The victim has nothing for anybody. */
static void
pass_over(struct ocr_loop *l, size_t victim)
{
	size_t i;

	l->views[victim].lends = false;
	for (i = 0; i < l->s->team->n_workers; i++)
		l->views[i].is_refused = false;
}

/*
 * Workers with nothing to do do what hosts take long for.  As long as the
 * reader brings more they had better wait for that; not where it cannot.
 */
static void
copy(struct ocr_loop *l)
{
	struct ocr_team *t = l->s->team;
	bool is_later = false, is_refused = false;
	int thief, victim = 0;

	for (;;) {
		thief = ocr_stream_copy(&l->policy, l->views, t->n_workers,
		    &victim);
		if (thief < 0 && !is_refused)
			break;
		if (thief < 0) {
			pass_over(l, (size_t)victim);
			is_refused = false;
			continue;
		}
		if (!l->is_read_ended && !ocr_pool_is_short(&l->pool)) {
			is_later = true;
			break;
		}
		if (t->workers[thief].is_open
			? repeat(l, (size_t)victim, (size_t)thief)
			: open_thief(l, (size_t)victim, (size_t)thief)) {
			ocr_loop_look(l);
			is_refused = false;
			continue;
		}
		/* It may be about to be sent. */
		is_later = true;
		l->views[thief].is_refused = is_refused = true;
	}
	l->is_patient = l->is_patient || is_later || thief == OCR_STREAM_LATER;
}

void
ocr_loop_steal(struct ocr_loop *l)
{
	steal(l);
	copy(l);
}
