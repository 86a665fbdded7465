/*
 * bfs.c - breadth-first search: its memory, its levels, which way each goes
 *
 * Parents are written once: where a vertex is reached, or as OCR_NO_VERTEX by
 * the first pull, which comes by all of them anyhow (by a last sweep if there
 * was no pull).  Between runs nothing but the bitmap `visited` is set again.
 */
#include "config.h"

#include "src/bfs_run.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "common/io.h"

/*
 * Which way: push looks at all arcs of the frontier; pull at few arcs of each
 * vertex that is not reached, fewer the more of the arcs are the frontier's.
 * PULL_ARCS: pull from that part of the arcs on (Beamer's alpha).  STAY_PART:
 * once pulling, go on while the frontier is that part of the vertices (his
 * beta), or grows, or there are less than STAY_OPEN times as many left to ask.
 */
#define PULL_ARCS 15
#define STAY_PART 18
#define STAY_OPEN 4

static int
find_dead(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_bfs *b = arg;
	const struct ocr_graph *g = b->g;
	uint64_t w, v, degree;
	unsigned i;

	(void)err;
	for (w = start; w < end; w++) {
		uint64_t dead = 0, more = 0;

		for (i = 0; i < OCR_GRAPH_BLOCK; i++) {
			v = w * OCR_GRAPH_BLOCK + i;
			degree = 2;
			if (v >= g->n)
				degree = 0;
			else if (ocr_bfs_has_in(g))
				degree = ocr_graph_degree(&g->in, v);
			dead |= (uint64_t)(degree == 0) << i;
			more |= (uint64_t)(degree > 1) << i;
		}
		b->dead[w] = dead;
		b->more[w] = more;
		b->threads[thread].n_found +=
		    (uint64_t)__builtin_popcountll(~dead);
	}
	return 0;
}

static int
new_bits(uint64_t **out, const struct ocr_bfs *b, struct ocr_err *err)
{
	*out = ocr_huge_alloc(b->n_bytes, "breadth-first search", err);
	return *out == NULL ? -OCR_ENOMEM : 0;
}

static int
new_vertices(uint32_t **out, uint64_t n, struct ocr_err *err)
{
	if (n > SIZE_MAX / sizeof(**out))
		return ocr_err_nomem(err);
	*out = ocr_huge_alloc((size_t)n * sizeof(**out), "breadth-first search",
	    err);
	return *out == NULL ? -OCR_ENOMEM : 0;
}

static int
new_threads(struct ocr_bfs *b, struct ocr_err *err)
{
	size_t size = b->crew->n_threads * sizeof(*b->threads);
	unsigned t;
	int r = 0;

	b->threads = aligned_alloc(64, size);
	if (b->threads == NULL)
		return ocr_err_nomem(err);
	memset(b->threads, 0, size);
	for (t = 1; r == 0 && t < b->crew->n_threads; t++)
		r = new_bits(&b->threads[t].marks, b, err);
	return r;
}

static void
choose_pull(struct ocr_bfs *b)
{
	b->pull = k_bfs_pull;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("popcnt"))
		b->pull = k_bfs_pull_avx2;
#endif
}

int
ocr_bfs_new(struct ocr_bfs **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_bfs *b = calloc(1, sizeof(*b));
	int r;

	*out = NULL;
	if (b == NULL)
		return ocr_err_nomem(err);
	b->g = g;
	b->crew = crew;
	b->n_words = ocr_graph_n_blocks(g);
	b->n_bytes = ((size_t)b->n_words + 1) * sizeof(uint64_t);
	b->max_heavy = g->n_arcs / OCR_BFS_HEAVY + 1;
	choose_pull(b);
	r = new_threads(b, err);
	if (r < 0 || (r = new_bits(&b->dead, b, err)) < 0 ||
	    (r = new_bits(&b->more, b, err)) < 0 ||
	    (r = new_bits(&b->visited, b, err)) < 0 ||
	    (r = new_bits(&b->frontier, b, err)) < 0 ||
	    (r = new_bits(&b->next, b, err)) < 0 ||
	    (r = new_vertices(&b->queue.vertices, g->n, err)) < 0 ||
	    (r = new_vertices(&b->next_queue.vertices, g->n, err)) < 0 ||
	    (r = new_vertices(&b->heavy, b->max_heavy, err)) < 0 ||
	    (r = ocr_crew_each(crew, b->n_words, OCR_BFS_GRAIN, find_dead, b,
		 err)) < 0) {
		ocr_bfs_free(b);
		return r;
	}
	b->n_live = ocr_bfs_take_found(b);
	*out = b;
	return 0;
}

