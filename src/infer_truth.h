/*
 * infer_truth.h - what was right: accuracy and confusion table
 *
 * Counts of (truth, label).  Truths may be numbered as their names come
 * (images.h): their places are known in the end.  One thread.
 */
#ifndef OCR_INFER_TRUTH_H
#define OCR_INFER_TRUTH_H

#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "src/images.h"
#include "src/infer_names.h"

#define OCR_TRUTH_MAX_CLASSES 8192

struct ocr_truths {
	uint64_t n_images, n_failed, n_known, n_right;
	uint64_t **rows; /* by truth: counts by label, n_labels; or NULL */
	size_t n_rows, n_labels;
};

/* n_classes 0: not known. */
int ocr_truths_init(struct ocr_truths *t, uint32_t n_classes,
    struct ocr_err *err);
void ocr_truths_release(struct ocr_truths *t); /* zeroed is fine */

/* truth: OCR_IMAGES_NO_TRUTH is fine. */
int ocr_truths_add(struct ocr_truths *t, int32_t truth, uint32_t label,
    struct ocr_err *err);

/* All has been added.  im: where truths got their numbers; NULL: they are those
 * of the classes. */
int ocr_truths_end(struct ocr_truths *t, const struct ocr_images *im,
    struct ocr_err *err);
double ocr_truths_accuracy(const struct ocr_truths *t);

/* Words and numbers with tabs between them; or a JSON object.  seconds: of
 * classifying.  classes: of im, when names has none. */
void ocr_truths_print(const struct ocr_truths *t, const struct ocr_names *names,
    const struct ocr_images *im, double seconds, bool is_json, FILE *f);

#endif
