/*
 * net_int8_move.c - operators that only move bytes of 8 bits, and their types
 */
#include "config.h"

#include <stdlib.h>

#include "src/net_int8.h"

static bool
is_same(const struct ocr_int8_scale *a, const struct ocr_int8_scale *b)
{
	return a->element == b->element && a->zero == b->zero &&
	       !(a->scale < b->scale) && !(a->scale > b->scale);
}

static bool
is_move(enum ocr_op op)
{
	return op == OCR_OP_MAX_POOL || op == OCR_OP_CONCAT ||
	       op == OCR_OP_FLATTEN || op == OCR_OP_RESHAPE;
}

/* Has each window of a pool a pixel? */
static bool
is_pool_full(const struct ocr_node_attr *a)
{
	return !a->ceil_mode && a->dilations[0] == 1 && a->dilations[1] == 1 &&
	       a->pads[0] < a->kernel[0] && a->pads[1] < a->kernel[1] &&
	       a->pads[2] < a->kernel[0] && a->pads[3] < a->kernel[1];
}

void
ocr_int8_move(const struct ocr_int8_scan *s, struct ocr_node *node)
{
	uint32_t n_in = node->op == OCR_OP_CONCAT ? node->n_in : 1, i;
	struct ocr_int8_scale in, out;
	struct ocr_node *before, *after;

	if (!is_move(node->op))
		return;
	after = ocr_int8_only_user(s, node->out[0]);
	if (node->op == OCR_OP_MAX_POOL && !is_pool_full(&node->attr))
		return;
	if (node->n_out != 1 || after == NULL || after->op != OCR_OP_QUANTIZE ||
	    !ocr_int8_read_scale(s->net, after, &out))
		return;
	for (i = 0; i < n_in; i++) {
		before = ocr_int8_maker(s, node->in[i], &in);
		if (before == NULL || !is_same(&in, &out))
			return;
	}
	for (i = 0; i < n_in; i++)
		node->in[i] =
		    s->net->nodes[s->net->tensors[node->in[i]].maker].in[0];
	/* it stands where the quantiser stood */
	after->op = node->op;
	after->name = node->name;
	after->n_in = node->n_in;
	after->in = node->in;
	after->attr = node->attr;
}

/* Has a quantiser a zero point of -128? */
static bool
is_lowest(const struct ocr_net *n, const struct ocr_node *node)
{
	struct ocr_int8_scale q;

	return ocr_int8_read_scale(n, node, &q) && q.element == OCR_I8 &&
	       q.zero == -128;
}

/* A zero point of 0 in bytes without a sign. */
static int64_t
add_zero(struct ocr_net *n, struct ocr_err *err)
{
	void *data = ocr_net_alloc(n, 1, err);
	int64_t t =
	    data == NULL ? -OCR_ENOMEM : ocr_net_add_tensor(n, "zero", err);

	if (t >= 0)
		n->tensors[t] = (struct ocr_tensor){.name = "zero",
		    .element = OCR_U8,
		    .has_shape = true,
		    .maker = UINT32_MAX,
		    .data = data};
	return t;
}

/* known: of tensors, how many take them by a zero point of -128. */
static void
count_lowest(const struct ocr_int8_scan *s, uint32_t *known)
{
	const struct ocr_node *node;
	uint32_t i;

	for (i = s->first; i <= s->last; i++) {
		node = &s->net->nodes[i];
		if (node->op == OCR_OP_DEQUANTIZE && is_lowest(s->net, node))
			known[node->in[0]]++;
	}
}

int
ocr_int8_drop_signs(const struct ocr_int8_scan *s)
{
	struct ocr_net *n = s->net;
	uint32_t *known = calloc((size_t)n->n_tensors + 1, sizeof(*known));
	int64_t zero =
	    known == NULL ? ocr_err_nomem(s->err) : add_zero(n, s->err);
	struct ocr_node *node;
	uint32_t i;

	if (zero < 0) {
		free(known);
		return (int)zero;
	}
	count_lowest(s, known);
	/* a quantiser comes before all that take what it makes */
	for (i = s->first; i <= s->last; i++) {
		node = &n->nodes[i];
		if (node->op == OCR_OP_QUANTIZE && is_lowest(n, node) &&
		    known[node->out[0]] == s->uses[node->out[0]]) {
			node->in[2] = (uint32_t)zero;
			n->tensors[node->out[0]].element = OCR_U8;
		} else if (node->op == OCR_OP_DEQUANTIZE &&
			   n->tensors[node->in[0]].element == OCR_U8 &&
			   known[node->in[0]] > 0) {
			node->in[2] = (uint32_t)zero;
		}
	}
	free(known);
	return 0;
}
