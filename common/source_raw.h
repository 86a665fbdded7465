/*
 * source_raw.h - plain bytes become chunks of equal size
 *
 * A regular file is not read here: its chunks say where their bytes are
 * (OCR_LOAD_PREAD) and whoever works on one reads it, so that no byte is moved
 * twice.  Pipes are read in full chunks.  One thread.
 */
#ifndef OCR_SOURCE_RAW_H
#define OCR_SOURCE_RAW_H

#include "common/source.h"

struct ocr_source_raw {
	struct ocr_source source; /* first */
	/* Gives the inputs: as ocr_inputs_next(). */
	int (*next_origin)(void *ctx, struct ocr_origin **o,
	    struct ocr_err *err);
	void *ctx;
	size_t chunk_bytes;
	const uint8_t *head; /* bytes of the first input already read */
	size_t n_head;
	/* private */
	struct ocr_origin *origin;
	uint64_t seq, at, size;
};

void ocr_source_raw_init(struct ocr_source_raw *s, size_t chunk_bytes,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx);
void ocr_source_raw_release(struct ocr_source_raw *s);

#endif
