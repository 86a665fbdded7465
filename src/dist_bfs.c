/*
 * dist_bfs.c - see dist_bfs.h: levels, and which way each goes
 */
#include "config.h"

#include "src/dist_bfs_run.h"

#include <string.h>

#include "common/io.h"

/* As in bfs.c. */
#define PULL_ARCS 15
#define STAY_PART 18
#define STAY_OPEN 4

uint64_t
ocr_dist_bfs_first(const struct ocr_dist_bfs *b, unsigned rank)
{
	return ocr_dist_cut_at(b->g, b->blocks[rank]);
}

uint64_t
ocr_dist_bfs_end(const struct ocr_dist_bfs *b, unsigned rank)
{
	return ocr_dist_bfs_first(b, rank + 1);
}

uint64_t
ocr_dist_bfs_room(const struct ocr_dist_bfs *b)
{
	return b->n_words * OCR_GRAPH_BLOCK;
}

uint64_t
ocr_dist_take_found(struct ocr_dist_bfs *b)
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
ocr_dist_take_arcs(struct ocr_dist_bfs *b)
{
	uint64_t sum = 0;
	unsigned t;

	for (t = 0; t < b->crew->n_threads; t++) {
		sum += b->threads[t].n_arcs;
		b->threads[t].n_arcs = 0;
	}
	return sum;
}

int
ocr_dist_is_damaged(unsigned rank, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "what rank %u has sent is damaged", rank);
}

/* After this rank's part of a level, or with its error: what all have. */
static int
sum_up(struct ocr_dist_bfs *b, int r, uint64_t sent, struct ocr_dist_step *step)
{
	uint64_t v[4] = {b->n_frontier, b->n_arcs, sent, r < 0};
	int e = ocr_dist_sum(b->dist, v, 4, b->err);

	if (e < 0)
		return e;
	if (v[3] > 0)
		return ocr_dist_agree(b->dist, OCR_DIST_SEARCHED, r, b->err);
	b->n_frontier = v[0];
	b->n_arcs = v[1];
	if (step != NULL)
		step->all_bytes = v[2];
	return 0;
}

static void
begin(struct ocr_dist_bfs *b, uint32_t source)
{
	uint64_t room = ocr_dist_bfs_room(b), v = source - b->first;
	bool is_own = source >= b->first && v < b->n_own;

	(void)ocr_dist_take_found(b);
	(void)ocr_dist_take_arcs(b);
	memcpy(b->visited, b->dead, b->own_bytes);
	memset(b->seen, 0, b->all_bytes);
	memset(b->marks, 0, b->all_bytes);
	/* All ones: OCR_NO_VERTEX. */
	if (b->parents != NULL)
		memset(b->parents, 255, (size_t)room * sizeof(*b->parents));
	if (b->levels != NULL)
		memset(b->levels, 255, (size_t)room * sizeof(*b->levels));
	b->seen[source / 64] |= (uint64_t)1 << source % 64;
	b->n_frontier = is_own;
	b->n_arcs = 0;
	atomic_store(&b->n_queue, is_own);
	b->has_queue = true;
	b->has_bits = false;
	b->n_reached = 1;
	b->arcs_left = b->g->n_arcs;
	b->level = 0;
	if (!is_own)
		return;
	b->visited[v / 64] |= (uint64_t)1 << v % 64;
	b->queue[0] = source;
	b->n_arcs = ocr_graph_degree(&b->g->out, source);
	if (b->parents != NULL)
		b->parents[v] = source;
	if (b->levels != NULL)
		b->levels[v] = 0;
}

/* The rule of bfs.c, of sums that all ranks have. */
static int
direction(struct ocr_dist_bfs *b, enum ocr_bfs_direction last,
    uint64_t n_before, enum ocr_bfs_direction *d)
{
	uint64_t n = b->n_frontier, n_open;
	int r;

	n_open = b->n_live > b->n_reached ? b->n_live - b->n_reached : 0;
	if (*d == OCR_BFS_PULL && !ocr_dist_has_in(b->g))
		*d = OCR_BFS_PUSH;
	if (*d == OCR_BFS_AUTO && !ocr_dist_has_in(b->g))
		*d = OCR_BFS_PUSH;
	if (*d == OCR_BFS_AUTO && !b->has_queue &&
	    (n > b->g->n / STAY_PART || n_open < STAY_OPEN * n ||
		(last == OCR_BFS_PULL && n >= n_before)))
		*d = OCR_BFS_PULL;
	if (*d == OCR_BFS_PULL || b->has_queue)
		goto choose;
	r = ocr_dist_make_queue(b);
	b->n_frontier = atomic_load(&b->n_queue);
	r = sum_up(b, r, 0, NULL);
	if (r < 0)
		return r;
choose:
	if (*d == OCR_BFS_AUTO)
		*d =
		    last != OCR_BFS_PULL && b->n_arcs > b->arcs_left / PULL_ARCS
			? OCR_BFS_PULL
			: OCR_BFS_PUSH;
	return 0;
}

