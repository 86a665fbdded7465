/*
 * onnx_impl.h - what the files of the ONNX reader share
 */
#ifndef OCR_ONNX_IMPL_H
#define OCR_ONNX_IMPL_H

#include "onnx.pb-c.h"
#include "src/onnx.h"
#include "src/onnx_names.h"

#define OCR_ONNX_MAX_NODES (1U << 16)
#define OCR_ONNX_MAX_EDGES 4096 /* inputs or outputs of a node */

struct ocr_onnx {
	const Onnx__ModelProto *model;
	struct ocr_net *net;
	struct ocr_onnx_names names;
	const char *file;
	int folder;
	uint64_t n_external; /* bytes read from other files */
	enum ocr_onnx_as as;
	struct ocr_onnx_file *scan; /* of onnx_scan.c */
	struct ocr_net *meta;
};

/* onnx.c: the model is there while body runs, and metadata in x->net */
typedef int ocr_onnx_fn(struct ocr_onnx *x, struct ocr_err *err);
int ocr_onnx_with(struct ocr_onnx *x, const void *data, size_t len,
    ocr_onnx_fn *body, struct ocr_err *err);
/* Producer, file and metadata to n. */
int ocr_onnx_metadata(const struct ocr_onnx *x, struct ocr_net *n,
    struct ocr_err *err);
/* Of the file x->file; its bytes stay in f unless there is an error. */
int ocr_onnx_with_file(struct ocr_onnx *x, struct ocr_onnx_file *f,
    ocr_onnx_fn *body, struct ocr_err *err);

/* onnx_tensor.c */
int ocr_onnx_element(enum ocr_element *out, int32_t type);
/* Shape, type and data of a constant into tensor t of the net. */
int ocr_onnx_tensor(struct ocr_onnx *x, uint32_t t,
    const Onnx__TensorProto *from, struct ocr_err *err);

/* onnx_external.c: len bytes of a tensor from a file of the model's folder, in
 * memory of the net */
int ocr_onnx_external(struct ocr_onnx *x, const Onnx__TensorProto *from,
    void **to, uint64_t len, struct ocr_err *err);
/* Whether a tensor's data is elsewhere, and if so below the folder. */
int ocr_onnx_external_check(const struct ocr_onnx *x,
    const Onnx__TensorProto *from, bool *is_outside, struct ocr_err *err);

/* onnx_node.c: operator and attributes.  Inputs and outputs are set by the
 * caller, but for constants made of attributes. */
struct ocr_onnx_op {
	const char *name;
	enum ocr_op op;
	uint8_t min_in, max_in, n_out; /* outputs that we can give */
};
const struct ocr_onnx_op *ocr_onnx_op_of(const Onnx__NodeProto *from);
int ocr_onnx_attributes(struct ocr_onnx *x, struct ocr_node *node,
    const struct ocr_onnx_op *op, const Onnx__NodeProto *from,
    struct ocr_err *err);
/* A Constant node: its value into tensor t. */
int ocr_onnx_constant(struct ocr_onnx *x, uint32_t t,
    const Onnx__NodeProto *from, struct ocr_err *err);
/* A tensor with the n numbers as its data. */
int64_t ocr_onnx_ints(struct ocr_onnx *x, const int64_t *list, size_t n,
    struct ocr_err *err);

/* onnx_graph.c */
#define OCR_ONNX_MAX_OPSET 21
int ocr_onnx_graph(struct ocr_onnx *x, struct ocr_err *err);
int64_t ocr_onnx_opset(const Onnx__ModelProto *m);
/* A Constant node, which is no operator. */
bool ocr_onnx_is_constant(const Onnx__NodeProto *from);
/* "node 'NAME': operator OP is not known here" */
void ocr_onnx_lack_op(char *to, size_t room, const Onnx__NodeProto *from);

/* onnx_order.c: an error if a node depends on itself */
int ocr_onnx_sort(struct ocr_onnx *x, struct ocr_err *err);

#endif
