/*
 * net_shape.c - shapes and types, node by node
 */
#include "config.h"

#include "src/net_shape.h"

#include <stdarg.h>
#include <string.h>

#include "src/net_plain.h"

#define MAX_SHAPE_NUMBERS 64 /* of a constant that is computed here */

int
ocr_shape_refuse(const struct ocr_shaper *s, const char *fmt, ...)
{
	char why[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return ocr_node_err(s->net, s->node, s->err, "%s", why);
}

struct ocr_tensor *
ocr_shape_out(const struct ocr_shaper *s, uint32_t i)
{
	if (i >= s->node->n_out || s->node->out[i] == OCR_NO_TENSOR)
		return NULL;
	return &s->net->tensors[s->node->out[i]];
}

int
ocr_shape_want(const struct ocr_shaper *s, uint32_t from, uint32_t to,
    enum ocr_element e)
{
	for (; from < to && from < s->node->n_in; from++)
		if (ocr_node_has(s->node, from) &&
		    ocr_shape_in(s, from)->element != e)
			return ocr_shape_refuse(s, "input %u is %s, not %s",
			    from + 1,
			    ocr_element_name(ocr_shape_in(s, from)->element),
			    ocr_element_name(e));
	return 0;
}

int
ocr_shape_axis(const struct ocr_shaper *s, int64_t *axis, uint32_t n_dims)
{
	int64_t n = n_dims;

	if (*axis < -n || *axis >= n)
		return ocr_shape_refuse(s, "axis %lld of %u dimensions",
		    (long long)*axis, n_dims);
	*axis += *axis < 0 ? n : 0;
	return 0;
}

int
ocr_shape_ints(const struct ocr_shaper *s, uint32_t input, int64_t *list,
    int max)
{
	const struct ocr_tensor *t = ocr_shape_in(s, input);
	struct ocr_view v;
	uint64_t i, n;

	if (t->data == NULL || (t->element != OCR_I64 && t->element != OCR_I32))
		return ocr_shape_refuse(s, "input %u must be constant integers",
		    input + 1);
	v = ocr_view_of(t, 1, (void *)(uintptr_t)t->data);
	n = ocr_view_count(&v);
	if (n > (uint64_t)max)
		return ocr_shape_refuse(s, "input %u has more than %d numbers",
		    input + 1, max);
	for (i = 0; i < n; i++)
		list[i] = ocr_view_int(&v, i);
	return (int)n;
}

int
ocr_shape_same(const struct ocr_shaper *s)
{
	const struct ocr_tensor *in = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);

	out->element = in->element;
	out->n_dims = in->n_dims;
	memcpy(out->dims, in->dims, sizeof(out->dims));
	return 0;
}

static int
shape_single(const struct ocr_shaper *s)
{
	struct ocr_tensor *in = ocr_shape_in(s, 0);
	uint32_t i;

	if (s->node->op == OCR_OP_CLIP)
		for (i = 1; i < s->node->n_in; i++)
			if (ocr_node_has(s->node, i) &&
			    (ocr_shape_in(s, i)->element != in->element ||
				ocr_tensor_count(ocr_shape_in(s, i), 1) != 1 ||
				ocr_shape_has_batch(ocr_shape_in(s, i))))
				return ocr_shape_refuse(s,
				    "a bound is one number of the input's "
				    "type");
	return ocr_shape_same(s);
}

static int
shape_batch_norm(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *p;
	uint32_t i;

	if (x->n_dims < 2)
		return ocr_shape_refuse(s, "the input has no channels");
	for (i = 1; i < 5; i++) {
		if (!ocr_node_has(s->node, i))
			return ocr_shape_refuse(s, "input %u is missing",
			    i + 1);
		p = ocr_shape_in(s, i);
		if (p->n_dims != 1 || p->dims[0] != x->dims[1])
			return ocr_shape_refuse(s,
			    "input %u is not one number a channel", i + 1);
	}
	return ocr_shape_same(s);
}

static int
shape_shape(const struct ocr_shaper *s)
{
	const struct ocr_tensor *in = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	int64_t *data;
	uint32_t i;

	data = ocr_net_alloc(s->net, OCR_NET_MAX_DIMS * sizeof(*data), s->err);
	if (data == NULL)
		return -OCR_ENOMEM;
	if (in->n_dims == 0)
		return ocr_shape_refuse(s, "the shape of a single number");
	for (i = 0; i < in->n_dims; i++)
		data[i] =
		    in->dims[i] == 0 ? OCR_NET_BATCH : (int64_t)in->dims[i];
	out->element = OCR_I64;
	out->n_dims = 1;
	out->dims[0] = in->n_dims;
	out->data = data;
	return 0;
}

