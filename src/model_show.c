/*
 * model_show.c - ocr-infer --show: what a model is made of
 */
#include "config.h"

#include "src/model.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/bnn_file_layout.h"
#include "src/model_part.h"
#include "src/net_run.h"
#include "src/table.h"

#define N_COLUMNS 7

struct total {
	uint64_t macs, bytes;
};

static void
add_row(struct ocr_table *t, const char *name, const char *in, const char *out,
    const char *bits, uint64_t macs, uint64_t bytes, const char *engine)
{
	const char *cells[N_COLUMNS] = {name, in, out, bits, NULL, NULL,
	    engine};
	char macs_text[24] = "", bytes_text[24] = "";

	if (macs != 0)
		(void)snprintf(macs_text, sizeof(macs_text), "%" PRIu64, macs);
	if (bytes != 0)
		(void)snprintf(bytes_text, sizeof(bytes_text), "%" PRIu64,
		    bytes);
	cells[4] = macs_text;
	cells[5] = bytes_text;
	ocr_table_add(t, cells);
}

static unsigned
weight_bits(const struct ocr_bnn_layer *l)
{
	return ocr_bnn_is_binary(l) ? 1 : 2;
}

static void
add_layer(struct ocr_table *t, const struct ocr_bnn_layer *l,
    const char *engine, struct total *sum)
{
	bool is_conv = l->kind == OCR_BNN_CONV;
	bool is_dense = is_conv && l->window_h == l->in_h &&
			l->window_w == l->in_w && l->pad_top == 0 &&
			l->pad_left == 0;
	char name[64], in[48], out[48], bits[32] = "";
	uint64_t macs = 0, bytes = 0;

	(void)snprintf(name, sizeof(name), "%s %" PRIu32 "x%" PRIu32,
	    is_conv ? "conv" : "max-pool", l->window_h, l->window_w);
	(void)snprintf(in, sizeof(in), "%" PRIu32 "x%" PRIu32 "x%" PRIu32,
	    l->in_c, l->in_h, l->in_w);
	(void)snprintf(out, sizeof(out), "%" PRIu32 "x%" PRIu32 "x%" PRIu32,
	    l->out_c, l->out_h, l->out_w);
	if (is_conv) {
		unsigned w = weight_bits(l);

		(void)snprintf(bits, sizeof(bits), "w%u a%u", w, l->in_bits);
		macs = ocr_bnn_file_n_weights(l) * l->out_h * l->out_w;
		bytes = ocr_bnn_file_weight_bytes(l, w) +
			ocr_bnn_file_n_outs(l) * 4;
	}
	add_row(t, is_dense ? "dense" : name, in, out, bits, macs, bytes,
	    engine);
	sum->macs += macs;
	sum->bytes += bytes;
}

static void
shape_text(char *to, size_t room, const struct ocr_tensor *t)
{
	size_t at = 0;
	uint32_t i;

	to[0] = '\0';
	for (i = 1; t->has_shape && i < t->n_dims && at + 24 < room; i++)
		at += (size_t)snprintf(to + at, room - at, "%s%" PRIu64,
		    i == 1 ? "" : "x", t->dims[i]);
}

static uint64_t
element_count(const struct ocr_tensor *t)
{
	return t->has_shape ? ocr_tensor_count(t, 1) : 0;
}

static bool
is_int8(const struct ocr_node *node)
{
	return node->op == OCR_OP_INT8_CONV || node->op == OCR_OP_INT8_PRODUCT;
}

static uint64_t
node_macs(const struct ocr_net *n, const struct ocr_node *node)
{
	const struct ocr_tensor *w;
	uint64_t outs = element_count(&n->tensors[node->out[0]]);

	if ((node->op != OCR_OP_CONV && node->op != OCR_OP_GEMM &&
		node->op != OCR_OP_MATMUL && !is_int8(node)) ||
	    node->n_in < 2)
		return 0;
	w = &n->tensors[node->in[1]];
	if (!w->has_shape || w->n_dims < 2 || w->dims[0] == 0)
		return 0;
	if (node->op == OCR_OP_CONV || is_int8(node))
		return outs * (element_count(w) / w->dims[0]);
	return outs * w->dims[node->op == OCR_OP_GEMM && node->attr.transpose_b
				  ? w->n_dims - 1
				  : w->n_dims - 2];
}

