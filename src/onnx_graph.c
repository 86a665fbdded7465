/*
 * onnx_graph.c - tensors and nodes of an ONNX graph, in an order that runs
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/onnx_impl.h"

static int
refuse(const struct ocr_onnx *x, const char *what, const char *name,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s '%.80s'", x->file, what,
	    name == NULL ? "" : name);
}

int64_t
ocr_onnx_opset(const Onnx__ModelProto *m)
{
	const Onnx__OperatorSetIdProto *o;
	int64_t opset = 1;
	size_t i;

	for (i = 0; i < m->n_opset_import; i++) {
		o = m->opset_import[i];
		if (o->has_version && (o->domain == NULL || *o->domain == 0 ||
					  strcmp(o->domain, "ai.onnx") == 0))
			opset = o->version;
	}
	return opset;
}

static int
read_opset(struct ocr_onnx *x, struct ocr_err *err)
{
	int64_t opset = ocr_onnx_opset(x->model);

	if (opset < 1 || opset > OCR_ONNX_MAX_OPSET)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: operators of version %lld; 1 to %d are known", x->file,
		    (long long)opset, OCR_ONNX_MAX_OPSET);
	x->net->opset = (int)opset;
	return 0;
}

static int
read_constants(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	const char *name;
	int64_t t;
	size_t i;
	int r = 0;

	if (g->n_sparse_initializer > 0)
		return refuse(x, "sparse constants are not known: graph",
		    g->name, err);
	for (i = 0; i < g->n_initializer && r == 0; i++) {
		name = g->initializer[i]->name;
		if (name == NULL || *name == '\0')
			return refuse(x, "a constant without a name in",
			    g->name, err);
		t = ocr_onnx_names_add(&x->names, x->net, name, err);
		r = t < 0 ? (int)t
			  : ocr_onnx_tensor(x, (uint32_t)t, g->initializer[i],
				err);
	}
	return r;
}

static int
read_dims(struct ocr_onnx *x, struct ocr_tensor *t,
    const Onnx__TensorShapeProto *s, struct ocr_err *err)
{
	const Onnx__TensorShapeProto__Dimension *d;
	size_t i;
	int64_t n;

	if (s == NULL || s->n_dim == 0 || s->n_dim > OCR_NET_MAX_DIMS)
		return refuse(x, "1 to 6 dimensions are known: input", t->name,
		    err);
	for (i = 0; i < s->n_dim; i++) {
		d = s->dim[i];
		n = d->value_case ==
			    ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
			? d->dim_value
			: -1;
		if (i == 0 && x->as == OCR_ONNX_BATCH && n <= 1)
			n = 0;
		else if (n <= 0)
			return refuse(x, "a dimension without a number: input",
			    t->name, err);
		t->dims[i] = (uint64_t)n;
	}
	t->n_dims = (uint32_t)s->n_dim;
	t->has_shape = true;
	if (ocr_tensor_count(t, 1) == 0)
		return refuse(x, "more than 2 GiB: input", t->name, err);
	return 0;
}

static int
read_input(struct ocr_onnx *x, const Onnx__ValueInfoProto *v,
    struct ocr_err *err)
{
	const Onnx__TypeProto__Tensor *type;
	struct ocr_tensor *t;
	int64_t index;

	if (x->net->input != OCR_NO_TENSOR)
		return refuse(x, "more than one input: image and", v->name,
		    err);
	if (v->type == NULL ||
	    v->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
		return refuse(x, "no tensor: input", v->name, err);
	index = ocr_onnx_names_add(&x->names, x->net, v->name, err);
	if (index < 0)
		return (int)index;
	t = &x->net->tensors[index];
	type = v->type->tensor_type;
	if (!type->has_elem_type ||
	    ocr_onnx_element(&t->element, type->elem_type) < 0)
		return refuse(x, "its type of numbers is not known: input",
		    v->name, err);
	x->net->input = (uint32_t)index;
	return read_dims(x, t, type->shape, err);
}

/* Before IR version 4 constants are inputs as well. */
static int
read_inputs(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	const char *name;
	size_t i;
	int r = 0;

	for (i = 0; i < g->n_input && r == 0; i++) {
		name = g->input[i]->name;
		if (name == NULL || *name == '\0')
			return refuse(x, "an input without a name in", g->name,
			    err);
		if (ocr_onnx_names_find(&x->names, x->net, name) ==
		    OCR_NO_TENSOR)
			r = read_input(x, g->input[i], err);
	}
	if (r == 0 && x->net->input == OCR_NO_TENSOR)
		r = refuse(x, "no input in graph", g->name, err);
	return r;
}

