/*
 * k_bfs_push.h - arcs of a frontier's rows, many of them, without branches
 *
 * Whether an end is new cannot be predicted: ends are put down in any case and
 * counted if they are new.  What is put down is marked later, when the
 * parents' cache lines have arrived.  An end that is put down twice gets the
 * later parent; both are in the frontier.
 *   marks[]    bitmap of vertices, the caller's own: 1 is not new.  In and out
 *   parents[]  by vertex; NULL: not wanted.  Others may write them as well
 *              (relaxed atomic): they name the same level
 * Pure: no allocation, no globals, no errors.
 */
#ifndef K_BFS_PUSH_H
#define K_BFS_PUSH_H

#include <stdint.h>

#define K_BFS_FOUND 512

struct k_bfs_push {
	uint64_t *marks;
	uint32_t *parents;
	uint32_t n;                      /* 0 at first */
	uint64_t found[K_BFS_FOUND + 1]; /* parent << 32 | vertex */
};

void k_bfs_push(struct k_bfs_push *p, uint32_t parent, const uint32_t *ends,
    uint64_t n);
/* What was put down. */
void k_bfs_push_end(struct k_bfs_push *p);

#endif
