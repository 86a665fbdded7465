/*
 * pagerank_in.h - rows of in-arcs for graphs that were made without them; for
 * pagerank_rows.c and pagerank_residual.c
 */
#ifndef OCR_PAGERANK_IN_H
#define OCR_PAGERANK_IN_H

#include "src/graph.h"

/* Sets *to to g, with in-arcs; without weights where they are made.  Serial:
 * the tools' graphs have in-arcs.  To be released after an error, too. */
int ocr_rank_in_init(struct ocr_graph *to, const struct ocr_graph *g,
    struct ocr_err *err);
void ocr_rank_in_release(struct ocr_graph *to, const struct ocr_graph *g);

#endif
