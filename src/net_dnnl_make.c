/*
 * net_dnnl_make.c - makes up primitives and their memory
 */
#include "config.h"

#ifdef HAVE_DNNL

#include "src/net_dnnl.h"

#include <stdlib.h>
#include <string.h>

dnnl_data_type_t
ocr_dnnl_type(enum ocr_element e)
{
	switch (e) {
	case OCR_F32:
		return dnnl_f32;
	case OCR_I8:
		return dnnl_s8;
	case OCR_U8:
		return dnnl_u8;
	case OCR_I32:
		return dnnl_s32;
	default:
		return dnnl_data_type_undef;
	}
}

static dnnl_memory_desc_t
md_of(const struct ocr_dnnl_plan *p, uint32_t t, bool is_any)
{
	static const dnnl_format_tag_t tags[] = {dnnl_format_tag_undef, dnnl_a,
	    dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
	struct ocr_view v = ocr_view_of(&p->part->net->tensors[t], p->n, NULL);
	dnnl_memory_desc_t md = {0};
	dnnl_dims_t dims = {0};
	uint32_t i;

	for (i = 0; i < v.n_dims; i++)
		dims[i] = (dnnl_dim_t)v.dims[i];
	dnnl_memory_desc_init_by_tag(&md, (int)v.n_dims, dims,
	    ocr_dnnl_type(v.element),
	    is_any ? dnnl_format_tag_any : tags[v.n_dims]);
	return md;
}

dnnl_memory_desc_t
ocr_dnnl_plain_md(const struct ocr_dnnl_plan *p, uint32_t t)
{
	return md_of(p, t, false);
}

dnnl_memory_desc_t
ocr_dnnl_any_md(const struct ocr_dnnl_plan *p, uint32_t t)
{
	return md_of(p, t, true);
}

int
ocr_dnnl_begin(struct ocr_dnnl_make *m, struct ocr_dnnl_plan *p,
    struct ocr_err *err)
{
	*m = (struct ocr_dnnl_make){.plan = p, .err = err};
	if (dnnl_primitive_attr_create(&m->attr) != dnnl_success ||
	    dnnl_post_ops_create(&m->post) != dnnl_success ||
	    dnnl_primitive_attr_set_scratchpad_mode(m->attr,
		dnnl_scratchpad_mode_user) != dnnl_success)
		return ocr_err_nomem(err);
	return 0;
}

void
ocr_dnnl_drop(struct ocr_dnnl_make *m)
{
	if (m->desc != NULL)
		dnnl_primitive_desc_destroy(m->desc);
	if (m->post != NULL)
		dnnl_post_ops_destroy(m->post);
	if (m->attr != NULL)
		dnnl_primitive_attr_destroy(m->attr);
	m->desc = NULL;
	m->post = NULL;
	m->attr = NULL;
}

int
ocr_dnnl_describe(struct ocr_dnnl_make *m, const void *op)
{
	dnnl_status_t s = dnnl_primitive_attr_set_post_ops(m->attr, m->post);

	if (s == dnnl_success)
		s = dnnl_primitive_desc_create(&m->desc,
		    (const_dnnl_op_desc_t)op, m->attr, m->plan->engine, NULL);
	return s == dnnl_success;
}

const dnnl_memory_desc_t *
ocr_dnnl_want(const struct ocr_dnnl_make *m, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(m->desc, what, 0);
}

static void
add_arg(struct ocr_dnnl_step *s, int name, const struct ocr_dnnl_held *held)
{
	s->args[s->n_args++] =
	    (struct ocr_dnnl_arg){.name = name, .held = *held};
}

/* A step of the plan; uses of its values reach to it. */
static int
add_step(struct ocr_dnnl_plan *p, struct ocr_dnnl_step *step,
    const_dnnl_primitive_desc_t desc, struct ocr_err *err)
{
	const dnnl_memory_desc_t *pad;
	struct ocr_dnnl_held held = {.is_there = true};
	struct ocr_dnnl_step *more;
	uint32_t i;

	for (i = 0; i < step->n_args; i++)
		if (step->args[i].held.fixed == NULL &&
		    !step->args[i].held.is_input)
			ocr_slots_use(&p->slots, step->args[i].held.value,
			    p->n_steps);
	pad = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
	if (pad != NULL && dnnl_memory_desc_get_size(pad) > 0) {
		held.md = *pad;
		/* not a value: net_dnnl.c gives it the common scratchpad */
		held.is_input = false;
		add_arg(step, DNNL_ARG_SCRATCHPAD, &held);
		if (p->scratch_bytes < dnnl_memory_desc_get_size(pad))
			p->scratch_bytes = dnnl_memory_desc_get_size(pad);
	}
	more = reallocarray(p->steps, (size_t)p->n_steps + 1, sizeof(*more));
	if (more == NULL)
		return ocr_err_nomem(err);
	p->steps = more;
	more[p->n_steps] = *step;
	if (dnnl_primitive_create(&more[p->n_steps].primitive, desc) !=
	    dnnl_success)
		return ocr_node_err(p->part->net,
		    &p->part->net->nodes[p->current], err,
		    "oneDNN cannot make its code");
	p->n_steps++;
	return 0;
}

/* A new value with that form. */
static int
new_held(struct ocr_dnnl_plan *p, struct ocr_dnnl_held *held,
    const dnnl_memory_desc_t *md, struct ocr_err *err)
{
	int64_t v = ocr_slots_add(&p->slots, dnnl_memory_desc_get_size(md),
	    p->n_steps, err);

	*held = (struct ocr_dnnl_held){.is_there = v >= 0,
	    .md = *md,
	    .value = (uint32_t)v};
	return v < 0 ? (int)v : 0;
}

/* zero: added to each number. */
static int
reorder(struct ocr_dnnl_make *m, const struct ocr_dnnl_held *from,
    const struct ocr_dnnl_held *to, int32_t zero)
{
	struct ocr_dnnl_plan *p = m->plan;
	struct ocr_dnnl_step step = {0};
	dnnl_primitive_desc_t desc = NULL;
	dnnl_primitive_attr_t attr = NULL;
	int r = 0;

	if (dnnl_primitive_attr_create(&attr) != dnnl_success ||
	    dnnl_primitive_attr_set_scratchpad_mode(attr,
		dnnl_scratchpad_mode_user) != dnnl_success ||
	    (zero != 0 && dnnl_primitive_attr_set_zero_points(attr,
			      DNNL_ARG_DST, 1, 0, &zero) != dnnl_success) ||
	    dnnl_reorder_primitive_desc_create(&desc, &from->md, p->engine,
		&to->md, p->engine, attr) != dnnl_success)
		r = ocr_node_err(p->part->net, &p->part->net->nodes[p->current],
		    m->err, "oneDNN cannot turn one format into another");
	add_arg(&step, DNNL_ARG_FROM, from);
	add_arg(&step, DNNL_ARG_TO, to);
	if (r == 0)
		r = add_step(p, &step, desc, m->err);
	if (desc != NULL)
		dnnl_primitive_desc_destroy(desc);
	if (attr != NULL)
		dnnl_primitive_attr_destroy(attr);
	return r;
}

const struct ocr_dnnl_held *
ocr_dnnl_best(struct ocr_dnnl_plan *p, uint32_t t)
{
	struct ocr_dnnl_forms *f = &p->forms[t];

	return f->native.is_there  ? &f->native
	       : f->plain.is_there ? &f->plain
				   : NULL;
}

int
ocr_dnnl_take(struct ocr_dnnl_make *m, int arg, uint32_t t,
    const dnnl_memory_desc_t *md)
{
	struct ocr_dnnl_forms *f = &m->plan->forms[t];
	dnnl_memory_desc_t plain = ocr_dnnl_plain_md(m->plan, t);
	struct ocr_dnnl_held *to;
	int r = 0;

	if (f->native.is_there && dnnl_memory_desc_equal(&f->native.md, md)) {
		to = &f->native;
	} else if (f->plain.is_there &&
		   dnnl_memory_desc_equal(&f->plain.md, md)) {
		to = &f->plain;
	} else {
		const struct ocr_dnnl_held from = *ocr_dnnl_best(m->plan, t);

		to =
		    dnnl_memory_desc_equal(&plain, md) ? &f->plain : &f->native;
		r = new_held(m->plan, to, md, m->err);
		if (r == 0)
			r = reorder(m, &from, to, 0);
	}
	if (r == 0)
		add_arg(&m->step, arg, to);
	return r;
}

static dnnl_status_t
copy_fixed(struct ocr_dnnl_plan *p, const void *data,
    const dnnl_memory_desc_t *from, void *to, const dnnl_memory_desc_t *md)
{
	dnnl_primitive_desc_t desc = NULL;
	dnnl_primitive_t prim = NULL;
	dnnl_memory_t a = NULL, b = NULL;
	dnnl_exec_arg_t args[2];
	dnnl_status_t s;

	s = dnnl_reorder_primitive_desc_create(&desc, from, p->engine, md,
	    p->engine, NULL);
	if (s == dnnl_success)
		s = dnnl_primitive_create(&prim, desc);
	if (s == dnnl_success)
		s = dnnl_memory_create(&a, from, p->engine,
		    (void *)(uintptr_t)data);
	if (s == dnnl_success)
		s = dnnl_memory_create(&b, md, p->engine, to);
	args[0] = (dnnl_exec_arg_t){DNNL_ARG_FROM, a};
	args[1] = (dnnl_exec_arg_t){DNNL_ARG_TO, b};
	if (s == dnnl_success)
		s = dnnl_primitive_execute(prim, p->stream, 2, args);
	if (s == dnnl_success)
		s = dnnl_stream_wait(p->stream);
	dnnl_memory_destroy(a);
	dnnl_memory_destroy(b);
	dnnl_primitive_destroy(prim);
	if (desc != NULL)
		dnnl_primitive_desc_destroy(desc);
	return s;
}

/* Turned for this plan or an earlier one; NULL: no memory. */
static void *
turned(struct ocr_dnnl_plan *p, const void *data,
    const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *md)
{
	struct ocr_dnnl_weights *w = p->weights;
	/* kernels may read whole vectors */
	uint64_t bytes = (uint64_t)dnnl_memory_desc_get_size(md) + 64;
	struct ocr_dnnl_turned *more;
	void *to;
	uint32_t i;

	for (i = 0; i < w->n; i++)
		if (w->list[i].data == data &&
		    dnnl_memory_desc_equal(&w->list[i].from, from) &&
		    dnnl_memory_desc_equal(&w->list[i].md, md))
			return w->list[i].to;
	more = reallocarray(w->list, (size_t)w->n + 1, sizeof(*more));
	if (more == NULL)
		return NULL;
	w->list = more;
	to = ocr_net_memory(bytes);
	if (to == NULL || copy_fixed(p, data, from, to, md) != dnnl_success) {
		free(to);
		return NULL;
	}
	more[w->n++] = (struct ocr_dnnl_turned){data, *from, *md, to};
	w->bytes += bytes;
	return to;
}

void
ocr_dnnl_weights_free(struct ocr_dnnl_weights *w)
{
	uint32_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++)
		free(w->list[i].to);
	free(w->list);
	free(w);
}

