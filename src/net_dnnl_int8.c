/*
 * net_dnnl_int8.c - quantised layers on oneDNN's int8
 *
 * (sum + bias) * scale, each step rounded once, then half to even and limits is
 * what its kernels do; a zero point that is added before rounding would not be
 * what QuantizeLinear says, so it is added to whole numbers.
 */
#include "config.h"

#ifdef HAVE_DNNL

#include "src/net_dnnl.h"

#include <omp.h>
#include <string.h>

#define SAFE_WEIGHT 64 /* two products by 255 fit 16 bits */

static bool
has_vnni(void)
{
	unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
	unsigned avx512 = dnnl_cpu_isa_avx512_core_vnni;
	unsigned avx2 = dnnl_cpu_isa_avx2_vnni;

	return (isa & avx512) == avx512 || (isa & avx2) == avx2;
}

const char *
ocr_dnnl_int8_unfit(enum ocr_element x, int most)
{
	if (has_vnni())
		return NULL;
#if !defined(__x86_64__) && !defined(__i386__)
	return "not tried on this kind of processor";
#endif
	if (x != OCR_U8)
		return "bytes with a sign, without VNNI";
	return most > SAFE_WEIGHT ? "weights beyond 64, without VNNI" : NULL;
}

static const struct ocr_tensor *
tensor(const struct ocr_dnnl_plan *p, uint32_t t)
{
	return &p->part->net->tensors[t];
}

/* What the convolution or product itself writes. */
static dnnl_data_type_t
result_type(const struct ocr_dnnl_plan *p, const struct ocr_node *node)
{
	return node->attr.out_zero != 0
		   ? dnnl_s32
		   : ocr_dnnl_type(tensor(p, node->out[0])->element);
}

/* Scales, the zero point that goes in, limits. */
static dnnl_status_t
set_attr(struct ocr_dnnl_make *m, const struct ocr_node *node)
{
	const struct ocr_tensor *scales = tensor(m->plan, node->in[2]);
	const struct ocr_node_attr *a = &node->attr;
	const int32_t zero = a->in_zero;
	dnnl_status_t s;

	s = dnnl_primitive_attr_set_output_scales(m->attr,
	    (dnnl_dim_t)scales->dims[0], 1 << 1, scales->data);
	if (s == dnnl_success && zero != 0)
		s = dnnl_primitive_attr_set_zero_points(m->attr, DNNL_ARG_SRC,
		    1, 0, &zero);
	/* the type's own limits are kept without that */
	if (s == dnnl_success &&
	    (a->out_zero != 0 || a->out_high - a->out_low < 255))
		s = dnnl_post_ops_append_eltwise(m->post, 1, dnnl_eltwise_clip,
		    (float)(a->out_low - a->out_zero),
		    (float)(a->out_high - a->out_zero));
	return s;
}

static dnnl_memory_desc_t
vector_md(uint64_t n)
{
	dnnl_memory_desc_t md = {0};
	dnnl_dims_t dims = {(dnnl_dim_t)n};

	dnnl_memory_desc_init_by_tag(&md, 1, dims, dnnl_f32, dnnl_a);
	return md;
}

/* Weights, as they are; with groups, five dims. */
static dnnl_memory_desc_t
weights_md(const struct ocr_tensor *w, int64_t group, bool is_any)
{
	dnnl_dims_t dims = {group, (dnnl_dim_t)w->dims[0] / group,
	    (dnnl_dim_t)w->dims[1], (dnnl_dim_t)w->dims[2],
	    (dnnl_dim_t)w->dims[3]};
	int n = w->n_dims == 2 ? 2 : group > 1 ? 5 : 4;
	dnnl_memory_desc_t md = {0};

	if (n < 5)
		memmove(dims, dims + 1, 4 * sizeof(*dims));
	dnnl_memory_desc_init_by_tag(&md, n, dims, dnnl_s8,
	    is_any   ? dnnl_format_tag_any
	    : n == 2 ? dnnl_ab
	    : n == 4 ? dnnl_abcd
		     : dnnl_abcde);
	return md;
}

