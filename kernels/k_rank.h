/*
 * k_rank.h - a sweep of PageRank over rows
 *
 * A row is a vertex and the vertices that have an arc to it.  What is kept of
 * each vertex is its contribution c: its score divided by its out-degree, less
 * `shift`, which is the same for all.  A sweep over rows [start, end) does
 *
 *	score = base + damping * sum of (c + shift) over the row
 *	c = score / degree - shift
 *
 * with all of `from` being read and `to` written.  They may be the same array
 * (Gauss-Seidel): then rows read what rows before them, and other threads,
 * have written.  Every access to another row's c is a relaxed atomic; two
 * threads never have the same row.
 *
 *	offsets[end + 1], ends   row i is ends[offsets[i]] to
 *	                         ends[offsets[i + 1] - 1]
 *	degrees                  out-degree of each row's vertex, not 0; NULL:
 *	                         as many as the row has, which is not empty
 *	to_sinks                 how many of its arcs go to vertices that have
 *	                         none themselves; NULL: none
 *	from, to                 float or double, by the function's name
 *
 * sums is set, not added to.  Pure.
 */
#ifndef K_RANK_H
#define K_RANK_H

#include <stddef.h>
#include <stdint.h>

struct k_rank_args {
	const uint64_t *offsets;
	const uint32_t *ends;
	const uint32_t *degrees;
	const uint32_t *to_sinks;
	const void *from;
	void *to;
	double base, damping, shift;
};

struct k_rank_sums {
	double mass;     /* of the scores */
	double change;   /* of scores, and at most so much of the sinks' */
	double to_sinks; /* of the scores' parts that go to sinks */
};

void k_rank_floats(const struct k_rank_args *a, uint64_t start, uint64_t end,
    struct k_rank_sums *sums);
void k_rank_doubles(const struct k_rank_args *a, uint64_t start, uint64_t end,
    struct k_rank_sums *sums);

#endif
