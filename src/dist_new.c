/*
 * dist_new.c - see dist_bfs.h: the memory of a search; called by its users
 *
 * Of own vertices 8 bytes each for queues and five bitmaps, of all three bitmaps;
 * what a level sends and receives is more while it lasts.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "src/dist_bfs_run.h"

#define WHAT "breadth-first search"

static int
find_dead(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	const struct ocr_graph *g = b->g;
	uint64_t w, v, degree, dead, more;
	unsigned i;

	(void)err;
	for (w = start; w < end; w++) {
		dead = more = 0;
		for (i = 0; i < OCR_GRAPH_BLOCK; i++) {
			v = b->first + w * OCR_GRAPH_BLOCK + i;
			degree = 2;
			if (v >= g->n)
				degree = 0;
			else if (ocr_dist_has_in(g))
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
new_array(void *out, uint64_t n, size_t size, struct ocr_err *err)
{
	void *p;

	if (n > SIZE_MAX / 16)
		return ocr_err_nomem(err);
	p = ocr_huge_alloc((size_t)n * size, WHAT, err);
	memcpy(out, &p, sizeof(p));
	return p == NULL ? err->code : 0;
}

static int
new_threads(struct ocr_dist_bfs *b, struct ocr_err *err)
{
	size_t size = b->crew->n_threads * sizeof(*b->threads);
	unsigned t;

	b->threads = aligned_alloc(64, size);
	if (b->threads == NULL)
		return ocr_err_nomem(err);
	memset(b->threads, 0, size);
	for (t = 0; t < b->crew->n_threads; t++) {
		b->threads[t].at = calloc(b->dist->n, sizeof(size_t));
		if (b->threads[t].at == NULL)
			return ocr_err_nomem(err);
	}
	return 0;
}

static void
choose_pull(struct ocr_dist_bfs *b)
{
	b->pull = k_bfs_pull;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
	    __builtin_cpu_supports("popcnt"))
		b->pull = k_bfs_pull_avx2;
#endif
}

static int
new_own(struct ocr_dist_bfs *b, struct ocr_err *err)
{
	uint64_t n_all = ocr_graph_n_blocks(b->g) + 1;
	const uint64_t *at = b->g->out.offsets + b->first;
	unsigned n = b->dist->n;
	int r = new_threads(b, err);

	b->max_heavy = (at[b->n_own] - at[0]) / OCR_DIST_HEAVY + 1;
	b->own_bytes = ((size_t)b->n_words + 1) * 8;
	b->all_bytes = (size_t)n_all * 8;
	if (r < 0 || (r = new_array(&b->dead, b->n_words + 1, 8, err)) < 0 ||
	    (r = new_array(&b->more, b->n_words + 1, 8, err)) < 0 ||
	    (r = new_array(&b->visited, b->n_words + 1, 8, err)) < 0 ||
	    (r = new_array(&b->front, b->n_words + 1, 8, err)) < 0 ||
	    (r = new_array(&b->next, b->n_words + 1, 8, err)) < 0 ||
	    (r = new_array(&b->frontier, n_all, 8, err)) < 0 ||
	    (r = new_array(&b->seen, n_all, 8, err)) < 0 ||
	    (r = new_array(&b->marks, n_all, 8, err)) < 0 ||
	    (r = new_array(&b->queue, b->n_own, 4, err)) < 0 ||
	    (r = new_array(&b->next_queue, b->n_own, 4, err)) < 0 ||
	    (r = new_array(&b->heavy, b->max_heavy, 4, err)) < 0)
		return r;
	b->in = ocr_dist_bytes_new(b->dist, err);
	b->out = ocr_dist_bytes_new(b->dist, err);
	b->rank_at = calloc((size_t)n + 1, sizeof(*b->rank_at));
	if (b->in == NULL || b->out == NULL || b->rank_at == NULL)
		return ocr_err_nomem(err);
	return ocr_crew_each(b->crew, b->n_words, OCR_DIST_GRAIN, find_dead, b,
	    err);
}

int
ocr_dist_bfs_new(struct ocr_dist_bfs **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_dist *dist, struct ocr_err *err)
{
	struct ocr_dist_bfs *b = calloc(1, sizeof(*b));
	int r = b == NULL ? ocr_err_nomem(err) : 0;

	*out = NULL;
	if (r == 0) {
		b->g = g;
		b->crew = crew;
		b->dist = dist;
		choose_pull(b);
		r = ocr_dist_cut(&b->blocks, g, dist->n, err);
	}
	if (r == 0) {
		b->first = ocr_dist_bfs_first(b, dist->rank);
		b->n_own = ocr_dist_bfs_end(b, dist->rank) - b->first;
		b->n_words = b->blocks[dist->rank + 1] - b->blocks[dist->rank];
		r = new_own(b, err);
	}
	r = ocr_dist_agree(dist, OCR_DIST_READY, r, err);
	if (r == 0)
		r = ocr_dist_same(dist, ocr_dist_cut_sum(b->blocks, g, dist->n),
		    "graphs", err);
	if (r == 0) {
		b->n_live = ocr_dist_take_found(b);
		r = ocr_dist_sum(dist, &b->n_live, 1, err);
	}
	if (r < 0) {
		ocr_dist_bfs_free(b);
		return r;
	}
	*out = b;
	return 0;
}

void
ocr_dist_bfs_free(struct ocr_dist_bfs *b)
{
	unsigned t;

	if (b == NULL)
		return;
	for (t = 0; b->threads != NULL && t < b->crew->n_threads; t++) {
		free(b->threads[t].pairs);
		free(b->threads[t].at);
	}
	free(b->threads);
	ocr_huge_free(b->dead, b->own_bytes);
	ocr_huge_free(b->more, b->own_bytes);
	ocr_huge_free(b->visited, b->own_bytes);
	ocr_huge_free(b->front, b->own_bytes);
	ocr_huge_free(b->next, b->own_bytes);
	ocr_huge_free(b->frontier, b->all_bytes);
	ocr_huge_free(b->seen, b->all_bytes);
	ocr_huge_free(b->marks, b->all_bytes);
	ocr_huge_free(b->queue, (size_t)b->n_own * 4);
	ocr_huge_free(b->next_queue, (size_t)b->n_own * 4);
	ocr_huge_free(b->heavy, (size_t)b->max_heavy * 4);
	ocr_dist_bytes_free(b->dist, b->in);
	ocr_dist_bytes_free(b->dist, b->out);
	free(b->mine.data);
	free(b->pairs);
	free(b->more_pairs);
	free(b->rank_at);
	free(b->blocks);
	free(b);
}
