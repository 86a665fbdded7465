/*
 * bnn_find_part.h - what the files of bnn_find share
 *
 * bnn_find.c walks, bnn_find_step.c computes what is between layers,
 * bnn_find_form.c knows which dim is what, bnn_find_layer.c takes weights,
 * bnn_find_levels.c makes thresholds.
 */
#ifndef OCR_BNN_FIND_PART_H
#define OCR_BNN_FIND_PART_H

#include "src/bnn_find.h"

#define OCR_FIND_STEPS 64 /* between two layers */
#define OCR_FIND_NONE UINT32_MAX

/* The dims of what is passed on; dim 0 is the batch. */
struct ocr_find_form {
	uint32_t n_dims;
	bool is_flat; /* dim 1 is all of c, h, w in one */
	bool is_nhwc; /* flat: in that order; else c, h, w */
	uint32_t axis_c, axis_h, axis_w;
	uint32_t c, h, w;
};

/* A constant: one for all, or one a channel. */
struct ocr_find_constant {
	const float *p;
	uint32_t n; /* 1, or channels; 0: there is none */
};

/* One node, on one number. */
struct ocr_find_step {
	const struct ocr_node *node;
	/* Values 0 (what comes in) and i + 1 (what step i gives), or NONE: a
	 * constant. */
	uint32_t left, right;
	struct ocr_find_constant k[5]; /* by operand */
	uint32_t n_levels;             /* MultiThreshold: of a channel */
	/* Max pool: an image's side before and after. */
	uint32_t in_h, in_w, out_h, out_w;
};

struct ocr_find_chain {
	struct ocr_find_step steps[OCR_FIND_STEPS];
	uint32_t n;
	uint32_t n_pools;
};

struct ocr_find {
	const struct ocr_net *net;
	const struct ocr_bnn_find_opt *opt;
	struct ocr_bnn_found *out;
	struct ocr_err *err;
	struct ocr_bnn *bnn; /* being made; room for all layers */
	uint32_t *uses;      /* of each tensor, by nodes */
	uint32_t *value;     /* of each tensor: in the chain, or NONE */
	uint32_t layer_in;   /* tensor that goes into the first layer */
	void **blocks;       /* constants, freed at the end */
	size_t n_blocks;
	struct ocr_find_chain chain;
	struct ocr_find_form form;
	/* The layer being made; the value of its sum is sum * unit. */
	struct ocr_bnn_layer *layer;
	double *units; /* by output; n_units of them, or room for more */
	/* What the layer before gives, by then the input of the layer:
	 * unit * (base + step * level). */
	double unit;
	int base, step;
	unsigned bits;
	uint8_t *turned; /* by channel: its levels are upside down, and so must
			  * the weights be; NULL: none */
};

/* 1: yes; 0: no, and why; negative: no memory. */
int ocr_find_no(struct ocr_find *f, const struct ocr_node *node,
    const char *why);

/* bnn_find_step.c.  block: memory that is freed with f; NULL: in err.  add: a node that computes on each number alone. */
void *ocr_find_block(struct ocr_find *f, uint64_t bytes);
int ocr_find_step_add(struct ocr_find *f, const struct ocr_node *node);
float ocr_find_compute(const struct ocr_find_chain *c, uint32_t n,
    uint32_t channel, float x);
/* Does each step take what the one before gives, and nothing else? */
bool ocr_find_is_row(const struct ocr_find_chain *c);
/* A constant as floats, a copy where it must be; NULL: it is none, or no memory
 * (then in err). */
const float *ocr_find_floats(struct ocr_find *f, uint32_t tensor, uint64_t *n);

/* bnn_find_form.c */
int ocr_find_form_input(struct ocr_find *f);
int ocr_find_form_move(struct ocr_find *f, const struct ocr_node *node);

/* bnn_find_layer.c: the layer of a Conv, Gemm or MatMul, without outputs, in
 * l (its weights are the caller's to free) and units; nothing of f changes.
 * begin: it is the next one of f. */
bool ocr_find_is_layer(const struct ocr_node *node);
int ocr_find_layer(struct ocr_find *f, const struct ocr_node *node,
    struct ocr_bnn_layer *l, double **units);
int ocr_find_begin(struct ocr_find *f, const struct ocr_node *node,
    const struct ocr_bnn_layer *l, double *units);

/* bnn_find_levels.c: the chain becomes thresholds of f->layer and pools behind
 * it; or scores. */
int ocr_find_levels(struct ocr_find *f);
int ocr_find_scores(struct ocr_find *f);
/* The table of bytes, of what is done to them. */
int ocr_find_pixels(struct ocr_find *f);

/* Sums of output o: between, in steps; thresholds are among them. */
struct ocr_find_range {
	int64_t low, high, step;
};
struct ocr_find_range ocr_find_range(const struct ocr_find *f, uint32_t o);

#endif
