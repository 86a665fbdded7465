/*
 * sssp_verify.c - distances against the graph
 *
 * No arc may lead below a distance; and each distance but the source's must be
 * made by an arc.  That is the distances' definition where weights are above
 * 0.  Vertices joined by weights of 0 could vouch for each other in a circle:
 * so they have to be reached, from one that is vouched for by an arc above 0,
 * by arcs of 0.
 */
#include "config.h"

#include "src/sssp.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "common/huge.h"

#define GRAIN 64
/* Reals: relative. */
#define TOLERANCE 1e-9

struct stack {
	uint32_t *vertices;
	size_t n, room;
};

struct verify {
	const struct ocr_graph *g;
	const struct ocr_distances *d;
	uint32_t source;
	uint64_t *vouched;    /* bitmap */
	struct stack *stacks; /* by thread */
};

static double
weight_of(const struct ocr_graph *g, uint64_t i)
{
	return g->kind == OCR_EDGE_INT    ? (double)g->out.ints[i]
	       : g->kind == OCR_EDGE_REAL ? g->out.reals[i]
					  : 1;
}

static uint64_t
whole_of(const struct ocr_distances *d, uint64_t v)
{
	return d->width == 4 ? d->near[v] : d->far[v];
}

/* d(v) - (d(u) + w): -1 below, 0 equal, 1 above. */
static int
compare(const struct verify *y, uint64_t u, uint64_t i, uint32_t v)
{
	const struct ocr_distances *d = y->d;
	uint64_t left, w;
	double sum;

	if (d->width == 0) {
		sum = d->real[u] + weight_of(y->g, i);
		if (fabs(d->real[v] - sum) <= TOLERANCE * sum)
			return 0;
		return d->real[v] < sum ? -1 : 1;
	}
	w = y->g->kind == OCR_EDGE_INT ? y->g->out.ints[i] : 1;
	if (whole_of(d, v) < whole_of(d, u))
		return -1;
	left = whole_of(d, v) - whole_of(d, u);
	return left < w ? -1 : left > w;
}

/* Whether it was not yet. */
static bool
vouch(struct verify *y, uint32_t v)
{
	uint64_t bit = (uint64_t)1 << v % 64, *word = &y->vouched[v / 64];

	if ((__atomic_load_n(word, __ATOMIC_RELAXED) & bit) != 0)
		return false;
	return (__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit) == 0;
}

static bool
is_vouched(const struct verify *y, uint64_t v)
{
	return __atomic_load_n(&y->vouched[v / 64], __ATOMIC_RELAXED) >>
		   v % 64 &
	       1;
}

/* Does the arc take no way at all, by what distances can tell? */
static bool
is_idle(const struct verify *y, uint64_t u, uint32_t v)
{
	return y->d->width == 0 ? !(y->d->real[u] < y->d->real[v])
				: whole_of(y->d, u) >= whole_of(y->d, v);
}

static int
wrong(const struct verify *y, uint64_t v, const char *why, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "distance of vertex %" PRIu64 ": %s", ocr_graph_id(y->g, v), why);
}

static int
check_row(struct verify *y, uint64_t u, struct ocr_err *err)
{
	const struct ocr_rows *out = &y->g->out;
	uint64_t i;
	uint32_t v;
	int r;

	if (!ocr_sssp_is_reached(y->d, u))
		return 0;
	for (i = out->offsets[u]; i < out->offsets[u + 1]; i++) {
		v = out->ends[i];
		if (!ocr_sssp_is_reached(y->d, v))
			return wrong(y, v, "not reached, but a neighbour is",
			    err);
		r = compare(y, u, i, v);
		if (r > 0)
			return wrong(y, v, "there is a shorter path", err);
		if (r == 0 && !is_idle(y, u, v))
			(void)vouch(y, v);
	}
	return 0;
}

