/*
 * pagerank_state.h - what struct ocr_pagerank holds; for pagerank.c and its test
 */
#ifndef OCR_PAGERANK_STATE_H
#define OCR_PAGERANK_STATE_H

#include <stdbool.h>

#include "src/pagerank.h"
#include "src/pagerank_rows.h"
#include "src/pagerank_start.h"

struct ocr_pagerank {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	struct ocr_rank_rows rows;
	struct k_rank_sums *sums; /* of each unit */
	struct ocr_rank_start start;
	/* Made when first needed: contributions of rows, scores of vertices. */
	float *floats, *scores;
	double *doubles[2], *exact;
};

#endif
