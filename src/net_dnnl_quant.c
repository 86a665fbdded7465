/*
 * net_dnnl_quant.c - quantisers between oneDNN's own formats
 *
 * Element by element in plain C, in the order in which a primitive left them,
 * so that nothing is turned for a quantiser's sake.
 */
#include "config.h"

#ifdef HAVE_DNNL

#include "src/net_dnnl.h"

static uint64_t
n_elements(const struct ocr_dnnl_plan *p, uint32_t t)
{
	struct ocr_view v = ocr_view_of(&p->part->net->tensors[t], p->n, NULL);

	return ocr_view_count(&v);
}

/* One scale and zero point for all, and no padding in the format. */
static bool
is_in_order(const struct ocr_dnnl_plan *p, const struct ocr_node *node)
{
	const struct ocr_tensor *t = p->part->net->tensors;
	const struct ocr_dnnl_forms *f = &p->forms[node->in[0]];

	return f->native.is_there && !f->plain.is_there &&
	       t[node->in[1]].data != NULL &&
	       ocr_tensor_count(&t[node->in[1]], 1) == 1 &&
	       (!ocr_node_has(node, 2) || t[node->in[2]].data != NULL) &&
	       dnnl_memory_desc_get_size(&f->native.md) ==
		   n_elements(p, node->in[0]) *
		       ocr_element_size(t[node->in[0]].element);
}

int
ocr_dnnl_quantiser(struct ocr_dnnl_plan *p, const struct ocr_node *node,
    struct ocr_err *err)
{
	struct ocr_dnnl_step step = {.node = node, .n_args = 2};
	struct ocr_dnnl_held to, from;
	int64_t v;

	if (!is_in_order(p, node))
		return 0;
	from = to = p->forms[node->in[0]].native;
	to.md.data_type =
	    ocr_dnnl_type(p->part->net->tensors[node->out[0]].element);
	v = ocr_slots_add(&p->slots, dnnl_memory_desc_get_size(&to.md),
	    p->n_steps, err);
	if (v < 0)
		return (int)v;
	to.value = (uint32_t)v;
	ocr_slots_use(&p->slots, from.value, p->n_steps);
	step.args[0] =
	    (struct ocr_dnnl_arg){.name = DNNL_ARG_SRC, .held = from};
	step.args[1] = (struct ocr_dnnl_arg){.name = DNNL_ARG_DST, .held = to};
	p->forms[node->out[0]].native = to;
	return ocr_dnnl_add_plain(p, &step, err) < 0 ? err->code : 1;
}

void
ocr_dnnl_run_quantiser(const struct ocr_dnnl_plan *p,
    const struct ocr_dnnl_step *step)
{
	const struct ocr_node *node = step->node;
	const struct ocr_tensor *t = p->part->net->tensors;
	struct ocr_view in[3] = {{.data = NULL}}, out;
	uint32_t i;

	for (i = 1; i < node->n_in; i++)
		if (ocr_node_has(node, i))
			in[i] = ocr_view_of(&t[node->in[i]], 1,
			    (void *)(uintptr_t)t[node->in[i]].data);
	in[0] = out = (struct ocr_view){.n_dims = 1,
	    .dims = {n_elements(p, node->in[0])}};
	in[0].element = t[node->in[0]].element;
	in[0].data = ocr_slots_data(&p->slots, step->args[0].held.value);
	out.element = t[node->out[0]].element;
	out.data = ocr_slots_data(&p->slots, step->args[1].held.value);
	ocr_plain_run(node, in, &out);
}

#endif
