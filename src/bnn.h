/*
 * bnn.h - a binarised network: layers of whole numbers
 *
 * What bnn_find takes out of a net, what .ocrm files hold, what the kernels (and
 * k_cnv on cards) run.  All is exact: every engine gives the same scores.
 *
 *   acc[o] = sum over taps and channels of weight * activation
 *   hidden layers:  value = number of thresholds[o][i] <= acc[o]
 *   last layer:     score[o] = acc[o] * scale[o] + bias[o]
 *
 * Activations: 8-bit pixels by a table (first layer), or out_bits of the layer
 * before: 1 bit is -1 or +1 (value 0 or 1), 2 bits are base + step * value.
 * Padding adds nothing to acc.  A max pool takes the largest value.
 */
#ifndef OCR_BNN_H
#define OCR_BNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_BNN_MAX_LAYERS 64
#define OCR_BNN_BITS_PAD 16

enum ocr_bnn_kind {
	OCR_BNN_CONV = 0, /* a dense layer is one whose window is its input */
	OCR_BNN_MAX_POOL,
};

struct ocr_bnn_layer {
	enum ocr_bnn_kind kind;
	uint32_t in_c, in_h, in_w, out_c, out_h, out_w;
	uint32_t window_h, window_w, stride_h, stride_w;
	uint32_t pad_top, pad_left; /* bottom and right follow from the shape */
	/* CONV: */
	unsigned in_bits;      /* 8, 1, 2 */
	unsigned out_bits;     /* 1, 2; 0: scores */
	int in_base, in_step;  /* activation of value x: in_base + in_step * x;
			       * 1 bit: -1 and 2 */
	const int8_t *weights; /* [out_c][window_h][window_w][in_c], -2 to 1 */
	/* Or, where all are -1 or 1 and inputs have a bit, these, and weights
	 * may be NULL: bit i % 8 of byte i / 8 is set if weight i is 1;
	 * OCR_BNN_BITS_PAD more bytes may be read. */
	const uint8_t *bits;
	const int32_t *thresholds; /* [out_c][(1 << out_bits) - 1], ascending */
	const float *scale, *bias; /* [out_c]; of scores */
};

struct ocr_bnn {
	uint32_t n_layers;
	struct ocr_bnn_layer *layers;
	int16_t pixels[4][256]; /* of the first layer: channel, byte */
	uint32_t n_scores;
	uint64_t n_macs; /* of an image */
};

/* Whether it is one: shapes that follow each other, weights, thresholds and
 * sums in range.  After that every engine may run it.  Layers are counted from 1
 * in messages. */
int ocr_bnn_check(const struct ocr_bnn *b, struct ocr_err *err);
uint64_t ocr_bnn_macs(const struct ocr_bnn *b);

/* Whether all weights of a layer are -1 or 1. */
bool ocr_bnn_is_binary(const struct ocr_bnn_layer *l);
/* Bit i: weight at + i is 1.  Of a layer that is binary; n: 1 to 64. */
uint64_t ocr_bnn_ones(const struct ocr_bnn_layer *l, uint64_t at, uint32_t n);
/* Makes weights where there are bits alone: for what asks for them, as
 * ocr_bnn_plain() and ocr_bnn_copy() do.  b owns them. */
int ocr_bnn_unpack(struct ocr_bnn *b, struct ocr_err *err);

/* A copy that owns all that it points to; b was checked. */
int ocr_bnn_copy(struct ocr_bnn **out, const struct ocr_bnn *b,
    struct ocr_err *err);
void ocr_bnn_free(struct ocr_bnn *b); /* a copy; NULL is fine */

/* Taps of a window along one side that lie in the image. */
struct ocr_bnn_clip {
	uint32_t tap, n_taps; /* first one, how many: 1 or more */
	uint32_t in;          /* where the first lies */
};

struct ocr_bnn_clip ocr_bnn_clip_y(const struct ocr_bnn_layer *l, uint32_t y);
struct ocr_bnn_clip ocr_bnn_clip_x(const struct ocr_bnn_layer *l, uint32_t x);

/* One image by the definition above: slow, and what the others are compared
 * with.  accs: n_scores. */
int ocr_bnn_plain(const struct ocr_bnn *b, const uint8_t *image, bool is_nhwc,
    int32_t *accs, struct ocr_err *err);

/* Score o of acc, the same on any machine. */
float ocr_bnn_score(const struct ocr_bnn *b, uint32_t o, int32_t acc);

#endif
