/*
 * bnn.c - binarised networks: check, copy, count
 *
 * What a model file says of a network is believed only after ocr_bnn_check().
 */
#include "config.h"

#include "src/bnn.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIDE ((uint32_t)1 << 16)
#define MAX_CHANNELS ((uint32_t)1 << 20)
#define MAX_VALUES ((uint64_t)1 << 26) /* of a layer's input or output */
#define MAX_WEIGHTS ((uint64_t)1 << 27)
#define MAX_STEP (1 << 15)

static uint64_t
n_weights(const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->out_c * l->window_h * l->window_w * l->in_c;
}

static unsigned
n_levels(const struct ocr_bnn_layer *l)
{
	return (1U << l->out_bits) - 1;
}

uint64_t
ocr_bnn_macs(const struct ocr_bnn *b)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < b->n_layers; i++) {
		const struct ocr_bnn_layer *l = &b->layers[i];

		if (l->kind == OCR_BNN_CONV)
			n += n_weights(l) * l->out_h * l->out_w;
	}
	return n;
}

static struct ocr_bnn_clip
clip(uint32_t at, uint32_t stride, uint32_t pad, uint32_t window, uint32_t in)
{
	int64_t start = (int64_t)at * stride - pad;
	struct ocr_bnn_clip c = {0};

	if (start < 0)
		c.tap = (uint32_t)-start;
	else
		c.in = (uint32_t)start;
	c.n_taps = window - c.tap;
	if (c.n_taps > in - c.in)
		c.n_taps = in - c.in;
	return c;
}

struct ocr_bnn_clip
ocr_bnn_clip_y(const struct ocr_bnn_layer *l, uint32_t y)
{
	return clip(y, l->stride_h, l->pad_top, l->window_h, l->in_h);
}

struct ocr_bnn_clip
ocr_bnn_clip_x(const struct ocr_bnn_layer *l, uint32_t x)
{
	return clip(x, l->stride_w, l->pad_left, l->window_w, l->in_w);
}

/* One side of a layer; each window has a tap inside. */
static bool
is_side(uint32_t in, uint32_t out, uint32_t window, uint32_t stride,
    uint32_t pad)
{
	if (in == 0 || in > MAX_SIDE || out == 0 || out > MAX_SIDE ||
	    window == 0 || window > MAX_SIDE || stride == 0 ||
	    stride > MAX_SIDE || pad >= window)
		return false;
	return (uint64_t)(out - 1) * stride < (uint64_t)in + pad;
}

static int
check_shape(const struct ocr_bnn_layer *l, uint32_t number, struct ocr_err *err)
{
	if (l->in_c == 0 || l->in_c > MAX_CHANNELS || l->out_c == 0 ||
	    l->out_c > MAX_CHANNELS ||
	    !is_side(l->in_h, l->out_h, l->window_h, l->stride_h, l->pad_top) ||
	    !is_side(l->in_w, l->out_w, l->window_w, l->stride_w, l->pad_left))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": its shape is not possible", number);
	if ((uint64_t)l->in_c * l->in_h * l->in_w > MAX_VALUES ||
	    (uint64_t)l->out_c * l->out_h * l->out_w > MAX_VALUES ||
	    (uint64_t)l->window_h * l->window_w * l->in_c > MAX_WEIGHTS ||
	    (l->kind == OCR_BNN_CONV && n_weights(l) > MAX_WEIGHTS))
		return ocr_err_set(err, -OCR_ELIMIT,
		    "layer %" PRIu32 ": too large", number);
	return 0;
}

static int
max_of(const int16_t *v, size_t n)
{
	int max = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (abs(v[i]) > max)
			max = abs(v[i]);
	return max;
}

/* From -2 to 1: the upper seven bits are equal.  8 at a time: most of the time
 * that a model takes to load was this. */
static bool
are_weights(const int8_t *w, uint64_t n)
{
	uint64_t wrong = 0, i, v;

	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&v, w + i, 8);
		wrong |= v ^ v >> 1; /* bit 7 comes from the next byte */
	}
	for (; i < n; i++)
		wrong |= (uint64_t)(w[i] ^ w[i] >> 1) & 0xff;
	return (wrong & UINT64_C(0x7e7e7e7e7e7e7e7e)) == 0;
}

static int
check_weights(const struct ocr_bnn *b, const struct ocr_bnn_layer *l,
    uint32_t number, struct ocr_err *err)
{
	uint64_t n = n_weights(l), bound;
	unsigned top = (1U << l->in_bits) - 1;
	int a;

	if (l->weights != NULL && !are_weights(l->weights, n))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": a weight is not between -2 and 1",
		    number);
	if (l->in_bits == 8)
		a = max_of(b->pixels[0], l->in_c * (size_t)256);
	else
		a = abs(l->in_base) + (int)top * abs(l->in_step);
	bound = (uint64_t)l->window_h * l->window_w * l->in_c * 2 * (uint64_t)a;
	if (bound >= INT32_MAX / 2)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "layer %" PRIu32 ": sums need more than 32 bits", number);
	return 0;
}

static int
check_outputs(const struct ocr_bnn_layer *l, uint32_t number,
    struct ocr_err *err)
{
	unsigned n = n_levels(l), i;
	uint32_t o;

	for (o = 0; o < l->out_c; o++) {
		for (i = 1; i < n; i++)
			if (l->thresholds[o * n + i] <
			    l->thresholds[o * n + i - 1])
				return ocr_err_set(err, -OCR_EFORMAT,
				    "layer %" PRIu32
				    ": thresholds do not ascend",
				    number);
		if (n == 0 && (!isfinite(l->scale[o]) || !isfinite(l->bias[o])))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "layer %" PRIu32 ": a scale is not a number",
			    number);
	}
	return 0;
}

