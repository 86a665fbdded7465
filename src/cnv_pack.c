/*
 * cnv_pack.c - a binarised network as k_cnv takes it: see cnv_pack.h
 *
 * Everything is counted first, against the kernel's limits; then there is room
 * for all of it.
 */
#include "config.h"

#include "src/cnv_pack.h"

#include <stdlib.h>

#include "kernels/k_cnv.h"

/* Words of each table so far, in the order of the buffer. */
struct tables {
	uint64_t n_pixels, n_first, n_weights, n_thresholds;
};

struct pack {
	const struct ocr_bnn *b;
	struct tables size;
	/* the buffer, and what is in its tables already */
	uint64_t *head, *layer, *pixels, *first, *weights, *thresholds;
	uint64_t n_weights, n_thresholds;
};

static uint64_t
words_of(uint32_t channels)
{
	return ((uint64_t)channels + 63) / 64;
}

static uint64_t
lanes_of(uint32_t neurons)
{
	return ((uint64_t)neurons + K_CNV_LANES - 1) / K_CNV_LANES *
	       K_CNV_LANES;
}

static unsigned
n_levels(const struct ocr_bnn_layer *l)
{
	return (1U << l->out_bits) - 1;
}

static bool
is_and(const struct ocr_bnn_layer *l)
{
	return l->in_bits != 1 || !ocr_bnn_is_binary(l);
}

static int
too_large(uint32_t layer, const char *what, uint64_t n, uint64_t most,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_ELIMIT,
	    "k_cnv: layer %u: %llu %s, and there is room for %llu",
	    (unsigned)layer, (unsigned long long)n, what,
	    (unsigned long long)most);
}

/* Bits of the values that go into layer i. */
static unsigned
bits_before(const struct ocr_bnn *b, uint32_t i)
{
	while (i-- > 0)
		if (b->layers[i].kind == OCR_BNN_CONV)
			return b->layers[i].out_bits;
	return 8;
}

static int
count_first(const struct ocr_bnn_layer *l, struct tables *t,
    struct ocr_err *err)
{
	uint64_t bytes = (uint64_t)l->in_c * l->in_h * l->in_w;
	uint64_t n = (uint64_t)l->window_h * l->window_w * l->in_c;

	if (bytes > K_CNV_MAX_IMAGE)
		return too_large(1, "bytes of an image", bytes, K_CNV_MAX_IMAGE,
		    err);
	if (n > K_CNV_MAX_PIXELS)
		return too_large(1, "values of a window", n, K_CNV_MAX_PIXELS,
		    err);
	t->n_first += n * lanes_of(l->out_c) / 8;
	if (t->n_first > K_CNV_MAX_FIRST)
		return too_large(1, "weights, by eight", t->n_first,
		    K_CNV_MAX_FIRST, err);
	return 0;
}

static int
count_conv(const struct ocr_bnn_layer *l, uint32_t number, struct tables *t,
    struct ocr_err *err)
{
	uint64_t n = (uint64_t)l->window_h * l->window_w * words_of(l->in_c);

	if (n > K_CNV_MAX_WINDOW)
		return too_large(number, "words of a window", n,
		    K_CNV_MAX_WINDOW, err);
	t->n_weights += n * lanes_of(l->out_c) * (is_and(l) ? 2 : 1);
	if (t->n_weights > K_CNV_MAX_WEIGHTS)
		return too_large(number, "words of weights", t->n_weights,
		    K_CNV_MAX_WEIGHTS, err);
	return 0;
}

static int
count_layer(const struct ocr_bnn *b, uint32_t i, struct tables *t,
    struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &b->layers[i];
	uint64_t n = words_of(l->out_c) * l->out_h * l->out_w;
	int r = 0;

	if (i == 0)
		r = count_first(l, t, err);
	else if (l->kind == OCR_BNN_CONV)
		r = count_conv(l, i + 1, t, err);
	if (r < 0)
		return r;
	n *= bits_before(b, i + 1);
	if (n > K_CNV_MAX_VALUES)
		return too_large(i + 1, "words of values", n, K_CNV_MAX_VALUES,
		    err);
	if (l->kind == OCR_BNN_CONV)
		t->n_thresholds += lanes_of(l->out_c) * n_levels(l);
	if (t->n_thresholds > 2 * (uint64_t)K_CNV_MAX_THRESHOLDS)
		return too_large(i + 1, "thresholds", t->n_thresholds,
		    2 * (uint64_t)K_CNV_MAX_THRESHOLDS, err);
	return 0;
}

