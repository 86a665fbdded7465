/*
 * test_ort.c - models on ONNX Runtime, and what is said without it
 *
 * The library is that of $OCR_ORT or of the system; $OCR_TEST_DATA/infer has
 * trained nets.  What is not there is skipped.
 */
#include "config.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/thread.h"
#include "src/model.h"
#include "src/ort.h"
#include "tests/unit/child.h"
#include "tests/unit/onnx_make.h"
#include "tests/unit/tap.h"

#define F32 1
#define U8 2
#define I64 7

#define N_THREADS 4
#define HINT "; ONNX Runtime could run it: "
#define LACK "node 'Tanh': operator Tanh is not known here"

struct place {
	char folder[64], file[80], other[80];
};

static void
write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
		abort();
}

static void
write_model(const struct place *p, const struct pb *graph, int opset)
{
	struct pb m;

	onnx_model(&m, graph, opset);
	write_file(p->file, m.data, m.len);
}

static int
open_as(struct ocr_model **m, const struct place *p, enum ocr_engine engine,
    const char *library, struct ocr_err *err)
{
	struct ocr_model_opt opt = {.engine = engine, .ort_path = library};

	ocr_err_clear(err);
	return ocr_model_open(m, p->file, &opt, err);
}

/* The whole message, FILE being the file. */
static void
refused(const struct place *p, enum ocr_engine engine, const char *library,
    const char *want, const char *name)
{
	struct ocr_err err = {0};
	struct ocr_model *m;
	int r = open_as(&m, p, engine, library, &err);
	size_t n = strlen(p->file);

	if (!ok(r < 0 && r == err.code && m == NULL &&
		    strncmp(err.text, p->file, n) == 0 &&
		    strcmp(err.text + n, want) == 0,
		"%s", name))
		diag("%d: %s", r, err.text);
	ocr_model_close(m);
}

/* The same by a part of it. */
static void
refused_for(const struct place *p, enum ocr_engine engine, const char *want,
    const char *name)
{
	struct ocr_err err = {0};
	struct ocr_model *m;
	int r = open_as(&m, p, engine, NULL, &err);

	if (!ok(r < 0 && m == NULL && strstr(err.text, want) != NULL &&
		    strchr(err.text, '\n') == NULL,
		"%s", name))
		diag("%d: %s", r, err.text);
	ocr_model_close(m);
}

/* x, Tanh, Flatten, y. */
static void
tanh_net(struct pb *g, const char *in, const char *out)
{
	g->len = 0;
	onnx_value(g, 11, "x", F32, in);
	onnx_value(g, 12, "y", F32, out);
	onnx_node(g, "Tanh", "x", "t", NULL, 0);
	onnx_node(g, "Flatten", "t", "y", NULL, 0);
}

static void
test_without(struct place *p)
{
	static const char nowhere[] = "/nowhere/libonnxruntime.so.1";
	struct pb g;
	char text[4096];

	tanh_net(&g, "N,1,2,2", "N,4");
	write_model(p, &g, 13);
	refused(p, OCR_ENGINE_OWN, nowhere, ": " LACK, "own: the refusal");
	refused(p, OCR_ENGINE_AUTO, nowhere,
	    ": " LACK HINT "/nowhere/libonnxruntime.so.1: no such file",
	    "auto: what could be done");
	refused(p, OCR_ENGINE_ORT, nowhere,
	    ": no ONNX Runtime: /nowhere/libonnxruntime.so.1: no such file",
	    "ort: no library");
	refused(p, OCR_ENGINE_AUTO, "libm.so.6",
	    ": " LACK HINT
	    "the library has no OrtGetApiBase: it is another one",
	    "another library");
	memset(text, '#', sizeof(text));
	write_file(p->other, text, sizeof(text));
	(void)setenv("OCR_ORT", p->other, 1);
	refused_for(p, OCR_ENGINE_ORT, "invalid ELF header",
	    "a text, by $OCR_ORT");
	refused_for(p, OCR_ENGINE_AUTO, LACK HINT "/", "a text, under auto");
	(void)setenv("OCR_ORT", nowhere, 1);
	refused_for(p, OCR_ENGINE_ORT, ": no ONNX Runtime: /nowhere/",
	    "nothing, by $OCR_ORT");
	/* a type, a version: as an operator */
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_constant(&g, "c", 11, "1", "\0\0\0\0\0\0\0\0", 8, NULL);
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	write_model(p, &g, 13);
	refused_for(p, OCR_ENGINE_AUTO,
	    "constant 'c': its type of numbers is not known here" HINT,
	    "a type that is not known");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	write_model(p, &g, 22);
	refused_for(p, OCR_ENGINE_AUTO,
	    "operators of version 22; 1 to 21 are known here" HINT,
	    "a version that is not known");
}

