/*
 * test_bnn_find.c - what is found in random nets gives the scores of the nets
 *
 * The net runs in floats as plain C defines it; its scales are powers of two, so
 * that no sum rounds and scores must be the same.
 */
#include "config.h"

#include <math.h>

#include "src/bnn_find.h"
#include "src/net_fold.h"
#include "src/net_run.h"
#include "src/net_shape.h"
#include "tests/unit/net_build.h"
#include "tests/unit/tap.h"

#define MAX_WEIGHTS 40000
#define N_IMAGES 3

enum sign {
	BY_SIGN = 0,
	BY_BIPOLAR,
	BY_QUANT,       /* 2 bits, -2 to 1 */
	BY_NARROW,      /* -1 to 1 */
	BY_UNSIGNED,    /* 0 to 3 */
	BY_ONE_STEP,    /* MultiThreshold: -1, 1 */
	BY_THREE_STEPS, /* of each channel, 0 to 3 */
	BY_CLIP,        /* Relu and Quant of one bit: 0, 1 */
	N_SIGNS
};

/* wide: -2 to 1 times a scale, else -1 and 1, times a scale of either sign. */
static void
random_weights(struct built *b, float *w, size_t n, bool wide)
{
	float scale = ldexpf(1, built_below(b, 3) - 1);
	size_t i;

	for (i = 0; i < n; i++)
		w[i] = scale * (wide ? (float)(built_below(b, 4) - 2)
				     : (float)(2 * built_below(b, 2) - 1));
}

static void
add_conv(struct built *b, uint32_t out_c, uint32_t k, uint32_t stride,
    uint32_t pad, bool wide)
{
	static float w[MAX_WEIGHTS];
	uint64_t dims[4] = {out_c, b->c, k, k}, n_bias = out_c;
	float bias[64];
	uint32_t in[2], i;
	struct ocr_node *node;

	random_weights(b, w, (size_t)out_c * b->c * k * k, wide);
	for (i = 0; i < out_c; i++)
		bias[i] = (float)(built_below(b, 9) - 4) / 4;
	in[0] = built_constant(b, 4, dims, w);
	in[1] = built_constant(b, 1, &n_bias, bias);
	node = built_node(b, OCR_OP_CONV, built_below(b, 2) == 0 ? 1 : 2, in);
	node->attr.kernel[0] = node->attr.kernel[1] = k;
	node->attr.strides[0] = node->attr.strides[1] = stride;
	node->attr.dilations[0] = node->attr.dilations[1] = 1;
	for (i = 0; i < 4; i++)
		node->attr.pads[i] = pad;
	node->attr.group = 1;
	b->c = out_c;
	b->h = (b->h + 2 * pad - k) / stride + 1;
	b->w = (b->w + 2 * pad - k) / stride + 1;
}

static void
add_dense(struct built *b, uint32_t out_c, bool wide)
{
	static float w[MAX_WEIGHTS];
	uint64_t n = (uint64_t)b->c * b->h * b->w, dims[2] = {n, out_c};
	bool is_gemm = built_below(b, 2) != 0;
	struct ocr_node *node;
	uint32_t in;

	if (is_gemm) {
		dims[0] = out_c;
		dims[1] = n;
	}
	random_weights(b, w, (size_t)n * out_c, wide);
	in = built_constant(b, 2, dims, w);
	node = built_node(b, is_gemm ? OCR_OP_GEMM : OCR_OP_MATMUL, 1, &in);
	node->attr.transpose_b = is_gemm;
	node->attr.alpha = is_gemm && built_below(b, 2) ? -0.5F : 1;
	node->attr.beta = 1;
	b->c = out_c;
	b->h = b->w = 1;
}

/* A parameter a channel. */
static uint32_t
by_channel(struct built *b, int32_t low, int32_t high, float unit)
{
	float p[64];
	uint64_t n = b->c;
	uint32_t i;

	for (i = 0; i < n; i++)
		p[i] = (float)(low + built_below(b, high - low + 1)) * unit;
	return built_constant(b, 1, &n, p);
}

static void
add_norm(struct built *b, int32_t reach)
{
	uint32_t in[4];

	in[0] = by_channel(b, -4, 4, 0.37F);
	in[1] = by_channel(b, -3, 3, 0.21F);
	in[2] = by_channel(b, -reach, reach, 0.5F);
	in[3] = by_channel(b, 1, reach * 4 + 1, 0.9F);
	built_node(b, OCR_OP_BATCH_NORM, 4, in)->attr.epsilon = 1e-5F;
}

