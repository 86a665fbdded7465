/*
 * sssp_width.c - how wide windows and bins are, by the weights of a graph
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>

#include "src/sssp_impl.h"

/* Weights that are looked at for a median. */
#define SAMPLE 4096
/*
 * A window is this many medians wide, divided by the mean degree: with it about
 * 4 arcs of a vertex are light.  No wider than two medians: beyond that most
 * arcs are.
 */
#define WINDOW_MEDIANS 9
#define WINDOW_MEDIANS_MAX 2
/* Bins of a window, when a bin is wider than 1. */
#define WINDOW_BINS 64

/* Of roads, as a share of that; and its bins. */
#define ROAD_SHARE 1.5
#define ROAD_BINS 8

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of the weights; of those that are not 0, if it is. */
static double
median(const struct ocr_graph *g, double *sample)
{
	uint64_t n = g->n_arcs < SAMPLE ? g->n_arcs : SAMPLE, i, at, zeros = 0;

	if (g->kind == OCR_EDGE_PLAIN || n == 0)
		return 1;
	for (i = 0; i < n; i++) {
		at = g->n_arcs / n * i + i % (g->n_arcs / n);
		sample[i] = g->kind == OCR_EDGE_INT ? (double)g->out.ints[at]
						    : g->out.reals[at];
		zeros += sample[i] <= 0;
	}
	if (zeros == n)
		return 1;
	qsort(sample, (size_t)n, sizeof(*sample), compare);
	return sample[n / 2 > zeros ? n / 2 : zeros + (n - zeros) / 2];
}

/* See sssp_road.c. */
static void
be_road(struct ocr_sssp *s, double width, bool is_whole)
{
	int e;

	(void)frexp(width / ROAD_BINS, &e);
	if (is_whole && e < 1)
		e = 1;
	s->delta = width;
	s->unit = ldexp(1, e - 1);
	s->scale = ldexp(1, 1 - e);
	s->shift = is_whole ? (unsigned)e - 1 : 0;
	s->n_window = (unsigned)ceil(width * s->scale);
	/* Its paths are long. */
	if (s->kind == OCR_SSSP_SHORT)
		s->kind = OCR_SSSP_PACKED;
}

int
ocr_sssp_choose_bins(struct ocr_sssp *s, double delta, uint64_t n_joined,
    struct ocr_err *err)
{
	bool is_whole = s->kind != OCR_SSSP_REAL;
	double width = delta, middle, most = is_whole ? 0x1p62 : 0x1p900,
	       *sample;
	int e;

	if (delta <= 0) {
		sample = malloc(SAMPLE * sizeof(*sample));
		if (sample == NULL)
			return ocr_err_nomem(err);
		middle = median(s->g, sample);
		free(sample);
		width = middle * WINDOW_MEDIANS_MAX;
		if (s->g->n_arcs > 0)
			width = fmin(width, middle * WINDOW_MEDIANS *
						(double)n_joined /
						(double)s->g->n_arcs);
	}
	width = fmin(width, most);
	width = fmax(width, is_whole ? 1 : 0x1p-900);
	s->delta = width;
	/* unit: the least power of two that gives WINDOW_BINS at most. */
	(void)frexp(width / WINDOW_BINS, &e);
	if (is_whole && (e < 0 || width <= OCR_SSSP_WINDOW))
		e = 0;
	s->unit = ldexp(1, e);
	s->scale = ldexp(1, -e);
	s->shift = is_whole ? (unsigned)e : 0;
	s->n_window = (unsigned)ceil(width * s->scale);
	s->has_widths = delta <= 0;
	if (!s->has_windows)
		be_road(s, delta > 0 ? width : width * ROAD_SHARE, is_whole);
	return 0;
}
