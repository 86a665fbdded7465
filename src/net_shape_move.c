/*
 * net_shape_move.c - shapes of what is moved, broadcast and quantised
 */
#include "config.h"

#include <string.h>

#include "src/net_shape.h"

/* Of two dims; -1: they do not go together. */
static int64_t
join(uint64_t a, uint64_t b)
{
	if (a == b || b == 1)
		return (int64_t)a;
	return a == 1 ? (int64_t)b : -1;
}

static int
join_shape(const struct ocr_shaper *s, struct ocr_tensor *out,
    const struct ocr_tensor *in)
{
	uint64_t dims[OCR_NET_MAX_DIMS] = {0};
	uint32_t n = out->n_dims > in->n_dims ? out->n_dims : in->n_dims, i;
	int64_t d;

	for (i = 0; i < n; i++) {
		d = join(i + out->n_dims < n ? 1
					     : out->dims[i + out->n_dims - n],
		    i + in->n_dims < n ? 1 : in->dims[i + in->n_dims - n]);
		if (d < 0)
			return ocr_shape_refuse(s,
			    "shapes that do not go together");
		dims[i] = (uint64_t)d;
	}
	memcpy(out->dims, dims, n * sizeof(*dims));
	out->n_dims = n;
	return 0;
}

int
ocr_shape_broadcast(const struct ocr_shaper *s)
{
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	enum ocr_op op = s->node->op;
	uint32_t i;
	int r = 0;

	ocr_shape_same(s);
	for (i = 1; i < s->node->n_in && r == 0; i++) {
		if (!ocr_node_has(s->node, i))
			return ocr_shape_refuse(s, "input %u is missing",
			    i + 1);
		if (op != OCR_OP_POW)
			r = ocr_shape_want(s, i, i + 1,
			    ocr_shape_in(s, 0)->element);
		if (r == 0)
			r = join_shape(s, out, ocr_shape_in(s, i));
	}
	if (op == OCR_OP_GREATER)
		out->element = OCR_BOOL;
	return r;
}

/* One number, or one for each of an axis. */
static int
linear_parameter(const struct ocr_shaper *s, uint32_t i)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *p;

	p = ocr_shape_in(s, i);
	if (ocr_shape_has_batch(p) || p->n_dims > 1)
		return ocr_shape_refuse(s,
		    "input %u must be one number or one "
		    "a channel",
		    i + 1);
	if (ocr_tensor_count(p, 1) == 1)
		return 0;
	if (x->n_dims == 0 ||
	    ocr_shape_axis(s, &s->node->attr.axis, x->n_dims) < 0 ||
	    x->dims[s->node->attr.axis] != p->dims[0])
		return ocr_shape_refuse(s,
		    "input %u must be one number or one "
		    "a channel",
		    i + 1);
	return 0;
}

static int
shape_linear(const struct ocr_shaper *s)
{
	bool has_zero = ocr_node_has(s->node, 2);
	enum ocr_element x = ocr_shape_in(s, 0)->element, zero;
	int r = ocr_node_has(s->node, 1) ? ocr_shape_want(s, 1, 2, OCR_F32)
					 : ocr_shape_refuse(s, "no scale");

	if (r == 0)
		r = linear_parameter(s, 1);
	if (r == 0 && has_zero)
		r = linear_parameter(s, 2);
	if (r < 0)
		return r;
	zero = has_zero ? ocr_shape_in(s, 2)->element : OCR_U8;
	if (has_zero && ocr_tensor_count(ocr_shape_in(s, 2), 1) !=
			    ocr_tensor_count(ocr_shape_in(s, 1), 1))
		return ocr_shape_refuse(s, "not as many scales as zero points");
	ocr_shape_same(s);
	if (s->node->op == OCR_OP_DEQUANTIZE) {
		ocr_shape_out(s, 0)->element = OCR_F32;
		return x == OCR_F32 || x == OCR_BOOL || x == OCR_I64 ||
			       (has_zero && zero != x)
			   ? ocr_shape_refuse(s, "types that do not go "
						 "together")
			   : 0;
	}
	ocr_shape_out(s, 0)->element = zero;
	return (x != OCR_F32 && x != OCR_I32) ||
		       (zero != OCR_U8 && zero != OCR_I8)
		   ? ocr_shape_refuse(s, "only to 8 bits")
		   : 0;
}

static int
shape_threshold(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *p;

	p = ocr_shape_in(s, 1);
	if (x->n_dims < 2 || p->n_dims != 2 || ocr_shape_has_batch(p))
		return ocr_shape_refuse(s, "thresholds are rows of channels");
	if (ocr_shape_axis(s, &s->node->attr.axis, x->n_dims) < 0)
		return s->err->code;
	if (p->dims[0] != 1 && p->dims[0] != x->dims[s->node->attr.axis])
		return ocr_shape_refuse(s,
		    "not as many rows of thresholds as channels");
	return ocr_shape_same(s);
}

int
ocr_shape_quant(const struct ocr_shaper *s)
{
	struct ocr_tensor all = {.n_dims = 0};
	uint32_t i;
	int r = 0;

	for (i = 1; i < s->node->n_in; i++)
		if (!ocr_node_has(s->node, i) &&
		    (i < 2 || (s->node->op != OCR_OP_QUANTIZE &&
				  s->node->op != OCR_OP_DEQUANTIZE)))
			return ocr_shape_refuse(s, "input %u is missing",
			    i + 1);
	if (s->node->op == OCR_OP_QUANTIZE || s->node->op == OCR_OP_DEQUANTIZE)
		return shape_linear(s);
	if (s->node->op == OCR_OP_MULTI_THRESHOLD)
		return shape_threshold(s);
	ocr_shape_same(s);
	all = *ocr_shape_out(s, 0);
	for (i = 1; i < s->node->n_in && r == 0; i++)
		r = join_shape(s, &all, ocr_shape_in(s, i));
	if (r == 0 && (all.n_dims != ocr_shape_out(s, 0)->n_dims ||
			  memcmp(all.dims, ocr_shape_out(s, 0)->dims,
			      all.n_dims * sizeof(*all.dims)) != 0))
		r = ocr_shape_refuse(s, "a parameter larger than the input");
	return r;
}

