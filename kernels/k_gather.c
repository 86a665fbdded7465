/*
 * k_gather.c - pull: rows of vertices that want news, into their own slots
 */
#include "kernels/k_graph.h"

#include <string.h>

#include "kernels/k_range.h"

/* Arcs that are fetched together, and sums that are kept apart: a float adder
 * takes several cycles. */
#define BURST 64U
#define LANES 8

struct graph {
	uint32_t program;
	const uint64_t *offsets;
	const uint32_t *ends, *extra;
	const uint32_t *values;
	uint32_t *slots;
};

/* What a row has come to. */
struct state {
	uint32_t best;
	int is_done;
	float sums[LANES];
};

struct burst {
	uint32_t ends[BURST], values[BURST];
	uint32_t n;
};

/* The values that a burst of arcs reads: those are far apart. */
static void
load(const struct graph *g, uint64_t at, uint64_t end, struct burst *b)
{
	uint32_t i, e;

	b->n = end - at < BURST ? (uint32_t)(end - at) : BURST;
fetch:
	for (i = 0; i < b->n; i++) {
#pragma HLS PIPELINE II = 1
		e = g->ends[at + i];
		b->ends[i] = e;
		b->values[i] = g->program == K_GRAPH_BFS
				   ? g->values[e >> 5] >> (e & 31) & 1
				   : g->values[e];
	}
}

static void
take(const struct graph *g, const struct burst *b, uint64_t at, struct state *s)
{
	uint32_t i, d;
	float x;

reduce:
	for (i = 0; i < b->n; i++) {
#pragma HLS PIPELINE II = 1
		switch (g->program) {
		case K_GRAPH_BFS:
			if (b->values[i] && !s->is_done) {
				s->best = b->ends[i];
				s->is_done = 1;
			}
			break;
		case K_GRAPH_SSSP:
			d = b->values[i] + g->extra[at + i];
			if (b->values[i] == K_GRAPH_NONE)
				break;
			if (d < b->values[i] || d == K_GRAPH_NONE)
				d = K_GRAPH_NONE - 1;
			if (d < s->best)
				s->best = d;
			break;
		default:
			memcpy(&x, &b->values[i], sizeof(x));
			s->sums[i % LANES] += x;
		}
	}
}

static uint32_t
gather_row(const struct graph *g, uint32_t v)
{
	uint64_t at = g->offsets[v], end = g->offsets[v + 1];
	struct state s = {.best = K_GRAPH_NONE};
	struct burst b;
	uint32_t i, bits;

	if (g->program == K_GRAPH_SSSP)
		s.best = g->values[v];
row:
	for (; at < end && !s.is_done; at += BURST) {
		load(g, at, end, &b);
		take(g, &b, at, &s);
	}
	if (g->program != K_GRAPH_PAGERANK)
		return s.best;
lanes:
	for (i = 1; i < LANES; i++)
		s.sums[0] += s.sums[i];
	memcpy(&bits, &s.sums[0], sizeof(bits));
	return bits;
}

void
k_gather(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t program, uint32_t n,
    const uint64_t *offsets, const uint32_t *ends, const uint32_t *extra,
    const uint64_t *active, const uint32_t *values, uint32_t *slots)
{
#pragma HLS INTERFACE m_axi port = offsets bundle = gmem0 offset = slave
#pragma HLS INTERFACE m_axi port = ends bundle = gmem0 offset = slave
#pragma HLS INTERFACE m_axi port = extra bundle = gmem0 offset = slave
#pragma HLS INTERFACE m_axi port = active bundle = gmem1 offset = slave
#pragma HLS INTERFACE m_axi port = values bundle = gmem1 offset = slave
#pragma HLS INTERFACE m_axi port = slots bundle = gmem2 offset = slave
#pragma HLS INTERFACE s_axilite port = start bundle = control
#pragma HLS INTERFACE s_axilite port = end bundle = control
#pragma HLS INTERFACE s_axilite port = ack bundle = control
#pragma HLS INTERFACE s_axilite port = program bundle = control
#pragma HLS INTERFACE s_axilite port = n bundle = control
#pragma HLS INTERFACE s_axilite port = offsets bundle = control
#pragma HLS INTERFACE s_axilite port = ends bundle = control
#pragma HLS INTERFACE s_axilite port = extra bundle = control
#pragma HLS INTERFACE s_axilite port = active bundle = control
#pragma HLS INTERFACE s_axilite port = values bundle = control
#pragma HLS INTERFACE s_axilite port = slots bundle = control
#pragma HLS INTERFACE s_axilite port = return bundle = control
	struct graph g = {program, offsets, ends, extra, values, slots};
	struct k_range r = {.start = start, .end = end, .ack = ack};
	uint32_t bit, v;
	uint64_t word;

items:
	for (k_range_begin(&r); k_range_goes_on(&r); k_range_next(&r)) {
		word = active[r.i];
	block:
		for (bit = 0; bit < K_GRAPH_BLOCK; bit++) {
			v = r.i * K_GRAPH_BLOCK + bit;
			if ((word >> bit & 1) && v < n)
				g.slots[v] = gather_row(&g, v);
		}
	}
}