static void
add_steps(struct built *b, bool is_three)
{
	uint64_t dims[2] = {is_three ? b->c : 1, is_three ? 3 : 1};
	float t[3 * 64] = {0};
	struct ocr_node *node;
	uint32_t i, in;

	for (i = 0; is_three && i < b->c; i++) {
		t[3 * i] = (float)(built_below(b, 9) - 8) / 3;
		t[3 * i + 1] = t[3 * i] + (float)built_below(b, 3) / 2;
		t[3 * i + 2] = t[3 * i + 1] + (float)built_below(b, 5) / 4;
	}
	in = built_constant(b, 2, dims, t);
	node = built_node(b, OCR_OP_MULTI_THRESHOLD, 1, &in);
	node->attr.axis = 1;
	node->attr.out_scale = is_three ? 1 : 2;
	node->attr.out_bias = is_three ? 0 : -1;
}

static void
add_quant(struct built *b, float scale, float bits, bool is_signed,
    bool is_narrow)
{
	uint32_t in[3];
	struct ocr_node *node;

	in[0] = built_scalar(b, scale);
	in[1] = built_scalar(b, 0);
	in[2] = built_scalar(b, bits);
	node = built_node(b, OCR_OP_QUANT, 3, in);
	node->attr.is_signed = is_signed;
	node->attr.is_narrow = is_narrow;
}

static void
add_sign(struct built *b, enum sign s)
{
	switch (s) {
	case BY_SIGN:
		built_node(b, OCR_OP_SIGN, 0, NULL);
		break;
	case BY_BIPOLAR:
		built_scalar_op(b, OCR_OP_BIPOLAR_QUANT, 0.25F);
		break;
	case BY_QUANT:
		add_quant(b, 0.5F, 2, true, false);
		break;
	case BY_NARROW:
		add_quant(b, 1, 2, true, true);
		break;
	case BY_UNSIGNED:
		add_quant(b, 0.5F, 2, false, false);
		break;
	case BY_CLIP:
		built_node(b, OCR_OP_RELU, 0, NULL);
		add_quant(b, 2, 1, false, false);
		break;
	default:
		add_steps(b, s == BY_THREE_STEPS);
	}
}

static void
add_pool(struct built *b)
{
	struct ocr_node *node = built_node(b, OCR_OP_MAX_POOL, 0, NULL);
	uint32_t k = 2 + (uint32_t)built_below(b, 2);
	uint32_t pad = (uint32_t)built_below(b, 2), i;

	node->attr.kernel[0] = node->attr.kernel[1] = k;
	node->attr.strides[0] = node->attr.strides[1] = 2;
	node->attr.dilations[0] = node->attr.dilations[1] = 1;
	for (i = 0; i < 4; i++)
		node->attr.pads[i] = pad;
	b->h = (b->h + 2 * pad - k) / 2 + 1;
	b->w = (b->w + 2 * pad - k) / 2 + 1;
}

static void
add_flat(struct built *b)
{
	static const int64_t perm[4] = {0, 2, 3, 1};
	struct ocr_node *node;

	if (built_below(b, 2)) {
		node = built_node(b, OCR_OP_TRANSPOSE, 0, NULL);
		memcpy(node->attr.perm, perm, sizeof(perm));
		node->attr.n_perm = 4;
	}
	built_node(b, OCR_OP_FLATTEN, 0, NULL)->attr.axis = 1;
}

struct kind {
	enum sign sign;
	bool is_wide;     /* weights -2 to 1 */
	bool is_all_wide; /* those of the second convolution too */
	int pool;         /* 0: none, 1: behind the sign, 2: before BatchNorm,
			    * 3: between it and the sign */
	bool is_padded, has_tail;
};

