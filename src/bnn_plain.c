/*
 * bnn_plain.c - a binarised network as it is defined, one image at a time
 *
 * No tricks: this is what the engines are compared with.
 */
#include "config.h"

#include "src/bnn.h"

#include <stdlib.h>

/* Activation of channel c at a place: [h][w][c]. */
static int32_t
at(const int32_t *in, const struct ocr_bnn_layer *l, uint32_t y, uint32_t x,
    uint32_t c)
{
	return in[((size_t)y * l->in_w + x) * l->in_c + c];
}

static int32_t
sum_window(const struct ocr_bnn_layer *l, const int32_t *in, uint32_t o,
    uint32_t out_y, uint32_t out_x)
{
	uint32_t ky, kx, c;
	int32_t sum = 0;

	for (ky = 0; ky < l->window_h; ky++)
		for (kx = 0; kx < l->window_w; kx++) {
			/* wraps outside of the image to what is not in it */
			uint32_t y = out_y * l->stride_h + ky - l->pad_top;
			uint32_t x = out_x * l->stride_w + kx - l->pad_left;
			const int8_t *w =
			    l->weights +
			    (((size_t)o * l->window_h + ky) * l->window_w +
				kx) *
				l->in_c;

			for (c = 0; y < l->in_h && x < l->in_w && c < l->in_c;
			     c++)
				sum += w[c] * at(in, l, y, x, c);
		}
	return sum;
}

static int32_t
max_window(const struct ocr_bnn_layer *l, const int32_t *in, uint32_t c,
    uint32_t out_y, uint32_t out_x)
{
	uint32_t ky, kx;
	int32_t max = 0;

	for (ky = 0; ky < l->window_h; ky++)
		for (kx = 0; kx < l->window_w; kx++) {
			uint32_t y = out_y * l->stride_h + ky - l->pad_top;
			uint32_t x = out_x * l->stride_w + kx - l->pad_left;

			if (y < l->in_h && x < l->in_w &&
			    at(in, l, y, x, c) > max)
				max = at(in, l, y, x, c);
		}
	return max;
}

static int32_t
level_of(const struct ocr_bnn_layer *l, uint32_t o, int32_t sum)
{
	int32_t n = (1 << l->out_bits) - 1, i, value = 0;

	for (i = 0; i < n; i++)
		value += l->thresholds[(int32_t)o * n + i] <= sum;
	return value;
}

/* in: activations of a convolution, values of a pool; out: values, or sums. */
static void
run_layer(const struct ocr_bnn_layer *l, const int32_t *in, int32_t *out)
{
	uint32_t y, x, o;

	for (y = 0; y < l->out_h; y++)
		for (x = 0; x < l->out_w; x++)
			for (o = 0; o < l->out_c; o++) {
				if (l->kind == OCR_BNN_MAX_POOL) {
					*out++ = max_window(l, in, o, y, x);
					continue;
				}
				*out = sum_window(l, in, o, y, x);
				if (l->out_bits != 0)
					*out = level_of(l, o, *out);
				out++;
			}
}

static void
read_image(const struct ocr_bnn *b, const uint8_t *image, bool is_nhwc,
    int32_t *out)
{
	const struct ocr_bnn_layer *l = &b->layers[0];
	size_t n = (size_t)l->in_h * l->in_w, i;
	uint32_t c;

	for (i = 0; i < n; i++)
		for (c = 0; c < l->in_c; c++)
			*out++ = b->pixels[c][is_nhwc ? image[i * l->in_c + c]
						      : image[c * n + i]];
}

static size_t
max_values(const struct ocr_bnn *b)
{
	size_t max = 0, n;
	uint32_t i;

	for (i = 0; i < b->n_layers; i++) {
		const struct ocr_bnn_layer *l = &b->layers[i];

		n = (size_t)l->in_c * l->in_h * l->in_w;
		max = n > max ? n : max;
		n = (size_t)l->out_c * l->out_h * l->out_w;
		max = n > max ? n : max;
	}
	return max;
}

int
ocr_bnn_plain(const struct ocr_bnn *b, const uint8_t *image, bool is_nhwc,
    int32_t *accs, struct ocr_err *err)
{
	size_t n = max_values(b), j;
	int32_t *in = calloc(n, sizeof(*in)), *out = calloc(n, sizeof(*out));
	uint32_t i;
	int r = 0;

	if (in == NULL || out == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	read_image(b, image, is_nhwc, in);
	for (i = 0; i < b->n_layers; i++) {
		const struct ocr_bnn_layer *l = &b->layers[i];
		int32_t *t = in;

		n = (size_t)l->in_c * l->in_h * l->in_w;
		for (j = 0; i > 0 && l->kind == OCR_BNN_CONV && j < n; j++)
			in[j] = l->in_base + l->in_step * in[j];
		run_layer(l, in, out);
		in = out;
		out = t;
	}
	for (j = 0; j < b->n_scores; j++)
		accs[j] = in[j];
out:
	free(in);
	free(out);
	return r;
}
