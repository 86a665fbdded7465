/*
 * sssp_main.c - see sssp_main.h
 *
 *	options ─► graph_run ─► sources ─► sssp ─► (verify) ─► sssp_print
 *	                                           or sssp_updates ▲
 */
#include "config.h"

#include "src/sssp_main.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "src/graph_run.h"
#include "src/search.h"
#include "src/sssp.h"
#include "src/sssp_print.h"
#include "src/sssp_updates.h"

#define GRAIN 65536

struct work {
	struct ocr_sssp_main_opt *opt;
	struct ocr_graph_run *run;
	const struct ocr_graph *graph;
	struct ocr_sssp *sssp;  /* NULL with cards, until they fail */
	struct ocr_cards cards; /* loop NULL: none */
	uint32_t *near;         /* what these find */
	uint32_t *sources;
	size_t n_sources;
	struct ocr_distances distances;
	double delta;
	struct ocr_trial last;
	_Atomic uint64_t n_arcs; /* of the rows of all that are reached */
	struct ocr_sssp_updates updates;
};

static int
count_arcs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct work *w = arg;
	uint64_t n = 0;

	(void)thread;
	(void)err;
	for (uint64_t v = start; v < end; v++) {
		if (ocr_sssp_is_reached(&w->distances, v))
			n += ocr_graph_degree(&w->graph->out, v);
	}
	atomic_fetch_add_explicit(&w->n_arcs, n, memory_order_relaxed);
	return 0;
}

static int
search_on_cpu(struct work *w, uint32_t source, struct ocr_err *err)
{
	int r = 0;

	if (w->sssp == NULL)
		r = ocr_sssp_new(&w->sssp, w->graph, w->opt->delta,
		    &w->run->crew, err);
	if (r < 0)
		return r;
	w->delta = ocr_sssp_delta(w->sssp);
	return ocr_sssp_run(w->sssp, source, &w->distances, err);
}

/* Cards are not believed: a result is checked, and made again if it is wrong. */
static int
search_with_cards(struct work *w, uint32_t source, struct ocr_err *err)
{
	int r;

	w->delta =
	    w->opt->delta > 0 ? w->opt->delta : ocr_cards_sssp_delta(&w->cards);
	r = ocr_cards_sssp(&w->cards, source, w->delta, w->near, err);
	if (r == 0) {
		ocr_cards_sssp_sum(w->graph, w->near, &w->distances);
		r = ocr_sssp_verify(w->graph, source, &w->distances,
		    &w->run->crew, err);
	}
	if (r == 0)
		return 0;
	r = ocr_graph_run_redo(w->run, r, err);
	return r < 0 ? r : search_on_cpu(w, source, err);
}

static int
search(struct work *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_crew *crew = &w->run->crew;
	int r;

	ocr_graph_run_begin(w->run);
	r = w->cards.loop != NULL ? search_with_cards(w, source, err)
				  : search_on_cpu(w, source, err);
	ocr_trial_end(&w->last, w->run);
	if (r < 0)
		return r;
	w->n_arcs = 0;
	r = ocr_crew_each(crew, w->graph->n, GRAIN, count_arcs, w, err);
	w->last.label = ocr_graph_id(w->graph, source);
	w->last.count = w->distances.n_reached;
	w->last.far = w->distances.longest;
	w->last.n_edges = (double)w->n_arcs / (w->graph->is_directed ? 1 : 2);
	ocr_ui_note(w->run->ui,
	    "from %" PRIu64 ": %" PRIu64 " reached, %" PRIu64
	    " arcs looked at, %.3f ms",
	    w->last.label, w->last.count, w->distances.n_relaxed,
	    w->last.ns / 1e6);
	if (r == 0 && w->opt->search.is_verified)
		r = ocr_sssp_verify(w->graph, source, &w->distances, crew, err);
	return r;
}

static int
run_trials(struct work *w, struct ocr_err *err)
{
	size_t n = (size_t)w->opt->search.n_trials;
	struct ocr_trials t = {
	    .names = {"source", "reached", "distance"},
	    .is_json = w->opt->search.form == OCR_FORM_JSON,
	};
	int r = 0;

	t.trials = calloc(n, sizeof(*t.trials));
	if (t.trials == NULL)
		return ocr_err_nomem(err);
	while (t.n < n && r == 0) {
		r = search(w, w->sources[t.n % w->n_sources], err);
		t.trials[t.n++] = w->last;
	}
	if (r == 0)
		r = ocr_graph_run_emit(w->run, ocr_trials_write, &t, err);
	free(t.trials);
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
	ocr_json_number(&j, "reached", w->distances.n_reached);
	ocr_json_exact(&j, "distance", w->distances.longest);
	ocr_json_number(&j, "relaxed", w->distances.n_relaxed);
	ocr_json_exact(&j, "delta", w->delta);
	ocr_trial_json(&j, &w->last);
	if (w->opt->search.updates_path != NULL)
		ocr_update_json(&w->updates.all, &j);
	ocr_json_close_object(&j);
	putc('\n', f);
}

