/*
 * net_plain_int8.c - quantised convolutions and products, in whole numbers
 *
 * Sums are exact.  Then, in floats as the QuantizeLinear behind it has them:
 * bias, scale, half to even, limits, zero point.
 */
#include "config.h"

#include "src/net_plain.h"

#include <math.h>
#include <string.h>

#define BLOCK 128 /* sums at a time */

struct int8 {
	const struct ocr_node_attr *attr;
	/* a byte is (byte ^ flip) - zero, if its type has a sign or not */
	uint8_t flip;
	int32_t zero;
	const float *scale, *bias;
	enum ocr_element to;
};

static struct int8
int8_of(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	bool is_signed = in->element == OCR_I8;

	return (struct int8){.attr = &node->attr,
	    .flip = is_signed ? 128 : 0,
	    .zero = node->attr.in_zero + (is_signed ? 128 : 0),
	    .scale = in[2].data,
	    .bias = in[3].data,
	    .to = out->element};
}

static void
put_sums(const struct int8 *q, uint64_t channel, const int32_t *sums,
    uint64_t n, void *out)
{
	float low = (float)(q->attr->out_low - q->attr->out_zero);
	float high = (float)(q->attr->out_high - q->attr->out_zero), v;
	int8_t *i8 = out;
	uint8_t *u8 = out;
	uint64_t i;

	for (i = 0; i < n; i++) {
		v = (float)sums[i] + q->bias[channel];
		v = rintf(v * q->scale[channel]);
		v = v < low ? low : v > high ? high : v;
		if (q->to == OCR_I8)
			i8[i] = (int8_t)((int)v + q->attr->out_zero);
		else
			u8[i] = (uint8_t)((int)v + q->attr->out_zero);
	}
}

/* A row of outputs of one channel, from column 'first' on. */
struct piece {
	const struct ocr_view *in, *out;
	uint64_t y, first, n;
};

/* sums += weight * a row of the image, for column kx of the window. */
static void
add_tap(const struct int8 *q, const struct piece *p, const uint8_t *row,
    int32_t weight, int64_t kx, int32_t *sums)
{
	const struct ocr_node_attr *a = q->attr;
	int64_t at = (int64_t)p->first * a->strides[1] + kx * a->dilations[1] -
		     a->pads[1];
	int64_t width = (int64_t)p->in->dims[3];
	uint64_t i;

	for (i = 0; i < p->n; i++, at += a->strides[1])
		if (at >= 0 && at < width)
			sums[i] += weight * ((row[at] ^ q->flip) - q->zero);
}

static void
add_plane(const struct int8 *q, const struct piece *p, const uint8_t *plane,
    const int8_t *weights, int32_t *sums)
{
	const struct ocr_node_attr *a = q->attr;
	int64_t ky, kx, at;

	for (ky = 0; ky < a->kernel[0]; ky++, weights += a->kernel[1]) {
		at = (int64_t)p->y * a->strides[0] + ky * a->dilations[0] -
		     a->pads[0];
		if (at < 0 || at >= (int64_t)p->in->dims[2])
			continue;
		for (kx = 0; kx < a->kernel[1]; kx++)
			add_tap(q, p, plane + (uint64_t)at * p->in->dims[3],
			    weights[kx], kx, sums);
	}
}

/* Output channel o of one image. */
static void
conv_channel(const struct int8 *q, const struct ocr_view *in,
    const struct ocr_view *out, const uint8_t *image, uint64_t o, uint8_t *to)
{
	const struct ocr_view *w = &in[1];
	const int8_t *weights =
	    (const int8_t *)w->data + o * ocr_view_span(w, 1, 4);
	uint64_t size = in->dims[2] * in->dims[3], c;
	uint64_t window = w->dims[2] * w->dims[3];
	struct piece p = {.in = in, .out = out};
	int32_t sums[BLOCK];

	for (p.y = 0; p.y < out->dims[2]; p.y++)
		for (p.first = 0; p.first < out->dims[3]; p.first += BLOCK) {
			p.n = out->dims[3] - p.first;
			p.n = p.n < BLOCK ? p.n : BLOCK;
			memset(sums, 0, sizeof(sums));
			for (c = 0; c < w->dims[1]; c++)
				add_plane(q, &p, image + c * size,
				    weights + c * window, sums);
			put_sums(q, o, sums, p.n,
			    to + p.y * out->dims[3] + p.first);
		}
}

void
ocr_plain_int8_conv(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	struct int8 q = int8_of(node, in, out);
	uint64_t n_out = out->dims[1], b, o;
	uint64_t per_group = n_out / (uint64_t)node->attr.group;
	uint64_t group = in[1].dims[1] * in->dims[2] * in->dims[3];
	const uint8_t *x = in->data;
	uint8_t *y = out->data;

	for (b = 0; b < out->dims[0]; b++, x += ocr_view_span(in, 1, 4))
		for (o = 0; o < n_out; o++, y += out->dims[2] * out->dims[3])
			conv_channel(&q, in, out, x + o / per_group * group, o,
			    y);
}

void
ocr_plain_int8_product(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	struct int8 q = int8_of(node, in, out);
	uint64_t k = in->dims[1], n = out->dims[1], i, j, b;
	const uint8_t *x = in->data;
	uint8_t *y = out->data;
	const int8_t *w;
	int32_t sum;

	for (b = 0; b < out->dims[0]; b++, x += k) {
		w = in[1].data;
		for (j = 0; j < n; j++, w += k) {
			for (sum = 0, i = 0; i < k; i++)
				sum += w[i] * ((x[i] ^ q.flip) - q.zero);
			put_sums(&q, j, &sum, 1, y++);
		}
	}
}
