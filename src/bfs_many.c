/*
 * bfs_many.c - up to 64 searches at once, a bit of each vertex's words for each
 *
 * Then, Kaufmann, Chirigati et al., "The more the merrier: efficient
 * multi-source graph traversal", PVLDB 8 (2014).  A row is read once for all
 * searches whose frontiers hold its vertex.  Few arcs in the frontiers: push;
 * many: pull, where the graph has rows of `in`.
 */
#include "config.h"

#include "src/bfs_run.h"

#include <string.h>

#include "common/huge.h"

#define WHAT "breadth-first searches"
#define BATCH 256
#define PIECE_ARCS 2048
/* Pull from that part of the arcs on: it reads most rows to the end. */
#define PULL_ARCS 4
#define AHEAD 8

struct many {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	/* A word of each vertex: searches that have reached it, that have it in
	 * their frontier, that reach it now. */
	uint64_t *seen, *frontier, *next;
	uint32_t *vertices; /* in any frontier */
	uint32_t *found;
	_Atomic uint64_t n_found, n_arcs;
	uint64_t n_vertices;
	uint64_t all; /* bits of all searches */
	uint32_t level, *const *levels;
};

static int
fill(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct many *m = arg;
	uint64_t w, searches;

	(void)thread;
	(void)err;
	for (searches = m->all; searches != 0; searches &= searches - 1) {
		uint32_t *levels = m->levels[__builtin_ctzll(searches)];

		for (w = start; w < end; w++)
			k_bfs_put(levels + w * OCR_GRAPH_BLOCK, UINT64_MAX,
			    OCR_NO_VERTEX);
	}
	return 0;
}

/* v is reached by these searches. */
static inline void
settle(const struct many *m, uint32_t v, uint64_t searches)
{
	m->seen[v] |= searches;
	for (; searches != 0; searches &= searches - 1)
		m->levels[__builtin_ctzll(searches)][v] = m->level;
}

static void
append(struct many *m, uint32_t *to, const uint32_t *vertices, unsigned n)
{
	uint64_t at, n_arcs = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		n_arcs += ocr_graph_degree(&m->g->out, vertices[i]);
	at = atomic_fetch_add(&m->n_found, n);
	atomic_fetch_add(&m->n_arcs, n_arcs);
	memcpy(to + at, vertices, n * sizeof(*to));
}

/* Whoever sets a vertex's first bit queues it. */
static int
push(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct many *m = arg;
	const struct ocr_rows *rows = &m->g->out;
	uint32_t batch[BATCH];
	unsigned n = 0;
	uint64_t i, k;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		uint32_t u = m->vertices[i];
		uint64_t searches = m->frontier[u], to = rows->offsets[u + 1];

		for (k = rows->offsets[u]; k < to; k++) {
			uint32_t v = rows->ends[k];
			uint64_t new = searches & ~m->seen[v];

			if ((new & ~__atomic_load_n(&m->next[v],
				       __ATOMIC_RELAXED)) == 0)
				continue;
			if (__atomic_fetch_or(&m->next[v], new,
				__ATOMIC_RELAXED) != 0)
				continue;
			batch[n++] = v;
			if (n == BATCH) {
				append(m, m->found, batch, n);
				n = 0;
			}
		}
	}
	append(m, m->found, batch, n);
	return 0;
}

static int
settle_found(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct many *m = arg;
	uint64_t i;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		settle(m, m->found[i], m->next[m->found[i]]);
	return 0;
}

static int
forget_frontier(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct many *m = arg;
	uint64_t i;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		m->frontier[m->vertices[i]] = 0;
	return 0;
}

static uint64_t
pull_row(const struct many *m, uint64_t v, uint64_t open)
{
	const struct ocr_rows *rows = &m->g->in;
	uint64_t k, searches = 0;

	for (k = rows->offsets[v];
	     k < rows->offsets[v + 1] && (searches & open) != open; k++)
		searches |= m->frontier[rows->ends[k]];
	return searches & open;
}

