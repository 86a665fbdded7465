/*
 * test_net_int8.c - layers in int8 against whole numbers, one by one
 *
 * Random nets, and the same nets computed here in the naive way: what comes out
 * must be equal to the last bit, in plain C and on oneDNN, and on oneDNN with
 * the instructions of lesser processors wherever a layer is in int8 there.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/net_fold.h"
#include "src/net_int8.h"
#include "src/net_shape.h"
#include "tests/unit/child.h"
#include "tests/unit/qdq_build.h"
#include "tests/unit/tap.h"

#define IMAGES 3
#define MAX_NUMBERS 200000
#define N_NETS 60

/* A net, and what comes of it: numbers of 8 bits, less no zero point. */
struct made {
	struct built b;
	struct qdq q; /* of the last */
	int *x;       /* [IMAGES][c][h][w] */
	int most;     /* weights are at most that */
	int kind;     /* of all: see random_scale */
	int n_layers;
	bool has_sign;   /* somewhere */
	bool is_power;   /* all scales are powers of two */
	int64_t largest; /* sum of a layer without signs */
};

static float
uniform(struct made *m, float low, float high)
{
	return low + (high - low) * (float)built_below(&m->b, 1 << 20) /
			 (float)(1 << 20);
}

static int
clamp(double v, int low, int high)
{
	return v < low ? low : v > high ? high : (int)v;
}

static int
quantize(const struct qdq *q, float v)
{
	int low = q->element == OCR_I8 ? -128 : 0;

	return clamp((double)rintf(v) + q->zero, low, low + 255);
}

/* 0: bytes without a sign or zero point, what processors without VNNI can do;
 * 1: symmetric; 2: anything. */
static struct qdq
random_scale(struct made *m, float scale)
{
	struct qdq q = {OCR_U8, scale, 0};

	if (m->kind == 0 && built_below(&m->b, 2) == 0) {
		q.element = OCR_I8;
		q.zero = -128; /* the same */
	} else if (m->kind == 1) {
		q.element = OCR_I8;
		m->has_sign = true;
	} else if (m->kind == 2) {
		q.element = built_below(&m->b, 2) ? OCR_I8 : OCR_U8;
		q.zero = q.element == OCR_I8 ? built_below(&m->b, 256) - 128
					     : built_below(&m->b, 256);
		m->has_sign |= q.element == OCR_I8 && q.zero != -128;
	}
	return q;
}

static size_t
count(const struct made *m)
{
	return (size_t)m->b.c * m->b.h * m->b.w;
}

/* The image: floats that lie on quantised numbers, between two, or beyond. */
static float *
begin(struct made *m, uint64_t seed, int kind)
{
	uint64_t dims[4] = {0};
	float *images, v;
	size_t i;

	memset(m, 0, sizeof(*m));
	built_begin(&m->b, OCR_F32, 4, dims, seed);
	m->kind = kind;
	/* small ones: many sums lie in the middle of two steps */
	m->most = (int[]){2, 64, 127}[built_below(&m->b, 3)];
	m->b.c = (uint32_t)built_below(&m->b, 9) + 1;
	m->b.h = (uint32_t)built_below(&m->b, 9) + 3;
	m->b.w = (uint32_t)built_below(&m->b, 9) + 3;
	if (seed % 8 > 5) { /* sums beyond what floats hold exactly */
		m->b.c += 200;
		m->b.h = m->b.w = 5;
	}
	memcpy(m->b.net->tensors[m->b.at].dims + 1,
	    (uint64_t[]){m->b.c, m->b.h, m->b.w}, 3 * sizeof(*dims));
	m->is_power = built_below(&m->b, 2) == 0;
	m->q = random_scale(m, .5f);
	images = malloc(IMAGES * count(m) * sizeof(*images));
	m->x = calloc(MAX_NUMBERS, sizeof(*m->x));
	if (images == NULL || m->x == NULL)
		abort();
	for (i = 0; i < IMAGES * count(m); i++) {
		v = (float)(built_below(&m->b, 280) - 10 - m->q.zero -
			    (m->q.element == OCR_I8 ? 128 : 0));
		v += built_below(&m->b, 4) == 0 ? .5f : 0;
		if (built_below(&m->b, 4) == 0)
			v = 300; /* much that is largest: sums saturate */
		images[i] = v * m->q.scale;
		m->x[i] = quantize(&m->q, images[i] / m->q.scale);
	}
	qdq_quantize(&m->b, &m->q);
	qdq_dequantize(&m->b, &m->q);
	return images;
}

