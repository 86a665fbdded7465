/*
 * net_int8_layer.c - one layer in int8: whether it may be, and its numbers
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "src/net_int8.h"
#include "src/net_part.h"

#define MAX_BIAS ((double)(1 << 30)) /* in steps of the sum */

struct weights {
	const struct ocr_tensor *whole, *scale, *zero; /* zero: NULL, none */
	uint32_t axis;
	bool is_turned; /* a column an output: becomes a row */
	uint64_t n, k;  /* outputs, and numbers of each */
};

/* Whole numbers of output o, less their zero point. */
static int
weight(const struct weights *w, uint64_t o, uint64_t i)
{
	uint64_t at = w->is_turned ? i * w->n + o : o * w->k + i;
	uint64_t c =
	    w->zero == NULL || ocr_tensor_count(w->zero, 1) == 1 ? 0 : o;
	int zero = 0;

	if (w->whole->element == OCR_I8) {
		if (w->zero != NULL)
			zero = ((const int8_t *)w->zero->data)[c];
		return ((const int8_t *)w->whole->data)[at] - zero;
	}
	if (w->zero != NULL)
		zero = ((const uint8_t *)w->zero->data)[c];
	return ((const uint8_t *)w->whole->data)[at] - zero;
}

static const char *
read_weights(const struct ocr_int8_layer *l, struct weights *w)
{
	const struct ocr_tensor *t = l->net->tensors;
	const struct ocr_node *node = l->node, *of = t[node->in[1]].of;
	const struct ocr_tensor *x = &t[node->in[0]];

	*w = (struct weights){.whole = &t[of->in[0]],
	    .scale = &t[of->in[1]],
	    .zero = ocr_node_has(of, 2) ? &t[of->in[2]] : NULL};
	if (w->whole->element != OCR_I8 && w->whole->element != OCR_U8)
		return "weights of more than 8 bits";
	if (w->whole->n_dims != (node->op == OCR_OP_CONV ? 4u : 2u) ||
	    x->n_dims != w->whole->n_dims)
		return "not two dimensions";
	if (node->op != OCR_OP_CONV &&
	    (node->attr.transpose_a || node->attr.alpha != 1 ||
		(ocr_node_has(node, 2) && node->attr.beta != 1)))
		return "turned or scaled on the way";
	w->is_turned = node->op == OCR_OP_MATMUL ||
		       (node->op == OCR_OP_GEMM && !node->attr.transpose_b);
	w->axis = w->is_turned ? 1 : 0;
	w->n = w->whole->dims[w->axis];
	w->k = ocr_tensor_count(w->whole, 1) / w->n;
	if (ocr_tensor_count(w->scale, 1) != 1 &&
	    of->attr.axis != (int64_t)w->axis)
		return "scales that are not by output channel";
	return NULL;
}

/* Sums must fit 32 bits; *most: the largest weight. */
static const char *
check_sums(const struct ocr_int8_layer *l, const struct weights *w, int *most)
{
	int low = l->in.element == OCR_I8 ? -128 : 0, v;
	int64_t x, sum;
	uint64_t o, i;

	/* bytes without a sign are what kernels multiply */
	x = low + 255 - l->in.zero > l->in.zero - low ? low + 255 - l->in.zero
						      : l->in.zero - low;
	x = x < 255 ? 255 : x;
	*most = 0;
	for (o = 0; o < w->n; o++) {
		for (sum = 0, i = 0; i < w->k; i++) {
			v = weight(w, o, i);
			if (v < -128 || v > 127)
				return "weights of more than 8 bits";
			v = v < 0 ? -v : v;
			sum += v;
			*most = v > *most ? v : *most;
		}
		if (sum * x > INT32_MAX)
			return "sums may not fit 32 bits";
	}
	return NULL;
}

/* A constant of n_dims dims; data is to be written. */
static int64_t
add_constant(struct ocr_net *n, const char *name, enum ocr_element e,
    uint32_t n_dims, const uint64_t *dims, void **data, struct ocr_err *err)
{
	int64_t t = ocr_net_add_tensor(n, name, err);
	struct ocr_tensor *to;

	if (t < 0)
		return t;
	to = &n->tensors[t];
	*to = (struct ocr_tensor){.name = name,
	    .element = e,
	    .has_shape = true,
	    .n_dims = n_dims,
	    .maker = UINT32_MAX};
	memcpy(to->dims, dims, n_dims * sizeof(*dims));
	to->data = *data = ocr_net_alloc(n,
	    ocr_tensor_count(to, 1) * ocr_element_size(e), err);
	return *data == NULL ? -OCR_ENOMEM : t;
}

static double
weight_scale(const struct weights *w, uint64_t o)
{
	const float *scale = w->scale->data;

	return (double)scale[ocr_tensor_count(w->scale, 1) == 1 ? 0 : o];
}

/* The bias in steps of the sum; as it stands in the file, if it has whole
 * numbers of these steps. */
