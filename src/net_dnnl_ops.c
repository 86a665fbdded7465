/*
 * net_dnnl_ops.c - oneDNN's primitives for operators
 *
 * An activation or a sum that follows a convolution becomes part of it.
 */
#include "config.h"

#ifdef HAVE_DNNL

#include "src/net_dnnl.h"

#include <string.h>

struct window {
	dnnl_dims_t kernel, strides, dilates, before, after;
};

static const struct ocr_tensor *
tensor(const struct ocr_dnnl_plan *p, uint32_t t)
{
	return &p->part->net->tensors[t];
}

/* What oneDNN cannot describe, plain C takes; not if other nodes were fused
 * into it already. */
static int
give_up(const struct ocr_dnnl_make *m, const struct ocr_node *node)
{
	if (m->result == node->out[0])
		return 0;
	return ocr_node_err(m->plan->part->net, node, m->err,
	    "oneDNN has no such operator");
}

/* The other input of an Add that a result can be added to in place: it is
 * there, has bytes of its own, and nobody else wants it. */
static const struct ocr_dnnl_held *
find_addend(struct ocr_dnnl_plan *p, const struct ocr_node *add, uint32_t t)
{
	const struct ocr_net *n = p->part->net;
	const struct ocr_dnnl_held *held;
	const struct ocr_tensor *a, *b;
	uint32_t other;

	if (add == NULL || add->op != OCR_OP_ADD || add->n_in != 2)
		return NULL;
	other = add->in[add->in[0] == t];
	a = tensor(p, t);
	b = tensor(p, other);
	if (other == t || b->data != NULL || p->part->uses[other] != 1 ||
	    other == p->part->output || other == p->part->input ||
	    a->n_dims != b->n_dims ||
	    memcmp(a->dims, b->dims, a->n_dims * sizeof(*a->dims)) != 0 ||
	    ocr_node_is_view(n, &n->nodes[b->maker]))
		return NULL;
	held = ocr_dnnl_best(p, other);
	return held == NULL || held->is_input || held->fixed != NULL ? NULL
								     : held;
}

/* Sum and activation that follow; m->result is what comes out at the end. */
static int
fuse(struct ocr_dnnl_make *m)
{
	struct ocr_dnnl_plan *p = m->plan;
	const struct ocr_node *user = ocr_dnnl_only_user(p, m->result);

	m->into = find_addend(p, user, m->result);
	if (m->into != NULL) {
		if (dnnl_post_ops_append_sum(m->post, 1) != dnnl_success)
			return ocr_err_nomem(m->err);
		p->is_done[user - p->part->net->nodes] = true;
		m->result = user->out[0];
	}
	return ocr_dnnl_fuse_activation(m, &m->result);
}

/* Weights as oneDNN names their dims: with groups, five. */
static void
weight_mds(const struct ocr_tensor *w, int64_t group, dnnl_memory_desc_t *plain,
    dnnl_memory_desc_t *any)
{
	dnnl_dims_t dims = {group, (dnnl_dim_t)w->dims[0] / group,
	    (dnnl_dim_t)w->dims[1], (dnnl_dim_t)w->dims[2],
	    (dnnl_dim_t)w->dims[3]};
	int n = group > 1 ? 5 : 4;

	if (n == 4)
		memmove(dims, dims + 1, 4 * sizeof(*dims));
	dnnl_memory_desc_init_by_tag(plain, n, dims, dnnl_f32,
	    n == 5 ? dnnl_abcde : dnnl_abcd);
	dnnl_memory_desc_init_by_tag(any, n, dims, dnnl_f32,
	    dnnl_format_tag_any);
}

static dnnl_memory_desc_t
bias_md(uint64_t n)
{
	dnnl_memory_desc_t md = {0};
	dnnl_dims_t dims = {(dnnl_dim_t)n};

	dnnl_memory_desc_init_by_tag(&md, 1, dims, dnnl_f32, dnnl_a);
	return md;
}