struct layer {
	uint32_t n_in, n_out, k, stride, group, dilation;
	uint32_t pads[4]; /* top, left, bottom, right */
	int8_t *weights;
	int32_t *bias;
	float *scales, *bias_scales;
	bool is_dense;
};

static int64_t
sum_of(struct made *m, const struct layer *l, const int *image, uint32_t o,
    uint32_t y, uint32_t x)
{
	uint32_t n = l->n_in / l->group, c, ky, kx;
	const int8_t *w = l->weights + (size_t)o * n * l->k * l->k;
	int64_t sum = 0, all = 0, at_y, at_x, p;

	image += (size_t)(o / (l->n_out / l->group)) * n * m->b.h * m->b.w;
	for (c = 0; c < n; c++)
		for (ky = 0; ky < l->k; ky++)
			for (kx = 0; kx < l->k; kx++, w++) {
				at_y = (int64_t)y * l->stride +
				       ky * l->dilation - l->pads[0];
				at_x = (int64_t)x * l->stride +
				       kx * l->dilation - l->pads[1];
				if (at_y < 0 || at_y >= m->b.h || at_x < 0 ||
				    at_x >= m->b.w)
					continue;
				p = *w *
				    (image[((size_t)c * m->b.h + (size_t)at_y) *
					       m->b.w +
					   (size_t)at_x] -
					m->q.zero);
				sum += p;
				all += p < 0 ? -p : p;
			}
	if (all > m->largest)
		m->largest = all;
	return sum;
}

/* What the layer makes; low and high in floats. */
static void
compute(struct made *m, const struct layer *l, const struct qdq *to, float low,
    float high)
{
	uint32_t span = (l->k - 1) * l->dilation, i, o, y, x;
	uint32_t h = (m->b.h + l->pads[0] + l->pads[2] - span - 1) / l->stride;
	uint32_t w = (m->b.w + l->pads[1] + l->pads[3] - span - 1) / l->stride;
	int *next = calloc(MAX_NUMBERS, sizeof(*next)), *p = next;
	float v, scale;

	h++;
	w++;
	if (next == NULL)
		abort();
	for (i = 0; i < IMAGES; i++)
		for (o = 0; o < l->n_out; o++)
			for (y = 0; y < h; y++)
				for (x = 0; x < w; x++) {
					scale = (float)((double)m->q.scale *
							(double)l->scales[o] /
							(double)to->scale);
					v = (float)sum_of(m, l,
					    m->x + i * count(m), o, y, x);
					v += (float)l->bias[o];
					v *= scale;
					v = fmaxf(v, low / to->scale);
					v = fminf(v, high / to->scale);
					*p++ = quantize(to, v);
				}
	free(m->x);
	m->x = next;
	m->b.c = l->n_out;
	m->b.h = h;
	m->b.w = w;
	m->q = *to;
}

static void
fill(struct made *m, struct layer *l)
{
	size_t k = (size_t)l->n_in / l->group * l->k * l->k, i;
	bool is_one = built_below(&m->b, 3) == 0;
	bool is_power = m->is_power || built_below(&m->b, 2) == 0;
	uint32_t o;
	int sign;

	l->weights = calloc(l->n_out * k, 1);
	l->bias = calloc(l->n_out, sizeof(*l->bias));
	l->scales = calloc(l->n_out, sizeof(*l->scales));
	l->bias_scales = calloc(l->n_out, sizeof(*l->scales));
	if (l->weights == NULL || l->bias == NULL || l->scales == NULL ||
	    l->bias_scales == NULL)
		abort();
	for (o = 0; o < l->n_out; o++) {
		l->scales[o] = is_power ? ldexpf(1, -built_below(&m->b, 3) - 3)
					: uniform(m, .01f, .2f);
		if (is_one)
			l->scales[o] = l->scales[0];
		l->bias[o] = built_below(&m->b, 4000) - 2000;
		l->bias_scales[o] = m->q.scale * l->scales[o];
		/* channels of one sign reach the largest sums */
		sign = built_below(&m->b, 3) - 1;
		for (i = 0; i < k; i++)
			l->weights[o * k + i] =
			    (int8_t)(sign != 0 && built_below(&m->b, 2)
					 ? sign * m->most
					 : built_below(&m->b, 2 * m->most + 1) -
					       m->most);
	}
}

