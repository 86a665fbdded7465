/*
 * dist_print.h - what several ranks have found, written by the first
 */
#ifndef OCR_DIST_PRINT_H
#define OCR_DIST_PRINT_H

#include "src/dist_bfs.h"
#include "src/graph_run.h"
#include "src/search_opt.h"

struct ocr_dist_found {
	const struct ocr_dist_bfs *bfs;
	struct ocr_dist *dist;
	enum ocr_form form; /* not JSON */
	bool has_source;    /* lines begin with the source */
	uint32_t source;
	const uint32_t *levels;  /* this rank's */
	const uint32_t *parents; /* NULL: not wanted */
};

/* The same bytes as ocr_bfs_print().  All ranks call it; the output is the first
 * one's. */
int ocr_dist_print(const struct ocr_dist_found *f, struct ocr_graph_run *r,
    struct ocr_err *err);

#endif
