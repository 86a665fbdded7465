/*
 * net.h - a neural network as a list of operators over tensors
 *
 * What onnx.h reads, net_shape.h checks, net_fold.h simplifies, bnn_find.h
 * takes binarised parts out of, and net_plain.h, net_dnnl.h and ort.h run.  The
 * operators are those of ONNX (opset 1 to 21, domain ai.onnx), with the names
 * of its attributes, and the quantisers of QONNX; what is written here is only
 * what differs.
 *
 * Tensors are numbered; a tensor is an input of the net, a constant, or the
 * output of one node.  Nodes are in an order in which they can run.  The first
 * dimension of inputs and of all that depends on them is the batch, 0 here: "as
 * many as there are".
 *
 * Ownership: a net owns everything in it, in one arena; data of constants may
 * point into the file that was mapped.  Thread rule: written by one thread,
 * then read-only.
 */
#ifndef OCR_NET_H
#define OCR_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

#define OCR_NET_MAX_DIMS 6
#define OCR_NET_MAX_BYTES ((uint64_t)1 << 31) /* of one tensor */
#define OCR_NO_TENSOR UINT32_MAX

enum ocr_element {
	OCR_F32 = 0,
	OCR_I8,
	OCR_U8,
	OCR_I32,
	OCR_I64,
	OCR_BOOL,
};

enum ocr_op {
	OCR_OP_ADD = 0,
	OCR_OP_ARGMAX,
	OCR_OP_AVERAGE_POOL,
	OCR_OP_BATCH_NORM,
	OCR_OP_BIPOLAR_QUANT, /* in: x, scale */
	OCR_OP_CAST,
	OCR_OP_CLIP, /* Relu6 as well; bounds from attributes or inputs */
	OCR_OP_CONCAT,
	OCR_OP_CONV,
	OCR_OP_DEQUANTIZE,
	OCR_OP_DIV,
	OCR_OP_FLATTEN,
	OCR_OP_GATHER, /* of constants: arithmetic of shapes */
	OCR_OP_GEMM,
	OCR_OP_GLOBAL_AVERAGE_POOL,
	OCR_OP_GREATER,
	OCR_OP_IDENTITY, /* Dropout too */
	/* net_int8.h makes them; in: x, weights, scales, bias: all constants
	 * but x, one of each a channel */
	OCR_OP_INT8_CONV,
	OCR_OP_INT8_PRODUCT, /* weights: a row a column of the result */
	OCR_OP_MATMUL,
	OCR_OP_MAX, /* one input or more; Min, and Add (Sum), too */
	OCR_OP_MAX_POOL,
	OCR_OP_MIN,
	OCR_OP_MUL,
	OCR_OP_MULTI_THRESHOLD, /* in: x, thresholds (channels, steps) */
	OCR_OP_PAD,             /* in: x, pads, value */
	OCR_OP_POW,
	OCR_OP_QUANT, /* Quant, IntQuant; in: x, scale, zero point, bits */
	OCR_OP_QUANTIZE,
	OCR_OP_REDUCE_MEAN,
	OCR_OP_RELU,
	OCR_OP_RESHAPE, /* Squeeze and Unsqueeze too: shape is known */
	OCR_OP_SHAPE,
	OCR_OP_SIGN,
	OCR_OP_SOFTMAX,
	OCR_OP_SUB,
	OCR_OP_TOP_K, /* FINN ends with it */
	OCR_OP_TRANSPOSE,
	OCR_OP_TRUNC, /* in: x, scale, zero point, bits in, bits out */
	OCR_N_OPS,
};

struct ocr_tensor {
	const char *name; /* of the file; never NULL */
	enum ocr_element element;
	bool has_shape;
	uint32_t n_dims; /* 0: a scalar */
	uint64_t dims[OCR_NET_MAX_DIMS];
	const void *data; /* of a constant; NULL: computed, or an input */
	uint32_t maker;   /* node; UINT32_MAX: none */
	/* Of a constant: the DequantizeLinear that it was computed by, whose
	 * inputs are constants; or NULL. */
	const struct ocr_node *of;
};

enum ocr_reshape {
	OCR_RESHAPE_TO = 0,  /* in: x, shape */
	OCR_RESHAPE_SQUEEZE, /* axes: attribute or second input; none: all */
	OCR_RESHAPE_UNSQUEEZE,
};

/* What the batch is in a constant that Shape gave. */
#define OCR_NET_BATCH (-((int64_t)1 << 40))

