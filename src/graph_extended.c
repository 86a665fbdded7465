/*
 * graph_extended.c - see graph_extended.h
 */
#include "config.h"

#include "src/graph_extended.h"

#include <string.h>

#include "src/graph_store.h"

#define BLOCKS 16 /* of vertices, whose rows are copied in one go */

struct arrays {
	uint64_t *offsets, *ids;
	uint32_t *ends, *first, *ints;
	double *reals;
};

struct extend {
	const struct ocr_graph *g;
	const struct ocr_added *a;
	const uint64_t *more;
	struct arrays to;
};

static void *
allocate(struct ocr_graph *x, enum ocr_graph_part part, struct ocr_err *err)
{
	struct ocr_graph_array *a = &x->store->own[part];
	uint64_t n = ocr_graph_part_items(x, part, false, true);

	if (ocr_graph_array_alloc(a, n, ocr_graph_part_size(x, part),
		"graph with added edges", 0, err) < 0)
		return NULL;
	ocr_graph_set_part(x, part, a->p);
	return a->p;
}

static int
allocate_all(struct ocr_graph *x, struct arrays *to, struct ocr_err *err)
{
	void *weights = NULL;

	to->offsets = allocate(x, OCR_PART_OUT_OFFSETS, err);
	if (to->offsets != NULL)
		to->ends = allocate(x, OCR_PART_OUT_ENDS, err);
	if (to->ends != NULL)
		to->first = allocate(x, OCR_PART_FIRST, err);
	if (to->first != NULL)
		to->ids = allocate(x, OCR_PART_IDS, err);
	if (to->ids == NULL)
		return -OCR_ENOMEM;
	if (x->kind == OCR_EDGE_PLAIN)
		return 0;
	weights = allocate(x, OCR_PART_OUT_WEIGHTS, err);
	if (x->kind == OCR_EDGE_INT)
		to->ints = weights;
	else
		to->reals = weights;
	return weights == NULL ? -OCR_ENOMEM : 0;
}

static void
put_arc(const struct arrays *to, uint64_t at, uint32_t end, double weight)
{
	to->ends[at] = end;
	if (to->ints != NULL)
		to->ints[at] = (uint32_t)weight;
	if (to->reals != NULL)
		to->reals[at] = weight;
}

/* Of n arcs, from e on in g, to `at`. */
static void
copy_weights(const struct arrays *to, uint64_t at, const struct ocr_graph *g,
    uint64_t e, uint64_t n)
{
	bool is_same = to->ints != NULL ? g->kind == OCR_EDGE_INT
					: g->kind == OCR_EDGE_REAL;
	uint64_t i;
	double w;

	if (is_same && to->ints != NULL)
		memcpy(to->ints + at, g->out.ints + e,
		    (size_t)n * sizeof(*to->ints));
	else if (is_same)
		memcpy(to->reals + at, g->out.reals + e,
		    (size_t)n * sizeof(*to->reals));
	for (i = 0; i < n && !is_same; i++) {
		w = g->kind == OCR_EDGE_INT ? g->out.ints[e + i] : 1;
		if (to->ints != NULL)
			to->ints[at + i] = (uint32_t)w;
		else
			to->reals[at + i] = w;
	}
}

static void
put_row(const struct extend *x, uint64_t v)
{
	const struct ocr_added_arc *arc = ocr_added_first(x->a, v);
	const struct ocr_graph *g = x->g;
	const struct arrays *to = &x->to;
	uint64_t at = to->offsets[v], e, n;

	if (v < g->n) {
		e = g->out.offsets[v];
		n = ocr_graph_degree(&g->out, v);
		memcpy(to->ends + at, g->out.ends + e,
		    (size_t)n * sizeof(*to->ends));
		if (to->ints != NULL || to->reals != NULL)
			copy_weights(to, at, g, e, n);
		at += n;
	}
	for (; arc != NULL; arc = ocr_added_next(x->a, arc))
		put_arc(to, at++, arc->end, arc->weight);
	to->ids[v] = v < g->n ? ocr_graph_id(g, v) : x->more[v - g->n];
}

static int
put_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct extend *x = arg;
	const struct arrays *to = &x->to;
	uint64_t v = start * OCR_GRAPH_BLOCK, last = end * OCR_GRAPH_BLOCK;

	(void)thread;
	(void)err;
	for (; v < last && v < x->a->n; v++) {
		put_row(x, v);
		to->first[v] = to->offsets[v] < to->offsets[v + 1]
				   ? to->ends[to->offsets[v]]
				   : OCR_NO_VERTEX;
	}
	for (; v < last; v++)
		to->first[v] = OCR_NO_VERTEX;
	return 0;
}

static void
put_offsets(const struct extend *x)
{
	const struct ocr_added_arc *arc;
	uint64_t v, at = 0;

	for (v = 0; v < x->a->n; v++) {
		x->to.offsets[v] = at;
		if (v < x->g->n)
			at += ocr_graph_degree(&x->g->out, v);
		for (arc = ocr_added_first(x->a, v); arc != NULL;
		     arc = ocr_added_next(x->a, arc))
			at++;
	}
	x->to.offsets[v] = at;
}

int
ocr_graph_extend(struct ocr_graph **out, const struct ocr_graph *g,
    const struct ocr_added *a, const uint64_t *more, enum ocr_edge_kind kind,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct extend x = {.g = g, .a = a, .more = more};
	struct ocr_graph *all = NULL;
	int r = ocr_graph_new(&all, err);

	if (r < 0)
		return r;
	all->n = a->n;
	all->n_arcs = g->n_arcs + a->n_arcs;
	all->n_edges = all->n_arcs;
	all->is_directed = g->is_directed;
	all->is_in_id_order = g->is_in_id_order;
	all->kind = kind;
	r = allocate_all(all, &x.to, err);
	if (r == 0) {
		put_offsets(&x);
		r = ocr_crew_each(crew, ocr_graph_n_blocks(all), BLOCKS,
		    put_blocks, &x, err);
	}
	if (r < 0) {
		ocr_graph_free(all);
		return r;
	}
	if (!all->is_directed)
		all->in = all->out;
	*out = all;
	return 0;
}
