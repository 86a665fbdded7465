/*
 * graph_build_rows.c - from the source's arcs to rows, and from rows to the
 * rows of the other direction
 *
 * What is counted and filled is spread over all memory, so lines are asked for
 * some arcs ahead.
 */
#include "config.h"

#include "src/graph_build_rows.h"

#include <stdlib.h>
#include <string.h>

#include "src/graph_build_batch.h"
#include "src/graph_build_scan.h"

#define AHEAD 24 /* arcs; twice that for what must be there first */
#define IN_GRAIN 4096

/* What a thread adds up; a line of its own. */
struct sum {
	_Alignas(64) uint64_t n_arcs;
	uint64_t n_loops;
	uint64_t askew; /* 0 when every arc is there both ways */
};

struct pass {
	struct ocr_build *b;
	struct sum *sums;
};

/* How many arcs from i on are of the same vertex. */
static size_t
run(const struct ocr_batch *c, size_t i)
{
	size_t j = i + 1;

	while (j < c->n && c->from[j] == c->from[i])
		j++;
	return j - i;
}

static void
count_batch(const struct ocr_build *b, const struct ocr_batch *c,
    uint64_t *counts)
{
	size_t i, k;

	for (i = 0; i < c->n; i += k) {
		if (i + AHEAD < c->n)
			__builtin_prefetch(&counts[c->from[i + AHEAD]], 1);
		k = run(c, i);
		ocr_rows_add(&counts[c->from[i]], k, b->is_shared);
	}
	for (i = 0; b->adds_back && i < c->n; i++) {
		if (i + AHEAD < c->n)
			__builtin_prefetch(&counts[c->to[i + AHEAD]], 1);
		if (c->from[i] != c->to[i])
			ocr_rows_add(&counts[c->to[i]], 1, b->is_shared);
	}
}

static int
count_arcs(void *arg, unsigned thread, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	const struct pass *p = arg;
	struct ocr_build *b = p->b;
	struct sum *sum = &p->sums[thread];
	struct ocr_batch c;
	uint64_t n_loops = 0;
	int r = ocr_batch_translate(b, arcs, n, &c, err);
	size_t i;

	if (r < 0)
		return r;
	count_batch(b, &c, b->out.offsets.p);
	for (i = 0; i < c.n; i++)
		n_loops += c.from[i] == c.to[i];
	for (i = 0; b->is_checked && i < c.n; i++)
		sum->askew += ocr_batch_askew(c.from[i], c.to[i],
		    b->g->kind == OCR_EDGE_PLAIN ? 0 : c.weight[i]);
	sum->n_loops += n_loops;
	sum->n_arcs += b->adds_back ? 2 * c.n - n_loops : c.n;
	return 0;
}

/* Counts to ends; the sum. */
static uint64_t
add_up(uint64_t *counts, uint64_t n)
{
	uint64_t sum = 0, v;

	for (v = 0; v < n; v++) {
		sum += counts[v];
		counts[v] = sum;
	}
	counts[n] = sum;
	return sum;
}

static int
scan(struct pass *p, const char *phase,
    int (*batch)(void *, unsigned, const struct ocr_arc *, size_t,
	struct ocr_err *),
    struct ocr_err *err)
{
	struct ocr_build *b = p->b;
	struct ocr_scan s = {.s = b->s,
	    .crew = b->crew,
	    .phase = phase,
	    .batch = batch,
	    .arg = p};

	p->sums = aligned_alloc(_Alignof(struct sum),
	    b->crew->n_threads * sizeof(*p->sums));
	if (p->sums == NULL)
		return ocr_err_nomem(err);
	memset(p->sums, 0, b->crew->n_threads * sizeof(*p->sums));
	return ocr_scan_run(&s, err);
}

static struct sum
total(const struct pass *p)
{
	struct sum s = {0};
	unsigned i;

	for (i = 0; i < p->b->crew->n_threads; i++) {
		s.n_arcs += p->sums[i].n_arcs;
		s.n_loops += p->sums[i].n_loops;
		s.askew += p->sums[i].askew;
	}
	return s;
}

