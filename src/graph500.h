/*
 * graph500.h - the lines that Graph500's reference program writes (3.0)
 */
#ifndef OCR_GRAPH500_H
#define OCR_GRAPH500_H

#include <stdio.h>

#include "src/search.h"

struct ocr_graph500 {
	const struct ocr_graph *graph;
	double construction_ns; /* reading or making the graph, too */
	unsigned n_ranks;
	const struct ocr_trial *trials;
	const double *verify_ns; /* of each; NULL: not verified */
	size_t n;
};

/* For ocr_graph_run_emit(). */
void ocr_graph500_write(FILE *f, const void *lines);

#endif