static int
one_level(struct ocr_dist_bfs *b, struct ocr_dist_step *step)
{
	struct ocr_dist *d = b->dist;
	uint64_t sent = d->sent_bytes, received = d->received_bytes;
	int r;

	step->frontier = b->n_frontier;
	b->arcs_left -= b->has_queue ? b->n_arcs : 0;
	r = step->direction == OCR_BFS_PULL ? ocr_dist_pull(b)
					    : ocr_dist_push(b);
	step->sent_bytes = d->sent_bytes - sent;
	step->received_bytes = d->received_bytes - received;
	r = sum_up(b, r, step->sent_bytes, step);
	if (r < 0)
		return r;
	b->n_reached += b->n_frontier;
	step->reached = b->n_frontier;
	return 0;
}

static int
all_levels(struct ocr_dist_bfs *b, const struct ocr_dist_bfs_opt *o)
{
	enum ocr_bfs_direction last = OCR_BFS_AUTO;
	uint64_t n_before = 0, start_ns;
	int r = sum_up(b, 0, 0, NULL);

	while (r == 0 && b->n_frontier > 0 &&
	       (o->max_depth == 0 || b->level < o->max_depth)) {
		struct ocr_dist_step step = {.direction = o->direction};

		start_ns = ocr_now_ns();
		r = direction(b, last, n_before, &step.direction);
		if (r < 0)
			return r;
		last = step.direction;
		n_before = b->n_frontier;
		step.level = ++b->level;
		r = one_level(b, &step);
		step.ns = (double)(ocr_now_ns() - start_ns);
		if (r == 0 && o->level != NULL)
			o->level(o->arg, &step);
	}
	/* The last sweep may have found nobody. */
	b->level -= b->n_frontier == 0 && b->level > 0;
	return r;
}

/* Arcs of the rows of own vertices that were reached. */
static int
count_arcs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t w, bits, n = 0;

	(void)err;
	for (w = start; w < end; w++)
		for (bits = b->visited[w] & ~b->dead[w]; bits != 0;
		     bits &= bits - 1)
			n += ocr_graph_degree(&b->g->out,
			    b->first + w * OCR_GRAPH_BLOCK +
				(uint64_t)__builtin_ctzll(bits));
	b->threads[thread].n_arcs += n;
	return 0;
}

int
ocr_dist_bfs_run(struct ocr_dist_bfs *b, uint32_t source,
    const struct ocr_dist_bfs_opt *opt, uint32_t *parents, uint32_t *levels,
    struct ocr_bfs_result *result, struct ocr_err *err)
{
	uint64_t v = source - b->first, arcs[2] = {0, 0};
	int r;

	b->parents = parents;
	b->levels = levels;
	b->err = err;
	begin(b, source);
	r = all_levels(b, opt);
	if (r < 0)
		return r;
	r = ocr_crew_each(b->crew, b->n_words, OCR_DIST_GRAIN * 8, count_arcs,
	    b, err);
	arcs[0] = ocr_dist_take_arcs(b);
	arcs[1] = r < 0;
	/* No arc may lead to it: then it is among the dead. */
	if (source >= b->first && v < b->n_own && b->dead[v / 64] >> v % 64 & 1)
		arcs[0] += ocr_graph_degree(&b->g->out, source);
	result->n_reached = b->n_reached;
	result->depth = b->level;
	r = ocr_dist_agree(b->dist, OCR_DIST_SEARCHED, r, err);
	if (r == 0)
		r = ocr_dist_sum(b->dist, arcs, 1, err);
	result->n_arcs = arcs[0];
	return r;
}
