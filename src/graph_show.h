/*
 * graph_show.h - what a graph is like, and its edges as text; for graph_main.c
 */
#ifndef OCR_GRAPH_SHOW_H
#define OCR_GRAPH_SHOW_H

#include "src/graph_run.h"

/* Lines of a name, a tab and a value. */
int ocr_graph_show(struct ocr_graph_run *r, struct ocr_err *err);

/* A line for each edge: from, to, and the weight if there is one. */
int ocr_graph_list(struct ocr_graph_run *r, struct ocr_err *err);

#endif
