/*
 * bnn_find.c - walks through a net from its input, layer by layer
 *
 * Nodes are taken in their order, each of them, until one does not fit.  A sum
 * and all that is done to it wait for what comes next: a layer (then they become
 * thresholds) or the end (then they become scores).
 */
#include "config.h"

#include "src/bnn_find_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
ocr_find_no(struct ocr_find *f, const struct ocr_node *node, const char *why)
{
	if (node != NULL)
		(void)snprintf(f->out->why, sizeof(f->out->why),
		    "node '%.80s' (%s): %s", node->name, ocr_op_name(node->op),
		    why);
	else
		(void)snprintf(f->out->why, sizeof(f->out->why), "%.200s", why);
	return 0;
}

static void
free_layer(const struct ocr_bnn_layer *l)
{
	free((void *)(uintptr_t)l->weights);
	free((void *)(uintptr_t)l->thresholds);
	free((void *)(uintptr_t)l->scale);
	free((void *)(uintptr_t)l->bias);
}

static int
count_uses(struct ocr_find *f)
{
	const struct ocr_net *n = f->net;
	uint32_t i, j;

	f->uses = calloc(n->n_tensors + (size_t)1, sizeof(*f->uses));
	f->value = calloc(n->n_tensors + (size_t)1, sizeof(*f->value));
	if (f->uses == NULL || f->value == NULL)
		return ocr_err_nomem(f->err);
	for (i = 0; i < n->n_tensors; i++)
		f->value[i] = OCR_FIND_NONE;
	for (i = 0; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++)
			if (ocr_node_has(&n->nodes[i], j))
				f->uses[n->nodes[i].in[j]]++;
	f->uses[n->output]++;
	return 1;
}

/* One side of a pool, as ONNX has it: a window begins in the image or before
 * it. */
static uint32_t
pool_side(uint32_t in, const struct ocr_node_attr *a, int i)
{
	int64_t room = in + a->pads[i] + a->pads[2 + i] - a->kernel[i];
	int64_t s = a->strides[i], n;

	if (room < 0)
		return 0;
	n = (a->ceil_mode ? room + s - 1 : room) / s + 1;
	if (a->ceil_mode && (n - 1) * s >= in + a->pads[i])
		n--;
	return (uint32_t)n;
}

static int
add_pool(struct ocr_find *f, const struct ocr_node *node)
{
	struct ocr_find_step *s = &f->chain.steps[f->chain.n];
	const struct ocr_node_attr *a = &node->attr;
	struct ocr_find_form *form = &f->form;
	int i;

	if (f->chain.n == OCR_FIND_STEPS || f->layer == NULL ||
	    node->n_out != 1)
		return ocr_find_no(f, node, "cannot be here");
	if (form->is_flat || form->n_dims != 4 ||
	    (form->c > 1 && form->axis_c != 1) ||
	    (form->h > 1 && form->axis_h != 2) ||
	    (form->w > 1 && form->axis_w != 3))
		return ocr_find_no(f, node, "no image in planes");
	for (i = 0; i < 2; i++)
		if (a->kernel[i] < 1 || a->kernel[i] > UINT16_MAX ||
		    a->strides[i] < 1 || a->strides[i] > UINT16_MAX ||
		    a->dilations[i] != 1 || a->pads[i] < 0 ||
		    a->pads[i] >= a->kernel[i] || a->pads[2 + i] < 0 ||
		    a->pads[2 + i] >= a->kernel[i])
			return ocr_find_no(f, node, "its window");
	*s = (struct ocr_find_step){.node = node,
	    .left = f->chain.n,
	    .right = OCR_FIND_NONE,
	    .in_h = form->h,
	    .in_w = form->w,
	    .out_h = pool_side(form->h, a, 0),
	    .out_w = pool_side(form->w, a, 1)};
	if (s->out_h == 0 || s->out_w == 0)
		return ocr_find_no(f, node, "nothing comes out");
	form->h = s->out_h;
	form->w = s->out_w;
	form->axis_h = 2;
	form->axis_w = 3;
	f->chain.n_pools++;
	f->value[node->out[0]] = ++f->chain.n;
	return 1;
}

/* The layer, when all before it has become thresholds or a table. */
static int
take_layer(struct ocr_find *f, const struct ocr_node *node)
{
	struct ocr_bnn_layer l = {0};
	double *units = NULL;
	int r;

	if (f->layer == NULL && f->value[node->in[0]] != OCR_FIND_NONE) {
		/* what is done to pixels may have branches */
		f->layer_in = node->in[0];
		f->chain.n = f->value[node->in[0]];
	}
	r = ocr_find_layer(f, node, &l, &units);
	if (r == 1)
		r = f->layer == NULL ? ocr_find_pixels(f) : ocr_find_levels(f);
	if (r == 1) {
		r = ocr_find_begin(f, node, &l, units);
		if (f->units == units) /* taken */
			return r;
	}
	free_layer(&l);
	free(units);
	return r;
}

/* What goes into a node is what came out last, and nobody else's.  Pixels may
 * have branches: those all end before the first layer. */
static bool
is_next(const struct ocr_find *f, const struct ocr_node *node)
{
	uint32_t i;

	if (node->n_out < 1 || node->n_in < 1)
		return false;
	for (i = 0; f->layer != NULL && i < node->n_in; i++)
		if (ocr_node_has(node, i) &&
		    f->value[node->in[i]] != OCR_FIND_NONE &&
		    (f->value[node->in[i]] != f->chain.n ||
			f->uses[node->in[i]] != 1))
			return false;
	for (i = 0; i < node->n_in; i++)
		if (ocr_node_has(node, i) &&
		    f->value[node->in[i]] != OCR_FIND_NONE)
			return true;
	return false;
}

