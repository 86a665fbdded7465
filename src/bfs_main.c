/*
 * bfs_main.c - see bfs_main.h
 *
 *	options ─► graph_run ─► sources ─► bfs ─► (verify) ─► bfs_print
 *	                                          or bfs_updates ▲
 */
#include "config.h"

#include "src/bfs_main.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "common/io.h"
#include "src/bfs.h"
#include "src/bfs_print.h"
#include "src/bfs_updates.h"
#include "src/dist_main.h"
#include "src/graph500.h"
#include "src/graph_run.h"
#include "src/search.h"

#define MAX_AT_ONCE 64

struct step {
	enum ocr_bfs_direction direction;
	uint64_t frontier, reached;
	uint64_t moved_bytes; /* to and from cards */
	double ns;
};

struct work {
	struct ocr_bfs_main_opt *opt;
	struct ocr_graph_run *run;
	const struct ocr_graph *graph;
	struct ocr_bfs *bfs;
	struct ocr_cards cards; /* loop NULL: none */
	uint32_t *sources;
	size_t n_sources;
	uint32_t to;                /* OCR_NO_VERTEX: none */
	size_t n_bytes;             /* of an array */
	uint32_t *parents, *levels; /* NULL: not needed */
	struct step *steps;         /* of the last search */
	size_t n_steps;
	uint64_t moved_bytes; /* of the last search, so far */
	struct ocr_bfs_result result;
	struct ocr_trial last;
	double verify_ns; /* of the last search */
	struct ocr_bfs_updates updates;
};

static void
keep_step(void *arg, uint32_t level, enum ocr_bfs_direction d,
    uint64_t frontier, uint64_t reached, double ns)
{
	struct work *w = arg;
	struct step *all, step = {d, frontier, reached, 0, ns};

	step.moved_bytes = w->run->crew.report.moved_bytes - w->moved_bytes;
	w->moved_bytes += step.moved_bytes;
	ocr_ui_note(w->run->ui,
	    "level %" PRIu32 ": %s from %" PRIu64 ", %" PRIu64
	    " reached, %.3f ms",
	    level, d == OCR_BFS_PULL ? "pull" : "push", frontier, reached,
	    ns / 1e6);
	if (w->opt->search.form != OCR_FORM_JSON)
		return;
	all = realloc(w->steps, (w->n_steps + 1) * sizeof(*all));
	if (all == NULL)
		return;
	w->steps = all;
	all[w->n_steps++] = step;
}

/* Cards are not believed: a whole search is checked, and done again if it is
 * wrong. */
static int
search_with_cards(struct work *w, uint32_t source,
    const struct ocr_bfs_opt *opt, struct ocr_err *err)
{
	int r = ocr_cards_bfs(&w->cards, source, opt, w->parents, w->levels,
	    &w->result, err);

	if (r == 0 && opt->max_depth == 0 && opt->to == OCR_NO_VERTEX)
		r = ocr_bfs_verify(w->graph, source, w->parents, w->levels,
		    &w->run->crew, err);
	if (r == 0)
		return 0;
	r = ocr_graph_run_redo(w->run, r, err);
	w->n_steps = 0;
	return r < 0 ? r
		     : ocr_bfs_run(w->bfs, source, opt, w->parents, w->levels,
			   &w->result, err);
}

static int
search(struct work *w, uint32_t source, bool is_trial, struct ocr_err *err)
{
	struct ocr_bfs_opt opt = {
	    .max_depth = w->opt->max_depth,
	    .to = w->to,
	    .level = is_trial ? NULL : keep_step,
	    .arg = w,
	};
	uint64_t start_ns;
	int r;

	w->n_steps = 0;
	ocr_graph_run_begin(w->run);
	w->moved_bytes = 0;
	if (w->cards.loop != NULL)
		r = search_with_cards(w, source, &opt, err);
	else
		r = ocr_bfs_run(w->bfs, source, &opt, w->parents, w->levels,
		    &w->result, err);
	ocr_trial_end(&w->last, w->run);
	w->last.label = ocr_graph_id(w->graph, source);
	w->last.count = w->result.n_reached;
	w->last.far = w->result.depth;
	w->last.n_edges =
	    (double)w->result.n_arcs / (w->graph->is_directed ? 1 : 2);
	start_ns = ocr_now_ns();
	if (r == 0 && w->opt->search.is_verified)
		r = ocr_bfs_verify(w->graph, source, w->parents, w->levels,
		    &w->run->crew, err);
	w->verify_ns = (double)(ocr_now_ns() - start_ns);
	return r;
}

static int
emit_trials(struct work *w, const struct ocr_trials *t, const double *verify_ns,
    struct ocr_err *err)
{
	struct ocr_graph500 lines = {
	    .graph = w->graph,
	    .construction_ns = w->run->load_ns,
	    .n_ranks = 1,
	    .trials = t->trials,
	    .verify_ns = w->opt->search.is_verified ? verify_ns : NULL,
	    .n = t->n,
	};