static void
add_weights(struct made *m, const struct layer *l, uint32_t *in)
{
	uint64_t n = l->n_out, k = l->n_in / l->group;
	uint64_t dims[4] = {n, k, l->k, l->k};
	bool is_turned = l->is_dense && built_below(&m->b, 2) == 0;
	int8_t *weights = l->weights, *turned = NULL;
	uint64_t i, o;

	if (is_turned) { /* MatMul and Gemm as they are by default */
		turned = calloc(n, k);
		for (i = 0; i < k; i++)
			for (o = 0; o < n; o++)
				turned[i * n + o] = weights[o * k + i];
		weights = turned;
		dims[0] = k;
		dims[1] = n;
	}
	in[0] = qdq_weights(&m->b, OCR_I8, l->is_dense ? 2 : 4, dims, weights,
	    l->scales, n, is_turned ? 1 : 0);
	in[1] =
	    qdq_weights(&m->b, OCR_I32, 1, &n, l->bias, l->bias_scales, n, 0);
	in[2] = !is_turned;
	free(turned);
}

/* Relu, Clip or none; limits of what comes out. */
static void
activate(struct made *m, float scale, float *low, float *high)
{
	struct ocr_node *node;
	int which = built_below(&m->b, 4);

	*low = -INFINITY;
	*high = INFINITY;
	if (which == 1) {
		(void)built_node(&m->b, OCR_OP_RELU, 0, NULL);
		*low = 0;
	} else if (which == 2) {
		node = built_node(&m->b, OCR_OP_CLIP, 0, NULL);
		node->attr.low = *low = -30.3f * scale;
		node->attr.high = *high = 60.7f * scale;
	}
}

static void
add_layer(struct made *m, bool is_dense)
{
	struct layer l = {.n_in = m->b.c,
	    .k = 1,
	    .stride = 1,
	    .group = 1,
	    .dilation = 1};
	struct ocr_node *node;
	uint32_t in[3];
	struct qdq to;
	float low, high, sum;
	int i;

	l.is_dense = is_dense;
	l.n_out = (uint32_t)built_below(&m->b, 20) + 1;
	if (!is_dense) {
		l.k = m->b.h < 3 || m->b.w < 3
			  ? 1
			  : (uint32_t)built_below(&m->b, 2) * 2 + 1;
		l.stride = (uint32_t)built_below(&m->b, 2) + 1;
		for (i = 0; l.k > 1 && i < 4; i++)
			l.pads[i] = (uint32_t)built_below(&m->b, 3);
		if (m->b.h > 4 && m->b.w > 4 && built_below(&m->b, 3) == 0)
			l.dilation = 2;
		i = built_below(&m->b, 6);
		if (i == 0) /* depthwise */
			l.group = l.n_out = m->b.c;
		else if (i == 1 && m->b.c % 2 == 0)
			l.n_out = (l.group = 2) * (1 + l.n_out / 2);
	}
	fill(m, &l);
	sum = (float)(m->most * 60) *
	      sqrtf((float)(l.n_in / l.group * l.k * l.k));
	to = random_scale(m, l.scales[0] * m->q.scale *
				 (!m->is_power && built_below(&m->b, 2) == 0
					 ? sum / 128

					 : exp2f(floorf(log2f(sum / 64)))));
	add_weights(m, &l, in);
	node = built_node(&m->b, is_dense ? OCR_OP_GEMM : OCR_OP_CONV, 2, in);
	node->attr.transpose_b = in[2];
	node->attr.group = l.group;
	for (i = 0; i < 4; i++) {
		node->attr.pads[i] = l.pads[i];
		node->attr.strides[i % 2] = l.stride;
		node->attr.kernel[i % 2] = l.k;
		node->attr.dilations[i % 2] = l.dilation;
	}
	activate(m, to.scale, &low, &high);
	qdq_quantize(&m->b, &to);
	qdq_dequantize(&m->b, &to);
	compute(m, &l, &to, low, high);
	m->n_layers++;
	free(l.weights);
	free(l.bias);
	free(l.scales);
	free(l.bias_scales);
}

