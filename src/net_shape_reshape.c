/*
 * net_shape_reshape.c - shapes of what is reshaped and reduced
 */
#include "config.h"

#include <string.h>

#include "src/net_shape.h"

/* Numbers of an image, or of all where there is no batch. */
static uint64_t
image_count(const struct ocr_tensor *t)
{
	return ocr_tensor_count(t, 1);
}

/* Fill in the dim that is 0 in 'unknown' so that the counts agree. */
static int
fill_in(const struct ocr_shaper *s, struct ocr_tensor *out, int unknown)
{
	uint64_t want = image_count(ocr_shape_in(s, 0)), have = 1;
	uint32_t d;

	for (d = 0; d < out->n_dims; d++) {
		if ((int)d == unknown || (d == 0 && out->dims[d] == 0))
			continue;
		if (out->dims[d] == 0 || out->dims[d] > OCR_NET_MAX_BYTES ||
		    have * out->dims[d] > OCR_NET_MAX_BYTES)
			return ocr_shape_refuse(s, "a shape out of range");
		have *= out->dims[d];
	}
	if (unknown >= 0 && want % have == 0)
		out->dims[unknown] = want / have;
	if (unknown >= 0 ? want % have != 0 : want != have)
		return ocr_shape_refuse(s,
		    "%llu numbers%s into a shape of %llu",
		    (unsigned long long)want,
		    ocr_shape_has_batch(ocr_shape_in(s, 0)) ? " an image" : "",
		    (unsigned long long)have);
	return 0;
}

/* Of a batch the first number may be anything that means it: 0, -1, 1 (what
 * exporters write for one image), or what Shape gave. */
static int
shape_reshape(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	bool has_batch = ocr_shape_has_batch(x);
	int64_t list[OCR_NET_MAX_DIMS];
	int i, unknown = -1, n;

	n = ocr_node_has(s->node, 1)
		? ocr_shape_ints(s, 1, list, OCR_NET_MAX_DIMS)
		: ocr_shape_refuse(s, "no shape");
	if (n < 0)
		return n;
	out->element = x->element;
	out->n_dims = (uint32_t)n;
	for (i = 0; i < n; i++) {
		if (i == 0 && has_batch &&
		    (list[0] == -1 || list[0] == 1 || list[0] == OCR_NET_BATCH))
			list[0] = 0;
		if (list[i] == 0 && !s->node->attr.allow_zero &&
		    (uint32_t)i < x->n_dims) {
			out->dims[i] = x->dims[i];
		} else if (list[i] == -1 && unknown < 0) {
			unknown = i;
		} else if (list[i] > 0) {
			out->dims[i] = (uint64_t)list[i];
		} else {
			return ocr_shape_refuse(s, "a shape out of range");
		}
	}
	if (has_batch && (n == 0 || unknown == 0 || out->dims[0] != 0))
		return ocr_shape_refuse(s,
		    "it would mix the images of a batch");
	return fill_in(s, out, unknown);
}

static int
shape_flatten(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	struct ocr_tensor head = *x;
	uint64_t rows;

	/* it may be n_dims as well, and counts from there */
	if (s->node->attr.axis != (int64_t)x->n_dims &&
	    ocr_shape_axis(s, &s->node->attr.axis, x->n_dims) < 0)
		return s->err->code;
	head.n_dims = (uint32_t)s->node->attr.axis;
	if (ocr_shape_has_batch(x) && s->node->attr.axis != 1)
		return ocr_shape_refuse(s,
		    "it would mix the images of a batch");
	rows = ocr_tensor_count(&head, 1);
	out->element = x->element;
	out->n_dims = 2;
	out->dims[0] = ocr_shape_has_batch(x) ? 0 : rows;
	out->dims[1] = ocr_tensor_count(x, 1) / rows;
	return 0;
}

/* The axes of Squeeze, Unsqueeze and ReduceMean, as a mask over n dims; 0: none
 * were given. */
static int
read_axes(const struct ocr_shaper *s, uint32_t n, uint32_t *mask)
{
	struct ocr_node_attr *a = &s->node->attr;
	int64_t i, k = a->n_axes;

	*mask = 0;
	if (ocr_node_has(s->node, 1)) {
		k = ocr_shape_ints(s, 1, a->axes, OCR_NET_MAX_DIMS);
		if (k < 0)
			return (int)k;
	}
	for (i = 0; i < k; i++) {
		if (ocr_shape_axis(s, &a->axes[i], n) < 0)
			return s->err->code;
		if ((*mask & 1U << a->axes[i]) != 0)
			return ocr_shape_refuse(s, "an axis twice");
		*mask |= 1U << a->axes[i];
	}
	return (int)k;
}

static int
shape_squeeze(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t mask, d, n = 0;
	int k = read_axes(s, x->n_dims, &mask);

	if (k < 0)
		return k;
	for (d = 0; d < x->n_dims; d++) {
		if (k == 0 ? x->dims[d] == 1 : (mask & 1U << d) != 0) {
			if (x->dims[d] != 1)
				return ocr_shape_refuse(s,
				    "dimension %u is not 1", d);
			continue;
		}
		out->dims[n++] = x->dims[d];
	}
	out->element = x->element;
	out->n_dims = n;
	return 0;
}