	if (w->opt->is_graph500)
		return ocr_graph_run_emit(w->run, ocr_graph500_write, &lines,
		    err);
	return ocr_graph_run_emit(w->run, ocr_trials_write, t, err);
}

static int
run_trials(struct work *w, struct ocr_err *err)
{
	size_t n = (size_t)w->opt->search.n_trials;
	struct ocr_trials t = {
	    .names = {"source", "reached", "depth"},
	    .is_json = w->opt->search.form == OCR_FORM_JSON,
	};
	double *verify_ns = calloc(n, sizeof(*verify_ns));
	int r = 0;

	t.trials = calloc(n, sizeof(*t.trials));
	if (t.trials == NULL || verify_ns == NULL)
		r = ocr_err_nomem(err);
	while (t.n < n && r == 0) {
		r = search(w, w->sources[t.n % w->n_sources], true, err);
		verify_ns[t.n] = w->verify_ns;
		t.trials[t.n++] = w->last;
	}
	if (r == 0)
		r = emit_trials(w, &t, verify_ns, err);
	free(t.trials);
	free(verify_ns);
	return r;
}

static void
write_json(FILE *f, const void *arg)
{
	const struct work *w = arg;
	struct ocr_json j = {.f = f};

	ocr_json_open_object(&j, NULL);
	ocr_json_number(&j, "source", w->last.label);
	ocr_graph_run_json_graph(&j, w->graph);
	ocr_json_number(&j, "reached", w->result.n_reached);
	ocr_json_number(&j, "depth", w->result.depth);
	ocr_trial_json(&j, &w->last);
	ocr_json_open_array(&j, "levels");
	for (size_t i = 0; i < w->n_steps; i++) {
		const struct step *s = &w->steps[i];

		ocr_json_open_object(&j, NULL);
		ocr_json_string(&j, "direction",
		    s->direction == OCR_BFS_PULL ? "pull" : "push");
		ocr_json_number(&j, "frontier", s->frontier);
		ocr_json_number(&j, "reached", s->reached);
		if (w->cards.loop != NULL)
			ocr_json_number(&j, "moved_bytes", s->moved_bytes);
		ocr_json_real(&j, "ms", s->ns / 1e6);
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	if (w->opt->search.updates_path != NULL)
		ocr_update_json(&w->updates.all, &j);
	ocr_json_close_object(&j);
	putc('\n', f);
}

static int
print_path(struct work *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_bfs_found found = {
	    .names = ocr_names_of(w->graph),
	    .source = source,
	    .parents = w->parents,
	};

	return ocr_bfs_print_path(&found, w->to, w->opt->max_depth, w->run,
	    err);
}

static int
print(struct work *w, uint32_t source, const uint32_t *levels,
    struct ocr_err *err)
{
	struct ocr_bfs_found found = {
	    .names = ocr_names_of(w->graph),
	    .form = w->opt->search.form,
	    .has_source = w->n_sources > 1,
	    .source = source,
	    .levels = levels,
	    .parents = w->opt->has_parents ? w->parents : NULL,
	};

	return ocr_bfs_print(&found, w->run, err);
}

static int
run_updates(struct work *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_bfs_updates *b = &w->updates;
	int r;

	/* It is not needed any more, and large. */
	ocr_bfs_free(w->bfs);
	w->bfs = NULL;
	b->opt = w->opt;
	b->source = source;
	b->levels = w->levels;
	b->parents = w->parents;
	b->n_bytes = w->n_bytes;
	b->all.run = w->run;
	b->all.n_reached = w->result.n_reached;
	r = ocr_bfs_updates_run(b, err);
	w->levels = b->levels;
	w->parents = b->parents;
	w->n_bytes = b->n_bytes;
	return r;
}

static int
run_one(struct work *w, uint32_t source, struct ocr_err *err)
{
	int r = search(w, source, false, err);

	if (r == 0 && w->opt->search.updates_path != NULL)
		r = run_updates(w, source, err);
	if (r < 0)
		return r;
	if (w->opt->search.form == OCR_FORM_JSON)
		return ocr_graph_run_emit(w->run, write_json, w, err);
	if (w->opt->search.updates_path != NULL)
		return 0;
	if (w->to != OCR_NO_VERTEX)
		return print_path(w, source, err);
	return print(w, source, w->levels, err);
}

/* As many searches at once as have no more levels than the graph has arcs. */
static size_t
n_at_once(const struct work *w)
{
	uint64_t n = w->graph->n_arcs / (w->graph->n + 1) + 1;

	if (n > MAX_AT_ONCE)
		n = MAX_AT_ONCE;
	return n < w->n_sources ? (size_t)n : w->n_sources;
}

static int
run_batch(struct work *w, const uint32_t *sources, size_t n,
    uint32_t *const *levels, struct ocr_err *err)
{
	int r;

	ocr_graph_run_begin(w->run);
	r = ocr_bfs_run_many(w->bfs, sources, n, w->opt->max_depth, levels,
	    err);
	(void)ocr_graph_run_end(w->run);
	for (size_t i = 0; i < n && r == 0; i++)
		r = print(w, sources[i], levels[i], err);
	return r;
}

static int
run_many(struct work *w, struct ocr_err *err)
{
	size_t most = n_at_once(w), n, i;
	uint32_t *levels[MAX_AT_ONCE] = {NULL};
	int r = 0;

	for (i = 0; i < most && r == 0; i++) {
		levels[i] = ocr_huge_alloc(w->n_bytes, "levels", err);
		if (levels[i] == NULL)
			r = err->code;
	}
	for (i = 0; i < w->n_sources && r == 0; i += n) {
		n = w->n_sources - i < most ? w->n_sources - i : most;
		r = run_batch(w, w->sources + i, n, levels, err);
	}
	for (i = 0; i < most; i++)
		ocr_huge_free(levels[i], w->n_bytes);
	return r;
}

/* Arrays that what is asked for needs. */
static int
allocate(struct work *w, bool has_parents, bool has_levels, struct ocr_err *err)
{
	w->n_bytes = (size_t)ocr_graph_n_blocks(w->graph) * OCR_GRAPH_BLOCK *
		     sizeof(*w->levels);
	if (has_parents) {
		w->parents = ocr_huge_alloc(w->n_bytes, "parents", err);
		if (w->parents == NULL)
			return err->code;
	}
	if (has_levels) {
		w->levels = ocr_huge_alloc(w->n_bytes, "levels", err);
		if (w->levels == NULL)
			return err->code;
	}
	return 0;
}

static int
run_all(struct work *w, struct ocr_err *err)
{
	const struct ocr_search_opt *s = &w->opt->search;
	bool is_printed = s->n_trials == 0 && s->form != OCR_FORM_JSON;
	bool has_parents =
	    w->opt->has_parents || s->is_verified || w->opt->has_to;
	int r;

	if (is_printed && !has_parents && w->n_sources > 1 &&
	    w->cards.loop == NULL)
		return run_many(w, err);
	r = allocate(w, has_parents,
	    !has_parents || s->is_verified || s->updates_path != NULL ||
		(is_printed && !w->opt->has_to),
	    err);
	if (r == 0 && s->n_trials > 0)
		return run_trials(w, err);
	for (size_t i = 0; i < w->n_sources && r == 0; i++)
		r = run_one(w, w->sources[i], err);
	return r;
}

static int
work(struct ocr_graph_run *run, void *arg, struct ocr_err *err)
{
	struct work *w = arg;
	int r;

	w->graph = run->graph;
	r = ocr_search_sources(&w->opt->search, w->graph, &w->sources,
	    &w->n_sources, err);
	/* It may be added yet. */
	if (r == 0 && w->opt->has_to && w->opt->search.updates_path == NULL)
		r = ocr_search_find(w->graph, w->opt->to, "vertex", &w->to,
		    err);
	if (r == 0)
		r = ocr_bfs_new(&w->bfs, w->graph, &run->crew, err);
	if (r == 0)
		r = ocr_graph_run_open_cards(run, &w->cards, K_GRAPH_BFS, err);
	if (r == 0)
		r = run_all(w, err);
	ocr_bfs_updates_close(&w->updates);
	ocr_cards_close(&w->cards);
	ocr_bfs_free(w->bfs);
	ocr_huge_free(w->parents, w->n_bytes);
	ocr_huge_free(w->levels, w->n_bytes);
	free(w->sources);
	free(w->steps);
	return r;
}

static void
put_stats(struct ocr_json *j, const void *arg)
{
	const struct work *w = arg;

	ocr_json_number(j, "sources", w->n_sources);
	if (w->last.ns == 0)
		return;
	ocr_json_number(j, "reached", w->result.n_reached);
	ocr_json_number(j, "depth", w->result.depth);
	ocr_json_real(j, "mteps", ocr_trial_mteps(&w->last));
	if (w->opt->search.updates_path != NULL)
		ocr_update_stats(&w->updates.all, j);
}

int
ocr_bfs_main(struct ocr_bfs_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct work w = {.opt = o, .to = OCR_NO_VERTEX};
	struct ocr_graph_run run = {
	    .in = &o->search.in,
	    .paths = paths,
	    .n_paths = n_paths,
	    .ui = ui,
	    .shared = shared,
	    .is_binary = o->search.form == OCR_FORM_BINARY,
	    .has_kernels = true,
	    .work = work,
	    .put_stats = put_stats,
	    .arg = &w,
	};
	int r;

	if (ocr_dist_main_is_wanted(o))
		return ocr_dist_main(o, paths, n_paths, ui, shared, err);
	r = ocr_bfs_main_check(o, n_paths, err);
	w.run = &run;
	if (r == 0)
		r = ocr_search_read_sources(&o->search, &run, err);
	if (r == 0)
		r = ocr_search_check_updates(&o->search, &run, err);
	return r < 0 ? ocr_err_exit_status(r) : ocr_graph_run(&run, err);
}
