/*
 * pagerank_parts.h - components of an undirected graph; for pagerank_start.c
 */
#ifndef OCR_PAGERANK_PARTS_H
#define OCR_PAGERANK_PARTS_H

#include "src/pagerank_rows.h"

/* Sets spread[row], of n_rows: vertices / arcs of the row's component. */
int ocr_rank_parts(const struct ocr_rank_rows *r, float *spread,
    struct ocr_crew *crew, struct ocr_err *err);

#endif
