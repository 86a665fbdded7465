/*
 * range_round.c - one round, from its first token to what came of it
 */
#include "config.h"

#include "common/io.h"
#include "common/range_loop.h"

static void
learn(struct ocr_range_loop *l, size_t k)
{
	struct ocr_range_seat *s = &l->seats[k];
	struct ocr_range_belief *b = &l->beliefs[s->worker];
	double work = OCR_GET(s->view.work), ns = OCR_GET(s->view.busy_ns);

	b->launch_ns = s->seen.launch_ns;
	b->finish_ns = s->seen.finish_ns;
	b->read_ns = s->seen.read_ns;
	b->write_ns = s->seen.write_ns;
	if (!(work > 0) || !(ns > 0))
		return;
	l->workers[k].rate = ocr_policy_learn(&l->workers[k], work, ns);
	l->workers[k].is_measured = true;
	b->rate[l->unit] = l->workers[k].rate;
}

static void
report_seat(const struct ocr_range_loop *l, size_t k, double ns,
    struct ocr_sweep_report *r)
{
	struct ocr_range_seat *s = &l->seats[k];
	struct ocr_sweep_worker *w = &r->workers[s->worker];
	double idle_ns = ns - s->sum.useful_ns - s->sum.steal_ns;

	w->useful_ns += s->sum.useful_ns;
	w->steal_ns += s->sum.steal_ns;
	w->idle_ns += idle_ns > 0 ? idle_ns : 0;
	w->n_items += s->sum.n_items;
	w->work += s->sum.work;
	w->n_launches += s->sum.n_launches;
	w->n_stolen += s->sum.n_stolen;
	w->n_lost += s->n_lost;
	w->moved_bytes += s->sum.moved_bytes;
	r->moved_bytes += s->sum.moved_bytes;
	r->n_steals += s->sum.n_stolen;
	r->n_by_card += s->n_by_card;
	r->n_from_card += s->n_from_card;
	r->n_aborted += s->n_aborted;
	r->n_duplicated += s->n_duplicated;
	r->n_card_chunks += s->n_jobs;
	r->n_card_items += s->n_job_items;
}

static void
conclude(struct ocr_range_loop *l, struct ocr_sweep_report *r)
{
	double ns = ocr_range_now(l), work = 0;
	bool is_measured = true;
	size_t k;

	for (k = 0; k < l->n_seats; k++) {
		learn(l, k);
		work += l->seats[k].sum.work;
		is_measured = is_measured && l->workers[k].is_measured;
		if (r != NULL)
			report_seat(l, k, ns, r);
	}
	if (r == NULL)
		return;
	r->makespan_ns += ns;
	if (!is_measured)
		l->is_bound_unknown = true;
	else
		l->bound_ns += ocr_policy_bound(l->workers, l->n_seats, work);
}

unsigned
ocr_range_unit(const struct ocr_range_loop *l)
{
	const struct ocr_weights *w = l->sweep.weights;

	return w != NULL && w->trust != OCR_WEIGHTS_NONE &&
	       (l->opt.schedule.kind == OCR_HWS || l->opt.schedule.has_weights);
}

/* Weights count from the first item of all. */
static void
begin(struct ocr_range_loop *l, struct ocr_range items)
{
	l->base = items.start;
	l->n = items.end - items.start;
	l->none = (struct ocr_weights){.n = l->n};
	l->policy = (struct ocr_policy){.schedule = l->opt.schedule,
	    .weights = &l->none};
	l->unit = items.start == 0 ? ocr_range_unit(l) : 0;
	if (items.start == 0 && l->sweep.weights != NULL)
		l->policy.weights = l->sweep.weights;
	l->is_stealing = ocr_policy_steals(&l->policy);
	l->has_chunks = false;
	atomic_store(&l->is_over, 0);
	atomic_store(&l->has_failed, 0);
	ocr_err_clear(&l->err);
	l->over_job = (struct ocr_job){.stage = OCR_STAGE_RUN};
	l->start_ns = ocr_now_ns();
}

static bool
is_pooled(const struct ocr_policy *p)
{
	return p->schedule.kind == OCR_DYNAMIC || p->schedule.kind == OCR_HAP;
}

/* What no worker took is left for another round. */
static void
close_chunks(struct ocr_range_loop *l)
{
	struct ocr_range rest = ocr_policy_pool_rest(&l->chunks);

	if (rest.start < rest.end)
		l->left[l->n_left++] = (struct ocr_range){l->base + rest.start,
		    l->base + rest.end};
	ocr_policy_pool_release(&l->chunks);
}

static int
how_it_ended(const struct ocr_range_loop *l, struct ocr_err *err)
{
	if (!ocr_range_has_failed(l))
		return 0;
	return ocr_err_set(err, l->err.code, "%s", l->err.text);
}

int
ocr_range_round(struct ocr_range_loop *l, struct ocr_range items, uint64_t from,
    struct ocr_sweep_report *report, struct ocr_err *err)
{
	int r = 0;

	begin(l, items);
	/* Leftovers of chunks: to all that are there. */
	if (is_pooled(&l->policy) && l->is_leftover)
		l->policy.schedule = ocr_schedule_default(OCR_STATIC);
	l->has_chunks = is_pooled(&l->policy);
	ocr_range_divide(l, from);
	if (l->n_seats == 0)
		return ocr_err_set(err, -OCR_EHOST, "no worker left");
	if (l->has_chunks)
		r = ocr_policy_pool_init(&l->chunks, &l->policy, l->n, err);
	if (r < 0)
		return r;
	ocr_range_first_tokens(l);
	if (l->pool != NULL)
		ocr_range_pool_begin(l->pool);
	if (l->has_manager)
		ocr_range_manage(l);
	else
		ocr_range_caller(l);
	if (l->pool != NULL)
		ocr_range_pool_end(l->pool);
	if (l->has_chunks)
		close_chunks(l);
	conclude(l, report);
	return how_it_ended(l, err);
}

int
ocr_range_alone(struct ocr_range_loop *l, struct ocr_range items, bool is_all,
    struct ocr_sweep_report *report, struct ocr_err *err)
{
	begin(l, (struct ocr_range){0, items.end});
	ocr_range_sit_alone(l);
	ocr_range_caller_alone(l, items, is_all);
	conclude(l, report);
	return how_it_ended(l, err);
}
