/*
 * graph_fuzz.h - what every source of arcs keeps to, for fuzz targets
 */
#ifndef TESTS_FUZZ_GRAPH_FUZZ_H
#define TESTS_FUZZ_GRAPH_FUZZ_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_source.h"

struct fuzzed {
	const struct ocr_graph_source *source;
	enum ocr_edge_kind weights;
	uint64_t n, sum;
};

static inline int
fuzzed_take(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	struct fuzzed *f = arg;
	const struct ocr_graph_source *s = f->source;
	size_t i;

	(void)err;
	if (n == 0 || n > OCR_ARC_BATCH)
		abort();
	for (i = 0; i < n; i++) {
		double w = arcs[i].weight;
		uint64_t bits;

		if (s->n_declared > 0 &&
		    (arcs[i].from - s->first_id >= s->n_declared ||
			arcs[i].to - s->first_id >= s->n_declared))
			abort();
		if (!(w >= 0) || isinf(w) || signbit(w))
			abort();
		if (f->weights == OCR_EDGE_PLAIN && w != 1)
			abort();
		if (f->weights == OCR_EDGE_INT &&
		    (w > UINT32_MAX || w != floor(w)))
			abort();
		memcpy(&bits, &w, sizeof(bits));
		f->sum = f->sum * 31 + arcs[i].from * 7 + arcs[i].to + bits;
	}
	f->n += n;
	return 0;
}

/* Arcs of all parts, and their hash; the source's messages are complete. */
static inline int
fuzzed_scan(const struct ocr_graph_source *s, enum ocr_edge_kind weights,
    struct fuzzed *f)
{
	struct ocr_graph_source as = *s;
	struct ocr_err err = {0};
	uint64_t part;
	int r = 0;

	as.weights = weights;
	*f = (struct fuzzed){.source = s, .weights = weights};
	for (part = 0; part < s->n_parts && r == 0; part++)
		r = s->scan(&as, part, fuzzed_take, f, &err);
	if (r > 0 || (r < 0) != (err.code != 0) ||
	    (r < 0 && strncmp(err.text, "x: ", 3) != 0))
		abort();
	return r;
}

#endif