static void
build(struct built *b, const struct kind *k, uint64_t seed)
{
	uint64_t dims[4] = {0, 1 + seed % 3, 9, 8};

	built_begin(b, OCR_U8, 4, dims, seed);
	b->c = (uint32_t)dims[1];
	b->h = 9;
	b->w = 8;
	built_node(b, OCR_OP_CAST, 0, NULL)->attr.to = OCR_F32;
	built_scalar_op(b, OCR_OP_SUB, 128);
	built_scalar_op(b, OCR_OP_MUL, 0.125F);
	add_conv(b, 8, 3, 1, k->is_padded, k->is_wide);
	if (k->pool == 2)
		add_pool(b);
	add_norm(b, 40);
	if (k->pool == 3)
		add_pool(b);
	add_sign(b, k->sign);
	if (k->pool == 1)
		add_pool(b);
	add_conv(b, 6, 2 + k->is_padded, 1 + (uint32_t)built_below(b, 2),
	    k->is_padded, k->is_all_wide);
	add_norm(b, 6);
	add_sign(b, k->sign);
	built_scalar_op(b, OCR_OP_MUL, 2);
	add_flat(b);
	add_dense(b, 7, k->is_wide);
	add_norm(b, 5);
	add_sign(b, k->sign);
	add_dense(b, 5, false);
	if (k->has_tail) {
		built_scalar_op(b, OCR_OP_MUL, -0.25F);
		built_scalar_op(b, OCR_OP_ADD, 3);
	}
}

/* Scores of the net and of what was found in it, of n images. */
static bool
is_same(const struct built *b, const struct ocr_bnn_found *f)
{
	uint8_t image[3 * 9 * 8];
	const struct ocr_bnn *bnn = f->bnn;
	struct ocr_net_run *run;
	struct ocr_err err = {0};
	uint64_t random = 77;
	float scores[64];
	int32_t accs[64];
	size_t i, n;
	uint32_t o;
	bool same = true;

	if (ocr_net_run_new(&run, b->net, 0, b->net->n_nodes - 1, OCR_NET_PLAIN,
		1, &err) < 0) {
		diag("%s", err.text);
		return false;
	}
	for (n = 0; same && n < N_IMAGES; n++) {
		for (i = 0; i < sizeof(image); i++)
			image[i] =
			    n == 0 ? 255
				   : (uint8_t)ocr_random_below(&random, 256);
		if (ocr_net_run_images(run, image, 1, scores, &err) < 0 ||
		    ocr_bnn_plain(bnn, image, f->is_nhwc, accs, &err) < 0)
			diag("%s", err.text);
		for (o = 0; o < bnn->n_scores; o++)
			same &= scores[o] == ocr_bnn_score(bnn, o, accs[o]);
		if (!same)
			diag("image %zu: %g, found %g (%d)", n,
			    (double)scores[0],
			    (double)ocr_bnn_score(bnn, 0, accs[0]),
			    (int)accs[0]);
	}
	ocr_net_run_free(run);
	return same;
}

/* 1: found and right, 0: not found, -1: wrong. */
static int
try_kind(const struct kind *k, uint64_t seed, char *why)
{
	struct built b;
	struct ocr_bnn_found f = {0};
	struct ocr_err err = {0};
	int r = 1;

	build(&b, k, seed);
	if (ocr_net_shape(b.net, &err) < 0 ||
	    ocr_bnn_find(&f, b.net, NULL, &err) < 0) {
		diag("%s", err.text);
		r = -1;
	} else if (f.bnn == NULL) {
		memcpy(why, f.why, sizeof(f.why));
		r = 0;
	} else if (f.n_nodes != b.net->n_nodes || !is_same(&b, &f)) {
		r = -1;
	}
	ocr_bnn_found_release(&f);
	ocr_net_free(b.net);
	return r;
}

static void
test_kind(const struct kind *k)
{
	int n_found = 0, n_wrong = 0, r;
	char why[256] = "";
	uint64_t seed;

	for (seed = 1; seed <= 24; seed++) {
		r = try_kind(k, seed, why);
		n_found += r == 1;
		n_wrong += r < 0;
	}
	if (!ok(n_wrong == 0,
		"quantiser %d, wide %d, pool %d, padded %d: right", k->sign,
		k->is_wide, k->pool, k->is_padded))
		diag("%d of 24 are wrong", n_wrong);
	/* What has no opposite cannot always be turned. */
	if (k->pool == 0 && !k->is_wide &&
	    !ok(n_found == 24, "... and found each time"))
		diag("%d of 24; %s", n_found, why);
}

static void
test_kinds(void)
{
	int s, pool;

	for (s = 0; s < N_SIGNS; s++)
		for (pool = 0; pool < 4; pool++) {
			struct kind k = {.sign = (enum sign)s,
			    .pool = pool,
			    .is_padded = (s + pool) % 2,
			    .has_tail = pool % 2 == 0};

			test_kind(&k);
			k.is_wide = true;
			k.is_padded = !k.is_padded;
			test_kind(&k);
			k.is_all_wide = true;
			test_kind(&k);
		}
}