static int
finish_weighted(struct ocr_dnnl_make *m, const struct ocr_node *node,
    const dnnl_memory_desc_t *weights, const dnnl_memory_desc_t *bias)
{
	struct ocr_dnnl_plan *p = m->plan;
	int r;

	r = ocr_dnnl_take(m, DNNL_ARG_SRC, node->in[0],
	    ocr_dnnl_want(m, dnnl_query_src_md));
	if (r == 0)
		r = ocr_dnnl_take_fixed(m, DNNL_ARG_WEIGHTS,
		    tensor(p, node->in[1])->data, weights,
		    ocr_dnnl_want(m, dnnl_query_weights_md));
	if (r == 0 && bias != NULL)
		r = ocr_dnnl_take_fixed(m, DNNL_ARG_BIAS,
		    tensor(p, node->in[2])->data, bias, bias);
	return r == 0 ? ocr_dnnl_finish(m) : r;
}

int
ocr_dnnl_conv(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_tensor *w = tensor(p, node->in[1]);
	const struct ocr_node_attr *a = &node->attr;
	struct window at = {
	    .dilates = {a->dilations[0] - 1, a->dilations[1] - 1},
	    .strides = {a->strides[0], a->strides[1]},
	    .before = {a->pads[0], a->pads[1]},
	    .after = {a->pads[2], a->pads[3]}};
	dnnl_memory_desc_t src, dst, plain, any, bias = bias_md(w->dims[0]);
	bool has_bias = ocr_node_has(node, 2);
	dnnl_convolution_desc_t op;
	struct ocr_dnnl_make m;
	int r;

	if (w->data == NULL ||
	    (has_bias && tensor(p, node->in[2])->data == NULL))
		return 0;
	r = ocr_dnnl_begin(&m, p, err);
	m.result = node->out[0];
	if (r == 0)
		r = fuse(&m);
	src = ocr_dnnl_any_md(p, node->in[0]);
	dst = m.into != NULL ? m.into->md : ocr_dnnl_any_md(p, node->out[0]);
	weight_mds(w, a->group, &plain, &any);
	if (r == 0 &&
	    (dnnl_dilated_convolution_forward_desc_init(&op,
		 dnnl_forward_inference, dnnl_convolution_direct, &src, &any,
		 has_bias ? &bias : NULL, &dst, at.strides, at.dilates,
		 at.before, at.after) != dnnl_success ||
		!ocr_dnnl_describe(&m, &op)))
		r = give_up(&m, node);
	else if (r == 0)
		r = finish_weighted(&m, node, &plain, has_bias ? &bias : NULL) <
			    0
			? err->code
			: 1;
	ocr_dnnl_drop(&m);
	return r;
}

/* A bias of one number a column. */
static bool
is_row(const struct ocr_tensor *c, uint64_t n)
{
	return c->data != NULL && c->n_dims > 0 &&
	       c->dims[c->n_dims - 1] == n && ocr_tensor_count(c, 1) == n;
}

int
ocr_dnnl_product(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_tensor *x = tensor(p, node->in[0]);
	const struct ocr_tensor *w = tensor(p, node->in[1]);
	bool is_turned = node->op == OCR_OP_GEMM && node->attr.transpose_b;
	bool has_bias = ocr_node_has(node, 2);
	dnnl_memory_desc_t src, dst, any, plain, bias;
	dnnl_inner_product_desc_t op;
	struct ocr_dnnl_make m;
	dnnl_dim_t n, k;
	int r;

	if (x->n_dims != 2 || w->n_dims != 2 || w->data == NULL ||
	    node->attr.transpose_a || node->attr.alpha != 1)
		return 0;
	n = (dnnl_dim_t)w->dims[is_turned ? 0 : 1];
	k = (dnnl_dim_t)w->dims[is_turned ? 1 : 0];
	if (has_bias && (node->attr.beta != 1 ||
			    !is_row(tensor(p, node->in[2]), (uint64_t)n)))
		return 0;
	r = ocr_dnnl_begin(&m, p, err);
	m.result = node->out[0];
	if (r == 0)
		r = ocr_dnnl_fuse_activation(&m, &m.result);
	src = ocr_dnnl_any_md(p, node->in[0]);
	dst = ocr_dnnl_any_md(p, node->out[0]);
	bias = bias_md((uint64_t)n);
	dnnl_memory_desc_init_by_tag(&any, 2, (dnnl_dims_t){n, k}, dnnl_f32,
	    dnnl_format_tag_any);
	dnnl_memory_desc_init_by_tag(&plain, 2, (dnnl_dims_t){n, k}, dnnl_f32,
	    is_turned ? dnnl_ab : dnnl_ba);
	if (r == 0 &&
	    (dnnl_inner_product_forward_desc_init(&op, dnnl_forward_inference,
		 &src, &any, has_bias ? &bias : NULL, &dst) != dnnl_success ||
		!ocr_dnnl_describe(&m, &op)))
		r = give_up(&m, node);
	else if (r == 0)
		r = finish_weighted(&m, node, &plain, has_bias ? &bias : NULL) <
			    0
			? err->code
			: 1;
	ocr_dnnl_drop(&m);
	return r;
}

