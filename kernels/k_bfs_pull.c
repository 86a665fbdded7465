/*
 * k_bfs_pull.c - one level of a search, by those that are not reached yet
 */
#include "kernels/k_bfs_pull.h"

#include <stddef.h>

#include "kernels/k_bfs_row.h"

uint64_t
k_bfs_pull(const struct k_bfs_pull *p, uint64_t start, uint64_t end)
{
	struct k_bfs_batch batch = {0};
	uint64_t w, n_found = 0;

	for (w = start; w < end; w++) {
		uint64_t open = ~p->visited[w], found = 0;
		uint32_t first = (uint32_t)(w * 64);

		if (p->absent != NULL && p->parents != NULL)
			k_bfs_put(p->parents + first, open | p->absent[w],
			    K_BFS_NONE);
		p->next[w] = 0;
		if (open == 0)
			continue;
		found = k_bfs_first_plain(p, first, open);
		p->next[w] = found;
		p->visited[w] |= found;
		n_found += (uint64_t)__builtin_popcountll(found);
		n_found += k_bfs_batch_add(p, &batch, first,
		    open & ~found & p->more[w]);
	}
	return n_found + k_bfs_batch_read(p, &batch);
}
