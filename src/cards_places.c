/*
 * cards_places.c - where the arcs of out-rows are in in-rows
 *
 * Rows are ordered by the rank of their ends, which is their number in a graph in
 * the order of ids (graph.h).  So when the in-rows
 * are gone through by rank, each arc found belongs to the next arc of its
 * origin's out-row.
 */
#include "config.h"

#include "src/cards_places.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

static uint64_t
degree(const struct ocr_graph *g, uint64_t v)
{
	uint64_t n = ocr_graph_degree(&g->out, v);

	return g->is_directed ? n + ocr_graph_degree(&g->in, v) : n;
}

/* Vertices by falling degree, then by number: a counting sort. */
static int
rank_vertices(const struct ocr_graph *g, uint32_t *ranked, struct ocr_err *err)
{
	uint64_t most = 0, v, d, n, at = 0;
	uint64_t *starts;

	for (v = 0; v < g->n; v++)
		if (degree(g, v) > most)
			most = degree(g, v);
	starts = calloc((size_t)most + 1, sizeof(*starts));
	if (starts == NULL)
		return ocr_err_nomem(err);
	for (v = 0; v < g->n; v++)
		starts[degree(g, v)]++;
	for (d = most + 1; d-- > 0;) {
		n = starts[d];
		starts[d] = at;
		at += n;
	}
	for (v = 0; v < g->n; v++)
		ranked[starts[degree(g, v)]++] = (uint32_t)v;
	free(starts);
	return 0;
}

/* A file may say one thing in its rows of in-arcs and another in the others. */
static int
place_row(const struct ocr_graph *g, uint64_t u, uint64_t *next,
    uint32_t *places, struct ocr_err *err)
{
	for (uint64_t e = g->in.offsets[u]; e < g->in.offsets[u + 1]; e++) {
		uint32_t v = g->in.ends[e];

		if (next[v] >= ocr_graph_degree(&g->out, v))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "rows of in-arcs are not those of the out-arcs");
		places[g->out.offsets[v] + next[v]++] = (uint32_t)e;
	}
	return 0;
}

int
ocr_cards_places(const struct ocr_graph *g, uint32_t *places,
    struct ocr_err *err)
{
	size_t bytes = (size_t)g->n * sizeof(uint32_t);
	size_t next_bytes = (size_t)g->n * sizeof(uint64_t);
	uint32_t *ranked = ocr_huge_alloc(bytes, "places of arcs", err);
	uint64_t *next = ocr_huge_alloc(next_bytes, "places of arcs", err);
	uint64_t i, u;
	int r = -OCR_ENOMEM;

	if (ranked != NULL && next != NULL)
		r = g->is_in_id_order ? 0 : rank_vertices(g, ranked, err);
	for (i = 0; r == 0 && i < g->n; i++) {
		u = g->is_in_id_order ? i : ranked[i];
		r = place_row(g, u, next, places, err);
	}
	ocr_huge_free(ranked, bytes);
	ocr_huge_free(next, next_bytes);
	return r;
}

void
ocr_cards_places_alone(const struct ocr_graph *g, uint64_t *offsets,
    uint32_t *places)
{
	uint64_t v, e;

	memset(offsets, 0, ((size_t)g->n + 1) * sizeof(*offsets));
	for (e = 0; e < g->n_arcs; e++)
		offsets[(uint64_t)g->out.ends[e] + 1]++;
	for (v = 0; v < g->n; v++)
		offsets[v + 1] += offsets[v];
	for (e = 0; e < g->n_arcs; e++)
		places[e] = (uint32_t)offsets[g->out.ends[e]]++;
	/* Each start has moved to its row's end. */
	memmove(offsets + 1, offsets, (size_t)g->n * sizeof(*offsets));
	offsets[0] = 0;
}
