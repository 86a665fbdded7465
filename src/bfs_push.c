/*
 * bfs_push.c - a level by the rows of the frontier; called by bfs.c
 *
 * Sparse: whoever sets a vertex's bit first, atomically, owns it and queues it.
 * Dense, for many arcs: each thread marks vertices in its own copy of
 * `visited`, and the copies are joined afterwards.  Two threads may then both
 * name a parent; either is right.  Saves the atomic operations, the queue and
 * mispredicted branches (k_bfs_push.h).
 */
#include "config.h"

#include "src/bfs_run.h"

#include <string.h>

#include "kernels/k_bfs_push.h"

/* Vertices that are queued at once. */
#define BATCH 256
/* Arcs that are not worth waking anybody, and of a piece. */
#define INLINE_ARCS 8192
#define PIECE_ARCS 2048
#define MAX_GRAIN 64
/* Rows and their offsets are prefetched so many vertices ahead. */
#define AHEAD 8
/* Ends of a cache line. */
#define LINE 16

struct batch {
	struct ocr_bfs_queue *to;
	unsigned n;
	uint32_t vertices[BATCH];
};

static uint64_t
batch_flush(const struct ocr_graph *g, struct batch *batch)
{
	uint64_t at, n_arcs = 0;
	unsigned i;

	if (batch->n == 0)
		return 0;
	for (i = 0; i < batch->n; i++)
		n_arcs += ocr_graph_degree(&g->out, batch->vertices[i]);
	at = atomic_fetch_add_explicit(&batch->to->n, batch->n,
	    memory_order_relaxed);
	memcpy(batch->to->vertices + at, batch->vertices,
	    batch->n * sizeof(*batch->vertices));
	batch->n = 0;
	return n_arcs;
}

static inline void
batch_add(const struct ocr_graph *g, struct batch *batch, uint32_t v,
    uint64_t *n_arcs)
{
	/* batch_flush() asks for the degree. */
	__builtin_prefetch(g->out.offsets + v);
	batch->vertices[batch->n++] = v;
	if (batch->n == BATCH)
		*n_arcs += batch_flush(g, batch);
}

struct push {
	struct ocr_bfs *b;
	bool is_dense;
	uint32_t row; /* push_piece: of this vertex */
};

/* Is it ours now? */
static inline bool
take(struct ocr_bfs *b, uint32_t v, bool is_shared)
{
	uint64_t *word = &b->visited[v / 64], bit = (uint64_t)1 << v % 64;

	if (!is_shared) {
		bool is_new = !(*word & bit);

		*word |= bit;
		return is_new;
	}
	if (__atomic_load_n(word, __ATOMIC_RELAXED) & bit)
		return false;
	return !(__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit);
}

static inline void
push_sparse(struct ocr_bfs *b, bool is_shared, uint32_t u, uint64_t start,
    uint64_t end, struct batch *batch, uint64_t *n_arcs)
{
	const uint32_t *ends = b->g->out.ends;

	for (; start < end; start++) {
		uint32_t v = ends[start];

		if (!take(b, v, is_shared))
			continue;
		if (b->parents != NULL)
			b->parents[v] = u;
		if (b->levels != NULL)
			b->levels[v] = b->level;
		batch_add(b->g, batch, v, n_arcs);
	}
}

/* Offsets first, then the row: most are no longer than this.  Beyond the piece,
 * too: the next one is mostly this thread's.  Forced inline: gcc 12 drops calls
 * of functions that only prefetch. */
