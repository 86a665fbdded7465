/*
 * infer_sweep.h - throughput of a model against the size of a batch
 *
 * Decoded images in memory, batches of 1, 2, 4 and so on, a line for each number
 * of threads: what a worker gains by waiting for more images.
 */
#ifndef OCR_INFER_SWEEP_H
#define OCR_INFER_SWEEP_H

#include <stddef.h>
#include <stdio.h>

#include "common/team.h"
#include "src/model.h"

#define OCR_INFER_SWEEP_LINES 16    /* numbers of threads, at most */
#define OCR_INFER_SWEEP_BATCH 65536 /* images, at most */

struct ocr_infer_sweep_opt {
	const unsigned *threads; /* ascending; none: 1, and all there are */
	size_t n_threads;
	size_t max_batch;   /* 0: 1024 */
	double seconds;     /* of a point; 0: 0.3 */
	const void *images; /* as the model takes them; NULL: random ones */
	size_t n_images;    /* fewer than a batch: they are repeated */
	/* Schedule and warnings; threads and devices are set here. */
	struct ocr_team_opt team;
	const volatile int *stop; /* NULL, or not 0: stop */
};

/*
 * table: a line a point, with tabs: batch, threads, images a second (the median
 * of five), milliseconds from a batch's begin to its end.  svg: NULL, or the same
 * drawn.  Batches whose images take more than 256 MiB are left out.
 */
int ocr_infer_sweep(const struct ocr_model *m,
    const struct ocr_infer_sweep_opt *opt, FILE *table, FILE *svg,
    struct ocr_err *err);

#endif
