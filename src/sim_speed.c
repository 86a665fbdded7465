/*
 * sim_speed.c - integrals of a wandering speed; called by sim_world.c, sim_run.c
 */
#include "config.h"

#include "src/sim_speed.h"

#include <stdlib.h>

#include "src/sim_random.h"

/* Periods that are kept: 32 MiB; later ones have the factor 1. */
#define MAX_PERIODS ((size_t)1 << 22)

static double
factor_of(const struct ocr_sim_setup *s, size_t k, size_t period)
{
	double middle = ((double)period + 0.5) * s->jitter_ns;
	uint64_t hash = ocr_sim_hash(s->seed, 2 + k, period);

	if (k == s->stalled && middle >= s->stall_from_ns &&
	    middle < s->stall_to_ns)
		return s->stall_rate;
	return 1 + s->jitter * (2 * ocr_sim_unit(hash) - 1);
}

static bool
make_room(struct ocr_sim_speed *w)
{
	size_t cap = w->cap > 0 ? w->cap * 2 : 64;
	double *p;

	if (w->n < w->cap)
		return true;
	p = w->is_short ? NULL : realloc(w->sums, cap * sizeof(*p));
	if (p == NULL) {
		w->is_short = true;
		return false;
	}
	w->sums = p;
	w->cap = cap;
	return true;
}

/* Know one period more; false: there will be no more. */
static bool
extend(struct ocr_sim_speed *w, const struct ocr_sim_setup *s, size_t k)
{
	if (w->n >= MAX_PERIODS || !make_room(w))
		return false;
	w->sums[w->n] =
	    w->n == 0
		? 0
		: w->sums[w->n - 1] + factor_of(s, k, w->n - 1) * s->jitter_ns;
	w->n++;
	return true;
}

double
ocr_sim_speed_sum(struct ocr_sim_speed *w, const struct ocr_sim_setup *s,
    size_t k, double t_ns)
{
	double period = t_ns / s->jitter_ns;
	size_t i;

	while ((double)w->n < period + 2 && extend(w, s, k))
		;
	if (w->n < 2)
		return t_ns;
	if (period >= (double)(w->n - 1))
		return w->sums[w->n - 1] + t_ns -
		       (double)(w->n - 1) * s->jitter_ns;
	i = (size_t)period;
	return w->sums[i] +
	       (w->sums[i + 1] - w->sums[i]) * (period - (double)i);
}

double
ocr_sim_speed_when(struct ocr_sim_speed *w, const struct ocr_sim_setup *s,
    size_t k, double sum)
{
	size_t lo = 0, hi, mid;
	double part;

	while ((w->n == 0 || w->sums[w->n - 1] <= sum) && extend(w, s, k))
		;
	if (w->n < 2)
		return sum;
	hi = w->n - 1;
	if (w->sums[hi] <= sum)
		return (double)hi * s->jitter_ns + sum - w->sums[hi];
	/* sums[lo] <= sum < sums[hi] */
	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (w->sums[mid] <= sum)
			lo = mid;
		else
			hi = mid;
	}
	part = (sum - w->sums[lo]) / (w->sums[lo + 1] - w->sums[lo]);
	return ((double)lo + part) * s->jitter_ns;
}