/* What is no ONNX, or damaged, is said as it is. */
static void
test_broken(struct place *p)
{
	struct pb g;

	write_file(p->file, "no model", 8);
	refused(p, OCR_ENGINE_AUTO, NULL, ": not an ONNX model, or damaged",
	    "auto: no ONNX");
	refused(p, OCR_ENGINE_ORT, NULL, ": not an ONNX model, or damaged",
	    "ort: no ONNX");
	write_file(p->file, "\x08\x00\x00\x00ORTM", 8);
	refused(p, OCR_ENGINE_ORT, NULL, ": not an ONNX model, or damaged",
	    "ort: its other format");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Relu", "z", "y", NULL, 0);
	write_model(p, &g, 13);
	refused(p, OCR_ENGINE_AUTO, NULL,
	    ": node 'Relu' (Relu): nothing that we can compute makes its input"
	    " 'z'",
	    "auto: a damaged net");
}

/* A tensor in an attribute, its data elsewhere. */
static void
attribute(struct pb *to, unsigned field, const char *location)
{
	struct pb t = {0}, pair = {0}, a = {0};

	pb_int(&t, 1, 4);
	pb_int(&t, 2, F32);
	pb_text(&pair, 1, "location");
	pb_text(&pair, 2, location);
	pb_put(&t, 13, &pair);
	pb_text(&a, 1, "value");
	pb_put(&a, 5, &t);
	pb_int(&a, 20, 4);
	pb_put(to, field, &a);
}

enum where { INITIALIZER, CONSTANT, INNER, SPARSE, FUNCTION, DEFAULTS };

static void
external_net(const struct place *p, enum where where, const char *location)
{
	struct pb g = {0}, m, n = {0}, a = {0}, inner = {0}, f = {0};

	tanh_net(&g, "N,4", "N,4");
	pb_text(&n, 2, "c");
	pb_text(&n, 4, "Constant");
	attribute(&n, 5, location);
	if (where == INITIALIZER)
		onnx_constant(&g, "c", F32, "4", NULL, 0, location);
	if (where == CONSTANT)
		pb_put(&g, 1, &n);
	if (where == SPARSE) {
		onnx_constant(&a, "c", F32, "4", NULL, 0, location);
		a.data[0] = 1 << 3 | 2; /* the field of values */
		pb_put(&g, 15, &a);
	}
	if (where == INNER) {
		pb_put(&inner, 1, &n);
		pb_text(&a, 1, "then_branch");
		pb_put(&a, 6, &inner);
		n.len = 0;
		pb_text(&n, 4, "If");
		pb_put(&n, 5, &a);
		pb_put(&g, 1, &n);
	}
	onnx_model(&m, &g, 13);
	if (where == FUNCTION) {
		pb_text(&f, 1, "mine");
		pb_put(&f, 7, &n);
		pb_put(&m, 25, &f);
	}
	if (where == DEFAULTS) {
		pb_text(&f, 1, "mine");
		attribute(&f, 11, location);
		pb_put(&m, 25, &f);
	}
	write_file(p->file, m.data, m.len);
}

