/*
 * onnx_scan.c - ONNX files that another engine is to read
 *
 * All of a file is walked, its inner graphs and functions too: where external
 * data is asked for does not matter to who reads it.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "src/onnx_impl.h"

/* In FunctionProto since IR version 9, which Debian's onnx.proto does not have:
 * attributes with defaults, tensors among them. */
#define FUNCTION_ATTRIBUTE_PROTO 11

static int scan_graph(struct ocr_onnx *x, const Onnx__GraphProto *g,
    struct ocr_err *err);

static int
scan_tensor(struct ocr_onnx *x, const Onnx__TensorProto *t, struct ocr_err *err)
{
	struct ocr_onnx_file *f = x->scan;
	enum ocr_element e;
	bool is_outside;
	int r = ocr_onnx_external_check(x, t, &is_outside, err);

	f->has_external = f->has_external || is_outside;
	if (f->lack[0] == '\0' && ocr_onnx_element(&e, t->data_type) < 0)
		(void)snprintf(f->lack, sizeof(f->lack),
		    "constant '%.80s': its type of numbers is not known here",
		    t->name == NULL ? "" : t->name);
	return r;
}

static int
scan_sparse(struct ocr_onnx *x, const Onnx__SparseTensorProto *s,
    struct ocr_err *err)
{
	int r = s->values == NULL ? 0 : scan_tensor(x, s->values, err);

	return r < 0 || s->indices == NULL ? r
					   : scan_tensor(x, s->indices, err);
}

static int
scan_attribute(struct ocr_onnx *x, const Onnx__AttributeProto *a,
    struct ocr_err *err)
{
	size_t i;
	int r = a->t == NULL ? 0 : scan_tensor(x, a->t, err);

	if (r == 0 && a->sparse_tensor != NULL)
		r = scan_sparse(x, a->sparse_tensor, err);
	if (r == 0 && a->g != NULL)
		r = scan_graph(x, a->g, err);
	for (i = 0; i < a->n_tensors && r == 0; i++)
		r = scan_tensor(x, a->tensors[i], err);
	for (i = 0; i < a->n_sparse_tensors && r == 0; i++)
		r = scan_sparse(x, a->sparse_tensors[i], err);
	for (i = 0; i < a->n_graphs && r == 0; i++)
		r = scan_graph(x, a->graphs[i], err);
	return r;
}

static int
scan_nodes(struct ocr_onnx *x, Onnx__NodeProto *const *nodes, size_t n,
    struct ocr_err *err)
{
	struct ocr_onnx_file *f = x->scan;
	size_t i, j;
	int r = 0;

	for (i = 0; i < n && r == 0; i++) {
		if (f->lack[0] == '\0' && !ocr_onnx_is_constant(nodes[i]) &&
		    ocr_onnx_op_of(nodes[i]) == NULL)
			ocr_onnx_lack_op(f->lack, sizeof(f->lack), nodes[i]);
		for (j = 0; j < nodes[i]->n_attribute && r == 0; j++)
			r = scan_attribute(x, nodes[i]->attribute[j], err);
	}
	return r;
}

static int
scan_graph(struct ocr_onnx *x, const Onnx__GraphProto *g, struct ocr_err *err)
{
	size_t i;
	int r = scan_nodes(x, g->node, g->n_node, err);

	for (i = 0; i < g->n_initializer && r == 0; i++)
		r = scan_tensor(x, g->initializer[i], err);
	for (i = 0; i < g->n_sparse_initializer && r == 0; i++)
		r = scan_sparse(x, g->sparse_initializer[i], err);
	return r;
}

static int
scan_function(struct ocr_onnx *x, const Onnx__FunctionProto *f,
    struct ocr_err *err)
{
	unsigned i;

	for (i = 0; i < f->base.n_unknown_fields; i++)
		if (f->base.unknown_fields[i].tag == FUNCTION_ATTRIBUTE_PROTO)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: function '%.80s': attributes with defaults are"
			    " not known",
			    x->file, f->name == NULL ? "" : f->name);
	return scan_nodes(x, f->node, f->n_node, err);
}

static int
scan(struct ocr_onnx *x, struct ocr_err *err)
{
	const Onnx__ModelProto *m = x->model;
	struct ocr_onnx_file *f = x->scan;
	const Onnx__TrainingInfoProto *t;
	int64_t opset = ocr_onnx_opset(m);
	size_t i;
	int r = scan_graph(x, m->graph, err);

	for (i = 0; i < m->n_functions && r == 0; i++)
		r = scan_function(x, m->functions[i], err);
	for (i = 0; i < m->n_training_info && r == 0; i++) {
		t = m->training_info[i];
		if (t->initialization != NULL)
			r = scan_graph(x, t->initialization, err);
		if (r == 0 && t->algorithm != NULL)
			r = scan_graph(x, t->algorithm, err);
	}
	if (f->lack[0] == '\0' && opset > OCR_ONNX_MAX_OPSET)
		(void)snprintf(f->lack, sizeof(f->lack),
		    "operators of version %lld; 1 to %d are known here",
		    (long long)opset, OCR_ONNX_MAX_OPSET);
	if (r == 0)
		r = ocr_net_new(&x->meta, err);
	return r == 0 ? ocr_onnx_metadata(x, x->meta, err) : r;
}

int
ocr_onnx_scan(struct ocr_onnx_file *file, struct ocr_net **meta,
    const char *path, struct ocr_err *err)
{
	struct ocr_onnx x = {.file = path, .scan = file};
	int r = ocr_onnx_with_file(&x, file, scan, err);

	/* It has taken over the file's weights: not wanted here. */
	ocr_net_free(x.net);
	if (r < 0) {
		ocr_net_free(x.meta);
		x.meta = NULL;
	}
	*meta = x.meta;
	return r;
}
