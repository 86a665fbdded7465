/*
 * stream_ready.c - workers of a stream loop that come, go and come back
 */
#include "config.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/stream_loop.h"
#include "common/team.h"
#include "common/ui.h"

#define PART_OF_MEMORY 4

/* A master of hundreds of hosts has not the memory to keep all of them busy with
 * large chunks: it must be left what it needs itself. */
uint64_t
ocr_loop_memory(const struct ocr_loop *l, uint64_t n_jobs)
{
	const struct ocr_team *t = l->s->team;
	long n_pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t want = n_jobs * l->job_bytes, most;

	if (t->n_workers == 0 || !t->workers[t->n_workers - 1].is_host ||
	    n_pages <= 0 || page <= 0)
		return want;
	most = (uint64_t)n_pages * (uint64_t)page / PART_OF_MEMORY;
	return want < most ? want : most;
}

/* A host says how much it takes only when it is there. */
static void
loop_deepen(struct ocr_loop *l, struct ocr_worker *w, unsigned depth)
{
	size_t n, i, old = l->n_order;
	struct ocr_job **order;

	l->depth = l->depth - w->depth + depth;
	w->depth = depth;
	n = 4 * 2 * l->depth + 8;
	if (n <= old)
		return;
	order = calloc(n, sizeof(struct ocr_job *));
	if (order == NULL)
		return; /* then it is slower */
	for (i = 0; i < old; i++)
		order[(l->next_out + i) % n] =
		    l->order[(l->next_out + i) % old];
	free(l->order);
	l->order = order;
	l->n_order = n;
	ocr_pool_raise(&l->pool, n, ocr_loop_memory(l, 2 * l->depth));
}

/* --filter-hosts=no: all that were named have to be there. */
static void
give_up(struct ocr_loop *l, const struct ocr_worker *w,
    const struct ocr_err *why)
{
	struct ocr_err err = {0};

	ocr_err_set(&err, -OCR_EHOST, "%s: cannot be reached: %.300s", w->name,
	    why->text);
	ocr_loop_stop(l, &err);
}

/* Where descriptors run out one line is enough: it is not the host's fault, and
 * hundreds have the same. */
void
ocr_loop_say_gone(struct ocr_loop *l, const struct ocr_worker *w,
    const struct ocr_worker_news *news, bool was_opening)
{
	const char *how = was_opening      ? "not used"
			  : news->is_tried ? "lost"
					   : "not used any more";

	if (l->s->ui == NULL || (news->is_short && l->has_said_short))
		return;
	l->has_said_short = l->has_said_short || news->is_short;
	ocr_ui_warn(l->s->ui, "%s%s: %s: %s%s", w->name,
	    news->is_short ? " and others" : "", how, news->err.text,
	    news->is_short ? " (ulimit -n)" : "");
}

/* A worker has opened, or could not; or has gone, or come back. */
void
ocr_loop_ready(struct ocr_loop *l, struct ocr_job *ready)
{
	struct ocr_worker *w = ready->worker;
	struct ocr_worker_news news = {.status = ready->status};
	bool was_opening = w->is_opening;
	bool is_missed = was_opening && w->is_host && l->s->is_strict;

	if (w->ops->news != NULL)
		w->ops->news(w, &news);
	else
		news.err = ready->err;
	w->is_opening = false;
	w->is_wrong = w->is_wrong || news.is_wrong;
	w->is_returning = news.status < 0 && news.is_returning;
	if (news.width > 0)
		w->width = news.width;
	if (news.depth > 0 && news.depth != w->depth)
		loop_deepen(l, w, news.depth);
	if (news.stop.code != 0) {
		ocr_loop_stop(l, &news.stop);
		/* One of them, and nobody knows which. */
		ocr_loop_log_wrong(l, w, news.seq);
		ocr_loop_log_wrong(l, news.other, news.seq);
	}
	if (news.status == 0) {
		if (w->is_retired && l->s->ui != NULL)
			ocr_ui_say(l->s->ui, "%s: is back", w->name);
		w->is_retired = false;
		return;
	}
	/* No text: has been said of another unit of that card.  The first that is
	 * missed is what the run ends with. */
	if (news.err.code != 0 && !w->is_retired &&
	    (!is_missed || l->is_stopping || l->is_halting))
		ocr_loop_say_gone(l, w, &news, was_opening);
	w->is_retired = true;
	if (is_missed)
		give_up(l, w, &news.err);
	if (news.is_wrong && w->n_unchecked > 0)
		ocr_loop_distrust(l, w);
}
