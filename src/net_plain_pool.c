/*
 * net_plain_pool.c - pools, means, softmax and normalisation
 */
#include "config.h"

#include "src/net_plain.h"

#include <math.h>
#include <string.h>

/* A window along one side: taps from 'first', 'step' apart, that lie in it. */
struct taps {
	int64_t first, n, step;
	int64_t n_padded; /* with those that lie in the padding */
};

static struct taps
taps_of(const struct ocr_node_attr *a, int side, uint64_t out, int64_t n)
{
	struct taps t = {.step = a->dilations[side]};
	int64_t at = (int64_t)out * a->strides[side] - a->pads[side];
	int64_t k;

	for (k = 0; k < a->kernel[side]; k++, at += t.step) {
		/* ceil_mode can reach beyond the padding as well */
		t.n_padded += at < n + a->pads[side + 2];
		if (at < 0 || at >= n)
			continue;
		if (t.n++ == 0)
			t.first = at;
	}
	return t;
}

static void
average_window(const struct taps *ty, const struct taps *tx, const float *in,
    uint64_t w, bool count_padding, float *out)
{
	int64_t y, x, n = ty->n * tx->n;
	float sum = 0;

	for (y = 0; y < ty->n; y++)
		for (x = 0; x < tx->n; x++)
			sum += in[(uint64_t)(ty->first + y * ty->step) * w +
				  (uint64_t)(tx->first + x * tx->step)];
	if (count_padding)
		n = ty->n_padded * tx->n_padded;
	*out = n == 0 ? 0 : sum / (float)n;
}

static void
max_window(const struct taps *ty, const struct taps *tx,
    const struct ocr_view *in, uint64_t from, const struct ocr_view *out,
    uint64_t to)
{
	float best = -INFINITY, v;
	int64_t y, x;

	for (y = 0; y < ty->n; y++)
		for (x = 0; x < tx->n; x++) {
			v = ocr_view_float(in,
			    from +
				(uint64_t)(ty->first + y * ty->step) *
				    in->dims[3] +
				(uint64_t)(tx->first + x * tx->step));
			best = v > best || v != v ? v : best;
		}
	if (out->element == OCR_F32)
		((float *)out->data)[to] = best;
	else
		ocr_view_put(out, to, best == -INFINITY ? 0 : (int64_t)best);
}

void
ocr_plain_pool(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	const struct ocr_node_attr *a = &node->attr;
	uint64_t planes = in->dims[0] * in->dims[1], size, i, y, x, to = 0;
	struct taps ty, tx;

	size = in->dims[2] * in->dims[3];
	for (i = 0; i < planes; i++)
		for (y = 0; y < out->dims[2]; y++) {
			ty = taps_of(a, 0, y, (int64_t)in->dims[2]);
			for (x = 0; x < out->dims[3]; x++, to++) {
				tx = taps_of(a, 1, x, (int64_t)in->dims[3]);
				if (node->op == OCR_OP_MAX_POOL)
					max_window(&ty, &tx, in, i * size, out,
					    to);
				else
					average_window(&ty, &tx,
					    (const float *)in->data + i * size,
					    in->dims[3], a->count_include_pad,
					    (float *)out->data + to);
			}
		}
}

/* Over a run of axes: [outer][n][inner] to [outer][inner]. */
void
ocr_plain_mean(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	bool is_global = node->op == OCR_OP_GLOBAL_AVERAGE_POOL;
	uint32_t from = is_global ? 2 : (uint32_t)node->attr.axes[0];
	uint32_t to =
	    is_global ? in->n_dims : from + (uint32_t)node->attr.n_axes;
	uint64_t outer = ocr_view_span(in, 0, from), o, i, k;
	uint64_t n = ocr_view_span(in, from, to);
	uint64_t inner = ocr_view_span(in, to, in->n_dims);
	const float *x = in->data;
	float *y = out->data;
	double sum;

	for (o = 0; o < outer; o++)
		for (i = 0; i < inner; i++) {
			for (sum = 0, k = 0; k < n; k++)
				sum += x[(o * n + k) * inner + i];
			*y++ = (float)(sum / (double)n);
		}
}

static void
softmax_row(const float *x, float *y, uint64_t n, uint64_t step)
{
	float top = -INFINITY, sum = 0;
	uint64_t i;

	for (i = 0; i < n; i++)
		top = x[i * step] > top ? x[i * step] : top;
	for (i = 0; i < n; i++)
		sum += y[i * step] = expf(x[i * step] - top);
	for (i = 0; i < n; i++)
		y[i * step] /= sum;
}

void
ocr_plain_softmax(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint32_t axis = (uint32_t)node->attr.axis;
	uint32_t end = node->attr.is_flat ? in->n_dims : axis + 1;
	uint64_t outer = ocr_view_span(in, 0, axis), o, i;
	uint64_t n = ocr_view_span(in, axis, end);
	uint64_t inner = ocr_view_span(in, end, in->n_dims);

	for (o = 0; o < outer; o++)
		for (i = 0; i < inner; i++)
			softmax_row((const float *)in->data + o * n * inner + i,
			    (float *)out->data + o * n * inner + i, n, inner);
}

/* in: x, scale, shift, mean, variance */
void
ocr_plain_batch_norm(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out)
{
	uint64_t inner = ocr_view_span(in, 2, in->n_dims), b, c, i;
	uint64_t n = in->dims[1];
	const float *x = in->data, *scale = in[1].data, *shift = in[2].data;
	const float *mean = in[3].data, *variance = in[4].data;
	float *y = out->data, root;

	for (b = 0; b < in->dims[0]; b++)
		for (c = 0; c < n; c++) {
			root = sqrtf(variance[c] + node->attr.epsilon);
			for (i = 0; i < inner; i++, x++)
				*y++ =
				    (*x - mean[c]) / root * scale[c] + shift[c];
		}
}