/* False: windows that reach beyond the padding, where that changes averages. */
static bool
window_of(struct window *w, const struct ocr_dnnl_plan *p,
    const struct ocr_node *node)
{
	const struct ocr_node_attr *a = &node->attr;
	const uint64_t *in = tensor(p, node->in[0])->dims + 2;
	const uint64_t *out = tensor(p, node->out[0])->dims + 2;
	int64_t after;
	int i;

	for (i = 0; i < 2; i++) {
		if (node->op == OCR_OP_GLOBAL_AVERAGE_POOL) {
			w->kernel[i] = (dnnl_dim_t)in[i];
			w->strides[i] = 1;
			w->dilates[i] = w->before[i] = w->after[i] = 0;
			continue;
		}
		w->kernel[i] = a->kernel[i];
		w->strides[i] = a->strides[i];
		w->dilates[i] = a->dilations[i] - 1;
		w->before[i] = a->pads[i];
		after = ((int64_t)out[i] - 1) * a->strides[i] +
			(a->kernel[i] - 1) * a->dilations[i] + 1 -
			(int64_t)in[i] - a->pads[i];
		if (after > a->pads[i + 2] && a->count_include_pad)
			return false;
		w->after[i] = after > a->pads[i + 2] ? after : a->pads[i + 2];
		/* oneDNN wants each window to touch the image */
		if (w->before[i] >= a->kernel[i] || w->after[i] >= a->kernel[i])
			return false;
	}
	return true;
}

int
ocr_dnnl_pool(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_dnnl_held *best;
	dnnl_alg_kind_t alg = node->op == OCR_OP_MAX_POOL ? dnnl_pooling_max
			      : node->attr.count_include_pad
				  ? dnnl_pooling_avg_include_padding
				  : dnnl_pooling_avg_exclude_padding;
	dnnl_memory_desc_t dst = ocr_dnnl_any_md(p, node->out[0]), src;
	dnnl_pooling_v2_desc_t op;
	struct ocr_dnnl_make m;
	struct window w;
	int r;

	if (tensor(p, node->in[0])->n_dims != 4 || !window_of(&w, p, node))
		return 0;
	best = ocr_dnnl_best(p, node->in[0]);
	src = best == NULL ? ocr_dnnl_plain_md(p, node->in[0]) : best->md;
	if (best == NULL)
		return 0;
	r = ocr_dnnl_begin(&m, p, err);
	m.result = node->out[0];
	if (r == 0 &&
	    (dnnl_pooling_v2_forward_desc_init(&op, dnnl_forward_inference, alg,
		 &src, &dst, w.strides, w.kernel, w.dilates, w.before,
		 w.after) != dnnl_success ||
		!ocr_dnnl_describe(&m, &op))) {
		r = 0;
	} else if (r == 0) {
		r = ocr_dnnl_take(&m, DNNL_ARG_SRC, node->in[0], &src);
		r = r < 0 || ocr_dnnl_finish(&m) < 0 ? err->code : 1;
	}
	ocr_dnnl_drop(&m);
	return r;
}

