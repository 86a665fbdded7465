/*
 * test_onnx_cases.c - ONNX's own cases for each operator that we claim
 *
 *	test_onnx_cases [FOLDER [PART-OF-NAME]]
 *
 * FOLDER has one folder a case: model.onnx and test_data_set_N/{in,out}put_N.pb;
 * the default is where Debian's libonnx-testdata has them.  On both engines.  The first
 * input is given to the net, the others become constants; each output is asked
 * for in turn.  A case that we refuse must be in the list below, with the
 * reason that we give.  A case with an operator that we do not know is left
 * out.
 */
#include "config.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/net_fold.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "src/onnx_impl.h"
#include "tests/unit/tap.h"

#define CASES "/usr/share/libonnx-testdata/data/node"

/* Beginning of the case's name, and what we say. */
static const struct {
	const char *name, *why;
} refused[] = {
    {"test_averagepool_1d", "two sides"},
    {"test_averagepool_3d", "two sides"},
    {"test_batchnorm_epsilon_training", "training_mode"},
    {"test_batchnorm_example_training", "training_mode"},
    {"test_cast", "not known"},
    {"test_edge_pad", "mode"},
    {"test_identity_opt", "constant"},
    {"test_identity_sequence", "constant"},
    {"test_max_", "type of numbers"},
    {"test_min_", "type of numbers"},
    {"test_pow_types_", "type of numbers"},
    {"test_reshape_allowzero", "not 1 or more"},
    {"test_shape_", "attribute"},
    {"test_reflect_pad", "mode"},
    {"test_maxpool_1d", "two sides"},
    {"test_maxpool_3d", "two sides"},
    {"test_maxpool_with_argmax", "storage_order"},
    {"test_maxpool_with_argmax", "makes output"},
    {"test_reduce_mean_", "side by side"},
    {"test_training_dropout", "inputs"},
    {"test_dropout_default_mask", "makes output"},
};

struct blob {
	uint8_t *data;
	size_t len;
};

static struct blob
slurp(const char *folder, const char *name)
{
	char path[1400];
	struct blob b = {NULL, 0};
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return b;
	b.data = malloc(1 << 22);
	b.len = b.data == NULL ? 0 : fread(b.data, 1, 1 << 22, f);
	fclose(f);
	return b;
}

static Onnx__TensorProto *
tensor_of(const char *folder, int set, const char *kind, size_t i)
{
	char name[80];
	struct blob b;
	Onnx__TensorProto *t;

	snprintf(name, sizeof(name), "test_data_set_%d/%s_%zu.pb", set, kind,
	    i);
	b = slurp(folder, name);
	t = b.data == NULL ? NULL
			   : onnx__tensor_proto__unpack(NULL, b.len, b.data);
	free(b.data);
	return t;
}

/* The model with one output and one input; caller frees. */
static struct blob
rewrite(Onnx__ModelProto *m, const char *folder, size_t output)
{
	Onnx__GraphProto *g = m->graph, copy = *g;
	Onnx__TensorProto *more[16], *list[64];
	Onnx__ValueInfoProto *out[1] = {g->output[output]};
	struct blob b;
	size_t i, n = 0, k;

	for (i = 0; i < g->n_initializer && n < 32; i++)
		list[n++] = g->initializer[i];
	for (k = 0, i = 1; i < g->n_input && i < 16; i++) {
		more[k] = tensor_of(folder, 0, "input", i);
		if (more[k] == NULL)
			continue;
		free(more[k]->name);
		more[k]->name = strdup(g->input[i]->name);
		list[n++] = more[k++];
	}
	copy.initializer = list;
	copy.n_initializer = n;
	copy.output = out;
	copy.n_output = 1;
	m->graph = &copy;
	b.len = onnx__model_proto__get_packed_size(m);
	b.data = malloc(b.len);
	onnx__model_proto__pack(m, b.data);
	m->graph = g;
	while (k-- > 0)
		onnx__tensor_proto__free_unpacked(more[k], NULL);
	return b;
}

/* The numbers of a case's file, by way of the reader of constants. */
static struct ocr_net *
constant(const char *folder, const char *kind, size_t i, struct ocr_err *err)
{
	Onnx__TensorProto *t = tensor_of(folder, 0, kind, i);
	struct ocr_onnx x = {.file = folder, .folder = -1};

	if (t == NULL || ocr_net_new(&x.net, err) < 0 ||
	    ocr_net_add_tensor(x.net, "case", err) < 0 ||
	    ocr_onnx_tensor(&x, 0, t, err) < 0) {
		ocr_net_free(x.net);
		x.net = NULL;
	}
	if (t != NULL)
		onnx__tensor_proto__free_unpacked(t, NULL);
	return x.net;
}