static double
bias_of(const struct ocr_int8_layer *l, uint64_t o, double step)
{
	const struct ocr_tensor *t = l->net->tensors, *b, *scale;
	const struct ocr_node *of;
	double bias;
	int64_t whole;
	uint64_t c;

	if (!ocr_node_has(l->node, 2))
		return 0;
	b = &t[l->node->in[2]];
	bias = (double)((const float *)b->data)[o] / step;
	of = b->of;
	if (of == NULL || t[of->in[0]].element != OCR_I32)
		return bias;
	scale = &t[of->in[1]];
	c = ocr_tensor_count(scale, 1) == 1 ? 0 : o;
	if (fabs(step / (double)((const float *)scale->data)[c] - 1) > 1e-6)
		return bias;
	whole = ((const int32_t *)t[of->in[0]].data)[o];
	if (ocr_node_has(of, 2))
		whole -= ((const int32_t *)t[of->in[2]].data)[c];
	return (double)whole;
}

/* Scales and biases, in floats. */
static const char *
put_floats(const struct ocr_int8_layer *l, const struct weights *w,
    float *scales, float *biases)
{
	double step, bias;
	uint64_t o;

	for (o = 0; o < w->n; o++) {
		step = (double)l->in.scale * weight_scale(w, o);
		scales[o] = (float)(step / (double)l->out.scale);
		if (!isnormal(scales[o]) || scales[o] < 0)
			return "a scale that is no good number";
		bias = bias_of(l, o, step);
		if (!(fabs(bias) <= MAX_BIAS))
			return "a bias beyond the sums";
		biases[o] = (float)bias;
	}
	return NULL;
}

static bool
is_bias_fit(const struct ocr_int8_layer *l, uint64_t n)
{
	const struct ocr_tensor *b;

	if (!ocr_node_has(l->node, 2))
		return true;
	b = &l->net->tensors[l->node->in[2]];
	return b->data != NULL && b->element == OCR_F32 && b->n_dims > 0 &&
	       b->dims[b->n_dims - 1] == n && ocr_tensor_count(b, 1) == n;
}

/* Limits in the numbers that come out. */
static void
put_limits(const struct ocr_int8_layer *l, struct ocr_node_attr *a)
{
	int least = l->out.element == OCR_I8 ? -128 : 0;
	float low = rintf(l->low / l->out.scale) + (float)l->out.zero;
	float high = rintf(l->high / l->out.scale) + (float)l->out.zero;

	a->in_zero = l->in.zero;
	a->out_zero = l->out.zero;
	a->out_low =
	    low > (float)least ? (int)fminf(low, (float)least + 255) : least;
	a->out_high = high < (float)least + 255 ? (int)fmaxf(high, (float)least)
						: least + 255;
}

static int
put_numbers(struct ocr_node *made, const struct ocr_int8_layer *l,
    const struct weights *w, struct ocr_err *err)
{
	struct ocr_net *n = l->net;
	const uint64_t dims[2] = {w->n, w->k};
	struct ocr_tensor whole = *w->whole;
	struct weights now;
	void *data, *scales, *biases;
	uint64_t o, i;
	int64_t t[3];

	t[0] = add_constant(n, "weights", OCR_I8, whole.n_dims,
	    w->is_turned ? dims : whole.dims, &data, err);
	t[1] = t[0] < 0
		   ? t[0]
		   : add_constant(n, "scales", OCR_F32, 1, dims, &scales, err);
	t[2] = t[1] < 0
		   ? t[1]
		   : add_constant(n, "bias", OCR_F32, 1, dims, &biases, err);
	made->in =
	    t[2] < 0 ? NULL : ocr_net_alloc(n, 4 * sizeof(*made->in), err);
	if (made->in == NULL)
		return -OCR_ENOMEM;
	made->n_in = 4;
	made->in[0] = l->x;
	for (i = 0; i < 3; i++)
		made->in[i + 1] = (uint32_t)t[i];
	/* tensors have moved */
	l->node->not_int8 = read_weights(l, &now);
	for (o = 0; o < now.n; o++)
		for (i = 0; i < now.k; i++)
			((int8_t *)data)[o * now.k + i] =
			    (int8_t)weight(&now, o, i);
	l->node->not_int8 = put_floats(l, &now, scales, biases);
	return 0;
}

int
ocr_int8_layer_make(struct ocr_node *made, const struct ocr_int8_layer *l,
    struct ocr_err *err)
{
	const char **why = &l->node->not_int8;
	struct weights w;
	int most, r;

	*why = read_weights(l, &w);
	if (*why == NULL && !is_bias_fit(l, w.n))
		*why = "a bias that is not one number an output";
	if (*why == NULL)
		*why = check_sums(l, &w, &most);
	if (*why != NULL)
		return 0;
	made->op =
	    l->node->op == OCR_OP_CONV ? OCR_OP_INT8_CONV : OCR_OP_INT8_PRODUCT;
	made->name = l->node->name;
	made->attr = l->node->attr;
	put_limits(l, &made->attr);
	if (l->is_dnnl)
		*why = ocr_dnnl_int8_unfit(l->in.element, most);
	r = *why != NULL ? 0 : put_numbers(made, l, &w, err);
	if (r == 0 && *why == NULL && l->is_dnnl)
		*why = ocr_dnnl_int8_lacks(l->net, made);
	return r < 0 ? r : *why == NULL;
}