/* Attributes, with ONNX's defaults filled in by the reader.  Which count is
 * said by the operator. */
struct ocr_node_attr {
	int64_t axis, axes[OCR_NET_MAX_DIMS], n_axes;
	int64_t kernel[2], strides[2], dilations[2];
	int64_t pads[4]; /* top, left, bottom, right: auto_pad is resolved by
			  * net_shape */
	int auto_pad;    /* 0: NOTSET, 1: SAME_UPPER, 2: SAME_LOWER, 3: VALID */
	int64_t group;
	int64_t ceil_mode, count_include_pad, keepdims, transpose_a,
	    transpose_b, select_last_index, k, largest, allow_zero;
	int64_t perm[OCR_NET_MAX_DIMS], n_perm; /* 0: the dims turned round */
	bool is_flat; /* Softmax before opset 13: all axes from axis on */
	int reshape;  /* enum ocr_reshape */
	float alpha, beta, epsilon, low, high;
	bool is_signed, is_narrow;  /* Quant */
	int rounding;               /* 0: half even, 1: zero, 2: floor,
					* 3: ceil; half up for Trunc: 4 */
	double out_scale, out_bias; /* MultiThreshold */
	enum ocr_element to;        /* Cast */
	/* int8: zero points, and what comes out at least and at most */
	int in_zero, out_zero, out_low, out_high;
};

struct ocr_node {
	enum ocr_op op;
	const char *name; /* for messages; "" where the file has none */
	uint32_t n_in, n_out;
	uint32_t *in, *out; /* tensors; OCR_NO_TENSOR: an optional one that
			     * is not there */
	struct ocr_node_attr attr;
	/* Of a layer with quantised weights: why it is not in int8. */
	const char *not_int8;
};

struct ocr_net {
	struct ocr_tensor *tensors;
	uint32_t n_tensors;
	struct ocr_node *nodes;
	uint32_t n_nodes;
	uint32_t input, output; /* one of each: images in, scores or labels */
	const char *file;       /* for messages */
	char *producer;         /* for --show */
	int opset;              /* of ai.onnx */
	/* "labels", "mean", "std" and the like: pairs of the file's metadata */
	char **keys, **values;
	size_t n_meta;
	/* private */
	struct ocr_arena *arena;
};

/* Empty, with an arena. */
int ocr_net_new(struct ocr_net **out, struct ocr_err *err);
void ocr_net_free(struct ocr_net *n); /* NULL is fine */

/* Zeroed memory that goes with the net.  NULL: "out of memory" in err. */
void *ocr_net_alloc(struct ocr_net *n, uint64_t bytes, struct ocr_err *err);
/* Is p within memory that was asked for in pieces of OCR_NET_LARGE bytes and
 * more? */
#define OCR_NET_LARGE ((uint64_t)64 << 10)
bool ocr_net_has_large(const struct ocr_net *n, const void *p);
char *ocr_net_strdup(struct ocr_net *n, const char *s, struct ocr_err *err);
/* A further tensor with that name (kept as it is) and without a maker; moves
 * n->tensors.  Negative: no memory. */
int64_t ocr_net_add_tensor(struct ocr_net *n, const char *name,
    struct ocr_err *err);
/* At the end of the net, with attributes as ONNX's defaults; moves n->nodes. 
 * in and out are zeroed. */
struct ocr_node *ocr_net_add_node(struct ocr_net *n, enum ocr_op op,
    const char *name, uint32_t n_in, uint32_t n_out, struct ocr_err *err);

const char *ocr_op_name(enum ocr_op op); /* ONNX's */
size_t ocr_element_size(enum ocr_element e);
const char *ocr_element_name(enum ocr_element e);
/* Product of dims, batch taken as n; 0 for more than OCR_NET_MAX_BYTES. */
uint64_t ocr_tensor_count(const struct ocr_tensor *t, uint64_t n);
/* Is it an operator input that is there? */
static inline bool
ocr_node_has(const struct ocr_node *node, uint32_t i)
{
	return i < node->n_in && node->in[i] != OCR_NO_TENSOR;
}

/* "MODEL: node 'NAME' (Conv): WHY", with the code -OCR_EFORMAT. */
int ocr_node_err(const struct ocr_net *n, const struct ocr_node *node,
    struct ocr_err *err, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * A line a node: number, operator, name, inputs, output and its shape.  For
 * --show and for tests.  Returns what fprintf would: negative on an error.
 */
int ocr_net_print(const struct ocr_net *n, FILE *to);

#endif
