/*
 * ort.h - nets on ONNX Runtime, loaded if it is there
 *
 *	open the library ─► load a file ─► try ─► run(images), any thread
 *
 * The net takes one tensor, images, and the first of its outputs that has floats
 * (scores) or else whole numbers (a label an image) is what it gives.  Work is
 * done on the thread that calls; the library starts none.
 * ONNX Runtime 1.29 and later send reports on their use over the network; that
 * is switched off unless the user's environment switches it on.
 *
 * Thread rule: after ocr_ort_try() it is read-only, and runs may go on at the
 * same time.
 */
#ifndef OCR_ORT_H
#define OCR_ORT_H

#include <stddef.h>

#include "common/err.h"
#include "src/net.h"
#include "src/onnx.h"

struct ocr_ort;

/*
 * path: of the library; NULL: $OCR_ORT, or where the system has it.  -OCR_EDEVICE
 * with why it cannot be had, to follow "no ONNX Runtime: ".  One thread at a
 * time: it may set an environment variable.
 */
int ocr_ort_open(struct ocr_ort **out, const char *path, struct ocr_err *err);
void ocr_ort_close(struct ocr_ort *o); /* NULL is fine */

const char *ocr_ort_version(const struct ocr_ort *o); /* "1.30.0" */

/* A file that ocr_onnx_scan() has checked; its bytes are copied. */
int ocr_ort_load(struct ocr_ort *o, const char *path,
    const struct ocr_onnx_file *file, struct ocr_err *err);

/* Images; the first dim is 0 for any number of them at once, as in nets.  An
 * element that is not ours: without shape. */
const struct ocr_tensor *ocr_ort_input(const struct ocr_ort *o);

/*
 * Runs black images to see what comes out.  is_alone: one image after the
 * other, for nets of which it is not known whether they keep images apart.
 */
int ocr_ort_try(struct ocr_ort *o, bool is_alone, struct ocr_err *err);
/* After that: numbers an image; whether it is a label (int64_t). */
size_t ocr_ort_n_scores(const struct ocr_ort *o);
bool ocr_ort_is_label(const struct ocr_ort *o);

/* n images to n * n_scores floats, or n labels. */
int ocr_ort_run(const struct ocr_ort *o, const void *images, size_t n,
    void *out, struct ocr_err *err);

#endif
