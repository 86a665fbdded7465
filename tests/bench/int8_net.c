/*
 * int8_net.c - quantised nets in int8 against the same nets in fp32
 *
 *	int8_net [BATCH [ROUNDS]]
 *
 * A VGG-like and a MobileNet-like QDQ net of random weights, on one thread: as
 * it runs in int8, and the same net without quantisers, in floats.  Alternating
 * in one process; prints the median of the ratios fp32 / int8, and how many of
 * the layers are in int8.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "src/net_fold.h"
#include "src/net_int8.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "tests/unit/qdq_build.h"

/* out 0: a max pool; group -1: depthwise */
struct layer {
	int out, kernel, stride, group;
};

static const struct layer vgg[] = {{64, 3, 1, 1}, {64, 3, 1, 1}, {0, 2, 2, 1},
    {128, 3, 1, 1}, {128, 3, 1, 1}, {0, 2, 2, 1}, {256, 3, 1, 1},
    {256, 3, 1, 1}, {0, 2, 2, 1}, {512, 3, 1, 1}, {512, 3, 1, 1}, {0, 2, 2, 1}};
static const struct layer mobile[] = {{32, 3, 2, 1}, {32, 3, 1, -1},
    {64, 1, 1, 1}, {64, 3, 2, -1}, {128, 1, 1, 1}, {128, 3, 1, -1},
    {128, 1, 1, 1}, {128, 3, 2, -1}, {256, 1, 1, 1}, {256, 3, 1, -1},
    {256, 1, 1, 1}, {256, 3, 2, -1}, {512, 1, 1, 1}, {512, 3, 1, -1},
    {512, 1, 1, 1}};

struct bench {
	struct built b;
	bool is_qdq;
	struct qdq q;
	int most; /* of weights */
};

static void
quantisers(struct bench *n, float scale)
{
	n->q = (struct qdq){OCR_U8, scale, 0};
	if (!n->is_qdq)
		return;
	qdq_quantize(&n->b, &n->q);
	qdq_dequantize(&n->b, &n->q);
}

static void
add_conv(struct bench *n, const struct layer *l, int group)
{
	uint64_t out = (uint64_t)l->out, k = (uint64_t)l->kernel, i;
	uint64_t per = (uint64_t)n->b.c / (uint64_t)group * k * k;
	uint64_t dims[4] = {out, n->b.c / (uint64_t)group, k, k};
	int8_t *weights = malloc(out * per);
	int32_t *bias = calloc(out, sizeof(*bias));
	float *scales = malloc(out * sizeof(*scales));
	float *floats = malloc(out * per * sizeof(*floats));
	float scale = 1 / ((float)n->most * sqrtf((float)per));
	struct ocr_node *node;
	uint32_t in[2];

	if (weights == NULL || bias == NULL || scales == NULL || floats == NULL)
		abort();
	for (i = 0; i < out * per; i++) {
		weights[i] =
		    (int8_t)(built_below(&n->b, 2 * n->most + 1) - n->most);
		floats[i] = (float)weights[i] * scale;
	}
	for (i = 0; i < out; i++)
		scales[i] = scale;
	if (n->is_qdq) {
		in[0] = qdq_weights(&n->b, OCR_I8, 4, dims, weights, scales,
		    out, 0);
		in[1] =
		    qdq_weights(&n->b, OCR_I32, 1, &out, bias, scales, out, 0);
	} else {
		in[0] = built_constant(&n->b, 4, dims, floats);
		memset(scales, 0, out * sizeof(*scales));
		in[1] = built_constant(&n->b, 1, &out, scales);
	}
	node = built_node(&n->b, OCR_OP_CONV, 2, in);
	node->attr.group = group;
	for (i = 0; i < 4; i++) {
		node->attr.pads[i] = l->kernel / 2;
		node->attr.strides[i % 2] = l->stride;
		node->attr.kernel[i % 2] = l->kernel;
	}
	(void)built_node(&n->b, OCR_OP_RELU, 0, NULL);
	free(weights);
	free(bias);
	free(scales);
	free(floats);
}

static void
add_layer(struct bench *n, const struct layer *l)
{
	struct ocr_node *node;
	int i;

	if (l->out > 0) {
		add_conv(n, l, l->group < 0 ? (int)n->b.c : 1);
		n->b.c = (uint32_t)l->out;
	} else {
		node = built_node(&n->b, OCR_OP_MAX_POOL, 0, NULL);
		for (i = 0; i < 2; i++) {
			node->attr.kernel[i] = l->kernel;
			node->attr.strides[i] = l->stride;
		}
	}
	quantisers(n, l->out > 0 ? n->q.scale * .7f : n->q.scale);
}