uint64_t
ocr_dnnl_weights_bytes(const struct ocr_dnnl_weights *w)
{
	return w == NULL ? 0 : w->bytes;
}

int
ocr_dnnl_take_fixed(struct ocr_dnnl_make *m, int arg, const void *data,
    const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *md)
{
	struct ocr_dnnl_held held = {.is_there = true, .md = *md};

	held.fixed = dnnl_memory_desc_equal(from, md)
			 ? (void *)(uintptr_t)data
			 : turned(m->plan, data, from, md);
	if (held.fixed == NULL)
		return ocr_err_nomem(m->err);
	add_arg(&m->step, arg, &held);
	return 0;
}

int
ocr_dnnl_finish(struct ocr_dnnl_make *m)
{
	struct ocr_dnnl_plan *p = m->plan;
	const dnnl_memory_desc_t *md = ocr_dnnl_want(m, dnnl_query_dst_md);
	dnnl_memory_desc_t plain = ocr_dnnl_plain_md(p, m->result);
	struct ocr_dnnl_forms *f = &p->forms[m->result];
	struct ocr_dnnl_held *to;
	int r = 0;

	to = dnnl_memory_desc_equal(&plain, md) ? &f->plain : &f->native;
	if (m->into != NULL)
		*to = *m->into;
	else
		r = new_held(p, to, md, m->err);
	if (r < 0)
		return r;
	add_arg(&m->step, DNNL_ARG_DST, to);
	return add_step(p, &m->step, m->desc, m->err);
}

