/*
 * net_dnnl.h - plans of oneDNN primitives; private to net_dnnl*.c
 *
 * A tensor may be held in two forms: plain (row-major, what the plain operators
 * take) and native (what a primitive chose).  The other form is made by a
 * reorder, at the first operator that asks for it.
 */
#ifndef OCR_NET_DNNL_H
#define OCR_NET_DNNL_H

#include <oneapi/dnnl/dnnl.h>

#include "src/net_part.h"
#include "src/net_plain.h"
#include "src/net_slots.h"

#define OCR_DNNL_MAX_ARGS 6

/* Where bytes are: a value of the slots, the run's input, or fixed. */
struct ocr_dnnl_held {
	bool is_there;
	dnnl_memory_desc_t md;
	bool is_input;
	void *fixed; /* weights and constants; NULL: a value */
	uint32_t value;
};

struct ocr_dnnl_forms {
	struct ocr_dnnl_held plain, native;
};

struct ocr_dnnl_arg {
	int name; /* DNNL_ARG_... */
	struct ocr_dnnl_held held;
	dnnl_memory_t memory;
};

/* A primitive, or a node in plain C (primitive NULL). */
struct ocr_dnnl_step {
	dnnl_primitive_t primitive;
	const struct ocr_node *node;
	uint32_t n_args;
	struct ocr_dnnl_arg args[OCR_DNNL_MAX_ARGS];
};

/* Constant data at 'data', turned from one format into another. */
struct ocr_dnnl_turned {
	const void *data;
	dnnl_memory_desc_t from, md;
	void *to;
};

struct ocr_dnnl_weights {
	struct ocr_dnnl_turned *list;
	uint32_t n;
	uint64_t bytes;
};

struct ocr_dnnl_plan {
	const struct ocr_net_part *part;
	size_t n;
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	struct ocr_slots slots;
	struct ocr_dnnl_forms *forms; /* of tensors */
	bool *is_done;                /* nodes that are part of another */
	struct ocr_dnnl_step *steps;
	uint32_t n_steps;
	struct ocr_dnnl_weights *weights; /* the run's */
	size_t scratch_bytes;
	void *scratch;
	uint32_t current; /* node that is being planned */
};

/* A primitive that is being made up. */
struct ocr_dnnl_make {
	struct ocr_dnnl_plan *plan;
	struct ocr_err *err;
	dnnl_primitive_attr_t attr;
	dnnl_post_ops_t post;
	dnnl_primitive_desc_t desc;
	struct ocr_dnnl_step step;
	/* what comes of it: tensor, and where it goes (a value that is there
	 * already, for sums) */
	uint32_t result;
	const struct ocr_dnnl_held *into;
};

/* 1: planned; 0: not for oneDNN, plain C takes it; or negative. */
int ocr_dnnl_conv(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);
int ocr_dnnl_product(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);
int ocr_dnnl_pool(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);
int ocr_dnnl_eltwise(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);
int ocr_dnnl_binary(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);

/* QuantizeLinear, DequantizeLinear: a step without a primitive that has two
 * arguments. */
int ocr_dnnl_quantiser(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);
void ocr_dnnl_run_quantiser(const struct ocr_dnnl_plan *p,
    const struct ocr_dnnl_step *step);
int ocr_dnnl_int8(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err);

/* dnnl_data_type_undef: a type that primitives do not take. */
dnnl_data_type_t ocr_dnnl_type(enum ocr_element e);
/* Row-major, of a tensor with the plan's batch. */
dnnl_memory_desc_t ocr_dnnl_plain_md(const struct ocr_dnnl_plan *p, uint32_t t);
/* The same dims, format left to oneDNN. */
dnnl_memory_desc_t ocr_dnnl_any_md(const struct ocr_dnnl_plan *p, uint32_t t);

/* A step in plain C. */
int ocr_dnnl_add_plain(struct ocr_dnnl_plan *p,
    const struct ocr_dnnl_step *step, struct ocr_err *err);
int ocr_dnnl_begin(struct ocr_dnnl_make *m, struct ocr_dnnl_plan *p,
    struct ocr_err *err);
void ocr_dnnl_drop(struct ocr_dnnl_make *m);
/* From an operation's description; 0 if oneDNN has none but its reference. */
int ocr_dnnl_describe(struct ocr_dnnl_make *m, const void *op);
const dnnl_memory_desc_t *ocr_dnnl_want(const struct ocr_dnnl_make *m,
    dnnl_query_t what);
/* Add an argument: tensor t in the form md, reordered where it is not. */
int ocr_dnnl_take(struct ocr_dnnl_make *m, int arg, uint32_t t,
    const dnnl_memory_desc_t *md);
/* Constant data in the form 'from', reordered once. */
int ocr_dnnl_take_fixed(struct ocr_dnnl_make *m, int arg, const void *data,
    const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *md);
/* Room for the result, and into the plan. */
int ocr_dnnl_finish(struct ocr_dnnl_make *m);
/* The same of what makes 32 bits: then 8, after 'zero' was added. */
int ocr_dnnl_finish_shifted(struct ocr_dnnl_make *m, int zero);

/* The best form that tensor t is held in already; NULL: none yet. */
const struct ocr_dnnl_held *ocr_dnnl_best(struct ocr_dnnl_plan *p, uint32_t t);
/* The only live node that uses t, if it comes later; NULL: none or several. */
const struct ocr_node *ocr_dnnl_only_user(const struct ocr_dnnl_plan *p,
    uint32_t t);
/* An activation as post-op of what makes *t: *t becomes its output. */
int ocr_dnnl_fuse_activation(struct ocr_dnnl_make *m, uint32_t *t);
/* Relu or Clip as eltwise; false: another, or bounds that are not known. */
bool ocr_dnnl_activation(const struct ocr_dnnl_plan *p,
    const struct ocr_node *node, dnnl_alg_kind_t *alg, float *alpha,
    float *beta);

#endif
