/*
 * bfs_plain.h - a search by the book, and crews, for the tests of bfs*.c
 */
#ifndef TESTS_UNIT_BFS_PLAIN_H
#define TESTS_UNIT_BFS_PLAIN_H

#include <stdlib.h>
#include <string.h>

#include "common/ui.h"
#include "src/bfs.h"
#include "tests/unit/graph_make.h"

enum plain_kind { PLAIN_UNDIRECTED, PLAIN_DIRECTED, PLAIN_NO_IN, PLAIN_KINDS };

/* Of the last kind: a directed graph that has no rows of `in`. */
static inline struct ocr_graph *
plain_graph(enum made_shape shape, uint64_t n, enum plain_kind kind)
{
	struct made_arcs m = made_shape(shape, n, 1, 9, shape * 7919 + n);
	struct ocr_graph *g =
	    made_graph(&m, kind != PLAIN_UNDIRECTED, OCR_EDGE_PLAIN);
	uint32_t *first = (uint32_t *)g->first;
	uint64_t v;

	free(m.arcs);
	if (kind != PLAIN_NO_IN)
		return g;
	made_free_rows(&g->in);
	memset(&g->in, 0, sizeof(g->in));
	for (v = 0; v < g->n; v++)
		first[v] = ocr_graph_degree(&g->out, v) > 0
			       ? g->out.ends[g->out.offsets[v]]
			       : OCR_NO_VERTEX;
	return g;
}

static inline void
plain_free(struct ocr_graph *g)
{
	if (g->in.offsets == NULL)
		g->in = g->out;
	made_free(g);
}

/* Levels of at most max_depth. */
static inline struct ocr_bfs_result
plain_bfs(const struct ocr_graph *g, uint32_t source, uint32_t max_depth,
    uint32_t *levels)
{
	struct ocr_bfs_result r = {0};
	uint32_t *queue = made_zero(g->n, sizeof(*queue));
	uint64_t at, end = 1, i;

	for (i = 0; i < g->n; i++)
		levels[i] = OCR_NO_VERTEX;
	queue[0] = source;
	levels[source] = 0;
	for (at = 0; at < end; at++) {
		uint32_t u = queue[at];

		r.n_reached++;
		r.n_arcs += ocr_graph_degree(&g->out, u);
		r.depth = levels[u];
		if (max_depth != 0 && levels[u] == max_depth)
			continue;
		for (i = g->out.offsets[u]; i < g->out.offsets[u + 1]; i++) {
			uint32_t v = g->out.ends[i];

			if (levels[v] != OCR_NO_VERTEX)
				continue;
			levels[v] = levels[u] + 1;
			queue[end++] = v;
		}
	}
	free(queue);
	return r;
}

static inline void
plain_crew(struct ocr_crew *crew, unsigned n_threads,
    enum ocr_schedule_kind kind)
{
	static struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_team_opt opt = {.n_threads = n_threads,
	    .devices = "cpu",
	    .schedule = ocr_schedule_default(kind),
	    .has_schedule = true,
	    .ui = &ui};
	struct ocr_err err = {0};

	if (ocr_crew_open(crew, &opt, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(99);
	}
}

/* n of a graph's vertices, up to the end of the block, and 64 behind that. */
static inline uint32_t *
plain_vertices(const struct ocr_graph *g)
{
	return made_zero((ocr_graph_n_blocks(g) + 1) * OCR_GRAPH_BLOCK,
	    sizeof(uint32_t));
}

#define PLAIN_JUNK 0x5a5a5a5a

static inline void
plain_junk(const struct ocr_graph *g, uint32_t *vertices)
{
	uint64_t i;

	for (i = 0; i < (ocr_graph_n_blocks(g) + 1) * OCR_GRAPH_BLOCK; i++)
		vertices[i] = PLAIN_JUNK;
}

/* Is what lies behind the last block as it was? */
static inline int
plain_is_kept(const struct ocr_graph *g, const uint32_t *vertices)
{
	uint64_t end = ocr_graph_n_blocks(g) * OCR_GRAPH_BLOCK, i;

	for (i = 0; i < OCR_GRAPH_BLOCK; i++)
		if (vertices[end + i] != PLAIN_JUNK)
			return 0;
	return 1;
}

#endif
