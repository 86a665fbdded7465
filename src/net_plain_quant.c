/*
 * net_plain_quant.c - quantisers of QONNX and FINN
 */
#include "config.h"

#include "src/net_plain.h"

#include <math.h>

static float
round_as(int rounding, float x)
{
	switch (rounding) {
	case 0:
		return rintf(x); /* half to even: nobody changes fenv */
	case 1:
		return truncf(x);
	case 2:
		return floorf(x);
	case 3:
		return ceilf(x);
	default:
		return floorf(x + 0.5f);
	}
}

/* What an element is quantised with: inputs 1 to 4 of the node. */
struct quant {
	const struct ocr_node_attr *attr;
	float scale, zero, bits, out_bits;
};

static float
quant(const struct quant *q, float x)
{
	float steps = exp2f(q->attr->is_signed ? q->bits - 1 : q->bits);
	float narrow = q->attr->is_narrow ? 1 : 0;
	float low = q->attr->is_signed ? -steps + narrow : 0;
	float high = steps - 1 - (q->attr->is_signed ? 0 : narrow);
	float v = x / q->scale + q->zero;

	v = v < low ? low : v > high ? high : v;
	return (round_as(q->attr->rounding, v) - q->zero) * q->scale;
}

static float
trunc_bits(const struct quant *q, float x)
{
	float v = rintf(x / q->scale + q->zero);

	v = round_as(q->attr->rounding, v / exp2f(q->bits - q->out_bits));
	return (v - q->zero) * q->scale;
}

struct each {
	const struct ocr_node *node;
	const struct ocr_view *in;
	uint64_t from[5], step[5], n; /* of a row */
	uint32_t n_in;
};

static void
each_row(const struct each *e, float *y)
{
	struct quant q = {.attr = &e->node->attr};
	float x, p[5] = {0};
	uint64_t i;
	uint32_t k;

	for (i = 0; i < e->n; i++) {
		for (k = 0; k < e->n_in; k++)
			p[k] = ocr_view_float(&e->in[k],
			    e->from[k] + i * e->step[k]);
		x = p[0];
		q.scale = p[1];
		q.zero = p[2];
		q.bits = p[3];
		q.out_bits = p[4];
		y[i] = e->node->op == OCR_OP_QUANT ? quant(&q, x)
		       : e->node->op == OCR_OP_TRUNC
			   ? trunc_bits(&q, x)
			   : (x >= 0 ? q.scale : -q.scale);
	}
}

/* One scale for all that is there: the weights of most networks. */
static void
bipolar(const struct ocr_view *in, const struct ocr_view *out)
{
	float scale = ocr_view_float(&in[1], 0), *y = out->data;
	const float *x = in->data;
	uint64_t n = ocr_view_count(out), i;

	for (i = 0; i < n; i++)
		y[i] = x[i] >= 0 ? scale : -scale;
}

/* x, and parameters that are broadcast to it. */
static void
each(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint64_t steps[5][OCR_NET_MAX_DIMS], at[OCR_NET_MAX_DIMS] = {0};
	uint32_t k, d, last = out->n_dims == 0 ? 0 : out->n_dims - 1;
	struct each e = {.node = node, .in = in};
	float *y = out->data;

	if (node->op == OCR_OP_BIPOLAR_QUANT && in->element == OCR_F32 &&
	    ocr_view_count(&in[1]) == 1 &&
	    ocr_view_count(in) == ocr_view_count(out)) {
		bipolar(in, out);
		return;
	}
	e.n_in = node->n_in < 5 ? node->n_in : 5;
	e.n = out->n_dims == 0 ? 1 : out->dims[last];
	for (k = 0; k < e.n_in; k++) {
		ocr_view_steps(steps[k], &in[k], out);
		e.step[k] = steps[k][last];
	}
	do {
		for (k = 0; k < e.n_in; k++)
			for (e.from[k] = 0, d = 0; d < last; d++)
				e.from[k] += at[d] * steps[k][d];
		each_row(&e, y);
		y += e.n;
	} while (ocr_view_next(at, out));
}

static void
multi_threshold(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	uint64_t inner = ocr_view_span(in, axis + 1, in->n_dims), c;
	uint64_t n = ocr_view_count(out), i, channels = in->dims[axis];
	uint64_t n_steps = in[1].dims[1], j, count;
	const float *steps, *x = in->data;

	for (i = 0; i < n; i++) {
		c = in[1].dims[0] == 1 ? 0 : i / inner % channels;
		steps = (const float *)in[1].data + c * n_steps;
		for (count = 0, j = 0; j < n_steps; j++)
			count += x[i] >= steps[j];
		((float *)out->data)[i] =
		    (float)(node->attr.out_scale * (double)count +
			    node->attr.out_bias);
	}
}

void
ocr_plain_quant(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	switch (node->op) {
	case OCR_OP_QUANTIZE:
	case OCR_OP_DEQUANTIZE:
		ocr_plain_linear(node, in, out);
		break;
	case OCR_OP_MULTI_THRESHOLD:
		multi_threshold(node, in, out);
		break;
	default:
		each(node, in, out);
		break;
	}
}
