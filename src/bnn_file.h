/*
 * bnn_file.h - binarised models as .ocrm files: ocr-model(5)
 *
 * A few hundred kilobytes that load in a millisecond, the same on every machine.
 * Nothing of a file is believed.
 */
#ifndef OCR_BNN_FILE_H
#define OCR_BNN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/bnn.h"

#define OCR_BNN_MAX_LABELS ((size_t)1 << 20) /* bytes */

/* A network and what belongs to it. */
struct ocr_bnn_model {
	struct ocr_bnn *bnn;
	bool is_nhwc; /* order of the bytes of an image; else planes */
	char *labels; /* a class a line, the last with '\n' too; NULL: none */
};

void ocr_bnn_model_release(struct ocr_bnn_model *m); /* zeroed is fine */

/* Does it begin like one? */
bool ocr_bnn_file_is(const void *data, size_t len);

/* m is zeroed; name is for messages. */
int ocr_bnn_file_read(struct ocr_bnn_model *m, const void *data, size_t len,
    const char *name, struct ocr_err *err);
/* The same; hidden layers of one bit stay as they are in the file: bits, no
 * weights. */
int ocr_bnn_file_read_bits(struct ocr_bnn_model *m, const void *data,
    size_t len, const char *name, struct ocr_err *err);

/* The whole file in memory; free() it.  m->bnn was checked. */
int ocr_bnn_file_make(uint8_t **out, size_t *len, const struct ocr_bnn_model *m,
    struct ocr_err *err);

#endif
