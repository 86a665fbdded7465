/*
 * net_int8.c - finds layers between quantisers
 */
#include "config.h"

#include "src/net_int8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
count_uses(const struct ocr_int8_scan *s)
{
	const struct ocr_net *n = s->net;
	uint32_t i, j, t;

	for (i = 0; i < n->n_nodes; i++)
		for (j = 0; j < n->nodes[i].n_in; j++) {
			t = n->nodes[i].in[j];
			if (t == OCR_NO_TENSOR)
				continue;
			s->uses[t]++;
			s->user[t] = i;
		}
	s->uses[n->output]++;
}

struct ocr_node *
ocr_int8_only_user(const struct ocr_int8_scan *s, uint32_t t)
{
	uint32_t i = s->user[t];

	return s->uses[t] == 1 && t != s->net->output && i >= s->first &&
		       i <= s->last
		   ? &s->net->nodes[i]
		   : NULL;
}

bool
ocr_int8_read_scale(const struct ocr_net *n, const struct ocr_node *node,
    struct ocr_int8_scale *q)
{
	const struct ocr_tensor *scale = &n->tensors[node->in[1]], *zero;
	bool is_in = node->op == OCR_OP_DEQUANTIZE;

	q->element = n->tensors[is_in ? node->in[0] : node->out[0]].element;
	q->zero = 0;
	if ((q->element != OCR_I8 && q->element != OCR_U8) ||
	    scale->data == NULL || ocr_tensor_count(scale, 1) != 1)
		return false;
	q->scale = *(const float *)scale->data;
	if (!isnormal(q->scale) || q->scale < 0)
		return false;
	if (!ocr_node_has(node, 2))
		return true;
	zero = &n->tensors[node->in[2]];
	if (zero->data == NULL)
		return false;
	q->zero = zero->element == OCR_I8 ? *(const int8_t *)zero->data
					  : *(const uint8_t *)zero->data;
	return true;
}

struct ocr_node *
ocr_int8_maker(const struct ocr_int8_scan *s, uint32_t t,
    struct ocr_int8_scale *q)
{
	uint32_t i = s->net->tensors[t].maker;
	struct ocr_node *node;

	if (s->net->tensors[t].data != NULL || i == UINT32_MAX ||
	    i < s->first || i > s->last)
		return NULL;
	node = &s->net->nodes[i];
	return node->op == OCR_OP_DEQUANTIZE &&
		       ocr_int8_read_scale(s->net, node, q)
		   ? node
		   : NULL;
}

/* A bound of Clip; false: it is not known. */
static bool
read_bound(const struct ocr_net *n, const struct ocr_node *node, uint32_t i,
    float *bound)
{
	if (!ocr_node_has(node, i))
		return true;
	if (n->tensors[node->in[i]].data == NULL)
		return false;
	*bound = *(const float *)n->tensors[node->in[i]].data;
	return true;
}

static float
within(float x, float low, float high)
{
	x = x < low ? low : x;
	return x > high ? high : x;
}

/* Limits of the activations behind t; the QuantizeLinear at the end or NULL. */
static struct ocr_node *
follow(const struct ocr_int8_scan *s, uint32_t t, struct ocr_int8_layer *l)
{
	struct ocr_node *node;
	float low, high;

	l->low = -INFINITY;
	l->high = INFINITY;
	for (;;) {
		node = ocr_int8_only_user(s, t);
		if (node == NULL || node->in[0] != t)
			return NULL;
		low = 0;
		high = INFINITY;
		if (node->op == OCR_OP_CLIP) {
			low = node->attr.low;
			high = node->attr.high;
			if (!read_bound(s->net, node, 1, &low) ||
			    !read_bound(s->net, node, 2, &high) ||
			    !(low <= high))
				return NULL;
		} else if (node->op != OCR_OP_RELU) {
			break;
		}
		l->low = within(l->low, low, high);
		l->high = within(l->high, low, high);
		t = node->out[0];
	}
	return node->op == OCR_OP_QUANTIZE &&
		       ocr_int8_read_scale(s->net, node, &l->out)
		   ? node
		   : NULL;
}

/* The QuantizeLinear becomes the layer; what was before it, nobody needs. */
static int
try_layer(const struct ocr_int8_scan *s, struct ocr_node *node)
{
	struct ocr_int8_layer l = {.net = s->net,
	    .node = node,
	    .is_dnnl = s->is_dnnl};
	struct ocr_node made = {.op = OCR_OP_INT8_CONV};
	struct ocr_node *before, *after;
	int r;

	if (s->net->tensors[node->in[1]].of == NULL)
		return 0;
	before = ocr_int8_maker(s, node->in[0], &l.in);
	after = follow(s, node->out[0], &l);
	node->not_int8 = before == NULL  ? "its input is not quantised so"
			 : after == NULL ? "its output is not quantised"
					 : NULL;
	if (node->not_int8 != NULL)
		return 0;
	l.x = before->in[0];
	made.n_out = after->n_out;
	made.out = after->out;
	r = ocr_int8_layer_make(&made, &l, s->err);
	if (r == 1)
		*after = made;
	return r;
}

static int
rewrite(const struct ocr_int8_scan *s)
{
	struct ocr_node *nodes = s->net->nodes;
	int r = ocr_int8_drop_signs(s), n = 0;
	uint32_t i;

	for (i = s->first; i <= s->last && r >= 0; i++)
		if (nodes[i].op == OCR_OP_CONV || nodes[i].op == OCR_OP_GEMM ||
		    nodes[i].op == OCR_OP_MATMUL) {
			r = try_layer(s, &nodes[i]);
			n += r > 0;
		}
	for (i = s->first; n > 0 && i <= s->last && r >= 0; i++)
		ocr_int8_move(s, &nodes[i]);
	return r < 0 ? r : n;
}

int
ocr_net_int8(struct ocr_net *n, uint32_t first, uint32_t last,
    enum ocr_net_engine engine, struct ocr_err *err)
{
	struct ocr_int8_scan s = {.net = n,
	    .first = first,
	    .last = last,
	    .err = err};
	size_t tensors = (size_t)n->n_tensors + 1;
	int r;

	if (n->n_nodes == 0 || first > last || last >= n->n_nodes)
		return 0;
	s.is_dnnl = engine == OCR_NET_DNNL ||
		    (engine == OCR_NET_BEST && ocr_net_has_dnnl());
	s.uses = calloc(tensors, sizeof(*s.uses));
	s.user = calloc(tensors, sizeof(*s.user));
	if (s.uses == NULL || s.user == NULL) {
		r = ocr_err_nomem(err);
	} else {
		count_uses(&s);
		r = rewrite(&s);
	}
	free(s.uses);
	free(s.user);
	return r;
}
