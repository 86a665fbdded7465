/*
 * test_net_run.c - oneDNN's plans give what plain C gives
 *
 * A net with what gets fused: shortcuts in both orders, one whose other branch
 * is needed twice, activations, depthwise convolutions, BatchNormalization, a
 * view in between; as it is and merged, for batches that are full and not.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/net_fold.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "tests/unit/tap.h"

#define C 12 /* no multiple of a vector: padded formats */

struct build {
	struct ocr_net *n;
	struct ocr_err err;
	uint32_t state;
};

static float
next(struct build *b)
{
	b->state = b->state * 1664525 + 1013904223;
	return (float)(b->state >> 8) / 8388608.f - 1;
}

static uint32_t
constant(struct build *b, uint32_t n_dims, const uint64_t *dims, float low)
{
	uint32_t t = (uint32_t)ocr_net_add_tensor(b->n, "c", &b->err), i;
	struct ocr_tensor *p = &b->n->tensors[t];
	uint64_t count, k;
	float *data;

	p->n_dims = n_dims;
	p->has_shape = true;
	for (i = 0; i < n_dims; i++)
		p->dims[i] = dims[i];
	count = ocr_tensor_count(p, 1);
	data = ocr_net_alloc(b->n, count * 4, &b->err);
	for (k = 0; k < count; k++)
		data[k] = low > 0 ? low + fabsf(next(b)) : next(b) / 4;
	b->n->tensors[t].data = data;
	return t;
}

static uint32_t
node(struct build *b, enum ocr_op op, uint32_t n_in, const uint32_t *in)
{
	struct ocr_node *p = ocr_net_add_node(b->n, op, "n", n_in, 1, &b->err);
	uint32_t t = (uint32_t)ocr_net_add_tensor(b->n, "t", &b->err), i;

	for (i = 0; i < n_in; i++)
		p->in[i] = in[i];
	p->out[0] = t;
	b->n->tensors[t].maker = b->n->n_nodes - 1;
	return t;
}

static uint32_t
conv(struct build *b, uint32_t x, uint64_t in, uint64_t kernel, bool is_deep)
{
	uint32_t w = constant(b, 4,
	    (uint64_t[]){C, is_deep ? 1 : in, kernel, kernel}, 0);
	uint32_t t = node(b, OCR_OP_CONV, 3,
	    (uint32_t[]){x, w, constant(b, 1, (uint64_t[]){C}, 0)});
	struct ocr_node_attr *a = &b->n->nodes[b->n->n_nodes - 1].attr;
	int i;

	a->group = is_deep ? C : 1;
	for (i = 0; i < 4; i++)
		a->pads[i] = (int64_t)kernel / 2;
	a->kernel[0] = a->kernel[1] = (int64_t)kernel;
	return t;
}

static uint32_t
norm(struct build *b, uint32_t x)
{
	uint64_t c[] = {C};
	uint32_t in[5] = {x, constant(b, 1, c, .5f), constant(b, 1, c, 0),
	    constant(b, 1, c, 0), constant(b, 1, c, .5f)};

	return node(b, OCR_OP_BATCH_NORM, 5, in);
}

static uint32_t
add(struct build *b, uint32_t x, uint32_t y)
{
	return node(b, OCR_OP_ADD, 2, (uint32_t[]){x, y});
}

static uint32_t
relu(struct build *b, uint32_t x)
{
	return node(b, OCR_OP_RELU, 1, &x);
}

static void
build(struct build *b)
{
	uint32_t x, a, c, d;
	struct ocr_node_attr *at;

	x = (uint32_t)ocr_net_add_tensor(b->n, "x", &b->err);
	b->n->tensors[x].n_dims = 4;
	b->n->tensors[x].dims[1] = 5;
	b->n->tensors[x].dims[2] = b->n->tensors[x].dims[3] = 9;
	b->n->tensors[x].has_shape = true;
	b->n->input = x;
	a = relu(b, norm(b, conv(b, x, 5, 3, false)));
	c = norm(b, conv(b, a, C, 3, false));
	d = conv(b, x, 5, 1, false); /* made after c: is added into */
	a = relu(b, add(b, c, d));
	c = conv(b, a, C, 3, true);
	a = relu(b, add(b, a, c)); /* a is needed twice */
	c = conv(b, a, C, 3, false);
	d = node(b, OCR_OP_CLIP, 1, &c);
	at = &b->n->nodes[b->n->n_nodes - 1].attr;
	at->low = 0;
	at->high = .5f;
	a = node(b, OCR_OP_IDENTITY, 1, &a); /* bytes shared with another */
	a = add(b, conv(b, d, C, 1, false), a);
	a = norm(b, a); /* nothing to go into */
	c = node(b, OCR_OP_MAX_POOL, 1, &a);
	at = &b->n->nodes[b->n->n_nodes - 1].attr;
	at->kernel[0] = at->kernel[1] = 3;
	at->strides[0] = at->strides[1] = 2;
	at->ceil_mode = 1;
	a = node(b, OCR_OP_GLOBAL_AVERAGE_POOL, 1, &c);
	a = node(b, OCR_OP_FLATTEN, 1, &a);
	b->n->nodes[b->n->n_nodes - 1].attr.axis = 1;
	c = constant(b, 2, (uint64_t[]){C, 7}, 0);
	d = constant(b, 1, (uint64_t[]){7}, 0);
	a = node(b, OCR_OP_MATMUL, 2, (uint32_t[]){a, c});
	a = node(b, OCR_OP_ADD, 2, (uint32_t[]){a, d});
	b->n->output = node(b, OCR_OP_SOFTMAX, 1, &a);
	b->n->nodes[b->n->n_nodes - 1].attr.axis = -1;
}

