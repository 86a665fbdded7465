/*
 * sssp.c - shortest paths from one source, in windows of distance
 *
 * Rows are in order of weight.  Vertices wait in bins of equal width by their
 * distance; of whole weights that are not too large a bin is one distance, so
 * that no vertex is settled twice.  With wider bins a vertex whose distance
 * falls while its bin is open is settled again (Meyer, Sanders,
 * "Delta-stepping: a parallelizable shortest path algorithm", J. Algorithms 49
 * (2003)).
 *
 * While little is settled at a time (the beginning) all arcs of a vertex are
 * looked at when it is settled: sssp_window.c calls that "whole".  Of roads
 * that would be always, and sssp_road.c has another way.
 *
 * Else bins are grouped into windows.  Inside a window only arcs that end in it
 * are looked at: the beginning of a row, and of most rows nothing, which a byte
 * says that holds the lightest weight.  All other arcs of what was settled are
 * looked at once, when the window is over: by push, or, when these are many
 * more than the vertices that are left, by pull.  A vertex that is left reads
 * its row, lightest arc first, and is done when the next arc's weight, added to
 * the window's beginning, is no improvement: after one or two arcs, and mostly
 * before the first, which the byte of the lightest weight says.  Windows begin
 * narrow, where hubs push much that a pull need not look at.  All
 * distances before the window are final and have been pushed or pulled; so
 * every arc from a settled vertex is looked at from one of its ends or cannot
 * matter.
 *
 * Vertices with one arc are left out, and get their distance in the end.
 *
 * What all this waits for is memory: rows, and the distances at their arcs'
 * ends, are asked for by the dozen before they are looked at (sssp_settle.h,
 * sssp_pull.h), and distances have 16 bits while these do.
 */
#include "config.h"

#include "src/sssp.h"

#include <math.h>
#include <stdlib.h>

#include "common/huge.h"
#include "src/sssp_impl.h"

static const struct ocr_sssp_steps *
steps_of(enum ocr_sssp_kind kind)
{
	switch (kind) {
	case OCR_SSSP_PLAIN:
		return &ocr_sssp_plain_steps;
	case OCR_SSSP_SHORT:
		return &ocr_sssp_short_steps;
	case OCR_SSSP_PACKED:
		return &ocr_sssp_packed_steps;
	case OCR_SSSP_WIDE:
		return &ocr_sssp_wide_steps;
	case OCR_SSSP_FAR:
		return &ocr_sssp_far_steps;
	case OCR_SSSP_REAL:
		break;
	}
	return &ocr_sssp_real_steps;
}

/* Whole blocks. */
static size_t
n_distances(const struct ocr_sssp *s)
{
	return (size_t)ocr_graph_n_blocks(s->g) * OCR_GRAPH_BLOCK;
}

static void
free_distances(struct ocr_sssp *s)
{
	if (s->steps == NULL)
		return;
	ocr_huge_free(s->distances, n_distances(s) * s->steps->distance_size);
	ocr_huge_free(s->result, n_distances(s) * s->steps->result_size);
	s->distances = s->result = NULL;
}

static int
make_distances(struct ocr_sssp *s, struct ocr_err *err)
{
	size_t bytes;

	s->steps = steps_of(s->kind);
	if (n_distances(s) > SIZE_MAX / s->steps->result_size)
		return ocr_err_nomem(err);
	bytes = n_distances(s) * s->steps->distance_size;
	s->distances = ocr_huge_alloc(bytes, "distances", err);
	if (s->distances == NULL)
		return -OCR_ENOMEM;
	if (s->ranks == NULL &&
	    s->steps->result_size == s->steps->distance_size)
		return 0;
	bytes = n_distances(s) * s->steps->result_size;
	s->result = ocr_huge_alloc(bytes, "distances", err);
	if (s->result == NULL)
		free_distances(s);
	return s->result == NULL ? -OCR_ENOMEM : 0;
}

