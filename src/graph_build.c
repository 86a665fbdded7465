/*
 * graph_build.c - edges to rows
 *
 * The source is scanned for the ids (graph_build_ids.h), to count each row's
 * arcs, and to fill the rows (graph_build_rows.h).  Rows of in-arcs come from
 * the others.  Then every row is sorted (graph_build_sort.h): the order is
 * total, so the same arcs give the same bytes for any number of threads.
 *
 * Memory beside the graph: the way from ids to vertices until the rows are
 * full, then 8 bytes for each vertex while they are sorted; a quarter of a
 * mebibyte for each thread.
 */
#include "config.h"

#include "src/graph_build.h"

#include <inttypes.h>
#include <stdint.h>

#include "src/graph_build_ids.h"
#include "src/graph_build_rows.h"
#include "src/graph_store.h"

static int
check_options(const struct ocr_graph_opt *opt, struct ocr_err *err)
{
	if (opt->weigh == OCR_WEIGH_UNIFORM && opt->low > opt->high)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "weights from %" PRIu32 " to %" PRIu32 ": none", opt->low,
		    opt->high);
	return 0;
}

static enum ocr_edge_kind
kind_of(const struct ocr_build *b)
{
	if (b->opt->weigh == OCR_WEIGH_NONE)
		return OCR_EDGE_PLAIN;
	if (b->opt->weigh == OCR_WEIGH_COLUMN && b->s->weights == OCR_EDGE_REAL)
		return OCR_EDGE_REAL;
	return OCR_EDGE_INT;
}

static void
decide(struct ocr_build *b)
{
	enum ocr_graph_says says = b->opt->direction;

	if (says == OCR_SAYS_NOTHING)
		says = b->s->says;
	b->g->is_directed = says != OCR_UNDIRECTED;
	b->g->is_in_id_order = b->opt->order == OCR_ORDER_ANY
				   ? b->s->is_in_id_order
				   : b->opt->order == OCR_ORDER_IDS;
	b->g->kind = kind_of(b);
	b->is_shared = b->crew->n_threads > 1;
	b->adds_back = !b->g->is_directed && !b->s->is_both_ways;
	b->is_checked = !b->g->is_directed && b->s->is_both_ways;
}

/* Ids are moved modulo 2^64: down by a large number. */
static int
bad_move(const struct ocr_ids *ids, uint64_t add, struct ocr_err *err)
{
	if (add > INT64_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "ids from %" PRIu64 " to %" PRIu64 ", less %" PRIu64
		    ": below 0",
		    ids->low, ids->high, -add);
	return ocr_err_set(err, -OCR_ELIMIT,
	    "ids from %" PRIu64 " to %" PRIu64 ", and %" PRIu64
	    ": beyond 2^64 - 1",
	    ids->low, ids->high, add);
}

static int
find_ids(struct ocr_build *b, struct ocr_err *err)
{
	uint64_t add = b->opt->add_id;
	int r = ocr_ids_find(&b->ids, b->s, b->crew, err);

	if (r < 0)
		return r;
	b->g->n = b->ids.n;
	return b->ids.high + add < b->ids.low + add
		   ? bad_move(&b->ids, add, err)
		   : 0;
}

/* The graph, and what is needed while its rows are sorted. */
static uint64_t
memory(const struct ocr_build *b)
{
	const struct ocr_graph *g = b->g;
	bool has_in = g->is_directed && !b->opt->has_no_in;
	uint64_t arc = sizeof(uint32_t);

	if (g->kind != OCR_EDGE_PLAIN)
		arc += ocr_graph_part_size(g, OCR_PART_OUT_WEIGHTS);
	return b->out.n_arcs * arc * (has_in ? 2 : 1) +
	       g->n * sizeof(uint64_t) * (g->is_directed ? 2 : 1) +
	       (g->is_in_id_order ? 0 : 2 * g->n * sizeof(uint32_t)) +
	       ocr_ids_bytes(&b->ids) + b->crew->n_threads * sizeof(uint64_t);
}

static int
make_rows(struct ocr_build *b, struct ocr_err *err)
{
	/* Without arcs. */
	int r = ocr_graph_room_check(memory(b) - ocr_ids_bytes(&b->ids),
	    "at least ", err);

	if (r == 0)
		r = ocr_rows_count(b, err);
	if (r < 0)
		return r;
	b->need = memory(b);
	r = ocr_graph_room_check(
	    b->need - ocr_ids_bytes(&b->ids) - b->out.offsets.bytes, "", err);
	if (r == 0)
		r = ocr_rows_fill(b, err);
	if (r == 0 && b->opt->is_simple)
		r = ocr_rows_simplify(b, err);
	if (r == 0 && b->g->is_directed)
		r = ocr_rows_count_in(b, err);
	return r == 0 ? ocr_rows_sort(b, err) : r;
}