int
ocr_dnnl_finish_shifted(struct ocr_dnnl_make *m, int zero)
{
	struct ocr_dnnl_plan *p = m->plan;
	dnnl_memory_desc_t md = *ocr_dnnl_want(m, dnnl_query_dst_md);
	dnnl_memory_desc_t plain = ocr_dnnl_plain_md(p, m->result);
	struct ocr_dnnl_forms *f = &p->forms[m->result];
	struct ocr_dnnl_held sums, *to;
	int r = new_held(p, &sums, &md, m->err);

	if (r < 0)
		return r;
	add_arg(&m->step, DNNL_ARG_DST, &sums);
	r = add_step(p, &m->step, m->desc, m->err);
	md.data_type = plain.data_type;
	to = dnnl_memory_desc_equal(&plain, &md) ? &f->plain : &f->native;
	if (r == 0)
		r = new_held(p, to, &md, m->err);
	return r == 0 ? reorder(m, &sums, to, zero) : r;
}

const struct ocr_node *
ocr_dnnl_only_user(const struct ocr_dnnl_plan *p, uint32_t t)
{
	const struct ocr_net_part *part = p->part;
	uint32_t i, j;

	if (part->uses[t] != 1 || t == part->output)
		return NULL;
	for (i = p->current + 1; i <= part->last; i++)
		for (j = 0; part->is_live[i] && j < part->net->nodes[i].n_in;
		     j++)
			if (part->net->nodes[i].in[j] == t)
				return &part->net->nodes[i];
	return NULL;
}