static void
add_pool(struct made *m)
{
	struct ocr_node *node = built_node(&m->b, OCR_OP_MAX_POOL, 0, NULL);
	uint32_t h = m->b.h / 2, w = m->b.w / 2, i, y, x;
	size_t planes = (size_t)IMAGES * m->b.c;
	int *next = calloc(MAX_NUMBERS, sizeof(*next)), *to = next, *from, a, b;

	if (next == NULL)
		abort();
	for (i = 0; i < 2; i++)
		node->attr.kernel[i] = node->attr.strides[i] = 2;
	for (i = 0; i < planes; i++)
		for (y = 0; y < h; y++)
			for (x = 0; x < w; x++) {
				from = m->x +
				       ((size_t)i * m->b.h + 2 * y) * m->b.w +
				       2 * x;
				a = from[0] > from[1] ? from[0] : from[1];
				from += m->b.w;
				b = from[0] > from[1] ? from[0] : from[1];
				*to++ = a > b ? a : b;
			}
	free(m->x);
	m->x = next;
	m->b.h = h;
	m->b.w = w;
	qdq_quantize(&m->b, &m->q);
	qdq_dequantize(&m->b, &m->q);
}

/* A net by its seed: convolutions, pools, one or two products at the end. */
static float *
make(struct made *m, uint64_t seed)
{
	float *images = begin(m, seed, (int)(seed % 3));
	int i, n = built_below(&m->b, 3) + 1;
	struct ocr_node *node;

	for (i = 0; i < n; i++) {
		add_layer(m, false);
		if (m->b.h > 3 && m->b.w > 3 && built_below(&m->b, 2) == 0)
			add_pool(m);
	}
	if (built_below(&m->b, 2) == 0) {
		node = built_node(&m->b, OCR_OP_FLATTEN, 0, NULL);
		node->attr.axis = 1;
		m->b.c *= m->b.h * m->b.w;
		m->b.h = m->b.w = 1;
		qdq_quantize(&m->b, &m->q);
		qdq_dequantize(&m->b, &m->q);
		add_layer(m, true);
		if (built_below(&m->b, 2) == 0)
			add_layer(m, true);
	}
	return images;
}

/* Numbers that differ from what was computed here; -1: an error. */
static long
differ(struct made *m, const float *images, enum ocr_net_engine engine,
    size_t batch)
{
	struct ocr_net *n = m->b.net;
	struct ocr_net_run *r = NULL;
	struct ocr_err err = {0};
	size_t size = count(m), i, k,
	       at = ocr_tensor_count(&n->tensors[n->input], 1);
	float *out = calloc(IMAGES * size + 1, sizeof(*out)), want;
	long bad = 0;
	int code =
	    ocr_net_run_new(&r, n, 0, n->n_nodes - 1, engine, batch, &err);

	for (i = 0; i < IMAGES && code == 0; i += k) {
		k = IMAGES - i < batch ? IMAGES - i : batch;
		code = ocr_net_run_images(r, images + i * at, k, out + i * size,
		    &err);
	}
	for (i = 0; i < IMAGES * size; i++) {
		want = (float)(m->x[i] - m->q.zero) * m->q.scale;
		bad += memcmp(&want, &out[i], sizeof(want)) != 0;
	}
	if (code < 0)
		diag("%s", err.text);
	ocr_net_run_free(r);
	free(out);
	return code < 0 ? -1 : bad;
}

/* Of the net of a seed: layers in int8, or negative. */
static int
prepare(struct made *m, enum ocr_net_engine engine)
{
	struct ocr_err err = {0};
	struct ocr_net *n = m->b.net;
	int r = ocr_net_shape(n, &err);

	if (r == 0)
		r = ocr_net_fold(n, &err);
	if (r == 0)
		r = ocr_net_int8(n, 0, n->n_nodes - 1, engine, &err);
	if (r < 0)
		diag("%s", err.text);
	return r;
}

static void
drop(struct made *m, float *images)
{
	ocr_net_free(m->b.net);
	free(m->x);
	free(images);
}