static int
check_conv(const struct ocr_bnn *b, uint32_t i, struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &b->layers[i];
	bool is_last = i + 1 == b->n_layers;
	int r;

	if ((l->weights == NULL && l->bits == NULL) ||
	    (is_last ? l->scale == NULL || l->bias == NULL
		     : l->thresholds == NULL))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": its numbers are missing", i + 1);
	if ((l->out_bits == 0) != is_last || l->out_bits > 2)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": outputs of %u bits", i + 1,
		    l->out_bits);
	if (l->in_bits == 1 && (l->in_base != -1 || l->in_step != 2))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": a bit is not -1 or 1", i + 1);
	if (l->in_base < -MAX_STEP || l->in_base > MAX_STEP ||
	    l->in_step < -MAX_STEP || l->in_step > MAX_STEP)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "layer %" PRIu32 ": activations are too large", i + 1);
	if (is_last && (l->out_h != 1 || l->out_w != 1))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": scores of more than one place", i + 1);
	r = check_weights(b, l, i + 1, err);
	return r < 0 ? r : check_outputs(l, i + 1, err);
}

/* bits: of what the layer before gives. */
static int
check_layer(const struct ocr_bnn *b, uint32_t i, unsigned bits,
    struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &b->layers[i], *before = l - 1;
	int r = check_shape(l, i + 1, err);

	if (r < 0)
		return r;
	if (i > 0 && (l->in_c != before->out_c || l->in_h != before->out_h ||
			 l->in_w != before->out_w))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": does not fit the one before", i + 1);
	if (l->kind == OCR_BNN_MAX_POOL && i > 0 && i + 1 < b->n_layers &&
	    l->in_c == l->out_c)
		return 0;
	if (l->kind != OCR_BNN_CONV || l->in_bits != bits ||
	    (i == 0 && l->in_c > 4))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "layer %" PRIu32 ": cannot be here", i + 1);
	return check_conv(b, i, err);
}

int
ocr_bnn_check(const struct ocr_bnn *b, struct ocr_err *err)
{
	unsigned bits = 8;
	uint32_t i;
	int r;

	if (b->n_layers == 0 || b->n_layers > OCR_BNN_MAX_LAYERS)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "binarised network: %" PRIu32 " layers", b->n_layers);
	for (i = 0; i < b->n_layers; i++) {
		r = check_layer(b, i, bits, err);
		if (r < 0)
			return r;
		if (b->layers[i].kind == OCR_BNN_CONV)
			bits = b->layers[i].out_bits;
	}
	if (b->n_scores != b->layers[b->n_layers - 1].out_c)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "binarised network: %" PRIu32 " scores", b->n_scores);
	return 0;
}

float
ocr_bnn_score(const struct ocr_bnn *b, uint32_t o, int32_t acc)
{
	const struct ocr_bnn_layer *l = &b->layers[b->n_layers - 1];

	/* The product of 24 and 29 bits is exact: fused or not, one rounding
	 * of the sum, and then one to float. */
	return (float)((double)acc * (double)l->scale[o] + (double)l->bias[o]);
}

static void *
copy_of(const void *from, size_t bytes)
{
	void *to;

	if (from == NULL || bytes == 0)
		return NULL;
	to = malloc(bytes);
	if (to != NULL)
		memcpy(to, from, bytes);
	return to;
}

static bool
copy_layer(struct ocr_bnn_layer *to, const struct ocr_bnn_layer *l)
{
	size_t n = l->out_c;
	bool is_conv = l->kind == OCR_BNN_CONV;

	*to = *l;
	to->weights = NULL;
	to->bits = NULL;
	to->thresholds = NULL;
	to->scale = to->bias = NULL;
	if (!is_conv)
		return true;
	to->weights = copy_of(l->weights, (size_t)n_weights(l));
	if (l->out_bits != 0) {
		to->thresholds = copy_of(l->thresholds,
		    n * n_levels(l) * sizeof(*l->thresholds));
		return to->weights != NULL && to->thresholds != NULL;
	}
	to->scale = copy_of(l->scale, n * sizeof(*l->scale));
	to->bias = copy_of(l->bias, n * sizeof(*l->bias));
	return to->weights != NULL && to->scale != NULL && to->bias != NULL;
}

int
ocr_bnn_copy(struct ocr_bnn **out, const struct ocr_bnn *b, struct ocr_err *err)
{
	struct ocr_bnn *to = copy_of(b, sizeof(*b));
	uint32_t i;

	*out = NULL;
	if (to == NULL)
		return ocr_err_nomem(err);
	to->layers = calloc(b->n_layers, sizeof(*to->layers));
	if (to->layers == NULL)
		goto nomem;
	for (i = 0; i < b->n_layers; i++)
		if (!copy_layer(&to->layers[i], &b->layers[i]))
			goto nomem;
	*out = to;
	return 0;
nomem:
	ocr_bnn_free(to);
	return ocr_err_nomem(err);
}

void
ocr_bnn_free(struct ocr_bnn *b)
{
	uint32_t i;

	if (b == NULL)
		return;
	for (i = 0; b->layers != NULL && i < b->n_layers; i++) {
		free((void *)(uintptr_t)b->layers[i].weights);
		free((void *)(uintptr_t)b->layers[i].bits);
		free((void *)(uintptr_t)b->layers[i].thresholds);
		free((void *)(uintptr_t)b->layers[i].scale);
		free((void *)(uintptr_t)b->layers[i].bias);
	}
	free(b->layers);
	free(b);
}
