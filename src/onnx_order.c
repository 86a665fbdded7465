/*
 * onnx_order.c - nodes in an order in which they can run
 *
 * The file's own, nearly always; else those first whose inputs are there.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/onnx_impl.h"

static bool
is_sorted(const struct ocr_net *n)
{
	uint32_t i, j, maker;

	for (i = 0; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++) {
			if (!ocr_node_has(&n->nodes[i], j))
				continue;
			maker = n->tensors[n->nodes[i].in[j]].maker;
			if (maker != UINT32_MAX && maker >= i)
				return false;
		}
	return true;
}

struct order {
	uint32_t *list, n; /* of nodes, as they become ready */
	uint32_t *waiting; /* inputs of a node that are not made yet */
	uint32_t *first;   /* of a tensor: edge to one that uses it; 0: none */
	uint32_t *next;    /* of an edge: the next one, and the user */
};

static void
release_users(struct order *o, const struct ocr_node *node)
{
	uint32_t i, e;

	for (i = 0; i < node->n_out; i++) {
		if (node->out[i] == OCR_NO_TENSOR)
			continue;
		for (e = o->first[node->out[i]]; e != 0; e = o->next[2 * e])
			if (--o->waiting[o->next[2 * e + 1]] == 0)
				o->list[o->n++] = o->next[2 * e + 1];
	}
}

static void
count_inputs(struct order *o, const struct ocr_net *n)
{
	uint32_t i, j, t, edge = 0;

	for (i = n->n_nodes; i-- > 0;)
		for (j = 0; j < n->nodes[i].n_in; j++) {
			t = n->nodes[i].in[j];
			if (t == OCR_NO_TENSOR ||
			    n->tensors[t].maker == UINT32_MAX)
				continue;
			edge++;
			o->next[2 * edge] = o->first[t];
			o->next[2 * edge + 1] = i;
			o->first[t] = edge;
			o->waiting[i]++;
		}
	for (i = 0; i < n->n_nodes; i++)
		if (o->waiting[i] == 0)
			o->list[o->n++] = i;
}

static void
renumber(struct ocr_net *n, const struct order *o, struct ocr_node *copy)
{
	uint32_t i, j;

	memcpy(copy, n->nodes, n->n_nodes * sizeof(*copy));
	for (i = 0; i < n->n_nodes; i++) {
		n->nodes[i] = copy[o->list[i]];
		for (j = 0; j < n->nodes[i].n_out; j++)
			if (n->nodes[i].out[j] != OCR_NO_TENSOR)
				n->tensors[n->nodes[i].out[j]].maker = i;
	}
}

int
ocr_onnx_sort(struct ocr_onnx *x, struct ocr_err *err)
{
	struct ocr_net *n = x->net;
	struct ocr_node *copy;
	struct order o = {0};
	uint32_t i, edges = 1;
	int r = 0;

	if (is_sorted(n))
		return 0;
	copy = calloc(n->n_nodes + 1, sizeof(*copy));
	for (i = 0; i < n->n_nodes; i++)
		edges += n->nodes[i].n_in;
	o.list = calloc(n->n_nodes + 1, sizeof(*o.list));
	o.waiting = calloc(n->n_nodes + 1, sizeof(*o.waiting));
	o.first = calloc(n->n_tensors + 1, sizeof(*o.first));
	o.next = calloc(edges + 1, 2 * sizeof(*o.next));
	if (copy == NULL || o.list == NULL || o.waiting == NULL ||
	    o.first == NULL || o.next == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	count_inputs(&o, n);
	for (i = 0; i < o.n; i++)
		release_users(&o, &n->nodes[o.list[i]]);
	for (i = 0; i < n->n_nodes && o.waiting[i] == 0; i++)
		;
	if (i < n->n_nodes)
		r = ocr_node_err(n, &n->nodes[i], err,
		    "its input depends on "
		    "its output");
	else
		renumber(n, &o, copy);
out:
	free(copy);
	free(o.list);
	free(o.waiting);
	free(o.first);
	free(o.next);
	return r;
}
