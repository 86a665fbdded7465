/*
 * k_cnv.c - a binarised network on a card: see k_cnv.h
 */
#include "kernels/k_cnv.h"

#include <string.h>

#include "kernels/k_cnv_memory.h"
#include "kernels/k_range.h"

/* Words whose set bits are counted in bytes, which hold 31 * 8. */
#define BURST 31U

/*
 * Loops over lanes say HLS UNROLL, and GCC unroll 1: what gcc has unrolled it
 * does not put into vectors.
 */

/* Set bits of each byte of v. */
static inline uint64_t
byte_ones(uint64_t v)
{
	v -= v >> 1 & UINT64_MAX / 3;
	v = (v & UINT64_MAX / 5) + (v >> 2 & UINT64_MAX / 5);
	return (v + (v >> 4)) & UINT64_MAX / 17;
}

static inline int32_t
sum_bytes(uint64_t v)
{
	v = (v & UINT64_MAX / 257) + (v >> 8 & UINT64_MAX / 257);
	v += v >> 16;
	return (int32_t)((v + (v >> 32)) & 0xffff);
}

/* counts += bits of x and of what differs from it in w: (x ^ w) & mask, or with
 * x 0 those of w & mask. */
static void
count(const uint64_t *x, const uint64_t *mask, uint64_t is_xor,
    const uint64_t *w, uint32_t n, int32_t times, struct k_cnv_lanes *lanes)
{
	uint32_t at, end, i, l;

bursts:
	for (at = 0; at < n; at = end) {
		uint64_t bytes[K_CNV_LANES] = {0};

		end = n - at < BURST ? n : at + BURST;
	words:
		for (i = at; i < end; i++) {
#pragma HLS PIPELINE II = 1
			uint64_t v = x[i] & is_xor, m = mask[i];

#pragma GCC unroll 1
			for (l = 0; l < K_CNV_LANES; l++) {
#pragma HLS UNROLL
				bytes[l] += byte_ones((v ^ w[l]) & m);
			}
			w += K_CNV_LANES;
		}
#pragma GCC unroll 1
		for (l = 0; l < K_CNV_LANES; l++) {
#pragma HLS UNROLL
			lanes->acc[l] += times * sum_bytes(bytes[l]);
		}
	}
}

/* The sums of 16 neurons, whose weights are at w. */
static void
sum_window(const uint32_t *l, const struct k_cnv_window *x, const uint64_t *w,
    struct k_cnv_lanes *lanes)
{
	uint32_t n = x->n_words, p, i;
	int32_t step = (int32_t)l[K_CNV_STEP], times = (int32_t)l[K_CNV_BASE];

	for (i = 0; i < K_CNV_LANES; i++) {
#pragma HLS UNROLL
		lanes->acc[i] = l[K_CNV_IS_AND] ? 0 : (int32_t)x->n_bits;
	}
	if (!l[K_CNV_IS_AND]) {
		count(x->planes[1], x->planes[0], UINT64_MAX, w, n, -2, lanes);
		return;
	}
planes:
	for (p = 0; p <= l[K_CNV_IN_PLANES]; p++) {
		count(x->planes[p], x->planes[p], 0, w, n, times, lanes);
		count(x->planes[p], x->planes[p], 0,
		    w + (size_t)n * K_CNV_LANES, n, -2 * times, lanes);
		times = p == 0 ? step : 2 * step;
	}
}

