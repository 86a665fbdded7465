/*
 * bnn_lut_pack.h - what bnn_lut_pack.c and bnn_lut_class.c share
 */
#ifndef OCR_BNN_LUT_PACK_H
#define OCR_BNN_LUT_PACK_H

#include "src/bnn_pack.h"

/* A layer while it is packed. */
struct ocr_bnn_lut_maker {
	struct ocr_bnn_packed *p;
	const struct ocr_bnn_layer *l;
	struct ocr_bnn_lut *lut;
	uint32_t n4;        /* neurons, with those that fill up a quad */
	size_t n_groups;    /* of a window */
	uint8_t *weights;   /* [n4][n_groups]: nibbles, as they are used */
	uint8_t *is_turned; /* [n4] */
	uint8_t *tables;
};

static inline unsigned
ocr_bnn_parity(unsigned nibble)
{
	return 0x6996U >> nibble & 1;
}

/* The thresholds of all classes of windows, after n4, n_groups, weights, is_turned
 * and tables. */
int ocr_bnn_lut_classes(const struct ocr_bnn_lut_maker *m, struct ocr_err *err);
/* And lut->near, where it is worth it. */
int ocr_bnn_lut_near(const struct ocr_bnn_lut_maker *m, struct ocr_err *err);

#endif