bool
ocr_dnnl_activation(const struct ocr_dnnl_plan *p, const struct ocr_node *node,
    dnnl_alg_kind_t *alg, float *alpha, float *beta)
{
	const struct ocr_tensor *t = p->part->net->tensors;

	*alpha = *beta = 0;
	*alg = dnnl_eltwise_relu;
	if (node->op == OCR_OP_RELU)
		return true;
	if (node->op != OCR_OP_CLIP)
		return false;
	*alg = dnnl_eltwise_clip;
	*alpha = node->attr.low;
	*beta = node->attr.high;
	if (ocr_node_has(node, 1)) {
		if (t[node->in[1]].data == NULL)
			return false;
		*alpha = *(const float *)t[node->in[1]].data;
	}
	if (ocr_node_has(node, 2)) {
		if (t[node->in[2]].data == NULL)
			return false;
		*beta = *(const float *)t[node->in[2]].data;
	}
	return *alpha <= *beta;
}

int
ocr_dnnl_fuse_activation(struct ocr_dnnl_make *m, uint32_t *t)
{
	const struct ocr_node *user = ocr_dnnl_only_user(m->plan, *t);
	dnnl_alg_kind_t alg;
	float alpha, beta;

	if (user == NULL || user->in[0] != *t ||
	    !ocr_dnnl_activation(m->plan, user, &alg, &alpha, &beta))
		return 0;
	if (dnnl_post_ops_append_eltwise(m->post, 1, alg, alpha, beta) !=
	    dnnl_success)
		return ocr_err_nomem(m->err);
	m->plan->is_done[user - m->plan->part->net->nodes] = true;
	*t = user->out[0];
	return 0;
}

#endif
