/*
 * run_card.h - users' kernels on cards: a driver for each
 *
 * Kernels of the plain shape (kernels/k_plain.h) with further scalars behind
 * it, as they are in an xclbin.  What the description in the xclbin says of
 * the arguments is checked before a card is touched.
 */
#ifndef OCR_RUN_CARD_H
#define OCR_RUN_CARD_H

#include <stddef.h>

#include "src/card_plain.h"
#include "src/run_config.h"

struct ocr_run_cards {
	struct ocr_card_plain *list;
	const struct ocr_card_driver **drivers; /* of list; NULL at the end */
	char *devices; /* list of what the descriptions ask for, or NULL */
	unsigned expand;
	size_t limit_bytes;
};

/*
 * A driver for each of descs, which stay; expand and limit_bytes as in struct
 * ocr_run_opt.  is_placed: devices is made too.  Descriptions whose path is
 * NULL are taken as they are: the xclbin is not known yet.
 */
int ocr_run_cards_init(struct ocr_run_cards *c,
    const struct ocr_run_desc *const *descs, size_t n, unsigned expand,
    size_t limit_bytes, bool is_placed, struct ocr_ui *ui, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_run_cards_release(struct ocr_run_cards *c);

#endif
