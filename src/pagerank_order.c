/*
 * pagerank_order.c - the order of PageRank's rows: a counting sort
 *
 * Vertices are cut into chunks; each chunk counts its vertices of each bin, and
 * then knows where they go.  The sort is stable, so chunks leave no trace.
 */
#include "config.h"

#include "src/pagerank_order.h"

#include <inttypes.h>
#include <string.h>

#include "common/huge.h"

/* Undirected: a bin for each degree, then 64 for each power of two: among hubs
 * the exact order does not matter. */
#define EXACT_BITS 10
#define STEP_BITS 6
/* Directed: 32 powers of two of the out-degree, and in each of them 16 bins of
 * short rows, then 8 for each power of two: rows of one length after another
 * are summed up without wrong guesses at their ends. */
#define ROW_EXACT_BITS 4
#define ROW_STEP_BITS 3
#define N_BINS(exact, step) ((1 << (exact)) + ((32 - (exact)) << (step)))
#define N_ROW_BINS N_BINS(ROW_EXACT_BITS, ROW_STEP_BITS)
#define SINKS (32 * N_ROW_BINS)
#define ALONE (SINKS + 1)
#define N_COUNTS (SINKS + 2)

_Static_assert(N_BINS(EXACT_BITS, STEP_BITS) <= SINKS, "bins of degrees");

/* As many of 8 arcs have to go one way. */
#define MOST_ARCS 7

/* Chunks are at least so large: their counts cost time, too. */
#define MIN_CHUNK (UINT64_C(1) << 12)

struct order {
	const struct ocr_graph *g;
	struct ocr_rank_rows *r;
	uint32_t *vertices;
	uint64_t n_chunks, chunk;
	uint32_t *counts;   /* of each chunk; then where its vertices go */
	uint64_t *n_upward; /* of each chunk: arcs to higher numbers */
	bool is_downward;   /* vertices are taken from the last to the first */
};

static uint64_t
chunk_end(const struct order *o, uint64_t i)
{
	return i + 1 < o->n_chunks ? (i + 1) * o->chunk : o->g->n;
}

static int
count_upward(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;
	const struct ocr_rows *out = &o->g->out;

	(void)thread;
	(void)err;
	for (uint64_t i = start; i < end; i++) {
		uint64_t n = 0;

		for (uint64_t v = i * o->chunk; v < chunk_end(o, i); v++)
			for (uint64_t k = out->offsets[v];
			     k < out->offsets[v + 1]; k++)
				n += out->ends[k] > v;
		o->n_upward[i] = n;
	}
	return 0;
}

/* Who cites has the higher number in one graph, the lower one in another. */
static int
find_way(struct order *o, struct ocr_crew *crew, struct ocr_err *err)
{
	uint64_t n = 0, all = o->g->n_arcs;
	int rc;

	if (!o->g->is_directed)
		return 0;
	rc = ocr_crew_each(crew, o->n_chunks, 1, count_upward, o, err);
	for (uint64_t i = 0; i < o->n_chunks; i++)
		n += o->n_upward[i];
	o->is_downward =
	    !o->g->is_in_id_order && 8 * n <= (8 - MOST_ARCS) * all;
	o->r->is_along = o->is_downward || 8 * n >= MOST_ARCS * all;
	return rc;
}

static unsigned
degree_bin(uint64_t degree, unsigned exact_bits, unsigned step_bits)
{
	unsigned top, step;

	if (degree < UINT64_C(1) << exact_bits)
		return (unsigned)degree;
	if (degree > UINT32_MAX)
		degree = UINT32_MAX;
	top = 63 - (unsigned)__builtin_clzll(degree);
	step =
	    (unsigned)(degree >> (top - step_bits)) & ((1U << step_bits) - 1);
	return (1U << exact_bits) + ((top - exact_bits) << step_bits) + step;
}

/* The bin of the i-th vertex, which is *v. */
static unsigned
vertex_bin(const struct order *o, uint64_t i, uint64_t *v)
{
	const struct ocr_graph *g = o->g;
	uint64_t degree, row;

	*v = o->is_downward ? g->n - 1 - i : i;
	degree = ocr_graph_degree(&g->out, *v);
	row = ocr_graph_degree(&g->in, *v);
	if (degree == 0)
		return row > 0 ? SINKS : ALONE;
	if (o->r->is_along || g->is_in_id_order)
		return 0;
	if (!g->is_directed)
		return degree_bin(degree, EXACT_BITS, STEP_BITS);
	return (31 - (unsigned)__builtin_clz((uint32_t)degree | 1)) *
		   N_ROW_BINS +
	       degree_bin(row, ROW_EXACT_BITS, ROW_STEP_BITS);
}

static int
count_chunks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;
	uint64_t v;

	(void)thread;
	for (uint64_t i = start; i < end; i++) {
		uint32_t *counts = o->counts + i * N_COUNTS;

		for (uint64_t k = i * o->chunk; k < chunk_end(o, i); k++) {
			counts[vertex_bin(o, k, &v)]++;
			if (ocr_graph_degree(&o->g->out, v) > UINT32_MAX)
				return ocr_err_set(err, -OCR_ELIMIT,
				    "pagerank: vertex %" PRIu64
				    " has more than 2^32 - 1 arcs",
				    ocr_graph_id(o->g, v));
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
	uint64_t v;

	(void)thread;
	(void)err;
	for (uint64_t i = start; i < end; i++) {
		uint32_t *next = o->counts + i * N_COUNTS;

		for (uint64_t k = i * o->chunk; k < chunk_end(o, i); k++) {
			unsigned b = vertex_bin(o, k, &v);

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
	size_t counts, upward;
	int rc = -OCR_ENOMEM;

	r->n = g->n;
	o.n_chunks = g->n / MIN_CHUNK + 1;
	if (o.n_chunks > 4 * (uint64_t)crew->n_threads)
		o.n_chunks = 4 * (uint64_t)crew->n_threads;
	o.chunk = g->n / o.n_chunks;
	counts = (size_t)o.n_chunks * N_COUNTS * sizeof(*o.counts);
	upward = (size_t)o.n_chunks * sizeof(*o.n_upward);
	o.counts = ocr_huge_alloc(counts, "degrees of vertices", err);
	o.n_upward = ocr_huge_alloc(upward, "ways of arcs", err);
	if (o.counts == NULL || o.n_upward == NULL)
		goto out;
	rc = find_way(&o, crew, err);
	if (rc == 0)
		rc = ocr_crew_each(crew, o.n_chunks, 1, count_chunks, &o, err);
	if (rc < 0)
		goto out;
	add_up(&o);
	rc = ocr_crew_each(crew, o.n_chunks, 1, place_chunks, &o, err);
out:
	ocr_huge_free(o.counts, counts);
	ocr_huge_free(o.n_upward, upward);
	return rc;
}
