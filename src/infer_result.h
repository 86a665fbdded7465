/*
 * infer_result.h - what came of an image, on its way from a worker to the output
 *
 * Results lie packed in the payload of a chunk: a head, the name, the values or
 * the message; numbers are little-endian, because another machine may have made
 * them.  Pure; any thread.
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
	/* Little-endian, and may be unaligned: ocr_result_value(). */
	const struct ocr_infer_value *values;
	const char *text;
	size_t n_text;
};

/* n values from this machine's order to the other, in place, or back. */
void ocr_infer_values_swap(struct ocr_infer_value *values, size_t n);
/* The i-th value of a result. */
struct ocr_infer_value ocr_result_value(const struct ocr_infer_value *values,
    size_t i);

/* Append r, with n_values values if status is 0, to a job's output, which is
 * made larger.  values NULL: room for them is left, and *at says where. */
int ocr_result_pack(struct ocr_chunk *out, const struct ocr_result *r,
    uint32_t n_values, size_t *at, struct ocr_err *err);

/* Bytes that a result takes without its name and text. */
size_t ocr_result_bytes(uint32_t n_values);

/* The result at *at, which moves behind it; false: there is none. */
bool ocr_result_next(const struct ocr_chunk *c, uint32_t n_values, size_t *at,
    struct ocr_result *out);

/* Two lines, made of results of floats by different processors: are they the
 * same but for the last digits of scores? */
bool ocr_result_is_alike(const char *a, size_t na, const char *b, size_t nb);

#endif
