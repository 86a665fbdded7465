/*
 * sssp_updates.h - --updates of ocr-sssp: distances while edges are added
 */
#ifndef OCR_SSSP_UPDATES_H
#define OCR_SSSP_UPDATES_H

#include "src/sssp.h"
#include "src/sssp_main.h"
#include "src/update_run.h"

struct ocr_sssp_updates {
	/* The caller sets these: */
	const struct ocr_sssp_main_opt *opt;
	uint32_t source;
	double delta;              /* of the first search */
	struct ocr_update_run all; /* run: set by the caller */

	/* By now: width 8 or 0. */
	struct ocr_distances distances;
	void *values; /* what these point to, of ocr_huge_alloc() */
	uint64_t room;
};

/* Takes the first result over; d is not needed afterwards. */
int ocr_sssp_updates_open(struct ocr_sssp_updates *s,
    const struct ocr_distances *d, struct ocr_err *err);
/* To the last result, which is printed unless it is JSON. */
int ocr_sssp_updates_run(struct ocr_sssp_updates *s, struct ocr_err *err);
void ocr_sssp_updates_close(struct ocr_sssp_updates *s); /* zeroed is fine */

#endif
