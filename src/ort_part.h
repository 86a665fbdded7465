/*
 * ort_part.h - what the files of ort share
 *
 * ort.c has the library, ort_net.c a net in it, ort_run.c runs.
 */
#ifndef OCR_ORT_PART_H
#define OCR_ORT_PART_H

#include "src/ort.h"
#include "src/ort_api.h"

struct ocr_ort {
	void *lib;
	char version[32];
	const struct ort_api *api;
	struct ort_env *env;
	struct ort_memory *memory;
	struct ort_allocator *allocator;
	/* the net */
	char *path;
	struct ort_session *session;
	char *in_name, *out_name; /* of the allocator */
	struct ocr_tensor in;
	int out_element; /* ORT_FLOAT, ORT_INT32, ORT_INT64 */
	size_t step;     /* images of a run: 0 any, else exactly that */
	size_t n_image;  /* bytes of one */
	size_t n_scores; /* numbers that one gives; 0: not known yet */
};

/* 0, or "FILE: ONNX Runtime VERSION: WHY" in err, -OCR_EFORMAT. */
int ocr_ort_check(const struct ocr_ort *o, struct ort_status *s,
    struct ocr_err *err);

#endif
