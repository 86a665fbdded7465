/*
 * dnnl_net.c - our runs of fp32 nets against the same primitives by hand
 *
 *	dnnl_net [BATCH [ROUNDS]]
 *
 * A VGG-like and a MobileNet-like net of random weights, on one thread: ours,
 * and oneDNN's primitives in a row (fused activations, its own formats, weights
 * turned once).  Alternating in one process; prints the median of the ratios
 * theirs / ours.
 */
#include "config.h"

#include <math.h>
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io.h"
#include "src/net_run.h"
#include "src/net_shape.h"

#define MAX_LAYERS 40

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

struct hand {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	dnnl_primitive_t prims[MAX_LAYERS + 2];
	dnnl_exec_arg_t args[MAX_LAYERS + 2][4];
	int n_args[MAX_LAYERS + 2], n;
	dnnl_memory_t last;
	dnnl_memory_desc_t last_md;
};

static void
must(dnnl_status_t s)
{
	if (s != dnnl_success) {
		fprintf(stderr, "oneDNN: status %d\n", (int)s);
		exit(1);
	}
}

static float *
randoms(struct ocr_net *n, uint64_t count, float scale)
{
	static uint32_t state = 1;
	struct ocr_err err = {0};
	float *p = ocr_net_alloc(n, count * 4, &err);
	uint64_t i;

	for (i = 0; i < count; i++) {
		state = state * 1664525 + 1013904223;
		p[i] = ((float)(state >> 8) / 8388608.f - 1) * scale;
	}
	return p;
}

static uint32_t
add(struct ocr_net *n, int dims, const uint64_t *list, float scale)
{
	struct ocr_err err = {0};
	int64_t t = ocr_net_add_tensor(n, "t", &err);
	uint64_t count = 1;
	int i;

	for (i = 0; i < dims; i++) {
		n->tensors[t].dims[i] = list[i];
		count *= list[i];
	}
	n->tensors[t].n_dims = (uint32_t)dims;
	n->tensors[t].has_shape = dims > 0;
	if (scale > 0)
		n->tensors[t].data = randoms(n, count, scale);
	return (uint32_t)t;
}

static dnnl_memory_t
memory(struct hand *h, const dnnl_memory_desc_t *md, void *data)
{
	dnnl_memory_t m;

	must(dnnl_memory_create(&m, md, h->engine,
	    data == NULL ? DNNL_MEMORY_ALLOCATE : data));
	return m;
}

static void
step(struct hand *h, dnnl_primitive_desc_t pd, int n, dnnl_exec_arg_t *args)
{
	must(dnnl_primitive_create(&h->prims[h->n], pd));
	memcpy(h->args[h->n], args, (size_t)n * sizeof(*args));
	h->n_args[h->n++] = n;
}

static dnnl_memory_t
turn(struct hand *h, dnnl_memory_t from, const dnnl_memory_desc_t *a,
    const dnnl_memory_desc_t *b, bool is_once)
{
	dnnl_primitive_desc_t pd;
	dnnl_memory_t to;
	dnnl_exec_arg_t args[2];

	if (dnnl_memory_desc_equal(a, b))
		return from;
	to = memory(h, b, NULL);
	must(dnnl_reorder_primitive_desc_create(&pd, a, h->engine, b, h->engine,
	    NULL));
	args[0] = (dnnl_exec_arg_t){DNNL_ARG_FROM, from};
	args[1] = (dnnl_exec_arg_t){DNNL_ARG_TO, to};
	step(h, pd, 2, args);
	if (is_once) {
		h->n--;
		must(
		    dnnl_primitive_execute(h->prims[h->n], h->stream, 2, args));
	}
	return to;
}

