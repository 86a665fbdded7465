/*
 * test_net_int8_rules.c - which layers are in int8, which not and why; and each
 * number that quantisers make
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/net_fold.h"
#include "src/net_int8.h"
#include "src/net_plain.h"
#include "src/net_shape.h"
#include "tests/unit/qdq_build.h"
#include "tests/unit/tap.h"

static const struct qdq one = {OCR_U8, 1, 0};
static const struct qdq large = {OCR_U8, 64, 0};

static void
begin(struct built *b, uint64_t channels)
{
	built_begin(b, OCR_F32, 4, (uint64_t[]){0, channels, 4, 4}, 1);
	b->c = (uint32_t)channels;
	qdq_quantize(b, &one);
	qdq_dequantize(b, &one);
}

/* A convolution of 1x1 to two channels with all weights w. */
static struct ocr_node *
conv(struct built *b, int w, float scale)
{
	uint64_t n = (uint64_t)b->c * 2, i;
	int8_t *weights = malloc(n);
	uint32_t in;

	if (weights == NULL)
		abort();
	for (i = 0; i < n; i++)
		weights[i] = (int8_t)w;
	in = qdq_weights(b, OCR_I8, 4, (uint64_t[]){2, b->c, 1, 1}, weights,
	    &scale, 1, 0);
	free(weights);
	b->c = 2;
	return built_node(b, OCR_OP_CONV, 1, &in);
}

/* Takes the net; n layers in int8, and why the first that is not, is not. */
static void
expect(struct built *b, int n, const char *why, const char *what)
{
	struct ocr_err err = {0};
	const char *got = NULL;
	int r = ocr_net_shape(b->net, &err);
	uint32_t i;

	if (r == 0)
		r = ocr_net_fold(b->net, &err);
	if (r == 0)
		r = ocr_net_int8(b->net, 0, b->net->n_nodes - 1, OCR_NET_PLAIN,
		    &err);
	for (i = 0; i < b->net->n_nodes && got == NULL; i++)
		got = b->net->nodes[i].not_int8;
	if (!ok(r == n && (why == NULL ? got == NULL
				       : got != NULL && strcmp(got, why) == 0),
		"%s", what))
		diag("%d layers, %s %s", r, got == NULL ? "none" : got,
		    err.text);
}

/* Live nodes with that operator. */
static int
count_live(const struct built *b, enum ocr_op op)
{
	struct ocr_err err = {0};
	uint32_t i;
	int n = 0;

	if (ocr_net_drop_dead(b->net, &err) < 0)
		abort();
	for (i = 0; i < b->net->n_nodes; i++)
		n += b->net->nodes[i].op == op;
	return n;
}

static void
end(struct built *b)
{
	ocr_net_free(b->net);
}

static void
layer_ends(void)
{
	struct built b;
	uint32_t between;

	begin(&b, 3);
	(void)conv(&b, 5, .5f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 1, NULL, "a layer");
	end(&b);

	begin(&b, 3);
	(void)conv(&b, 5, .5f);
	expect(&b, 0, "its output is not quantised", "no quantiser behind it");
	end(&b);

	built_begin(&b, OCR_F32, 4, (uint64_t[]){0, 3, 4, 4}, 1);
	b.c = 3;
	(void)conv(&b, 5, .5f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 0, "its input is not quantised so", "none before it");
	end(&b);

	begin(&b, 3);
	(void)conv(&b, 5, .5f);
	between = b.at;
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	(void)built_node(&b, OCR_OP_ADD, 1, &between);
	expect(&b, 0, "its output is not quantised",
	    "somebody else wants its floats");
	end(&b);
}

static void
layer_numbers(void)
{
	/* 66311 weights of 127 by 255 are 2^31 - 1913 */
	static const struct {
		uint64_t channels;
		int n;
	} edges[] = {{66311, 1}, {66312, 0}};
	struct built b;
	size_t i;

	for (i = 0; i < 2; i++) {
		begin(&b, edges[i].channels);
		(void)conv(&b, 127, 1);
		qdq_quantize(&b, &large);
		qdq_dequantize(&b, &large);
		expect(&b, edges[i].n,
		    edges[i].n ? NULL : "sums may not fit 32 bits",
		    "the largest sum, and one more");
		end(&b);
	}
	begin(&b, 3);
	(void)conv(&b, 5, 1e-38f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 0, "a scale that is no good number", "a scale that is lost");
	end(&b);

	begin(&b, 3);
	(void)conv(&b, 5, INFINITY);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 0, "a scale that is no good number", "an infinite scale");
	end(&b);
}

