/*
 * bnn_find.h - the binarised network in a net, if there is one
 *
 * Reads the net from its input on: what is done to a pixel becomes a table of
 * 256, a convolution or dense layer of weights -2 to 1 becomes a layer, and all
 * from there to the next one (BatchNorm, Sign, Quant, MultiThreshold, scales,
 * pools, Flatten ...) becomes thresholds, if it takes four values at most.  It
 * is not asked which operators these are: each is computed in floats as ONNX
 * defines it, and thresholds are where the result changes.  As every operator
 * that is taken is monotone, so is the whole, and they are found by bisection.
 *
 * Exact: an image gives the same activations as the net in floats whose sums do
 * not round.  Scales that are not powers of two round somewhere in a sum of
 * floats; here they are applied once, to the sum.
 */
#ifndef OCR_BNN_FIND_H
#define OCR_BNN_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "src/bnn.h"
#include "src/net.h"

struct ocr_bnn_find_opt {
	/* What a net that wants floats is given for a byte:
	 * (byte - mean) / std, by channel. */
	bool has_mean;
	float mean[4], std[4];
};

struct ocr_bnn_found {
	struct ocr_bnn *bnn; /* NULL: there is none, why says the reason */
	bool is_nhwc;        /* order of the bytes of an image */
	uint32_t n_nodes;    /* nodes [0, n_nodes) of the net are in it ... */
	uint32_t scores;     /* ... and give this tensor */
	char why[256];
};

/* n: shapes are known, constants folded, BatchNorm is still there.  0 also
 * when there is none.  out is zeroed. */
int ocr_bnn_find(struct ocr_bnn_found *out, const struct ocr_net *n,
    const struct ocr_bnn_find_opt *opt, struct ocr_err *err);
void ocr_bnn_found_release(struct ocr_bnn_found *f); /* zeroed is fine */

#endif
