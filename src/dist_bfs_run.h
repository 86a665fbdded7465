/*
 * dist_bfs_run.h - a search over several ranks while it runs; for dist_*.c alone
 *
 * "Own" are this rank's vertices; arrays of them begin with its first one.
 * Bitmaps of all vertices begin with vertex 0.
 */
#ifndef OCR_DIST_BFS_RUN_H
#define OCR_DIST_BFS_RUN_H

#include <stdatomic.h>

#include "kernels/k_bfs_pull.h"
#include "src/dist_bfs.h"
#include "src/dist_cut.h"
#include "src/dist_set.h"

#define OCR_DIST_GRAIN 128
/* Arcs of a piece of a row, or of what came with it; longer rows than HEAVY are
 * cut. */
#define OCR_DIST_PIECE 4096
#define OCR_DIST_HEAVY 16384

/* What a thread finds and counts; its own cache line. */
struct ocr_dist_thread {
	_Alignas(64) uint64_t n_found;
	uint64_t n_arcs;
	uint64_t *pairs; /* vertex << 32 | parent */
	size_t n_pairs, cap;
	size_t *at; /* for each rank: pairs of its, or where they go */
};

struct ocr_dist_bfs {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	struct ocr_dist *dist;
	uint64_t *blocks; /* dist->n + 1: where each rank begins */
	uint64_t first;   /* own vertex */
	uint64_t n_own;   /* vertices */
	uint64_t n_words; /* own blocks */
	uint64_t max_heavy;
	size_t own_bytes; /* of a bitmap of them, with a word more */
	size_t all_bytes; /* of all vertices, with a word more */
	uint64_t n_live;  /* of all: an arc leads there */
	/* Own; as in struct ocr_bfs. */
	uint64_t *dead, *more, *visited, *front, *next;
	/* All: the frontier while pulling; what is known to be reached; what
	 * this push has found. */
	uint64_t *frontier, *seen, *marks;
	uint32_t *queue, *next_queue, *heavy;
	_Atomic uint64_t n_queue, n_heavy;
	struct ocr_dist_thread *threads;
	struct ocr_dist_bytes *in, *out; /* a buffer for each rank */
	struct ocr_dist_bytes mine;
	uint64_t *pairs, *more_pairs; /* of all threads, by rank */
	size_t pairs_cap;
	size_t *rank_at; /* dist->n + 1: in pairs */
	uint64_t (
	    *pull)(const struct k_bfs_pull *p, uint64_t start, uint64_t end);

	/* Of this run: */
	uint32_t *parents, *levels;
	uint32_t level;
	uint64_t n_frontier, n_reached;
	uint64_t n_arcs; /* of the frontier's rows, if has_queue */
	uint64_t arcs_left;
	bool has_queue, has_bits;
	struct ocr_err *err;
};

static inline bool
ocr_dist_has_in(const struct ocr_graph *g)
{
	return g->in.offsets != NULL;
}

/* Set it; was it 0?  Many threads may. */
static inline bool
ocr_dist_take(uint64_t *bits, uint64_t v)
{
	uint64_t *word = &bits[v / 64], bit = (uint64_t)1 << v % 64;

	if (__atomic_load_n(word, __ATOMIC_RELAXED) & bit)
		return false;
	return !(__atomic_fetch_or(word, bit, __ATOMIC_RELAXED) & bit);
}

/* Whose is it? */
static inline unsigned
ocr_dist_owner(const struct ocr_dist_bfs *b, uint32_t v)
{
	unsigned low = 0, high = b->dist->n, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (v / OCR_GRAPH_BLOCK >= b->blocks[middle])
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* This rank's part of a level: the next frontier's vertices as a queue (push),
 * as bits (pull).  Sums are still to be made. */
int ocr_dist_push(struct ocr_dist_bfs *b);
/* Its second half: what came, and own pairs, to the next queue. */
int ocr_dist_reach(struct ocr_dist_bfs *b);
int ocr_dist_pull(struct ocr_dist_bfs *b);
int ocr_dist_make_queue(struct ocr_dist_bfs *b);

/* Bytes of a parent that this rank sends. */
unsigned ocr_dist_width(const struct ocr_dist_bfs *b, unsigned rank);

uint64_t ocr_dist_take_found(struct ocr_dist_bfs *b);
uint64_t ocr_dist_take_arcs(struct ocr_dist_bfs *b);

/* What a rank has sent is none of what it may be. */
int ocr_dist_is_damaged(unsigned rank, struct ocr_err *err);

/* By all bits that differ; returns a or b, whichever has them then. */
uint64_t *ocr_dist_sort(uint64_t *a, uint64_t *b, size_t n);

#endif