void
ocr_bfs_free(struct ocr_bfs *b)
{
	size_t n_vertices;
	unsigned t;

	if (b == NULL)
		return;
	n_vertices = (size_t)b->g->n * sizeof(uint32_t);
	for (t = 1; b->threads != NULL && t < b->crew->n_threads; t++)
		ocr_huge_free(b->threads[t].marks, b->n_bytes);
	free(b->threads);
	ocr_huge_free(b->dead, b->n_bytes);
	ocr_huge_free(b->more, b->n_bytes);
	ocr_huge_free(b->visited, b->n_bytes);
	ocr_huge_free(b->frontier, b->n_bytes);
	ocr_huge_free(b->next, b->n_bytes);
	ocr_huge_free(b->queue.vertices, n_vertices);
	ocr_huge_free(b->next_queue.vertices, n_vertices);
	ocr_huge_free(b->heavy, (size_t)b->max_heavy * sizeof(*b->heavy));
	free(b);
}

uint64_t
ocr_bfs_take_found(struct ocr_bfs *b)
{
	uint64_t sum = 0;
	unsigned t;

	for (t = 0; t < b->crew->n_threads; t++) {
		sum += b->threads[t].n_found;
		b->threads[t].n_found = 0;
	}
	return sum;
}

uint64_t
ocr_bfs_take_arcs(struct ocr_bfs *b)
{
	uint64_t sum = 0;
	unsigned t;

	for (t = 0; t < b->crew->n_threads; t++) {
		sum += b->threads[t].n_arcs;
		b->threads[t].n_arcs = 0;
	}
	return sum;
}

void
ocr_bfs_put_levels(const struct ocr_bfs *b, uint64_t start, uint64_t end)
{
	uint64_t w;

	for (w = start; w < end; w++)
		if (b->next[w] != 0)
			k_bfs_put(b->levels + w * OCR_GRAPH_BLOCK, b->next[w],
			    b->level);
}

static void
begin(struct ocr_bfs *b, uint32_t source)
{
	/* A run that was stopped leaves what was counted. */
	(void)ocr_bfs_take_found(b);
	(void)ocr_bfs_take_arcs(b);
	memcpy(b->visited, b->dead, b->n_bytes);
	b->visited[source / 64] |= (uint64_t)1 << source % 64;
	b->queue.vertices[0] = source;
	b->n_frontier = 1;
	b->n_reached = 1;
	b->n_arcs = ocr_graph_degree(&b->g->out, source);
	b->arcs_left = b->g->n_arcs;
	b->level = 0;
	b->has_queue = true;
	b->has_bits = b->is_filled = false;
}

/* The rule above.  Makes the queue if it needs the frontier's arcs. */
static int
direction(struct ocr_bfs *b, enum ocr_bfs_direction last, uint64_t n_before,
    enum ocr_bfs_direction *d)
{
	uint64_t n = b->n_frontier, n_open;

	n_open = b->n_live > b->n_reached ? b->n_live - b->n_reached : 0;
	if (*d == OCR_BFS_PULL && !ocr_bfs_has_in(b->g))
		*d = OCR_BFS_PUSH;
	if (*d != OCR_BFS_AUTO)
		return 0;
	*d = OCR_BFS_PUSH;
	if (!ocr_bfs_has_in(b->g))
		return 0;
	if (!b->has_queue &&
	    (n > b->g->n / STAY_PART || n_open < STAY_OPEN * n ||
		(last == OCR_BFS_PULL && n >= n_before))) {
		*d = OCR_BFS_PULL;
		return 0;
	}
	if (!b->has_queue && ocr_bfs_make_queue(b) < 0)
		return b->err->code;
	if (last != OCR_BFS_PULL && b->n_arcs > b->arcs_left / PULL_ARCS)
		*d = OCR_BFS_PULL;
	return 0;
}

