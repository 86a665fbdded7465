/*
 * bfs_run.h - a search while it runs; for bfs*.c alone
 *
 * A frontier is a bitmap, a queue, or both: push makes either, pull a bitmap.
 * Bodies are called by many threads: what they share is atomic, or a word of a
 * bitmap that has one owner in this sweep.
 */
#ifndef OCR_BFS_RUN_H
#define OCR_BFS_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "kernels/k_bfs_pull.h"
#include "src/bfs.h"

/* Blocks of a piece: 8192 vertices, 16 cache lines of a bitmap. */
#define OCR_BFS_GRAIN 128
/* A row of more arcs is a sweep of its own, with pieces of OCR_BFS_PIECE. */
#define OCR_BFS_HEAVY 16384
#define OCR_BFS_PIECE 4096

/* What a thread counts; its own cache line. */
struct ocr_bfs_thread {
	_Alignas(64) uint64_t n_found;
	uint64_t n_arcs;
	uint64_t *marks; /* dense push; thread 0's are `next` */
};

struct ocr_bfs_queue {
	uint32_t *vertices; /* room for n */
	_Atomic uint64_t n;
};

struct ocr_bfs {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	uint64_t n_words, n_live;
	size_t n_bytes; /* of a bitmap: a word more than n_words */
	/* Bit: no arc leads there, or it is behind the last vertex.  Without
	 * rows of `in` that is not known of vertices. */
	uint64_t *dead;
	uint64_t *more; /* two arcs lead there, or more */
	uint64_t *visited, *frontier, *next;
	struct ocr_bfs_queue queue, next_queue;
	uint32_t *heavy; /* rows that a push has put off */
	_Atomic uint64_t n_heavy;
	uint64_t max_heavy;
	struct ocr_bfs_thread *threads;
	uint64_t (
	    *pull)(const struct k_bfs_pull *p, uint64_t start, uint64_t end);

	/* Of this run: */
	uint32_t *parents, *levels;
	uint32_t level;              /* that is being reached */
	uint64_t n_frontier, n_arcs; /* arcs of its rows, if has_queue */
	uint64_t n_reached;
	uint64_t arcs_left; /* of rows that were not in a frontier yet */
	bool has_bits, has_queue;
	bool is_filled; /* parents and levels have OCR_NO_VERTEX */
	struct ocr_err *err;
};

/* One level.  The new frontier is in place; its queue may be missing. */
int ocr_bfs_push(struct ocr_bfs *b);
int ocr_bfs_pull(struct ocr_bfs *b);

/* The frontier's queue and n_arcs from its bitmap. */
int ocr_bfs_make_queue(struct ocr_bfs *b);
void ocr_bfs_make_bits(struct ocr_bfs *b);

/* Levels of the blocks [start, end), where next is 1. */
void ocr_bfs_put_levels(const struct ocr_bfs *b, uint64_t start, uint64_t end);

/* The threads' n_found and n_arcs, which are 0 then. */
uint64_t ocr_bfs_take_found(struct ocr_bfs *b);
uint64_t ocr_bfs_take_arcs(struct ocr_bfs *b);

static inline bool
ocr_bfs_has_in(const struct ocr_graph *g)
{
	return g->in.offsets != NULL;
}

static inline void
ocr_bfs_swap(uint64_t **a, uint64_t **b)
{
	uint64_t *c = *a;

	*a = *b;
	*b = c;
}

#endif
