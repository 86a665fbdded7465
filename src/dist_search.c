/*
 * dist_search.c - see dist_search.h
 *
 *	sources ─► dist_bfs ─► (dist_verify) ─► dist_print, JSON or times
 */
#include "config.h"

#include "src/dist_search.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/crc.h"
#include "common/huge.h"
#include "common/io.h"
#include "src/dist_print.h"
#include "src/graph500.h"

static void
keep_step(void *arg, const struct ocr_dist_step *step)
{
	struct ocr_dist_search *w = arg;
	struct ocr_dist_step *all;

	ocr_ui_note(w->run->ui,
	    "level %" PRIu32 ": %s from %" PRIu64 ", %" PRIu64
	    " reached, %.3f ms, %" PRIu64 " bytes sent by all",
	    step->level, step->direction == OCR_BFS_PULL ? "pull" : "push",
	    step->frontier, step->reached, step->ns / 1e6, step->all_bytes);
	if (w->opt->search.form != OCR_FORM_JSON)
		return;
	if ((w->n_steps & (w->n_steps - 1)) == 0) {
		size_t n = w->n_steps == 0 ? 1 : w->n_steps * 2;

		all = realloc(w->steps, n * sizeof(*all));
		w->is_short |= all == NULL;
		if (all != NULL)
			w->steps = all;
	}
	if (!w->is_short)
		w->steps[w->n_steps++] = *step;
}

static int
verify(struct ocr_dist_search *w, uint32_t source, struct ocr_err *err)
{
	uint64_t start = ocr_now_ns();
	int r = ocr_dist_bfs_verify(w->bfs, source, w->parents, w->levels, err);

	w->verify_ns = (double)(ocr_now_ns() - start);
	return r;
}

static int
search(struct ocr_dist_search *w, uint32_t source, bool is_trial,
    struct ocr_err *err)
{
	const struct ocr_graph *g = w->run->graph;
	struct ocr_dist_bfs_opt opt = {
	    .max_depth = w->opt->max_depth,
	    .level = is_trial ? NULL : keep_step,
	    .arg = w,
	};
	int r;

	w->n_steps = 0;
	ocr_graph_run_begin(w->run);
	r = ocr_dist_bfs_run(w->bfs, source, &opt, w->parents, w->levels,
	    &w->result, err);
	ocr_trial_end(&w->last, w->run);
	w->last.label = ocr_graph_id(g, source);
	w->last.count = w->result.n_reached;
	w->last.far = w->result.depth;
	w->last.n_edges = (double)w->result.n_arcs / (g->is_directed ? 1 : 2);
	return r == 0 && w->opt->search.is_verified ? verify(w, source, err)
						    : r;
}

/* Rank 0 writes it; all know whether that went well. */
static int
emit(struct ocr_dist_search *w, void (*write)(FILE *f, const void *arg),
    const void *arg, struct ocr_err *err)
{
	int r =
	    w->dist->rank > 0 ? 0 : ocr_graph_run_emit(w->run, write, arg, err);

	return ocr_dist_agree(w->dist, OCR_DIST_SEARCHED, r, err);
}

static int
emit_trials(struct ocr_dist_search *w, const struct ocr_trials *t,
    const double *verify_ns, struct ocr_err *err)
{
	struct ocr_graph500 lines = {
	    .graph = w->run->graph,
	    .construction_ns = w->run->load_ns,
	    .n_ranks = w->dist->n,
	    .trials = t->trials,
	    .verify_ns = w->opt->search.is_verified ? verify_ns : NULL,
	    .n = t->n,
	};

	return w->opt->is_graph500 ? emit(w, ocr_graph500_write, &lines, err)
				   : emit(w, ocr_trials_write, t, err);
}