static int
run_updates(struct work *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_sssp_updates *s = &w->updates;
	int r;

	s->opt = w->opt;
	s->source = source;
	s->delta = w->delta;
	s->all.run = w->run;
	r = ocr_sssp_updates_open(s, &w->distances, err);
	/* It is not needed any more, and large. */
	ocr_sssp_free(w->sssp);
	w->sssp = NULL;
	return r < 0 ? r : ocr_sssp_updates_run(s, err);
}

static int
run_one(struct work *w, uint32_t source, struct ocr_err *err)
{
	struct ocr_sssp_found found = {
	    .names = ocr_names_of(w->graph),
	    .form = w->opt->search.form,
	    .has_source = w->n_sources > 1,
	    .source = source,
	    .distances = &w->distances,
	};
	int r = search(w, source, err);

	if (r == 0 && w->opt->search.updates_path != NULL)
		r = run_updates(w, source, err);
	if (r < 0)
		return r;
	if (found.form == OCR_FORM_JSON)
		return ocr_graph_run_emit(w->run, write_json, w, err);
	if (w->opt->search.updates_path != NULL)
		return 0;
	return ocr_sssp_print(&found, w->run, err);
}

static size_t
near_bytes(const struct work *w)
{
	return (size_t)w->graph->n * sizeof(*w->near);
}

static int
work(struct ocr_graph_run *run, void *arg, struct ocr_err *err)
{
	struct work *w = arg;
	int r;

	w->graph = run->graph;
	r = ocr_search_sources(&w->opt->search, w->graph, &w->sources,
	    &w->n_sources, err);
	if (r == 0)
		r = ocr_graph_run_open_cards(run, &w->cards, K_GRAPH_SSSP, err);
	if (r == 0 && w->cards.loop == NULL)
		r = ocr_sssp_new(&w->sssp, w->graph, w->opt->delta, &run->crew,
		    err);
	if (r == 0 && w->cards.loop != NULL) {
		w->near = ocr_huge_alloc(near_bytes(w), "distances", err);
		r = w->near != NULL ? 0 : -OCR_ENOMEM;
	}
	if (r == 0 && w->opt->search.n_trials > 0) {
		r = run_trials(w, err);
	} else {
		for (size_t i = 0; i < w->n_sources && r == 0; i++)
			r = run_one(w, w->sources[i], err);
	}
	ocr_sssp_updates_close(&w->updates);
	ocr_cards_close(&w->cards);
	ocr_huge_free(w->near, near_bytes(w));
	ocr_sssp_free(w->sssp);
	free(w->sources);
	return r;
}

static void
put_stats(struct ocr_json *j, const void *arg)
{
	const struct work *w = arg;

	ocr_json_number(j, "sources", w->n_sources);
	if (w->last.ns == 0)
		return;
	ocr_json_exact(j, "delta", w->delta);
	ocr_json_number(j, "reached", w->last.count);
	ocr_json_number(j, "relaxed", w->distances.n_relaxed);
	ocr_json_real(j, "mteps", ocr_trial_mteps(&w->last));
	if (w->opt->search.updates_path != NULL)
		ocr_update_stats(&w->updates.all, j);
}

int
ocr_sssp_main(struct ocr_sssp_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct work w = {.opt = o};
	struct ocr_graph_run run = {
	    .in = &o->search.in,
	    .keep = OCR_KEEP_WEIGHTS,
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
	int r = ocr_search_opt_check(&o->search, n_paths, err);

	w.run = &run;
	if (r == 0 && o->search.form == OCR_FORM_LDBC &&
	    (o->search.n_sources > 1 || o->search.sources_path != NULL))
		r = ocr_err_set(err, -OCR_EUSAGE, "--ldbc: of one source");
	if (r == 0)
		r = ocr_search_read_sources(&o->search, &run, err);
	if (r == 0)
		r = ocr_search_check_updates(&o->search, &run, err);
	return r < 0 ? ocr_err_exit_status(r) : ocr_graph_run(&run, err);
}