/* With or without the library: nothing outside of the folder is opened. */
static void
test_external(struct place *p)
{
	static const char *const names[] = {"a constant", "a Constant",
	    "an inner graph", "a sparse constant", "a function"};
	static const char want[] =
	    ": external data '../secret': no such file below the model's"
	    " folder";
	static const float c[4] = {1, 2, 3, 4};
	char path[160];
	unsigned i;

	for (i = INITIALIZER; i <= FUNCTION; i++) {
		external_net(p, i, "../secret");
		refused(p, OCR_ENGINE_ORT, NULL, want, names[i]);
	}
	external_net(p, DEFAULTS, "../secret");
	refused(p, OCR_ENGINE_ORT, NULL,
	    ": function 'mine': attributes with defaults are not known",
	    "a function's defaults");
	external_net(p, INNER, "../secret");
	refused(p, OCR_ENGINE_AUTO, NULL, ": " LACK, "auto: our refusal");
	external_net(p, INITIALIZER, "/etc/hostname");
	refused_for(p, OCR_ENGINE_ORT, "no such file below", "absolute");
	/* where ONNX Runtime takes a number as an address */
	(void)snprintf(path, sizeof(path), "%s/*", p->folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/*/_ORT_MEM_ADDR_", p->folder);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/*/_ORT_MEM_ADDR_/*", p->folder);
	write_file(path, c, sizeof(c));
	external_net(p, INITIALIZER, "*/_ORT_MEM_ADDR_/*");
	refused_for(p, OCR_ENGINE_ORT, "no such file below", "an address");
}

static uint32_t
next_random(uint32_t *x)
{
	return *x = *x * 1664525 + 1013904223;
}

static void
fill(void *data, const struct ocr_model_input *in, size_t n)
{
	size_t count = (size_t)in->c * in->h * in->w * n, i;
	uint32_t x = 7;

	for (i = 0; i < count; i++)
		if (in->is_bytes)
			((uint8_t *)data)[i] = (uint8_t)(next_random(&x) >> 24);
		else
			((float *)data)[i] =
			    (float)(next_random(&x) >> 24) / 64 - 2;
}

struct outcome {
	float *scores;
	uint32_t *labels;
	size_t n_scores;
};

/* Random images; in two parts, so that a last part is smaller. */
static int
run(struct outcome *o, const struct ocr_model *m, size_t n)
{
	const struct ocr_model_input *in = ocr_model_input(m);
	struct ocr_model_state *s = NULL;
	struct ocr_err err = {0};
	uint8_t *images = calloc(n, in->n_bytes);
	size_t half = n / 2 + 1;
	int r;

	o->n_scores = ocr_model_n_scores(m);
	o->scores = calloc(n, (o->n_scores + 1) * sizeof(float));
	o->labels = calloc(n, sizeof(*o->labels));
	if (images == NULL || o->scores == NULL || o->labels == NULL)
		abort();
	fill(images, in, n);
	r = ocr_model_state_new(&s, m, n, &err);
	if (r == 0)
		r = ocr_model_run(s, images, half, o->scores, o->labels, &err);
	if (r == 0)
		r = ocr_model_run(s, images + half * in->n_bytes, n - half,
		    o->scores + half * o->n_scores, o->labels + half, &err);
	if (r < 0)
		diag("%s", err.text);
	ocr_model_state_free(s);
	free(images);
	return r;
}

static void
outcome_free(struct outcome *o)
{
	free(o->scores);
	free(o->labels);
}

/* Opens it under auto; its scores are those of fn over the images. */
static void
expect(const struct place *p, enum ocr_engine engine, size_t n,
    double (*fn)(double), const char *name)
{
	struct outcome o = {0};
	struct ocr_err err = {0};
	struct ocr_model *m;
	const struct ocr_model_input *in;
	size_t i, count, n_bad = 0;
	uint8_t *data;

	if (open_as(&m, p, engine, NULL, &err) < 0) {
		ok(0, "%s", name);
		diag("%s", err.text);
		return;
	}
	in = ocr_model_input(m);
	count = (size_t)in->c * in->h * in->w;
	data = calloc(n, in->n_bytes);
	if (data == NULL)
		abort();
	fill(data, in, n);
	if (ok(run(&o, m, n) == 0 && o.n_scores == count, "%s", name)) {
		for (i = 0; i < n * count; i++) {
			float f;
			double x;

			memcpy(&f, data + (in->is_bytes ? 0 : i * sizeof(f)),
			    sizeof(f));
			x = in->is_bytes ? (double)data[i] : (double)f;

			n_bad += !(fabs((double)o.scores[i] - fn(x)) < 1e-5);
		}
		is_int((int64_t)n_bad, 0, "its scores");
	}
	free(data);
	outcome_free(&o);
	ocr_model_close(m);
}

static double
relu(double x)
{
	return x > 0 ? x : 0;
}

static void
test_nets(struct place *p)
{
	struct pb g;

	tanh_net(&g, "N,1,2,2", "N,4");
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 9, tanh, "an operator that we lack");
	expect(p, OCR_ENGINE_ORT, 1, tanh, "one image");
	tanh_net(&g, "1,2,2", "1,4");
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 9, tanh, "a batch of one");
	tanh_net(&g, "4,3,2,2", "4,12");
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 11, tanh, "a batch of four");
	tanh_net(&g, "N,8,2,3", "N,48");
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 5, tanh, "pixel by pixel");
	g.len = 0;
	onnx_value(&g, 11, "x", U8, "N,1,2,2");
	onnx_value(&g, 12, "y", F32, "N,1,2,2");
	onnx_node(&g, "Cast", "x", "f", "to", F32);
	onnx_node(&g, "Tanh", "f", "y", NULL, 0);
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 6, tanh, "bytes");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	write_model(p, &g, 22);
	expect(p, OCR_ENGINE_AUTO, 5, relu, "a version that we lack");
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_ORT, 5, relu, "what we do not lack");
	/* what ours refuses, it is not certain why: each image alone */
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "1,N");
	onnx_node(&g, "Relu", "x", "r", NULL, 0);
	onnx_node(&g, "Flatten", "r", "y", "axis", 0);
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 5, relu, "a net that mixes a batch");
	refused(p, OCR_ENGINE_ORT, NULL,
	    ": its output 'y' is neither scores nor a label an image",
	    "it is refused where batches are run");
}

