/*
 * bnn_first.c - the first layer of a binarised network: pixels of 8 bits
 *
 * With weights of -1 and 1, a window adds one sum for each pixel (or for some
 * pixels side by side), out of a table of all such sums: k_bnn.h.  Sums must fit
 * into 16 bits; a layer that is not like this is multiplied out.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/bnn_pack.h"

static bool
is_for_tables(const struct ocr_bnn *b)
{
	const struct ocr_bnn_layer *l = &b->layers[0];
	int64_t sum = 0;
	uint32_t c;
	unsigned i;

	if (l->out_bits != 1 || !ocr_bnn_is_binary(l))
		return false;
	for (c = 0; c < l->in_c; c++) {
		int max = 0;

		for (i = 0; i < 256; i++)
			if (abs(b->pixels[c][i]) > max)
				max = abs(b->pixels[c][i]);
		sum += max;
	}
	return sum * l->window_h * l->window_w <= INT16_MAX;
}

static uint32_t
merged_of(const struct ocr_bnn_layer *l)
{
	uint32_t m = 4 / l->in_c;

	while (l->window_w % m != 0)
		m--;
	return m;
}

/* Bit p * in_c + c: the weight of pixel p of the table, channel c. */
static void
pack_entries(uint8_t *entries, const struct ocr_bnn_layer *l, uint32_t merged)
{
	size_t n_bits = (size_t)merged * l->in_c, j;
	size_t n = (size_t)l->out_c * l->window_h * l->window_w / merged, i;
	const int8_t *w = l->weights;

	for (i = 0; i < n; i++, w += n_bits)
		for (j = 0; j < n_bits; j++)
			entries[i] |= (uint8_t)((w[j] > 0) << j);
}

static void
pack_thresholds(int16_t *k16, const struct ocr_bnn_layer *l, uint32_t n)
{
	uint32_t o;

	for (o = 0; o < n; o++) {
		int64_t k = INT16_MAX;

		if (o < l->out_c)
			k = (int64_t)l->thresholds[o] - 1;
		if (k > INT16_MAX)
			k = INT16_MAX;
		k16[o] = (int16_t)(k < INT16_MIN ? INT16_MIN : k);
	}
}

static void
pack_pixels(struct ocr_bnn_first *f, const struct ocr_bnn *b)
{
	uint32_t c;
	unsigned i;

	f->k.is_narrow = 1;
	for (c = 0; c < 4; c++)
		for (i = 0; i < 256; i++) {
			int v = b->pixels[c][i];

			f->low[c][i] = (uint8_t)(v & 255);
			f->high[c][i] = (uint8_t)((unsigned)v >> 8 & 255);
			if (c < b->layers[0].in_c && (v < -128 || v > 127))
				f->k.is_narrow = 0;
		}
	f->k.low = (const uint8_t(*)[256])f->low;
	f->k.high = (const uint8_t(*)[256])f->high;
}

int
ocr_bnn_first_pack(struct ocr_bnn_packed *p, struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	struct ocr_bnn_first *f = &p->first;
	struct k_bnn_first *k = &f->k;
	uint32_t windows = (l->out_w - 1) * l->stride_w + 1;
	uint32_t set = p->ops->group != 0 ? p->ops->group : 1;
	uint8_t *entries;
	int16_t *k16;

	f->is_used = is_for_tables(p->net);
	if (!f->is_used)
		return 0;
	k->n_channels = l->in_c;
	k->merged = merged_of(l);
	k->n_entries = 1U << (k->merged * l->in_c);
	k->width = l->in_w;
	k->pad_left = l->pad_left;
	k->n_values = windows + l->window_w - 1;
	k->stride = l->stride_w;
	f->per_row = l->window_w / k->merged;
	k->n_taps = l->window_h * f->per_row;
	k->n_neurons = (l->out_c + set - 1) / set * set;
	k->n_out = l->out_w;
	f->n_tables = k->n_values - k->merged + 1;
	f->n_words = (windows + 63) / 64;
	f->row = f->n_words * 64 + l->window_w;
	entries =
	    ocr_bnn_keep(&p->store, (uint64_t)k->n_neurons * k->n_taps, 1, err);
	k16 = ocr_bnn_keep(&p->store, k->n_neurons, sizeof(*k16), err);
	if (entries == NULL || k16 == NULL)
		return -OCR_ENOMEM;
	pack_entries(entries, l, k->merged);
	pack_thresholds(k16, l, k->n_neurons);
	pack_pixels(f, p->net);
	k->entries = entries;
	k->k16 = k16;
	return 0;
}