void
ocr_onnx_lack_op(char *to, size_t room, const Onnx__NodeProto *from)
{
	const char *name = from->name == NULL ? "" : from->name;
	const char *domain = from->domain == NULL ? "" : from->domain;

	/* a node without a name goes by its first output */
	if (*name == '\0' && from->n_output > 0 && from->output[0] != NULL)
		name = from->output[0];
	(void)snprintf(to, room,
	    "node '%.80s': operator %.60s%s%.40s is not known here", name,
	    from->op_type == NULL ? "" : from->op_type,
	    *domain == '\0' ? "" : " of ", domain);
}

static int
check_counts(struct ocr_onnx *x, const Onnx__NodeProto *from,
    const struct ocr_onnx_op **op, struct ocr_err *err)
{
	const char *type = from->op_type == NULL ? "" : from->op_type;
	const char *name = from->name == NULL ? "" : from->name;
	char lack[256];

	*op = ocr_onnx_op_of(from);
	if (*op == NULL) {
		ocr_onnx_lack_op(lack, sizeof(lack), from);
		return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", x->file, lack);
	}
	if (from->n_input < (*op)->min_in || from->n_input > (*op)->max_in ||
	    from->n_output < 1 || from->n_output > OCR_ONNX_MAX_EDGES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: node '%.80s' (%s): %zu inputs and %zu outputs",
		    x->file, name, type, from->n_input, from->n_output);
	return 0;
}

/* Outputs beyond those we can give stay unknown: who uses one hears of it. */
static int
add_outputs(struct ocr_onnx *x, uint32_t node, const Onnx__NodeProto *from,
    struct ocr_err *err)
{
	struct ocr_node *n = &x->net->nodes[node];
	uint32_t i;
	int64_t t;

	for (i = 0; i < n->n_out; i++) {
		n->out[i] = OCR_NO_TENSOR;
		if (from->output[i] == NULL || *from->output[i] == '\0')
			continue;
		t = ocr_onnx_names_add(&x->names, x->net, from->output[i], err);
		if (t < 0)
			return (int)t;
		x->net->tensors[t].maker = node;
		n->out[i] = (uint32_t)t;
	}
	if (n->out[0] == OCR_NO_TENSOR && n->n_out == 1)
		return ocr_node_err(x->net, n, err, "an output without a name");
	return 0;
}

static int
add_node(struct ocr_onnx *x, const Onnx__NodeProto *from, struct ocr_err *err)
{
	const struct ocr_onnx_op *op;
	const char *name = from->name == NULL ? "" : from->name;
	uint32_t n_in, i;
	struct ocr_node *node;
	int r = check_counts(x, from, &op, err);

	if (r < 0)
		return r;
	/* a node without a name goes by its first output */
	if (*name == '\0' && from->output[0] != NULL)
		name = from->output[0];
	name = ocr_net_strdup(x->net, name, err);
	n_in = op->op == OCR_OP_PAD        ? 3
	       : op->op == OCR_OP_IDENTITY ? 1
					   : (uint32_t)from->n_input;
	if (name == NULL)
		return -OCR_ENOMEM;
	node = ocr_net_add_node(x->net, op->op, name, n_in,
	    from->n_output < op->n_out ? (uint32_t)from->n_output : op->n_out,
	    err);
	if (node == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < n_in; i++)
		node->in[i] = OCR_NO_TENSOR;
	r = ocr_onnx_attributes(x, node, op, from, err);
	return r < 0 ? r : add_outputs(x, x->net->n_nodes - 1, from, err);
}

