/*
 * graph_rest.h - a graph that is not needed for a while
 */
#ifndef OCR_GRAPH_REST_H
#define OCR_GRAPH_REST_H

#include "src/graph.h"

/* The pages of a mapped graph leave memory; they are read again when they are
 * used.  A graph that was built stays.  Any thread may use it meanwhile. */
void ocr_graph_rest(const struct ocr_graph *g);

#endif
