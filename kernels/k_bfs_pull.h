/*
 * k_bfs_pull.h - one level of a breadth-first search, by those not reached yet
 *
 * Each vertex that is not reached looks for a neighbour in the frontier.  The
 * first of a row is in an array of its own and is asked in order; with hubs
 * first in the rows it is mostly the answer.  The others wait in a batch, so
 * that their rows are in the cache when they are read.
 * Source: Beamer, Asanovic, Patterson, "Direction-optimizing breadth-first
 * search", SC 2012, the bottom-up step.
 *
 * Shapes, with n vertices in blocks of 64, a word of each bitmap:
 *   offsets[n + 1], ends[]   rows; ends are below n
 *   first[64 * blocks]       first end of each row, K_BFS_NONE: empty
 *   frontier[blocks + 1]     bit n and all behind it are 0
 *   visited[blocks]          1: nothing to do.  In and out
 *   more[blocks]             rows of two ends and more
 *   next[blocks]             out: those reached now
 *   parents[64 * blocks]     written where next is 1; NULL: not wanted
 *   absent[blocks]           NULL, or: parents of all that are not reached
 *                            become K_BFS_NONE, those that are visited with
 *                            this bit too
 * Words of blocks [start, end) and their parents are written, by nobody else
 * meanwhile.  Pure: no allocation, no globals, no errors.
 */
#ifndef K_BFS_PULL_H
#define K_BFS_PULL_H

#include <stdint.h>

#define K_BFS_NONE UINT32_MAX

struct k_bfs_pull {
	const uint64_t *offsets;
	const uint32_t *ends, *first;
	const uint64_t *frontier, *more, *absent;
	uint64_t *visited, *next;
	uint32_t *parents;
	uint32_t n;
};

/* Returns how many were reached. */
uint64_t k_bfs_pull(const struct k_bfs_pull *p, uint64_t start, uint64_t end);

/* The same for processors with AVX2, BMI and POPCNT; defined where the compiler
 * is for x86-64. */
uint64_t k_bfs_pull_avx2(const struct k_bfs_pull *p, uint64_t start,
    uint64_t end);

/* to[i] = value for each bit i of mask. */
static inline void
k_bfs_put(uint32_t *to, uint64_t mask, uint32_t value)
{
	unsigned i;

	if (mask == UINT64_MAX) {
		for (i = 0; i < 64; i++)
			to[i] = value;
		return;
	}
	for (; mask != 0; mask &= mask - 1)
		to[__builtin_ctzll(mask)] = value;
}

#endif
