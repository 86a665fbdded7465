/*
 * pagerank_order.h - the order of PageRank's rows; for pagerank_rows.c
 */
#ifndef OCR_PAGERANK_ORDER_H
#define OCR_PAGERANK_ORDER_H

#include "src/pagerank_rows.h"

/* Sets n, n_live, n_rows, n_alone and rows[], and vertices[row] of n_rows.
 * Both arrays have n elements. */
int ocr_rank_order(struct ocr_rank_rows *r, uint32_t *vertices,
    const struct ocr_graph *g, struct ocr_crew *crew, struct ocr_err *err);

#endif
