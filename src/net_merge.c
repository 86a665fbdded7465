/*
 * net_merge.c - BatchNormalization into the weights before it
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/net_fold.h"

/* How often a tensor is used; the output of the net counts. */
static uint32_t *
count_uses(const struct ocr_net *n)
{
	uint32_t *uses = calloc(n->n_tensors + 1, sizeof(*uses));
	uint32_t i, j;

	if (uses == NULL)
		return NULL;
	for (i = 0; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++)
			if (ocr_node_has(&n->nodes[i], j))
				uses[n->nodes[i].in[j]]++;
	uses[n->output]++;
	return uses;
}

/* The node before, if the two can become one. */
static struct ocr_node *
find_before(struct ocr_net *n, const struct ocr_node *norm, uint32_t first,
    const uint32_t *uses)
{
	uint32_t maker = n->tensors[norm->in[0]].maker, i;
	struct ocr_node *node;

	if (maker == UINT32_MAX || maker < first || uses[norm->in[0]] != 1)
		return NULL;
	for (i = 1; i < 5; i++)
		if (n->tensors[norm->in[i]].data == NULL)
			return NULL;
	node = &n->nodes[maker];
	if (node->op != OCR_OP_CONV && node->op != OCR_OP_GEMM &&
	    node->op != OCR_OP_MATMUL)
		return NULL;
	if (n->tensors[node->in[1]].data == NULL ||
	    (node->op != OCR_OP_CONV && n->tensors[node->in[0]].n_dims != 2) ||
	    (node->op != OCR_OP_CONV && n->tensors[node->in[1]].n_dims != 2))
		return NULL;
	if (ocr_node_has(node, 2) &&
	    (n->tensors[node->in[2]].data == NULL ||
		ocr_tensor_count(&n->tensors[node->in[2]], 1) !=
		    n->tensors[norm->in[1]].dims[0]))
		return NULL;
	return node;
}

struct merge {
	struct ocr_net *net;
	struct ocr_node *node, *norm;
	uint64_t n; /* channels */
};

static const float *
floats(const struct merge *m, uint32_t tensor)
{
	return m->net->tensors[tensor].data;
}

static double
factor(const struct merge *m, uint64_t c)
{
	return (double)floats(m, m->norm->in[1])[c] /
	       sqrt((double)floats(m, m->norm->in[4])[c] +
		    (double)m->norm->attr.epsilon);
}

/* A constant with that shape; its data is to be written. */
static int64_t
new_constant(struct ocr_net *n, const struct ocr_tensor *like, float **data,
    struct ocr_err *err)
{
	struct ocr_tensor copy = *like;
	int64_t t = ocr_net_add_tensor(n, copy.name, err);

	if (t < 0)
		return t;
	copy.maker = UINT32_MAX;
	copy.data = *data =
	    ocr_net_alloc(n, ocr_tensor_count(&copy, 1) * 4, err);
	n->tensors[t] = copy;
	return *data == NULL ? -OCR_ENOMEM : t;
}

static int
merge_weights(const struct merge *m, struct ocr_err *err)
{
	const struct ocr_tensor w = m->net->tensors[m->node->in[1]];
	uint64_t i, n = ocr_tensor_count(&w, 1), row = n / w.dims[0];
	bool is_row = m->node->op == OCR_OP_CONV ||
		      (m->node->op == OCR_OP_GEMM && m->node->attr.transpose_b);
	double alpha = (double)m->node->attr.alpha;
	const float *old = w.data;
	float *data;
	int64_t t = new_constant(m->net, &w, &data, err);

	if (t < 0)
		return (int)t;
	for (i = 0; i < n; i++)
		data[i] = (float)(alpha * (double)old[i] *
				  factor(m, is_row ? i / row : i % row));
	m->node->in[1] = (uint32_t)t;
	return 0;
}

static int
merge_bias(const struct merge *m, struct ocr_err *err)
{
	struct ocr_tensor like = {.name = m->norm->name,
	    .element = OCR_F32,
	    .has_shape = true,
	    .n_dims = 1,
	    .dims = {m->n}};
	const float *old =
	    ocr_node_has(m->node, 2) ? floats(m, m->node->in[2]) : NULL;
	double beta = (double)m->node->attr.beta, bias;
	uint32_t *in = ocr_net_alloc(m->net, 3 * sizeof(*in), err);
	float *data;
	int64_t t;
	uint64_t c;

	t = in == NULL ? -OCR_ENOMEM : new_constant(m->net, &like, &data, err);
	if (t < 0)
		return (int)t;
	for (c = 0; c < m->n; c++) {
		bias = old == NULL ? 0 : beta * (double)old[c];
		data[c] =
		    (float)((bias - (double)floats(m, m->norm->in[3])[c]) *
				factor(m, c) +
			    (double)floats(m, m->norm->in[2])[c]);
	}
	memcpy(in, m->node->in, 2 * sizeof(*in));
	in[2] = (uint32_t)t;
	m->node->in = in;
	m->node->n_in = 3;
	return 0;
}

/* The first makes what the second made; the second does nothing then. */
static void
rewire(const struct merge *m)
{
	uint32_t old = m->node->out[0], made = m->norm->out[0];

	if (m->node->op == OCR_OP_MATMUL)
		m->node->op = OCR_OP_GEMM;
	m->node->attr.alpha = m->node->attr.beta = 1;
	m->node->out[0] = made;
	m->net->tensors[made].maker = m->net->tensors[old].maker;
	m->net->tensors[old].maker = (uint32_t)(m->norm - m->net->nodes);
	m->norm->op = OCR_OP_IDENTITY;
	m->norm->n_in = 1;
	m->norm->in[0] = made;
	m->norm->out[0] = old;
}

int
ocr_net_merge(struct ocr_net *n, uint32_t first, uint32_t last,
    struct ocr_err *err)
{
	uint32_t *uses = count_uses(n), i;
	struct merge m = {.net = n};
	int r = uses == NULL ? ocr_err_nomem(err) : 0;

	for (i = first; i <= last && i < n->n_nodes && r == 0; i++) {
		m.norm = &n->nodes[i];
		if (m.norm->op != OCR_OP_BATCH_NORM)
			continue;
		m.node = find_before(n, m.norm, first, uses);
		if (m.node == NULL)
			continue;
		m.n = n->tensors[m.norm->in[1]].dims[0];
		r = merge_weights(&m, err);
		if (r == 0)
			r = merge_bias(&m, err);
		if (r == 0)
			rewire(&m);
	}
	free(uses);
	return r;
}