static float
run(struct build *b, enum ocr_net_engine engine, size_t n, const float *images,
    const float *want, float *got)
{
	struct ocr_net_run *r = NULL;
	float worst = 0, d;
	size_t i;

	if (ocr_net_run_new(&r, b->n, 0, b->n->n_nodes - 1, engine, 4,
		&b->err) < 0 ||
	    ocr_net_run_images(r, images, n, got, &b->err) < 0) {
		diag("%s", b->err.text);
		worst = 1;
	}
	ocr_net_run_free(r);
	for (i = 0; i < n * 7 && want != NULL; i++) {
		d = fabsf(got[i] - want[i]);
		worst = d > worst ? d : worst;
	}
	return worst;
}

static void
compare(struct build *b, const float *images, const float *want,
    const char *what)
{
	float got[28], worst;
	size_t n;
	int engine;

	for (engine = OCR_NET_PLAIN; engine <= OCR_NET_DNNL; engine++)
		for (n = 1; n <= 4; n++) {
			if (engine == OCR_NET_DNNL && !ocr_net_has_dnnl())
				continue;
			worst = run(b, (enum ocr_net_engine)engine, n, images,
			    want, got);
			if (!ok(worst < 1e-5f, "%s: engine %d, %zu images",
				what, engine, n))
				diag("off by %g", (double)worst);
		}
}

/* Batches of all sizes in one run, as chunks with a rest make them: weights are
 * turned once for all. */
static void
rests(struct build *b, const float *images, const float *want)
{
	static const size_t sizes[] = {4, 2, 3, 1, 3, 2, 1, 4};
	struct ocr_net_run *r = NULL;
	uint64_t first = 0, now = 0;
	float got[28], d, worst = 0;
	size_t i, k;

	if (!ok(ocr_net_run_new(&r, b->n, 0, b->n->n_nodes - 1, OCR_NET_BEST, 4,
		    &b->err) == 0,
		"a run for rests"))
		return;
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		if (ocr_net_run_images(r, images, sizes[i], got, &b->err) < 0)
			worst = 1;
		for (k = 0; k < sizes[i] * 7; k++) {
			d = fabsf(got[k] - want[k]);
			worst = d > worst ? d : worst;
		}
		now = ocr_net_run_weight_bytes(r);
		first = i < 4 ? now : first; /* each size has been there */
	}
	ok(worst < 1e-5f, "rests: off by %g", (double)worst);
	ok(now == first && (now > 0) == ocr_net_has_dnnl(),
	    "rests: weights are turned once");
	ocr_net_run_free(r);
}

int
main(void)
{
	struct build b = {.state = 7};
	static float images[4 * 5 * 81];
	float want[28];
	size_t i;

	if (ocr_net_new(&b.n, &b.err) < 0)
		return 1;
	build(&b);
	ok(ocr_net_shape(b.n, &b.err) == 0, "shapes %s", b.err.text);
	for (i = 0; i < sizeof(images) / sizeof(*images); i++)
		images[i] = next(&b) * 2;
	run(&b, OCR_NET_PLAIN, 4, images, NULL, want);
	ok(want[0] > 0 && fabsf(want[0] - want[7]) > 1e-4f, "images differ");
	compare(&b, images, want, "as it is");
	ok(ocr_net_fold(b.n, &b.err) == 0, "folded");
	compare(&b, images, want, "folded");
	ok(ocr_net_merge(b.n, 0, b.n->n_nodes - 1, &b.err) == 0, "merged");
	compare(&b, images, want, "merged");
	rests(&b, images, want);
	ocr_net_free(b.n);
	return done();
}
