/*
 * pagerank_start.h - scores that PageRank begins with
 *
 * If all vertices had neighbours of average score, a vertex's contribution would
 * be
 *
 *	(base + damping * length of its row * K) / out-degree
 *
 * K, the average contribution, follows from the scores' sum.  Undirected: of
 * each component by itself, because no score moves between them; the sums
 * over components are then right from the beginning.  What one application of
 * PageRank's formula makes of this is
 *
 *	base / out-degree + damping * base * first + damping^2 * k * second
 *
 * of which first and second depend on the graph alone.
 *
 * Undirected, c itself is among the contributions that `second` stands for: of
 * what a vertex gives to its neighbours, who have the degrees that they have,
 * the part `first` comes back with their own.  So
 *
 *	c = base / degree + damping * base * first
 *		+ damping^2 * (first * c + (1 - first) * k * second)
 *
 * is solved for c.
 */
#ifndef OCR_PAGERANK_START_H
#define OCR_PAGERANK_START_H

#include "src/pagerank_rows.h"
#include "src/pagerank_sweep.h"

struct ocr_rank_start {
	float *first, *second; /* of n_live rows */
};

/* sums: of each unit, scratch.  To be released after an error, too. */
int ocr_rank_start_init(struct ocr_rank_start *s,
    const struct ocr_rank_state *state, struct ocr_err *err);
void ocr_rank_start_release(struct ocr_rank_start *s, uint64_t n_live);

/* Sets base and the contributions. */
int ocr_rank_start(const struct ocr_rank_start *s, struct ocr_rank_state *state,
    double damping, struct ocr_err *err);

#endif