static void
add_node(struct ocr_table *t, const struct ocr_net *n,
    const struct ocr_node *node, struct total *sum)
{
	char in[64], out[64], engine[128];
	uint64_t bytes = 0, macs = node_macs(n, node);
	uint32_t i;

	shape_text(in, sizeof(in), &n->tensors[node->in[0]]);
	shape_text(out, sizeof(out), &n->tensors[node->out[0]]);
	for (i = 0; i < node->n_in; i++)
		if (ocr_node_has(node, i) &&
		    n->tensors[node->in[i]].data != NULL)
			bytes +=
			    element_count(&n->tensors[node->in[i]]) *
			    ocr_element_size(n->tensors[node->in[i]].element);
	(void)snprintf(engine, sizeof(engine), "%s%s%s%s",
	    ocr_net_has_dnnl() ? "oneDNN" : "plain C",
	    is_int8(node) ? " int8" : "",
	    node->not_int8 != NULL ? ", not int8: " : "",
	    node->not_int8 != NULL ? node->not_int8 : "");
	add_row(t, ocr_op_name(node->op), in, out, is_int8(node) ? "w8 a8" : "",
	    macs, bytes, engine);
	sum->macs += macs;
	sum->bytes += bytes;
}

static void
show_head(const struct ocr_model *m, FILE *f)
{
	const struct ocr_model_input *in = &m->input;
	char cell[512];
	struct ocr_table t = {.n_columns = 2};
	const char *row[2] = {NULL, cell};

#define ROW(what, ...)                                                         \
	do {                                                                   \
		row[0] = what;                                                 \
		(void)snprintf(cell, sizeof(cell), __VA_ARGS__);               \
		ocr_table_add(&t, row);                                        \
	} while (0)
	ROW("model", "%s (%s)", m->path, m->kind);
	if (m->net != NULL && m->net->producer != NULL)
		ROW("made by", "%s", m->net->producer);
	ROW("image", "%" PRIu32 "x%" PRIu32 "x%" PRIu32 " %s, %s", in->c, in->h,
	    in->w, in->is_bytes ? "bytes" : "floats",
	    in->is_nhwc ? "pixel by pixel" : "planes");
	if (m->n_scores != 0)
		ROW("scores", "%" PRIu32, m->n_scores);
	if (m->n_labels != 0)
		ROW("labels", "%" PRIu32, m->n_labels);
	if (m->ort != NULL)
		ROW("engine", "ONNX Runtime %s", ocr_ort_version(m->ort));
	if (m->first.bnn == NULL && m->why[0] != '\0')
		ROW(m->ort != NULL ? "not on ours" : "not binarised", "%s",
		    m->why);
#undef ROW
	ocr_table_write(&t, f);
	ocr_table_release(&t);
}

int
ocr_model_show(const struct ocr_model *m, FILE *f, struct ocr_err *err)
{
	static const char *const heads[N_COLUMNS] = {"layer", "in", "out",
	    "bits", "macs", "bytes", "engine"};
	struct ocr_table t = {.n_columns = N_COLUMNS};
	struct total sum = {0};
	char engine[64];
	bool is_short;
	uint32_t i;

	show_head(m, f);
	if (m->ort != NULL) /* which keeps its layers to itself */
		return 0;
	(void)fputc('\n', f);
	ocr_table_add(&t, heads);
	if (m->packed != NULL)
		(void)snprintf(engine, sizeof(engine), "own %s",
		    ocr_bnn_isa_name(m->packed));
	for (i = 0; m->first.bnn != NULL && i < m->first.bnn->n_layers; i++)
		add_layer(&t, &m->first.bnn->layers[i], engine, &sum);
	for (i = m->from; i < m->to; i++)
		add_node(&t, m->net, &m->net->nodes[i], &sum);
	add_row(&t, "all", "", "", "", sum.macs, sum.bytes, "");
	ocr_table_write(&t, f);
	is_short = t.is_short;
	ocr_table_release(&t);
	return is_short ? ocr_err_nomem(err) : 0;
}
