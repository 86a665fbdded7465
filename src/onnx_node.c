/*
 * onnx_node.c - operators and attributes of ONNX nodes
 *
 * An attribute that is not known is refused: who ignores one computes something
 * else.
 */
#include "config.h"

#include <string.h>

#include "src/onnx_impl.h"

static const struct ocr_onnx_op operators[] = {
    {"Add", OCR_OP_ADD, 2, 2, 1},
    {"ArgMax", OCR_OP_ARGMAX, 1, 1, 1},
    {"AveragePool", OCR_OP_AVERAGE_POOL, 1, 1, 1},
    {"BatchNormalization", OCR_OP_BATCH_NORM, 5, 5, 1},
    {"Cast", OCR_OP_CAST, 1, 1, 1},
    {"Clip", OCR_OP_CLIP, 1, 3, 1},
    {"Concat", OCR_OP_CONCAT, 1, 255, 1},
    {"Conv", OCR_OP_CONV, 2, 3, 1},
    {"DequantizeLinear", OCR_OP_DEQUANTIZE, 2, 3, 1},
    {"Div", OCR_OP_DIV, 2, 2, 1},
    {"Dropout", OCR_OP_IDENTITY, 1, 2, 1},
    {"Flatten", OCR_OP_FLATTEN, 1, 1, 1},
    {"Gather", OCR_OP_GATHER, 2, 2, 1},
    {"Gemm", OCR_OP_GEMM, 2, 3, 1},
    {"GlobalAveragePool", OCR_OP_GLOBAL_AVERAGE_POOL, 1, 1, 1},
    {"Greater", OCR_OP_GREATER, 2, 2, 1},
    {"Identity", OCR_OP_IDENTITY, 1, 1, 1},
    {"MatMul", OCR_OP_MATMUL, 2, 2, 1},
    {"Max", OCR_OP_MAX, 1, 255, 1},
    {"MaxPool", OCR_OP_MAX_POOL, 1, 1, 1},
    {"Min", OCR_OP_MIN, 1, 255, 1},
    {"Mul", OCR_OP_MUL, 2, 2, 1},
    {"Pad", OCR_OP_PAD, 1, 3, 1},
    {"Pow", OCR_OP_POW, 2, 2, 1},
    {"QuantizeLinear", OCR_OP_QUANTIZE, 2, 3, 1},
    {"ReduceMean", OCR_OP_REDUCE_MEAN, 1, 2, 1},
    {"Relu", OCR_OP_RELU, 1, 1, 1},
    {"Reshape", OCR_OP_RESHAPE, 2, 2, 1},
    {"Shape", OCR_OP_SHAPE, 1, 1, 1},
    {"Sign", OCR_OP_SIGN, 1, 1, 1},
    {"Softmax", OCR_OP_SOFTMAX, 1, 1, 1},
    {"Squeeze", OCR_OP_RESHAPE, 1, 2, 1},
    {"Sub", OCR_OP_SUB, 2, 2, 1},
    {"Sum", OCR_OP_ADD, 1, 255, 1},
    {"TopK", OCR_OP_TOP_K, 1, 2, 2},
    {"Transpose", OCR_OP_TRANSPOSE, 1, 1, 1},
    {"Unsqueeze", OCR_OP_RESHAPE, 1, 2, 1},
};

static const struct ocr_onnx_op quantisers[] = {
    {"BipolarQuant", OCR_OP_BIPOLAR_QUANT, 2, 2, 1},
    {"IntQuant", OCR_OP_QUANT, 4, 4, 1},
    {"MultiThreshold", OCR_OP_MULTI_THRESHOLD, 2, 2, 1},
    {"Quant", OCR_OP_QUANT, 4, 4, 1},
    {"Trunc", OCR_OP_TRUNC, 5, 5, 1},
};

