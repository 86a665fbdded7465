/*
 * net_build.h - small nets in memory, an operator a call, for tests
 *
 * Each call appends a node that takes what the one before made.  Constants are
 * copied.  Ends the program when memory is short.
 */
#ifndef TESTS_UNIT_NET_BUILD_H
#define TESTS_UNIT_NET_BUILD_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "src/net.h"

struct built {
	struct ocr_net *net;
	uint32_t at;      /* tensor made last */
	uint32_t c, h, w; /* its shape */
	uint64_t random;
};

static inline int32_t
built_below(struct built *b, int32_t n)
{
	return (int32_t)ocr_random_below(&b->random, (uint64_t)n);
}

static inline uint32_t
built_tensor(struct built *b)
{
	struct ocr_err err = {0};
	int64_t t = ocr_net_add_tensor(b->net, "t", &err);

	if (t < 0)
		abort();
	return (uint32_t)t;
}

static inline void
built_begin(struct built *b, enum ocr_element e, uint32_t n_dims,
    const uint64_t *dims, uint64_t seed)
{
	struct ocr_err err = {0};
	struct ocr_tensor *t;

	memset(b, 0, sizeof(*b));
	b->random = seed * 2 + 1;
	if (ocr_net_new(&b->net, &err) < 0)
		abort();
	b->net->input = b->at = built_tensor(b);
	t = &b->net->tensors[b->at];
	t->element = e;
	t->has_shape = true;
	t->n_dims = n_dims;
	memcpy(t->dims, dims, n_dims * sizeof(*dims));
	t->maker = UINT32_MAX;
}

static inline uint32_t
built_constant(struct built *b, uint32_t n_dims, const uint64_t *dims,
    const float *data)
{
	struct ocr_err err = {0};
	uint64_t n = 1;
	uint32_t t = built_tensor(b), i;
	struct ocr_tensor *to = &b->net->tensors[t];
	float *p;

	for (i = 0; i < n_dims; i++)
		n *= dims[i];
	p = ocr_net_alloc(b->net, n * sizeof(*p), &err);
	if (p == NULL)
		abort();
	memcpy(p, data, n * sizeof(*p));
	to->element = OCR_F32;
	to->has_shape = true;
	to->n_dims = n_dims;
	for (i = 0; i < n_dims; i++)
		to->dims[i] = dims[i];
	to->data = p;
	to->maker = UINT32_MAX;
	return t;
}

static inline uint32_t
built_scalar(struct built *b, float x)
{
	return built_constant(b, 0, NULL, &x);
}

/* A node of b->at and n more tensors. */
static inline struct ocr_node *
built_node(struct built *b, enum ocr_op op, uint32_t n, const uint32_t *more)
{
	struct ocr_err err = {0};
	uint32_t out = built_tensor(b), i;
	struct ocr_node *node =
	    ocr_net_add_node(b->net, op, "node", n + 1, 1, &err);

	if (node == NULL)
		abort();
	node->in[0] = b->at;
	for (i = 0; i < n; i++)
		node->in[i + 1] = more[i];
	node->out[0] = out;
	b->net->tensors[out].maker = b->net->n_nodes - 1;
	b->at = b->net->output = out;
	return node;
}

static inline void
built_scalar_op(struct built *b, enum ocr_op op, float x)
{
	uint32_t k = built_scalar(b, x);

	(void)built_node(b, op, 1, &k);
}

#endif
