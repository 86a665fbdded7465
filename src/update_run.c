/*
 * update_run.c - see update_run.h; called by bfs_updates.c, sssp_updates.c
 */
#include "config.h"

#include "src/update_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/graph_extended.h"
#include "src/graph_store.h"
#include "src/updates.h"

/*
 * When a repair stops: at this part of the graph's arcs.  Then the graph with
 * all edges is made and searched; by then the repair has taken less than half of
 * the time that this takes.  With weights, whose rows would be put in order for
 * that, the repair goes on, nearest first.  FEW: no matter on any graph.
 */
#define PART 32
#define FEW 8192

int
ocr_update_open(struct ocr_update_run *u, bool has_unit_weights,
    uint64_t longest, struct ocr_err *err)
{
	const struct ocr_graph *g = u->run->graph;

	ocr_added_ids_init(&u->ids, g);
	return ocr_repair_new(&u->repair, g, has_unit_weights, longest,
	    &u->run->crew, err);
}

void
ocr_update_close(struct ocr_update_run *u)
{
	ocr_repair_free(u->repair);
	ocr_added_ids_release(&u->ids);
	free(u->done);
	u->repair = NULL;
	u->done = NULL;
}

uint64_t
ocr_update_n(const struct ocr_update_run *u)
{
	return u->run->graph->n + u->ids.n;
}

static int
add_edges(struct ocr_update_run *u, const struct ocr_updates *from,
    struct ocr_err *err)
{
	const struct ocr_arc *arc = from->arcs;
	uint32_t a, b;
	size_t i;
	int r = 0;

	for (i = 0; i < from->n_arcs && r == 0; i++, arc++) {
		r = ocr_added_ids_get(&u->ids, arc->from, &a, err);
		if (r == 0)
			r = ocr_added_ids_get(&u->ids, arc->to, &b, err);
		if (r == 0)
			r = ocr_repair_grow(u->repair, ocr_update_n(u), err);
		if (r == 0)
			r = ocr_repair_add(u->repair, a, b, arc->weight, err);
	}
	return r;
}

/* Whole numbers as long as repair has them. */
static enum ocr_edge_kind
kind_of(const struct ocr_update_run *u)
{
	if (!u->has_weights)
		return OCR_EDGE_PLAIN;
	return ocr_repair_is_real(u->repair) ? OCR_EDGE_REAL : OCR_EDGE_INT;
}

int
ocr_update_graph(const struct ocr_update_run *u, struct ocr_graph **out,
    struct ocr_err *err)
{
	return ocr_graph_extend(out, u->run->graph, ocr_repair_added(u->repair),
	    u->ids.ids, kind_of(u), &u->run->crew, err);
}

static uint64_t
n_arcs(const struct ocr_update_run *u)
{
	return u->run->graph->n_arcs + ocr_repair_added(u->repair)->n_arcs;
}

/* Is there memory for the graph once more, and for a search?  Else the repair
 * goes on, which needs none. */
static bool
has_room(const struct ocr_update_run *u)
{
	struct ocr_err unsaid = {0};
	uint64_t bytes =
	    n_arcs(u) * 2 * (u->has_weights ? 12 : 4) + ocr_update_n(u) * 64;

	return ocr_graph_room_check(bytes, "", &unsaid) == 0;
}

static int
search_afresh(struct ocr_update_run *u, struct ocr_err *err)
{
	struct ocr_graph *g = NULL;
	int r = ocr_update_graph(u, &g, err);

	if (r == 0)
		r = u->search(u->arg, g, err);
	ocr_graph_free(g);
	return r;
}

static int
bring_up(struct ocr_update_run *u, struct ocr_update *one, struct ocr_err *err)
{
	int r = ocr_repair_run(u->repair, n_arcs(u) / PART + FEW, err);

	if (r <= 0)
		return r;
	if (u->search == NULL || !has_room(u))
		return ocr_repair_finish(u->repair, u->width, err);
	one->n_afresh = 1;
	return search_afresh(u, err);
}

/* *changed: to be freed. */
static int
repair(struct ocr_update_run *u, const struct ocr_updates *from,
    struct ocr_update *one, uint32_t **changed, struct ocr_err *err)
{
	size_t n_before = u->ids.n;
	int r;

	*one = (struct ocr_update){.n_edges = from->n_arcs};
	ocr_graph_run_begin(u->run);
	r = add_edges(u, from, err);
	if (r == 0)
		r = bring_up(u, one, err);
	if (r == 0)
		r = ocr_repair_changed(u->repair, changed, &one->n_changed,
		    err);
	if (r == 0)
		r = u->take(u->arg, *changed, one->n_changed, err);
	one->ns = ocr_graph_run_end(u->run);
	one->n_new = u->ids.n - n_before;
	one->n_reached = u->n_reached;
	return r;
}