static void
test_labels(struct place *p)
{
	static const int types[] = {I64, 6};
	struct outcome o = {0};
	struct ocr_err err = {0};
	struct ocr_model *m;
	struct pb g;
	float *x = calloc(70, 5 * sizeof(*x));
	size_t i, j, t, n_bad;

	for (t = 0; t < 2; t++) {
		g.len = 0;
		onnx_value(&g, 11, "x", F32, "N,5");
		onnx_value(&g, 12, "y", types[t], "N,1");
		onnx_node(&g, "Tanh", "x", "t", NULL, 0);
		onnx_node(&g, "ArgMax", "t", "l", "axis", 1);
		onnx_node(&g, "Cast", "l", "y", "to", types[t]);
		write_model(p, &g, 13);
		if (!ok(open_as(&m, p, OCR_ENGINE_AUTO, NULL, &err) == 0,
			"labels of %d bytes", t == 0 ? 8 : 4)) {
			diag("%s", err.text);
			continue;
		}
		fill(x, ocr_model_input(m), 70);
		n_bad = run(&o, m, 70) < 0 || o.n_scores != 0;
		for (i = 0; i < 70; i++) {
			size_t best = 0;

			for (j = 1; j < 5; j++)
				best =
				    x[i * 5 + j] > x[i * 5 + best] ? j : best;
			n_bad += o.labels[i] != best;
		}
		is_int((int64_t)n_bad, 0, "all labels");
		outcome_free(&o);
		ocr_model_close(m);
	}
	free(x);
}

