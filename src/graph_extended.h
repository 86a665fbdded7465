/*
 * graph_extended.h - a graph and what was added to it, as one graph
 *
 * To check results against, and to search afresh.
 */
#ifndef OCR_GRAPH_EXTENDED_H
#define OCR_GRAPH_EXTENDED_H

#include "src/graph.h"
#include "src/graph_added.h"
#include "src/graph_crew.h"

/* Vertices keep their numbers, so ids need not ascend: nothing can be looked up
 * by them; rows are in no order, and a directed graph has none of in-arcs.
 * kind: of all weights; PLAIN: there are none.  more: ids of vertices from g->n
 * on. */
int ocr_graph_extend(struct ocr_graph **out, const struct ocr_graph *g,
    const struct ocr_added *a, const uint64_t *more, enum ocr_edge_kind kind,
    struct ocr_crew *crew, struct ocr_err *err);

#endif