static int
keep(struct ocr_update_run *u, const struct ocr_update *one,
    struct ocr_err *err)
{
	struct ocr_update *all;
	size_t n = u->n_done;

	/* Room for a power of two. */
	if ((n & (n - 1)) == 0) {
		all = realloc(u->done, (n == 0 ? 1 : 2 * n) * sizeof(*all));
		if (all == NULL)
			return ocr_err_nomem(err);
		u->done = all;
	}
	u->done[u->n_done++] = *one;
	u->total.n_edges += one->n_edges;
	u->total.n_new += one->n_new;
	u->total.n_changed += one->n_changed;
	u->total.n_reached = one->n_reached;
	u->total.n_afresh += one->n_afresh;
	u->total.ns += one->ns;
	ocr_ui_note(u->run->ui,
	    "update %zu: %zu edges, %zu new vertices, %zu changed, %.3f ms%s",
	    u->n_done, one->n_edges, one->n_new, one->n_changed, one->ns / 1e6,
	    one->n_afresh > 0 ? ", searched afresh" : "");
	return 0;
}

static int
show(struct ocr_update_run *u, uint32_t *changed, size_t n, struct ocr_err *err)
{
	struct ocr_names names = {.graph = u->run->graph,
	    .more = u->ids.ids,
	    .order = changed,
	    .n = n};
	int r = ocr_added_ids_sort(&u->ids, changed, n, err);

	if (r == 0)
		r = u->show(u->arg, &names, err);
	return r < 0 ? r : ocr_update_end_list(u, err);
}

static int
do_batch(struct ocr_update_run *u, const struct ocr_updates *from,
    struct ocr_err *err)
{
	struct ocr_update one;
	uint32_t *changed = NULL;
	int r = repair(u, from, &one, &changed, err);

	if (r == 0)
		r = keep(u, &one, err);
	if (r == 0 && u->opt->shows_changes)
		r = show(u, changed, one.n_changed, err);
	free(changed);
	return r;
}

int
ocr_update_run(struct ocr_update_run *u, struct ocr_err *err)
{
	struct ocr_updates from;
	int r =
	    ocr_updates_open(&from, u->opt->updates_path, u->has_weights, err);

	if (r < 0)
		return r;
	while ((r = ocr_updates_next(&from, err)) > 0) {
		r = do_batch(u, &from, err);
		if (r < 0)
			break;
	}
	ocr_updates_close(&from);
	return r;
}

int
ocr_update_names(const struct ocr_update_run *u, struct ocr_names *names,
    uint32_t **order, struct ocr_err *err)
{
	uint64_t n = ocr_update_n(u), v;

	*names = ocr_names_of(u->run->graph);
	*order = NULL;
	if (u->ids.n == 0)
		return 0;
	if (n > SIZE_MAX / sizeof(**order))
		return ocr_err_nomem(err);
	*order = malloc((size_t)n * sizeof(**order));
	if (*order == NULL)
		return ocr_err_nomem(err);
	for (v = 0; v < n; v++)
		(*order)[v] = (uint32_t)v;
	names->more = u->ids.ids;
	names->order = *order;
	names->n = n;
	return ocr_added_ids_sort(&u->ids, *order, (size_t)n, err);
}

int
ocr_update_end_list(const struct ocr_update_run *u, struct ocr_err *err)
{
	return ocr_output_write(&u->run->out, "\n", 1, err);
}

static void
put_members(struct ocr_json *j, const struct ocr_update *one)
{
	ocr_json_number(j, "edges", one->n_edges);
	ocr_json_number(j, "new_vertices", one->n_new);
	ocr_json_number(j, "changed", one->n_changed);
	ocr_json_number(j, "reached", one->n_reached);
	ocr_json_number(j, "searched_afresh", one->n_afresh);
	ocr_json_real(j, "ms", one->ns / 1e6);
}

void
ocr_update_json(const struct ocr_update_run *u, struct ocr_json *j)
{
	size_t i;

	ocr_json_open_array(j, "updates");
	for (i = 0; i < u->n_done; i++) {
		ocr_json_open_object(j, NULL);
		put_members(j, &u->done[i]);
		ocr_json_close_object(j);
	}
	ocr_json_close_array(j);
}

void
ocr_update_stats(const struct ocr_update_run *u, struct ocr_json *j)
{
	ocr_json_open_object(j, "updates");
	ocr_json_number(j, "batches", u->n_done);
	put_members(j, &u->total);
	ocr_json_close_object(j);
}
