/*
 * infer_print.h - results to the output, in their order
 *
 * A line of text or JSON for each image, or, when all is done, an NPY array.
 * One thread.
 */
#ifndef OCR_INFER_PRINT_H
#define OCR_INFER_PRINT_H

#include <stdio.h>

#include "common/output.h"
#include "common/ui.h"
#include "src/infer.h"
#include "src/infer_names.h"
#include "src/infer_result.h"
#include "src/infer_truth.h"
#include "src/spool.h"

struct ocr_infer_print {
	/* The caller sets these: */
	enum ocr_infer_form form;
	enum ocr_infer_on_error on_error;
	uint32_t n_values;
	const struct ocr_names *names;
	bool has_truth;   /* names of classes are those of truths */
	bool has_classes; /* a truth's number is a class */
	struct ocr_output *out;
	struct ocr_ui *ui;
	struct ocr_truths *truths;
	bool
	    is_kept; /* lines are for ocr_infer_print_take(), out is not used */
	/* Private. */
	FILE *f;
	char *text;
	size_t n_text;
	struct ocr_spool spool;
};

int ocr_infer_print_open(struct ocr_infer_print *p, struct ocr_err *err);
/* -OCR_EFORMAT ...: r is an error, and it is to stop there. */
int ocr_infer_print_put(struct ocr_infer_print *p, const struct ocr_result *r,
    struct ocr_err *err);
/* What was put goes out. */
int ocr_infer_print_flush(struct ocr_infer_print *p, struct ocr_err *err);
/* What was put, valid until more is. */
int ocr_infer_print_take(struct ocr_infer_print *p, const char **text,
    size_t *len, struct ocr_err *err);
/* All was put. */
int ocr_infer_print_finish(struct ocr_infer_print *p, struct ocr_err *err);
void ocr_infer_print_release(struct ocr_infer_print *p); /* zeroed is fine */

#endif
