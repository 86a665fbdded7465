/*
 * net_plain_conv.c - convolutions and products of matrices
 *
 * Sums are taken in order of channel, row, column of the window; of whole
 * numbers below 2^24 they are exact.
 */
#include "config.h"

#include "src/net_plain.h"

#include <string.h>

struct plane {
	uint64_t h, w, out_h, out_w;
	const struct ocr_node_attr *attr;
};

/* Outputs [from, to) of a row whose tap lies in [0, n). */
static void
clip_range(uint64_t *from, uint64_t *to, int64_t tap, int64_t stride,
    uint64_t n, uint64_t n_out)
{
	int64_t first = tap >= 0 ? 0 : (-tap + stride - 1) / stride;
	int64_t end = (int64_t)n - 1 - tap;

	end = end < 0 ? 0 : end / stride + 1;
	*from = (uint64_t)first;
	*to = end < (int64_t)n_out ? (uint64_t)end : n_out;
}

/* out += weight * in, for one tap at (ky, kx) of one pair of channels. */
static void
add_tap(const struct plane *p, const float *in, float *out, float weight,
    int64_t ky, int64_t kx)
{
	const struct ocr_node_attr *a = p->attr;
	int64_t top = ky * a->dilations[0] - a->pads[0];
	int64_t left = kx * a->dilations[1] - a->pads[1];
	uint64_t y, y_end, x, x_end, x_from;
	const float *row;
	int64_t at;

	clip_range(&y, &y_end, top, a->strides[0], p->h, p->out_h);
	clip_range(&x_from, &x_end, left, a->strides[1], p->w, p->out_w);
	for (; y < y_end; y++) {
		row = in + ((int64_t)y * a->strides[0] + top) * (int64_t)p->w;
		at = (int64_t)x_from * a->strides[1] + left;
		for (x = x_from; x < x_end; x++, at += a->strides[1])
			out[y * p->out_w + x] += weight * row[at];
	}
}

static void
conv_channel(const struct plane *p, const float *in, const float *weights,
    uint64_t n_in, float *out)
{
	int64_t kh = p->attr->kernel[0], kw = p->attr->kernel[1], ky, kx;
	uint64_t c;

	for (c = 0; c < n_in; c++, in += p->h * p->w)
		for (ky = 0; ky < kh; ky++)
			for (kx = 0; kx < kw; kx++)
				add_tap(p, in, out, *weights++, ky, kx);
}

void
ocr_plain_conv(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	const struct ocr_view *w = &in[1];
	struct plane p = {in->dims[2], in->dims[3], out->dims[2], out->dims[3],
	    &node->attr};
	uint64_t per_group = w->dims[0] / (uint64_t)node->attr.group;
	uint64_t weights = ocr_view_span(w, 1, 4), size = p.out_h * p.out_w;
	uint64_t b, o, i;
	const float *x = in->data, *from;
	float *y = out->data, bias;

	for (b = 0; b < out->dims[0]; b++, x += ocr_view_span(in, 1, 4))
		for (o = 0; o < w->dims[0]; o++, y += size) {
			bias = node->n_in > 2 && in[2].data != NULL
				   ? ((const float *)in[2].data)[o]
				   : 0;
			for (i = 0; i < size; i++)
				y[i] = bias;
			from = x + o / per_group * w->dims[1] * p.h * p.w;
			conv_channel(&p, from,
			    (const float *)w->data + o * weights, w->dims[1],
			    y);
		}
}

/* c = alpha * a * b, m x k by k x n; steps along rows and columns. */
struct product {
	const float *a, *b;
	float *c;
	uint64_t m, k, n, a_row, a_col, b_row, b_col;
	float alpha;
};

static void
multiply(const struct product *p)
{
	uint64_t i, j, l;
	float x, *row;

	for (i = 0; i < p->m; i++) {
		row = p->c + i * p->n;
		memset(row, 0, (size_t)p->n * sizeof(*row));
		for (l = 0; l < p->k; l++) {
			x = p->a[i * p->a_row + l * p->a_col];
			for (j = 0; j < p->n; j++)
				row[j] += x * p->b[l * p->b_row + j * p->b_col];
		}
		for (j = 0; p->alpha != 1 && j < p->n; j++)
			row[j] *= p->alpha;
	}
}

void
ocr_plain_gemm(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	const struct ocr_node_attr *a = &node->attr;
	struct product p = {.a = in[0].data,
	    .b = in[1].data,
	    .c = out->data,
	    .m = out->dims[0],
	    .n = out->dims[1],
	    .k = in->dims[a->transpose_a ? 0 : 1],
	    .alpha = a->alpha};
	uint64_t steps[OCR_NET_MAX_DIMS], i, j;
	const float *c = node->n_in > 2 ? in[2].data : NULL;

	p.a_row = a->transpose_a ? 1 : p.k;
	p.a_col = a->transpose_a ? p.m : 1;
	p.b_row = a->transpose_b ? 1 : p.n;
	p.b_col = a->transpose_b ? p.k : 1;
	multiply(&p);
	if (c == NULL)
		return;
	ocr_view_steps(steps, &in[2], out);
	for (i = 0; i < p.m; i++)
		for (j = 0; j < p.n; j++)
			p.c[i * p.n + j] +=
			    a->beta * c[i * steps[0] + j * steps[1]];
}

void
ocr_plain_matmul(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t last = out->n_dims - 1, d;
	struct product p = {.m = out->dims[last - 1],
	    .n = out->dims[last],
	    .k = in->dims[in->n_dims - 1],
	    .a_row = in->dims[in->n_dims - 1],
	    .a_col = 1,
	    .b_row = out->dims[last],
	    .b_col = 1,
	    .alpha = 1};
	uint64_t a_steps[OCR_NET_MAX_DIMS], b_steps[OCR_NET_MAX_DIMS];
	uint64_t at[OCR_NET_MAX_DIMS] = {0};
	/* The matrices stand as one element: the row of 'next' is a matrix */
	struct ocr_view outer = *out;

	(void)node;
	outer.n_dims--;
	outer.dims[last - 1] = 1;
	ocr_view_steps(a_steps, &in[0], out);
	ocr_view_steps(b_steps, &in[1], out);
	p.c = out->data;
	do {
		p.a = in[0].data;
		p.b = in[1].data;
		for (d = 0; d + 1 < last; d++) {
			p.a += at[d] * a_steps[d];
			p.b += at[d] * b_steps[d];
		}
		multiply(&p);
		p.c += p.m * p.n;
	} while (ocr_view_next(at, &outer));
}
