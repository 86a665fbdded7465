/*
 * net_part.c - what a row of nodes takes and makes
 */
#include "config.h"

#include "src/net_part.h"

#include <stdlib.h>
#include <string.h>

bool
ocr_node_is_view(const struct ocr_net *n, const struct ocr_node *node)
{
	switch (node->op) {
	case OCR_OP_FLATTEN:
	case OCR_OP_IDENTITY:
	case OCR_OP_RESHAPE:
		return true;
	case OCR_OP_CAST:
		return n->tensors[node->in[0]].element ==
		       n->tensors[node->out[0]].element;
	default:
		return false;
	}
}

uint64_t
ocr_tensor_bytes(const struct ocr_tensor *t, size_t n)
{
	uint64_t images = t->n_dims > 0 && t->dims[0] == 0 ? n : 1;

	return ocr_tensor_count(t, 1) * images * ocr_element_size(t->element);
}

static bool
is_inside(const struct ocr_net_part *p, uint32_t tensor)
{
	uint32_t maker = p->net->tensors[tensor].maker;

	return maker != UINT32_MAX && maker >= p->first && maker <= p->last;
}

/* The one tensor made inside that is needed outside. */
static int
find_output(struct ocr_net_part *p, struct ocr_err *err)
{
	const struct ocr_net *n = p->net;
	uint32_t i, j, t;

	p->output = is_inside(p, n->output) ? n->output : OCR_NO_TENSOR;
	for (i = p->last + 1; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++) {
			t = n->nodes[i].in[j];
			if (t == OCR_NO_TENSOR || !is_inside(p, t) ||
			    n->tensors[t].data != NULL || t == p->output)
				continue;
			if (p->output != OCR_NO_TENSOR)
				return ocr_node_err(n, &n->nodes[i], err,
				    "it and others need different outputs of "
				    "one part");
			p->output = t;
		}
	if (p->output == OCR_NO_TENSOR)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: the output does not depend on the input", n->file);
	return 0;
}

static int
find_live(struct ocr_net_part *p, struct ocr_err *err)
{
	const struct ocr_net *n = p->net;
	const struct ocr_node *node;
	uint32_t i, j, t;

	p->uses[p->output] = 1;
	for (i = p->last + 1; i-- > p->first;) {
		node = &n->nodes[i];
		for (j = 0; j < node->n_out; j++)
			p->is_live[i] |= node->out[j] != OCR_NO_TENSOR &&
					 p->uses[node->out[j]] > 0;
		for (j = 0; p->is_live[i] && j < node->n_in; j++) {
			t = node->in[j];
			if (t == OCR_NO_TENSOR || n->tensors[t].data != NULL)
				continue;
			p->uses[t]++;
			if (is_inside(p, t) || t == p->input)
				continue;
			if (p->input != OCR_NO_TENSOR)
				return ocr_node_err(n, node, err,
				    "a part with more than one input");
			p->input = t;
		}
	}
	return 0;
}

int
ocr_net_part_find(struct ocr_net_part *p, const struct ocr_net *n,
    uint32_t first, uint32_t last, struct ocr_err *err)
{
	int r;

	*p = (struct ocr_net_part){.net = n,
	    .first = first,
	    .last = last,
	    .input = OCR_NO_TENSOR};
	if (first > last || last >= n->n_nodes)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: the output does not depend on the input", n->file);
	p->is_live = calloc((size_t)n->n_nodes + 1, sizeof(*p->is_live));
	p->uses = calloc((size_t)n->n_tensors + 1, sizeof(*p->uses));
	if (p->is_live == NULL || p->uses == NULL)
		return ocr_err_nomem(err);
	r = find_output(p, err);
	if (r == 0)
		r = find_live(p, err);
	if (r == 0 && p->input == OCR_NO_TENSOR)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "%s: the output does not depend on the input", n->file);
	return r;
}

void
ocr_net_part_release(struct ocr_net_part *p)
{
	free(p->is_live);
	free(p->uses);
}
