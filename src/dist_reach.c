/*
 * dist_reach.c - the next queue: of what a push has come to, or of bits; called
 * by dist_push.c and dist_bfs.c
 */
#include "config.h"

#include <string.h>

#include "src/dist_bfs_run.h"

#define BATCH 256 /* vertices that are queued at once */

struct batch {
	struct ocr_dist_bfs *b;
	uint64_t n_arcs;
	unsigned n;
	uint32_t vertices[BATCH];
};

static void
batch_flush(struct batch *t)
{
	uint64_t at = atomic_fetch_add_explicit(&t->b->n_queue, t->n,
	    memory_order_relaxed);

	memcpy(t->b->next_queue + at, t->vertices, t->n * sizeof(*t->vertices));
	t->n = 0;
}

/* An own vertex is reached; v: as in own arrays. */
static inline void
reach(struct batch *t, uint64_t v, uint32_t parent)
{
	struct ocr_dist_bfs *b = t->b;

	if (!ocr_dist_take(b->visited, v))
		return;
	if (b->parents != NULL)
		b->parents[v] = parent;
	if (b->levels != NULL)
		b->levels[v] = b->level;
	t->n_arcs += ocr_graph_degree(&b->g->out, b->first + v);
	t->vertices[t->n++] = (uint32_t)(b->first + v);
	if (t->n == BATCH)
		batch_flush(t);
}

static int
get_message(struct ocr_dist_bfs *b, unsigned rank, struct batch *t,
    struct ocr_err *err)
{
	const struct ocr_dist_bytes *in = &b->in[rank];
	uint64_t n_from =
	    ocr_dist_bfs_end(b, rank) - ocr_dist_bfs_first(b, rank);
	uint32_t first = (uint32_t)ocr_dist_bfs_first(b, rank), parent = 0;
	unsigned w = n_from > 0 ? ocr_dist_width(b, rank) : 4, j;
	struct ocr_set_in s;
	const uint8_t *p;
	uint64_t i, v;

	if (in->len == 0)
		return 0;
	if (!ocr_set_begin(&s, in->data, in->len, b->n_own) ||
	    s.n * w > in->len)
		return ocr_dist_is_damaged(rank, err);
	p = in->data + in->len - s.n * w;
	for (i = 0; i < s.n; i++) {
		v = ocr_set_next(&s);
		for (parent = 0, j = 0; j < w; j++)
			parent |= (uint32_t)*p++ << 8 * j;
		if (v == UINT64_MAX || (w > 0 && parent >= n_from))
			return ocr_dist_is_damaged(rank, err);
		reach(t, v, first + parent);
	}
	if (ocr_set_end(&s) != in->data + in->len - s.n * w)
		return ocr_dist_is_damaged(rank, err);
	return 0;
}

static int
get_messages(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct batch t = {.b = arg};
	uint64_t i;
	int r = 0;

	for (i = start; i < end && r == 0; i++)
		if (i != t.b->dist->rank)
			r = get_message(t.b, (unsigned)i, &t, err);
	batch_flush(&t);
	t.b->threads[thread].n_arcs += t.n_arcs;
	return r;
}

/* Pairs that are this rank's own. */
static int
get_own(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct batch t = {.b = arg};
	const uint64_t *pairs = t.b->pairs + t.b->rank_at[t.b->dist->rank];
	uint64_t i;

	(void)err;
	for (i = start; i < end; i++)
		reach(&t, (pairs[i] >> 32) - t.b->first, (uint32_t)pairs[i]);
	batch_flush(&t);
	t.b->threads[thread].n_arcs += t.n_arcs;
	return 0;
}

int
ocr_dist_reach(struct ocr_dist_bfs *b)
{
	const size_t *at = &b->rank_at[b->dist->rank];
	uint32_t *queue = b->queue;
	int r;

	atomic_store(&b->n_queue, 0);
	r = ocr_crew_each(b->crew, b->dist->n, 1, get_messages, b, b->err);
	if (r == 0)
		r = ocr_crew_each(b->crew, at[1] - at[0], OCR_DIST_PIECE,
		    get_own, b, b->err);
	b->queue = b->next_queue;
	b->next_queue = queue;
	b->n_frontier = atomic_load(&b->n_queue);
	b->n_arcs = ocr_dist_take_arcs(b);
	b->has_queue = true;
	b->has_bits = false;
	return r;
}

static int
queue_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct batch t = {.b = arg};
	struct ocr_dist_bfs *b = t.b;
	uint64_t w, bits, v;

	(void)err;
	for (w = start; w < end; w++)
		for (bits = b->front[w]; bits != 0; bits &= bits - 1) {
			v = b->first + w * OCR_GRAPH_BLOCK +
			    (uint64_t)__builtin_ctzll(bits);
			t.n_arcs += ocr_graph_degree(&b->g->out, v);
			t.vertices[t.n++] = (uint32_t)v;
			if (t.n == BATCH)
				batch_flush(&t);
		}
	batch_flush(&t);
	b->threads[thread].n_arcs += t.n_arcs;
	return 0;
}

int
ocr_dist_make_queue(struct ocr_dist_bfs *b)
{
	uint32_t *queue = b->queue;
	int r;

	atomic_store(&b->n_queue, 0);
	r = ocr_crew_each(b->crew, b->n_words, OCR_DIST_GRAIN * 8, queue_blocks,
	    b, b->err);
	b->queue = b->next_queue;
	b->next_queue = queue;
	b->n_arcs = ocr_dist_take_arcs(b);
	b->has_queue = r == 0;
	return r;
}
