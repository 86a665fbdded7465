/*
 * graph_base.h - vertices of an edge list that no edge has
 *
 * A list of edges does not say which vertices there are.  Where its numbering
 * is known to begin at base, all numbers from there to the highest are.
 */
#ifndef OCR_GRAPH_BASE_H
#define OCR_GRAPH_BASE_H

#include "src/graph_crew.h"
#include "src/graph_source.h"

/* s: a copy of a source that declares no vertices; it then does. */
int ocr_graph_base(struct ocr_graph_source *s, uint64_t base,
    struct ocr_crew *crew, struct ocr_err *err);

#endif
