/*
 * k_bfs_row.h - rows that are read later; for k_bfs_pull's variants alone
 *
 * A row is two misses of the cache, its offset and its ends.  Of a batch of
 * them the offsets are prefetched as they are put in, the ends some rows ahead.
 */
#ifndef K_BFS_ROW_H
#define K_BFS_ROW_H

#include "kernels/k_bfs_pull.h"

#define K_BFS_BATCH 128
#define K_BFS_AHEAD 12

struct k_bfs_batch {
	uint32_t n;
	uint32_t rows[K_BFS_BATCH];
};

static inline uint32_t
k_bfs_has(const uint64_t *bits, uint32_t v)
{
	return (uint32_t)(bits[v / 64] >> v % 64) & 1;
}

/* Behind the first end, which was asked already. */
static inline uint64_t
k_bfs_row(const struct k_bfs_pull *p, uint32_t v)
{
	uint64_t i = p->offsets[v] + 1, end = p->offsets[v + 1];

	while (i < end && !k_bfs_has(p->frontier, p->ends[i]))
		i++;
	if (i >= end)
		return 0;
	p->next[v / 64] |= (uint64_t)1 << v % 64;
	p->visited[v / 64] |= (uint64_t)1 << v % 64;
	if (p->parents != NULL)
		p->parents[v] = p->ends[i];
	return 1;
}

static inline uint64_t
k_bfs_batch_read(const struct k_bfs_pull *p, struct k_bfs_batch *b)
{
	uint64_t n_found = 0;
	uint32_t i;

	for (i = 0; i < b->n + K_BFS_AHEAD; i++) {
		if (i < b->n)
			__builtin_prefetch(
			    p->ends + p->offsets[b->rows[i]] + 1);
		if (i >= K_BFS_AHEAD)
			n_found += k_bfs_row(p, b->rows[i - K_BFS_AHEAD]);
	}
	b->n = 0;
	return n_found;
}

/* Vertices of a block that no first end has answered. */
static inline uint64_t
k_bfs_batch_add(const struct k_bfs_pull *p, struct k_bfs_batch *b,
    uint32_t first, uint64_t mask)
{
	uint64_t n_found = 0;

	for (; mask != 0; mask &= mask - 1) {
		uint32_t v = first + (uint32_t)__builtin_ctzll(mask);

		__builtin_prefetch(p->offsets + v);
		b->rows[b->n++] = v;
		if (b->n == K_BFS_BATCH)
			n_found += k_bfs_batch_read(p, b);
	}
	return n_found;
}

/* First ends, one by one; returns who was answered. */
static inline uint64_t
k_bfs_first_plain(const struct k_bfs_pull *p, uint32_t first, uint64_t open)
{
	uint64_t found = 0;

	for (; open != 0; open &= open - 1) {
		unsigned i = (unsigned)__builtin_ctzll(open);
		uint32_t end = p->first[first + i];

		if (end == K_BFS_NONE || !k_bfs_has(p->frontier, end))
			continue;
		found |= (uint64_t)1 << i;
		if (p->parents != NULL)
			p->parents[first + i] = end;
	}
	return found;
}

#endif