/* Number i of a table of small ones, a power of two of them to a word. */
static void
put(uint64_t *table, uint64_t i, unsigned bits, int32_t value)
{
	unsigned n = 64 / bits;
	uint64_t v = (uint64_t)(int64_t)value & (UINT64_MAX >> (64 - bits));

	table[i / n] |= v << i % n * bits;
}

static void
put_first(struct pack *p, const struct ocr_bnn_layer *l)
{
	uint64_t n = (uint64_t)l->window_h * l->window_w * l->in_c, i;
	uint32_t o;

	for (o = 0; o < l->out_c; o++)
		for (i = 0; i < n; i++)
			put(p->first,
			    (o / K_CNV_LANES * n + i) * K_CNV_LANES +
				o % K_CNV_LANES,
			    8, l->weights[o * n + i]);
}

/* Bits of a neuron's weights. */
static void
put_ones(uint64_t *to, const struct ocr_bnn_layer *l, uint32_t o,
    uint64_t n_window)
{
	uint64_t n_taps = (uint64_t)l->window_h * l->window_w, t;
	uint64_t at = o * n_taps * l->in_c;
	uint32_t c, n;

	to += o / K_CNV_LANES * n_window * K_CNV_LANES + o % K_CNV_LANES;
	for (t = 0; t < n_taps; t++)
		for (c = 0; c < l->in_c; c += n, at += n, to += K_CNV_LANES) {
			n = l->in_c - c < 64 ? l->in_c - c : 64;
			*to = ocr_bnn_ones(l, at, n);
		}
}

/* Low bits of a neuron's weights, and their signs. */
static void
put_neuron(uint64_t *to, const struct ocr_bnn_layer *l, uint32_t o,
    uint64_t n_window)
{
	uint64_t words = words_of(l->in_c), at, sign;
	uint64_t n_taps = (uint64_t)l->window_h * l->window_w, t;
	const int8_t *w = l->weights + o * n_taps * l->in_c;
	uint32_t c;

	to += o / K_CNV_LANES * n_window * K_CNV_LANES * 2 + o % K_CNV_LANES;
	sign = n_window * K_CNV_LANES;
	for (t = 0; t < n_taps; t++)
		for (c = 0; c < l->in_c; c++, w++) {
			at = (t * words + c / 64) * K_CNV_LANES;
			to[at] |= (uint64_t)(*w & 1) << c % 64;
			to[sign + at] |= (uint64_t)(*w < 0) << c % 64;
		}
}

static void
put_thresholds(struct pack *p, const struct ocr_bnn_layer *l)
{
	unsigned n = n_levels(l), i;
	uint32_t o;

	for (o = 0; o < l->out_c; o++)
		for (i = 0; i < n; i++)
			put(p->thresholds,
			    p->n_thresholds +
				((uint64_t)o / K_CNV_LANES * n + i) *
				    K_CNV_LANES +
				o % K_CNV_LANES,
			    32, l->thresholds[(uint64_t)o * n + i]);
	p->n_thresholds += lanes_of(l->out_c) * n_levels(l);
}

static void
put_weights(struct pack *p, const struct ocr_bnn_layer *l, bool has_signs)
{
	uint64_t n = (uint64_t)l->window_h * l->window_w * words_of(l->in_c);
	uint32_t o;

	for (o = 0; o < l->out_c; o++)
		if (has_signs)
			put_neuron(p->weights + p->n_weights, l, o, n);
		else
			put_ones(p->weights + p->n_weights, l, o, n);
	p->n_weights += n * lanes_of(l->out_c) * (has_signs ? 2 : 1);
}

