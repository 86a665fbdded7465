/*
 * graph_again.h - a graph as a source of edges, so that it can be built anew
 */
#ifndef OCR_GRAPH_AGAIN_H
#define OCR_GRAPH_AGAIN_H

#include "src/graph.h"
#include "src/graph_source.h"

/* The source frees g; if this fails it is still the caller's. */
int ocr_graph_again(struct ocr_graph_source **out, struct ocr_graph *g,
    struct ocr_err *err);

#endif