static int
check_some(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct verify *y = arg;
	uint64_t v, last = end * OCR_GRAPH_BLOCK;
	int r = 0;

	(void)thread;
	for (v = start * OCR_GRAPH_BLOCK; r == 0 && v < last && v < y->g->n;
	     v++)
		r = check_row(y, v, err);
	return r;
}

static int
push(struct stack *k, uint32_t v, struct ocr_err *err)
{
	size_t room = k->room * 2 + 1024;
	uint32_t *p;

	if (k->n == k->room) {
		if (room > SIZE_MAX / sizeof(*p))
			return ocr_err_nomem(err);
		p = realloc(k->vertices, room * sizeof(*p));
		if (p == NULL)
			return ocr_err_nomem(err);
		k->vertices = p;
		k->room = room;
	}
	k->vertices[k->n++] = v;
	return 0;
}

/* From u, which is vouched for, to others, along arcs of weight 0 (or what a
 * real does not show). */
static int
spread(struct verify *y, struct stack *k, uint64_t u, struct ocr_err *err)
{
	const struct ocr_rows *out = &y->g->out;
	uint64_t i;
	int r = 0;

	for (;;) {
		for (i = out->offsets[u]; i < out->offsets[u + 1]; i++)
			if (is_idle(y, u, out->ends[i]) &&
			    compare(y, u, i, out->ends[i]) == 0 &&
			    vouch(y, out->ends[i])) {
				r = push(k, out->ends[i], err);
				if (r < 0)
					return r;
			}
		if (k->n == 0)
			return 0;
		u = k->vertices[--k->n];
	}
}

static int
spread_some(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct verify *y = arg;
	uint64_t v, last = end * OCR_GRAPH_BLOCK;
	int r = 0;

	for (v = start * OCR_GRAPH_BLOCK; r == 0 && v < last && v < y->g->n;
	     v++)
		if (is_vouched(y, v))
			r = spread(y, &y->stacks[thread], v, err);
	return r;
}

static int
end_some(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct verify *y = arg;
	uint64_t v, last = end * OCR_GRAPH_BLOCK;

	(void)thread;
	for (v = start * OCR_GRAPH_BLOCK; v < last && v < y->g->n; v++)
		if (ocr_sssp_is_reached(y->d, v) && !is_vouched(y, v))
			return wrong(y, v, "no path is that long", err);
	return 0;
}

static int
check_source(const struct verify *y, struct ocr_err *err)
{
	if (y->source >= y->g->n)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "source: the graph has no such vertex");
	if (y->d->width == 0 ? y->d->real[y->source] != 0
			     : whole_of(y->d, y->source) != 0)
		return wrong(y, y->source, "the source, and not 0", err);
	return 0;
}

int
ocr_sssp_verify(const struct ocr_graph *g, uint32_t source,
    const struct ocr_distances *d, struct ocr_crew *crew, struct ocr_err *err)
{
	struct verify y = {.g = g, .d = d, .source = source};
	uint64_t n_blocks = ocr_graph_n_blocks(g);
	size_t bytes = (size_t)n_blocks * sizeof(*y.vouched);
	unsigned t;
	int r = check_source(&y, err);

	if (r < 0)
		return r;
	y.stacks = calloc(crew->n_threads, sizeof(*y.stacks));
	if (y.stacks == NULL)
		return ocr_err_nomem(err);
	y.vouched = ocr_huge_alloc(bytes, "marks to verify distances", err);
	if (y.vouched == NULL) {
		r = -OCR_ENOMEM;
		goto out;
	}
	(void)vouch(&y, source);
	r = ocr_crew_each(crew, n_blocks, GRAIN, check_some, &y, err);
	if (r == 0)
		r = ocr_crew_each(crew, n_blocks, GRAIN, spread_some, &y, err);
	if (r == 0)
		r = ocr_crew_each(crew, n_blocks, GRAIN, end_some, &y, err);
out:
	for (t = 0; t < crew->n_threads; t++)
		free(y.stacks[t].vertices);
	free(y.stacks);
	ocr_huge_free(y.vouched, bytes);
	return r;
}