static int
take_node(struct ocr_find *f, const struct ocr_node *node)
{
	if (!is_next(f, node))
		return ocr_find_no(f, node, "a branch");
	switch (node->op) {
	case OCR_OP_CONV:
	case OCR_OP_GEMM:
	case OCR_OP_MATMUL:
		return take_layer(f, node);
	case OCR_OP_MAX_POOL:
		return add_pool(f, node);
	case OCR_OP_FLATTEN:
	case OCR_OP_RESHAPE:
	case OCR_OP_TRANSPOSE:
		if (f->value[node->in[0]] == OCR_FIND_NONE)
			return ocr_find_no(f, node, "a branch");
		return ocr_find_form_move(f, node);
	default:
		return ocr_find_step_add(f, node);
	}
}

/* Nothing behind uses what is within. */
static bool
is_closed(const struct ocr_find *f, uint32_t n_nodes, uint32_t scores)
{
	const struct ocr_net *n = f->net;
	uint32_t i, j;

	if (scores != n->output && n_nodes == n->n_nodes)
		return false;
	for (i = n_nodes; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++) {
			uint32_t t = n->nodes[i].in[j];

			if (t != OCR_NO_TENSOR && t != scores &&
			    (t == n->input ||
				(n->tensors[t].data == NULL &&
				    n->tensors[t].maker < n_nodes)))
				return false;
		}
	return true;
}

/* The last layer gives the scores: with what is behind it if that is a line. */
static int
end(struct ocr_find *f, uint32_t layer_node, uint32_t n_nodes, uint32_t last)
{
	struct ocr_bnn_found *out = f->out;
	struct ocr_err why = {0};
	char first[sizeof(out->why)]; /* why it ends here, if it said so */
	int r;

	memcpy(first, out->why, sizeof(first));
	r = ocr_find_scores(f);

	if (r == 0 && f->layer->out_h == 1 && f->layer->out_w == 1) {
		n_nodes = layer_node + 1;
		last = f->net->nodes[layer_node].out[0];
		f->chain.n =
		    f->value[last] == OCR_FIND_NONE ? 0 : f->value[last];
		f->chain.n_pools = 0;
		r = ocr_find_scores(f);
	}
	if (r == 0 && first[0] != '\0')
		memcpy(out->why, first, sizeof(first));
	if (r != 1)
		return r;
	if (!is_closed(f, n_nodes, last))
		return ocr_find_no(f, NULL, "what is within is used behind");
	f->bnn->n_scores = f->layer->out_c;
	f->bnn->n_macs = ocr_bnn_macs(f->bnn);
	if (ocr_bnn_check(f->bnn, &why) < 0)
		return ocr_find_no(f, NULL, why.text);
	out->n_nodes = n_nodes;
	out->scores = last;
	return 1;
}

static int
walk(struct ocr_find *f)
{
	const struct ocr_net *n = f->net;
	uint32_t i, layer_node = 0, last = n->input;
	int r = ocr_find_form_input(f);

	f->value[n->input] = 0;
	for (i = 0; r == 1 && i < n->n_nodes; i++) {
		r = take_node(f, &n->nodes[i]);
		if (r != 1)
			break;
		if (ocr_find_is_layer(&n->nodes[i]))
			layer_node = i;
		last = n->nodes[i].out[0];
	}
	if (r < 0)
		return r;
	if (f->layer == NULL)
		return f->out->why[0] != '\0'
			   ? 0
			   : ocr_find_no(f, NULL, "it has no such layer");
	if (f->layer->out_bits != 0 ||
	    f->layer != &f->bnn->layers[f->bnn->n_layers - 1])
		return 0; /* it failed halfway: why is said */
	return end(f, layer_node, i, last);
}

int
ocr_bnn_find(struct ocr_bnn_found *out, const struct ocr_net *n,
    const struct ocr_bnn_find_opt *opt, struct ocr_err *err)
{
	struct ocr_find f = {.net = n, .opt = opt, .out = out, .err = err};
	size_t i;
	int r;

	*out = (struct ocr_bnn_found){0};
	f.bnn = calloc(1, sizeof(*f.bnn));
	if (f.bnn != NULL)
		f.bnn->layers =
		    calloc(OCR_BNN_MAX_LAYERS, sizeof(*f.bnn->layers));
	if (f.bnn == NULL || f.bnn->layers == NULL) {
		ocr_bnn_free(f.bnn);
		return ocr_err_nomem(err);
	}
	r = count_uses(&f);
	if (r == 1)
		r = walk(&f);
	if (r == 1) {
		out->bnn = f.bnn;
		out->why[0] = '\0';
	} else {
		ocr_bnn_free(f.bnn);
	}
	for (i = 0; i < f.n_blocks; i++)
		free(f.blocks[i]);
	free(f.blocks);
	free(f.uses);
	free(f.value);
	free(f.units);
	free(f.turned);
	return r < 0 ? r : 0;
}

void
ocr_bnn_found_release(struct ocr_bnn_found *f)
{
	ocr_bnn_free(f->bnn);
	*f = (struct ocr_bnn_found){0};
}
