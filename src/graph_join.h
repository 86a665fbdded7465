/*
 * graph_join.h - several sources of edges as one: the union of their vertices,
 * all their edges
 */
#ifndef OCR_GRAPH_JOIN_H
#define OCR_GRAPH_JOIN_H

#include <stddef.h>

#include "src/graph_source.h"

/* The n sources, all directed or all undirected unless direction says what they
 * are taken for; the join frees them, also if this fails. */
int ocr_graph_join(struct ocr_graph_source **out,
    struct ocr_graph_source **sources, size_t n, enum ocr_graph_says direction,
    struct ocr_err *err);

#endif
