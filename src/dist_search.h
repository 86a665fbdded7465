/*
 * dist_search.h - the searches of ocr-bfs over several ranks, for dist_main.c
 */
#ifndef OCR_DIST_SEARCH_H
#define OCR_DIST_SEARCH_H

#include "src/bfs_main.h"
#include "src/dist_bfs.h"
#include "src/search.h"

/* The caller sets the first three; zeroed otherwise. */
struct ocr_dist_search {
	struct ocr_bfs_main_opt *opt;
	struct ocr_graph_run *run; /* its graph is there */
	struct ocr_dist *dist;
	struct ocr_dist_bfs *bfs;
	uint32_t *sources;
	size_t n_sources;
	size_t n_bytes;              /* of an array */
	uint32_t *parents, *levels;  /* parents: NULL if not needed */
	struct ocr_dist_step *steps; /* of the last search */
	size_t n_steps;
	bool is_short;   /* of memory for steps */
	uint64_t *bytes; /* for each step and rank: sent, received */
	struct ocr_bfs_result result;
	struct ocr_trial last;
	double verify_ns;
};

/* All of them, and their output by rank 0; all ranks call it. */
int ocr_dist_search_all(struct ocr_dist_search *s, struct ocr_err *err);
void ocr_dist_search_release(struct ocr_dist_search *s);

#endif