static void
test_refused(struct place *p)
{
	struct pb g;

	tanh_net(&g, "N,1,N,2", "N,4");
	write_model(p, &g, 13);
	refused(p, OCR_ENGINE_ORT, NULL,
	    ": its input 'x' is no image of 1 to 4 channels, bytes or floats",
	    "an image of any size");
	refused(p, OCR_ENGINE_AUTO, NULL,
	    ": " LACK "; its input 'x' is no image of 1 to 4 channels, bytes"
	    " or floats",
	    "the same under auto");
	tanh_net(&g, "N,5,2,7", "N,70");
	write_model(p, &g, 13);
	refused_for(p, OCR_ENGINE_ORT, "no image of 1 to 4", "five channels");
	tanh_net(&g, "N,99999,99999", "N,4");
	write_model(p, &g, 13);
	refused_for(p, OCR_ENGINE_ORT, "no image of 1 to 4", "a huge image");
	tanh_net(&g, "99999999,64,64", "99999999,4096");
	write_model(p, &g, 13);
	refused_for(p, OCR_ENGINE_ORT, "no image of 1 to 4", "a huge batch");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 11, "z", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Add", "x z", "a", NULL, 0);
	onnx_node(&g, "Tanh", "a", "y", NULL, 0);
	write_model(p, &g, 13);
	refused(p, OCR_ENGINE_ORT, NULL, ": 2 inputs: one is known, of images",
	    "two inputs");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", 11, "N,4");
	onnx_node(&g, "Cast", "x", "y", "to", 11);
	write_model(p, &g, 13);
	refused(p, OCR_ENGINE_ORT, NULL,
	    ": none of its 1 outputs has floats (scores) or whole numbers"
	    " (labels)",
	    "an output of doubles");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "NoSuchThing", "x", "y", NULL, 0);
	write_model(p, &g, 13);
	refused_for(p, OCR_ENGINE_AUTO,
	    "operator NoSuchThing is not known here; ONNX Runtime 1.",
	    "nobody knows it");
}

/* Metadata, in the model's field 14. */
static void
add_meta(struct pb *m, const char *key, const char *value)
{
	struct pb pair = {0};

	pb_text(&pair, 1, key);
	pb_text(&pair, 2, value);
	pb_put(m, 14, &pair);
}

static void
test_metadata(struct place *p)
{
	struct ocr_err err = {0};
	struct ocr_model *m;
	const struct ocr_model_input *in;
	char *text = NULL, want[256];
	uint8_t *packed;
	size_t len;
	struct pb g, all;
	FILE *f = open_memstream(&text, &len);

	tanh_net(&g, "N,3,1,2", "N,6");
	onnx_model(&all, &g, 13);
	add_meta(&all, "labels", "cat\ndog\n");
	add_meta(&all, "mean", "10 20 30");
	add_meta(&all, "std", "2");
	pb_text(&all, 2, "a test");
	write_file(p->file, all.data, all.len);
	if (f == NULL ||
	    !ok(open_as(&m, p, OCR_ENGINE_AUTO, NULL, &err) == 0, "metadata")) {
		diag("%s", err.text);
		return;
	}
	in = ocr_model_input(m);
	ok(in->has_mean && in->mean[2] == 30 && in->std[1] == 2 &&
		ocr_model_n_labels(m) == 2 &&
		strcmp(ocr_model_label(m, 1), "dog") == 0 &&
		ocr_model_bnn(m) == NULL,
	    "names of classes, mean and deviation");
	ok(ocr_model_show(m, f, &err) == 0 && fclose(f) == 0, "show");
	(void)snprintf(want, sizeof(want),
	    "model        %s (ONNX)\n"
	    "made by      a test\n"
	    "image        3x1x2 floats, planes\n"
	    "scores       6\n"
	    "labels       2\n"
	    "engine       ONNX Runtime 1.",
	    p->file);
	if (!ok(strncmp(text, want, strlen(want)) == 0 &&
		    strstr(text, "\nnot on ours  " LACK "\n") != NULL,
		"its lines"))
		diag("%s", text);
	ok(ocr_model_pack(&packed, &len, m, &err) < 0 &&
		strstr(err.text, ": cannot be packed: it runs on ONNX Runtime"),
	    "it cannot be packed");
	free(text);
	ocr_model_close(m);
}

