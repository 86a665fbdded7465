/*
 * bfs_updates.h - --updates of ocr-bfs: levels and parents while edges are added
 */
#ifndef OCR_BFS_UPDATES_H
#define OCR_BFS_UPDATES_H

#include "src/bfs_main.h"
#include "src/update_run.h"

struct ocr_bfs_updates {
	/* The caller sets these: */
	const struct ocr_bfs_main_opt *opt;
	uint32_t source;
	/* What the search has found; they may move, as vertices are added. */
	uint32_t *levels, *parents; /* parents: NULL if nobody wants them */
	size_t n_bytes;             /* of each; of ocr_huge_alloc() */

	struct ocr_update_run all; /* run, n_reached: set by the caller */
	bool has_searched;         /* levels and parents are there already */
};

/* From the first result to the last, which is printed unless it is JSON. */
int ocr_bfs_updates_run(struct ocr_bfs_updates *b, struct ocr_err *err);
void ocr_bfs_updates_close(struct ocr_bfs_updates *b); /* zeroed is fine */

#endif
