/*
 * dist_pull.c - a level by those that are not reached yet; called by dist_bfs.c
 *
 * The kernel is that of one machine: it gets rows from this rank's first one on,
 * and the frontier of all.
 */
#include "config.h"

#include <string.h>

#include "src/dist_bfs_run.h"

struct pull {
	struct ocr_dist_bfs *b;
	struct k_bfs_pull k;
};

static int
pull_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct pull *p = arg;
	struct ocr_dist_bfs *b = p->b;
	uint64_t w;

	(void)err;
	b->threads[thread].n_found += b->pull(&p->k, start, end);
	for (w = start; b->levels != NULL && w < end; w++)
		k_bfs_put(b->levels + w * OCR_GRAPH_BLOCK, b->next[w],
		    b->level);
	return 0;
}

/* The part of the frontier that ranks have sent. */
static int
get_frontier(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t i;

	(void)thread;
	for (i = start; i < end; i++) {
		unsigned rank = (unsigned)i;
		uint64_t *to = b->frontier + b->blocks[rank];
		uint64_t n =
		    ocr_dist_bfs_end(b, rank) - ocr_dist_bfs_first(b, rank);

		if (rank == b->dist->rank)
			memcpy(to, b->front, (size_t)b->n_words * 8);
		else if (!ocr_set_get_bits(b->in[rank].data, b->in[rank].len,
			     to, n))
			return ocr_dist_is_damaged(rank, err);
	}
	return 0;
}

static int
add_seen(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t w;

	(void)thread;
	(void)err;
	for (w = start; w < end; w++)
		b->seen[w] |= b->frontier[w];
	return 0;
}

/* Own frontier, from the queue. */
static void
make_bits(struct ocr_dist_bfs *b)
{
	uint64_t n = atomic_load(&b->n_queue), i, v;

	memset(b->front, 0, b->own_bytes);
	for (i = 0; i < n; i++) {
		v = b->queue[i] - b->first;
		b->front[v / 64] |= (uint64_t)1 << v % 64;
	}
	b->has_bits = true;
}

static int
gather(struct ocr_dist_bfs *b)
{
	int r;

	if (!b->has_bits)
		make_bits(b);
	b->mine.len = 0;
	r = ocr_set_put_bits(&b->mine, b->front, b->n_words, b->err);
	r = ocr_dist_tell(b->dist, r, &b->mine, b->in, b->err);
	if (r == 0)
		r = ocr_crew_each(b->crew, b->dist->n, 1, get_frontier, b,
		    b->err);
	return r < 0 ? r
		     : ocr_crew_each(b->crew, ocr_graph_n_blocks(b->g),
			   OCR_DIST_GRAIN * 8, add_seen, b, b->err);
}

int
ocr_dist_pull(struct ocr_dist_bfs *b)
{
	const struct ocr_graph *g = b->g;
	uint64_t *front = b->front;
	struct pull p = {.b = b,
	    .k = {.offsets = g->in.offsets + b->first,
		.ends = g->in.ends,
		.first = g->first + b->first,
		.frontier = b->frontier,
		.more = b->more,
		.visited = b->visited,
		.next = b->next,
		.parents = b->parents,
		.n = (uint32_t)g->n}};
	int r = gather(b);

	if (r == 0)
		r = ocr_crew_each(b->crew, b->n_words, OCR_DIST_GRAIN,
		    pull_blocks, &p, b->err);
	if (r < 0)
		return r;
	b->n_frontier = ocr_dist_take_found(b);
	b->n_arcs = 0;
	b->front = b->next;
	b->next = front;
	b->has_bits = true;
	b->has_queue = false;
	return 0;
}
