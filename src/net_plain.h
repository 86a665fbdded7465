/*
 * net_plain.h - each operator in plain C
 *
 * The reference for the other engines, what folds constants, and what runs
 * where oneDNN is missing or has no such operator.  Shapes, types and
 * attributes are as net_shape.c checked and resolved them; then nothing can
 * fail.
 */
#ifndef OCR_NET_PLAIN_H
#define OCR_NET_PLAIN_H

#include "src/net.h"

/* A tensor with its data; all dims are known. */
struct ocr_view {
	enum ocr_element element;
	uint32_t n_dims;
	uint64_t dims[OCR_NET_MAX_DIMS];
	void *data; /* NULL: an optional input that is not there */
};

/* in: node->n_in, out: node->n_out (data NULL: not wanted).  No output may
 * overlap an input. */
void ocr_plain_run(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);

/* A tensor as a view, with a batch of n. */
struct ocr_view ocr_view_of(const struct ocr_tensor *t, uint64_t n, void *data);
uint64_t ocr_view_count(const struct ocr_view *v);
/* Product of dims [from, to). */
uint64_t ocr_view_span(const struct ocr_view *v, uint32_t from, uint32_t to);

/* Element i; float to int truncates, out of range gives the nearest. */
int64_t ocr_view_int(const struct ocr_view *v, uint64_t i);
float ocr_view_float(const struct ocr_view *v, uint64_t i);
/* Wraps to the type, as C does. */
void ocr_view_put(const struct ocr_view *v, uint64_t i, int64_t x);

/* Elements to step over in v for a step along each dim of out: 0 where v is
 * broadcast. */
void ocr_view_steps(uint64_t *steps, const struct ocr_view *v,
    const struct ocr_view *out);
/* Next index of all dims but the last; false after the last one. */
bool ocr_view_next(uint64_t *at, const struct ocr_view *out);

/* Private to net_plain*.c: */
void ocr_plain_elementwise(const struct ocr_node *node,
    const struct ocr_view *in, const struct ocr_view *out);
void ocr_plain_quant(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_conv(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_matmul(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_gemm(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_linear(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_int8_conv(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_int8_product(const struct ocr_node *node,
    const struct ocr_view *in, const struct ocr_view *out);
void ocr_plain_pool(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_mean(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_softmax(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_batch_norm(const struct ocr_node *node,
    const struct ocr_view *in, const struct ocr_view *out);
void ocr_plain_move(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);
void ocr_plain_choose(const struct ocr_node *node, const struct ocr_view *in,
    const struct ocr_view *out);

#endif
