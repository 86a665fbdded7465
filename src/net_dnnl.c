/*
 * net_dnnl.c - a part of a net on oneDNN (C API of 2.6)
 *
 * oneDNN's threads are pinned to one here: workers are threads of their own.
 * What it has no primitive for runs in plain C, between reorders.
 */
#include "config.h"

#ifdef HAVE_DNNL

#include "src/net_dnnl.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

static int
failed(struct ocr_dnnl_plan *p, dnnl_status_t s, struct ocr_err *err)
{
	if (s == dnnl_out_of_memory)
		return ocr_err_nomem(err);
	return ocr_node_err(p->part->net, &p->part->net->nodes[p->current], err,
	    "oneDNN: status %d", (int)s);
}

/* The same bytes in another shape: their plain form. */
static int
plan_view(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	struct ocr_dnnl_make m;
	dnnl_memory_desc_t md;
	struct ocr_dnnl_held held;
	enum ocr_element e = p->part->net->tensors[node->in[0]].element;
	bool has_type = ocr_dnnl_type(e) != dnnl_data_type_undef;
	int r = 0;

	held = p->forms[node->in[0]].plain;
	if (!held.is_there && has_type) {
		/* for its reorder alone */
		r = ocr_dnnl_begin(&m, p, err);
		md = ocr_dnnl_plain_md(p, node->in[0]);
		if (r == 0)
			r = ocr_dnnl_take(&m, DNNL_ARG_SRC, node->in[0], &md);
		ocr_dnnl_drop(&m);
		held = p->forms[node->in[0]].plain;
	}
	if (r < 0)
		return r;
	if (has_type)
		held.md = ocr_dnnl_plain_md(p, node->out[0]);
	p->forms[node->out[0]].plain = held;
	return 0;
}

int
ocr_dnnl_add_plain(struct ocr_dnnl_plan *p, const struct ocr_dnnl_step *step,
    struct ocr_err *err)
{
	struct ocr_dnnl_step *more;

	more = reallocarray(p->steps, (size_t)p->n_steps + 1, sizeof(*more));
	if (more == NULL)
		return ocr_err_nomem(err);
	p->steps = more;
	more[p->n_steps++] = *step;
	return 0;
}

/* A node in plain C: all it takes in plain form. */
static int
plan_plain(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_net *n = p->part->net;
	struct ocr_dnnl_step step = {.node = node};
	struct ocr_dnnl_make m;
	struct ocr_dnnl_held *held;
	dnnl_memory_desc_t md;
	uint32_t i, t;
	int64_t v;
	int r = ocr_dnnl_begin(&m, p, err);

	for (i = 0; i < node->n_in && r == 0; i++) {
		t = node->in[i];
		if (t == OCR_NO_TENSOR || n->tensors[t].data != NULL)
			continue;
		if (!p->forms[t].plain.is_there) {
			md = ocr_dnnl_plain_md(p, t);
			m.step.n_args = 0;
			r = ocr_dnnl_take(&m, DNNL_ARG_SRC, t, &md);
		}
		if (r == 0 && !p->forms[t].plain.is_input)
			ocr_slots_use(&p->slots, p->forms[t].plain.value,
			    p->n_steps);
	}
	ocr_dnnl_drop(&m);
	for (i = 0; i < node->n_out && r == 0; i++) {
		t = node->out[i];
		if (t == OCR_NO_TENSOR)
			continue;
		v = ocr_slots_add(&p->slots,
		    ocr_tensor_bytes(&n->tensors[t], p->n), p->n_steps, err);
		if (v < 0)
			return (int)v;
		held = &p->forms[t].plain;
		held->is_there = true;
		held->value = (uint32_t)v;
		if (ocr_dnnl_type(n->tensors[t].element) !=
		    dnnl_data_type_undef)
			held->md = ocr_dnnl_plain_md(p, t);
	}
	return r == 0 ? ocr_dnnl_add_plain(p, &step, err) : r;
}