static void
hand_layer(struct hand *h, const struct layer *l, int group, const uint64_t *in,
    const uint64_t *out, void *weights, void *bias)
{
	dnnl_dims_t src = {(int64_t)in[0], (int64_t)in[1], (int64_t)in[2],
	    (int64_t)in[3]};
	dnnl_dims_t dst = {(int64_t)out[0], (int64_t)out[1], (int64_t)out[2],
	    (int64_t)out[3]};
	dnnl_dims_t w = {group, dst[1] / group, src[1] / group, l->kernel,
	    l->kernel};
	int64_t pad = l->out == 0 ? 0 : l->kernel / 2;
	dnnl_dims_t strides = {l->stride, l->stride}, pads = {pad, pad};
	dnnl_dims_t kernel = {l->kernel, l->kernel}, zero = {0, 0};
	dnnl_memory_desc_t s, d, wa, wp, b;
	dnnl_primitive_desc_t pd;
	dnnl_primitive_attr_t attr;
	dnnl_post_ops_t post;
	dnnl_exec_arg_t args[4];
	const dnnl_memory_desc_t *want;

	must(dnnl_memory_desc_init_by_tag(&d, 4, dst, dnnl_f32,
	    dnnl_format_tag_any));
	if (l->out == 0) {
		dnnl_pooling_v2_desc_t op;

		must(dnnl_pooling_v2_forward_desc_init(&op,
		    dnnl_forward_inference, dnnl_pooling_max, &h->last_md, &d,
		    strides, kernel, zero, pads, pads));
		must(dnnl_primitive_desc_create(&pd, &op, NULL, h->engine,
		    NULL));
		args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, h->last};
	} else {
		dnnl_convolution_desc_t op;
		int n = group > 1 ? 5 : 4;

		must(dnnl_memory_desc_init_by_tag(&s, 4, src, dnnl_f32,
		    dnnl_format_tag_any));
		must(dnnl_memory_desc_init_by_tag(&wa, n, w + (n == 4),
		    dnnl_f32, dnnl_format_tag_any));
		must(dnnl_memory_desc_init_by_tag(&wp, n, w + (n == 4),
		    dnnl_f32, n == 4 ? dnnl_abcd : dnnl_abcde));
		must(dnnl_memory_desc_init_by_tag(&b, 1, (dnnl_dims_t){dst[1]},
		    dnnl_f32, dnnl_a));
		must(dnnl_primitive_attr_create(&attr));
		must(dnnl_post_ops_create(&post));
		must(dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0,
		    0));
		must(dnnl_primitive_attr_set_post_ops(attr, post));
		must(dnnl_convolution_forward_desc_init(&op,
		    dnnl_forward_inference, dnnl_convolution_direct, &s, &wa,
		    &b, &d, strides, pads, pads));
		must(dnnl_primitive_desc_create(&pd, &op, attr, h->engine,
		    NULL));
		want = dnnl_primitive_desc_query_md(pd, dnnl_query_src_md, 0);
		h->last = turn(h, h->last, &h->last_md, want, false);
		args[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, h->last};
		want =
		    dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0);
		args[2] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS,
		    turn(h, memory(h, &wp, weights), &wp, want, true)};
		args[3] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, memory(h, &b, bias)};
	}
	want = dnnl_primitive_desc_query_md(pd, dnnl_query_dst_md, 0);
	h->last_md = *want;
	h->last = memory(h, want, NULL);
	args[1] = (dnnl_exec_arg_t){DNNL_ARG_DST, h->last};
	step(h, pd, l->out == 0 ? 2 : 4, args);
}

static double
run_hand(struct hand *h)
{
	uint64_t t = ocr_now_ns();
	int i;

	for (i = 0; i < h->n; i++)
		must(dnnl_primitive_execute(h->prims[i], h->stream,
		    h->n_args[i], h->args[i]));
	must(dnnl_stream_wait(h->stream));
	return (double)(ocr_now_ns() - t) * 1e-6;
}