/* Which of 16 sums have come to their thresholds. */
static inline uint32_t
reached(const int32_t *thresholds, const struct k_cnv_lanes *lanes)
{
	static const int32_t bits[K_CNV_LANES] = {1, 2, 4, 8, 16, 32, 64, 128,
	    256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
	int32_t all = 0;
	uint32_t i;

	for (i = 0; i < K_CNV_LANES; i++) {
#pragma HLS UNROLL
		all |= thresholds[i] <= lanes->acc[i] ? bits[i] : 0;
	}
	return (uint32_t)all;
}

/* Values of 16 neurons from number o on, at pixel `at` of the layer's output.
 * Thresholds ascend: who reaches one has reached those before. */
static void
fire(const struct k_cnv_net *net, const uint32_t *l,
    const struct k_cnv_lanes *lanes, uint32_t o, uint32_t at, uint64_t *out)
{
	uint32_t words = k_cnv_words(l[K_CNV_OUT_C]), bits[2], p;
	uint32_t n = (1U << l[K_CNV_OUT_BITS]) - 1;
	const int32_t *t =
	    net->thresholds + l[K_CNV_THRESHOLDS_AT] + (size_t)o * n;

	bits[0] = reached(t, lanes);
	if (n > 1) {
		bits[1] = reached(t + K_CNV_LANES, lanes);
		bits[0] ^= bits[1] ^ reached(t + 2 * K_CNV_LANES, lanes);
	}
	out += (size_t)at * words + o / 64;
	for (p = 0; p < l[K_CNV_OUT_BITS]; p++) {
		if (o % 64 == 0)
			*out = 0;
		*out |= (uint64_t)bits[p] << o % 64;
		out += (size_t)l[K_CNV_OUT_H] * l[K_CNV_OUT_W] * words;
	}
}

/* What has become of 16 sums. */
static void
put(const struct k_cnv_net *net, const uint32_t *l,
    const struct k_cnv_lanes *lanes, uint32_t o, uint32_t at, uint64_t *out,
    int32_t *votes)
{
	uint32_t i;

	if (l[K_CNV_OUT_BITS] != 0) {
		fire(net, l, lanes, o, at, out);
		return;
	}
	for (i = 0; i < K_CNV_LANES && o + i < l[K_CNV_OUT_C]; i++)
		votes[o + i] = lanes->acc[i];
}

/* The bits of word i of a pixel that are channels. */
static inline uint64_t
channel_mask(const uint32_t *l, uint32_t i)
{
	uint32_t left = l[K_CNV_IN_C] - i * 64;

	return left >= 64 ? UINT64_MAX : ((uint64_t)1 << left) - 1;
}

static void
load_window(const uint32_t *l, const uint64_t *in, uint32_t out_y,
    uint32_t out_x, struct k_cnv_window *win)
{
	uint32_t words = k_cnv_words(l[K_CNV_IN_C]), n = 0, ky, kx, i, p;
	uint32_t h = l[K_CNV_IN_H], w = l[K_CNV_IN_W], n_bits = 0;

taps:
	for (ky = 0; ky < l[K_CNV_WINDOW_H]; ky++)
		for (kx = 0; kx < l[K_CNV_WINDOW_W]; kx++) {
			uint32_t y = k_cnv_y(l, out_y, ky);
			uint32_t x = k_cnv_x(l, out_x, kx);
			int is_in = y < h && x < w;

			n_bits += is_in ? l[K_CNV_IN_C] : 0;
			for (i = 0; i < words; i++, n++) {
#pragma HLS PIPELINE II = 1
				const uint64_t *from =
				    in + (is_in ? (y * w + x) * words + i : 0);

				win->planes[0][n] =
				    is_in ? channel_mask(l, i) : 0;
				for (p = 0; p < l[K_CNV_IN_PLANES]; p++)
					win->planes[p + 1][n] =
					    is_in ? from[p * h * w * words] : 0;
			}
		}
	win->n_words = n;
	win->n_bits = n_bits;
}

static void
run_conv(const struct k_cnv_net *net, const uint32_t *l,
    const struct k_cnv_values *in, struct k_cnv_values *out, int32_t *votes)
{
	struct k_cnv_window win;
	struct k_cnv_lanes lanes;
	uint32_t y, x, o;
	size_t group;

rows:
	for (y = 0; y < l[K_CNV_OUT_H]; y++)
		for (x = 0; x < l[K_CNV_OUT_W]; x++) {
			const uint64_t *w = net->weights + l[K_CNV_WEIGHTS_AT];

			load_window(l, in->words, y, x, &win);
			group = (size_t)win.n_words * K_CNV_LANES *
				(l[K_CNV_IS_AND] ? 2 : 1);
			for (o = 0; o < l[K_CNV_OUT_C]; o += K_CNV_LANES) {
				sum_window(l, &win, w, &lanes);
				put(net, l, &lanes, o, y * l[K_CNV_OUT_W] + x,
				    out->words, votes);
				w += group;
			}
		}
}

/* The larger of values of one or two bits, of 64 channels. */
static inline void
pool_word(const uint64_t *in, size_t in_plane, uint32_t n_planes,
    uint64_t best[2])
{
	uint64_t low = in[0], high = n_planes > 1 ? in[in_plane] : 0, more;

	more = (high & ~best[1]) | (~(high ^ best[1]) & low & ~best[0]);
	best[0] = (low & more) | (best[0] & ~more);
	best[1] = (high & more) | (best[1] & ~more);
}

static void
pool_pixel(const uint32_t *l, const uint64_t *in, uint32_t out_y,
    uint32_t out_x, uint32_t i, uint64_t best[2])
{
	uint32_t words = k_cnv_words(l[K_CNV_IN_C]), ky, kx;
	uint32_t h = l[K_CNV_IN_H], w = l[K_CNV_IN_W];

	for (ky = 0; ky < l[K_CNV_WINDOW_H]; ky++)
		for (kx = 0; kx < l[K_CNV_WINDOW_W]; kx++) {
#pragma HLS PIPELINE II = 1
			uint32_t y = k_cnv_y(l, out_y, ky);
			uint32_t x = k_cnv_x(l, out_x, kx);

			if (y < h && x < w)
				pool_word(in + (y * w + x) * words + i,
				    (size_t)h * w * words, l[K_CNV_IN_PLANES],
				    best);
		}
}

static void
run_pool(const uint32_t *l, const struct k_cnv_values *in,
    struct k_cnv_values *out)
{
	uint32_t words = k_cnv_words(l[K_CNV_IN_C]), y, x, i, at = 0;
	uint32_t plane = l[K_CNV_OUT_H] * l[K_CNV_OUT_W] * words;

	for (y = 0; y < l[K_CNV_OUT_H]; y++)
		for (x = 0; x < l[K_CNV_OUT_W]; x++)
			for (i = 0; i < words; i++, at++) {
				uint64_t best[2] = {0, 0};

				pool_pixel(l, in->words, y, x, i, best);
				out->words[at] = best[0];
				if (l[K_CNV_IN_PLANES] > 1)
					out->words[plane + at] = best[1];
			}
}

/* Values of the pixels of a window, 0 outside of the image. */
static uint32_t
load_pixels(const struct k_cnv_net *net, const uint32_t *l,
    const uint8_t *image, uint32_t out_y, uint32_t out_x, int16_t *win)
{
	uint32_t h = l[K_CNV_IN_H], w = l[K_CNV_IN_W], n = 0, ky, kx, c;

	for (ky = 0; ky < l[K_CNV_WINDOW_H]; ky++)
		for (kx = 0; kx < l[K_CNV_WINDOW_W]; kx++) {
			uint32_t y = k_cnv_y(l, out_y, ky);
			uint32_t x = k_cnv_x(l, out_x, kx);
			int is_in = y < h && x < w;

			for (c = 0; c < l[K_CNV_IN_C]; c++) {
#pragma HLS PIPELINE II = 1
				uint32_t at =
				    is_in ? (y * w + x) * net->pixel_bytes +
						c * net->channel_bytes
					  : 0;

				win[n++] =
				    is_in ? net->pixels[c * 256 + image[at]]
					  : 0;
			}
		}
	return n;
}

static void
sum_pixels(const int16_t *win, uint32_t n, const int8_t *w,
    struct k_cnv_lanes *lanes)
{
	int32_t acc[K_CNV_LANES] = {0};
	uint32_t i, l;

values:
	for (i = 0; i < n; i++) {
#pragma HLS PIPELINE II = 1
#pragma GCC unroll 1
		for (l = 0; l < K_CNV_LANES; l++) {
#pragma HLS UNROLL
			acc[l] += win[i] * w[l];
		}
		w += K_CNV_LANES;
	}
	memcpy(lanes->acc, acc, sizeof(acc));
}

static void
run_first(const struct k_cnv_net *net, const uint32_t *l, const uint8_t *image,
    struct k_cnv_values *out, int32_t *votes)
{
	int16_t win[K_CNV_MAX_PIXELS];
	struct k_cnv_lanes lanes;
	uint32_t y, x, o, n;

rows:
	for (y = 0; y < l[K_CNV_OUT_H]; y++)
		for (x = 0; x < l[K_CNV_OUT_W]; x++) {
			const int8_t *w = net->first;

			n = load_pixels(net, l, image, y, x, win);
			for (o = 0; o < l[K_CNV_OUT_C]; o += K_CNV_LANES) {
				sum_pixels(win, n, w, &lanes);
				put(net, l, &lanes, o, y * l[K_CNV_OUT_W] + x,
				    out->words, votes);
				w += (size_t)n * K_CNV_LANES;
			}
		}
}

/* Small numbers out of words, lowest first. */
static const uint64_t *
load_numbers(struct k_cnv_net *net, const uint64_t *from, uint32_t n_pixels,
    uint32_t n_first)
{
	uint32_t i, k;

pixels:
	for (i = 0; i < n_pixels; i++) {
		uint64_t v = *from++;

		for (k = 0; k < 4; k++)
			net->pixels[i * 4 + k] = (int16_t)(v >> k * 16);
	}
first:
	for (i = 0; i < n_first; i++) {
		uint64_t v = *from++;

		for (k = 0; k < 8; k++)
			net->first[i * 8 + k] = (int8_t)(v >> k * 8);
	}
	return from;
}

static void
load_net(struct k_cnv_net *net, const uint64_t *from)
{
	const uint64_t *head = from;
	uint32_t n, i, k;

	net->n_layers = (uint32_t)head[K_CNV_N_LAYERS];
	net->image_bytes = (uint32_t)head[K_CNV_IMAGE_BYTES];
	net->channel_bytes = (uint32_t)head[K_CNV_CHANNEL_BYTES];
	net->pixel_bytes = (uint32_t)head[K_CNV_PIXEL_BYTES];
	net->n_votes = (uint32_t)head[K_CNV_N_VOTES];
	from += K_CNV_HEAD;
layers:
	for (i = 0; i < net->n_layers; i++)
		for (k = 0; k < K_CNV_N_FIELDS; k++)
			net->layers[i][k] = (uint32_t)*from++;
	from = load_numbers(net, from, (uint32_t)head[K_CNV_N_PIXELS],
	    (uint32_t)head[K_CNV_N_FIRST]);
	n = (uint32_t)head[K_CNV_N_WEIGHTS];
	memcpy(net->weights, from, n * sizeof(*from));
	from += n;
thresholds:
	for (i = 0; i < head[K_CNV_N_THRESHOLDS]; i++) {
		net->thresholds[i * 2] = (int32_t)(uint32_t)from[i];
		net->thresholds[i * 2 + 1] = (int32_t)(from[i] >> 32);
	}
}

static void
run_image(const struct k_cnv_net *net, const uint8_t *image,
    struct k_cnv_values values[2], int32_t *votes)
{
	uint32_t i;

layers:
	for (i = 0; i < net->n_layers; i++) {
		const uint32_t *l = net->layers[i];
		const struct k_cnv_values *in = &values[(i + 1) % 2];
		struct k_cnv_values *out = &values[i % 2];

		if (l[K_CNV_KIND] == K_CNV_FIRST)
			run_first(net, l, image, out, votes);
		else if (l[K_CNV_KIND] == K_CNV_CONV)
			run_conv(net, l, in, out, votes);
		else
			run_pool(l, in, out);
	}
}

void
k_cnv(volatile uint32_t *start, volatile uint32_t *end, volatile uint32_t *ack,
    uint32_t first, const uint64_t *net, const uint8_t *images, int32_t *votes)
{
#pragma HLS INTERFACE m_axi port = net bundle = gmem0 offset = slave
#pragma HLS INTERFACE m_axi port = images bundle = gmem1 offset = slave
#pragma HLS INTERFACE m_axi port = votes bundle = gmem1 offset = slave
#pragma HLS INTERFACE s_axilite port = start bundle = control
#pragma HLS INTERFACE s_axilite port = end bundle = control
#pragma HLS INTERFACE s_axilite port = ack bundle = control
#pragma HLS INTERFACE s_axilite port = first bundle = control
#pragma HLS INTERFACE s_axilite port = net bundle = control
#pragma HLS INTERFACE s_axilite port = images bundle = control
#pragma HLS INTERFACE s_axilite port = votes bundle = control
#pragma HLS INTERFACE s_axilite port = return bundle = control
	struct k_cnv_net memory;
	struct k_cnv_values values[2];
	uint8_t image[K_CNV_MAX_IMAGE];
	struct k_range r = {.start = start, .end = end, .ack = ack};
	size_t i;
#pragma HLS ARRAY_PARTITION variable = memory.weights cyclic factor = 16
#pragma HLS ARRAY_PARTITION variable = memory.first cyclic factor = 16

	load_net(&memory, net);
items:
	for (k_range_begin(&r); k_range_goes_on(&r); k_range_next(&r)) {
		i = r.i - first;
		memcpy(image, images + i * memory.image_bytes,
		    memory.image_bytes);
		run_image(&memory, image, values, votes + i * memory.n_votes);
	}
}
