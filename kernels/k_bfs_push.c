/* k_bfs_push.c - arcs of a frontier's rows, many of them, without branches */
#include "kernels/k_bfs_push.h"

#include <stddef.h>

/* Lines of parents on the way. */
#define AHEAD 24

void
k_bfs_push_end(struct k_bfs_push *p)
{
	uint64_t *marks = p->marks;
	uint32_t *parents = p->parents;
	uint32_t i, v, n = p->n;

	for (i = 0; i < n; i++) {
		v = (uint32_t)p->found[i];
		marks[v / 64] |= (uint64_t)1 << v % 64;
	}
	for (i = 0; i < n && parents != NULL; i++) {
		if (i + AHEAD < n)
			__builtin_prefetch(
			    parents + (uint32_t)p->found[i + AHEAD], 1);
		__atomic_store_n(&parents[(uint32_t)p->found[i]],
		    (uint32_t)(p->found[i] >> 32), __ATOMIC_RELAXED);
	}
	p->n = 0;
}

void
k_bfs_push(struct k_bfs_push *p, uint32_t parent, const uint32_t *ends,
    uint64_t n)
{
	const uint64_t *marks = p->marks, from = (uint64_t)parent << 32;

	while (n > 0) {
		uint32_t n_found = p->n, i, v;
		uint32_t n_now = K_BFS_FOUND - n_found;

		n_now = n < n_now ? (uint32_t)n : n_now;
		for (i = 0; i < n_now; i++) {
			v = ends[i];
			p->found[n_found] = from | v;
			n_found += ~(uint32_t)(marks[v / 64] >> v % 64) & 1;
		}
		p->n = n_found;
		if (n_found == K_BFS_FOUND)
			k_bfs_push_end(p);
		ends += n_now;
		n -= n_now;
	}
}
