/*
 * pagerank_sweep.h - PageRank's iterations
 *
 * Two ways.  ocr_rank_solve: Gauss-Seidel in place until an iteration changes
 * little enough.  ocr_rank_iterate: so many times the formula of pagerank.h,
 * all scores from those of the iteration before, in doubles.
 */
#ifndef OCR_PAGERANK_SWEEP_H
#define OCR_PAGERANK_SWEEP_H

#include "kernels/k_rank.h"
#include "src/pagerank.h"
#include "src/pagerank_rows.h"

/* What a run leaves behind: the scores, except for a factor, are
 *	row i: (c[i] + shift) * degree
 *	no row: base
 */
struct ocr_rank_state {
	const struct ocr_rank_rows *rows;
	struct ocr_crew *crew;
	/* Of k_rank.h, for floats or doubles, as from and to are. */
	void (*kernel)(const struct k_rank_args *a, uint64_t start,
	    uint64_t end, struct k_rank_sums *sums);
	bool is_exact;            /* doubles */
	void *from, *to;          /* c; ocr_rank_solve: the same */
	struct k_rank_sums *sums; /* of each unit */
	double base, shift, sum;  /* the factor is 1 / sum */
	unsigned n_iterations;
	double change;
	bool has_converged;
};

/* base, and c of rows with out-arcs are set. */
int ocr_rank_solve(struct ocr_rank_state *s, const struct ocr_pagerank_opt *opt,
    struct ocr_err *err);
int ocr_rank_iterate(struct ocr_rank_state *s,
    const struct ocr_pagerank_opt *opt, struct ocr_err *err);

/* One sweep of floats over rows with out-arcs: to[i] becomes the sum of from[]
 * over the row, divided by the degree. */
int ocr_rank_apply(const struct ocr_rank_state *s, const float *from, float *to,
    struct ocr_err *err);

#endif
