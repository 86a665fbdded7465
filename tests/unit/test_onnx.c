/*
 * test_onnx.c - ONNX files that are not what they should be
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/net_fold.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "src/onnx.h"
#include "tests/unit/onnx_make.h"
#include "tests/unit/tap.h"

#define F32 1
#define I64 7

static const float ones[64] = {1, 1, 1, 1};

/* Reads and shapes it; the message must have 'want' in it (NULL: fine). */
static void
expect(const struct pb *graph, const char *want, const char *name)
{
	struct pb model;
	struct ocr_net *n = NULL;
	struct ocr_err err = {0};
	int r;

	onnx_model(&model, graph, 13);
	r = ocr_onnx_parse(&n, model.data, model.len, "m", -1, OCR_ONNX_BATCH,
	    &err);
	if (r == 0)
		r = ocr_net_shape(n, &err);
	if (r == 0)
		r = ocr_net_fold(n, &err);
	if (!ok(want == NULL ? r == 0 : r < 0 && strstr(err.text, want) != NULL,
		"%s", name))
		diag("%d: %s", r, err.text);
	ocr_net_free(n);
}

static void
begin(struct pb *g)
{
	g->len = 0;
	onnx_value(g, 11, "x", F32, "N,4");
	onnx_value(g, 12, "y", F32, "N,4");
}

static void
test_graphs(void)
{
	struct pb g;

	begin(&g);
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	expect(&g, NULL, "a net of one node");
	begin(&g);
	onnx_node(&g, "Relu", "a", "y", NULL, 0);
	onnx_node(&g, "Relu", "x", "a", NULL, 0);
	expect(&g, NULL, "nodes in the wrong order are sorted");
	begin(&g);
	onnx_node(&g, "Add", "x b", "a", NULL, 0);
	onnx_node(&g, "Relu", "a", "b", NULL, 0);
	onnx_node(&g, "Relu", "b", "y", NULL, 0);
	expect(&g, "depends on its output", "a cycle");
	begin(&g);
	onnx_node(&g, "Relu", "y", "y", NULL, 0);
	expect(&g, "depends on its output", "a node that feeds itself");
	begin(&g);
	onnx_node(&g, "Relu", "z", "y", NULL, 0);
	expect(&g, "makes its input 'z'", "an input from nowhere");
	begin(&g);
	onnx_node(&g, "Relu", "x", "z", NULL, 0);
	expect(&g, "makes output 'y'", "an output from nowhere");
	begin(&g);
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	onnx_node(&g, "Sign", "x", "y", NULL, 0);
	expect(&g, "'y' is made twice", "a name twice");
	begin(&g);
	onnx_node(&g, "Resize", "x", "y", NULL, 0);
	expect(&g, "m: node 'Resize': operator Resize is not known here",
	    "an operator that is not known");
	begin(&g);
	onnx_node(&g, "Relu", "x", "y", "alpha_of_mine", 3);
	expect(&g, "attribute 'alpha_of_mine'", "an attribute of its own");
	begin(&g);
	onnx_value(&g, 11, "x2", F32, "N,4");
	onnx_node(&g, "Add", "x x2", "y", NULL, 0);
	expect(&g, "more than one input", "two inputs");
	begin(&g);
	onnx_node(&g, "Add", "x", "y", NULL, 0);
	expect(&g, "1 inputs", "an input too few");
	begin(&g);
	onnx_node(&g, "Add", "x ", "y", NULL, 0);
	expect(&g, "1 inputs", "half an Add");
	begin(&g);
	onnx_node(&g, "Flatten", "x", "y", "axis", 0);
	expect(&g, "mix the images", "a batch flattened");
	begin(&g);
	onnx_node(&g, "Softmax", "x", "y", "axis", 9);
	expect(&g, "axis 9", "an axis beyond the end");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,N");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	expect(&g, "a dimension without a number", "an image of any size");
	g.len = 0;
	onnx_value(&g, 11, "x", F32, "N,99999999,99999999");
	onnx_value(&g, 12, "y", F32, "N,4");
	onnx_node(&g, "Relu", "x", "y", NULL, 0);
	expect(&g, "more than 2 GiB", "a huge image");
}

