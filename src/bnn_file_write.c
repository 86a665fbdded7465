/*
 * bnn_file_write.c - a binarised model to the bytes of an .ocrm file
 */
#include "config.h"

#include "src/bnn_file.h"

#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "src/bnn_file_layout.h"
#include "src/le.h"

static uint8_t *
put_words(uint8_t *p, const void *from, size_t n)
{
	const uint8_t *s = from;
	uint32_t v;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&v, s + 4 * i, 4);
		p += ocr_put_le32(p, v);
	}
	return p;
}

static unsigned
weight_bits(const struct ocr_bnn_layer *l)
{
	return ocr_bnn_is_binary(l) ? 1 : 2;
}

/* bits: 0 for a pool. */
static uint8_t *
put_entry(uint8_t *p, const struct ocr_bnn_layer *l, unsigned bits)
{
	bool is_conv = l->kind == OCR_BNN_CONV;
	uint32_t w[OCR_BNN_N_WORDS] = {
	    [OCR_BNN_W_KIND] = (uint32_t)l->kind,
	    [OCR_BNN_W_IN_C] = l->in_c,
	    [OCR_BNN_W_IN_H] = l->in_h,
	    [OCR_BNN_W_IN_W] = l->in_w,
	    [OCR_BNN_W_OUT_C] = l->out_c,
	    [OCR_BNN_W_OUT_H] = l->out_h,
	    [OCR_BNN_W_OUT_W] = l->out_w,
	    [OCR_BNN_W_WINDOW_H] = l->window_h,
	    [OCR_BNN_W_WINDOW_W] = l->window_w,
	    [OCR_BNN_W_STRIDE_H] = l->stride_h,
	    [OCR_BNN_W_STRIDE_W] = l->stride_w,
	    [OCR_BNN_W_PAD_TOP] = l->pad_top,
	    [OCR_BNN_W_PAD_LEFT] = l->pad_left,
	    [OCR_BNN_W_IN_BITS] = is_conv ? l->in_bits : 0,
	    [OCR_BNN_W_OUT_BITS] = is_conv ? l->out_bits : 0,
	    [OCR_BNN_W_IN_BASE] = is_conv ? (uint32_t)l->in_base : 0,
	    [OCR_BNN_W_IN_STEP] = is_conv ? (uint32_t)l->in_step : 0,
	    [OCR_BNN_W_WEIGHT_BITS] = bits,
	};

	return put_words(p, w, OCR_BNN_N_WORDS);
}

static void
put_weights(uint8_t *p, const struct ocr_bnn_layer *l, unsigned bits)
{
	uint64_t n = ocr_bnn_file_n_weights(l), i;

	for (i = 0; bits == 1 && i < n; i += 8)
		p[i / 8] = (uint8_t)ocr_bnn_ones(l, i,
		    n - i < 8 ? (uint32_t)(n - i) : 8);
	for (i = 0; bits == 2 && i < n; i++)
		p[i / 4] = (uint8_t)(p[i / 4] | (unsigned)(l->weights[i] + 2)
						    << i % 4 * 2);
}

static uint8_t *
put_numbers(uint8_t *p, const struct ocr_bnn_layer *l, unsigned bits)
{
	put_weights(p, l, bits);
	p += ocr_bnn_file_weight_bytes(l, bits);
	if (l->out_bits != 0)
		return put_words(p, l->thresholds,
		    (size_t)ocr_bnn_file_n_outs(l));
	p = put_words(p, l->scale, l->out_c);
	return put_words(p, l->bias, l->out_c);
}

static void
put_head(uint8_t *p, const struct ocr_bnn_model *m, size_t len)
{
	memcpy(p, OCR_BNN_FILE_MAGIC, 8);
	ocr_put_le32(p + OCR_BNN_AT_VERSION, OCR_BNN_FILE_VERSION);
	ocr_put_le32(p + OCR_BNN_AT_FLAGS, m->is_nhwc ? OCR_BNN_FILE_NHWC : 0);
	ocr_put_le32(p + OCR_BNN_AT_BYTES, (uint32_t)len);
	ocr_put_le32(p + OCR_BNN_AT_BYTES + 4, (uint32_t)((uint64_t)len >> 32));
	ocr_put_le32(p + OCR_BNN_AT_LAYERS, m->bnn->n_layers);
	ocr_put_le32(p + OCR_BNN_AT_CHANNELS, m->bnn->layers[0].in_c);
	ocr_put_le32(p + OCR_BNN_AT_LABELS,
	    m->labels == NULL ? 0 : (uint32_t)strlen(m->labels));
	ocr_put_le32(p + OCR_BNN_AT_BODY_CRC,
	    ocr_crc32(0, p + OCR_BNN_FILE_HEAD, len - OCR_BNN_FILE_HEAD));
	ocr_put_le32(p + OCR_BNN_AT_HEAD_CRC,
	    ocr_crc32(0, p, OCR_BNN_AT_HEAD_CRC));
}

/* bits: of each layer's weights, 0 for a pool. */
static uint64_t
measure(const struct ocr_bnn_model *m, unsigned *bits)
{
	const struct ocr_bnn *b = m->bnn;
	uint64_t n = OCR_BNN_FILE_HEAD + (uint64_t)b->layers[0].in_c * 512;
	uint32_t i;

	for (i = 0; i < b->n_layers; i++) {
		const struct ocr_bnn_layer *l = &b->layers[i];

		n += OCR_BNN_N_WORDS * 4;
		bits[i] = 0;
		if (l->kind != OCR_BNN_CONV)
			continue;
		bits[i] = weight_bits(l);
		n += ocr_bnn_file_weight_bytes(l, bits[i]) +
		     ocr_bnn_file_n_outs(l) * 4;
	}
	return n + (m->labels == NULL ? 0 : strlen(m->labels));
}

int
ocr_bnn_file_make(uint8_t **out, size_t *len, const struct ocr_bnn_model *m,
    struct ocr_err *err)
{
	const struct ocr_bnn *b = m->bnn;
	unsigned bits[OCR_BNN_MAX_LAYERS];
	uint64_t n = measure(m, bits);
	uint8_t *data, *p;
	uint32_t i, c;

	*out = NULL;
	*len = 0;
	if (m->labels != NULL && strlen(m->labels) > OCR_BNN_MAX_LABELS)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "names of classes: more than %zu bytes",
		    OCR_BNN_MAX_LABELS);
	if (n > SIZE_MAX || (data = calloc(1, (size_t)n)) == NULL)
		return ocr_err_nomem(err);
	p = data + OCR_BNN_FILE_HEAD;
	for (c = 0; c < b->layers[0].in_c; c++)
		for (i = 0; i < 256; i++)
			p += ocr_put_le16(p, (uint16_t)b->pixels[c][i]);
	for (i = 0; i < b->n_layers; i++)
		p = put_entry(p, &b->layers[i], bits[i]);
	for (i = 0; i < b->n_layers; i++)
		if (bits[i] != 0)
			p = put_numbers(p, &b->layers[i], bits[i]);
	if (m->labels != NULL)
		memcpy(p, m->labels, strlen(m->labels));
	put_head(data, m, (size_t)n);
	*out = data;
	*len = (size_t)n;
	return 0;
}