static int
shape_unsqueeze(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t mask, d, from = 0, n;
	int k = ocr_node_has(s->node, 1)
		    ? (int)ocr_tensor_count(ocr_shape_in(s, 1), 1)
		    : (int)s->node->attr.n_axes;

	n = x->n_dims + (uint32_t)k;
	if (k < 1 || n > OCR_NET_MAX_DIMS)
		return ocr_shape_refuse(s,
		    "no axes, or more than 6 dimensions");
	if (read_axes(s, n, &mask) < 0)
		return s->err->code;
	for (d = 0; d < n; d++)
		out->dims[d] = (mask & 1U << d) != 0 ? 1 : x->dims[from++];
	out->element = x->element;
	out->n_dims = n;
	return 0;
}

int
ocr_shape_reshape(const struct ocr_shaper *s)
{
	if (s->node->op == OCR_OP_FLATTEN)
		return shape_flatten(s);
	switch (s->node->attr.reshape) {
	case OCR_RESHAPE_SQUEEZE:
		return shape_squeeze(s);
	case OCR_RESHAPE_UNSQUEEZE:
		return shape_unsqueeze(s);
	default:
		return shape_reshape(s);
	}
}

/* Axes that lie side by side; afterwards axes[0] is the first. */
static int
shape_mean(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	struct ocr_node_attr *a = &s->node->attr;
	uint32_t mask, d, n = 0, first;
	int k = read_axes(s, x->n_dims, &mask);

	if (k < 0)
		return k;
	if (k == 0)
		mask = (1U << x->n_dims) - 1;
	if (mask == 0)
		return ocr_shape_refuse(s, "the mean of a single number");
	first = (uint32_t)__builtin_ctz(mask);
	if (((mask >> first) & ((mask >> first) + 1)) != 0)
		return ocr_shape_refuse(s, "axes that do not lie side by side");
	if (first == 0 && ocr_shape_has_batch(x))
		return ocr_shape_refuse(s,
		    "it would mix the images of a batch");
	a->axes[0] = first;
	a->n_axes = __builtin_popcount(mask);
	for (d = 0; d < x->n_dims; d++)
		if ((mask & 1U << d) == 0)
			out->dims[n++] = x->dims[d];
		else if (a->keepdims)
			out->dims[n++] = 1;
	out->element = OCR_F32;
	out->n_dims = n;
	return 0;
}

static int
shape_top_k(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out;
	int64_t axis = s->node->attr.axis;
	uint32_t i;

	if (ocr_node_has(s->node, 1) &&
	    ocr_shape_ints(s, 1, &s->node->attr.k, 1) < 0)
		return s->err->code;
	if (s->node->attr.k < 1 || s->node->attr.k > (int64_t)x->dims[axis])
		return ocr_shape_refuse(s, "the %lld best of %llu",
		    (long long)s->node->attr.k,
		    (unsigned long long)x->dims[axis]);
	for (i = 0; i < s->node->n_out; i++) {
		out = ocr_shape_out(s, i);
		if (out == NULL)
			continue;
		out->element = i == 0 ? OCR_F32 : OCR_I64;
		out->n_dims = x->n_dims;
		memcpy(out->dims, x->dims, sizeof(out->dims));
		out->dims[axis] = (uint64_t)s->node->attr.k;
	}
	return 0;
}

static int
shape_arg_max(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t d, n = 0;

	for (d = 0; d < x->n_dims; d++)
		if (d != s->node->attr.axis)
			out->dims[n++] = x->dims[d];
		else if (s->node->attr.keepdims)
			out->dims[n++] = 1;
	out->n_dims = n;
	out->element = OCR_I64;
	return 0;
}

int
ocr_shape_reduce(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	enum ocr_op op = s->node->op;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	uint32_t d;

	if (op == OCR_OP_REDUCE_MEAN)
		return shape_mean(s);
	if (op == OCR_OP_GLOBAL_AVERAGE_POOL) {
		if (x->n_dims < 3)
			return ocr_shape_refuse(s, "the input is no image");
		ocr_shape_same(s);
		for (d = 2; d < x->n_dims; d++)
			out->dims[d] = 1;
		return 0;
	}
	if (ocr_shape_axis(s, &s->node->attr.axis, x->n_dims) < 0)
		return s->err->code;
	if (s->node->attr.axis == 0 && ocr_shape_has_batch(x))
		return ocr_shape_refuse(s,
		    "it would mix the images of a batch");
	if (op == OCR_OP_SOFTMAX)
		return ocr_shape_same(s);
	/* compared as floats: larger whole numbers would be taken as equal */
	if (x->element == OCR_I32 || x->element == OCR_I64)
		return ocr_shape_refuse(s, "of %s",
		    ocr_element_name(x->element));
	if (op == OCR_OP_TOP_K)
		return ocr_shape_want(s, 0, 1, OCR_F32) < 0 ? s->err->code
							    : shape_top_k(s);
	return shape_arg_max(s);
}
