/*
 * net_run.h - runs a net, or a row of its nodes
 *
 * After ocr_net_shape (and ocr_net_fold, ocr_net_merge).  A run is one
 * worker's: plans, memory of the layers, and with oneDNN its own formats of the
 * weights.
 *
 * QuantizeLinear and DequantizeLinear are computed as they are defined, in
 * floats, but for layers that net_int8.h took into whole numbers.
 */
#ifndef OCR_NET_RUN_H
#define OCR_NET_RUN_H

#include "src/net.h"

enum ocr_net_engine {
	OCR_NET_BEST = 0, /* oneDNN where it is built in */
	OCR_NET_PLAIN,
	OCR_NET_DNNL,
};

struct ocr_net_run;

/*
 * Nodes [first, last] of n, which outlives the run.  They must take one tensor
 * that is not a constant and make one that others need.  batch: images of a run
 * at most; memory grows with it.
 */
int ocr_net_run_new(struct ocr_net_run **out, const struct ocr_net *n,
    uint32_t first, uint32_t last, enum ocr_net_engine engine, size_t batch,
    struct ocr_err *err);
void ocr_net_run_free(struct ocr_net_run *r); /* NULL is fine */

/* The tensors it takes and makes. */
uint32_t ocr_net_run_input(const struct ocr_net_run *r);
uint32_t ocr_net_run_output(const struct ocr_net_run *r);
/* Bytes of memory for layers, and for formats of weights. */
uint64_t ocr_net_run_bytes(const struct ocr_net_run *r);
uint64_t ocr_net_run_weight_bytes(const struct ocr_net_run *r);

/*
 * n images (1 for a net without a batch), at most the batch; in and out as the
 * shapes of the two tensors say.  Plans for another n than before are made on
 * the way: cheap in plain C, about a millisecond a layer with oneDNN.
 */
int ocr_net_run_images(struct ocr_net_run *r, const void *in, size_t n,
    void *out, struct ocr_err *err);

bool ocr_net_has_dnnl(void);

#endif
