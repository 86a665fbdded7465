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

#define OCR_DEFLATE_LEVEL_MAX 12
#define OCR_DEFLATE_LEVEL_DEFAULT 6

/*
 * Levels: 0 stores.  1 picks per chunk between stored, Huffman-only, ISA-L 1
 * and ISA-L 2 by a probe.  2 is libdeflate 1, and 3 to 12 are libdeflate's own;
 * chunks in which the probe finds nothing to match and a trial agrees are
 * stored or Huffman-only there too.
 */
struct ocr_deflate_opt {
	int level;            /* 0..12 */
	enum ocr_type format; /* OCR_DEFLATE, OCR_MEMBERS, OCR_BGZF */
	uint32_t chunk_bytes; /* for the OC field of members */
};

/* opt must stay while workers are open. */
void ocr_deflate_kernel_init(struct ocr_kernel *k,
    const struct ocr_deflate_opt *opt);

/* "libdeflate 1.14 level 6": for ocr/begin; returns buf. */
const char *ocr_deflate_codec(const struct ocr_deflate_opt *opt, char *buf,
    size_t n);

#endif
