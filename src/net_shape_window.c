/*
 * net_shape_window.c - shapes of convolutions, pools and products
 */
#include "config.h"

#include <string.h>

#include "src/net_shape.h"

/* auto_pad into pads, as ONNX defines it. */
static void
resolve_pads(struct ocr_node_attr *a, int side, uint64_t in)
{
	int64_t reach = (a->kernel[side] - 1) * a->dilations[side] + 1;
	int64_t stride = a->strides[side], out, sum;

	if (a->auto_pad == 0)
		return;
	out = ((int64_t)in + stride - 1) / stride;
	sum = (out - 1) * stride + reach - (int64_t)in;
	if (a->auto_pad == 3 || sum < 0)
		sum = 0;
	a->pads[side] = (sum + (a->auto_pad == 2)) / 2;
	a->pads[side + 2] = sum - a->pads[side];
}

/* Windows along a side; negative: the window is larger than the image. */
static int64_t
count_windows(const struct ocr_node_attr *a, int side, uint64_t in)
{
	int64_t reach = (a->kernel[side] - 1) * a->dilations[side] + 1;
	int64_t n = (int64_t)in + a->pads[side] + a->pads[side + 2] - reach;
	int64_t stride = a->strides[side], out;

	if (n < 0)
		return -1;
	out = (n + (a->ceil_mode ? stride - 1 : 0)) / stride + 1;
	/* the last window must begin in the image or the padding before it */
	if ((out - 1) * stride >= (int64_t)in + a->pads[side] && out > 1)
		out--;
	return out;
}

static int
shape_sides(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	struct ocr_node_attr *a = &s->node->attr;
	int side;
	int64_t n;

	for (side = 0; side < 2; side++) {
		resolve_pads(a, side, x->dims[side + 2]);
		n = count_windows(a, side, x->dims[side + 2]);
		if (n < 1)
			return ocr_shape_refuse(s,
			    "its window is larger than the image");
		if (s->node->op != OCR_OP_CONV &&
		    (a->pads[side] >= a->kernel[side] * a->dilations[side] ||
			a->pads[side + 2] >=
			    a->kernel[side] * a->dilations[side]))
			return ocr_shape_refuse(s,
			    "more padding than its window is wide");
		out->dims[side + 2] = (uint64_t)n;
	}
	a->auto_pad = 0;
	return 0;
}

static int
shape_conv(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *w, *b;
	struct ocr_node_attr *a = &s->node->attr;

	if (!ocr_node_has(s->node, 1))
		return ocr_shape_refuse(s, "no weights");
	w = ocr_shape_in(s, 1);
	if (w->n_dims != 4 || w->dims[2] > INT32_MAX || w->dims[3] > INT32_MAX)
		return ocr_shape_refuse(s, "only two sides are known");
	if (a->kernel[0] == 0) {
		a->kernel[0] = (int64_t)w->dims[2];
		a->kernel[1] = (int64_t)w->dims[3];
	}
	if (a->kernel[0] != (int64_t)w->dims[2] ||
	    a->kernel[1] != (int64_t)w->dims[3])
		return ocr_shape_refuse(s,
		    "kernel_shape is not that of the weights");
	if (a->group < 1 || a->group > INT32_MAX ||
	    w->dims[1] * (uint64_t)a->group != x->dims[1] ||
	    w->dims[0] % (uint64_t)a->group != 0 || ocr_shape_has_batch(w))
		return ocr_shape_refuse(s,
		    "weights of %llu x %llu channels in %lld groups for %llu",
		    (unsigned long long)w->dims[0],
		    (unsigned long long)w->dims[1], (long long)a->group,
		    (unsigned long long)x->dims[1]);
	if (!ocr_node_has(s->node, 2))
		return 0;
	b = ocr_shape_in(s, 2);
	return b->n_dims != 1 || b->dims[0] != w->dims[0]
		   ? ocr_shape_refuse(s, "not one bias a channel")
		   : 0;
}

