/*
 * card_put.h - the result of a compressing kernel becomes a chunk
 *
 * Header, pieces, last block, trailer, as the format asks for; what has grown
 * is stored.  For the files src/card_deflate*.c only.
 */
#ifndef OCR_CARD_PUT_H
#define OCR_CARD_PUT_H

#include "common/card.h"
#include "common/job.h"
#include "src/deflate.h"

/* A result under construction: header, blocks, last block, trailer. */
struct ocr_card_put {
	const struct ocr_deflate_opt *opt;
	struct ocr_job *job;
	size_t begin, len, cap; /* of the blocks in out->data */
	size_t field_at;
	bool is_full; /* something had no room */
};

void ocr_card_put_begin(struct ocr_card_put *p, const struct ocr_kernel *k,
    struct ocr_job *job);
/* The next piece: len bytes that a card made, or bytes of job->in, stored. */
void ocr_card_put_bytes(struct ocr_card_put *p, const uint8_t *from,
    size_t len);
void ocr_card_put_stored(struct ocr_card_put *p, size_t at, size_t len);
int ocr_card_put_end(struct ocr_card_put *p, struct ocr_err *err);

/* in_bytes() of a driver: only a raw chunk can be compressed; the CPU says so
 * of another one. */
size_t ocr_card_raw_bytes(const struct ocr_card_driver *d,
    const struct ocr_job *job);

extern const struct ocr_card_driver ocr_card_vitis_block, ocr_card_vitis_pair;

#endif