int
ocr_rows_count(struct ocr_build *b, struct ocr_err *err)
{
	struct pass p = {.b = b};
	struct sum sum;
	int r = ocr_graph_array_alloc(&b->out.offsets, b->g->n + 1,
	    sizeof(uint64_t), "offsets of rows", 0, err);

	if (r == 0)
		r = scan(&p, "counting edges", count_arcs, err);
	if (r < 0)
		goto out;
	sum = total(&p);
	b->n_loops = sum.n_loops;
	b->out.n_arcs = add_up(b->out.offsets.p, b->g->n);
	if (sum.askew != 0)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "said to be undirected, but not every edge is there both "
		    "ways: not symmetric");
out:
	free(p.sums);
	return r;
}

static int
alloc_rows(struct ocr_build *b, struct ocr_make *rows, struct ocr_err *err)
{
	int r = ocr_graph_array_alloc(&rows->ends, rows->n_arcs,
	    sizeof(uint32_t), "rows", b->need, err);

	if (r < 0 || b->g->kind == OCR_EDGE_PLAIN)
		return r;
	return ocr_graph_array_alloc(&rows->weights, rows->n_arcs,
	    ocr_graph_part_size(b->g, OCR_PART_OUT_WEIGHTS), "weights", b->need,
	    err);
}

static void
set_weight(const struct ocr_build *b, const struct ocr_make *rows, uint64_t at,
    uint64_t bits)
{
	if (b->g->kind == OCR_EDGE_INT)
		((uint32_t *)rows->weights.p)[at] = (uint32_t)bits;
	else if (b->g->kind == OCR_EDGE_REAL)
		((uint64_t *)rows->weights.p)[at] = bits;
}

/* Ask for the places of n arcs' next entries. */
static void
foresee(const struct ocr_make *rows, const uint32_t *v, size_t i, size_t n)
{
	uint64_t *offsets = rows->offsets.p, at;

	if (i + 2 * AHEAD < n)
		__builtin_prefetch(&offsets[v[i + 2 * AHEAD]], 1);
	if (i + AHEAD < n) {
		at = __atomic_load_n(&offsets[v[i + AHEAD]], __ATOMIC_RELAXED);
		if (at - 1 < rows->n_arcs)
			__builtin_prefetch((uint32_t *)rows->ends.p + at - 1,
			    1);
	}
}

/* The k arcs from i on into the row of their vertex.  A source that gives more
 * arcs than it gave first would go below the array, or into other rows. */
static int
fill_run(const struct ocr_build *b, const struct ocr_make *rows, uint32_t v,
    const uint32_t *ends, const uint64_t *weights, size_t k)
{
	uint64_t *offsets = rows->offsets.p, at;
	size_t i;

	at = ocr_rows_add(&offsets[v], -(uint64_t)k, b->is_shared) - k;
	if (at >= rows->n_arcs || k > rows->n_arcs - at)
		return -OCR_EFORMAT;
	memcpy((uint32_t *)rows->ends.p + at, ends, k * sizeof(*ends));
	for (i = 0; rows->weights.p != NULL && i < k; i++)
		set_weight(b, rows, at + i, weights[i]);
	return 0;
}

static int
fill_batch(struct ocr_build *b, const struct ocr_batch *c)
{
	size_t i, k;
	int r = 0;

	for (i = 0; r == 0 && i < c->n; i += k) {
		foresee(&b->out, c->from, i, c->n);
		k = run(c, i);
		r = fill_run(b, &b->out, c->from[i], &c->to[i], &c->weight[i],
		    k);
	}
	for (i = 0; b->adds_back && r == 0 && i < c->n; i++) {
		foresee(&b->out, c->to, i, c->n);
		if (c->from[i] != c->to[i])
			r = fill_run(b, &b->out, c->to[i], &c->from[i],
			    &c->weight[i], 1);
	}
	return r;
}

