/*
 * bnn_file_layout.h - where what is in an .ocrm file: ocr-model(5)
 *
 * For bnn_file.c, which reads them, and bnn_file_write.c.  All numbers are
 * little-endian.
 */
#ifndef OCR_BNN_FILE_LAYOUT_H
#define OCR_BNN_FILE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "src/bnn.h"

#define OCR_BNN_FILE_MAGIC "\x89OCRM\r\n\x1a" /* 8 bytes */
#define OCR_BNN_FILE_VERSION 1
#define OCR_BNN_FILE_NHWC 1U /* flag */

/* Header. */
#define OCR_BNN_FILE_HEAD 48
#define OCR_BNN_AT_VERSION 8
#define OCR_BNN_AT_FLAGS 12
#define OCR_BNN_AT_BYTES 16 /* of the file, 8 bytes */
#define OCR_BNN_AT_LAYERS 24
#define OCR_BNN_AT_CHANNELS 28 /* of the image */
#define OCR_BNN_AT_LABELS 32   /* bytes of them */
#define OCR_BNN_AT_ZERO 36
#define OCR_BNN_AT_BODY_CRC 40
#define OCR_BNN_AT_HEAD_CRC 44 /* of all before */

/* Entry of the table of layers: these, 4 bytes each. */
enum ocr_bnn_word {
	OCR_BNN_W_KIND = 0,
	OCR_BNN_W_IN_C,
	OCR_BNN_W_IN_H,
	OCR_BNN_W_IN_W,
	OCR_BNN_W_OUT_C,
	OCR_BNN_W_OUT_H,
	OCR_BNN_W_OUT_W,
	OCR_BNN_W_WINDOW_H,
	OCR_BNN_W_WINDOW_W,
	OCR_BNN_W_STRIDE_H,
	OCR_BNN_W_STRIDE_W,
	OCR_BNN_W_PAD_TOP,
	OCR_BNN_W_PAD_LEFT,
	OCR_BNN_W_IN_BITS,
	OCR_BNN_W_OUT_BITS,
	OCR_BNN_W_IN_BASE,
	OCR_BNN_W_IN_STEP,
	OCR_BNN_W_WEIGHT_BITS, /* 1: -1 and 1; 2: -2 to 1 */
	OCR_BNN_N_WORDS,
};

/* Bytes of what a layer's entry promises; limits keep them below 2^62. */
static inline uint64_t
ocr_bnn_file_n_weights(const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->out_c * l->window_h * l->window_w * l->in_c;
}

static inline uint64_t
ocr_bnn_file_weight_bytes(const struct ocr_bnn_layer *l, unsigned bits)
{
	return (ocr_bnn_file_n_weights(l) * bits + 31) / 32 * 4;
}

/* Thresholds, or scales and biases: 4 bytes each. */
static inline uint64_t
ocr_bnn_file_n_outs(const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->out_c *
	       (l->out_bits == 0 ? 2 : (1U << l->out_bits) - 1);
}

#endif
