/*
 * dist_cut.h - which rank has which vertices of a graph
 *
 * Ranges of whole blocks, such that rows and vertices are the same work for
 * each.  For graph_file_check.c, which checks the rows that a rank will use, and
 * dist_bfs.c, which uses them: both cut alike.
 */
#ifndef OCR_DIST_CUT_H
#define OCR_DIST_CUT_H

#include "src/dist.h"
#include "src/graph.h"

/* n + 1 blocks, to be freed: rank i has those from [i] on, to the one before
 * [i + 1].  Offsets may be wrong; then ranks may differ, see
 * ocr_dist_cut_sum(). */
int ocr_dist_cut(uint64_t **out, const struct ocr_graph *g, unsigned n,
    struct ocr_err *err);

/* The first vertex of a block; behind the last one: n. */
static inline uint64_t
ocr_dist_cut_at(const struct ocr_graph *g, uint64_t block)
{
	uint64_t v = block * OCR_GRAPH_BLOCK;

	return v < g->n ? v : g->n;
}

/* A checksum of the cut, and of the offsets where it is. */
uint32_t ocr_dist_cut_sum(const uint64_t *blocks, const struct ocr_graph *g,
    unsigned n);

#endif