static bool
describe_conv(struct ocr_dnnl_make *m, const struct ocr_node *node,
    const dnnl_memory_desc_t *dst)
{
	const struct ocr_node_attr *a = &node->attr;
	const struct ocr_tensor *w = tensor(m->plan, node->in[1]);
	dnnl_memory_desc_t src = ocr_dnnl_any_md(m->plan, node->in[0]);
	dnnl_memory_desc_t weights = weights_md(w, a->group, true);
	dnnl_memory_desc_t bias = vector_md(w->dims[0]);
	dnnl_dims_t strides = {a->strides[0], a->strides[1]};
	dnnl_dims_t dilates = {a->dilations[0] - 1, a->dilations[1] - 1};
	dnnl_dims_t before = {a->pads[0], a->pads[1]};
	dnnl_dims_t after = {a->pads[2], a->pads[3]};
	dnnl_convolution_desc_t op;

	return dnnl_dilated_convolution_forward_desc_init(&op,
		   dnnl_forward_inference, dnnl_convolution_direct, &src,
		   &weights, &bias, dst, strides, dilates, before,
		   after) == dnnl_success &&
	       ocr_dnnl_describe(m, &op);
}

static bool
describe_product(struct ocr_dnnl_make *m, const struct ocr_node *node,
    const dnnl_memory_desc_t *dst)
{
	const struct ocr_tensor *w = tensor(m->plan, node->in[1]);
	dnnl_memory_desc_t src = ocr_dnnl_any_md(m->plan, node->in[0]);
	dnnl_memory_desc_t weights = weights_md(w, 1, true);
	dnnl_memory_desc_t bias = vector_md(w->dims[0]);
	dnnl_inner_product_desc_t op;

	return dnnl_inner_product_forward_desc_init(&op, dnnl_forward_inference,
		   &src, &weights, &bias, dst) == dnnl_success &&
	       ocr_dnnl_describe(m, &op);
}

/* False: oneDNN has nothing for it but its reference, which is slow. */
static bool
describe(struct ocr_dnnl_make *m, const struct ocr_node *node)
{
	dnnl_memory_desc_t dst = ocr_dnnl_any_md(m->plan, node->out[0]);
	const char *name = "";

	dst.data_type = result_type(m->plan, node);
	if (set_attr(m, node) != dnnl_success ||
	    !(node->op == OCR_OP_INT8_CONV ? describe_conv(m, node, &dst)
					   : describe_product(m, node, &dst)))
		return false;
	return dnnl_primitive_desc_query(m->desc, dnnl_query_impl_info_str, 0,
		   (void *)&name) == dnnl_success &&
	       strncmp(name, "ref", 3) != 0;
}

const char *
ocr_dnnl_int8_lacks(const struct ocr_net *n, const struct ocr_node *made)
{
	const struct ocr_net_part part = {.net = n};
	struct ocr_dnnl_plan p = {.part = &part, .n = 1};
	struct ocr_err err = {0};
	struct ocr_dnnl_make m;
	bool is_there;

	if (dnnl_engine_create(&p.engine, dnnl_cpu, 0) != dnnl_success)
		return "oneDNN does not work";
	omp_set_num_threads(1); /* as it will run */
	is_there = ocr_dnnl_begin(&m, &p, &err) == 0 && describe(&m, made);
	ocr_dnnl_drop(&m);
	dnnl_engine_destroy(p.engine);
	return is_there ? NULL : "oneDNN has no int8 for it";
}

int
ocr_dnnl_int8(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_tensor *w = tensor(p, node->in[1]);
	dnnl_memory_desc_t plain = weights_md(w,
	    node->op == OCR_OP_INT8_CONV ? node->attr.group : 1, false);
	dnnl_memory_desc_t bias = vector_md(w->dims[0]);
	struct ocr_dnnl_make m;
	int r = ocr_dnnl_begin(&m, p, err);

	m.result = node->out[0];
	if (r == 0 && describe(&m, node)) {
		r = ocr_dnnl_take(&m, DNNL_ARG_SRC, node->in[0],
		    ocr_dnnl_want(&m, dnnl_query_src_md));
		if (r == 0)
			r = ocr_dnnl_take_fixed(&m, DNNL_ARG_WEIGHTS, w->data,
			    &plain, ocr_dnnl_want(&m, dnnl_query_weights_md));
		if (r == 0)
			r = ocr_dnnl_take_fixed(&m, DNNL_ARG_BIAS,
			    tensor(p, node->in[3])->data, &bias, &bias);
		if (r == 0)
			r = node->attr.out_zero != 0
				? ocr_dnnl_finish_shifted(&m,
				      node->attr.out_zero)
				: ocr_dnnl_finish(&m);
		r = r < 0 ? r : 1;
	}
	ocr_dnnl_drop(&m);
	return r;
}

#endif