static void
test_constants(void)
{
	struct pb g;
	int64_t shape[2] = {0, 3};

	begin(&g);
	onnx_constant(&g, "c", F32, "4", ones, 16, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, NULL, "a constant");
	begin(&g);
	onnx_constant(&g, "c", F32, "4", ones, 12, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, "constant 'c': its data has another size", "too short");
	begin(&g);
	onnx_constant(&g, "c", F32, "4611686018427387904,4", ones, 16, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, "more than 2 GiB", "dims whose product wraps");
	begin(&g);
	onnx_constant(&g, "c", F32, "-4", ones, 16, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, "not 1 or more", "a negative dim");
	begin(&g);
	onnx_constant(&g, "c", F32, "3", ones, 12, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, "do not go together", "shapes that do not broadcast");
	begin(&g);
	onnx_constant(&g, "c", I64, "2", ones, 16, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	expect(&g, "input 2 is int64, not float", "types that differ");
	begin(&g);
	onnx_constant(&g, "s", I64, "2", shape, 16, NULL);
	onnx_node(&g, "Reshape", "x s", "y", NULL, 0);
	expect(&g, "4 numbers an image into a shape of 3", "a wrong reshape");
	begin(&g);
	onnx_constant(&g, "i", I64, "1", ones, 8, NULL);
	onnx_node(&g, "Gather", "x i", "y", "axis", 1);
	expect(&g, "an index out of range", "an index out of range");
}

/* Data beside the model, read below its folder alone. */
static void
test_external(const char *folder)
{
	static const struct {
		const char *location, *want;
	} cases[] = {{"data", NULL}, {"./data", NULL},
	    {"../data", "no such file below"}, {"/etc/hostname", "no such"},
	    {"link", "no such file below"}, {"missing", "no such file below"},
	    {"short", "another size"}, {"", "no such file below"},
	    {".", "no such file below"}};
	char path[1200];
	struct pb g, model;
	struct ocr_net *n;
	struct ocr_err err;
	FILE *f;
	size_t i;
	int r;

	snprintf(path, sizeof(path), "%s/data", folder);
	f = fopen(path, "wb");
	fwrite(ones, 1, 16, f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/short", folder);
	f = fopen(path, "wb");
	fwrite(ones, 1, 15, f);
	fclose(f);
	snprintf(path, sizeof(path), "%s/link", folder);
	if (symlink("/etc/hostname", path) < 0)
		diag("no link");
	snprintf(path, sizeof(path), "%s/m.onnx", folder);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin(&g);
		onnx_constant(&g, "c", F32, "4", NULL, 0, cases[i].location);
		onnx_node(&g, "Add", "x c", "y", NULL, 0);
		onnx_model(&model, &g, 13);
		f = fopen(path, "wb");
		fwrite(model.data, 1, model.len, f);
		fclose(f);
		err = (struct ocr_err){0};
		r = ocr_onnx_read(&n, path, &err);
		if (!ok(cases[i].want == NULL
			    ? r == 0 && *(const float *)n->tensors[0].data == 1
			    : r < 0 && strstr(err.text, cases[i].want) != NULL,
			"external data '%s'", cases[i].location))
			diag("%s", err.text);
		ocr_net_free(n);
	}
}

/* A field around all that begins at i; where that begins. */
static size_t
wrap(uint8_t *data, size_t end, size_t i, uint8_t tag)
{
	size_t len = end - i;

	data[--i] = (uint8_t)(len >> 21 & 127);
	data[--i] = (uint8_t)(128 | (len >> 14 & 127));
	data[--i] = (uint8_t)(128 | (len >> 7 & 127));
	data[--i] = (uint8_t)(128 | (len & 127));
	data[--i] = tag;
	return i;
}

/* Every cut of a file is refused or read; deep nesting and bombs end early. */
static void
test_damage(void)
{
	static uint8_t deep[1 << 20];
	struct pb g, model;
	struct ocr_net *n;
	struct ocr_err err;
	size_t i;
	int bad = 0;

	begin(&g);
	onnx_constant(&g, "c", F32, "4", ones, 16, NULL);
	onnx_node(&g, "Add", "x c", "y", NULL, 0);
	onnx_model(&model, &g, 13);
	for (i = 0; i < model.len; i++) {
		err = (struct ocr_err){0};
		bad += ocr_onnx_parse(&n, model.data, i, "m", -1,
			   OCR_ONNX_BATCH, &err) == 0;
		ocr_net_free(n);
	}
	is_int(bad, 0, "a cut file is never taken for a whole one");
	/* from the end: a type of a sequence of a type ... of an input */
	for (i = sizeof(deep); i > 64;) {
		i = wrap(deep, sizeof(deep), i, 0x0a);
		i = wrap(deep, sizeof(deep), i, 0x22);
	}
	i = wrap(deep, sizeof(deep), i, 0x12);
	i = wrap(deep, sizeof(deep), i, 0x5a);
	i = wrap(deep, sizeof(deep), i, 0x3a);
	err = (struct ocr_err){0};
	ok(ocr_onnx_parse(&n, deep + i, sizeof(deep) - i, "m", -1,
	       OCR_ONNX_BATCH, &err) < 0,
	    "a file nested a hundred thousand deep");
	is_int(ocr_onnx_parse(&n, "", 0, "m", -1, OCR_ONNX_BATCH, &err),
	    -OCR_EFORMAT, "an empty file");
}

int
main(void)
{
	char folder[] = "/tmp/test_onnx_XXXXXX", command[64];
	const char *own = getenv("BATS_TEST_TMPDIR");

	test_graphs();
	test_constants();
	if (own != NULL) {
		test_external(own);
	} else if (mkdtemp(folder) != NULL) {
		test_external(folder);
		snprintf(command, sizeof(command), "rm -r %s", folder);
		if (system(command) != 0)
			diag("left: %s", folder);
	}
	test_damage();
	return done();
}
