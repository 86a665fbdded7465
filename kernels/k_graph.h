/*
 * k_graph.h - one level or iteration of a graph program, for a compute unit
 *
 * k_scatter is push: it goes through the rows of vertices that have news and
 * writes to the slots of those they reach.  k_gather is pull: it goes through
 * the rows of vertices that want news, looks at those who reach them, and writes
 * to their own slots.  Both write to fixed slots alone and read nothing that
 * other units write, so items that are done twice do no harm.
 *
 * An item is K_GRAPH_BLOCK vertices (a word of a bitmap, 8 lines of 8
 * vertices).  start, end and ack are the words of common/card.h: the host may
 * lower the end while the kernel runs, the kernel answers where it agreed to end.
 *
 *			    k_scatter                  k_gather
 *   rows                   out-arcs                   in-arcs
 *   active                 who has news               who wants news
 *   BFS       values       -                          bitmap of the frontier,
 *                                                     32 vertices a word
 *             extra        -                          -
 *             slots        by vertex: a parent        by vertex: a parent, or
 *                                                     K_GRAPH_NONE
 *   SSSP      values       distances by vertex        distances by vertex
 *             extra        weights by arc             weights by arc
 *             slots        by vertex: lowered         by vertex: its distance,
 *                          where an arc is shorter    lowered or not
 *   PageRank  values       what each arc of a         what each arc of a
 *                          vertex carries, a float    vertex carries, a float
 *             extra        the slot of each arc       -
 *             slots        by arc                     by vertex: the sum, a float
 *
 * Distances are at most K_GRAPH_NONE - 1: sums beyond stay there, and tell the
 * host to use wider numbers.  K_GRAPH_NONE: not reached.
 *
 * Registers as in k_plain.h: start 0x10, end 0x18, ack 0x20, program 0x28,
 * n 0x30, then offsets, ends, extra, active, values, slots, 64 bits each.
 * Ports: rows on gmem0 (streamed), values on gmem1 (random), slots on gmem2.
 *
 * Estimate, not synthesised: an arc a cycle while a row is streamed; random
 * reads of values bound k_gather, random writes k_scatter (SSSP reads first):
 * 16 to 32 in flight on HBM or DDR4 give 100 to 200 million arcs a second at
 * 300 MHz.
 */
#ifndef K_GRAPH_H
#define K_GRAPH_H

#include <stdint.h>

#define K_GRAPH_BLOCK 64
#define K_GRAPH_NONE UINT32_MAX

#define K_GRAPH_BFS 0
#define K_GRAPH_SSSP 1
#define K_GRAPH_PAGERANK 2

/*
 * n vertices; offsets n + 1; active (n + 63) / 64 words; others as above, NULL
 * where there is a dash.  Items [*start, *end), *end at most the number of
 * blocks.  Pure but for the words; any thread.
 */
void k_scatter(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t program, uint32_t n,
    const uint64_t *offsets, const uint32_t *ends, const uint32_t *extra,
    const uint64_t *active, const uint32_t *values, uint32_t *slots);

void k_gather(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t program, uint32_t n,
    const uint64_t *offsets, const uint32_t *ends, const uint32_t *extra,
    const uint64_t *active, const uint32_t *values, uint32_t *slots);

#endif
