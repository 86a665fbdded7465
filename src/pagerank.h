/*
 * pagerank.h - PageRank
 *
 * score(v) = (1 - d) / n + d * (sum of score(u) / degree(u) over arcs u-v
 * + what vertices without out-arcs have / n).  The sum of scores is 1.
 */
#ifndef OCR_PAGERANK_H
#define OCR_PAGERANK_H

#include "src/graph.h"
#include "src/graph_crew.h"

struct ocr_pagerank; /* its own layout of a graph, and working memory */

struct ocr_pagerank_opt {
	double damping;          /* 0.85 */
	double tolerance;        /* 1e-4: ends when an iteration has changed all
			    * scores together by less.  Below 1e-5: doubles */
	unsigned max_iterations; /* 0: 1000 */
	unsigned iterations;     /* 0; else the formula exactly so many times,
			      * from 1 / n each, in doubles */
};

/* Owned by the struct ocr_pagerank, until its next run. */
struct ocr_scores {
	const double *exact; /* by vertex; one of the two is NULL */
	const float *scores;
	unsigned n_iterations;
	unsigned n_pushes; /* of these, with cards: cards.h */
	double change;     /* of the last one */
	bool has_converged;
};

/* The layout: about 4 bytes an arc and 24 a vertex; while it is made from a
 * directed graph without in-arcs, twice as much.  g and crew must outlive it. */
int ocr_pagerank_new(struct ocr_pagerank **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err);
void ocr_pagerank_free(struct ocr_pagerank *p); /* NULL is fine */
int ocr_pagerank_run(struct ocr_pagerank *p, const struct ocr_pagerank_opt *opt,
    struct ocr_scores *out, struct ocr_err *err);

/* Sum over all vertices of |score - what its neighbours' scores say|. */
int ocr_pagerank_residual(const struct ocr_graph *g,
    const struct ocr_scores *scores, double damping, struct ocr_crew *crew,
    double *residual, struct ocr_err *err);

static inline double
ocr_pagerank_score(const struct ocr_scores *s, uint64_t v)
{
	return s->exact != NULL ? s->exact[v] : (double)s->scores[v];
}

#endif