static double
run_ours(struct ocr_net_run *r, const float *images, size_t n, float *out)
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
    size_t batch, int rounds)
{
	struct ocr_err err = {0};
	struct ocr_net *n;
	struct ocr_net_run *r = NULL;
	struct ocr_node *node;
	struct hand h = {0};
	uint64_t in[4] = {0, 3, (uint64_t)side, (uint64_t)side};
	double ours[100], theirs[100], ratio[100], worst = 0;
	float *image, *out, *other;
	uint64_t count, k;
	dnnl_memory_desc_t md;
	int i, group;
	uint32_t t;

	must(dnnl_engine_create(&h.engine, dnnl_cpu, 0));
	must(
	    dnnl_stream_create(&h.stream, h.engine, dnnl_stream_default_flags));
	if (ocr_net_new(&n, &err) < 0)
		exit(1);
	t = n->input = add(n, 4, in, 0);
	in[0] = batch;
	image = randoms(n, batch * 3 * in[2] * in[3], 1);
	must(dnnl_memory_desc_init_by_tag(&h.last_md, 4,
	    (dnnl_dims_t){(int64_t)batch, 3, side, side}, dnnl_f32, dnnl_abcd));
	h.last = memory(&h, &h.last_md, image);
	for (i = 0; i < n_layers; i++) {
		const struct layer *l = &list[i];
		uint64_t to[4] = {batch, l->out == 0 ? in[1] : (uint64_t)l->out,
		    in[2] / (uint64_t)l->stride, in[3] / (uint64_t)l->stride};
		uint64_t c, wd[4];
		uint32_t w = 0, b = 0, mid = add(n, 0, NULL, 0), end;

		group = l->group < 0 ? (int)in[1] : 1;
		c = in[1] / (uint64_t)group;
		memcpy(wd,
		    (uint64_t[]){to[1], c, (uint64_t)l->kernel,
			(uint64_t)l->kernel},
		    sizeof(wd));
		if (l->out > 0) {
			w = add(n, 4, wd, 1.f / (float)(c * 4));
			b = add(n, 1, &to[1], .1f);
		}
		node = ocr_net_add_node(n,
		    l->out > 0 ? OCR_OP_CONV : OCR_OP_MAX_POOL, "n",
		    l->out > 0 ? 3 : 1, 1, &err);
		memcpy(node->in, (uint32_t[]){t, w, b}, (size_t)node->n_in * 4);
		node->out[0] = mid;
		node->attr.group = group;
		for (k = 0; k < 2; k++) {
			node->attr.kernel[k] = l->kernel;
			node->attr.strides[k] = l->stride;
			node->attr.pads[k] = l->out > 0 ? l->kernel / 2 : 0;
			node->attr.pads[k + 2] = node->attr.pads[k];
		}
		n->tensors[mid].maker = n->n_nodes - 1;
		t = mid;
		if (l->out > 0) {
			end = add(n, 0, NULL, 0);
			node =
			    ocr_net_add_node(n, OCR_OP_RELU, "r", 1, 1, &err);
			node->in[0] = mid;
			node->out[0] = t = end;
			n->tensors[end].maker = n->n_nodes - 1;
		}
		hand_layer(&h, l, group, in, to,
		    (void *)(uintptr_t)n->tensors[w].data,
		    (void *)(uintptr_t)n->tensors[b].data);
		memcpy(in, to, sizeof(in));
	}
	n->output = t;
	must(dnnl_memory_desc_init_by_tag(&md, 4,
	    (dnnl_dims_t){(int64_t)in[0], (int64_t)in[1], (int64_t)in[2],
		(int64_t)in[3]},
	    dnnl_f32, dnnl_abcd));
	h.last = turn(&h, h.last, &h.last_md, &md, false);
	count = in[0] * in[1] * in[2] * in[3];
	out = malloc(count * 4);
	if (ocr_net_shape(n, &err) < 0 ||
	    ocr_net_run_new(&r, n, 0, n->n_nodes - 1, OCR_NET_DNNL, batch,
		&err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	for (i = -2; i < rounds; i++) {
		int s = i < 0 ? 0 : i;

		/* neither always comes after the other */
		if (i % 2 != 0)
			theirs[s] = run_hand(&h);
		ours[s] = run_ours(r, image, batch, out);
		if (i % 2 == 0)
			theirs[s] = run_hand(&h);
		ratio[s] = theirs[s] / ours[s];
	}
	must(dnnl_memory_get_data_handle(h.last, (void **)&other));
	for (k = 0; k < count; k++)
		worst = fabs(out[k] - other[k]) > worst
			    ? fabs(out[k] - other[k])
			    : worst;
	qsort(ours, (size_t)rounds, sizeof(*ours), by_value);
	qsort(theirs, (size_t)rounds, sizeof(*theirs), by_value);
	qsort(ratio, (size_t)rounds, sizeof(*ratio), by_value);
	printf("%s\tbatch %zu\tours %.2f ms\toneDNN %.2f ms\tratio %.3f "
	       "(%.3f-%.3f)\tdifference %g\n",
	    name, batch, ours[rounds / 2], theirs[rounds / 2],
	    ratio[rounds / 2], ratio[0], ratio[rounds - 1], worst);
	ocr_net_run_free(r);
	ocr_net_free(n);
	free(out);
}

int
main(int argc, char **argv)
{
	size_t batch = argc > 1 ? strtoul(argv[1], NULL, 10) : 8;
	int rounds = argc > 2 ? atoi(argv[2]) : 15;

	omp_set_num_threads(1);
	rounds = rounds < 1 ? 1 : rounds > 100 ? 100 : rounds;
	measure("vgg-like", vgg, sizeof(vgg) / sizeof(*vgg), 64, batch, rounds);
	measure("mobilenet-like", mobile, sizeof(mobile) / sizeof(*mobile), 128,
	    batch, rounds);
	return 0;
}
