/*
 * policy_split.c - the first split of a range
 */
#include "config.h"

#include "common/policy_units.h"

/* Threads keep this part of their share, whatever cards are given. */
#define KEPT 0.1

/* What a worker is taken for in the split: a card that nobody has measured gets
 * half of what it is said to deserve. */
static double
split_rate(const struct ocr_policy_worker *w)
{
	return w->is_card && !w->is_measured ? w->rate / 2 : w->rate;
}

/* Work done by all until t, and by threads alone; launches wait for another. */
static double
done_until(const struct ocr_policy_worker *w, size_t n_workers, double t,
    double (*rate)(const struct ocr_policy_worker *))
{
	double sum = 0, submits_ns = 0, launch_ns;
	size_t k;

	for (k = 0; k < n_workers; k++) {
		if (w[k].is_card)
			submits_ns += w[k].submit_ns;
		launch_ns = w[k].is_card ? w[k].launch_ns + submits_ns : 0;
		if (t > launch_ns)
			sum += rate(&w[k]) * (t - launch_ns);
	}
	return sum;
}

static double
end_of(const struct ocr_policy_worker *w, size_t n_workers, double work,
    double (*rate)(const struct ocr_policy_worker *))
{
	double lo = 0, hi = 1, mid;
	int i;

	while (done_until(w, n_workers, hi, rate) < work && hi < 1e30)
		hi *= 2;
	for (i = 0; i < 80; i++) {
		mid = (lo + hi) / 2;
		if (done_until(w, n_workers, mid, rate) < work)
			lo = mid;
		else
			hi = mid;
	}
	return hi;
}

static double
rate_of(const struct ocr_policy_worker *w)
{
	return w->rate;
}

double
ocr_policy_bound(const struct ocr_policy_worker *workers, size_t n_workers,
    double work)
{
	return work > 0 ? end_of(workers, n_workers, work, rate_of) : 0;
}

/* Shares of work: worker k's, submits_ns being the launches up to its own. */
static double
share(const struct ocr_policy *p, size_t k, double end_ns, double submits_ns)
{
	const struct ocr_policy_worker *w = &p->workers[k];
	double launch_ns = w->is_card ? w->launch_ns + submits_ns : 0;

	switch (p->schedule.kind) {
	case OCR_HWS:
		return end_ns > launch_ns ? split_rate(w) * (end_ns - launch_ns)
					  : 0;
	case OCR_STATIC:
		if (p->schedule.has_weights)
			return w->rate;
		return w->is_card ? p->schedule.ratio : 1;
	case OCR_HWS_PAPER:
		return p->schedule.has_weights ? w->rate : 1;
	default:
		return 0;
	}
}

/*
 * A card pays more for a steal than a thread does: it is given a little too much,
 * which threads take back.
 */
static void
over_assign(const struct ocr_policy *p, double threads, double cards,
    double *thread_times, double *card_times)
{
	double extra = p->schedule.beta * cards;

	*thread_times = *card_times = 1;
	if (p->schedule.kind != OCR_HWS || !(threads > 0) || !(cards > 0))
		return;
	if (extra > (1 - KEPT) * threads)
		extra = (1 - KEPT) * threads;
	*card_times = 1 + extra / cards;
	*thread_times = 1 - extra / threads;
}

static uint64_t
max_align(const struct ocr_policy *p)
{
	uint64_t align = 1;
	size_t k;

	for (k = 0; k < p->n_workers; k++)
		if (p->workers[k].align > align)
			align = p->workers[k].align;
	return align;
}

/* To the first thread, or to the first card. */
static void
give_all_to_one(const struct ocr_policy *p, uint64_t n, uint64_t *bounds)
{
	size_t k, one = 0;

	while (one < p->n_workers && p->workers[one].is_card)
		one++;
	if (one == p->n_workers)
		one = 0;
	for (k = 0; k <= p->n_workers; k++)
		bounds[k] = k <= one ? 0 : n;
}

void
ocr_policy_split(const struct ocr_policy *p, uint64_t n, uint64_t *bounds)
{
	double work = ocr_policy_work(p, n), end_ns = 0, submits_ns = 0;
	double part[2] = {0, 0}, times[2], sum = 0, all, s;
	uint64_t align = max_align(p), at;
	size_t k;

	if (p->schedule.kind == OCR_HWS)
		end_ns = end_of(p->workers, p->n_workers, work, split_rate);
	for (k = 0; k < p->n_workers; k++) {
		if (p->workers[k].is_card)
			submits_ns += p->workers[k].submit_ns;
		part[p->workers[k].is_card] += share(p, k, end_ns, submits_ns);
	}
	/* Items without any work are somebody's, too. */
	if (p->schedule.kind == OCR_HWS && !(part[0] + part[1] > 0)) {
		give_all_to_one(p, n, bounds);
		return;
	}
	over_assign(p, part[0], part[1], &times[0], &times[1]);
	all = part[0] * times[0] + part[1] * times[1];
	submits_ns = 0;
	bounds[0] = 0;
	for (k = 0; k < p->n_workers; k++) {
		if (p->workers[k].is_card)
			submits_ns += p->workers[k].submit_ns;
		s = share(p, k, end_ns, submits_ns);
		sum += s * times[p->workers[k].is_card];
		at = bounds[k];
		if (s > 0 && sum >= all * (1 - 1e-12))
			at = n;
		else if (s > 0)
			at = ocr_policy_round_up(
			    ocr_policy_find(p, work * (sum / all), at, n),
			    align, n);
		bounds[k + 1] = at;
	}
}
