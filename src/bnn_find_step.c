/*
 * bnn_find_step.c - what a net does to a number, as ONNX defines it, in floats
 *
 * BatchNorm is computed in the order of its definition.
 */
#include "config.h"

#include "src/bnn_find_part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void *
ocr_find_block(struct ocr_find *f, uint64_t bytes)
{
	void **blocks =
	    realloc(f->blocks, (f->n_blocks + 1) * sizeof(*f->blocks));
	void *p = NULL;

	if (blocks != NULL) {
		f->blocks = blocks;
		p = malloc((size_t)bytes + 1);
	}
	if (p == NULL)
		(void)ocr_err_nomem(f->err);
	else
		f->blocks[f->n_blocks++] = p;
	return p;
}

static float
float_at(const struct ocr_tensor *t, uint64_t i)
{
	const uint8_t *p = t->data;
	float x;
	int32_t w;
	int64_t l;

	switch (t->element) {
	case OCR_F32:
		memcpy(&x, p + 4 * i, 4);
		return x;
	case OCR_I8:
		return (float)(int8_t)p[i];
	case OCR_I32:
		memcpy(&w, p + 4 * i, 4);
		return (float)w;
	case OCR_I64:
		memcpy(&l, p + 8 * i, 8);
		return (float)l;
	default:
		return (float)p[i];
	}
}

const float *
ocr_find_floats(struct ocr_find *f, uint32_t tensor, uint64_t *n)
{
	const struct ocr_tensor *t = &f->net->tensors[tensor];
	uint64_t i;
	float *p;

	*n = ocr_tensor_count(t, 1);
	if (t->data == NULL || !t->has_shape || *n == 0 ||
	    *n > UINT64_C(1) << 27)
		return NULL;
	if (t->element == OCR_F32 && (uintptr_t)t->data % _Alignof(float) == 0)
		return t->data;
	p = ocr_find_block(f, *n * sizeof(*p));
	for (i = 0; p != NULL && i < *n; i++)
		p[i] = float_at(t, i);
	return p;
}

/* A number for all, or one a channel, as it is broadcast to the form. */
static bool
is_by_channel(const struct ocr_find *f, const struct ocr_tensor *t)
{
	const struct ocr_find_form *form = &f->form;
	uint32_t i;

	if (t->n_dims > form->n_dims)
		return false;
	for (i = 0; i < t->n_dims; i++) {
		uint32_t dim = form->n_dims - t->n_dims + i;

		if (t->dims[i] == 1)
			continue;
		if (form->is_flat || dim != form->axis_c ||
		    t->dims[i] != form->c)
			return false;
	}
	return true;
}

static int
add_constant(struct ocr_find *f, const struct ocr_node *node,
    struct ocr_find_step *s, uint32_t i)
{
	const struct ocr_tensor *t = &f->net->tensors[node->in[i]];
	uint64_t n;

	if (!is_by_channel(f, t))
		return ocr_find_no(f, node,
		    "a constant that is not by channel");
	s->k[i].p = ocr_find_floats(f, node->in[i], &n);
	if (s->k[i].p == NULL)
		return f->err->code != 0
			   ? f->err->code
			   : ocr_find_no(f, node, "an operand that varies");
	s->k[i].n = (uint32_t)n;
	return 1;
}

/* By position: BatchNorm's four, MultiThreshold's rows. */
static int
add_rows(struct ocr_find *f, const struct ocr_node *node,
    struct ocr_find_step *s)
{
	uint32_t i, c = f->form.c;
	bool is_whole = node->op == OCR_OP_MULTI_THRESHOLD &&
			f->net->tensors[node->in[1]].dims[0] == 1;
	uint64_t n;

	if (!is_whole && (f->form.is_flat || f->form.axis_c != 1))
		return ocr_find_no(f, node, "channels are not its axis 1");
	for (i = 1; i < node->n_in && i < 5; i++) {
		s->k[i].p = ocr_find_floats(f, node->in[i], &n);
		if (s->k[i].p == NULL)
			return f->err->code != 0
				   ? f->err->code
				   : ocr_find_no(f, node,
					 "a parameter that varies");
		s->n_levels = 1;
		if (is_whole)
			s->n_levels = (uint32_t)n;
		else if (node->op == OCR_OP_MULTI_THRESHOLD && n % c == 0 &&
			 f->net->tensors[node->in[i]].dims[0] == c)
			s->n_levels = (uint32_t)(n / c);
		s->k[i].n = (uint32_t)(n / s->n_levels);
		if (s->k[i].n != c && s->k[i].n != 1)
			return ocr_find_no(f, node, "parameters by channel");
	}
	return 1;
}

static bool
is_known(const struct ocr_node *node)
{
	switch (node->op) {
	case OCR_OP_ADD:
	case OCR_OP_SUB:
	case OCR_OP_MUL:
	case OCR_OP_DIV:
	case OCR_OP_MIN:
	case OCR_OP_MAX:
	case OCR_OP_GREATER:
		return node->n_in == 2;
	case OCR_OP_BATCH_NORM:
		return node->n_in == 5;
	case OCR_OP_MULTI_THRESHOLD:
	case OCR_OP_BIPOLAR_QUANT:
		return node->n_in == 2;
	case OCR_OP_QUANT:
		return node->n_in == 4;
	case OCR_OP_CAST:
		return node->attr.to == OCR_F32;
	case OCR_OP_CLIP:
	case OCR_OP_IDENTITY:
	case OCR_OP_RELU:
	case OCR_OP_SIGN:
		return true;
	default:
		return false;
	}
}

