/*
 * net_part.h - a row of nodes that is run; private to net_run.c and engines
 */
#ifndef OCR_NET_PART_H
#define OCR_NET_PART_H

#include "src/net.h"

struct ocr_net_part {
	const struct ocr_net *net;
	uint32_t first, last;
	uint32_t input, output; /* tensors */
	bool *is_live;          /* of net->nodes: what the output needs */
	uint32_t *uses; /* of tensors, by live nodes; output: one more */
};

int ocr_net_part_find(struct ocr_net_part *p, const struct ocr_net *n,
    uint32_t first, uint32_t last, struct ocr_err *err);
void ocr_net_part_release(struct ocr_net_part *p);

/* Output and first input are the same bytes. */
bool ocr_node_is_view(const struct ocr_net *n, const struct ocr_node *node);
uint64_t ocr_tensor_bytes(const struct ocr_tensor *t, size_t n);

/* One engine's plan for n images. */
struct ocr_plain_plan;
int ocr_plain_plan_new(struct ocr_plain_plan **out,
    const struct ocr_net_part *part, size_t n, struct ocr_err *err);
void ocr_plain_plan_free(struct ocr_plain_plan *p);
void ocr_plain_plan_run(struct ocr_plain_plan *p, const void *in, size_t n,
    void *out);
uint64_t ocr_plain_plan_bytes(const struct ocr_plain_plan *p);

/* oneDNN's formats of weights, of all plans of a part. */
struct ocr_dnnl_weights;
void ocr_dnnl_weights_free(struct ocr_dnnl_weights *w);
uint64_t ocr_dnnl_weights_bytes(const struct ocr_dnnl_weights *w);

/* *kept: those of earlier plans; NULL: none yet. */
struct ocr_dnnl_plan;
int ocr_dnnl_plan_new(struct ocr_dnnl_plan **out,
    const struct ocr_net_part *part, struct ocr_dnnl_weights **kept, size_t n,
    struct ocr_err *err);
void ocr_dnnl_plan_free(struct ocr_dnnl_plan *p);
int ocr_dnnl_plan_run(struct ocr_dnnl_plan *p, const void *in, void *out,
    struct ocr_err *err);
uint64_t ocr_dnnl_plan_bytes(const struct ocr_dnnl_plan *p);

/* Why oneDNN is not to do a layer in int8; NULL: it is.  x: what goes in; most:
 * its largest weight. */
const char *ocr_dnnl_int8_unfit(enum ocr_element x, int most);
/* The same of the node that it has become. */
const char *ocr_dnnl_int8_lacks(const struct ocr_net *n,
    const struct ocr_node *made);

#endif