int
ocr_dnnl_eltwise(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_dnnl_held *best = ocr_dnnl_best(p, node->in[0]);
	dnnl_eltwise_desc_t op;
	struct ocr_dnnl_make m;
	dnnl_memory_desc_t md;
	dnnl_alg_kind_t alg;
	float alpha, beta;
	int r;

	if (best == NULL || !ocr_dnnl_activation(p, node, &alg, &alpha, &beta))
		return 0;
	md = best->md;
	r = ocr_dnnl_begin(&m, p, err);
	m.result = node->out[0];
	if (r == 0 &&
	    (dnnl_eltwise_forward_desc_init(&op, dnnl_forward_inference, alg,
		 &md, alpha, beta) != dnnl_success ||
		!ocr_dnnl_describe(&m, &op))) {
		r = 0;
	} else if (r == 0) {
		r = ocr_dnnl_take(&m, DNNL_ARG_SRC, node->in[0], &md);
		r = r < 0 || ocr_dnnl_finish(&m) < 0 ? err->code : 1;
	}
	ocr_dnnl_drop(&m);
	return r;
}

/* A constant's dims as those of a tensor of n dims. */
static dnnl_memory_desc_t
const_md(const struct ocr_tensor *t, uint32_t n)
{
	static const dnnl_format_tag_t tags[] = {dnnl_format_tag_undef, dnnl_a,
	    dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
	dnnl_memory_desc_t md = {0};
	dnnl_dims_t dims = {0};
	uint32_t i;

	for (i = 0; i < n; i++)
		dims[i] = i + t->n_dims < n
			      ? 1
			      : (dnnl_dim_t)t->dims[i + t->n_dims - n];
	dnnl_memory_desc_init_by_tag(&md, (int)n, dims, dnnl_f32, tags[n]);
	return md;
}

/* The first input has the output's shape; the second has it too, or is a
 * constant that is broadcast. */
int
ocr_dnnl_binary(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_tensor *x = tensor(p, node->in[0]), *y, *out;
	const struct ocr_dnnl_held *best = ocr_dnnl_best(p, node->in[0]);
	dnnl_alg_kind_t alg = node->op == OCR_OP_ADD   ? dnnl_binary_add
			      : node->op == OCR_OP_MUL ? dnnl_binary_mul
						       : dnnl_binary_sub;
	dnnl_memory_desc_t a, b;
	dnnl_binary_desc_t op;
	struct ocr_dnnl_make m;
	int r;

	if (node->n_in != 2 || best == NULL || x->data != NULL)
		return 0;
	y = tensor(p, node->in[1]);
	out = tensor(p, node->out[0]);
	if (x->n_dims != out->n_dims || y->element != OCR_F32 ||
	    memcmp(x->dims, out->dims, x->n_dims * sizeof(*x->dims)) != 0)
		return 0;
	if (y->data == NULL &&
	    (y->n_dims != x->n_dims ||
		memcmp(x->dims, y->dims, x->n_dims * sizeof(*x->dims)) != 0))
		return 0;
	a = best->md;
	b = y->data != NULL ? const_md(y, x->n_dims) : a;
	r = ocr_dnnl_begin(&m, p, err);
	m.result = node->out[0];
	if (r == 0)
		r = ocr_dnnl_fuse_activation(&m, &m.result);
	if (r == 0 &&
	    (dnnl_binary_desc_init(&op, alg, &a, &b, &a) != dnnl_success ||
		!ocr_dnnl_describe(&m, &op))) {
		r = give_up(&m, node);
	} else if (r == 0) {
		r = ocr_dnnl_take(&m, DNNL_ARG_SRC_0, node->in[0], &a);
		if (r == 0)
			r = y->data != NULL
				? ocr_dnnl_take_fixed(&m, DNNL_ARG_SRC_1,
				      y->data, &b, &b)
				: ocr_dnnl_take(&m, DNNL_ARG_SRC_1, node->in[1],
				      &b);
		r = r < 0 || ocr_dnnl_finish(&m) < 0 ? err->code : 1;
	}
	ocr_dnnl_drop(&m);
	return r;
}

#endif
