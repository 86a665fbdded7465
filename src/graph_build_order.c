/*
 * graph_build_order.c - the order within rows, and of several arcs between two
 * vertices only one
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/graph_build_rows.h"
#include "src/graph_build_sort.h"

/* Degrees below this are sorted by counting; of others there are few. */
#define SMALL_DEGREES 65536

struct hub {
	uint64_t degree;
	uint32_t v;
};

struct order {
	struct ocr_build *b;
	struct ocr_make *rows;
	struct ocr_graph_array rank, order;
	struct ocr_sort_scratch *scratch; /* of each thread */
};

static void
order_free(struct order *o)
{
	ocr_graph_array_free(&o->rank);
	ocr_graph_array_free(&o->order);
	free(o->scratch);
}

/* out.offsets are starts; in.offsets, if there, ends. */
static uint64_t
degree(const struct ocr_build *b, uint64_t v)
{
	const uint64_t *out = b->out.offsets.p, *in = b->in.offsets.p;
	uint64_t d = out[v + 1] - out[v];

	if (in != NULL)
		d += in[v] - (v > 0 ? in[v - 1] : 0);
	return d;
}

/* Many arcs first, then by number. */
static int
compare_hubs(const void *pa, const void *pb)
{
	const struct hub *a = pa, *b = pb;

	if (a->degree != b->degree)
		return a->degree > b->degree ? -1 : 1;
	return a->v < b->v ? -1 : 1;
}

/* at[d]: the first rank of degree d; returns how many have a higher one. */
static uint64_t
first_ranks(const struct ocr_build *b, uint32_t *at)
{
	uint64_t n_hubs = 0, sum, v, d;
	uint32_t c;

	for (v = 0; v < b->g->n; v++) {
		d = degree(b, v);
		if (d < SMALL_DEGREES)
			at[d]++;
		else
			n_hubs++;
	}
	for (sum = n_hubs, d = SMALL_DEGREES; d-- > 0; sum += c) {
		c = at[d];
		at[d] = (uint32_t)sum;
	}
	return n_hubs;
}

static void
give_ranks(const struct ocr_build *b, uint32_t *at, struct hub *hubs,
    uint32_t *rank, uint32_t *order)
{
	uint64_t n_hubs = 0, v, d;

	for (v = 0; v < b->g->n; v++) {
		d = degree(b, v);
		if (d < SMALL_DEGREES) {
			rank[v] = at[d]++;
			order[rank[v]] = (uint32_t)v;
		} else {
			hubs[n_hubs++] = (struct hub){d, (uint32_t)v};
		}
	}
	qsort(hubs, (size_t)n_hubs, sizeof(*hubs), compare_hubs);
	for (v = 0; v < n_hubs; v++) {
		order[v] = hubs[v].v;
		rank[hubs[v].v] = (uint32_t)v;
	}
}

static int
make_ranks(struct order *o, struct ocr_err *err)
{
	const struct ocr_build *b = o->b;
	struct ocr_graph_array hubs = {0};
	uint32_t *at = calloc(SMALL_DEGREES, sizeof(*at));
	uint64_t n_hubs;
	int r;

	if (at == NULL)
		return ocr_err_nomem(err);
	n_hubs = first_ranks(b, at);
	r = ocr_graph_array_alloc(&hubs, n_hubs, sizeof(struct hub),
	    "order of rows", b->need, err);
	if (r == 0)
		r = ocr_graph_array_alloc(&o->rank, b->g->n, sizeof(uint32_t),
		    "order of rows", b->need, err);
	if (r == 0)
		r = ocr_graph_array_alloc(&o->order, b->g->n, sizeof(uint32_t),
		    "order of rows", b->need, err);
	if (r == 0)
		give_ranks(b, at, hubs.p, o->rank.p, o->order.p);
	ocr_graph_array_free(&hubs);
	free(at);
	return r;
}

static struct ocr_sort_row
row_at(const struct ocr_build *b, const struct ocr_make *rows, uint64_t at)
{
	struct ocr_sort_row row = {.ends = (uint32_t *)rows->ends.p + at};

	if (b->g->kind == OCR_EDGE_INT)
		row.ints = (uint32_t *)rows->weights.p + at;
	if (b->g->kind == OCR_EDGE_REAL)
		row.reals = (double *)rows->weights.p + at;
	return row;
}

/* Ranks of the row that is sorted next are asked for meanwhile. */
#define AHEAD 64

static void
foresee(const struct order *o, uint64_t at, uint64_t end)
{
	const uint32_t *ends = o->rows->ends.p, *rank = o->rank.p;

	if (rank == NULL)
		return;
	if (end > at + AHEAD)
		end = at + AHEAD;
	for (; at < end; at++)
		__builtin_prefetch(&rank[ends[at]]);
}

