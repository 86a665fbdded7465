/*
 * deflate.h - the compression kernel of the CPU
 *
 * Turns a raw chunk into a piece of the wanted format, independent of all
 * other chunks.  Same chunk, same options, same libraries: same bytes.
 */
#ifndef OCR_DEFLATE_H
#define OCR_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "common/job.h"

struct ocr_deflate_opt {
	int level;            /* 0..OCR_LEVEL_MAX, see coder.h */
	enum ocr_type format; /* OCR_DEFLATE, OCR_MEMBERS, OCR_BGZF */
	uint32_t chunk_bytes; /* for the OC field of members */
};

/* opt must stay while workers are open. */
void ocr_deflate_kernel_init(struct ocr_kernel *k,
    const struct ocr_deflate_opt *opt);

#endif
