/*
 * bfs_pull.c - a level by those that are not reached yet; called by bfs.c
 */
#include "config.h"

#include "src/bfs_run.h"

struct pull {
	struct ocr_bfs *b;
	struct k_bfs_pull k;
};

static int
pull_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct pull *p = arg;
	struct ocr_bfs *b = p->b;
	uint64_t w;

	(void)err;
	b->threads[thread].n_found += b->pull(&p->k, start, end);
	if (b->levels == NULL)
		return 0;
	for (w = start; w < end && !b->is_filled; w++)
		k_bfs_put(b->levels + w * OCR_GRAPH_BLOCK,
		    ~b->visited[w] | b->dead[w], OCR_NO_VERTEX);
	ocr_bfs_put_levels(b, start, end);
	return 0;
}

int
ocr_bfs_pull(struct ocr_bfs *b)
{
	const struct ocr_graph *g = b->g;
	struct pull p = {.b = b,
	    .k = {.offsets = g->in.offsets,
		.ends = g->in.ends,
		.first = g->first,
		.frontier = b->frontier,
		.more = b->more,
		.absent = b->is_filled ? NULL : b->dead,
		.visited = b->visited,
		.next = b->next,
		.parents = b->parents,
		.n = (uint32_t)g->n}};
	int r = ocr_crew_each(b->crew, b->n_words, OCR_BFS_GRAIN, pull_blocks,
	    &p, b->err);

	if (r < 0)
		return r;
	b->arcs_left -= b->has_queue ? b->n_arcs : 0;
	b->n_frontier = ocr_bfs_take_found(b);
	ocr_bfs_swap(&b->frontier, &b->next);
	b->has_bits = true;
	b->has_queue = false;
	b->is_filled = true;
	return 0;
}