static int
shape_concat(const struct ocr_shaper *s)
{
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	const struct ocr_tensor *in;
	uint32_t i, d, axis;
	uint64_t sum;

	ocr_shape_same(s);
	if (ocr_shape_axis(s, &s->node->attr.axis, out->n_dims) < 0)
		return s->err->code;
	axis = (uint32_t)s->node->attr.axis;
	for (sum = 0, i = 0; i < s->node->n_in; i++) {
		if (!ocr_node_has(s->node, i))
			return ocr_shape_refuse(s, "input %u is missing",
			    i + 1);
		in = ocr_shape_in(s, i);
		for (d = 0; d < out->n_dims && in->n_dims == out->n_dims; d++)
			if (d != axis && in->dims[d] != out->dims[d])
				break;
		if (d < out->n_dims || in->n_dims != out->n_dims ||
		    in->element != out->element)
			return ocr_shape_refuse(s, "input %u has another shape",
			    i + 1);
		if (in->dims[axis] == 0)
			return ocr_shape_refuse(s,
			    "it would mix the images of a batch");
		sum += in->dims[axis];
	}
	out->dims[axis] = sum;
	return 0;
}

static int
shape_gather(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *at;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	int64_t list[64];
	uint32_t axis, i, n = 0;
	int k;

	if (!ocr_node_has(s->node, 1))
		return ocr_shape_refuse(s, "input 2 is missing");
	at = ocr_shape_in(s, 1);
	k = ocr_shape_ints(s, 1, list, 64);
	if (k < 0 || ocr_shape_axis(s, &s->node->attr.axis, x->n_dims) < 0)
		return s->err->code;
	axis = (uint32_t)s->node->attr.axis;
	while (k-- > 0)
		if (list[k] < -(int64_t)x->dims[axis] ||
		    list[k] >= (int64_t)x->dims[axis])
			return ocr_shape_refuse(s, "an index out of range");
	if (x->n_dims + at->n_dims - 1 > OCR_NET_MAX_DIMS)
		return ocr_shape_refuse(s, "more than 6 dimensions");
	for (i = 0; i < axis; i++)
		out->dims[n++] = x->dims[i];
	for (i = 0; i < at->n_dims; i++)
		out->dims[n++] = at->dims[i];
	for (i = axis + 1; i < x->n_dims; i++)
		out->dims[n++] = x->dims[i];
	out->n_dims = n;
	out->element = x->element;
	return 0;
}

static int
shape_pad(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0), *value;
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	int64_t list[2 * OCR_NET_MAX_DIMS];
	uint32_t d;
	int n = ocr_node_has(s->node, 1)
		    ? ocr_shape_ints(s, 1, list, 2 * OCR_NET_MAX_DIMS)
		    : ocr_shape_refuse(s, "no pads");

	if (n < 0)
		return n;
	value = ocr_node_has(s->node, 2) ? ocr_shape_in(s, 2) : NULL;
	if (value != NULL &&
	    (value->element != x->element || ocr_shape_has_batch(value) ||
		ocr_tensor_count(value, 1) != 1))
		return ocr_shape_refuse(s, "the value is not one number");
	if (x->n_dims == 0 || (uint32_t)n != 2 * x->n_dims)
		return ocr_shape_refuse(s, "not two pads a dimension");
	ocr_shape_same(s);
	for (d = 0; d < x->n_dims; d++) {
		if (list[d] < 0 || list[d] > INT32_MAX ||
		    list[d + x->n_dims] < 0 || list[d + x->n_dims] > INT32_MAX)
			return ocr_shape_refuse(s, "a pad that is negative, or "
						   "large");
		if (x->dims[d] == 0 && list[d] + list[d + x->n_dims] > 0)
			return ocr_shape_refuse(s, "it would pad the batch");
		out->dims[d] += (uint64_t)(list[d] + list[d + x->n_dims]);
	}
	return 0;
}

static int
shape_transpose(const struct ocr_shaper *s)
{
	const struct ocr_tensor *x = ocr_shape_in(s, 0);
	struct ocr_tensor *out = ocr_shape_out(s, 0);
	struct ocr_node_attr *a = &s->node->attr;
	uint32_t d, seen = 0;
	int64_t from;

	if (a->n_perm != 0 && (uint64_t)a->n_perm != x->n_dims)
		return ocr_shape_refuse(s, "not one number a dimension");
	ocr_shape_same(s);
	for (d = 0; d < x->n_dims; d++) {
		from =
		    a->n_perm == 0 ? (int64_t)(x->n_dims - 1 - d) : a->perm[d];
		if (from < 0 || from >= (int64_t)x->n_dims ||
		    (seen & 1U << from) != 0)
			return ocr_shape_refuse(s, "no permutation");
		seen |= 1U << from;
		out->dims[d] = x->dims[from];
	}
	return 0;
}

int
ocr_shape_move(const struct ocr_shaper *s)
{
	switch (s->node->op) {
	case OCR_OP_CONCAT:
		return shape_concat(s);
	case OCR_OP_GATHER:
		return shape_gather(s);
	case OCR_OP_PAD:
		return shape_pad(s);
	default:
		return shape_transpose(s);
	}
}