static int
plan_node(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	const struct ocr_tensor *in = &p->part->net->tensors[node->in[0]];
	bool is_int8 = in->element == OCR_I8 || in->element == OCR_U8;
	int r = 0;

	if (ocr_node_is_view(p->part->net, node) && in->data == NULL)
		return plan_view(p, node, err);
	if (node->op == OCR_OP_INT8_CONV || node->op == OCR_OP_INT8_PRODUCT)
		r = ocr_dnnl_int8(p, node, err);
	else if (node->op == OCR_OP_QUANTIZE || node->op == OCR_OP_DEQUANTIZE)
		r = ocr_dnnl_quantiser(p, node, err);
	else if (is_int8 && node->op == OCR_OP_MAX_POOL &&
		 p->forms[node->in[0]].native.is_there)
		r = ocr_dnnl_pool(p, node, err);
	else if (in->element == OCR_F32 && in->n_dims > 0)
		switch (node->op) {
		case OCR_OP_CONV:
			r = ocr_dnnl_conv(p, node, err);
			break;
		case OCR_OP_GEMM:
		case OCR_OP_MATMUL:
			r = ocr_dnnl_product(p, node, err);
			break;
		case OCR_OP_AVERAGE_POOL:
		case OCR_OP_GLOBAL_AVERAGE_POOL:
		case OCR_OP_MAX_POOL:
			r = ocr_dnnl_pool(p, node, err);
			break;
		case OCR_OP_CLIP:
		case OCR_OP_RELU:
			r = ocr_dnnl_eltwise(p, node, err);
			break;
		case OCR_OP_ADD:
		case OCR_OP_MUL:
		case OCR_OP_SUB:
			r = ocr_dnnl_binary(p, node, err);
			break;
		default:
			break;
		}
	return r != 0 ? (r < 0 ? r : 0) : plan_plain(p, node, err);
}

/* The output in plain form, alive to the end. */
static int
plan_output(struct ocr_dnnl_plan *p, struct ocr_err *err)
{
	uint32_t t = p->part->output;
	struct ocr_dnnl_make m;
	dnnl_memory_desc_t md;
	int r = 0;

	if (!p->forms[t].plain.is_there) {
		r = ocr_dnnl_begin(&m, p, err);
		md = ocr_dnnl_plain_md(p, t);
		if (r == 0)
			r = ocr_dnnl_take(&m, DNNL_ARG_SRC, t, &md);
		ocr_dnnl_drop(&m);
	}
	if (r == 0 && !p->forms[t].plain.is_input)
		ocr_slots_use(&p->slots, p->forms[t].plain.value, UINT32_MAX);
	return r;
}

static void *
data_of(const struct ocr_dnnl_plan *p, const struct ocr_dnnl_held *h)
{
	if (h->fixed != NULL)
		return h->fixed;
	return h->is_input ? NULL : ocr_slots_data(&p->slots, h->value);
}

/* All sizes are known: memory, and its addresses into the primitives. */
static int
place(struct ocr_dnnl_plan *p, struct ocr_err *err)
{
	struct ocr_dnnl_step *s;
	struct ocr_dnnl_arg *a;
	void *data;
	uint32_t i, j;
	dnnl_status_t status = dnnl_success;
	int r = ocr_slots_place(&p->slots, err);

	if (r < 0)
		return r;
	p->scratch = aligned_alloc(64, (p->scratch_bytes + 127) / 64 * 64);
	if (p->scratch == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < p->n_steps; i++) {
		s = &p->steps[i];
		for (j = 0; j < s->n_args && status == dnnl_success; j++) {
			a = &s->args[j];
			data = a->name == DNNL_ARG_SCRATCHPAD
				   ? p->scratch
				   : data_of(p, &a->held);
			status = dnnl_memory_create(&a->memory, &a->held.md,
			    p->engine, data == NULL ? DNNL_MEMORY_NONE : data);
		}
	}
	return status == dnnl_success ? 0 : failed(p, status, err);
}

static int
plan_all(struct ocr_dnnl_plan *p, struct ocr_err *err)
{
	const struct ocr_net_part *part = p->part;
	const struct ocr_tensor *in = &part->net->tensors[part->input];
	struct ocr_dnnl_held *held = &p->forms[part->input].plain;
	dnnl_status_t s = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
	uint32_t i;
	int r = 0;

	if (s == dnnl_success)
		s = dnnl_stream_create(&p->stream, p->engine,
		    dnnl_stream_default_flags);
	if (s != dnnl_success)
		return failed(p, s, err);
	held->is_there = held->is_input = true;
	if (ocr_dnnl_type(in->element) != dnnl_data_type_undef)
		held->md = ocr_dnnl_plain_md(p, part->input);
	for (i = part->first; i <= part->last && r == 0; i++) {
		p->current = i;
		if (part->is_live[i] && !p->is_done[i])
			r = plan_node(p, &part->net->nodes[i], err);
	}
	if (r == 0)
		r = plan_output(p, err);
	return r < 0 ? r : place(p, err);
}

int
ocr_dnnl_plan_new(struct ocr_dnnl_plan **out, const struct ocr_net_part *part,
    struct ocr_dnnl_weights **kept, size_t n, struct ocr_err *err)
{
	struct ocr_dnnl_plan *p = calloc(1, sizeof(*p));
	int r;