static int
shape_node(const struct ocr_shaper *s)
{
	bool is_float = true;
	int r = 0;

	switch (s->node->op) {
	case OCR_OP_CAST:
	case OCR_OP_CLIP:
	case OCR_OP_CONCAT:
	case OCR_OP_ADD:
	case OCR_OP_DIV:
	case OCR_OP_FLATTEN:
	case OCR_OP_GATHER:
	case OCR_OP_GREATER:
	case OCR_OP_IDENTITY:
	case OCR_OP_MAX:
	case OCR_OP_MAX_POOL:
	case OCR_OP_MIN:
	case OCR_OP_MUL:
	case OCR_OP_PAD:
	case OCR_OP_POW:
	case OCR_OP_QUANTIZE:
	case OCR_OP_DEQUANTIZE:
	case OCR_OP_RELU:
	case OCR_OP_RESHAPE:
	case OCR_OP_SHAPE:
	case OCR_OP_SIGN:
	case OCR_OP_SUB:
	case OCR_OP_TRANSPOSE:
	case OCR_OP_ARGMAX:
	case OCR_OP_TOP_K:
		is_float = false;
		break;
	default:
		break;
	}
	if (is_float)
		r = ocr_shape_want(s, 0, s->node->n_in, OCR_F32);
	if (r < 0)
		return r;
	switch (s->node->op) {
	case OCR_OP_ADD:
	case OCR_OP_DIV:
	case OCR_OP_GREATER:
	case OCR_OP_MAX:
	case OCR_OP_MIN:
	case OCR_OP_MUL:
	case OCR_OP_POW:
	case OCR_OP_SUB:
		return ocr_shape_broadcast(s);
	case OCR_OP_BIPOLAR_QUANT:
	case OCR_OP_DEQUANTIZE:
	case OCR_OP_MULTI_THRESHOLD:
	case OCR_OP_QUANT:
	case OCR_OP_QUANTIZE:
	case OCR_OP_TRUNC:
		return ocr_shape_quant(s);
	case OCR_OP_AVERAGE_POOL:
	case OCR_OP_CONV:
	case OCR_OP_MAX_POOL:
		return ocr_shape_windows(s);
	case OCR_OP_GEMM:
	case OCR_OP_MATMUL:
		return ocr_shape_products(s);
	case OCR_OP_RESHAPE:
	case OCR_OP_FLATTEN:
		return ocr_shape_reshape(s);
	case OCR_OP_CONCAT:
	case OCR_OP_GATHER:
	case OCR_OP_PAD:
	case OCR_OP_TRANSPOSE:
		return ocr_shape_move(s);
	case OCR_OP_ARGMAX:
	case OCR_OP_GLOBAL_AVERAGE_POOL:
	case OCR_OP_REDUCE_MEAN:
	case OCR_OP_SOFTMAX:
	case OCR_OP_TOP_K:
		return ocr_shape_reduce(s);
	case OCR_OP_BATCH_NORM:
		return shape_batch_norm(s);
	case OCR_OP_SHAPE:
		return shape_shape(s);
	case OCR_OP_CAST:
		r = ocr_shape_same(s);
		ocr_shape_out(s, 0)->element = s->node->attr.to;
		return r;
	default:
		return shape_single(s);
	}
}

/* Compute a node of constants, if it is small. */
static int
compute(const struct ocr_shaper *s)
{
	struct ocr_view in[4], out;
	struct ocr_tensor *t = ocr_shape_out(s, 0);
	uint32_t i;
	void *data;

	if (s->node->n_in > 4 || s->node->n_out != 1 || t->data != NULL ||
	    ocr_tensor_count(t, 1) > MAX_SHAPE_NUMBERS)
		return 0;
	for (i = 0; i < s->node->n_in; i++) {
		in[i] = (struct ocr_view){0};
		if (!ocr_node_has(s->node, i))
			continue;
		if (ocr_shape_in(s, i)->data == NULL ||
		    ocr_tensor_count(ocr_shape_in(s, i), 1) > MAX_SHAPE_NUMBERS)
			return 0;
		in[i] = ocr_view_of(ocr_shape_in(s, i), 1,
		    (void *)(uintptr_t)ocr_shape_in(s, i)->data);
	}
	data = ocr_net_alloc(s->net, MAX_SHAPE_NUMBERS * 8, s->err);
	if (data == NULL)
		return -OCR_ENOMEM;
	out = ocr_view_of(t, 1, data);
	ocr_plain_run(s->node, in, &out);
	t->data = data;
	return 0;
}

static int
check_outputs(const struct ocr_shaper *s)
{
	struct ocr_tensor *t;
	uint32_t i, d;

	for (i = 0; i < s->node->n_out; i++) {
		t = ocr_shape_out(s, i);
		if (t == NULL)
			continue;
		for (d = 1; d < t->n_dims; d++)
			if (t->dims[d] == 0)
				return ocr_shape_refuse(s,
				    "it would mix the images of a batch");
		if (ocr_tensor_count(t, 1) == 0)
			return ocr_shape_refuse(s,
			    "an output of more than 2 GiB");
		t->has_shape = true;
	}
	return 0;
}

int
ocr_net_shape(struct ocr_net *n, struct ocr_err *err)
{
	struct ocr_shaper s = {.net = n, .err = err};
	uint32_t i;
	int r = 0;

	for (i = 0; i < n->n_nodes && r == 0; i++) {
		s.node = &n->nodes[i];
		if (s.node->op != OCR_OP_TOP_K && ocr_shape_out(&s, 0) == NULL)
			return ocr_shape_refuse(&s, "no output");
		r = shape_node(&s);
		if (r == 0)
			r = check_outputs(&s);
		if (r == 0)
			r = compute(&s);
	}
	return r;
}