/* MaxPool between two layers. */
static void
pool(struct qdq behind, int64_t ceil_mode, int want, const char *what)
{
	struct built b;
	struct ocr_node *node;

	begin(&b, 3);
	(void)conv(&b, 5, .5f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	node = built_node(&b, OCR_OP_MAX_POOL, 0, NULL);
	node->attr.kernel[0] = node->attr.kernel[1] = 2;
	node->attr.ceil_mode = ceil_mode;
	qdq_quantize(&b, &behind);
	qdq_dequantize(&b, &behind);
	(void)conv(&b, 5, .5f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 2, NULL, what);
	is_int(count_live(&b, OCR_OP_QUANTIZE), want, what);
	end(&b);
}

/* Two layers, and a Concat of what they make. */
static void
concat(struct qdq second, int want, const char *what)
{
	struct built b;
	struct ocr_node *node;
	uint32_t first, from;

	begin(&b, 3);
	from = b.at;
	(void)conv(&b, 5, .5f);
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	first = b.at;
	b.at = from;
	b.c = 3;
	(void)conv(&b, -7, .5f);
	qdq_quantize(&b, &second);
	qdq_dequantize(&b, &second);
	node = built_node(&b, OCR_OP_CONCAT, 1, &first);
	node->attr.axis = 1;
	qdq_quantize(&b, &large);
	qdq_dequantize(&b, &large);
	expect(&b, 2, NULL, what);
	is_int(count_live(&b, OCR_OP_QUANTIZE), want, what);
	end(&b);
}

static float
number(int i)
{
	static const float special[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f,
	    1e-40f, -0.f};

	return i < 7 ? special[i] : (float)(i - 1000) / 4; /* ties, too */
}

/* Against the definition. */
static void
quantiser(enum ocr_element e, int zero, float scale)
{
	static float x[2003], y[2003];
	static uint8_t q[2003];
	uint8_t z = (uint8_t)zero;
	uint32_t in[3] = {0}, out[1] = {0};
	struct ocr_node node = {.op = OCR_OP_QUANTIZE,
	    .n_in = 3,
	    .n_out = 1,
	    .in = in,
	    .out = out};
	struct ocr_view v[3] = {{OCR_F32, 1, {2003}, x},
	    {OCR_F32, 0, {0}, &scale}, {e, 0, {0}, &z}};
	struct ocr_view to = {e, 1, {2003}, q}, back = {OCR_F32, 1, {2003}, y};
	int low = e == OCR_I8 ? -128 : 0, i, want, got, bad = 0;
	double d;

	for (i = 0; i < 2003; i++)
		x[i] = number(i) * (i < 7 ? 1 : scale);
	ocr_plain_run(&node, v, &to);
	node.op = OCR_OP_DEQUANTIZE;
	v[0] = to;
	ocr_plain_run(&node, v, &back);
	for (i = 0; i < 2003; i++) {
		d = (double)rintf(x[i] / scale) + zero;
		want = d != d          ? 0
		       : d < low       ? low
		       : d > low + 255 ? low + 255
				       : (int)d;
		got = e == OCR_I8 ? (int8_t)q[i] : q[i];
		bad += got != want || y[i] < (float)(got - zero) * scale ||
		       y[i] > (float)(got - zero) * scale;
	}
	is_int(bad, 0, "quantised and back");
}

int
main(void)
{
	static const struct qdq other = {OCR_U8, 32, 0};

	layer_ends();
	layer_numbers();
	pool(large, 0, 1, "a pool of bytes");
	pool(other, 0, 2, "a pool between two scales");
	pool(large, 1, 2, "a pool that may have empty windows");
	concat(large, 1, "a Concat of bytes");
	concat(other, 2, "a Concat of two scales");
	quantiser(OCR_U8, 0, 1);
	quantiser(OCR_U8, 113, .25f);
	quantiser(OCR_U8, 255, .3f);
	quantiser(OCR_I8, 0, .5f);
	quantiser(OCR_I8, -128, 3);
	quantiser(OCR_I8, 127, .7f);
	quantiser(OCR_I8, -7, 1);
	return done();
}
