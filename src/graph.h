/*
 * graph.h - a graph in memory: compressed rows, one for each vertex
 *
 * Made by graph_build.c from a source of edges, or by graph_file.c, which maps
 * an .ocrg file (ocr-graph(5)); read by the programs (bfs, sssp, pagerank).
 * Nothing in it changes while they run; any thread may read.
 *
 * Vertices are numbers from 0 to n - 1, by ascending id; ids are what users
 * know them by.  An arc is one entry of one row.  In an undirected graph an
 * edge between two vertices is two arcs, a loop is one.
 */
#ifndef OCR_GRAPH_H
#define OCR_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define OCR_NO_VERTEX UINT32_MAX
#define OCR_GRAPH_MAX_VERTICES ((uint64_t)UINT32_MAX - 1)
/* Vertices come in blocks of this many: a word of a bitmap, an item of the range
 * loop. */
#define OCR_GRAPH_BLOCK 64

enum ocr_edge_kind {
	OCR_EDGE_PLAIN = 0, /* no weights */
	OCR_EDGE_INT,       /* 0 to 2^32 - 1 */
	OCR_EDGE_REAL,      /* finite, not negative */
};

/* The row of v is ends[offsets[v]] to ends[offsets[v + 1] - 1]: first those of
 * the highest degree (in + out), at the same degree by number; or all by number,
 * see is_in_id_order. */
struct ocr_rows {
	const uint64_t *offsets; /* n + 1 */
	const uint32_t *ends;
	const uint32_t *ints; /* weights, if OCR_EDGE_INT */
	const double *reals;  /* if OCR_EDGE_REAL */
};

struct ocr_graph {
	uint64_t n;
	uint64_t n_arcs;  /* out.offsets[n] */
	uint64_t n_edges; /* directed: n_arcs; else each edge once */
	bool is_directed;
	/* Nothing is laid out by degree: neither are rows, nor do programs give
	 * vertices other numbers. */
	bool is_in_id_order;
	enum ocr_edge_kind kind;
	struct ocr_rows out;
	struct ocr_rows in; /* undirected: the same as out; offsets == NULL: a
			     * directed graph without them */
	/* The first end of each row of `in` (of `out` when there is none),
	 * OCR_NO_VERTEX for an empty row; to the end of the last block. */
	const uint32_t *first;
	const uint64_t *ids; /* n, ascending; NULL: first_id + number */
	uint64_t first_id;
	struct ocr_graph_store *store; /* where the arrays are, see
					* ocr_graph_free */
};

/* NULL is fine. */
void ocr_graph_free(struct ocr_graph *g);

static inline uint64_t
ocr_graph_degree(const struct ocr_rows *r, uint64_t v)
{
	return r->offsets[v + 1] - r->offsets[v];
}

static inline uint64_t
ocr_graph_id(const struct ocr_graph *g, uint64_t v)
{
	return g->ids != NULL ? g->ids[v] : g->first_id + v;
}

static inline uint64_t
ocr_graph_n_blocks(const struct ocr_graph *g)
{
	return (g->n + OCR_GRAPH_BLOCK - 1) / OCR_GRAPH_BLOCK;
}

/* The vertex of an id, OCR_NO_VERTEX if there is none. */
uint32_t ocr_graph_find(const struct ocr_graph *g, uint64_t id);

#endif
