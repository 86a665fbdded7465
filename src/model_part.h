/*
 * model_part.h - what the files of model share
 *
 * model.c opens, model_net.c takes nets apart, model_ort.c gives them to ONNX
 * Runtime, model_run.c runs, model_show.c prints.
 */
#ifndef OCR_MODEL_PART_H
#define OCR_MODEL_PART_H

#include "src/bnn_file.h"
#include "src/bnn_run.h"
#include "src/model.h"
#include "src/ort.h"

struct ocr_model {
	char *path;
	const char *kind; /* "ONNX", "ocrm", "BNN-PYNQ" */
	struct ocr_model_input input;
	/* The first part: the binarised one, or none. */
	struct ocr_bnn_model first;
	struct ocr_bnn_packed *packed;
	/* The second: nodes [from, to) of the net; none: from == to. */
	struct ocr_net *net;
	uint32_t from, to;
	uint32_t scores;   /* tensor that comes out of all */
	bool is_label;     /* it is a label, whole numbers */
	uint32_t n_scores; /* 0 if so */
	char *label_text, **labels;
	uint32_t n_labels;
	/* Or all of it is in ONNX Runtime; net has but the metadata then. */
	struct ocr_ort *ort;
	char why[256]; /* there is no binarised part; it is not ours at all */
};

/* m->net, which was read, into parts; input and scores. */
int ocr_model_split(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err);
/* The image that the input wants, and how it is normalised. */
int ocr_model_read_input(struct ocr_model *m, const struct ocr_tensor *t,
    const struct ocr_model_opt *opt, struct ocr_err *err);
/* --mean, --std are there, and it is given bytes: they would be in vain. */
int ocr_model_no_mean(const struct ocr_model *m, struct ocr_err *err);
/* The file to ONNX Runtime: because the user says so (opt is there); or because
 * ours refused it for the reason in err, which is replaced.  net, input, ort,
 * n_scores, is_label. */
int ocr_model_ort(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err);
int ocr_model_ort_instead(struct ocr_model *m, const struct ocr_model_opt *opt,
    struct ocr_err *err);
/* The value of a key of the file's metadata; NULL: none. */
const char *ocr_model_meta(const struct ocr_model *m, const char *key);

#endif