/* Is a quantiser left between layers? */
static bool
has_quantiser(const struct ocr_net *n)
{
	uint32_t i, j, live = 0;
	bool *is_used = calloc((size_t)n->n_tensors + 1, 1);

	if (is_used == NULL)
		abort();
	is_used[n->output] = true;
	for (i = n->n_nodes; i-- > 0;) {
		if (!is_used[n->nodes[i].out[0]])
			continue;
		live += n->nodes[i].op == OCR_OP_QUANTIZE ||
			n->nodes[i].op == OCR_OP_DEQUANTIZE;
		for (j = 0; j < n->nodes[i].n_in; j++)
			is_used[n->nodes[i].in[j]] = true;
	}
	free(is_used);
	return live > 2;
}

static void
try_plain(uint64_t seed)
{
	struct made m;
	float *images = make(&m, seed);
	int n = prepare(&m, OCR_NET_PLAIN);

	ok(n == m.n_layers, "net %d: %d layers in int8, of %d", (int)seed, n,
	    m.n_layers);
	ok(!has_quantiser(m.b.net), "net %d: no quantiser is left", (int)seed);
	is_int(differ(&m, images, OCR_NET_PLAIN, 2), 0, "plain C");
	if (ocr_net_has_dnnl() && getenv("DNNL_MAX_CPU_ISA") == NULL) {
		is_int(differ(&m, images, OCR_NET_DNNL, 2), 0,
		    "oneDNN, whatever it thinks of it");
	}
	drop(&m, images);
}

/* Layers that stay in floats, but for those that oneDNN just lacks. */
static int
refused(const struct ocr_net *n, int *lacks)
{
	uint32_t i;
	int count = 0;
	const char *why;

	for (i = 0; i < n->n_nodes; i++) {
		why = n->nodes[i].not_int8;
		if (why == NULL)
			continue;
		diag("node %u: %s", i, why);
		if (strcmp(why, "oneDNN has no int8 for it") == 0)
			++*lacks;
		else
			count++;
	}
	return count;
}

/* As it is, in floats: where these are exact, the same comes out. */
static void
try_floats(uint64_t seed, enum ocr_net_engine engine)
{
	struct made m;
	float *images = make(&m, seed);
	struct ocr_err err = {0};

	if (m.is_power && m.largest < 1 << 24) {
		ok(ocr_net_shape(m.b.net, &err) == 0 &&
			ocr_net_fold(m.b.net, &err) == 0,
		    "net %d: folded", (int)seed);
		is_int(differ(&m, images, engine, 2), 0, "in floats");
	}
	drop(&m, images);
}

/* By oneDNN's own rules. */
static void
try_dnnl(uint64_t seed, bool has_vnni, int *n_int8)
{
	struct made m;
	float *images = make(&m, seed);
	int n = prepare(&m, OCR_NET_DNNL), lacks = 0;
	int others = refused(m.b.net, &lacks);
	bool can_all = (!m.has_sign && m.most <= 64) || has_vnni;

	ok(n >= 0 && n + lacks + others == m.n_layers &&
		(others == 0 || !can_all),
	    "net %d on oneDNN: %d layers in int8, of %d", (int)seed, n,
	    m.n_layers);
	if (n == m.n_layers)
		is_int(differ(&m, images, OCR_NET_DNNL, 2), 0, "oneDNN");
	*n_int8 += n;
	drop(&m, images);
}

static int
all_dnnl(void *isa)
{
	int i, n = 0;

	if (isa != NULL)
		(void)setenv("DNNL_MAX_CPU_ISA", isa, 1);
	for (i = 0; i < N_NETS; i++) {
		try_dnnl((uint64_t)i, false, &n);
		try_floats((uint64_t)i, OCR_NET_DNNL);
	}
	ok(n > 20, "%d layers in int8", n);
	return tap_count()->failed != 0;
}

static void
lesser(const char *isa)
{
	struct child c;
	char name[32];

	snprintf(name, sizeof(name), "%s", isa);
	child_run(&c, all_dnnl, name);
	if (!ok(c.status == 0, "oneDNN with %s", isa))
		diag("%s", c.out);
}

int
main(void)
{
	int i;

	/* before oneDNN looks what there is */
	if (ocr_net_has_dnnl()) {
		lesser("SSE41");
		lesser("AVX2");
		lesser("AVX512_CORE");
	}
	for (i = 0; i < N_NETS; i++) {
		try_plain((uint64_t)i);
		try_floats((uint64_t)i, OCR_NET_PLAIN);
	}
	if (ocr_net_has_dnnl())
		(void)all_dnnl(NULL);
	return done();
}