__attribute__((always_inline)) static inline void
prefetch_row(const struct ocr_bfs *b, uint64_t i)
{
	const struct ocr_rows *rows = &b->g->out;
	const uint32_t *queue = b->queue.vertices;
	uint64_t at, n;

	if (i + 2 * AHEAD < b->n_frontier)
		__builtin_prefetch(rows->offsets + queue[i + 2 * AHEAD]);
	if (i + AHEAD >= b->n_frontier)
		return;
	at = rows->offsets[queue[i + AHEAD]];
	n = rows->offsets[queue[i + AHEAD] + 1] - at;
	__builtin_prefetch(rows->ends + at);
	if (n > LINE)
		__builtin_prefetch(rows->ends + at + LINE);
	if (n > 2 * LINE)
		__builtin_prefetch(rows->ends + at + 2 * LINE);
}

/* Is it left for push_piece()? */
static inline bool
is_put_off(struct ocr_bfs *b, uint32_t u, uint64_t n_arcs)
{
	if (b->crew->n_threads == 1 || n_arcs <= OCR_BFS_HEAVY)
		return false;
	b->heavy[atomic_fetch_add(&b->n_heavy, 1)] = u;
	return true;
}

static int
sparse_vertices(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct push *p = arg;
	struct ocr_bfs *b = p->b;
	const uint64_t *offsets = b->g->out.offsets;
	struct batch batch = {.to = &b->next_queue};
	uint64_t i, n_arcs = 0;

	(void)err;
	for (i = start; i < end; i++) {
		uint32_t u = b->queue.vertices[i];
		uint64_t from = offsets[u], to = offsets[u + 1];

		prefetch_row(b, i);
		if (is_put_off(b, u, to - from))
			continue;
		if (b->crew->n_threads > 1)
			push_sparse(b, true, u, from, to, &batch, &n_arcs);
		else
			push_sparse(b, false, u, from, to, &batch, &n_arcs);
	}
	b->threads[thread].n_arcs += n_arcs + batch_flush(b->g, &batch);
	return 0;
}

static int
dense_vertices(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct push *p = arg;
	struct ocr_bfs *b = p->b;
	const struct ocr_rows *rows = &b->g->out;
	struct k_bfs_push k;
	uint64_t i;

	(void)err;
	k.marks = b->threads[thread].marks;
	k.parents = b->parents;
	k.n = 0;
	for (i = start; i < end; i++) {
		uint32_t u = b->queue.vertices[i];
		uint64_t from = rows->offsets[u], to = rows->offsets[u + 1];

		prefetch_row(b, i);
		if (!is_put_off(b, u, to - from))
			k_bfs_push(&k, u, rows->ends + from, to - from);
	}
	k_bfs_push_end(&k);
	return 0;
}

/* Arcs of one heavy row. */
static int
push_piece(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct push *p = arg;
	struct ocr_bfs *b = p->b;
	struct batch batch = {.to = &b->next_queue};
	struct k_bfs_push k;
	uint64_t row = b->g->out.offsets[p->row], n_arcs = 0;

	(void)err;
	if (p->is_dense) {
		k.marks = b->threads[thread].marks;
		k.parents = b->parents;
		k.n = 0;
		k_bfs_push(&k, p->row, b->g->out.ends + row + start,
		    end - start);
		k_bfs_push_end(&k);
		return 0;
	}
	push_sparse(b, true, p->row, row + start, row + end, &batch, &n_arcs);
	b->threads[thread].n_arcs += n_arcs + batch_flush(b->g, &batch);
	return 0;
}

static int
copy_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_bfs *b = arg;
	unsigned t;

	(void)thread;
	(void)err;
	for (t = 0; t < b->crew->n_threads; t++)
		memcpy(b->threads[t].marks + start, b->visited + start,
		    (size_t)(end - start) * sizeof(*b->visited));
	return 0;
}

/* What any thread has marked is the next frontier. */
static int
join_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_bfs *b = arg;
	uint64_t w, n_found = 0;
	unsigned t;

	(void)err;
	for (t = 1; t < b->crew->n_threads; t++)
		for (w = start; w < end; w++)
			b->next[w] |= b->threads[t].marks[w];
	for (w = start; w < end; w++) {
		b->next[w] &= ~b->visited[w];
		b->visited[w] |= b->next[w];
		n_found += (uint64_t)__builtin_popcountll(b->next[w]);
	}
	b->threads[thread].n_found += n_found;
	if (b->levels != NULL)
		ocr_bfs_put_levels(b, start, end);
	return 0;
}