/* Data beside the file, for an operator that we lack. */
static void
test_beside(struct place *p)
{
	static const float c[4] = {0, 0, 0, 0};
	char path[160];
	struct pb g;

	(void)snprintf(path, sizeof(path), "%s/weights", p->folder);
	write_file(path, c, sizeof(c));
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_constant(&g, "c", F32, "4", NULL, 0, "weights");
	onnx_node(&g, "Tanh", "x", "t", NULL, 0);
	onnx_node(&g, "Add", "t c", "y", NULL, 0);
	write_model(p, &g, 13);
	expect(p, OCR_ENGINE_AUTO, 3, tanh, "data beside the file");
}

/* Both engines give the same. */
static void
compare(const struct place *p, size_t n, const char *name)
{
	struct outcome own = {0}, ort = {0};
	struct ocr_err err = {0};
	struct ocr_model *a, *b;
	size_t i, n_bad = 0;
	float d, bound;

	if (!ok(open_as(&a, p, OCR_ENGINE_OWN, NULL, &err) == 0 &&
		    open_as(&b, p, OCR_ENGINE_ORT, NULL, &err) == 0 &&
		    run(&own, a, n) == 0 && run(&ort, b, n) == 0,
		"%s", name)) {
		diag("%s", err.text);
		return;
	}
	if (own.n_scores == ort.n_scores)
		for (i = 0; i < n * own.n_scores; i++) {
			d = fabsf(own.scores[i] - ort.scores[i]);
			bound = 1e-4f * fmaxf(1, fabsf(own.scores[i]));
			n_bad += !(d <= bound);
		}
	for (i = 0; i < n; i++)
		n_bad += own.labels[i] != ort.labels[i];
	is_int((int64_t)n_bad, 0, "as our engine has it");
	outcome_free(&own);
	outcome_free(&ort);
	ocr_model_close(a);
	ocr_model_close(b);
}

static void
test_trained(const struct place *p)
{
	const char *top = getenv("top_srcdir"), *data = getenv("OCR_TEST_DATA");
	char command[600];
	struct place q = *p;

	(void)snprintf(command, sizeof(command),
	    "cat '%s/src/models/fashion.onnx' >%s 2>/dev/null",
	    top == NULL ? "." : top, p->other);
	memcpy(q.file, p->other, sizeof(q.file));
	if (system(command) == 0)
		compare(&q, 20, "fashion.onnx");
	else
		skip(2, "no src/models/fashion.onnx below $top_srcdir");
	(void)snprintf(command, sizeof(command),
	    "xz -dc '%s/infer/cnv_w1a1_cifar10.onnx.xz' >%s 2>/dev/null",
	    data == NULL ? "/nowhere" : data, p->other);
	if (system(command) == 0)
		compare(&q, 20, "CNV");
	else
		skip(2, "no $OCR_TEST_DATA/infer/cnv_w1a1_cifar10.onnx.xz");
}

struct worker {
	const struct ocr_model *m;
	struct outcome o;
	int r;
};

static void
work(void *arg)
{
	struct worker *w = arg;
	int i;

	for (i = 0; i < 20 && w->r == 0; i++) {
		outcome_free(&w->o);
		w->r = run(&w->o, w->m, 33);
	}
}

static void
test_threads(struct place *p)
{
	struct worker w[N_THREADS] = {0};
	struct ocr_thread *t[N_THREADS];
	struct ocr_err err = {0};
	struct ocr_model *m;
	struct pb g;
	unsigned i;
	int n_bad = 0;

	tanh_net(&g, "N,3,8,8", "N,192");
	write_model(p, &g, 13);
	if (!ok(open_as(&m, p, OCR_ENGINE_AUTO, NULL, &err) == 0, "a model"))
		return;
	for (i = 0; i < N_THREADS; i++) {
		w[i].m = m;
		if (ocr_thread_start(&t[i], work, &w[i], &err) < 0)
			abort();
	}
	for (i = 0; i < N_THREADS; i++)
		ocr_thread_join(t[i]);
	for (i = 0; i < N_THREADS; i++)
		n_bad += w[i].r < 0 || memcmp(w[i].o.scores, w[0].o.scores,
					   33 * 192 * sizeof(float)) != 0;
	is_int(n_bad, 0, "threads on one session");
	for (i = 0; i < N_THREADS; i++)
		outcome_free(&w[i].o);
	ocr_model_close(m);
}

