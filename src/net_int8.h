/*
 * net_int8.h - quantised layers run in whole numbers
 *
 * A layer is DequantizeLinear, Conv, Gemm or MatMul with weights that were
 * folded from a DequantizeLinear, Relu or Clip, QuantizeLinear.  It becomes one
 * node that takes 8 bits and makes 8 bits.  MaxPool, Concat and what is the
 * same bytes in another shape, between a DequantizeLinear and a QuantizeLinear
 * of the same scale and zero point, become nodes of 8 bits; then nothing is
 * left of the quantisers in between.
 *
 * What comes out is the same on each engine and processor that does so: sums of
 * products as whole numbers; then in floats, each step rounded once,
 *
 *	(sum + bias / (scale of x * scale of w)) * (both / scale of y)
 *
 * half to even, zero point, limits.  That is what a QDQ model says, but for the
 * rounding of its own sums in floats, which depends on their order; so int8 and
 * fp32 may differ by one step where a value is as near to the middle of two as
 * that rounding.
 *
 * A layer stays in fp32, with the reason in its node, where that cannot be
 * kept: sums that may not fit 32 bits, scales or biases of another kind, and
 * where oneDNN would be wrong or has nothing.  Without VNNI its kernels add
 * pairs of products in 16 bits: only bytes without a sign by weights from -64
 * to 64 cannot saturate there.
 */
#ifndef OCR_NET_INT8_H
#define OCR_NET_INT8_H

#include "src/net_run.h"

/*
 * Nodes [first, last] of a net that was shaped and folded, for that engine.
 * Nothing is renumbered; nodes may be left that nobody needs.  The number of
 * layers in int8, or negative.
 */
int ocr_net_int8(struct ocr_net *n, uint32_t first, uint32_t last,
    enum ocr_net_engine engine, struct ocr_err *err);

/* Private to net_int8*.c: */

struct ocr_int8_scale {
	enum ocr_element element;
	float scale;
	int zero;
};

struct ocr_int8_scan {
	struct ocr_net *net;
	uint32_t first, last;
	bool is_dnnl;
	uint32_t *uses, *user; /* of tensors: how often, the node last seen */
	struct ocr_err *err;
};

/* The one node of ours that takes t, if nobody else does; or NULL. */
struct ocr_node *ocr_int8_only_user(const struct ocr_int8_scan *s, uint32_t t);
/* Scale and zero point of a quantiser; false: not one of each. */
bool ocr_int8_read_scale(const struct ocr_net *n, const struct ocr_node *node,
    struct ocr_int8_scale *q);
/* The DequantizeLinear of ours that makes tensor t; NULL: another, or one that
 * has not got one scale. */
struct ocr_node *ocr_int8_maker(const struct ocr_int8_scan *s, uint32_t t,
    struct ocr_int8_scale *q);
/* Nodes that give bytes on as they are, or the largest of them: from 8 bits to
 * 8 bits, if all is quantised alike. */
void ocr_int8_move(const struct ocr_int8_scan *s, struct ocr_node *node);
/* -128 to 127 with a zero point of -128 are 0 to 255 without one, which engines
 * do best. */
int ocr_int8_drop_signs(const struct ocr_int8_scan *s);

struct ocr_int8_layer {
	struct ocr_net *net;
	struct ocr_node *node; /* Conv, Gemm, MatMul */
	uint32_t x;            /* tensor of 8 bits that goes in */
	struct ocr_int8_scale in, out;
	float low, high; /* of the activations behind it */
	bool is_dnnl;
};

/*
 * 'made' becomes the layer in int8; its output is the caller's.  1; 0: it must
 * stay in fp32, node->not_int8 says why; or negative.
 */
int ocr_int8_layer_make(struct ocr_node *made, const struct ocr_int8_layer *l,
    struct ocr_err *err);

#endif
