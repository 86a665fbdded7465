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
	const struct ocr_bnn_xnor *x; /* signs */
	uint32_t n_out;     /* neurons, with those that fill up a set */
	size_t n_groups;    /* of a window */
	uint8_t *is_turned; /* [n_out] */
};

/* Channels of a tap's last word, and what a neuron's signs are combined with to be
 * weights: 1 for +1, or turned over. */
static inline uint64_t
ocr_bnn_last_word(uint32_t channels)
{
	return UINT64_MAX >> (63 - (channels - 1) % 64);
}

static inline uint64_t
ocr_bnn_flip(bool is_turned)
{
	return is_turned ? 0 : UINT64_MAX;
}

/* The thresholds of all classes of windows, after n_out, n_groups and is_turned. */
int ocr_bnn_lut_classes(const struct ocr_bnn_lut_maker *m, struct ocr_err *err);
/* And lut->near, where it is worth it. */
int ocr_bnn_lut_near(const struct ocr_bnn_lut_maker *m, struct ocr_err *err);

#endif
