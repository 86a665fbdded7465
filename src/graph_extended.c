/*
 * graph_extended.c - see graph_extended.h
 */
#include "config.h"

#include "src/graph_extended.h"

#include "src/graph_store.h"

struct arrays {
	uint64_t *offsets, *ids;
	uint32_t *ends, *ints;
	double *reals;
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

static double
weight_of(const struct ocr_graph *g, uint64_t e)
{
	if (g->kind == OCR_EDGE_PLAIN)
		return 1;
	return g->kind == OCR_EDGE_INT ? g->out.ints[e] : g->out.reals[e];
}

static void
fill(const struct arrays *to, const struct ocr_graph *g,
    const struct ocr_added *a)
{
	const struct ocr_added_arc *arc;
	uint64_t v, e, at = 0;

	for (v = 0; v < a->n; v++) {
		to->offsets[v] = at;
		for (e = v < g->n ? g->out.offsets[v] : 0;
		     v < g->n && e < g->out.offsets[v + 1]; e++)
			put_arc(to, at++, g->out.ends[e], weight_of(g, e));
		for (arc = ocr_added_first(a, v); arc != NULL;
		     arc = ocr_added_next(a, arc))
			put_arc(to, at++, arc->end, arc->weight);
	}
	to->offsets[v] = at;
}

int
ocr_graph_extend(struct ocr_graph **out, const struct ocr_graph *g,
    const struct ocr_added *a, const uint64_t *more, enum ocr_edge_kind kind,
    struct ocr_err *err)
{
	struct ocr_graph *x = NULL;
	struct arrays to = {0};
	uint64_t v;
	int r = ocr_graph_new(&x, err);

	if (r < 0)
		return r;
	x->n = a->n;
	x->n_arcs = g->n_arcs + a->n_arcs;
	x->n_edges = x->n_arcs;
	x->is_directed = g->is_directed;
	x->kind = kind;
	r = allocate_all(x, &to, err);
	if (r < 0) {
		ocr_graph_free(x);
		return r;
	}
	for (v = 0; v < a->n; v++)
		to.ids[v] = v < g->n ? ocr_graph_id(g, v) : more[v - g->n];
	fill(&to, g, a);
	*out = x;
	return 0;
}
