/*
 * pixels_resize.c - bilinear resizing with a filter as wide as the scale
 *
 * Weights in fixed point (22 bits), so that the result is the same on every
 * machine.  Only the window that is wanted is computed; rows are kept for the
 * part of the image that it needs.
 */
#include "config.h"

#include "src/pixels_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BITS 22
#define ONE ((int32_t)1 << BITS)
#define BLOCK 256 /* columns at a time */

/* The pixels that place i is made of: [*first, *first + *count). */
static void
span(const struct ocr_taps *t, uint32_t i, uint32_t *first, uint32_t *count)
{
	double scale = (double)t->in / t->full;
	double support = scale > 1 ? scale : 1;
	double center = ((double)t->from + i + 0.5) * scale;
	double low = floor(center - support + 0.5);
	double high = floor(center + support + 0.5);

	if (low < 0)
		low = 0;
	if (high > t->in)
		high = t->in;
	*first = (uint32_t)low;
	*count = (uint32_t)(high - low);
}

static void
weigh(struct ocr_taps *t, uint32_t i, double *w)
{
	double scale = (double)t->in / t->full;
	double support = scale > 1 ? scale : 1;
	double center = ((double)t->from + i + 0.5) * scale, sum = 0, x;
	int32_t *out = t->weights + (size_t)i * t->width;
	uint32_t k;

	for (k = 0; k < t->count[i]; k++) {
		x = fabs((t->first[i] + k - center + 0.5) / support);
		w[k] = x < 1 ? 1 - x : 0;
		sum += w[k];
	}
	for (k = 0; k < t->count[i]; k++)
		out[k] = (int32_t)(w[k] / sum * ONE + 0.5);
}

static int
taps_grow(struct ocr_taps *t, uint32_t n, uint32_t width, struct ocr_err *err)
{
	size_t n_weights = (size_t)n * width;

	if (t->cap < n) {
		free(t->first);
		free(t->count);
		t->first = calloc(n, sizeof(*t->first));
		t->count = calloc(n, sizeof(*t->count));
		t->cap = n;
	}
	if (t->cap_weights < n_weights) {
		free(t->weights);
		t->weights = calloc(n_weights, sizeof(*t->weights));
		t->cap_weights = n_weights;
	}
	if (t->first != NULL && t->count != NULL && t->weights != NULL)
		return 0;
	t->cap = t->cap_weights = 0;
	return ocr_err_nomem(err);
}

static void
taps_release(struct ocr_taps *t)
{
	free(t->first);
	free(t->count);
	free(t->weights);
	memset(t, 0, sizeof(*t));
}

/* Places [from, from + n) of 'full' that 'in' pixels become.  The last ones are
 * kept: images of a set tend to have one size. */
static int
taps_make(struct ocr_taps *t, uint32_t in, uint32_t full, uint32_t from,
    uint32_t n, struct ocr_err *err)
{
	double scale = (double)in / full;
	uint32_t i;
	double *w;
	int r;

	if (t->in == in && t->full == full && t->from == from && t->n == n)
		return 0;
	t->n = 0;
	t->width = (uint32_t)ceil(scale > 1 ? scale : 1) * 2 + 1;
	r = taps_grow(t, n, t->width, err);
	if (r < 0)
		return r;
	w = malloc(t->width * sizeof(*w));
	if (w == NULL)
		return ocr_err_nomem(err);
	t->in = in;
	t->full = full;
	t->from = from;
	for (i = 0; i < n; i++) {
		span(t, i, &t->first[i], &t->count[i]);
		weigh(t, i, w);
	}
	t->n = n;
	free(w);
	return 0;
}

static uint8_t
clip(int32_t sum)
{
	sum >>= BITS;
	return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* One row of n places of c bytes. */
static void
along_row(const struct ocr_taps *t, const uint8_t *in, uint32_t c, uint8_t *out)
{
	uint32_t i, k, ch;

	for (i = 0; i < t->n && c == 3; i++) {
		const int32_t *w = t->weights + (size_t)i * t->width;
		const uint8_t *p = in + (size_t)t->first[i] * 3;
		int32_t a = ONE / 2, b = ONE / 2, d = ONE / 2;

		for (k = 0; k < t->count[i]; k++, p += 3) {
			a += w[k] * p[0];
			b += w[k] * p[1];
			d += w[k] * p[2];
		}
		*out++ = clip(a);
		*out++ = clip(b);
		*out++ = clip(d);
	}
	for (i = 0; i < t->n && c != 3; i++) {
		const int32_t *w = t->weights + (size_t)i * t->width;
		const uint8_t *p = in + (size_t)t->first[i] * c;

		for (ch = 0; ch < c; ch++) {
			int32_t sum = ONE / 2;

			for (k = 0; k < t->count[i]; k++)
				sum += w[k] * p[(size_t)k * c + ch];
			*out++ = clip(sum);
		}
	}
}

/* Row i of the result, of n bytes, out of rows of n bytes. */
static void
along_column(const struct ocr_taps *t, uint32_t i, const uint8_t *rows,
    size_t n, uint8_t *out)
{
	const int32_t *w = t->weights + (size_t)i * t->width;
	int32_t sum[BLOCK];
	uint32_t k;
	size_t at, x, m;

	for (at = 0; at < n; at += BLOCK) {
		m = n - at < BLOCK ? n - at : BLOCK;
		for (x = 0; x < m; x++)
			sum[x] = ONE / 2;
		for (k = 0; k < t->count[i]; k++) {
			const uint8_t *p = rows + k * n + at;

			for (x = 0; x < m; x++)
				sum[x] += w[k] * p[x];
		}
		for (x = 0; x < m; x++)
			out[at + x] = clip(sum[x]);
	}
}

static int
rows_room(struct ocr_resize *r, size_t n, struct ocr_err *err)
{
	if (n <= r->cap)
		return 0;
	free(r->rows);
	r->rows = malloc(n);
	r->cap = r->rows != NULL ? n : 0;
	return r->rows != NULL ? 0 : ocr_err_nomem(err);
}

int
ocr_resize_run(struct ocr_resize *r, const struct ocr_raster *in,
    const struct ocr_window *win, struct ocr_raster *out, struct ocr_err *err)
{
	size_t n_in = (size_t)in->w * in->c, n = (size_t)out->w * in->c;
	uint32_t first, end, y;
	int s;

	s = taps_make(&r->x, in->w, win->full_w, win->x, out->w, err);
	if (s == 0)
		s = taps_make(&r->y, in->h, win->full_h, win->y, out->h, err);
	if (s < 0)
		return s;
	first = r->y.first[0];
	end = r->y.first[out->h - 1] + r->y.count[out->h - 1];
	if ((uint64_t)(end - first) * n > SIZE_MAX / 2)
		return ocr_err_nomem(err);
	s = rows_room(r, (end - first) * n, err);
	if (s < 0)
		return s;
	for (y = first; y < end; y++)
		along_row(&r->x, in->data + y * n_in, in->c,
		    r->rows + (y - first) * n);
	for (y = 0; y < out->h; y++)
		along_column(&r->y, y, r->rows + (r->y.first[y] - first) * n, n,
		    out->data + y * n);
	return 0;
}

void
ocr_resize_release(struct ocr_resize *r)
{
	taps_release(&r->x);
	taps_release(&r->y);
	free(r->rows);
	r->rows = NULL;
	r->cap = 0;
}
