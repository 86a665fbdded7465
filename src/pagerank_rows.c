/*
 * pagerank_rows.c - PageRank's own layout of a graph
 */
#include "config.h"

#include "src/pagerank_rows.h"

#include <stdatomic.h>
#include <string.h>

#include "common/huge.h"
#include "src/graph_rest.h"
#include "src/pagerank_in.h"
#include "src/pagerank_order.h"

/* Rows are swept in blocks, of which a piece has this many. */
#define BLOCK ((uint64_t)4096)
#define ROW_WORK 2 /* a row costs as much as so many arcs */
/* Rows are filled by blocks of vertices. */
#define GRAIN 16
#define SLICES 16

struct fill {
	struct ocr_rank_rows *r;
	const struct ocr_graph *g;
	const struct ocr_rows *in;
	const uint32_t *vertices;
	uint64_t first; /* block of vertices of the slice */
};

static uint64_t
n_blocks(const struct ocr_rank_rows *r)
{
	return (r->n_rows + BLOCK - 1) / BLOCK;
}

static uint64_t
block_end(const struct ocr_rank_rows *r, uint64_t block)
{
	return r->n_rows - block * BLOCK > BLOCK ? (block + 1) * BLOCK
						 : r->n_rows;
}

/* offsets[i + 1]: from the start of the block. */
static int
count_arcs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct fill *f = arg;
	struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t b = start; b < end; b++) {
		uint64_t sum = 0;

		for (uint64_t i = b * BLOCK; i < block_end(r, b); i++) {
			uint64_t v = f->vertices[i], degree;

			sum += ocr_graph_degree(f->in, v);
			r->offsets[i + 1] = sum;
			degree = ocr_graph_degree(&f->g->out, v);
			if (r->degrees != NULL)
				r->degrees[i] =
				    degree > 0 ? (uint32_t)degree : 1;
		}
	}
	return 0;
}

/* Blocks' starts, which the first offsets hold until the others are done. */
static int
add_starts(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct fill *f = arg;
	struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t b = start; b < end; b++) {
		uint64_t from = r->offsets[b * BLOCK];

		for (uint64_t i = b * BLOCK; i + 1 < block_end(r, b); i++)
			r->offsets[i + 1] += from;
	}
	return 0;
}

static int
make_offsets(struct fill *f, struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_rank_rows *r = f->r;
	uint64_t b;
	int rc;

	rc = ocr_crew_each(crew, n_blocks(r), 1, count_arcs, f, err);
	if (rc < 0)
		return rc;
	for (b = 1; b < n_blocks(r); b++)
		r->offsets[(b + 1) * BLOCK > r->n_rows ? r->n_rows
						       : (b + 1) * BLOCK] +=
		    r->offsets[b * BLOCK];
	r->n_arcs = r->offsets[r->n_rows];
	return ocr_crew_each(crew, n_blocks(r), 1, add_starts, f, err);
}

static uint64_t
work_before(const struct ocr_rank_rows *r, uint64_t i)
{
	return r->offsets[i] + ROW_WORK * i;
}

/* Cut rows [start, end) into n units.  Some are empty where rows are long. */
static void
cut(struct ocr_rank_rows *r, uint64_t start, uint64_t end, uint64_t *units,
    uint64_t n)
{
	uint64_t from = work_before(r, start), row = start;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t low = row, high = end;

		while (low < high) {
			uint64_t middle = low + (high - low) / 2;

			if (work_before(r, middle) - from < i * OCR_RANK_UNIT)
				low = middle + 1;
			else
				high = middle;
		}
		units[i] = row = low;
	}
	units[n] = end;
}

static uint64_t
count_units(const struct ocr_rank_rows *r, uint64_t start, uint64_t end)
{
	uint64_t work = work_before(r, end) - work_before(r, start);

	return (work + OCR_RANK_UNIT - 1) / OCR_RANK_UNIT;
}

static int
make_units(struct ocr_rank_rows *r, struct ocr_err *err)
{
	uint64_t n_sinks = count_units(r, r->n_live, r->n_rows);

	r->n_live_units = count_units(r, 0, r->n_live);
	r->n_units = r->n_live_units + n_sinks;
	r->units = ocr_huge_alloc((size_t)(r->n_units + 1) * sizeof(*r->units),
	    "units of rows", err);
	if (r->units == NULL)
		return -OCR_ENOMEM;
	cut(r, 0, r->n_live, r->units, r->n_live_units);
	cut(r, r->n_live, r->n_rows, r->units + r->n_live_units, n_sinks);
	return 0;
}