/* Weights of three bits, groups, a branch: not found, and why. */
static void
refused(struct built *b, const char *why)
{
	struct ocr_bnn_found f = {0};
	struct ocr_err err = {0};
	int r = ocr_net_shape(b->net, &err);

	if (r == 0)
		r = ocr_bnn_find(&f, b->net, NULL, &err);
	if (!ok(r == 0 && f.bnn == NULL && strcmp(f.why, why) == 0, "%s", why))
		diag("%d %s%s", r, err.text, f.why);
	ocr_bnn_found_release(&f);
	ocr_net_free(b->net);
}

static void
begin(struct built *b)
{
	static const uint64_t dims[4] = {0, 2, 5, 5};

	built_begin(b, OCR_F32, 4, dims, 5);
	b->c = 2;
	b->h = b->w = 5;
}

static void
test_refused(void)
{
	struct built b;
	float *w;

	begin(&b);
	add_conv(&b, 3, 3, 1, 0, false);
	w = (float *)(uintptr_t)b.net->tensors[b.net->nodes[0].in[1]].data;
	w[4] *= 3;
	refused(&b, "node 'node' (Conv): its weights have more than two bits");
	begin(&b);
	add_conv(&b, 3, 3, 1, 0, false);
	w = (float *)(uintptr_t)b.net->tensors[b.net->nodes[0].in[1]].data;
	w[4] = NAN;
	refused(&b, "node 'node' (Conv): its weights have more than two bits");
	begin(&b);
	add_conv(&b, 3, 3, 1, 0, false);
	refused(&b, "it does not end in scores");
	begin(&b);
	built_node(&b, OCR_OP_SOFTMAX, 0, NULL)->attr.axis = 1;
	refused(&b, "node 'node' (Softmax): not an operator of such networks");
	begin(&b);
	built_scalar_op(&b, OCR_OP_DIV, 0);
	add_conv(&b, 3, 5, 1, 0, false);
	refused(&b, "pixels that are no multiples of a step");
	begin(&b);
	add_conv(&b, 3, 3, 1, 0, false);
	built_scalar_op(&b, OCR_OP_MUL, 0.3F);
	add_conv(&b, 3, 3, 1, 0, false);
	refused(&b, "activations of more than 2 bits");
	begin(&b);
	add_conv(&b, 3, 3, 1, 0, false);
	built_scalar_op(&b, OCR_OP_MUL, NAN);
	add_conv(&b, 3, 3, 1, 0, false);
	refused(&b, "activations of more than 2 bits");
}

/* What follows the scores and is no line is left to the net. */
static void
test_rest(void)
{
	struct ocr_bnn_found f = {0};
	struct ocr_err err = {0};
	struct built b;

	begin(&b);
	add_conv(&b, 4, 5, 1, 0, false);
	add_flat(&b);
	built_node(&b, OCR_OP_SOFTMAX, 0, NULL)->attr.axis = 1;
	ok(ocr_net_shape(b.net, &err) == 0 &&
		ocr_bnn_find(&f, b.net, NULL, &err) == 0 && f.bnn != NULL &&
		f.n_nodes + 1 == b.net->n_nodes,
	    "Softmax stays behind");
	ocr_bnn_found_release(&f);
	ocr_net_free(b.net);
}

/* A net of floats takes mean and deviation into its table. */
static void
test_mean(void)
{
	struct ocr_bnn_find_opt opt = {.has_mean = true,
	    .mean = {127.5F, 100, 0, 0},
	    .std = {127.5F, 255, 1, 1}};
	struct ocr_bnn_found f = {0};
	struct ocr_err err = {0};
	struct built b;

	begin(&b);
	built_node(&b, OCR_OP_SIGN, 0, NULL);
	add_conv(&b, 4, 5, 1, 0, false);
	ok(ocr_net_shape(b.net, &err) == 0 &&
		ocr_bnn_find(&f, b.net, &opt, &err) == 0 && f.bnn != NULL,
	    "a net of floats");
	ok(f.bnn != NULL && f.bnn->pixels[0][127] == -1 &&
		f.bnn->pixels[0][128] == 1 && f.bnn->pixels[1][100] == 0 &&
		f.bnn->pixels[1][99] == -1,
	    "its table");
	ocr_bnn_found_release(&f);
	ocr_net_free(b.net);
}

int
main(void)
{
	test_kinds();
	test_refused();
	test_rest();
	test_mean();
	return done();
}
