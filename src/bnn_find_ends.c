/*
 * bnn_find_ends.c - the two ends of a binarised network: bytes and scores
 */
#include "config.h"

#include "src/bnn_find_part.h"

#include <math.h>
#include <stdlib.h>

/* What whole numbers may be off by: floats before they are summed. */
#define PIXEL_ERROR 0x1p-20
#define SCORE_ERROR 0x1p-18
#define MAX_PIXEL 4096
#define MAX_TRIES 4096 /* sums of an output that are compared */

static float
byte_value(const struct ocr_find *f, uint32_t c, uint32_t byte)
{
	const struct ocr_bnn_find_opt *opt = f->opt;
	float x = (float)byte;
	bool is_float = f->net->tensors[f->net->input].element == OCR_F32;

	if (is_float && opt != NULL && opt->has_mean)
		x = (x - opt->mean[c]) / opt->std[c];
	return ocr_find_compute(&f->chain, f->value[f->layer_in], c, x);
}

/* All are whole numbers of the unit. */
static bool
is_unit(const float *v, size_t n, double unit)
{
	size_t i;

	for (i = 0; i < n; i++) {
		double q = (double)v[i] / unit;

		if (fabs(q) > MAX_PIXEL ||
		    fabs(q - rint(q)) > PIXEL_ERROR * MAX_PIXEL / 16)
			return false;
	}
	return true;
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* The least gap between values, or a part of it.  Gaps that are noise of floats
 * do not count. */
static double
find_unit(const float *v, size_t n)
{
	static const double parts[] = {1, 2, 3, 4};
	double gap = INFINITY, max = 0;
	float *sorted = malloc(n * sizeof(*sorted));
	size_t i;

	if (sorted == NULL)
		return 0;
	for (i = 0; i < n; i++) {
		sorted[i] = v[i];
		max = fmax(max, fabs((double)v[i]));
	}
	qsort(sorted, n, sizeof(*sorted), by_value);
	for (i = 1; i < n; i++) {
		double d = (double)sorted[i] - (double)sorted[i - 1];

		if (d > max * PIXEL_ERROR)
			gap = fmin(gap, d);
	}
	/* the gap of all is more exact than that of two */
	if (isfinite(gap)) {
		double all = (double)sorted[n - 1] - (double)sorted[0];

		gap = all / rint(all / gap);
	}
	free(sorted);
	if (is_unit(v, n, 1))
		return 1;
	if (!isfinite(gap))
		return max;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (is_unit(v, n, gap / parts[i]))
			return gap / parts[i];
	return 0;
}

int
ocr_find_pixels(struct ocr_find *f)
{
	size_t n = f->form.c * (size_t)256, i;
	float *v = malloc(n * sizeof(*v));

	if (v == NULL)
		return ocr_err_nomem(f->err);
	for (i = 0; i < n; i++) {
		v[i] = byte_value(f, (uint32_t)(i / 256), i % 256);
		if (!isfinite(v[i]))
			break;
	}
	f->unit = i == n ? find_unit(v, n) : 0;
	for (i = 0; f->unit != 0 && i < n; i++)
		f->bnn->pixels[i / 256][i % 256] =
		    (int16_t)rint((double)v[i] / f->unit);
	free(v);
	f->bits = 8;
	f->base = f->step = 0;
	if (f->unit == 0)
		return ocr_find_no(f, NULL,
		    "pixels that are no multiples of a step");
	return 1;
}

/* The line through the ends, if all between are on it. */
static bool
fit_line(const struct ocr_find *f, uint32_t o, float *scale, float *bias)
{
	struct ocr_find_range r = ocr_find_range(f, o);
	int64_t n = (r.high - r.low) / r.step, k, skip = n / MAX_TRIES + 1;
	uint32_t end = f->chain.n;
	double u = f->units[o], y0, y1, slope, most;

	y0 = (double)ocr_find_compute(&f->chain, end, o,
	    (float)((double)r.low * u));
	y1 = (double)ocr_find_compute(&f->chain, end, o,
	    (float)((double)r.high * u));
	slope = n == 0 ? 0 : (y1 - y0) / (double)(r.high - r.low);
	most = fmax(fabs(y0), fabs(y1));
	*scale = (float)slope;
	*bias = (float)(y0 - slope * (double)r.low);
	if (!isfinite(*scale) || !isfinite(*bias))
		return false;
	for (k = 0; k <= n; k += skip) {
		double sum = (double)(r.low + k * r.step);
		double y = (double)ocr_find_compute(&f->chain, end, o,
		    (float)(sum * u));

		if (!(fabs(sum * (double)*scale + (double)*bias - y) <=
			most * SCORE_ERROR))
			return false;
	}
	return true;
}

int
ocr_find_scores(struct ocr_find *f)
{
	uint32_t n = f->layer->out_c, o;
	float *scale = calloc(n, sizeof(*scale));
	float *bias = calloc(n, sizeof(*bias));

	free((void *)(uintptr_t)f->layer->scale);
	free((void *)(uintptr_t)f->layer->bias);
	f->layer->scale = scale;
	f->layer->bias = bias;
	if (scale == NULL || bias == NULL)
		return ocr_err_nomem(f->err);
	if (f->layer->out_h != 1 || f->layer->out_w != 1 ||
	    f->chain.n_pools != 0 || !ocr_find_is_row(&f->chain))
		return ocr_find_no(f, NULL, "it does not end in scores");
	for (o = 0; o < n; o++)
		if (!fit_line(f, o, &scale[o], &bias[o]))
			return ocr_find_no(f, NULL,
			    "what is done to its scores is no line");
	return 1;
}
