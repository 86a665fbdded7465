/*
 * net_shape.h - shapes and types of all tensors of a net
 */
#ifndef OCR_NET_SHAPE_H
#define OCR_NET_SHAPE_H

#include "src/net.h"

/*
 * Set shape and type of what every node makes, and check all that the engines
 * rely on: kinds of inputs, sizes that fit, attributes in range.  Axes become 0
 * and up, auto_pad becomes pads, kernels are filled in.  Small constants (the
 * arithmetic of shapes) are computed on the way.  The batch stays apart: an
 * operator that would mix images is refused.  Once for a net.
 */
int ocr_net_shape(struct ocr_net *n, struct ocr_err *err);

/* Private to net_shape*.c: one node. */
struct ocr_shaper {
	struct ocr_net *net;
	struct ocr_node *node;
	struct ocr_err *err;
};

static inline struct ocr_tensor *
ocr_shape_in(const struct ocr_shaper *s, uint32_t i)
{
	return &s->net->tensors[s->node->in[i]];
}

static inline bool
ocr_shape_has_batch(const struct ocr_tensor *t)
{
	return t->n_dims > 0 && t->dims[0] == 0;
}

/* Output i; NULL: it has no name, nobody wants it. */
struct ocr_tensor *ocr_shape_out(const struct ocr_shaper *s, uint32_t i);
int ocr_shape_refuse(const struct ocr_shaper *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Inputs [from, to) that are there have this type, and at least... dims. */
int ocr_shape_want(const struct ocr_shaper *s, uint32_t from, uint32_t to,
    enum ocr_element e);
/* A negative axis counts from the end; into [0, n_dims). */
int ocr_shape_axis(const struct ocr_shaper *s, int64_t *axis, uint32_t n_dims);
/* Numbers of a constant input into list; how many, or negative. */
int ocr_shape_ints(const struct ocr_shaper *s, uint32_t input, int64_t *list,
    int max);
/* Same shape and type as input 0. */
int ocr_shape_same(const struct ocr_shaper *s);

int ocr_shape_windows(const struct ocr_shaper *s); /* Conv, pools */
int ocr_shape_products(const struct ocr_shaper *s);
int ocr_shape_broadcast(const struct ocr_shaper *s);
int ocr_shape_quant(const struct ocr_shaper *s);
int ocr_shape_reshape(const struct ocr_shaper *s);
int ocr_shape_move(const struct ocr_shaper *s);
int ocr_shape_reduce(const struct ocr_shaper *s);

#endif
