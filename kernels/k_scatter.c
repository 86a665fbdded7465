/*
 * k_scatter.c - push: rows of vertices with news, to the slots they reach
 */
#include "kernels/k_graph.h"
#include "kernels/k_range.h"

/* Arcs that are fetched together. */
#define BURST 64U

struct graph {
	uint32_t program;
	const uint64_t *offsets;
	const uint32_t *ends, *extra;
	const uint32_t *values;
	uint32_t *slots;
};

/* A burst of a row of v, on the chip. */
struct burst {
	uint32_t ends[BURST], extra[BURST];
	uint32_t n;
};

static void
load(const struct graph *g, uint64_t at, uint64_t end, struct burst *b)
{
	uint32_t i;

	b->n = end - at < BURST ? (uint32_t)(end - at) : BURST;
fetch:
	for (i = 0; i < b->n; i++) {
#pragma HLS PIPELINE II = 1
		b->ends[i] = g->ends[at + i];
		b->extra[i] = g->program == K_GRAPH_BFS ? 0 : g->extra[at + i];
	}
}

static uint32_t
add_distance(uint32_t a, uint32_t b)
{
	uint32_t sum = a + b;

	return sum < a || sum == K_GRAPH_NONE ? K_GRAPH_NONE - 1 : sum;
}

static void
store(const struct graph *g, const struct burst *b, uint32_t v, uint32_t value)
{
	uint32_t i, d;

put:
	for (i = 0; i < b->n; i++) {
#pragma HLS PIPELINE II = 1
		switch (g->program) {
		case K_GRAPH_BFS:
			g->slots[b->ends[i]] = v;
			break;
		case K_GRAPH_SSSP:
			d = add_distance(value, b->extra[i]);
			if (d < g->slots[b->ends[i]])
				g->slots[b->ends[i]] = d;
			break;
		default:
			g->slots[b->extra[i]] = value;
		}
	}
}

static void
scatter_row(const struct graph *g, uint32_t v)
{
	uint64_t at = g->offsets[v], end = g->offsets[v + 1];
	uint32_t value = g->program == K_GRAPH_BFS ? 0 : g->values[v];
	struct burst b;

row:
	for (; at < end; at += BURST) {
#pragma HLS DATAFLOW
		load(g, at, end, &b);
		store(g, &b, v, value);
	}
}

void
k_scatter(volatile uint32_t *start, volatile uint32_t *end,
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
				scatter_row(&g, v);
		}
	}
}