static const struct ocr_onnx_op *
find(const struct ocr_onnx_op *list, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

const struct ocr_onnx_op *
ocr_onnx_op_of(const Onnx__NodeProto *from)
{
	const char *domain = from->domain == NULL ? "" : from->domain;
	const char *name = from->op_type == NULL ? "" : from->op_type;

	if (*domain == '\0' || strcmp(domain, "ai.onnx") == 0)
		return find(operators, sizeof(operators) / sizeof(*operators),
		    name);
	if (strcmp(domain, "onnx.brevitas") == 0 ||
	    strcmp(domain, "qonnx.custom_op.general") == 0 ||
	    strcmp(domain, "finn.custom_op.general") == 0)
		return find(quantisers,
		    sizeof(quantisers) / sizeof(*quantisers), name);
	return NULL;
}

static int
bad_value(const struct ocr_onnx *x, const struct ocr_node *node,
    const Onnx__AttributeProto *a, struct ocr_err *err)
{
	return ocr_node_err(x->net, node, err,
	    "attribute '%.40s' has a value that is not known", a->name);
}

/* A number into one field. */
struct number {
	const char *name;
	int64_t *to;
};

static bool
set_number(const struct number *list, size_t n, const Onnx__AttributeProto *a)
{
	size_t i;

	for (i = 0; i < n && a->has_i; i++)
		if (strcmp(a->name, list[i].name) == 0) {
			*list[i].to = a->i;
			return true;
		}
	return false;
}

static bool
set_int(struct ocr_node *node, const Onnx__AttributeProto *a)
{
	struct ocr_node_attr *at = &node->attr;
	const struct number list[] = {
	    {"axis", &at->axis},
	    {"group", &at->group},
	    {"ceil_mode", &at->ceil_mode},
	    {"count_include_pad", &at->count_include_pad},
	    {"keepdims", &at->keepdims},
	    {"transA", &at->transpose_a},
	    {"transB", &at->transpose_b},
	    {"select_last_index", &at->select_last_index},
	    {"k", &at->k},
	    {"largest", &at->largest},
	    {"allowzero", &at->allow_zero},
	};

	return set_number(list, sizeof(list) / sizeof(*list), a);
}

static bool
set_float(struct ocr_node *node, const Onnx__AttributeProto *a)
{
	struct ocr_node_attr *at = &node->attr;
	const struct {
		const char *name;
		float *to;
	} list[] = {{"alpha", &at->alpha}, {"beta", &at->beta},
	    {"epsilon", &at->epsilon}, {"min", &at->low}, {"max", &at->high}};
	size_t i;

	if (!a->has_f)
		return false;
	for (i = 0; i < sizeof(list) / sizeof(*list); i++)
		if (strcmp(a->name, list[i].name) == 0) {
			*list[i].to = a->f;
			return true;
		}
	if (strcmp(a->name, "out_scale") == 0)
		at->out_scale = (double)a->f;
	else if (strcmp(a->name, "out_bias") == 0)
		at->out_bias = (double)a->f;
	else
		return false;
	return true;
}

static bool
is_positive(const int64_t *list, size_t n, int64_t least)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i] < least || list[i] > 65535)
			return false;
	return true;
}

/* Lists of windows: two sides; -1: not one of these, 1: fine, 0: bad. */
static int
set_window(struct ocr_node *node, const Onnx__AttributeProto *a)
{
	struct ocr_node_attr *at = &node->attr;
	int64_t *to = strcmp(a->name, "kernel_shape") == 0 ? at->kernel
		      : strcmp(a->name, "strides") == 0    ? at->strides
		      : strcmp(a->name, "dilations") == 0  ? at->dilations
		      : strcmp(a->name, "pads") == 0       ? at->pads
							   : NULL;
	size_t n = to == at->pads ? 4 : 2;

	if (to == NULL || node->op == OCR_OP_PAD)
		return -1;
	if (a->n_ints != n || !is_positive(a->ints, n, to == at->pads ? 0 : 1))
		return 0;
	memcpy(to, a->ints, n * sizeof(*to));
	return 1;
}

static int
set_list(struct ocr_onnx *x, struct ocr_node *node,
    const Onnx__AttributeProto *a, struct ocr_err *err)
{
	bool is_perm = strcmp(a->name, "perm") == 0;
	int64_t t;
	int r = set_window(node, a);

	if (r >= 0)
		return r == 1 ? 0
			      : ocr_node_err(x->net, node, err,
				    "attribute '%.40s': windows have two "
				    "sides, of 1 or more",
				    a->name);
	if (node->op == OCR_OP_PAD && strcmp(a->name, "pads") == 0) {
		t = ocr_onnx_ints(x, a->ints, a->n_ints, err);
		if (t >= 0)
			node->in[1] = (uint32_t)t;
		return t < 0 ? (int)t : 0;
	}
	if ((!is_perm && strcmp(a->name, "axes") != 0) ||
	    a->n_ints > OCR_NET_MAX_DIMS)
		return bad_value(x, node, a, err);
	if (a->n_ints > 0)
		memcpy(is_perm ? node->attr.perm : node->attr.axes, a->ints,
		    a->n_ints * sizeof(*a->ints));
	*(is_perm ? &node->attr.n_perm : &node->attr.n_axes) =
	    (int64_t)a->n_ints;
	return 0;
}

/* Which of the words an attribute is; -1: none. */
static int
word_of(const Onnx__AttributeProto *a, const char *const *words, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (a->s.len == strlen(words[i]) &&
		    memcmp(a->s.data, words[i], a->s.len) == 0)
			return i;
	return -1;
}

static int
set_word(struct ocr_onnx *x, struct ocr_node *node,
    const Onnx__AttributeProto *a, struct ocr_err *err)
{
	static const char *const pads[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER",
	    "VALID"};
	static const char *const roundings[] = {"ROUND", "ROUND_TO_ZERO",
	    "FLOOR", "CEIL", "HALF_UP", "HALF_EVEN", "DOWN"};
	static const char *const layouts[] = {"NCHW", "NC", "NHWC"};
	static const char *const modes[] = {"constant"};
	static const int rounding_of[] = {0, 1, 2, 3, 4, 0, 1};
	int i = -1;

	if (strcmp(a->name, "auto_pad") == 0) {
		i = node->attr.auto_pad = word_of(a, pads, 4);
	} else if (strcmp(a->name, "rounding_mode") == 0) {
		i = word_of(a, roundings, 7);
		node->attr.rounding = i < 0 ? 0 : rounding_of[i];
	} else if (strcmp(a->name, "data_layout") == 0) {
		i = word_of(a, layouts, 3);
		node->attr.axis = i == 2 ? -1 : 1;
	} else if (strcmp(a->name, "mode") == 0) {
		i = word_of(a, modes, 1);
	} else if (strcmp(a->name, "out_dtype") == 0) {
		i = 0; /* says how FINN stores it; values are the same */
	}
	return i < 0 ? bad_value(x, node, a, err) : 0;
}