static int
run_trials(struct ocr_dist_search *w, struct ocr_err *err)
{
	size_t n = (size_t)w->opt->search.n_trials;
	struct ocr_trials t = {
	    .names = {"source", "reached", "depth"},
	    .is_json = w->opt->search.form == OCR_FORM_JSON,
	    .trials = calloc(n, sizeof(*t.trials)),
	};
	double *verify_ns = calloc(n, sizeof(*verify_ns));
	int r = 0;

	if (t.trials == NULL || verify_ns == NULL)
		r = ocr_err_nomem(err);
	r = ocr_dist_agree(w->dist, OCR_DIST_SEARCHED, r, err);
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

/* What each rank has sent and received on each level, on all ranks. */
static int
share_bytes(struct ocr_dist_search *w, struct ocr_err *err)
{
	size_t row = 2 * (size_t)w->dist->n, i;
	int r = 0;

	free(w->bytes);
	w->bytes = calloc(w->n_steps + 1, row * sizeof(*w->bytes));
	if (w->bytes == NULL || w->is_short)
		r = ocr_err_nomem(err);
	r = ocr_dist_agree(w->dist, OCR_DIST_SEARCHED, r, err);
	if (r < 0)
		return r;
	for (i = 0; i < w->n_steps; i++) {
		uint64_t *own = w->bytes + i * row + 2 * w->dist->rank;

		own[0] = w->steps[i].sent_bytes;
		own[1] = w->steps[i].received_bytes;
	}
	return ocr_dist_sum(w->dist, w->bytes, w->n_steps * row, err);
}

static void
json_ranks(struct ocr_json *j, const char *key, const uint64_t *values,
    unsigned n)
{
	ocr_json_open_array(j, key);
	for (unsigned i = 0; i < n; i++)
		ocr_json_number(j, NULL, values[2 * i]);
	ocr_json_close_array(j);
}

static void
write_json(FILE *f, const void *arg)
{
	const struct ocr_dist_search *w = arg;
	struct ocr_json j = {.f = f};
	unsigned n = w->dist->n;

	ocr_json_open_object(&j, NULL);
	ocr_json_number(&j, "source", w->last.label);
	ocr_graph_run_json_graph(&j, w->run->graph);
	ocr_json_number(&j, "ranks", n);
	ocr_json_number(&j, "reached", w->result.n_reached);
	ocr_json_number(&j, "depth", w->result.depth);
	ocr_trial_json(&j, &w->last);
	ocr_json_open_array(&j, "levels");
	for (size_t i = 0; i < w->n_steps; i++) {
		const struct ocr_dist_step *s = &w->steps[i];

		ocr_json_open_object(&j, NULL);
		ocr_json_string(&j, "direction",
		    s->direction == OCR_BFS_PULL ? "pull" : "push");
		ocr_json_number(&j, "frontier", s->frontier);
		ocr_json_number(&j, "reached", s->reached);
		json_ranks(&j, "sent_bytes", w->bytes + i * 2 * n, n);
		json_ranks(&j, "received_bytes", w->bytes + i * 2 * n + 1, n);
		ocr_json_real(&j, "ms", s->ns / 1e6);
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	ocr_json_close_object(&j);
	putc('\n', f);
}

static int
run_one(struct ocr_dist_search *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_dist_found found = {
	    .bfs = w->bfs,
	    .dist = w->dist,
	    .form = w->opt->search.form,
	    .has_source = w->n_sources > 1,
	    .source = source,
	    .levels = w->levels,
	    .parents = w->opt->has_parents ? w->parents : NULL,
	};
	int r = search(w, source, false, err);

	if (r < 0)
		return r;
	if (w->opt->search.form != OCR_FORM_JSON)
		return ocr_dist_print(&found, w->run, err);
	r = share_bytes(w, err);
	return r < 0 ? r : emit(w, write_json, w, err);
}

static int
allocate(struct ocr_dist_search *w, struct ocr_err *err)
{
	bool has_parents = w->opt->has_parents || w->opt->search.is_verified;

	w->n_bytes = (size_t)ocr_dist_bfs_room(w->bfs) * sizeof(*w->levels);
	w->levels = ocr_huge_alloc(w->n_bytes, "levels", err);
	if (w->levels == NULL)
		return err->code;
	if (!has_parents)
		return 0;
	w->parents = ocr_huge_alloc(w->n_bytes, "parents", err);
	return w->parents == NULL ? err->code : 0;
}

int
ocr_dist_search_all(struct ocr_dist_search *w, struct ocr_err *err)
{
	int r = ocr_search_sources(&w->opt->search, w->run->graph, &w->sources,
	    &w->n_sources, err);

	r = ocr_dist_agree(w->dist, OCR_DIST_LOADED, r, err);
	if (r == 0)
		r = ocr_dist_same(w->dist,
		    ocr_crc32(0, w->sources,
			w->n_sources * sizeof(*w->sources)),
		    "sources", err);
	if (r == 0)
		r = ocr_dist_same(w->dist, w->n_sources, "sources", err);
	if (r == 0)
		r = ocr_dist_bfs_new(&w->bfs, w->run->graph, &w->run->crew,
		    w->dist, err);
	if (r < 0)
		return r;
	r = allocate(w, err);
	r = ocr_dist_agree(w->dist, OCR_DIST_READY, r, err);
	if (r == 0 && w->opt->search.n_trials > 0)
		return run_trials(w, err);
	for (size_t i = 0; i < w->n_sources && r == 0; i++)
		r = run_one(w, w->sources[i], err);
	return r;
}

void
ocr_dist_search_release(struct ocr_dist_search *w)
{
	ocr_dist_bfs_free(w->bfs);
	ocr_huge_free(w->parents, w->n_bytes);
	ocr_huge_free(w->levels, w->n_bytes);
	free(w->sources);
	free(w->steps);
	free(w->bytes);
}
