/*
 * infer.h - ocr-infer as a function
 *
 *	images ─► decode, fit ─► model (threads, cards) ─► a line an image
 *
 * Pixels in one file are swept by number (infer_rows.c, the range loop); all else
 * comes as chunks of records (infer_stream.c, the stream loop).
 */
#ifndef OCR_INFER_H
#define OCR_INFER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/host_opt.h"
#include "common/opt.h"
#include "common/team.h"
#include "src/images.h"
#include "src/model.h"

enum ocr_infer_form {
	OCR_INFER_TEXT = 0, /* name, then label and score, k times */
	OCR_INFER_JSON,
	OCR_INFER_NPY_LABELS, /* int64, n */
	OCR_INFER_NPY_SCORES, /* float, n x classes */
	OCR_INFER_SUMMARY,    /* accuracy and confusion table alone */
};

enum ocr_infer_on_error {
	OCR_ON_ERROR_LINE = 0, /* in its place */
	OCR_ON_ERROR_SKIP,     /* on stderr */
	OCR_ON_ERROR_STOP,
};

/* What to do, other than to classify. */
enum ocr_infer_task {
	OCR_TASK_CLASSIFY = 0,
	OCR_TASK_CONVERT,
	OCR_TASK_SHOW,
	OCR_TASK_SWEEP,
};

struct ocr_infer_opt {
	enum ocr_infer_task task;
	const char *model_path; /* NULL: the one that comes with us */
	struct ocr_model_opt model;
	struct ocr_images_opt images;
	/* Has_fit: of all images.  Else files are made to fit, and pixels as
	 * they are must have the right size. */
	bool has_fit;
	enum ocr_fit fit;
	uint32_t short_side; /* CROP; 0: as it is */
	bool is_inverted;
	enum ocr_infer_form form;
	uint64_t n_top; /* -k */
	bool is_softmax, is_json, is_summary, is_cropped;
	int layout; /* of --shape: 1: planes, 2: pixels; 0: by its numbers */
	const char *labels_path; /* NULL: the model's */
	enum ocr_infer_on_error on_error;
	uint64_t batch; /* 0: by the model */
	const char *output;
	bool is_forced;
	const char *svg_path; /* SWEEP; NULL: none */
	uint64_t memory_bytes;
	enum ocr_images_layout chunks; /* --worker: of what comes */
	struct ocr_team_opt team;
	struct ocr_host_opt host; /* --hosts ... */
};

/* For bin: options, with a struct ocr_infer_opt as their context. */
extern const struct ocr_tool ocr_infer_tool;

void ocr_infer_opt_init(struct ocr_infer_opt *o);
/* What excludes itself; and what follows from several. */
int ocr_infer_opt_check(struct ocr_infer_opt *o, struct ocr_err *err);

/* Returns the exit status. */
int ocr_infer_main(struct ocr_infer_opt *opt, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