/* Those that need a look; 1: it was one of them. */
static int
set_special(struct ocr_onnx *x, struct ocr_node *node,
    const Onnx__AttributeProto *a, struct ocr_err *err)
{
	/* must be 0, or do not matter */
	static const char *const zero[] = {"training_mode", "storage_order",
	    "is_test"};
	static const char *const any[] = {"momentum", "ratio", "seed",
	    "consumed_inputs", "sorted", "spatial"};
	size_t i;

	for (i = 0; i < sizeof(zero) / sizeof(*zero); i++)
		if (strcmp(a->name, zero[i]) == 0)
			return a->i != 0 ? bad_value(x, node, a, err) : 1;
	if (strcmp(a->name, "spatial") == 0 && a->i != 1)
		return bad_value(x, node, a, err);
	for (i = 0; i < sizeof(any) / sizeof(*any); i++)
		if (strcmp(a->name, any[i]) == 0)
			return 1;
	if (strcmp(a->name, "signed") == 0)
		node->attr.is_signed = a->i != 0;
	else if (strcmp(a->name, "narrow") == 0)
		node->attr.is_narrow = a->i != 0;
	else if (node->op == OCR_OP_CAST && strcmp(a->name, "to") == 0)
		return ocr_onnx_element(&node->attr.to, (int32_t)a->i) < 0
			   ? bad_value(x, node, a, err)
			   : 1;
	else
		return 0;
	return 1;
}

static int
set_attribute(struct ocr_onnx *x, struct ocr_node *node,
    const Onnx__AttributeProto *a, struct ocr_err *err)
{
	int64_t t;
	int r = set_special(x, node, a, err);

	if (r != 0)
		return r < 0 ? r : 0;
	if (node->op == OCR_OP_PAD && strcmp(a->name, "value") == 0) {
		t = ocr_net_add_tensor(x->net, "", err);
		if (t < 0)
			return (int)t;
		node->in[2] = (uint32_t)t;
		x->net->tensors[t].has_shape = true;
		x->net->tensors[t].data = ocr_net_alloc(x->net, 4, err);
		if (x->net->tensors[t].data == NULL)
			return -OCR_ENOMEM;
		memcpy((void *)(uintptr_t)x->net->tensors[t].data, &a->f, 4);
		return 0;
	}
	if (set_int(node, a) || set_float(node, a))
		return 0;
	if (a->has_s)
		return set_word(x, node, a, err);
	if (a->n_ints > 0 ||
	    a->type == ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS)
		return set_list(x, node, a, err);
	return bad_value(x, node, a, err);
}

static void
set_defaults(const struct ocr_onnx *x, struct ocr_node *node, const char *name)
{
	struct ocr_node_attr *a = &node->attr;
	int opset = x->net->opset;

	switch (node->op) {
	case OCR_OP_SOFTMAX:
		a->is_flat = opset < 13;
		a->axis = opset < 13 ? 1 : -1;
		break;
	case OCR_OP_FLATTEN:
	case OCR_OP_QUANTIZE:
	case OCR_OP_DEQUANTIZE:
	case OCR_OP_MULTI_THRESHOLD:
		a->axis = 1;
		break;
	case OCR_OP_TOP_K:
		a->axis = -1;
		break;
	case OCR_OP_TRUNC:
		a->rounding = 2;
		break;
	case OCR_OP_CONV:
	case OCR_OP_AVERAGE_POOL:
	case OCR_OP_MAX_POOL:
		a->kernel[0] = 0; /* from the weights */
		break;
	case OCR_OP_RESHAPE:
		a->reshape = *name == 'S'   ? OCR_RESHAPE_SQUEEZE
			     : *name == 'U' ? OCR_RESHAPE_UNSQUEEZE
					    : OCR_RESHAPE_TO;
		break;
	default:
		break;
	}
}

int
ocr_onnx_attributes(struct ocr_onnx *x, struct ocr_node *node,
    const struct ocr_onnx_op *op, const Onnx__NodeProto *from,
    struct ocr_err *err)
{
	size_t i;
	int r = 0;

	set_defaults(x, node, op->name);
	for (i = 0; i < from->n_attribute && r == 0; i++)
		if (from->attribute[i]->name == NULL)
			r = ocr_node_err(x->net, node, err,
			    "an attribute without a name");
		else
			r = set_attribute(x, node, from->attribute[i], err);
	return r;
}
