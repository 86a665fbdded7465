/*
 * bfs_verify.c - is it a breadth-first tree of this graph?
 *
 * Graph500's rules: the source's parent is itself; each other parent's arc is
 * in the graph; a child is one level below its parent; an arc leads down one
 * level at most (undirected: and up one at most, as each edge is two arcs);
 * reached are those that the source is connected to, and no others.  Levels
 * fall along parents, so a tree edge for each vertex makes it a tree.
 * Rows of `out` are read once; no row is searched, which for a hub with many
 * children would take forever.
 */
#include "config.h"

#include "src/bfs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/huge.h"

#define GRAIN 64
#define WHAT "checking the search"
/* While a path is climbed: a vertex on it. */
#define ON_PATH (OCR_NO_VERTEX - 1)

struct verify {
	const struct ocr_graph *g;
	const uint32_t *parents, *levels; /* levels: never NULL */
	uint32_t source;
	uint64_t *has_parent; /* an arc from it was seen */
};

static int
is_wrong(const struct ocr_graph *g, uint64_t v, struct ocr_err *err,
    const char *why, uint64_t other)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "search: vertex %" PRIu64 ": %s %" PRIu64, ocr_graph_id(g, v), why,
	    ocr_graph_id(g, other));
}

static void
see_parent(const struct verify *c, uint32_t v)
{
	uint64_t bit = (uint64_t)1 << v % 64;

	if (!(__atomic_load_n(&c->has_parent[v / 64], __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(&c->has_parent[v / 64], bit,
		    __ATOMIC_RELAXED);
}

/* The row of a vertex that was reached. */
static int
check_row(const struct verify *c, uint32_t u, struct ocr_err *err)
{
	const struct ocr_graph *g = c->g;
	uint64_t i;

	for (i = g->out.offsets[u]; i < g->out.offsets[u + 1]; i++) {
		uint32_t v = g->out.ends[i], level = c->levels[v];

		if (level == OCR_NO_VERTEX)
			return is_wrong(g, v, err, "not reached, but joined to",
			    u);
		if (level > c->levels[u] + 1)
			return is_wrong(g, v, err,
			    "more than a level below its neighbour", u);
		if (level != c->levels[u] + 1)
			continue;
		if (c->parents == NULL || c->parents[v] == u)
			see_parent(c, v);
	}
	return 0;
}

static int
check_arcs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct verify *c = arg;
	uint64_t u;
	int r = 0;

	(void)thread;
	end = end * OCR_GRAPH_BLOCK < c->g->n ? end * OCR_GRAPH_BLOCK : c->g->n;
	for (u = start * OCR_GRAPH_BLOCK; r == 0 && u < end; u++)
		if (c->levels[u] != OCR_NO_VERTEX)
			r = check_row(c, (uint32_t)u, err);
	return r;
}

static int
check_vertex(const struct verify *c, uint64_t v, struct ocr_err *err)
{
	bool is_reached = c->levels[v] != OCR_NO_VERTEX;

	if (v == c->source)
		return 0;
	if (c->parents != NULL &&
	    is_reached != (c->parents[v] != OCR_NO_VERTEX))
		return is_wrong(c->g, v, err,
		    "has a level or a parent, not both, from", c->source);
	if (is_reached && c->levels[v] == 0)
		return is_wrong(c->g, v, err, "level 0, as the source",
		    c->source);
	if (is_reached && !(c->has_parent[v / 64] >> v % 64 & 1))
		return is_wrong(c->g, v, err,
		    "no arc from a parent one level up, on the way from",
		    c->source);
	return 0;
}

static int
check_vertices(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct verify *c = arg;
	uint64_t v;
	int r = 0;

	(void)thread;
	end = end * OCR_GRAPH_BLOCK < c->g->n ? end * OCR_GRAPH_BLOCK : c->g->n;
	for (v = start * OCR_GRAPH_BLOCK; r == 0 && v < end; v++)
		r = check_vertex(c, v, err);
	return r;
}

/* The level of v and of all on its path: each is walked twice. */
static int
climb(const struct verify *c, uint32_t *levels, uint32_t v, struct ocr_err *err)
{
	uint32_t u = v, n = 0, level;

	while (levels[u] == OCR_NO_VERTEX) {
		uint32_t up = c->parents[u];

		if (up >= c->g->n)
			return is_wrong(c->g, u, err,
			    "parent is no vertex; the search was from",
			    c->source);
		levels[u] = ON_PATH;
		n++;
		u = up;
	}
	if (levels[u] == ON_PATH)
		return is_wrong(c->g, v, err, "its parents go round at", u);
	level = levels[u] + n;
	for (u = v; levels[u] == ON_PATH; u = c->parents[u])
		levels[u] = level--;
	return 0;
}

/* Levels by the parents alone. */
static int
find_levels(const struct verify *c, uint32_t *levels, struct ocr_err *err)
{
	uint64_t v;
	int r = 0;

	for (v = 0; v < c->g->n; v++)
		levels[v] = OCR_NO_VERTEX;
	levels[c->source] = 0;
	for (v = 0; r == 0 && v < c->g->n; v++)
		if (c->parents[v] != OCR_NO_VERTEX)
			r = climb(c, levels, (uint32_t)v, err);
	return r;
}

int
ocr_bfs_verify(const struct ocr_graph *g, uint32_t source,
    const uint32_t *parents, const uint32_t *levels, struct ocr_crew *crew,
    struct ocr_err *err)
{
	struct verify c = {.g = g,
	    .parents = parents,
	    .levels = levels,
	    .source = source};
	uint64_t n_blocks = ocr_graph_n_blocks(g);
	size_t bits_len = (size_t)n_blocks * sizeof(uint64_t);
	size_t levels_len = (size_t)n_blocks * OCR_GRAPH_BLOCK * 4;
	uint32_t *own_levels = NULL;
	int r = 0;

	if (parents != NULL && parents[source] != source)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "search: the source's parent is not itself");
	if (levels != NULL && levels[source] != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "search: the source's level is not 0");
	c.has_parent = ocr_huge_alloc(bits_len, WHAT, err);
	if (c.has_parent == NULL)
		r = -OCR_ENOMEM;
	if (r == 0 && levels == NULL) {
		c.levels = own_levels = ocr_huge_alloc(levels_len, WHAT, err);
		r = own_levels == NULL ? -OCR_ENOMEM
				       : find_levels(&c, own_levels, err);
	}
	if (r == 0)
		r = ocr_crew_each(crew, n_blocks, GRAIN, check_arcs, &c, err);
	if (r == 0)
		r = ocr_crew_each(crew, n_blocks, GRAIN, check_vertices, &c,
		    err);
	ocr_huge_free(own_levels, levels_len);
	ocr_huge_free(c.has_parent, bits_len);
	return r;
}
