/*
 * graph_make.h - small graphs for tests, made serially and plainly
 *
 * The layout is graph.h's; independent of src/graph_build.c, which is tested
 * against it.
 */
#ifndef TESTS_UNIT_GRAPH_MAKE_H
#define TESTS_UNIT_GRAPH_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "src/graph.h"

struct made_arc {
	uint32_t from, to;
	double weight;
};

struct made_arcs {
	struct made_arc *arcs;
	size_t n_arcs, room;
	uint64_t n; /* vertices */
};

static inline void
made_add(struct made_arcs *m, uint64_t from, uint64_t to, double weight)
{
	if (m->n_arcs == m->room) {
		m->room = m->room * 2 + 64;
		m->arcs = realloc(m->arcs, m->room * sizeof(*m->arcs));
		if (m->arcs == NULL)
			abort();
	}
	m->arcs[m->n_arcs++] =
	    (struct made_arc){(uint32_t)from, (uint32_t)to, weight};
}

static inline void *
made_zero(size_t n, size_t size)
{
	void *p = calloc(n + OCR_GRAPH_BLOCK, size);

	if (p == NULL)
		abort();
	return p;
}

/* Hubs first, then by number, then by weight. */
static inline int
made_before(const uint64_t *degree, const struct made_arc *a,
    const struct made_arc *b)
{
	if (degree[a->to] != degree[b->to])
		return degree[a->to] > degree[b->to];
	return a->to != b->to ? a->to < b->to : a->weight < b->weight;
}

static inline void
made_sort_row(const uint64_t *degree, struct made_arc *a, size_t n)
{
	size_t gap, i, j;

	for (gap = n / 2; gap > 0; gap /= 2)
		for (i = gap; i < n; i++) {
			struct made_arc x = a[i];

			for (j = i;
			     j >= gap && made_before(degree, &x, &a[j - gap]);
			     j -= gap)
				a[j] = a[j - gap];
			a[j] = x;
		}
}

static inline void
made_rows(struct ocr_rows *r, const struct made_arc *arcs, size_t n_arcs,
    uint64_t n, const uint64_t *degree, enum ocr_edge_kind kind)
{
	uint64_t *offsets = made_zero(n + 1, sizeof(*offsets)),
		 *at = made_zero(n, sizeof(*at)), v;
	struct made_arc *sorted = made_zero(n_arcs, sizeof(*sorted));
	uint32_t *ends = made_zero(n_arcs, sizeof(*ends)),
		 *ints = made_zero(n_arcs, sizeof(*ints));
	double *reals = made_zero(n_arcs, sizeof(*reals));
	size_t i;

	for (i = 0; i < n_arcs; i++)
		offsets[arcs[i].from + 1]++;
	for (v = 0; v < n; v++) {
		offsets[v + 1] += offsets[v];
		at[v] = offsets[v];
	}
	for (i = 0; i < n_arcs; i++)
		sorted[at[arcs[i].from]++] = arcs[i];
	for (v = 0; v < n; v++)
		made_sort_row(degree, sorted + offsets[v],
		    (size_t)(offsets[v + 1] - offsets[v]));
	for (i = 0; i < n_arcs; i++) {
		ends[i] = sorted[i].to;
		ints[i] = (uint32_t)sorted[i].weight;
		reals[i] = sorted[i].weight;
	}
	free(at);
	free(sorted);
	*r = (struct ocr_rows){.offsets = offsets, .ends = ends};
	if (kind == OCR_EDGE_INT)
		r->ints = ints;
	else
		free(ints);
	if (kind == OCR_EDGE_REAL)
		r->reals = reals;
	else
		free(reals);
}

/* Undirected: m has each edge once.  To be given to made_free(). */
static inline struct ocr_graph *
made_graph_in(const struct made_arcs *m, int is_directed,
    enum ocr_edge_kind kind, int is_in_id_order)
{
	struct ocr_graph *g = made_zero(1, sizeof(*g));
	struct made_arcs out = {.n = m->n}, in = {.n = m->n};
	uint64_t *degree = made_zero(m->n, sizeof(*degree)), v;
	uint32_t *first;
	size_t i;

