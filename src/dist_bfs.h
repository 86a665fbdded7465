/*
 * dist_bfs.h - breadth-first search of one graph by several ranks
 *
 * A rank has a range of the vertices, in whole blocks: their rows, parents and
 * levels.  All ranks map the same file, and each reads its rows alone; of all
 * vertices it has three bitmaps.  Ranges are cut so that rows and vertices are
 * the same work for each.
 *
 * Push: a rank asks its frontier's rows, and tells the owners of their ends
 * which are new to it, with parents.  Pull: all tell all what the frontier is,
 * and each asks the rows of its vertices that are not reached.  Which of them is
 * by the same rule as in bfs.c, from sums over all ranks.
 */
#ifndef OCR_DIST_BFS_H
#define OCR_DIST_BFS_H

#include "src/bfs.h"
#include "src/dist.h"

struct ocr_dist_bfs;

/* One level. */
struct ocr_dist_step {
	uint32_t level;
	enum ocr_bfs_direction direction;
	uint64_t frontier, reached;
	uint64_t all_bytes;                  /* sent by all ranks */
	uint64_t sent_bytes, received_bytes; /* of this rank */
	double ns;
};

struct ocr_dist_bfs_opt {
	uint32_t max_depth;               /* 0: none */
	enum ocr_bfs_direction direction; /* as in bfs.h */
	/* NULL, or called after each level, on all ranks. */
	void (*level)(void *arg, const struct ocr_dist_step *step);
	void *arg;
};

/* All ranks call these together. */
int ocr_dist_bfs_new(struct ocr_dist_bfs **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_dist *dist, struct ocr_err *err);
void ocr_dist_bfs_free(struct ocr_dist_bfs *b); /* NULL is fine; alone, too */

/* The vertices of a rank: from, and to the one before end. */
uint64_t ocr_dist_bfs_first(const struct ocr_dist_bfs *b, unsigned rank);
uint64_t ocr_dist_bfs_end(const struct ocr_dist_bfs *b, unsigned rank);
/* Items of this rank's arrays: its blocks, to their end. */
uint64_t ocr_dist_bfs_room(const struct ocr_dist_bfs *b);

/* parents and levels: of this rank's vertices, or NULL.  The result is that of
 * all. */
int ocr_dist_bfs_run(struct ocr_dist_bfs *b, uint32_t source,
    const struct ocr_dist_bfs_opt *opt, uint32_t *parents, uint32_t *levels,
    struct ocr_bfs_result *result, struct ocr_err *err);

/* Graph500's rules over all ranks, of a whole search: -OCR_EFORMAT with what is
 * wrong. */
int ocr_dist_bfs_verify(struct ocr_dist_bfs *b, uint32_t source,
    const uint32_t *parents, const uint32_t *levels, struct ocr_err *err);

#endif
