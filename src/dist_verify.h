/*
 * dist_verify.h - a search over several ranks while it is checked; for
 * dist_verify*.c alone
 */
#ifndef OCR_DIST_VERIFY_H
#define OCR_DIST_VERIFY_H

#include "src/dist_bfs_run.h"

struct ocr_dist_verify {
	struct ocr_dist_bfs *b;
	uint32_t source;
	const uint32_t *parents, *levels;
	uint64_t depth;
	/* Own vertices by level, and where each level begins. */
	uint32_t *order;
	uint64_t *starts;
	uint64_t *upto; /* all vertices, up to the level below */
	uint32_t level; /* whose rows are looked at */
	uint64_t *keys;
	struct ocr_dist_bytes mine;
};

int ocr_dist_is_wrong(const struct ocr_dist_verify *c, uint64_t v,
    struct ocr_err *err, const char *why, uint64_t other);

/* Is each vertex a level below its parent, and is there an arc from it?  All
 * ranks call it; levels and parents are vertices, or none, together. */
int ocr_dist_check_parents(struct ocr_dist_verify *c, struct ocr_err *err);

#endif