static int
changed(struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "other arcs than before: has the input changed?");
}

static int
fill_arcs(void *arg, unsigned thread, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	const struct pass *p = arg;
	struct sum *sum = &p->sums[thread];
	struct ocr_batch c;
	int r = ocr_batch_translate(p->b, arcs, n, &c, err);
	size_t i;

	if (r < 0)
		return r;
	if (fill_batch(p->b, &c) < 0)
		return changed(err);
	sum->n_arcs += p->b->adds_back ? 2 * c.n : c.n;
	for (i = 0; p->b->adds_back && i < c.n; i++)
		sum->n_arcs -= c.from[i] == c.to[i];
	return 0;
}

/* Nothing is read beyond the array if they ascend, whatever has changed. */
static bool
ascends(const uint64_t *offsets, uint64_t n)
{
	uint64_t v;

	for (v = 0; v < n && offsets[v] <= offsets[v + 1]; v++)
		continue;
	return v == n && offsets[0] == 0;
}

int
ocr_rows_fill(struct ocr_build *b, struct ocr_err *err)
{
	struct pass p = {.b = b};
	int r = alloc_rows(b, &b->out, err);

	if (r == 0)
		r = scan(&p, "filling rows", fill_arcs, err);
	if (r == 0 && (total(&p).n_arcs != b->out.n_arcs ||
			  !ascends(b->out.offsets.p, b->g->n)))
		r = changed(err);
	free(p.sums);
	return r;
}

static int
count_in(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_build *b = arg;
	const uint64_t *offsets = b->out.offsets.p;
	const uint32_t *ends = b->out.ends.p;
	uint64_t *counts = b->in.offsets.p, i;

	(void)thread;
	(void)err;
	for (i = offsets[start]; i < offsets[end]; i++) {
		if (i + AHEAD < offsets[end])
			__builtin_prefetch(&counts[ends[i + AHEAD]], 1);
		ocr_rows_add(&counts[ends[i]], 1, b->is_shared);
	}
	return 0;
}

int
ocr_rows_count_in(struct ocr_build *b, struct ocr_err *err)
{
	int r = ocr_graph_array_alloc(&b->in.offsets, b->g->n + 1,
	    sizeof(uint64_t), "offsets of rows", b->need, err);

	if (r == 0)
		r = ocr_crew_each_phase(b->crew, "counting in-edges", b->g->n,
		    IN_GRAIN, count_in, b, err);
	if (r == 0)
		b->in.n_arcs = add_up(b->in.offsets.p, b->g->n);
	return r;
}

static uint64_t
get_weight(const struct ocr_build *b, const struct ocr_make *rows, uint64_t at)
{
	if (b->g->kind == OCR_EDGE_INT)
		return ((const uint32_t *)rows->weights.p)[at];
	if (b->g->kind == OCR_EDGE_REAL)
		return ((const uint64_t *)rows->weights.p)[at];
	return 0;
}

static int
fill_in(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_build *b = arg;
	const uint64_t *offsets = b->out.offsets.p;
	const uint32_t *ends = b->out.ends.p;
	uint64_t *places = b->in.offsets.p, i, at;
	uint32_t *to = b->in.ends.p;

	(void)thread;
	(void)err;
	for (; start < end; start++)
		for (i = offsets[start]; i < offsets[start + 1]; i++) {
			foresee(&b->in, ends + i, 0, offsets[end] - i);
			at = ocr_rows_add(&places[ends[i]], UINT64_MAX,
				 b->is_shared) -
			     1;
			to[at] = (uint32_t)start;
			set_weight(b, &b->in, at, get_weight(b, &b->out, i));
		}
	return 0;
}

int
ocr_rows_fill_in(struct ocr_build *b, struct ocr_err *err)
{
	int r = alloc_rows(b, &b->in, err);

	return r < 0 ? r
		     : ocr_crew_each_phase(b->crew, "filling in-rows", b->g->n,
			   IN_GRAIN, fill_in, b, err);
}
