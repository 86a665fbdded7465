/*
 * pagerank_order.c - the order of PageRank's rows: a counting sort by degree
 *
 * Vertices are cut into chunks; each chunk counts its vertices of each bin, and
 * then knows where they go.  The sort is stable, so chunks leave no trace.
 */
#include "config.h"

#include "src/pagerank_order.h"

#include <inttypes.h>
#include <string.h>

#include "common/huge.h"

/* A bin for each degree, then 64 for each power of two: among hubs the exact
 * order does not matter. */
#define EXACT_BITS 10
#define STEP_BITS 6
#define N_BINS ((1 << EXACT_BITS) + ((32 - EXACT_BITS) << STEP_BITS))
#define SINKS N_BINS
#define ALONE (N_BINS + 1)
#define N_COUNTS (N_BINS + 2)

/* Chunks are at least so large: their counts cost time, too. */
#define MIN_CHUNK (UINT64_C(1) << 12)

struct order {
	const struct ocr_graph *g;
	struct ocr_rank_rows *r;
	uint32_t *vertices;
	uint64_t n_chunks, chunk;
	uint32_t *counts; /* of each chunk; then where its vertices go */
};

static unsigned
degree_bin(uint64_t degree)
{
	unsigned top, step;

	if (degree < 1 << EXACT_BITS)
		return (unsigned)degree;
	top = 63 - (unsigned)__builtin_clzll(degree);
	step = (unsigned)(degree >> (top - STEP_BITS)) & ((1 << STEP_BITS) - 1);
	return (1 << EXACT_BITS) + ((top - EXACT_BITS) << STEP_BITS) + step;
}

static unsigned
vertex_bin(const struct ocr_graph *g, uint64_t v)
{
	uint64_t degree = ocr_graph_degree(&g->out, v);

	if (degree > 0)
		return degree_bin(degree);
	return ocr_graph_degree(&g->in, v) > 0 ? SINKS : ALONE;
}

static uint64_t
chunk_end(const struct order *o, uint64_t i)
{
	return i + 1 < o->n_chunks ? (i + 1) * o->chunk : o->g->n;
}

static int
count_chunks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;

	(void)thread;
	for (uint64_t i = start; i < end; i++) {
		uint32_t *counts = o->counts + i * N_COUNTS;

		for (uint64_t v = i * o->chunk; v < chunk_end(o, i); v++) {
			if (ocr_graph_degree(&o->g->out, v) > UINT32_MAX)
				return ocr_err_set(err, -OCR_ELIMIT,
				    "pagerank: vertex %" PRIu64
				    " has more than 2^32 - 1 arcs",
				    ocr_graph_id(o->g, v));
			counts[vertex_bin(o->g, v)]++;
		}
	}
	return 0;
}

/* Counts to first rows; bins in order, chunks in order in each. */
static void
add_up(struct order *o)
{
	struct ocr_rank_rows *r = o->r;
	uint64_t sum = 0;

	for (unsigned b = 0; b < N_COUNTS; b++) {
		if (b == SINKS)
			r->n_live = sum;
		if (b == ALONE)
			r->n_rows = sum;
		for (uint64_t i = 0; i < o->n_chunks; i++) {
			uint32_t *count = &o->counts[i * N_COUNTS + b];
			uint32_t n = *count;

			*count = (uint32_t)sum;
			sum += n;
		}
	}
	r->n_alone = r->n - r->n_rows;
}

static int
place_chunks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;

	(void)thread;
	(void)err;
	for (uint64_t i = start; i < end; i++) {
		uint32_t *next = o->counts + i * N_COUNTS;

		for (uint64_t v = i * o->chunk; v < chunk_end(o, i); v++) {
			unsigned b = vertex_bin(o->g, v);

			o->r->rows[v] = OCR_NO_VERTEX;
			if (b == ALONE)
				continue;
			o->vertices[next[b]] = (uint32_t)v;
			o->r->rows[v] = next[b]++;
		}
	}
	return 0;
}

int
ocr_rank_order(struct ocr_rank_rows *r, uint32_t *vertices,
    const struct ocr_graph *g, struct ocr_crew *crew, struct ocr_err *err)
{
	struct order o = {.g = g, .r = r, .vertices = vertices};
	size_t bytes;
	int rc;

	r->n = g->n;
	o.n_chunks = g->n / MIN_CHUNK + 1;
	if (o.n_chunks > 4 * (uint64_t)crew->n_threads)
		o.n_chunks = 4 * (uint64_t)crew->n_threads;
	o.chunk = g->n / o.n_chunks;
	bytes = (size_t)o.n_chunks * N_COUNTS * sizeof(*o.counts);
	o.counts = ocr_huge_alloc(bytes, "degrees of vertices", err);
	if (o.counts == NULL)
		return -OCR_ENOMEM;
	rc = ocr_crew_each(crew, o.n_chunks, 1, count_chunks, &o, err);
	if (rc < 0)
		goto out;
	add_up(&o);
	rc = ocr_crew_each(crew, o.n_chunks, 1, place_chunks, &o, err);
out:
	ocr_huge_free(o.counts, bytes);
	return rc;
}
