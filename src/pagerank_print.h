/*
 * pagerank_print.h - scores, as text or arrays; for pagerank_main.c
 */
#ifndef OCR_PAGERANK_PRINT_H
#define OCR_PAGERANK_PRINT_H

#include "src/graph_run.h"
#include "src/pagerank.h"
#include "src/search_opt.h"

/* top: so many, the highest first; 0: all, by id. */
int ocr_pagerank_print(const struct ocr_scores *s, enum ocr_form form,
    uint64_t top, struct ocr_graph_run *r, struct ocr_err *err);

#endif