bool
ocr_onnx_is_constant(const Onnx__NodeProto *from)
{
	return from->op_type != NULL &&
	       strcmp(from->op_type, "Constant") == 0 && from->n_output == 1 &&
	       from->output[0] != NULL;
}

static int
read_nodes(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	int64_t t;
	size_t i;
	int r = 0;

	for (i = 0; i < g->n_node && r == 0; i++) {
		if (!ocr_onnx_is_constant(g->node[i])) {
			r = add_node(x, g->node[i], err);
			continue;
		}
		t = ocr_onnx_names_add(&x->names, x->net, g->node[i]->output[0],
		    err);
		r = t < 0 ? (int)t
			  : ocr_onnx_constant(x, (uint32_t)t, g->node[i], err);
	}
	return r;
}

/* Inputs by name, now that all names are known. */
static int
connect(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	struct ocr_node *node = x->net->nodes;
	const char *name;
	size_t i, j;

	for (i = 0; i < g->n_node; i++) {
		if (ocr_onnx_is_constant(g->node[i]))
			continue;
		for (j = 0; j < g->node[i]->n_input && j < node->n_in; j++) {
			name = g->node[i]->input[j];
			if (name == NULL || *name == '\0')
				continue;
			node->in[j] =
			    ocr_onnx_names_find(&x->names, x->net, name);
			if (node->in[j] == OCR_NO_TENSOR)
				return ocr_node_err(x->net, node, err,
				    "nothing that we can compute makes its "
				    "input '%.80s'",
				    name);
		}
		if (!ocr_node_has(node, 0))
			return ocr_node_err(x->net, node, err, "no input");
		node++;
	}
	return 0;
}

/* Of several the first that has floats, if shapes tell; else the first. */
static int
read_outputs(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	const Onnx__TypeProto *type;
	uint32_t t;
	size_t i;

	for (i = 0; i < g->n_output; i++) {
		if (g->output[i]->name == NULL)
			continue;
		t = ocr_onnx_names_find(&x->names, x->net, g->output[i]->name);
		type = g->output[i]->type;
		if (t == OCR_NO_TENSOR)
			return refuse(x,
			    "nothing that we can compute makes "
			    "output",
			    g->output[i]->name, err);
		if (x->net->output == OCR_NO_TENSOR)
			x->net->output = t;
		if (type == NULL ||
		    type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
		    type->tensor_type->elem_type !=
			ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
			continue;
		x->net->output = t;
		break;
	}
	return x->net->output == OCR_NO_TENSOR
		   ? refuse(x, "no output in graph", g->name, err)
		   : 0;
}

int
ocr_onnx_graph(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__GraphProto *g = x->model->graph;
	uint64_t names = g->n_initializer + g->n_input;
	size_t i;
	int r;

	if (g->n_node > OCR_ONNX_MAX_NODES ||
	    g->n_initializer > OCR_ONNX_MAX_NODES * 4)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: %zu nodes and %zu constants: more than a network has",
		    x->file, g->n_node, g->n_initializer);
	for (i = 0; i < g->n_node; i++)
		names += g->node[i]->n_output;
	r = read_opset(x, err);
	if (r == 0)
		r = ocr_onnx_names_init(&x->names, names, err);
	if (r == 0)
		r = read_constants(x, err);
	if (r == 0)
		r = read_inputs(x, err);
	if (r == 0)
		r = read_nodes(x, err);
	if (r == 0)
		r = connect(x, err);
	if (r == 0)
		r = ocr_onnx_sort(x, err);
	return r < 0 ? r : read_outputs(x, err);
}