/* By vertex, in the order in which the graph is in its file. */
static int
fill_rows(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct fill *f = arg;
	const struct ocr_rank_rows *r = f->r;
	const struct ocr_rows *in = f->in;
	uint64_t v = (f->first + start) * OCR_GRAPH_BLOCK,
		 last = (f->first + end) * OCR_GRAPH_BLOCK;

	(void)thread;
	(void)err;
	for (; v < last && v < r->n; v++) {
		uint32_t *to;

		if (r->rows[v] == OCR_NO_VERTEX)
			continue;
		to = r->ends + r->offsets[r->rows[v]];
		for (uint64_t k = in->offsets[v]; k < in->offsets[v + 1]; k++)
			*to++ = r->rows[in->ends[k]];
	}
	return 0;
}

/* What has been read of the graph need not be in memory beside the rows. */
static int
fill_slices(struct fill *f, struct ocr_crew *crew, struct ocr_err *err)
{
	uint64_t n_blocks = ocr_graph_n_blocks(f->g), n;
	uint64_t most = n_blocks / SLICES + 1;
	int rc = 0;

	ocr_graph_rest(f->g);
	for (f->first = 0; f->first < n_blocks && rc == 0; f->first += most) {
		n = n_blocks - f->first < most ? n_blocks - f->first : most;
		rc = ocr_crew_each(crew, n, GRAIN, fill_rows, f, err);
		ocr_graph_rest(f->g);
	}
	return rc;
}

/* From the rows of the sinks. */
static int
count_to_sinks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct fill *f = arg;
	struct ocr_rank_rows *r = f->r;
	const uint64_t *units = r->units + r->n_live_units;
	uint64_t stop = r->offsets[units[end]];

	(void)thread;
	(void)err;
	for (uint64_t k = r->offsets[units[start]]; k < stop; k++)
		__atomic_fetch_add(&r->to_sinks[r->ends[k]], 1,
		    __ATOMIC_RELAXED);
	return 0;
}

static void *
array(uint64_t n, size_t size, const char *what, struct ocr_err *err)
{
	if (n > SIZE_MAX / size) {
		ocr_err_nomem(err);
		return NULL;
	}
	return ocr_huge_alloc((size_t)n * size, what, err);
}

static int
make_rows(struct fill *f, struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_rank_rows *r = f->r;
	int rc;

	r->offsets =
	    array(r->n_rows + 1, sizeof(*r->offsets), "offsets of rows", err);
	if (r->offsets == NULL)
		return -OCR_ENOMEM;
	if (f->g->is_directed) {
		r->degrees = array(r->n_rows, sizeof(*r->degrees),
		    "degrees of rows", err);
		if (r->degrees == NULL)
			return -OCR_ENOMEM;
	}
	rc = make_offsets(f, crew, err);
	if (rc == 0)
		rc = make_units(r, err);
	if (rc < 0)
		return rc;
	r->ends = array(r->n_arcs, sizeof(*r->ends), "rows of arcs", err);
	if (r->ends == NULL)
		return -OCR_ENOMEM;
	rc = fill_slices(f, crew, err);
	if (rc < 0 || r->n_rows == r->n_live)
		return rc;
	r->to_sinks =
	    array(r->n_live, sizeof(*r->to_sinks), "arcs to sinks", err);
	if (r->to_sinks == NULL)
		return -OCR_ENOMEM;
	return ocr_crew_each(crew, r->n_units - r->n_live_units, 1,
	    count_to_sinks, f, err);
}

int
ocr_rank_rows_init(struct ocr_rank_rows *r, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_graph whole;
	struct fill f = {.r = r, .g = &whole, .in = &whole.in};
	uint32_t *vertices;
	int rc = -OCR_ENOMEM;

	memset(r, 0, sizeof(*r));
	r->n = g->n;
	vertices = array(g->n, sizeof(*vertices), "order of rows", err);
	f.vertices = vertices;
	r->rows = array(g->n, sizeof(*r->rows), "rows of vertices", err);
	if (vertices == NULL || r->rows == NULL)
		goto out;
	rc = ocr_rank_in_init(&whole, g, err);
	if (rc == 0)
		rc = ocr_rank_order(r, vertices, &whole, crew, err);
	if (rc == 0)
		rc = make_rows(&f, crew, err);
	ocr_rank_in_release(&whole, g);
out:
	ocr_huge_free(vertices, (size_t)g->n * sizeof(*vertices));
	return rc;
}

void
ocr_rank_rows_release(struct ocr_rank_rows *r)
{
	ocr_huge_free(r->rows, (size_t)r->n * sizeof(*r->rows));
	ocr_huge_free(r->offsets,
	    (size_t)(r->n_rows + 1) * sizeof(*r->offsets));
	ocr_huge_free(r->degrees, (size_t)r->n_rows * sizeof(*r->degrees));
	ocr_huge_free(r->ends, (size_t)r->n_arcs * sizeof(*r->ends));
	ocr_huge_free(r->to_sinks, (size_t)r->n_live * sizeof(*r->to_sinks));
	ocr_huge_free(r->units, (size_t)(r->n_units + 1) * sizeof(*r->units));
	memset(r, 0, sizeof(*r));
}
