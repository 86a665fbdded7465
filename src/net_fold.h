/*
 * net_fold.h - makes a net smaller that gives the same
 */
#ifndef OCR_NET_FOLD_H
#define OCR_NET_FOLD_H

#include "src/net.h"

/*
 * Compute what depends on constants alone, leave out nodes that do nothing, and
 * those whose results nobody uses.  Bit for bit the same; nodes are renumbered,
 * tensors are not.  After ocr_net_shape.
 */
int ocr_net_fold(struct ocr_net *n, struct ocr_err *err);

/* Nodes whose results nobody uses are left out, the others renumbered.  The
 * number of those left out, or negative. */
int ocr_net_drop_dead(struct ocr_net *n, struct ocr_err *err);

/*
 * BatchNormalization into the Conv, Gemm or MatMul before it, where both are in
 * [first, last].  The same up to rounding: for parts that run in floats.
 * Nothing is renumbered; the nodes become Identity of a tensor that nobody
 * uses.
 */
int ocr_net_merge(struct ocr_net *n, uint32_t first, uint32_t last,
    struct ocr_err *err);

#endif