static int
one_level(struct ocr_bfs *b, enum ocr_bfs_direction d)
{
	int r = 0;

	if (d == OCR_BFS_PULL) {
		if (!b->has_bits)
			ocr_bfs_make_bits(b);
		r = ocr_bfs_pull(b);
	} else {
		if (!b->has_queue)
			r = ocr_bfs_make_queue(b);
		if (r == 0)
			r = ocr_bfs_push(b);
	}
	b->n_reached += r == 0 ? b->n_frontier : 0;
	return r;
}

static bool
is_reached(const struct ocr_bfs *b, uint32_t v)
{
	return v < b->g->n &&
	       (b->visited[v / 64] & ~b->dead[v / 64]) >> v % 64 & 1;
}

static int
all_levels(struct ocr_bfs *b, const struct ocr_bfs_opt *o)
{
	enum ocr_bfs_direction d = OCR_BFS_AUTO, last;
	uint64_t n_before = 0, n, start_ns;
	int r;

	while (b->n_frontier > 0 && !is_reached(b, o->to) &&
	       (o->max_depth == 0 || b->level < o->max_depth)) {
		start_ns = o->level == NULL ? 0 : ocr_now_ns();
		last = d;
		d = o->direction;
		r = direction(b, last, n_before, &d);
		if (r < 0)
			return r;
		n = n_before = b->n_frontier;
		b->level++;
		r = one_level(b, d);
		if (r < 0)
			return r;
		if (o->level != NULL)
			o->level(o->arg, b->level, d, n, b->n_frontier,
			    (double)(ocr_now_ns() - start_ns));
	}
	/* The last sweep may have found nobody. */
	b->level -= b->n_frontier == 0;
	return 0;
}

/* Fills what no pull has filled; counts the arcs of rows that were reached, of
 * a full run of blocks as the difference of two offsets. */
static int
end_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_bfs *b = arg;
	const uint64_t *offsets = b->g->out.offsets;
	uint64_t w, mask, v, n_arcs = 0;

	(void)err;
	v = end * OCR_GRAPH_BLOCK < b->g->n ? end * OCR_GRAPH_BLOCK : b->g->n;
	n_arcs = offsets[v] - offsets[start * OCR_GRAPH_BLOCK];
	for (w = start; w < end; w++) {
		uint64_t absent = ~b->visited[w] | b->dead[w];

		if (!b->is_filled && b->parents != NULL)
			k_bfs_put(b->parents + w * OCR_GRAPH_BLOCK, absent,
			    OCR_NO_VERTEX);
		if (!b->is_filled && b->levels != NULL)
			k_bfs_put(b->levels + w * OCR_GRAPH_BLOCK, absent,
			    OCR_NO_VERTEX);
		/* Undirected: the rows of the dead are empty. */
		mask = b->g->is_directed ? absent : ~b->visited[w];
		for (; mask != 0; mask &= mask - 1) {
			v = w * OCR_GRAPH_BLOCK +
			    (uint64_t)__builtin_ctzll(mask);
			if (v < b->g->n)
				n_arcs -= ocr_graph_degree(&b->g->out, v);
		}
	}
	b->threads[thread].n_arcs += n_arcs;
	return 0;
}

static void
put_source(const struct ocr_bfs *b, uint32_t source)
{
	if (b->parents != NULL)
		b->parents[source] = source;
	if (b->levels != NULL)
		b->levels[source] = 0;
}

int
ocr_bfs_run(struct ocr_bfs *b, uint32_t source, const struct ocr_bfs_opt *opt,
    uint32_t *parents, uint32_t *levels, struct ocr_bfs_result *result,
    struct ocr_err *err)
{
	static const struct ocr_bfs_opt whole = {.to = OCR_NO_VERTEX};
	int r = 0;

	if (opt == NULL)
		opt = &whole;
	b->parents = parents;
	b->levels = levels;
	b->err = err;
	begin(b, source);
	if (opt->to != source)
		r = all_levels(b, opt);
	if (r == 0)
		r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN * 8,
		    end_blocks, b, err);
	result->n_arcs = ocr_bfs_take_arcs(b);
	result->n_reached = b->n_reached;
	result->depth = b->level;
	if (r < 0)
		return r;
	/* No arc may lead to it: then it is among the dead. */
	put_source(b, source);
	if (b->dead[source / 64] >> source % 64 & 1)
		result->n_arcs += ocr_graph_degree(&b->g->out, source);
	return 0;
}