/* Every word of next is written. */
static int
pull(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct many *m = arg;
	uint32_t batch[OCR_GRAPH_BLOCK];
	uint64_t v, w, last;

	(void)thread;
	(void)err;
	for (w = start; w < end; w++) {
		unsigned n = 0;

		last = (w + 1) * OCR_GRAPH_BLOCK;
		last = last < m->g->n ? last : m->g->n;
		for (v = w * OCR_GRAPH_BLOCK; v < last; v++) {
			uint64_t open = m->all & ~m->seen[v];

			m->next[v] = open == 0 ? 0 : pull_row(m, v, open);
			if (m->next[v] != 0)
				batch[n++] = (uint32_t)v;
		}
		append(m, m->found, batch, n);
	}
	return 0;
}

/* Between levels all of next is 0. */
static int
one_level(struct many *m, struct ocr_err *err)
{
	uint64_t n = m->n_vertices, arcs = m->n_arcs, grain;
	bool is_pull = ocr_bfs_has_in(m->g) && arcs > m->g->n_arcs / PULL_ARCS;
	int r;

	m->n_found = m->n_arcs = 0;
	m->level++;
	grain = 1 + n * PIECE_ARCS / (arcs + 1);
	if (is_pull)
		r = ocr_crew_each(m->crew, ocr_graph_n_blocks(m->g), 16, pull,
		    m, err);
	else
		r = ocr_crew_each(m->crew, n, grain, push, m, err);
	if (r == 0)
		r = ocr_crew_each(m->crew, n, PIECE_ARCS, forget_frontier, m,
		    err);
	if (r == 0)
		r = ocr_crew_each(m->crew, m->n_found, PIECE_ARCS, settle_found,
		    m, err);
	ocr_bfs_swap(&m->frontier, &m->next);
	return r;
}

static void
begin(struct many *m, const uint32_t *sources, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t v = sources[i];

		if (m->frontier[v] == 0) {
			m->vertices[m->n_vertices++] = v;
			m->n_arcs += ocr_graph_degree(&m->g->out, v);
		}
		m->frontier[v] |= (uint64_t)1 << i;
		settle(m, v, (uint64_t)1 << i);
	}
}

static int
all_levels(struct many *m, uint32_t max_depth, struct ocr_err *err)
{
	int r = 0;

	while (r == 0 && m->n_vertices > 0 &&
	       (max_depth == 0 || m->level < max_depth)) {
		uint32_t *vertices = m->vertices;

		r = one_level(m, err);
		m->vertices = m->found;
		m->found = vertices;
		m->n_vertices = m->n_found;
	}
	return r;
}

int
ocr_bfs_run_many(struct ocr_bfs *b, const uint32_t *sources, size_t n_sources,
    uint32_t max_depth, uint32_t *const *levels, struct ocr_err *err)
{
	struct many m = {.g = b->g,
	    .crew = b->crew,
	    .vertices = b->queue.vertices,
	    .found = b->next_queue.vertices,
	    .levels = levels};
	size_t bytes = (size_t)b->g->n * sizeof(uint64_t);
	int r = 0;

	if (n_sources == 0)
		return 0;
	if (n_sources > 64)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "more than 64 sources at once");
	m.all = UINT64_MAX >> (64 - n_sources);
	m.seen = ocr_huge_alloc(bytes, WHAT, err);
	if (m.seen != NULL)
		m.frontier = ocr_huge_alloc(bytes, WHAT, err);
	if (m.frontier != NULL)
		m.next = ocr_huge_alloc(bytes, WHAT, err);
	if (m.next == NULL)
		r = -OCR_ENOMEM;
	if (r == 0)
		r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN, fill, &m,
		    err);
	if (r == 0) {
		begin(&m, sources, n_sources);
		r = all_levels(&m, max_depth, err);
	}
	ocr_huge_free(m.next, bytes);
	ocr_huge_free(m.frontier, bytes);
	ocr_huge_free(m.seen, bytes);
	return r;
}
