/*
 * graph_names.h - what vertices are called, those added later too
 *
 * And which of them a result is about: for the programs' printers.
 */
#ifndef OCR_GRAPH_NAMES_H
#define OCR_GRAPH_NAMES_H

#include "src/graph.h"

struct ocr_names {
	const struct ocr_graph *graph;
	const uint64_t *more;  /* ids of vertices from graph->n on; or NULL */
	const uint32_t *order; /* the vertices; NULL: all by number */
	uint64_t n;            /* of them */
};

/* All of a graph. */
static inline struct ocr_names
ocr_names_of(const struct ocr_graph *g)
{
	return (struct ocr_names){.graph = g, .n = g->n};
}

static inline uint64_t
ocr_names_at(const struct ocr_names *m, uint64_t i)
{
	return m->order != NULL ? m->order[i] : i;
}

static inline uint64_t
ocr_names_id(const struct ocr_names *m, uint64_t v)
{
	return v < m->graph->n ? ocr_graph_id(m->graph, v)
			       : m->more[v - m->graph->n];
}

#endif