static int
push_all(struct ocr_bfs *b, struct push *p)
{
	uint64_t grain = b->n_frontier, i;
	int r;

	if (b->n_arcs > INLINE_ARCS) {
		grain = 1 + grain * PIECE_ARCS / b->n_arcs;
		grain = grain < MAX_GRAIN ? grain : MAX_GRAIN;
	}
	atomic_store(&b->n_heavy, 0);
	r = ocr_crew_each(b->crew, b->n_frontier, grain,
	    p->is_dense ? dense_vertices : sparse_vertices, p, b->err);
	for (i = 0; r == 0 && i < b->n_heavy; i++) {
		p->row = b->heavy[i];
		r = ocr_crew_each(b->crew, ocr_graph_degree(&b->g->out, p->row),
		    OCR_BFS_PIECE, push_piece, p, b->err);
	}
	return r;
}

static int
dense(struct ocr_bfs *b, struct push *p)
{
	int r;

	b->threads[0].marks = b->next;
	r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN * 8, copy_blocks,
	    b, b->err);
	if (r == 0)
		r = push_all(b, p);
	if (r == 0)
		r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN * 8,
		    join_blocks, b, b->err);
	if (r < 0)
		return r;
	ocr_bfs_swap(&b->frontier, &b->next);
	b->n_frontier = ocr_bfs_take_found(b);
	b->has_bits = true;
	b->has_queue = false;
	return 0;
}

static int
sparse(struct ocr_bfs *b, struct push *p)
{
	uint32_t *vertices = b->queue.vertices;
	int r;

	atomic_store(&b->next_queue.n, 0);
	r = push_all(b, p);
	if (r < 0)
		return r;
	b->queue.vertices = b->next_queue.vertices;
	b->next_queue.vertices = vertices;
	b->n_frontier = atomic_load(&b->next_queue.n);
	b->n_arcs = ocr_bfs_take_arcs(b);
	b->has_bits = false;
	return 0;
}

int
ocr_bfs_push(struct ocr_bfs *b)
{
	struct push p = {.b = b};

	/* Each thread's bitmap is written and read. */
	p.is_dense = b->n_arcs > b->n_words * b->crew->n_threads;
	b->arcs_left -= b->n_arcs;
	return p.is_dense ? dense(b, &p) : sparse(b, &p);
}

static int
queue_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_bfs *b = arg;
	struct batch batch = {.to = &b->queue};
	uint64_t w, mask, n_arcs = 0;

	(void)err;
	for (w = start; w < end; w++)
		for (mask = b->frontier[w]; mask != 0; mask &= mask - 1)
			batch_add(b->g, &batch,
			    (uint32_t)(w * OCR_GRAPH_BLOCK) +
				(uint32_t)__builtin_ctzll(mask),
			    &n_arcs);
	n_arcs += batch_flush(b->g, &batch);
	b->threads[thread].n_arcs += n_arcs;
	return 0;
}

int
ocr_bfs_make_queue(struct ocr_bfs *b)
{
	int r;

	atomic_store(&b->queue.n, 0);
	r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN * 8, queue_blocks,
	    b, b->err);
	b->n_arcs = ocr_bfs_take_arcs(b);
	b->has_queue = r == 0;
	return r;
}

void
ocr_bfs_make_bits(struct ocr_bfs *b)
{
	uint64_t i;

	memset(b->frontier, 0, b->n_bytes);
	for (i = 0; i < b->n_frontier; i++) {
		uint32_t v = b->queue.vertices[i];

		b->frontier[v / 64] |= (uint64_t)1 << v % 64;
	}
	b->has_bits = true;
}