static int
fail_twice(void *arg)
{
	const struct place *p = arg;
	struct ocr_err err = {0};
	struct ocr_model *m;

	return open_as(&m, p, OCR_ENGINE_ORT, NULL, &err) < 0 &&
		       open_as(&m, p, OCR_ENGINE_AUTO, NULL, &err) < 0
		   ? 0
		   : 1;
}

/* The library's own words stay out of stderr; what it fails at is in err. */
static void
test_quiet(struct place *p)
{
	struct child *c = calloc(1, sizeof(*c));
	struct pb g;

	if (c == NULL)
		abort();
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,4");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "NoSuchThing", "x", "y", NULL, 0);
	write_model(p, &g, 13);
	child_run(c, fail_twice, p);
	if (!ok(c->status == 0 && c->err[0] == '\0' && c->out[0] == '\0',
		"nothing is printed"))
		diag("%d: %s%s", c->status, c->out, c->err);
	free(c);
}

/* A library as it was in 2021, which answers for its own interface alone. */
static void
test_old(struct place *p, const char *version)
{
	char source[80], library[80], command[400], want[160], text[512];
	struct pb g;
	void *own;
	int n;

	(void)snprintf(source, sizeof(source), "%s/old.c", p->folder);
	(void)snprintf(library, sizeof(library), "%s/old.so", p->folder);
	(void)unlink(library);
	n = snprintf(text, sizeof(text),
	    "static const char *version(void) { return \"%s\"; }\n"
	    "static void *api(unsigned v) { return v > 8 ? 0 : \"\"; }\n"
	    "static struct { void *(*a)(unsigned); const char *(*v)(void); }\n"
	    "    base = {api, version};\n"
	    "void *OrtGetApiBase(void) { return &base; }\n",
	    version);
	write_file(source, text, (size_t)n);
	tanh_net(&g, "N,4", "N,4");
	write_model(p, &g, 13);
	(void)snprintf(command, sizeof(command),
	    "cc -shared -fPIC -w -o %s %s 2>/dev/null", library, source);
	own = system(command) == 0 ? dlopen(library, RTLD_NOW) : NULL;
	if (own == NULL) {
		skip(1, "no cc, or it is for another machine");
		return;
	}
	dlclose(own);
	(void)snprintf(want, sizeof(want),
	    ": no ONNX Runtime: version %s does not have interface 14: 1.14 or"
	    " later is needed",
	    version);
	refused(p, OCR_ENGINE_ORT, library, want, version);
}

static void
test_with(struct place *p)
{
	test_quiet(p);
	test_nets(p);
	test_labels(p);
	test_refused(p);
	test_metadata(p);
	test_beside(p);
	test_trained(p);
	test_threads(p);
}

int
main(void)
{
	const char *own = getenv("OCR_ORT");
	char *library = own == NULL ? NULL : strdup(own);
	char command[160];
	struct ocr_err err = {0};
	struct place p = {.folder = "/tmp/test_ort.XXXXXX"};
	struct ocr_ort *o;

	if (mkdtemp(p.folder) == NULL)
		abort();
	(void)snprintf(p.file, sizeof(p.file), "%s/m.onnx", p.folder);
	(void)snprintf(p.other, sizeof(p.other), "%s/other", p.folder);
	test_without(&p);
	if (library != NULL)
		(void)setenv("OCR_ORT", library, 1);
	else
		(void)unsetenv("OCR_ORT");
	test_broken(&p);
	test_external(&p);
	test_old(&p, "1.8.1");
	if (ocr_ort_open(&o, NULL, &err) == 0) {
		diag("ONNX Runtime %s", ocr_ort_version(o));
		ocr_ort_close(o);
		test_with(&p);
	} else {
		skip(1, err.text);
	}
	ocr_ort_close(NULL);
	(void)snprintf(command, sizeof(command), "rm -r %s", p.folder);
	if (system(command) != 0)
		diag("left: %s", p.folder);
	free(library);
	return done();
}