int
ocr_shape_windows(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	enum ocr_element e = x->element;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	int r = 0;

	if (x->n_dims != 4)
		return ocr_shape_refuse(s, "only two sides are known");
	if (s->node->op == OCR_OP_MAX_POOL && e != OCR_F32 && e != OCR_I8 &&
	    e != OCR_U8)
		return ocr_shape_refuse(s, "a pool of %s", ocr_element_name(e));
	if (s->node->op == OCR_OP_CONV)
		r = shape_conv(s);
	else if (s->node->attr.kernel[0] == 0)
		r = ocr_shape_refuse(s, "no kernel_shape");
	ocr_shape_same(s);
	if (r == 0)
		r = shape_sides(s);
	if (r == 0 && s->node->op == OCR_OP_CONV)
		out->dims[1] = ocr_shape_in(s, 1)->dims[0];
	return r;
}

static int
shape_gemm(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *w, *c;
	const struct ocr_node_attr *a = &s->node->attr;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t d, from;

	w = ocr_shape_in(s, 1);
	if (x->n_dims != 2 || w->n_dims != 2)
		return ocr_shape_refuse(s, "its inputs are not matrices");
	if (ocr_shape_has_batch(w) ||
	    (a->transpose_a && ocr_shape_has_batch(x)))
		return ocr_shape_refuse(s,
		    "it would mix the images of a batch");
	if (x->dims[a->transpose_a ? 0 : 1] != w->dims[a->transpose_b ? 1 : 0])
		return ocr_shape_refuse(s, "matrices that do not go together");
	out->element = OCR_F32;
	out->n_dims = 2;
	out->dims[0] = x->dims[a->transpose_a ? 1 : 0];
	out->dims[1] = w->dims[a->transpose_b ? 0 : 1];
	if (!ocr_node_has(s->node, 2))
		return 0;
	c = ocr_shape_in(s, 2);
	if (c->n_dims > 2)
		return ocr_shape_refuse(s, "a bias of more than 2 dimensions");
	for (d = 0, from = 2 - c->n_dims; d < c->n_dims; d++)
		if (c->dims[d] != 1 && c->dims[d] != out->dims[from + d])
			return ocr_shape_refuse(s,
			    "its bias does not fit its output");
	return 0;
}

static int
shape_matmul(const struct ocr_shaper *s)
{
	const struct ocr_tensor *a = ocr_shape_in(s, 0), *b;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t n, d;
	uint64_t x, y;

	b = ocr_shape_in(s, 1);
	if (a->n_dims < 2 || b->n_dims < 2)
		return ocr_shape_refuse(s, "its inputs are not matrices");
	if ((b->n_dims == 2 && ocr_shape_has_batch(b)) ||
	    a->dims[a->n_dims - 1] != b->dims[b->n_dims - 2])
		return ocr_shape_refuse(s, "matrices that do not go together");
	n = a->n_dims > b->n_dims ? a->n_dims : b->n_dims;
	for (d = 0; d + 2 < n; d++) {
		x = d + a->n_dims < n ? 1 : a->dims[d + a->n_dims - n];
		y = d + b->n_dims < n ? 1 : b->dims[d + b->n_dims - n];
		if (x != y && x != 1 && y != 1)
			return ocr_shape_refuse(s,
			    "matrices that do not go together");
		out->dims[d] = x == 1 ? y : x;
	}
	out->dims[n - 2] = a->dims[a->n_dims - 2];
	out->dims[n - 1] = b->dims[b->n_dims - 1];
	out->n_dims = n;
	out->element = OCR_F32;
	return 0;
}

int
ocr_shape_products(const struct ocr_shaper *s)
{
	if (!ocr_node_has(s->node, 1))
		return ocr_shape_refuse(s, "input 2 is missing");
	return s->node->op == OCR_OP_GEMM ? shape_gemm(s) : shape_matmul(s);
}