static int
make_arrays(struct ocr_sssp *s, struct ocr_err *err)
{
	size_t n_blocks = (size_t)ocr_graph_n_blocks(s->g);

	s->threads = calloc(s->n_threads, sizeof(*s->threads));
	if (s->threads == NULL)
		return ocr_err_nomem(err);
	s->light =
	    ocr_huge_alloc(n_blocks * OCR_GRAPH_BLOCK, "lightest arcs", err);
	if (s->light == NULL)
		return -OCR_ENOMEM;
	s->light_in = s->light;
	if (s->g->is_directed && s->g->in.offsets != NULL)
		s->light_in = ocr_huge_alloc(n_blocks * OCR_GRAPH_BLOCK,
		    "lightest arcs", err);
	if (s->light_in == NULL)
		return -OCR_ENOMEM;
	s->inner = ocr_huge_alloc(n_blocks * sizeof(*s->inner), "marks", err);
	if (s->inner == NULL)
		return -OCR_ENOMEM;
	s->leaves = ocr_huge_alloc(n_blocks * sizeof(*s->leaves), "marks", err);
	if (s->leaves == NULL)
		return -OCR_ENOMEM;
	s->left = ocr_huge_alloc(n_blocks * sizeof(*s->left), "marks", err);
	return s->left == NULL ? -OCR_ENOMEM : 0;
}

int
ocr_sssp_new(struct ocr_sssp **out, const struct ocr_graph *g, double delta,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_sssp *s;
	int r;

	*out = NULL;
	if (!isfinite(delta) || delta < 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "delta: not a number above 0");
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ocr_err_nomem(err);
	s->g = g;
	s->crew = crew;
	s->n_threads = crew->n_threads;
	r = make_arrays(s, err);
	if (r == 0)
		r = ocr_sssp_make_rows(s, delta, err);
	if (r == 0 && !s->has_windows)
		r = ocr_sssp_make_tiles(s, err);
	if (r == 0)
		r = make_distances(s, err);
	if (r < 0)
		ocr_sssp_free(s);
	else
		*out = s;
	return r;
}

void
ocr_sssp_free(struct ocr_sssp *s)
{
	size_t n_blocks;

	if (s == NULL)
		return;
	n_blocks = (size_t)ocr_graph_n_blocks(s->g);
	ocr_sssp_free_lists(s);
	ocr_sssp_free_tiles(s);
	free(s->threads);
	free_distances(s);
	ocr_sssp_free_rows(s);
	if (s->light_in != s->light)
		ocr_huge_free(s->light_in, n_blocks * OCR_GRAPH_BLOCK);
	ocr_huge_free(s->light, n_blocks * OCR_GRAPH_BLOCK);
	ocr_huge_free(s->inner, n_blocks * sizeof(*s->inner));
	ocr_huge_free(s->leaves, n_blocks * sizeof(*s->leaves));
	ocr_huge_free(s->left, n_blocks * sizeof(*s->left));
	free(s);
}

double
ocr_sssp_delta(const struct ocr_sssp *s)
{
	return s->delta;
}

/* From now on distances have more bits. */
static int
go_far(struct ocr_sssp *s, struct ocr_err *err)
{
	ocr_sssp_free_lists(s);
	free_distances(s);
	s->kind = s->kind == OCR_SSSP_SHORT ? OCR_SSSP_PACKED : OCR_SSSP_FAR;
	return make_distances(s, err);
}

static void
sum_up(const struct ocr_sssp *s, struct ocr_distances *out)
{
	const void *result = s->result != NULL ? s->result : s->distances;
	unsigned t;

	*out = (struct ocr_distances){0};
	if (s->kind == OCR_SSSP_REAL)
		out->real = result;
	else if (s->kind == OCR_SSSP_FAR)
		out->far = result;
	else
		out->near = result;
	out->width =
	    s->kind == OCR_SSSP_REAL ? 0 : (unsigned)s->steps->result_size;
	for (t = 0; t < s->n_threads; t++) {
		out->n_reached += s->threads[t].n_reached;
		out->n_relaxed += s->threads[t].n_arcs;
		if (s->threads[t].longest > out->longest)
			out->longest = s->threads[t].longest;
	}
}

int
ocr_sssp_run(struct ocr_sssp *s, uint32_t source, struct ocr_distances *out,
    struct ocr_err *err)
{
	int r;

	if (source >= s->g->n)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "source %lu: the graph has no such vertex",
		    (unsigned long)source);
	if (s->distances == NULL) {
		r = make_distances(s, err);
		if (r < 0)
			return r;
	}
	r = ocr_sssp_search(s, source, err);
	while (r == 1) {
		r = go_far(s, err);
		if (r == 0)
			r = ocr_sssp_search(s, source, err);
	}
	if (r < 0)
		return r;
	sum_up(s, out);
	return 0;
}
