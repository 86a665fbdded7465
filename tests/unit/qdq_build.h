/*
 * qdq_build.h - quantised nets in memory, for tests
 *
 * On net_build.h: each call appends nodes that take what the one before made.
 */
#ifndef TESTS_UNIT_QDQ_BUILD_H
#define TESTS_UNIT_QDQ_BUILD_H

#include "tests/unit/net_build.h"

struct qdq {
	enum ocr_element element;
	float scale;
	int zero;
};

static inline uint32_t
qdq_constant(struct built *b, enum ocr_element e, uint32_t n_dims,
    const uint64_t *dims, const void *data)
{
	struct ocr_err err = {0};
	uint32_t t = built_tensor(b), i;
	struct ocr_tensor *to = &b->net->tensors[t];
	uint64_t n = ocr_element_size(e);
	void *p;

	to->element = e;
	to->has_shape = true;
	to->n_dims = n_dims;
	to->maker = UINT32_MAX;
	for (i = 0; i < n_dims; i++)
		n *= to->dims[i] = dims[i];
	p = ocr_net_alloc(b->net, n, &err);
	if (p == NULL)
		abort();
	memcpy(p, data, n);
	to->data = p;
	return t;
}

static inline uint32_t
qdq_zero(struct built *b, const struct qdq *q)
{
	uint8_t byte = (uint8_t)q->zero;

	return qdq_constant(b, q->element, 0, NULL, &byte);
}

static inline void
qdq_node(struct built *b, enum ocr_op op, const struct qdq *q)
{
	uint32_t in[2] = {built_scalar(b, q->scale), qdq_zero(b, q)};

	(void)built_node(b, op, 2, in);
}

static inline void
qdq_quantize(struct built *b, const struct qdq *q)
{
	qdq_node(b, OCR_OP_QUANTIZE, q);
}

static inline void
qdq_dequantize(struct built *b, const struct qdq *q)
{
	qdq_node(b, OCR_OP_DEQUANTIZE, q);
}

/* Weights, or a bias: constants behind a DequantizeLinear, a scale an index of
 * 'axis'; n_scales 1: one for all. */
static inline uint32_t
qdq_weights(struct built *b, enum ocr_element e, uint32_t n_dims,
    const uint64_t *dims, const void *data, const float *scales,
    uint64_t n_scales, int64_t axis)
{
	uint32_t before = b->at, t, scale;
	struct ocr_node *node;

	scale = n_scales == 1 ? built_scalar(b, *scales)
			      : built_constant(b, 1, &n_scales, scales);
	b->at = qdq_constant(b, e, n_dims, dims, data);
	node = built_node(b, OCR_OP_DEQUANTIZE, 1, &scale);
	node->attr.axis = axis;
	t = b->at;
	b->at = before;
	return t;
}

#endif