static void
put_layer(struct pack *p, uint32_t i)
{
	const struct ocr_bnn_layer *l = &p->b->layers[i];
	bool is_conv = l->kind == OCR_BNN_CONV;
	bool has_signs = i > 0 && is_conv && is_and(l);
	const uint64_t fields[K_CNV_N_FIELDS] = {
	    [K_CNV_KIND] = i == 0    ? K_CNV_FIRST
			   : is_conv ? K_CNV_CONV
				     : K_CNV_POOL,
	    [K_CNV_IN_C] = l->in_c,
	    [K_CNV_IN_H] = l->in_h,
	    [K_CNV_IN_W] = l->in_w,
	    [K_CNV_OUT_C] = l->out_c,
	    [K_CNV_OUT_H] = l->out_h,
	    [K_CNV_OUT_W] = l->out_w,
	    [K_CNV_WINDOW_H] = l->window_h,
	    [K_CNV_WINDOW_W] = l->window_w,
	    [K_CNV_STRIDE_H] = l->stride_h,
	    [K_CNV_STRIDE_W] = l->stride_w,
	    [K_CNV_PAD_TOP] = l->pad_top,
	    [K_CNV_PAD_LEFT] = l->pad_left,
	    [K_CNV_IN_PLANES] = i > 0 ? bits_before(p->b, i) : 0,
	    [K_CNV_OUT_BITS] = is_conv ? l->out_bits : 0,
	    [K_CNV_IS_AND] = has_signs,
	    [K_CNV_BASE] = (uint32_t)(is_conv ? l->in_base : 0),
	    [K_CNV_STEP] = (uint32_t)(is_conv ? l->in_step : 0),
	    [K_CNV_WEIGHTS_AT] = p->n_weights,
	    [K_CNV_THRESHOLDS_AT] = p->n_thresholds,
	};
	size_t k;

	for (k = 0; k < K_CNV_N_FIELDS; k++)
		*p->layer++ = fields[k];
	if (i == 0)
		put_first(p, l);
	else if (is_conv)
		put_weights(p, l, has_signs);
	if (is_conv && l->out_bits != 0)
		put_thresholds(p, l);
}

static void
put_head(struct pack *p, bool is_nhwc)
{
	const struct ocr_bnn_layer *l = &p->b->layers[0];
	uint64_t plane = (uint64_t)l->in_h * l->in_w;
	uint32_t c, i;

	p->head[K_CNV_N_LAYERS] = p->b->n_layers;
	p->head[K_CNV_N_PIXELS] = p->size.n_pixels;
	p->head[K_CNV_N_FIRST] = p->size.n_first;
	p->head[K_CNV_N_WEIGHTS] = p->size.n_weights;
	p->head[K_CNV_N_THRESHOLDS] = p->size.n_thresholds;
	p->head[K_CNV_IMAGE_BYTES] = plane * l->in_c;
	p->head[K_CNV_CHANNEL_BYTES] = is_nhwc ? 1 : plane;
	p->head[K_CNV_PIXEL_BYTES] = is_nhwc ? l->in_c : 1;
	p->head[K_CNV_N_VOTES] = p->b->n_scores;
	for (c = 0; c < l->in_c; c++)
		for (i = 0; i < 256; i++)
			put(p->pixels, c * 256 + i, 16, p->b->pixels[c][i]);
}

int
ocr_cnv_pack(uint64_t **out, size_t *n, const struct ocr_bnn *b, bool is_nhwc,
    struct ocr_err *err)
{
	struct pack p = {.b = b};
	struct tables *t = &p.size;
	uint32_t i;
	int r = 0;

	*out = NULL;
	t->n_pixels = b->layers[0].in_c * (uint64_t)256 / 4;
	for (i = 0; r == 0 && i < b->n_layers; i++)
		r = count_layer(b, i, t, err);
	if (r < 0)
		return r;
	t->n_thresholds = (t->n_thresholds + 1) / 2;
	*n =
	    (size_t)(K_CNV_HEAD + (uint64_t)b->n_layers * K_CNV_N_FIELDS +
		     t->n_pixels + t->n_first + t->n_weights + t->n_thresholds);
	p.head = calloc(*n, sizeof(*p.head));
	if (p.head == NULL)
		return ocr_err_nomem(err);
	p.layer = p.head + K_CNV_HEAD;
	p.pixels = p.layer + (size_t)b->n_layers * K_CNV_N_FIELDS;
	p.first = p.pixels + t->n_pixels;
	p.weights = p.first + t->n_first;
	p.thresholds = p.weights + t->n_weights;
	put_head(&p, is_nhwc);
	for (i = 0; i < b->n_layers; i++)
		put_layer(&p, i);
	*out = p.head;
	return 0;
}