/* Layers in int8. */
static int
make(struct bench *n, const struct layer *list, int n_layers, int side,
    struct ocr_net_run **r, size_t batch)
{
	uint64_t dims[4] = {0, 3, (uint64_t)side, (uint64_t)side};
	struct ocr_err err = {0};
	int i, code;

	built_begin(&n->b, OCR_F32, 4, dims, 1);
	n->b.c = 3;
	quantisers(n, 1.f / 255);
	for (i = 0; i < n_layers; i++)
		add_layer(n, &list[i]);
	code = ocr_net_shape(n->b.net, &err);
	if (code == 0)
		code = ocr_net_fold(n->b.net, &err);
	if (code == 0)
		code = ocr_net_int8(n->b.net, 0, n->b.net->n_nodes - 1,
		    OCR_NET_BEST, &err);
	i = code;
	if (code >= 0)
		code = ocr_net_run_new(r, n->b.net, 0, n->b.net->n_nodes - 1,
		    OCR_NET_BEST, batch, &err);
	if (code < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return i;
}

static double
run(struct ocr_net_run *r, const float *images, size_t n, float *out)
{
	struct ocr_err err = {0};
	uint64_t t = ocr_now_ns();

	if (ocr_net_run_images(r, images, n, out, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return (double)(ocr_now_ns() - t) * 1e-6;
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure(const char *name, const struct layer *list, int n_layers, int side,
    size_t batch, int rounds, int most)
{
	struct bench quantised = {.is_qdq = true, .most = most};
	struct bench plain = {.most = most};
	struct ocr_net_run *a, *b;
	double ours[100], theirs[100], ratio[100];
	size_t in = batch * 3 * (size_t)(side * side), out, k;
	float *images = malloc(in * sizeof(*images)), *to;
	int n = make(&quantised, list, n_layers, side, &a, batch), i, s;
	int n_conv = 0;
	const struct ocr_net *net = plain.b.net;

	(void)make(&plain, list, n_layers, side, &b, batch);
	net = plain.b.net;
	out = batch * ocr_tensor_count(&net->tensors[net->output], 1);
	to = malloc(out * sizeof(*to));
	if (images == NULL || to == NULL)
		abort();
	for (k = 0; k < in; k++)
		images[k] = (float)built_below(&plain.b, 256) / 255;
	for (i = 0; i < n_layers; i++)
		n_conv += list[i].out > 0;
	for (i = -2; i < rounds; i++) {
		s = i < 0 ? 0 : i;
		/* neither always comes after the other */
		if (i % 2 != 0)
			theirs[s] = run(b, images, batch, to);
		ours[s] = run(a, images, batch, to);
		if (i % 2 == 0)
			theirs[s] = run(b, images, batch, to);
		ratio[s] = theirs[s] / ours[s];
	}
	qsort(ours, (size_t)rounds, sizeof(*ours), by_value);
	qsort(theirs, (size_t)rounds, sizeof(*theirs), by_value);
	qsort(ratio, (size_t)rounds, sizeof(*ratio), by_value);
	printf("%s w%d\tbatch %zu\tint8 %.2f ms\tfp32 %.2f ms\tratio %.2f "
	       "(%.2f-%.2f)\tin int8 %d of %d\n",
	    name, most, batch, ours[rounds / 2], theirs[rounds / 2],
	    ratio[rounds / 2], ratio[0], ratio[rounds - 1], n, n_conv);
	ocr_net_run_free(a);
	ocr_net_run_free(b);
	ocr_net_free(quantised.b.net);
	ocr_net_free(plain.b.net);
	free(images);
	free(to);
}

int
main(int argc, char **argv)
{
	size_t batch = argc > 1 ? strtoul(argv[1], NULL, 10) : 8;
	int rounds = argc > 2 ? atoi(argv[2]) : 15, most;

	rounds = rounds < 1 ? 1 : rounds > 100 ? 100 : rounds;
	/* of 7 bits, for processors without VNNI, and of 8 */
	for (most = 63; most <= 127; most += 64) {
		measure("vgg-like", vgg, sizeof(vgg) / sizeof(*vgg), 64, batch,
		    rounds, most);
		measure("mobilenet-like", mobile,
		    sizeof(mobile) / sizeof(*mobile), 128, batch, rounds, most);
	}
	return 0;
}