int
ocr_find_step_add(struct ocr_find *f, const struct ocr_node *node)
{
	struct ocr_find_chain *c = &f->chain;
	struct ocr_find_step *s = &c->steps[c->n];
	uint32_t i;
	int r = 1;

	if (!is_known(node) || node->n_in > 5)
		return ocr_find_no(f, node, "not an operator of such networks");
	if (c->n == OCR_FIND_STEPS)
		return ocr_find_no(f, node, "too many operators");
	*s = (struct ocr_find_step){.node = node,
	    .left = OCR_FIND_NONE,
	    .right = OCR_FIND_NONE};
	for (i = 0; i < node->n_in; i++) {
		uint32_t v = node->in[i] == OCR_NO_TENSOR
				 ? OCR_FIND_NONE
				 : f->value[node->in[i]];

		if (i == 0)
			s->left = v;
		if (i == 1)
			s->right = v;
		if (i > 1 && v != OCR_FIND_NONE)
			return ocr_find_no(f, node, "an operand that varies");
	}
	if (node->op == OCR_OP_BATCH_NORM ||
	    node->op == OCR_OP_MULTI_THRESHOLD) {
		r = add_rows(f, node, s);
	} else {
		for (i = 0; r == 1 && i < node->n_in; i++)
			if (ocr_node_has(node, i) &&
			    f->value[node->in[i]] == OCR_FIND_NONE)
				r = add_constant(f, node, s, i);
	}
	if (r == 1)
		f->value[node->out[0]] = ++c->n;
	return r;
}

static float
constant(const struct ocr_find_step *s, uint32_t i, uint32_t channel)
{
	const struct ocr_find_constant *k = &s->k[i];

	return k->n == 0 ? 0 : k->p[k->n == 1 ? 0 : channel];
}

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
	default:
		return ceilf(x);
	}
}

static float
quant(const struct ocr_find_step *s, uint32_t c, float x)
{
	const struct ocr_node_attr *a = &s->node->attr;
	float scale = constant(s, 1, c), zero = constant(s, 2, c);
	float bits = constant(s, 3, c), narrow = a->is_narrow ? 1 : 0;
	float steps = exp2f(a->is_signed ? bits - 1 : bits);
	float low = a->is_signed ? -steps + narrow : 0;
	float high = steps - 1 - (a->is_signed ? 0 : narrow);
	float v = x / scale + zero;

	v = v < low ? low : v > high ? high : v;
	return (round_as(a->rounding, v) - zero) * scale;
}

static float
batch_norm(const struct ocr_find_step *s, uint32_t c, float x)
{
	float scale = constant(s, 1, c), bias = constant(s, 2, c);
	float mean = constant(s, 3, c), var = constant(s, 4, c);

	return scale * (x - mean) / sqrtf(var + s->node->attr.epsilon) + bias;
}

static float
multi_threshold(const struct ocr_find_step *s, uint32_t c, float x)
{
	const float *t =
	    s->k[1].p + (s->k[1].n == 1 ? 0 : (size_t)c * s->n_levels);
	const struct ocr_node_attr *a = &s->node->attr;
	uint32_t i, n = 0;

	for (i = 0; i < s->n_levels; i++)
		n += x >= t[i];
	return (float)(a->out_scale * (double)n + a->out_bias);
}

static float
clip(const struct ocr_find_step *s, uint32_t c, float x)
{
	const struct ocr_node_attr *a = &s->node->attr;
	float low = s->k[1].n != 0 ? constant(s, 1, c) : a->low;
	float high = s->k[2].n != 0 ? constant(s, 2, c) : a->high;

	x = x < low ? low : x;
	return x > high ? high : x;
}

static float
compute(const struct ocr_find_step *s, uint32_t c, float x, float y)
{
	switch (s->node->op) {
	case OCR_OP_ADD:
		return x + y;
	case OCR_OP_SUB:
		return x - y;
	case OCR_OP_MUL:
		return x * y;
	case OCR_OP_DIV:
		return x / y;
	case OCR_OP_MIN:
		return x < y ? x : y;
	case OCR_OP_MAX:
		return x > y ? x : y;
	case OCR_OP_GREATER:
		return x > y;
	case OCR_OP_BATCH_NORM:
		return batch_norm(s, c, x);
	case OCR_OP_MULTI_THRESHOLD:
		return multi_threshold(s, c, x);
	case OCR_OP_BIPOLAR_QUANT:
		return x >= 0 ? y : -y;
	case OCR_OP_QUANT:
		return quant(s, c, x);
	case OCR_OP_CLIP:
		return clip(s, c, x);
	case OCR_OP_RELU:
		return x > 0 ? x : 0;
	case OCR_OP_SIGN:
		return (float)((x > 0) - (x < 0));
	default: /* Identity, Cast, a pool */
		return x;
	}
}

float
ocr_find_compute(const struct ocr_find_chain *c, uint32_t n, uint32_t channel,
    float x)
{
	float v[OCR_FIND_STEPS + 1];
	uint32_t i;

	v[0] = x;
	for (i = 0; i < n; i++) {
		const struct ocr_find_step *s = &c->steps[i];
		float l = s->left == OCR_FIND_NONE ? constant(s, 0, channel)
						   : v[s->left];
		float r = s->right == OCR_FIND_NONE ? constant(s, 1, channel)
						    : v[s->right];

		v[i + 1] = compute(s, channel, l, r);
	}
	return v[n];
}

bool
ocr_find_is_row(const struct ocr_find_chain *c)
{
	uint32_t i;

	for (i = 0; i < c->n; i++) {
		const struct ocr_find_step *s = &c->steps[i];
		bool is_left = s->left == i && s->right == OCR_FIND_NONE;
		bool is_right = s->right == i && s->left == OCR_FIND_NONE;

		/* c / x jumps at 0: not monotone */
		if (!is_left && !(is_right && s->node->op != OCR_OP_DIV))
			return false;
	}
	return true;
}
