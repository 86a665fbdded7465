/*
 * infer_result.h - what came of an image, on its way from a worker to the output
 *
 * Results lie packed in the payload of a chunk: a head, the name, the values or
 * the message, in the machine's order of bytes.  Pure; any thread.
 */
#ifndef OCR_INFER_RESULT_H
#define OCR_INFER_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"

struct ocr_infer_value {
	uint32_t label;
	float score; /* NAN: the model gives none */
};

struct ocr_result {
	int status;       /* 0, or -OCR_E...: there is a text and no value */
	int32_t truth;    /* as struct ocr_record has it */
	const char *name; /* not ended by a zero */
	size_t n_name;
	const struct ocr_infer_value *values; /* may be unaligned: copy */
	const char *text;
	size_t n_text;
};

/* Append r, with n_values values if status is 0, to a job's output, which is
 * made larger.  values NULL: room for them is left, and *at says where. */
int ocr_result_pack(struct ocr_chunk *out, const struct ocr_result *r,
    uint32_t n_values, size_t *at, struct ocr_err *err);

/* Bytes that a result takes without its name and text. */
size_t ocr_result_bytes(uint32_t n_values);

/* The result at *at, which moves behind it; false: there is none. */
bool ocr_result_next(const struct ocr_chunk *c, uint32_t n_values, size_t *at,
    struct ocr_result *out);

#endif