/* An array becomes the graph's. */
static void
hand_over(struct ocr_graph *g, enum ocr_graph_part part,
    struct ocr_graph_array *a)
{
	g->store->own[part] = *a;
	if (a->p != NULL)
		ocr_graph_set_part(g, part, a->p);
	*a = (struct ocr_graph_array){0};
}

static void
hand_over_rows(struct ocr_build *b)
{
	struct ocr_graph *g = b->g;

	hand_over(g, OCR_PART_OUT_OFFSETS, &b->out.offsets);
	hand_over(g, OCR_PART_OUT_ENDS, &b->out.ends);
	hand_over(g, OCR_PART_OUT_WEIGHTS, &b->out.weights);
	g->n_arcs = b->out.n_arcs;
	g->n_edges = g->is_directed ? g->n_arcs : (g->n_arcs + b->n_loops) / 2;
	if (!g->is_directed) {
		g->in = g->out;
	} else if (!b->opt->has_no_in) {
		hand_over(g, OCR_PART_IN_OFFSETS, &b->in.offsets);
		hand_over(g, OCR_PART_IN_ENDS, &b->in.ends);
		hand_over(g, OCR_PART_IN_WEIGHTS, &b->in.weights);
	} else {
		ocr_graph_array_free(&b->in.offsets);
	}
}

struct first {
	const struct ocr_graph *g;
	uint32_t *first;
};

static int
fill_first(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct first *f = arg;
	const struct ocr_rows *r =
	    f->g->in.offsets != NULL ? &f->g->in : &f->g->out;
	uint64_t v;

	(void)thread;
	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end * OCR_GRAPH_BLOCK; v++)
		f->first[v] = v < f->g->n && ocr_graph_degree(r, v) > 0
				  ? r->ends[r->offsets[v]]
				  : OCR_NO_VERTEX;
	return 0;
}

static int
make_first(struct ocr_build *b, struct ocr_err *err)
{
	struct ocr_graph_array *a = &b->g->store->own[OCR_PART_FIRST];
	struct first f = {.g = b->g};
	int r = ocr_graph_array_alloc(a,
	    ocr_graph_part_items(b->g, OCR_PART_FIRST, false, false),
	    sizeof(uint32_t), "first ends", b->need, err);

	if (r < 0)
		return r;
	f.first = a->p;
	b->g->first = a->p;
	return ocr_crew_each(b->crew, ocr_graph_n_blocks(b->g), 64, fill_first,
	    &f, err);
}

static int
make_ids(struct ocr_build *b, struct ocr_err *err)
{
	struct ocr_graph_array *a = &b->g->store->own[OCR_PART_IDS];
	int r;

	b->g->first_id = b->ids.first + b->opt->add_id;
	if (b->ids.kind == OCR_IDS_RANGE)
		return 0;
	r = ocr_ids_list(&b->ids, a, b->opt->add_id, err);
	b->g->ids = a->p;
	b->g->first_id = 0;
	return r;
}

static int
build(struct ocr_build *b, struct ocr_err *err)
{
	int r;

	r = find_ids(b, err);
	if (r == 0)
		r = make_rows(b, err);
	if (r < 0)
		return r;
	hand_over_rows(b);
	r = make_ids(b, err);
	return r == 0 ? make_first(b, err) : r;
}

static void
release(struct ocr_make *m)
{
	ocr_graph_array_free(&m->offsets);
	ocr_graph_array_free(&m->ends);
	ocr_graph_array_free(&m->weights);
}

int
ocr_graph_build(struct ocr_graph **out, const struct ocr_graph_source *s,
    const struct ocr_graph_opt *opt, struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_build b = {.s = s, .opt = opt, .crew = crew};
	struct ocr_graph_source plain = *s;
	int r = check_options(opt, err);

	/* Weights that nobody wants may be anything. */
	plain.weights = OCR_EDGE_PLAIN;
	if (opt->weigh != OCR_WEIGH_COLUMN)
		b.s = &plain;
	if (r == 0)
		r = ocr_graph_new(&b.g, err);
	if (r < 0)
		return r;
	decide(&b);
	r = build(&b, err);
	ocr_ids_release(&b.ids);
	release(&b.out);
	release(&b.in);
	if (r < 0)
		ocr_graph_free(b.g);
	else
		*out = b.g;
	return r;
}
