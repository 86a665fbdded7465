/*
 * bfs.h - breadth-first search, push and pull
 *
 * Beamer, Asanovic, Patterson, "Direction-optimizing breadth-first search",
 * SC 2012.  A level is a sweep: push over the frontier's vertices, or pull
 * over all that are not reached yet.
 */
#ifndef OCR_BFS_H
#define OCR_BFS_H

#include "src/graph.h"
#include "src/graph_crew.h"

struct ocr_bfs; /* working memory for searches of one graph */

enum ocr_bfs_direction { OCR_BFS_AUTO = 0, OCR_BFS_PUSH, OCR_BFS_PULL };

struct ocr_bfs_opt {
	uint32_t max_depth; /* 0: none */
	uint32_t to;        /* stop when it is reached; OCR_NO_VERTEX: no */
	enum ocr_bfs_direction direction; /* AUTO, or one alone; a directed
					   * graph without `in` is pushed */
	/* NULL, or called after each sweep by the calling thread.  level: of
	 * those reached, of whom there may be none in the last one. */
	void (*level)(void *arg, uint32_t level, enum ocr_bfs_direction d,
	    uint64_t frontier, uint64_t reached, double ns);
	void *arg;
};

struct ocr_bfs_result {
	uint64_t n_reached; /* the source too */
	uint64_t n_arcs;    /* of the rows of all reached: the numerator of TEPS
			     * (undirected: twice the edges, loops once) */
	uint32_t depth;     /* the highest level */
};

int ocr_bfs_new(struct ocr_bfs **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err);
void ocr_bfs_free(struct ocr_bfs *b); /* NULL is fine */

/* parents (n, rounded up to a block; the source's is itself, OCR_NO_VERTEX: not
 * reached) or levels (same size; OCR_NO_VERTEX: not reached) may be NULL.  opt
 * NULL: the whole search. */
int ocr_bfs_run(struct ocr_bfs *b, uint32_t source,
    const struct ocr_bfs_opt *opt, uint32_t *parents, uint32_t *levels,
    struct ocr_bfs_result *result, struct ocr_err *err);

/* Up to 64 sources at once: levels[i] (n each, as above) of sources[i]. */
int ocr_bfs_run_many(struct ocr_bfs *b, const uint32_t *sources,
    size_t n_sources, uint32_t max_depth, uint32_t *const *levels,
    struct ocr_err *err);

/* Graph500's rules, against the graph: -OCR_EFORMAT with what is wrong.  Of a
 * whole search; parents or levels may be NULL. */
int ocr_bfs_verify(const struct ocr_graph *g, uint32_t source,
    const uint32_t *parents, const uint32_t *levels, struct ocr_crew *crew,
    struct ocr_err *err);

#endif
