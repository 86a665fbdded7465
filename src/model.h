/*
 * model.h - a net, ready to classify images
 *
 * A model file is ONNX or QONNX, .ocrm (ocr-infer --convert) or a BNN-PYNQ
 * parameter folder; which, says its content.  A model is a row of parts, each on
 * one engine; the binarised parts on ours (bnn_run.h), the others on oneDNN or,
 * without it, plain C, or all of it on ONNX Runtime (ort.h).
 *
 *	open ─► parts ─► state (a worker's memory) ─► run(images) ─► scores
 *
 * Thread rule: a model is read-only after it was opened; a state belongs to one
 * thread.
 */
#ifndef OCR_MODEL_H
#define OCR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"
#include "src/bnn.h"
#include "src/net.h"

struct ocr_model;
struct ocr_model_state;

enum ocr_engine {
	OCR_ENGINE_AUTO = 0, /* own; ONNX Runtime for what own cannot */
	OCR_ENGINE_OWN,
	OCR_ENGINE_ORT,
};

struct ocr_model_opt {
	enum ocr_engine engine;
	const char *ort_path; /* of libonnxruntime; NULL: the usual places */
	/* --mean, --std, of pixels 0 to 255, instead of the file's: for nets
	 * that want floats.  Binarised ones take them into their table. */
	bool has_mean;
	float mean[4], std[4];
};

/* What a model wants to be given, an image after the other. */
struct ocr_model_input {
	uint32_t c, h, w;
	bool is_bytes;         /* pixels 0 to 255 as they are; else floats */
	bool is_nhwc;          /* else planes: NCHW */
	bool has_mean;         /* by the file's metadata, for floats: */
	float mean[4], std[4]; /* (pixel - mean) / std, pixels 0 to 255 */
	size_t n_bytes;        /* of an image, in that form */
};

int ocr_model_open(struct ocr_model **out, const char *path,
    const struct ocr_model_opt *opt, struct ocr_err *err);
void ocr_model_close(struct ocr_model *m); /* NULL is fine */

const struct ocr_model_input *ocr_model_input(const struct ocr_model *m);
/* Scores of an image; 0: it gives labels alone. */
uint32_t ocr_model_n_scores(const struct ocr_model *m);
/* Name of a class, from the file; NULL: none. */
const char *ocr_model_label(const struct ocr_model *m, uint32_t i);
uint32_t ocr_model_n_labels(const struct ocr_model *m);
/* The whole net, if it is one binarised part: what cards can do.  Or NULL.  Of
 * hidden layers it may have the bits alone: bnn.h. */
const struct ocr_bnn *ocr_model_bnn(const struct ocr_model *m);

/* An .ocrm file of it, in memory: free() it.  An error if the model is not
 * binarised as a whole. */
int ocr_model_pack(uint8_t **out, size_t *len, const struct ocr_model *m,
    struct ocr_err *err);

/* --show: a table of layers with shapes, multiplications, bytes of weights and
 * who runs them, for people. */
int ocr_model_show(const struct ocr_model *m, FILE *f, struct ocr_err *err);

/* A batch that keeps its engines busy and a state within some 64 MiB. */
size_t ocr_model_batch(const struct ocr_model *m);

/* batch: images that a run is given at most. */
int ocr_model_state_new(struct ocr_model_state **out, const struct ocr_model *m,
    size_t batch, struct ocr_err *err);
void ocr_model_state_free(struct ocr_model_state *s); /* NULL is fine */

/* n images, at most batch; scores (n * n_scores), labels (n): either may be
 * NULL.  The label is the first of the largest scores. */
int ocr_model_run(struct ocr_model_state *s, const void *images, size_t n,
    float *scores, uint32_t *labels, struct ocr_err *err);

#endif