	*out = NULL;
	if (*kept == NULL)
		*kept = calloc(1, sizeof(**kept));
	if (p == NULL || *kept == NULL) {
		free(p);
		return ocr_err_nomem(err);
	}
	p->weights = *kept;
	omp_set_num_threads(1);
	p->part = part;
	p->n = n;
	p->current = part->first;
	p->forms = calloc((size_t)part->net->n_tensors + 1, sizeof(*p->forms));
	p->is_done = calloc((size_t)part->net->n_nodes + 1, 1);
	r = p->forms == NULL || p->is_done == NULL ? ocr_err_nomem(err)
						   : plan_all(p, err);
	if (r < 0)
		ocr_dnnl_plan_free(p);
	else
		*out = p;
	return r;
}

void
ocr_dnnl_plan_free(struct ocr_dnnl_plan *p)
{
	uint32_t i, j;

	if (p == NULL)
		return;
	for (i = 0; i < p->n_steps; i++) {
		for (j = 0; j < p->steps[i].n_args; j++)
			dnnl_memory_destroy(p->steps[i].args[j].memory);
		dnnl_primitive_destroy(p->steps[i].primitive);
	}
	ocr_slots_release(&p->slots);
	if (p->stream != NULL)
		dnnl_stream_destroy(p->stream);
	if (p->engine != NULL)
		dnnl_engine_destroy(p->engine);
	free(p->scratch);
	free(p->steps);
	free(p->forms);
	free(p->is_done);
	free(p);
}

uint64_t
ocr_dnnl_plan_bytes(const struct ocr_dnnl_plan *p)
{
	return p->slots.bytes + p->scratch_bytes;
}

static struct ocr_view
view(const struct ocr_dnnl_plan *p, uint32_t t, const void *in)
{
	const struct ocr_dnnl_held *h;
	const struct ocr_tensor *tensor;
	void *data;

	if (t == OCR_NO_TENSOR)
		return (struct ocr_view){0};
	tensor = &p->part->net->tensors[t];
	h = &p->forms[t].plain;
	data = tensor->data != NULL ? (void *)(uintptr_t)tensor->data
	       : h->is_input        ? (void *)(uintptr_t)in
				    : data_of(p, h);
	return ocr_view_of(tensor, p->n, data);
}

static void
run_plain(const struct ocr_dnnl_plan *p, const struct ocr_node *node,
    const void *in)
{
	struct ocr_view from[256], to[2];
	uint32_t i;

	for (i = 0; i < node->n_in; i++)
		from[i] = view(p, node->in[i], in);
	for (i = 0; i < node->n_out; i++)
		to[i] = view(p, node->out[i], in);
	ocr_plain_run(node, from, to);
}

static dnnl_status_t
run_step(const struct ocr_dnnl_plan *p, struct ocr_dnnl_step *s, const void *in)
{
	dnnl_exec_arg_t args[OCR_DNNL_MAX_ARGS];
	dnnl_status_t status = dnnl_success;
	uint32_t i;

	for (i = 0; i < s->n_args; i++) {
		args[i].arg = s->args[i].name;
		args[i].memory = s->args[i].memory;
		if (s->args[i].held.is_input && status == dnnl_success)
			status = dnnl_memory_set_data_handle(args[i].memory,
			    (void *)(uintptr_t)in);
	}
	if (status != dnnl_success)
		return status;
	return dnnl_primitive_execute(s->primitive, p->stream, (int)s->n_args,
	    args);
}

int
ocr_dnnl_plan_run(struct ocr_dnnl_plan *p, const void *in, void *out,
    struct ocr_err *err)
{
	const struct ocr_tensor *t = &p->part->net->tensors[p->part->output];
	dnnl_status_t s = dnnl_success;
	uint32_t i;

	omp_set_num_threads(1);
	for (i = 0; i < p->n_steps && s == dnnl_success; i++)
		if (p->steps[i].primitive == NULL && p->steps[i].n_args > 0)
			ocr_dnnl_run_quantiser(p, &p->steps[i]);
		else if (p->steps[i].primitive == NULL)
			run_plain(p, p->steps[i].node, in);
		else
			s = run_step(p, &p->steps[i], in);
	if (s == dnnl_success)
		s = dnnl_stream_wait(p->stream);
	if (s != dnnl_success)
		return failed(p, s, err);
	memcpy(out, view(p, p->part->output, in).data,
	    ocr_tensor_bytes(t, p->n));
	return 0;
}

#endif
