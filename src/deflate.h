/*
 * deflate.h - the compressing kernel
 *
 * Turns a raw chunk into a piece of the wanted format, independent of all
 * other chunks.  Same chunk, same options, same libraries: same bytes.  Cards
 * (card_deflate.h) make other bytes of it, at the one level that they have.
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

/*
 * What stands around the deflate data of a chunk, for card_deflate.c; out has
 * the room that the kernel's out_bytes() asks for.  begin: returns the bytes in
 * front of it, 0 unless the format is members.  Then comes the data, with a
 * final block if there was a header, up to out + len; end: the new length.
 */
size_t ocr_deflate_begin(const struct ocr_deflate_opt *o, uint8_t *out,
    size_t *field_at);
size_t ocr_deflate_end(const struct ocr_deflate_opt *o,
    const struct ocr_chunk *in, uint8_t *out, size_t len, size_t field_at);

#endif
