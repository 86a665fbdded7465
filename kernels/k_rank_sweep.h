/*
 * k_rank_sweep.h - the loop over rows: a template for the k_rank_* files
 *
 * Included once by a file, which has defined REAL (float or double) and SWEEP
 * (the function's name), after k_rank_plain.h.
 */

/* The error of a sum grows with the number of its terms: long ones are made of
 * parts. */
#define K_RANK_LONG 1024
#define K_RANK_PART 64

static REAL
sum_long(const uint32_t *ends, uint64_t n, const REAL *from, uint64_t ahead)
{
	double sum = 0;

	for (; n > K_RANK_LONG; n -= K_RANK_LONG, ends += K_RANK_LONG)
		sum += (double)sum_row(ends, K_RANK_LONG, from, ahead);
	return (REAL)(sum + (double)sum_row(ends, n, from, ahead));
}

/* The rows' arcs end at `last`. */
static inline void
do_row(const struct k_rank_args *a, uint64_t i, uint64_t last,
    struct k_rank_sums *s)
{
	const REAL *from = a->from;
	REAL *to = a->to;
	const uint32_t *ends = a->ends + a->offsets[i];
	uint64_t end = a->offsets[i + 1], n = end - a->offsets[i],
		 ahead = last - end >= K_RANK_AHEAD ? K_RANK_AHEAD : 0;
	/* Signed: conversion is one instruction. */
	REAL length = (REAL)(int64_t)n, degree = length, sum, score, c, moved;

	if (a->degrees != NULL)
		degree = (REAL)(int64_t)a->degrees[i];
	sum = n <= K_RANK_LONG ? sum_row(ends, n, from, ahead)
			       : sum_long(ends, n, from, ahead);
	sum += length * (REAL)a->shift;
	score = (REAL)a->base + (REAL)a->damping * sum;
	c = score / degree - (REAL)a->shift;
	moved = c < from[i] ? from[i] - c : c - from[i];
	s->mass += (double)score;
	s->change += (double)(moved * degree);
	if (a->to_sinks != NULL) {
		REAL share = (REAL)(int64_t)a->to_sinks[i];

		s->to_sinks += (double)(c * share);
		s->change += (double)(moved * share) * a->damping;
	}
	__atomic_store(&to[i], &c, __ATOMIC_RELAXED);
}

void
SWEEP(const struct k_rank_args *args, uint64_t start, uint64_t end,
    struct k_rank_sums *sums)
{
	const struct k_rank_args a = *args;
	struct k_rank_sums all = {0, 0, 0}, part;
	uint64_t last = a.offsets[end], until;

	for (; start < end; start = until) {
		part = (struct k_rank_sums){0, 0, 0};
		until = end - start > K_RANK_PART ? start + K_RANK_PART : end;
		for (uint64_t i = start; i < until; i++)
			do_row(&a, i, last, &part);
		all.mass += part.mass;
		all.change += part.change;
		all.to_sinks += part.to_sinks;
	}
	*sums = all;
}
