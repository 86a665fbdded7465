/*
 * card_plain.h - a kernel of the plain shape on cards: see common/card.h
 *
 * in, in_len, out, out_cap, out_len, as kernels/k_plain.h has them, and further
 * arguments behind these: k_copy, and what users bring.
 */
#ifndef OCR_CARD_PLAIN_H
#define OCR_CARD_PLAIN_H

#include <stddef.h>

#include "common/card.h"
#include "common/err.h"

#define OCR_CARD_PLAIN_ARGS 5 /* of the plain shape */
#define OCR_CARD_PLAIN_MORE 32

struct ocr_card_plain {
	struct ocr_card_driver driver;
	const struct ocr_card_driver *drivers[2]; /* for a struct ocr_kernel */
	/* private */
	struct ocr_card_step step;
	struct ocr_card_arg args[OCR_CARD_PLAIN_ARGS + OCR_CARD_PLAIN_MORE];
	unsigned expand;
	size_t limit_bytes;
};

/*
 * Describe that kernel; the name is not copied, and p must stay where it is.
 * The output of n bytes has room for expand * n + 64 KiB, limit_bytes at most.
 */
void ocr_card_plain_init(struct ocr_card_plain *p, const char *kernel,
    unsigned expand, size_t limit_bytes);

/* One more argument, behind those that are there: OCR_CARD_VALUE or VALUE64.
 * -OCR_EUSAGE if there are too many. */
int ocr_card_plain_add(struct ocr_card_plain *p, enum ocr_card_arg_kind kind,
    uint64_t value, struct ocr_err *err);

#endif
