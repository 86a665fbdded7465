/*
 * infer_state.h - a worker's way from records to values
 *
 *	record ─► slot of a batch ─► model ─► best values of each image
 *
 * Thread rule: a spec is read-only; a state belongs to one thread.
 */
#ifndef OCR_INFER_STATE_H
#define OCR_INFER_STATE_H

#include "src/images.h"
#include "src/infer_result.h"
#include "src/model.h"

struct ocr_infer_spec {
	const struct ocr_model *model;
	/* What becomes of images: of files, and of pixels as they are. */
	struct ocr_pixels_opt files, rows;
	size_t batch;
	const void *arg;   /* of the loop: ocr_infer_state_arg() */
	uint32_t n_values; /* of an image: the best, or all in their order */
	bool is_all;       /* the latter */
	bool is_softmax;
	bool is_label_only; /* scores are NAN: some worker gives none */
};

struct ocr_infer_state;

int ocr_infer_state_new(struct ocr_infer_state **out,
    const struct ocr_infer_spec *spec, struct ocr_err *err);
void ocr_infer_state_free(struct ocr_infer_state *s); /* NULL is fine */

/* Of its spec. */
const void *ocr_infer_state_arg(const struct ocr_infer_state *s);
/* Images in the batch: at most spec->batch may be put before a run. */
size_t ocr_infer_state_n(const struct ocr_infer_state *s);
/* Its pixels become the next of the batch. */
int ocr_infer_state_put(struct ocr_infer_state *s, const struct ocr_record *rec,
    struct ocr_err *err);
/* Values of the batch, n x n_values, as ocr_infer_values() gives them; then it
 * is empty. */
int ocr_infer_state_run(struct ocr_infer_state *s,
    const struct ocr_infer_value **values, struct ocr_err *err);

/* Values of one image from what it scored, as results have them:
 * ocr_result_value(); label: where there are no scores (NULL). */
void ocr_infer_values(const struct ocr_infer_spec *spec, float *scores,
    uint32_t label, struct ocr_infer_value *out);

#endif