	for (i = 0; i < m->n_arcs; i++) {
		const struct made_arc *a = &m->arcs[i];

		made_add(&out, a->from, a->to, a->weight);
		if (is_directed)
			made_add(&in, a->to, a->from, a->weight);
		else if (a->from != a->to)
			made_add(&out, a->to, a->from, a->weight);
		degree[a->from]++;
		if (is_directed || a->from != a->to)
			degree[a->to]++;
	}
	if (is_in_id_order) /* all alike: by number */
		memset(degree, 0, (size_t)m->n * sizeof(*degree));
	g->is_in_id_order = is_in_id_order;
	g->n = m->n;
	g->n_arcs = out.n_arcs;
	g->n_edges = m->n_arcs;
	g->is_directed = is_directed;
	g->kind = kind;
	made_rows(&g->out, out.arcs, out.n_arcs, m->n, degree, kind);
	g->in = g->out;
	if (is_directed)
		made_rows(&g->in, in.arcs, in.n_arcs, m->n, degree, kind);
	first = made_zero(m->n, sizeof(*first));
	for (v = 0; v < ocr_graph_n_blocks(g) * OCR_GRAPH_BLOCK; v++)
		first[v] = v < g->n && ocr_graph_degree(&g->in, v) > 0
			       ? g->in.ends[g->in.offsets[v]]
			       : OCR_NO_VERTEX;
	g->first = first;
	free(out.arcs);
	free(in.arcs);
	free(degree);
	return g;
}

static inline struct ocr_graph *
made_graph(const struct made_arcs *m, int is_directed, enum ocr_edge_kind kind)
{
	return made_graph_in(m, is_directed, kind, 0);
}

static inline void
made_free_rows(struct ocr_rows *r)
{
	free((void *)r->offsets);
	free((void *)r->ends);
	free((void *)r->ints);
	free((void *)r->reals);
}

static inline void
made_free(struct ocr_graph *g)
{
	if (g->in.offsets != g->out.offsets)
		made_free_rows(&g->in);
	made_free_rows(&g->out);
	free((void *)g->first);
	free(g);
}

enum made_shape {
	MADE_EMPTY, /* no vertex is an edge's; n vertices */
	MADE_LOOPS, /* a loop at each vertex, nothing else */
	MADE_STAR,  /* 0 and all others */
	MADE_PATH,
	MADE_GRID,   /* as square as can be */
	MADE_TWO,    /* two paths */
	MADE_MULTI,  /* a path, each edge three times */
	MADE_RANDOM, /* 8 n edges */
	MADE_SKEWED, /* the same, to vertices of low numbers mostly */
	MADE_SHAPES
};

/* Weights: whole, [low, high]. */
static inline struct made_arcs
made_shape(enum made_shape shape, uint64_t n, uint64_t low, uint64_t high,
    uint64_t seed)
{
	struct made_arcs m = {.n = n};
	uint64_t s = seed * 2 + 1, side = 1, i, a, b;

#define WEIGHT() ((double)(low + ocr_random_below(&s, high - low + 1)))
	while ((side + 1) * (side + 1) <= n)
		side++;
	for (i = 0; i < n; i++) {
		if (shape == MADE_LOOPS)
			made_add(&m, i, i, WEIGHT());
		if (shape == MADE_STAR && i > 0)
			made_add(&m, 0, i, WEIGHT());
		if ((shape == MADE_PATH || shape == MADE_MULTI ||
			(shape == MADE_TWO && i + 1 != n / 2)) &&
		    i + 1 < n)
			made_add(&m, i, i + 1, WEIGHT());
		if (shape == MADE_MULTI && i + 1 < n) {
			made_add(&m, i, i + 1, WEIGHT());
			made_add(&m, i + 1, i, WEIGHT());
		}
		if (shape == MADE_GRID) {
			if (i % side + 1 < side && i + 1 < n)
				made_add(&m, i, i + 1, WEIGHT());
			if (i + side < n)
				made_add(&m, i, i + side, WEIGHT());
		}
	}
	if (shape == MADE_RANDOM || shape == MADE_SKEWED)
		for (i = 0; i < 8 * n; i++) {
			a = ocr_random_below(&s, n);
			b = ocr_random_below(&s, n);
			if (shape == MADE_SKEWED)
				b = ocr_random_below(&s,
				    ocr_random_below(&s, b + 1) + 1);
			made_add(&m, a, b, WEIGHT());
		}
#undef WEIGHT
	return m;
}

#endif