static bool
is_close(const struct ocr_tensor *a, const void *data,
    const struct ocr_tensor *want)
{
	uint64_t i, n = ocr_tensor_count(want, 1);
	const float *x = data, *y = want->data;

	if (a->element != want->element || a->n_dims != want->n_dims ||
	    memcmp(a->dims, want->dims, a->n_dims * sizeof(*a->dims)) != 0)
		return false;
	if (a->element != OCR_F32)
		return memcmp(data, want->data,
			   n * ocr_element_size(a->element)) == 0;
	for (i = 0; i < n; i++)
		if (!(fabsf(x[i] - y[i]) <= 1e-3f * fabsf(y[i]) + 1e-6f) &&
		    !(x[i] == y[i]) && !(x[i] != x[i] && y[i] != y[i]))
			return false;
	return true;
}

static int
run(const struct ocr_net *n, enum ocr_net_engine engine, const char *folder,
    const struct ocr_tensor *want, bool *is_same, struct ocr_err *err)
{
	struct ocr_net *in = constant(folder, "input", 0, err);
	const struct ocr_tensor *out = &n->tensors[n->output];
	struct ocr_net_run *r = NULL;
	void *got = malloc(ocr_tensor_count(out, 1) * 8 + 1);
	int code = in == NULL || got == NULL ? -OCR_EFORMAT : 0;

	if (code == 0 && out->data != NULL) {
		*is_same = is_close(out, out->data, want);
		goto out;
	}
	if (code == 0)
		code =
		    ocr_net_run_new(&r, n, 0, n->n_nodes - 1, engine, 1, err);
	if (code == 0)
		code = ocr_net_run_images(r, in->tensors[0].data, 1, got, err);
	if (code == 0)
		*is_same = is_close(out, got, want);
out:
	ocr_net_run_free(r);
	ocr_net_free(in);
	free(got);
	return code;
}

static bool
is_expected(const char *name, const char *why)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (strncmp(name, refused[i].name, strlen(refused[i].name)) ==
			0 &&
		    strstr(why, refused[i].why) != NULL)
			return true;
	return false;
}

static void
try_output(Onnx__ModelProto *m, const char *folder, const char *name, size_t i,
    enum ocr_net_engine engine, bool is_folded)
{
	struct blob b = rewrite(m, folder, i);
	struct ocr_err err = {0};
	struct ocr_net *n = NULL, *want = constant(folder, "output", i, &err);
	bool is_same = false;
	int r =
	    ocr_onnx_parse(&n, b.data, b.len, name, -1, OCR_ONNX_FIXED, &err);

	if (r == 0)
		r = ocr_net_shape(n, &err);
	if (r == 0 && is_folded)
		r = ocr_net_fold(n, &err);
	if (r == 0 && want != NULL)
		r = run(n, engine, folder, &want->tensors[0], &is_same, &err);
	if (r < 0 && is_expected(name, err.text))
		printf("ok %ld - %s # SKIP %s\n", ++tap_count()->run, name,
		    err.text);
	else if (!ok(r == 0 && is_same, "%s output %zu%s", name, i,
		     is_folded ? " folded" : ""))
		diag("%s", r < 0 ? err.text : "other numbers");
	ocr_net_free(want);
	ocr_net_free(n);
	free(b.data);
}

static void
try_case(const char *folder, const char *name, enum ocr_net_engine engine)
{
	struct blob b = slurp(folder, "model.onnx");
	Onnx__ModelProto *m =
	    b.data == NULL ? NULL
			   : onnx__model_proto__unpack(NULL, b.len, b.data);
	bool is_known = m != NULL && m->graph != NULL &&
			m->graph->n_input > 0 && m->graph->n_node > 0;
	size_t i;

	for (i = 0; is_known && i < m->graph->n_node; i++)
		is_known = ocr_onnx_op_of(m->graph->node[i]) != NULL ||
			   strcmp(m->graph->node[i]->op_type, "Constant") == 0;
	for (i = 0; is_known && i < m->graph->n_output; i++) {
		try_output(m, folder, name, i, engine, false);
		try_output(m, folder, name, i, engine, true);
	}
	if (m != NULL)
		onnx__model_proto__free_unpacked(m, NULL);
	free(b.data);
}

static void
try_all(const char *path, const char *part, enum ocr_net_engine engine)
{
	struct dirent **list;
	char folder[1024];
	int i, n = scandir(path, &list, NULL, alphasort);

	for (i = 0; i < n; i++) {
		snprintf(folder, sizeof(folder), "%s/%s", path,
		    list[i]->d_name);
		if (list[i]->d_name[0] != '.' &&
		    (part == NULL || strstr(list[i]->d_name, part) != NULL))
			try_case(folder, list[i]->d_name, engine);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : CASES;

	if (access(path, R_OK) < 0) {
		printf("1..0 # SKIP no cases: apt install libonnx-testdata\n");
		return 0;
	}
	try_all(path, argc > 2 ? argv[2] : NULL, OCR_NET_PLAIN);
	if (ocr_net_has_dnnl())
		try_all(path, argc > 2 ? argv[2] : NULL, OCR_NET_DNNL);
	return done();
}