static int
sort_rows(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;
	const uint64_t *offsets = o->rows->offsets.p;

	(void)err;
	for (; start < end; start++) {
		struct ocr_sort_row row = row_at(o->b, o->rows, offsets[start]);

		if (start + 1 < end)
			foresee(o, offsets[start + 1], offsets[start + 2]);
		ocr_sort_row(&row,
		    (size_t)(offsets[start + 1] - offsets[start]), o->b->g->n,
		    o->rank.p, o->order.p, &o->scratch[thread]);
	}
	return 0;
}

static int
sort_all(struct order *o, struct ocr_make *rows, const char *phase,
    struct ocr_err *err)
{
	o->rows = rows;
	return ocr_crew_each_phase(o->b->crew, phase, o->b->g->n,
	    OCR_GRAPH_BLOCK, sort_rows, o, err);
}

static int
alloc_scratch(struct order *o, struct ocr_err *err)
{
	o->scratch = calloc(o->b->crew->n_threads, sizeof(*o->scratch));
	return o->scratch == NULL ? ocr_err_nomem(err) : 0;
}

int
ocr_rows_sort(struct ocr_build *b, struct ocr_err *err)
{
	struct order o = {.b = b};
	bool has_in = b->in.offsets.p != NULL && !b->opt->has_no_in;
	int r = alloc_scratch(&o, err);

	if (r == 0 && !b->g->is_in_id_order) {
		ocr_crew_phase(b->crew, "ordering vertices", OCR_METER_ITEMS,
		    0);
		r = make_ranks(&o, err);
	}
	if (r == 0 && has_in)
		r = ocr_rows_fill_in(b, err);
	if (r == 0)
		r = sort_all(&o, &b->out, "sorting rows", err);
	if (r == 0 && has_in)
		r = sort_all(&o, &b->in, "sorting in-rows", err);
	order_free(&o);
	return r;
}

static void
move(const struct ocr_build *b, const struct ocr_sort_row *row, size_t to,
    size_t from, size_t n)
{
	memmove(row->ends + to, row->ends + from, n * sizeof(*row->ends));
	if (b->g->kind == OCR_EDGE_INT)
		memmove(row->ints + to, row->ints + from,
		    n * sizeof(*row->ints));
	if (b->g->kind == OCR_EDGE_REAL)
		memmove(row->reals + to, row->reals + from,
		    n * sizeof(*row->reals));
}

/* Rows are sorted by end and weight: of the same end only the first remains,
 * and at the end of the row OCR_NO_VERTEX. */
static int
drop_doubles(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct order *o = arg;
	const uint64_t *offsets = o->rows->offsets.p;
	uint64_t n_loops = 0;

	(void)thread;
	(void)err;
	for (; start < end; start++) {
		size_t len = (size_t)(offsets[start + 1] - offsets[start]);
		struct ocr_sort_row row = row_at(o->b, o->rows, offsets[start]);
		size_t i, n = 0;

		for (i = 0; i < len; i++) {
			if (n > 0 && row.ends[i] == row.ends[n - 1])
				continue;
			n_loops += row.ends[i] == start;
			move(o->b, &row, n++, i, 1);
		}
		for (i = n; i < len; i++)
			row.ends[i] = OCR_NO_VERTEX;
	}
	__atomic_fetch_add(&o->b->n_loops, n_loops, __ATOMIC_RELAXED);
	return 0;
}

/* How many of a row are left. */
static size_t
n_left(const uint32_t *ends, size_t len)
{
	size_t low = 0, middle;

	while (low < len) {
		middle = low + (len - low) / 2;
		if (ends[middle] == OCR_NO_VERTEX)
			len = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* What is left of all rows, to the front. */
static void
compact(struct ocr_build *b, struct ocr_make *rows)
{
	struct ocr_sort_row all = row_at(b, rows, 0);
	uint64_t *offsets = rows->offsets.p, to = 0, from = 0, v;

	for (v = 0; v < b->g->n; v++) {
		size_t len = (size_t)(offsets[v + 1] - from);
		size_t n = n_left(all.ends + from, len);

		move(b, &all, (size_t)to, (size_t)from, n);
		from = offsets[v + 1];
		offsets[v] = to;
		to += n;
	}
	offsets[b->g->n] = to;
	rows->n_arcs = to;
	ocr_graph_array_cut(&rows->ends, (size_t)to * sizeof(uint32_t));
	if (rows->weights.p != NULL)
		ocr_graph_array_cut(&rows->weights,
		    (size_t)to *
			ocr_graph_part_size(b->g, OCR_PART_OUT_WEIGHTS));
}

int
ocr_rows_simplify(struct ocr_build *b, struct ocr_err *err)
{
	struct order o = {.b = b}; /* no ranks: by number */
	int r = alloc_scratch(&o, err);

	if (r == 0)
		r = sort_all(&o, &b->out, "looking for doubles", err);
	b->n_loops = 0;
	if (r == 0)
		r = ocr_crew_each_phase(b->crew, "dropping doubles", b->g->n,
		    OCR_GRAPH_BLOCK, drop_doubles, &o, err);
	if (r == 0)
		compact(b, &b->out);
	order_free(&o);
	return r;
}
