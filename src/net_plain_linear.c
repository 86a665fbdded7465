/*
 * net_plain_linear.c - QuantizeLinear and DequantizeLinear
 */
#include "config.h"

#include "src/net_plain.h"

#include <math.h>
#include <string.h>

#define BLOCK 64

/* One scale and zero point for all, from or to 8 bits; a byte of a type with a
 * sign is (byte ^ flip) - 128. */
struct whole {
	float scale, low, high;
	int zero; /* of the byte turned so that it has no sign */
	uint8_t flip;
};

static struct whole
whole_of(const struct ocr_view *in, bool has_zero, enum ocr_element e)
{
	int base = e == OCR_I8 ? 128 : 0;
	struct whole w = {.scale = *(const float *)in[1].data,
	    .zero = base,
	    .flip = (uint8_t)base};

	if (has_zero)
		w.zero += (int)ocr_view_int(&in[2], 0);
	w.low = (float)-w.zero;
	w.high = (float)(255 - w.zero);
	return w;
}

/* Loops of a known length without branches or calls: compilers make vectors of
 * them.  Adding and taking away 1.5 * 2^23 rounds half to even. */
static void
quantize_block(const struct whole *w, const float *restrict x,
    uint8_t *restrict y)
{
	const float big = 12582912, scale = w->scale, low = w->low;
	const float high = w->high;
	const float nothing = w->flip == 0 ? low : 128 + low;
	float v;
	int i;

	for (i = 0; i < BLOCK; i++) {
		v = x[i] / scale;
		v = v != v ? nothing : v;
		v = v < low ? low : v;
		v = v > high ? high : v;
		y[i] = (uint8_t)((int)(v + big - big) + w->zero) ^ w->flip;
	}
}

static void
dequantize_block(const struct whole *w, const uint8_t *restrict x,
    float *restrict y)
{
	const float scale = w->scale;
	int i;

	for (i = 0; i < BLOCK; i++)
		y[i] = (float)((x[i] ^ w->flip) - w->zero) * scale;
}

static void
quantize_whole(const struct ocr_view *in, bool has_zero,
    const struct ocr_view *out)
{
	const struct whole w = whole_of(in, has_zero, out->element);
	uint64_t n = ocr_view_count(in), i;
	const float *x = in->data;
	float rest[BLOCK] = {0};
	uint8_t *y = out->data, last[BLOCK];

	for (i = 0; i + BLOCK <= n; i += BLOCK)
		quantize_block(&w, x + i, y + i);
	memcpy(rest, x + i, (n - i) * sizeof(*x));
	quantize_block(&w, rest, last);
	memcpy(y + i, last, n - i);
}

static void
dequantize_whole(const struct ocr_view *in, bool has_zero,
    const struct ocr_view *out)
{
	const struct whole w = whole_of(in, has_zero, in->element);
	uint64_t n = ocr_view_count(in), i;
	const uint8_t *x = in->data;
	float *y = out->data, last[BLOCK];
	uint8_t rest[BLOCK] = {0};

	for (i = 0; i + BLOCK <= n; i += BLOCK)
		dequantize_block(&w, x + i, y + i);
	memcpy(rest, x + i, n - i);
	dequantize_block(&w, rest, last);
	memcpy(y + i, last, (n - i) * sizeof(*y));
}

static bool
is_8_bits(const struct ocr_view *v)
{
	return v->element == OCR_I8 || v->element == OCR_U8;
}

/* Scale and zero point of one element or one for each of an axis. */
static void
by_axis(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	bool is_whole = ocr_view_count(&in[1]) == 1;
	bool has_zero = node->n_in > 2 && in[2].data != NULL;
	uint64_t n = is_whole ? 1 : in->dims[axis], total, i, c, inner;
	int64_t zero, low = out->element == OCR_I8 ? -128 : 0;
	float scale, v;

	total = ocr_view_count(in);
	inner = is_whole ? total : ocr_view_span(in, axis + 1, in->n_dims);
	for (i = 0; i < total; i++) {
		c = i / inner % n;
		scale = ((const float *)in[1].data)[c];
		zero = has_zero ? ocr_view_int(&in[2], c) : 0;
		if (node->op == OCR_OP_DEQUANTIZE) {
			((float *)out->data)[i] =
			    (float)(ocr_view_int(in, i) - zero) * scale;
			continue;
		}
		v = rintf(ocr_view_float(in, i) / scale) + (float)zero;
		v = v < (float)low ? (float)low : v;
		v = v > (float)(low + 255) ? (float)(low + 255) : v;
		ocr_view_put(out, i, v != v ? 0 : (int64_t)v);
	}
}

void
ocr_plain_linear(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	bool has_zero = node->n_in > 2 && in[2].data != NULL;

	if (ocr_view_count(&in[1]) == 1 && in->element == OCR_F32)
		quantize_whole(in, has_zero, out);
	else if (ocr_view_count(&in[1]) == 1 && is_8_bits(in))
		dequantize_whole(in, has_zero, out);
	else
		by_axis(node, in, out);
}
