/*
 * onnx_names.h - tensors by name; for the ONNX reader
 */
#ifndef OCR_ONNX_NAMES_H
#define OCR_ONNX_NAMES_H

#include "src/net.h"

/* A power of two of slots. */
struct ocr_onnx_names {
	uint32_t *slots; /* tensor + 1; 0: free */
	uint32_t n_slots;
};

/* For at most n names; slots are freed by the caller. */
int ocr_onnx_names_init(struct ocr_onnx_names *names, uint64_t n,
    struct ocr_err *err);
/* OCR_NO_TENSOR: none. */
uint32_t ocr_onnx_names_find(const struct ocr_onnx_names *names,
    const struct ocr_net *n, const char *name);
/* A further tensor; one of that name is an error. */
int64_t ocr_onnx_names_add(struct ocr_onnx_names *names, struct ocr_net *n,
    const char *name, struct ocr_err *err);

#endif
