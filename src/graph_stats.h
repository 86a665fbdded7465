/*
 * graph_stats.h - --stats of graph programs; for graph_run.c
 */
#ifndef OCR_GRAPH_STATS_H
#define OCR_GRAPH_STATS_H

#include "src/graph_run.h"

/* One line of JSON.  status: exit status to come. */
int ocr_graph_stats_write(const struct ocr_graph_run *r, int status,
    struct ocr_err *err);

#endif