/* A row of one image to its tables: [entry][row]. */
static void
fill_row(struct ocr_bnn_state *s, const uint8_t *image, bool is_nhwc,
    uint32_t y, int16_t *tables)
{
	const struct ocr_bnn *b = s->p->net;
	const struct ocr_bnn_first *f = &s->p->first;
	const struct k_bnn_first *k = &f->k;
	const struct ocr_bnn_layer *l = &b->layers[0];
	size_t plane = (size_t)l->in_h * l->in_w, i, x;
	uint32_t n = 1, e, c, m;

	memset(tables, 0, f->row * k->n_entries * sizeof(*tables));
	if (y >= l->in_h)
		return; /* padding; above the image it wraps */
	for (m = 0; m < k->merged; m++)
		for (c = 0; c < l->in_c; c++, n *= 2) {
			int16_t *v = s->pixels;

			memset(v, 0, f->row * sizeof(*v));
			for (i = 0; i < f->n_tables; i++) {
				x = i + m - l->pad_left;
				if (x >= l->in_w)
					continue;
				x += (size_t)y * l->in_w;
				v[i] = b->pixels[c][is_nhwc
							? image[x * l->in_c + c]
							: image[c * plane + x]];
			}
			for (e = 0; e < n; e++) {
				int16_t *t = tables + e * f->row;
				int16_t *u = t + n * f->row;

				for (i = 0; i < f->n_tables; i++) {
					int old = t[i];

					t[i] = (int16_t)(old - v[i]);
					u[i] = (int16_t)(old + v[i]);
				}
			}
		}
}

/* Bits of 64 neurons for 64 windows to words of the pixels. */
static void
spread(const struct ocr_bnn_packed *p, const uint64_t *masks, uint64_t *out)
{
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	const struct ocr_bnn_first *f = &p->first;
	uint32_t words = p->xnor[0].out_words, o, i, n;
	size_t w, x;
	uint64_t a[64];

	for (o = 0; o < words; o++)
		for (w = 0; w < f->n_words; w++) {
			n = f->k.n_neurons - o * 64;
			n = n < 64 ? n : 64;
			memset(a, 0, sizeof(a));
			for (i = 0; i < n; i++)
				a[i] = masks[(o * 64 + i) * f->n_words + w];
			k_bnn_turn64(a);
			x = (w * 64 + l->stride_w - 1) / l->stride_w;
			for (; x < l->out_w && x * l->stride_w < (w + 1) * 64;
			     x++)
				out[x * words + o] =
				    a[x * l->stride_w - w * 64];
		}
}

/* Tables of the rows of a window live in a ring of as many rows. */
static void
first_by_tables(struct ocr_bnn_state *s, const uint8_t *image, bool is_nhwc)
{
	const struct ocr_bnn_packed *p = s->p;
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	const struct ocr_bnn_first *f = &p->first;
	size_t row_size = f->row * f->k.n_entries;
	uint32_t y, t, next = 0; /* rows are counted with padding */

	for (y = 0; y < l->out_h; y++) {
		uint32_t top = y * l->stride_h;

		for (next = next < top ? top : next; next < top + l->window_h;
		     next++)
			fill_row(s, image, is_nhwc, next - l->pad_top,
			    s->row_tables + next % l->window_h * row_size);
		for (t = 0; t < f->k.n_taps; t++)
			s->row_taps[t] =
			    s->row_tables +
			    (top + t / f->per_row) % l->window_h * row_size +
			    t % f->per_row * f->k.merged;
		p->ops->row(&f->k, s->row_taps, f->row, f->n_words, s->masks);
		spread(p, s->masks,
		    s->bits[0] + (size_t)y * l->out_w * p->xnor[0].out_words);
	}
}

/* Sums of one window, multiplied out. */
static void
multiply(struct ocr_bnn_state *s, const uint8_t *image, bool is_nhwc,
    uint32_t out_y, uint32_t out_x)
{
	const struct ocr_bnn *b = s->p->net;
	const struct ocr_bnn_layer *l = &b->layers[0];
	size_t plane = (size_t)l->in_h * l->in_w, n = 0, i;
	uint32_t ky, kx, c, o;
	const int8_t *w = l->weights;

	for (ky = 0; ky < l->window_h; ky++)
		for (kx = 0; kx < l->window_w; kx++) {
			/* wraps outside of the image to what is not in it */
			uint32_t y = out_y * l->stride_h + ky - l->pad_top;
			uint32_t x = out_x * l->stride_w + kx - l->pad_left;
			bool is_in = y < l->in_h && x < l->in_w;

			i = (size_t)y * l->in_w + x;
			for (c = 0; c < l->in_c; c++) {
				const int16_t *v = b->pixels[c];

				s->pixels[n++] = !is_in ? 0
						 : is_nhwc
						     ? v[image[i * l->in_c + c]]
						     : v[image[c * plane + i]];
			}
		}
	for (o = 0; o < l->out_c; o++, w += n) {
		int32_t sum = 0;

		for (i = 0; i < n; i++)
			sum += s->pixels[i] * w[i];
		s->sums[o] = sum;
	}
}

void
ocr_bnn_xnor_first(struct ocr_bnn_state *s, const uint8_t *image, bool is_nhwc,
    int32_t *accs)
{
	const struct ocr_bnn_packed *p = s->p;
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	uint32_t y, x;

	if (p->first.is_used) {
		first_by_tables(s, image, is_nhwc);
		return;
	}
	for (y = 0; y < l->out_h; y++)
		for (x = 0; x < l->out_w; x++) {
			multiply(s, image, is_nhwc, y, x);
			ocr_bnn_xnor_put(s, 0, 0, (size_t)y * l->out_w + x,
			    s->bits[0], accs);
		}
}
