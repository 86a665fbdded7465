/*
 * net_fold.c - constants, nodes that do nothing, nodes that nobody needs
 */
#include "config.h"

#include "src/net_fold.h"

#include <stdlib.h>
#include <string.h>

#include "src/net_plain.h"

static bool
is_constant(const struct ocr_net *n, const struct ocr_node *node)
{
	uint32_t i;

	for (i = 0; i < node->n_in; i++)
		if (ocr_node_has(node, i) &&
		    n->tensors[node->in[i]].data == NULL)
			return false;
	return true;
}

/* Memory for the outputs of a node of constants; 'left' bounds all of it. */
static int
compute(struct ocr_net *n, const struct ocr_node *node, uint64_t *left,
    struct ocr_err *err)
{
	struct ocr_view in[256], out[2];
	struct ocr_tensor *t;
	uint64_t bytes;
	uint32_t i;

	for (i = 0; i < node->n_in; i++) {
		in[i] = (struct ocr_view){.data = NULL};
		if (!ocr_node_has(node, i))
			continue;
		t = &n->tensors[node->in[i]];
		in[i] = ocr_view_of(t, 1, (void *)(uintptr_t)t->data);
	}
	for (i = 0; i < node->n_out; i++) {
		out[i] = (struct ocr_view){.data = NULL};
		if (node->out[i] == OCR_NO_TENSOR)
			continue;
		t = &n->tensors[node->out[i]];
		bytes = ocr_tensor_count(t, 1) * ocr_element_size(t->element);
		if (bytes > *left)
			return ocr_node_err(n, node, err,
			    "constants of more than 2 GiB");
		*left -= bytes;
		out[i] = ocr_view_of(t, 1, ocr_net_alloc(n, bytes, err));
		if (out[i].data == NULL)
			return -OCR_ENOMEM;
		t->data = out[i].data;
	}
	ocr_plain_run(node, in, out);
	return 0;
}

static bool
has_data(const struct ocr_net *n, const struct ocr_node *node)
{
	uint32_t i;

	for (i = 0; i < node->n_out; i++)
		if (node->out[i] != OCR_NO_TENSOR &&
		    n->tensors[node->out[i]].data == NULL)
			return false;
	return true;
}

static int
compute_constants(struct ocr_net *n, struct ocr_err *err)
{
	uint64_t left = OCR_NET_MAX_BYTES;
	const struct ocr_node *node;
	uint32_t i;
	int r = 0;

	for (i = 0; i < n->n_nodes && r == 0; i++) {
		node = &n->nodes[i];
		if (is_constant(n, node) && !has_data(n, node))
			r = compute(n, node, &left, err);
	}
	return r;
}

/* Weights are known as whole numbers, too: net_int8.h. */
static int
note_quantised(struct ocr_net *n, struct ocr_err *err)
{
	struct ocr_node *copy;
	uint32_t i;

	for (i = 0; i < n->n_nodes; i++) {
		if (n->nodes[i].op != OCR_OP_DEQUANTIZE ||
		    !is_constant(n, &n->nodes[i]))
			continue;
		copy = ocr_net_alloc(n, sizeof(*copy), err);
		if (copy == NULL)
			return -OCR_ENOMEM;
		*copy = n->nodes[i];
		n->tensors[copy->out[0]].of = copy;
	}
	return 0;
}

static bool
does_nothing(const struct ocr_net *n, const struct ocr_node *node)
{
	const struct ocr_tensor *in = &n->tensors[node->in[0]];
	const struct ocr_tensor *out;

	if (node->n_out != 1)
		return false;
	out = &n->tensors[node->out[0]];
	switch (node->op) {
	case OCR_OP_IDENTITY:
		return true;
	case OCR_OP_CAST:
		return in->element == out->element;
	case OCR_OP_RESHAPE:
	case OCR_OP_FLATTEN:
		return in->n_dims == out->n_dims &&
		       memcmp(in->dims, out->dims,
			   in->n_dims * sizeof(*in->dims)) == 0;
	default:
		return false;
	}
}

/* Users of what such a node makes use what it is given. */
static void
skip_idle(struct ocr_net *n, uint32_t *alias)
{
	struct ocr_node *node;
	uint32_t i, j;

	for (i = 0; i < n->n_tensors; i++)
		alias[i] = i;
	for (i = 0; i < n->n_nodes; i++) {
		node = &n->nodes[i];
		for (j = 0; j < node->n_in; j++)
			if (ocr_node_has(node, j))
				node->in[j] = alias[node->in[j]];
		if (does_nothing(n, node))
			alias[node->out[0]] = node->in[0];
	}
	/* a net that does nothing at all keeps a node */
	if (alias[n->output] != n->input)
		n->output = alias[n->output];
}

/* Nodes the output depends on, and no constants' makers. */
static void
drop_dead(struct ocr_net *n, bool *is_used)
{
	uint32_t i, j, kept = 0, live;
	struct ocr_node *node;

	is_used[n->output] = true;
	for (i = n->n_nodes; i-- > 0;) {
		node = &n->nodes[i];
		for (live = j = 0; j < node->n_out; j++)
			live |= node->out[j] != OCR_NO_TENSOR &&
				is_used[node->out[j]] &&
				n->tensors[node->out[j]].data == NULL;
		for (j = 0; j < node->n_out; j++)
			if (node->out[j] != OCR_NO_TENSOR)
				n->tensors[node->out[j]].maker = UINT32_MAX;
		if (live == 0)
			node->n_in = UINT32_MAX;
		for (j = 0; live != 0 && j < node->n_in; j++)
			if (ocr_node_has(node, j))
				is_used[node->in[j]] = true;
	}
	for (i = 0; i < n->n_nodes; i++) {
		if (n->nodes[i].n_in == UINT32_MAX)
			continue;
		n->nodes[kept] = n->nodes[i];
		for (j = 0; j < n->nodes[kept].n_out; j++)
			if (n->nodes[kept].out[j] != OCR_NO_TENSOR)
				n->tensors[n->nodes[kept].out[j]].maker = kept;
		kept++;
	}
	n->n_nodes = kept;
}

int
ocr_net_fold(struct ocr_net *n, struct ocr_err *err)
{
	uint32_t *alias = calloc(n->n_tensors + 1, sizeof(*alias));
	bool *is_used = calloc(n->n_tensors + 1, sizeof(*is_used));
	int r = 0;

	if (alias == NULL || is_used == NULL)
		r = ocr_err_nomem(err);
	if (r == 0)
		r = compute_constants(n, err);
	if (r == 0)
		r = note_quantised(n, err);
	if (r == 0) {
		skip_idle(n, alias);
		drop_dead(n, is_used);
	}
	free(alias);
	free(is_used);
	return r;
}

int
ocr_net_drop_dead(struct ocr_net *n, struct ocr_err *err)
{
	bool *is_used = calloc((size_t)n->n_tensors + 1, sizeof(*is_used));
	uint32_t before = n->n_nodes;

	if (is_used == NULL)
		return ocr_err_nomem(err);
	drop_dead(n, is_used);
	free(is_used);
	return (int)(before - n->n_nodes);
}
