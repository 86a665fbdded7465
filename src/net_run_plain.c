/*
 * net_run_plain.c - a part of a net in plain C, node by node
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/net_part.h"
#include "src/net_plain.h"
#include "src/net_slots.h"

#define NO_VALUE UINT32_MAX

struct ocr_plain_plan {
	const struct ocr_net_part *part;
	struct ocr_slots slots;
	uint32_t *root;  /* of tensors: whose bytes they are */
	uint32_t *value; /* of tensors that are roots and made here */
};

static int
make_outputs(struct ocr_plain_plan *p, uint32_t step, size_t n,
    struct ocr_err *err)
{
	const struct ocr_net *net = p->part->net;
	const struct ocr_node *node = &net->nodes[step];
	uint32_t i, t;
	int64_t v;

	for (i = 0; i < node->n_out; i++) {
		t = node->out[i];
		if (t == OCR_NO_TENSOR)
			continue;
		if (ocr_node_is_view(net, node)) {
			p->root[t] = p->root[node->in[0]];
			continue;
		}
		v = ocr_slots_add(&p->slots,
		    ocr_tensor_bytes(&net->tensors[t], n), step, err);
		if (v < 0)
			return (int)v;
		p->value[t] = (uint32_t)v;
	}
	return 0;
}

static int
plan(struct ocr_plain_plan *p, size_t n, struct ocr_err *err)
{
	const struct ocr_net_part *part = p->part;
	const struct ocr_node *node;
	uint32_t i, j, root;
	int r = 0;

	for (i = 0; i < part->net->n_tensors; i++) {
		p->root[i] = i;
		p->value[i] = NO_VALUE;
	}
	for (i = part->first; i <= part->last && r == 0; i++) {
		if (!part->is_live[i])
			continue;
		r = make_outputs(p, i, n, err);
		node = &part->net->nodes[i];
		for (j = 0; j < node->n_in; j++) {
			if (!ocr_node_has(node, j))
				continue;
			root = p->root[node->in[j]];
			if (p->value[root] != NO_VALUE)
				ocr_slots_use(&p->slots, p->value[root], i);
		}
	}
	root = p->root[part->output];
	if (r == 0 && p->value[root] != NO_VALUE)
		ocr_slots_use(&p->slots, p->value[root], UINT32_MAX);
	return r < 0 ? r : ocr_slots_place(&p->slots, err);
}

int
ocr_plain_plan_new(struct ocr_plain_plan **out, const struct ocr_net_part *part,
    size_t n, struct ocr_err *err)
{
	struct ocr_plain_plan *p = calloc(1, sizeof(*p));
	size_t tensors = (size_t)part->net->n_tensors + 1;
	int r = 0;

	*out = NULL;
	if (p == NULL)
		return ocr_err_nomem(err);
	p->part = part;
	p->root = calloc(tensors, sizeof(*p->root));
	p->value = calloc(tensors, sizeof(*p->value));
	r = p->root == NULL || p->value == NULL ? ocr_err_nomem(err)
						: plan(p, n, err);
	if (r < 0)
		ocr_plain_plan_free(p);
	else
		*out = p;
	return r;
}

void
ocr_plain_plan_free(struct ocr_plain_plan *p)
{
	if (p == NULL)
		return;
	ocr_slots_release(&p->slots);
	free(p->root);
	free(p->value);
	free(p);
}

uint64_t
ocr_plain_plan_bytes(const struct ocr_plain_plan *p)
{
	return p->slots.bytes;
}

static struct ocr_view
view(const struct ocr_plain_plan *p, uint32_t t, const void *in, size_t n)
{
	const struct ocr_tensor *tensor;
	uint32_t root;
	void *data;

	if (t == OCR_NO_TENSOR)
		return (struct ocr_view){0};
	tensor = &p->part->net->tensors[t];
	root = p->root[t];
	if (tensor->data != NULL)
		data = (void *)(uintptr_t)tensor->data;
	else if (root == p->part->input)
		data = (void *)(uintptr_t)in;
	else
		data = ocr_slots_data(&p->slots, p->value[root]);
	return ocr_view_of(tensor, n, data);
}

void
ocr_plain_plan_run(struct ocr_plain_plan *p, const void *in, size_t n,
    void *out)
{
	const struct ocr_net_part *part = p->part;
	struct ocr_view from[256], to[2];
	const struct ocr_node *node;
	uint32_t i, j;

	for (i = part->first; i <= part->last; i++) {
		node = &part->net->nodes[i];
		if (!part->is_live[i] || ocr_node_is_view(part->net, node))
			continue;
		for (j = 0; j < node->n_in; j++)
			from[j] = view(p, node->in[j], in, n);
		for (j = 0; j < node->n_out; j++)
			to[j] = view(p, node->out[j], in, n);
		ocr_plain_run(node, from, to);
	}
	memcpy(out, view(p, part->output, in, n).data,
	    (size_t)ocr_tensor_bytes(&part->net->tensors[part->output], n));
}
