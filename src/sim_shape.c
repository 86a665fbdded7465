/*
 * sim_shape.c - power laws, order, levels; called by sim_profile.c
 */
#include "config.h"

#include "src/sim_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/sim_random.h"

/* Rows of one neighbourhood. */
#define NEAR 2048

void
ocr_sim_shape_release(struct ocr_sim_shape *s)
{
	free(s->degrees);
	free(s->levels);
	*s = (struct ocr_sim_shape){0};
}

/* Mean of min(scale * x, cap), x of a power law from 1 on. */
static double
mean_of(double scale, double cap, double exponent)
{
	double a = exponent - 1, t = cap / scale;

	if (t <= 1)
		return cap;
	return scale * a / (a - 1) * (1 - pow(t, 1 - a)) + cap * pow(t, -a);
}

/*
 * By how much rows of each neighbourhood exceed others: wanders.  The figures
 * are such that on whole sweeps, 7 and 15 threads and a card, hws-paper does
 * what was published: lambda 1, up to twice as fast as static, up to 1.17 times
 * as fast as hap.  On small levels it is up to 1.66 times as fast as hap, which
 * begins cold.
 */
static double *
make_factors(const struct ocr_sim_law *law, size_t n, uint64_t seed)
{
	double *factors = malloc(n * sizeof(*factors)), x = 0;
	size_t i;

	for (i = 0; factors != NULL && i < n; i++) {
		x = 0.9 * x + 0.25 * ocr_sim_gauss(ocr_sim_hash(seed, 8, i));
		factors[i] = exp(x);
		if (law->has_head)
			factors[i] *=
			    0.6 + 1.5 * exp(-5 * (double)i / (double)n);
	}
	return factors;
}

/* The scale that gives n_edges on average. */
static double
find_scale(const struct ocr_sim_law *law, const double *factors, size_t n)
{
	double lo = 0, hi = law->cap, scale = 0, sum, want;
	size_t i;
	int step;

	want = (double)law->n_edges / (double)law->n / (1 - law->empty) *
	       (double)n;
	for (step = 0; step < 50; step++) {
		scale = (lo + hi) / 2;
		for (i = 0, sum = 0; i < n; i++)
			sum += mean_of(scale * factors[i], law->cap,
			    law->exponent);
		if (sum < want)
			lo = scale;
		else
			hi = scale;
	}
	return scale;
}

int
ocr_sim_shape_law(struct ocr_sim_shape *s, const struct ocr_sim_law *law,
    bool is_crawl, uint64_t seed, struct ocr_err *err)
{
	size_t n_factors = (size_t)(law->n / NEAR + 1), near;
	double *factors = make_factors(law, n_factors, seed);
	double scale, power = -1 / (law->exponent - 1), v;
	uint64_t i, hash;

	s->n = law->n;
	s->degrees = malloc(law->n * sizeof(*s->degrees));
	if (factors == NULL || s->degrees == NULL) {
		free(factors);
		return ocr_err_nomem(err);
	}
	scale = find_scale(law, factors, n_factors);
	for (i = 0; i < law->n; i++) {
		hash = ocr_sim_hash(seed, 9, i);
		near = (size_t)(is_crawl ? i / NEAR
					 : ocr_sim_mix(hash) % n_factors);
		/* In (0, 1]. */
		v = 1 - ocr_sim_unit(hash);
		v = scale * factors[near] * exp2(log2(v) * power);
		v = v > law->cap ? law->cap : v;
		hash = ocr_sim_mix(hash + 1);
		v += ocr_sim_unit(hash);
		s->degrees[i] =
		    (hash & 0x3ff) < law->empty * 0x400 ? 0 : (uint32_t)v;
	}
	free(factors);
	return 0;
}

/* counts[d]: rows of degree d; the largest degree is *max. */
static uint64_t *
count_degrees(const struct ocr_sim_shape *s, uint32_t *max)
{
	uint64_t *counts, i;

	*max = 0;
	for (i = 0; i < s->n; i++)
		if (s->degrees[i] > *max)
			*max = s->degrees[i];
	counts = calloc((size_t)*max + 1, sizeof(*counts));
	for (i = 0; counts != NULL && i < s->n; i++)
		counts[s->degrees[i]]++;
	return counts;
}

int
ocr_sim_shape_sort(struct ocr_sim_shape *s, struct ocr_err *err)
{
	uint8_t *levels = s->levels != NULL ? malloc(s->n + 1) : NULL;
	uint64_t *counts, i, at = 0, n;
	uint32_t max, d;

	counts = count_degrees(s, &max);
	if (counts == NULL || (s->levels != NULL && levels == NULL)) {
		free(counts);
		free(levels);
		return ocr_err_nomem(err);
	}
	/* counts: where rows of a degree begin */
	for (d = max;; d--) {
		n = counts[d];
		counts[d] = at;
		at += n;
		if (d == 0)
			break;
	}
	for (i = 0; i < s->n; i++) {
		at = counts[s->degrees[i]]++;
		if (levels != NULL)
			levels[at] = s->levels[i];
	}
	free(s->levels);
	s->levels = levels;
	/* counts: where rows of a degree end */
	for (i = 0, d = max; i < s->n; d--)
		while (i < counts[d])
			s->degrees[i++] = d;
	free(counts);
	return 0;
}

/* Part of the edges' ends that each level's edges hit, added up. */
static void
find_reach(const uint64_t *counts, uint32_t max, uint32_t first, double *reach,
    unsigned n_levels)
{
	double front = first, ends = 0, hit = 0;
	unsigned level;
	uint32_t d;

	for (d = 1; d <= max; d++)
		ends += (double)counts[d] * d;
	for (level = 0; level < n_levels; level++) {
		reach[level] = hit;
		hit += front / ends;
		for (d = 1, front = 0; d <= max; d++)
			if (counts[d] > 0)
				front += (double)counts[d] * d *
					 (exp(-(double)d * reach[level]) -
					     exp(-(double)d * hit));
	}
}

int
ocr_sim_shape_levels(struct ocr_sim_shape *s, uint64_t seed,
    struct ocr_err *err)
{
	double reach[OCR_SIM_MAX_LEVELS + 1], sum = 0, e;
	uint32_t max, first;
	uint64_t *counts, i;
	unsigned level;
	bool has_root = false;

	s->levels = malloc(s->n + 1);
	counts = count_degrees(s, &max);
	if (s->levels == NULL || counts == NULL) {
		free(counts);
		return ocr_err_nomem(err);
	}
	memset(s->levels, OCR_SIM_NO_LEVEL, s->n);
	for (i = 0; i < s->n; i++)
		sum += s->degrees[i];
	/* The search begins at a row of average degree or a little more. */
	first = (uint32_t)(sum / (double)(s->n + 1)) + 1;
	while (first < max && counts[first] == 0)
		first++;
	find_reach(counts, max, first, reach, OCR_SIM_MAX_LEVELS + 1);
	free(counts);
	for (i = 0; i < s->n; i++) {
		if (!has_root && s->degrees[i] == first) {
			has_root = true;
			s->levels[i] = 0;
			continue;
		}
		e = -log(1 - ocr_sim_unit(ocr_sim_hash(seed, 10, i)));
		for (level = 1; level <= OCR_SIM_MAX_LEVELS; level++)
			if (s->degrees[i] * reach[level] > e)
				break;
		if (level <= OCR_SIM_MAX_LEVELS)
			s->levels[i] = (uint8_t)level;
	}
	return 0;
}
