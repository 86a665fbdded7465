/*
 * pagerank_main.c - see pagerank_main.h
 *
 *	options ─► graph_run ─► pagerank ─► (residual) ─► pagerank_print
 */
#include "config.h"

#include "src/pagerank_main.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "src/graph_digits.h"
#include "src/graph_run.h"
#include "src/pagerank_print.h"
#include "src/search.h"

struct work {
	struct ocr_pagerank_main_opt *opt;
	struct ocr_graph_run *run;
	struct ocr_pagerank *pagerank; /* NULL with cards, until they fail */
	struct ocr_cards cards;        /* loop NULL: none */
	bool has_cards;                /* had them */
	float *floats;                 /* what these find */
	struct ocr_scores scores;
	double residual; /* --verify, --json */
	struct ocr_trial last;
};

/* How well the scores solve the equations. */
static int
verify(struct work *w, struct ocr_err *err)
{
	const struct ocr_pagerank_opt *o = &w->opt->rank;
	int r = ocr_pagerank_residual(w->run->graph, &w->scores, o->damping,
	    &w->run->crew, &w->residual, err);

	if (r < 0 || !w->opt->search.is_verified)
		return r;
	ocr_ui_note(w->run->ui, "residual %.3g", w->residual);
	/* A fixed number of iterations promises nothing. */
	if (o->iterations > 0 || w->residual < o->tolerance)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "verify: the residual is %.3g, the tolerance %.3g", w->residual,
	    o->tolerance);
}

static int
compute_on_cpu(struct work *w, struct ocr_err *err)
{
	int r = 0;

	if (w->pagerank == NULL)
		r = ocr_pagerank_new(&w->pagerank, w->run->graph, &w->run->crew,
		    err);
	return r < 0 ? r
		     : ocr_pagerank_run(w->pagerank, &w->opt->rank, &w->scores,
			   err);
}

/* Cards are not believed: what they find has to solve the equations. */
static int
compute_with_cards(struct work *w, struct ocr_err *err)
{
	const struct ocr_pagerank_opt *o = &w->opt->rank;
	double residual = 0;
	int r = ocr_cards_pagerank(&w->cards, o, w->opt->how, w->floats,
	    &w->scores, err);

	if (r == 0)
		r = ocr_pagerank_residual(w->run->graph, &w->scores, o->damping,
		    &w->run->crew, &residual, err);
	if (r == 0 && o->iterations == 0 && !(residual <= o->tolerance))
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "the residual is %.3g, the tolerance %.3g", residual,
		    o->tolerance);
	if (r == 0)
		return 0;
	r = ocr_graph_run_redo(w->run, r, err);
	return r < 0 ? r : compute_on_cpu(w, err);
}

static int
compute(struct work *w, uint64_t trial, struct ocr_err *err)
{
	const struct ocr_search_opt *s = &w->opt->search;
	struct ocr_scores *scores = &w->scores;
	int r;

	ocr_graph_run_begin(w->run);
	r = w->cards.loop != NULL ? compute_with_cards(w, err)
				  : compute_on_cpu(w, err);
	ocr_trial_end(&w->last, w->run);
	if (r < 0)
		return r;
	w->last.label = trial;
	w->last.count = scores->n_iterations;
	w->last.far = scores->change;
	w->last.n_edges = (double)w->run->graph->n_edges;
	ocr_ui_note(w->run->ui, "%u iterations, change %.3g, %.3f ms",
	    scores->n_iterations, scores->change, w->last.ns / 1e6);
	if (!scores->has_converged && w->opt->rank.iterations == 0)
		ocr_ui_warn(w->run->ui,
		    "not converged: %u iterations, change %.3g",
		    scores->n_iterations, scores->change);
	if (s->is_verified || (s->form == OCR_FORM_JSON && s->n_trials == 0))
		r = verify(w, err);
	return r;
}

static int
run_trials(struct work *w, struct ocr_err *err)
{
	size_t n = (size_t)w->opt->search.n_trials;
	struct ocr_trials t = {
	    .names = {"trial", "iterations", "change"},
	    .is_json = w->opt->search.form == OCR_FORM_JSON,
	};
	int r = 0;

	t.trials = calloc(n, sizeof(*t.trials));
	if (t.trials == NULL)
		return ocr_err_nomem(err);
	while (t.n < n && r == 0) {
		r = compute(w, t.n + 1, err);
		t.trials[t.n++] = w->last;
	}
	if (r == 0)
		r = ocr_graph_run_emit(w->run, ocr_trials_write, &t, err);
	free(t.trials);
	return r;
}

static void
put_iterations(struct ocr_json *j, const struct work *w)
{
	ocr_json_number(j, "iterations", w->scores.n_iterations);
	if (w->has_cards)
		ocr_json_number(j, "pushes", w->scores.n_pushes);
	ocr_json_exact(j, "change", w->scores.change);
	ocr_json_bool(j, "converged", w->scores.has_converged);
}

static void
write_json(FILE *f, const void *arg)
{
	const struct work *w = arg;
	struct ocr_json j = {.f = f};

	ocr_json_open_object(&j, NULL);
	ocr_graph_run_json_graph(&j, w->run->graph);
	put_iterations(&j, w);
	ocr_json_exact(&j, "residual", w->residual);
	ocr_trial_json(&j, &w->last);
	ocr_json_close_object(&j);
	putc('\n', f);
}

/* What was asked for that cannot be. */
static void
warn_of_cards(const struct work *w)
{
	const char *how = w->opt->how == OCR_CARDS_PUSH ? "push" : "pull";

	if (w->opt->how == OCR_CARDS_AUTO)
		return;
	if (w->cards.loop == NULL)
		ocr_ui_warn(w->run->ui, "--cards=%s: there are no cards", how);
	else if (w->opt->how == OCR_CARDS_PULL &&
		 w->run->graph->in.offsets == NULL)
		ocr_ui_warn(w->run->ui,
		    "--cards=pull: the graph has no rows of in-arcs");
}

static int
work(struct ocr_graph_run *run, void *arg, struct ocr_err *err)
{
	struct work *w = arg;
	const struct ocr_search_opt *s = &w->opt->search;
	size_t bytes = (size_t)run->graph->n * sizeof(*w->floats);
	int r;

	r = ocr_graph_run_open_cards(run, &w->cards, K_GRAPH_PAGERANK, err);
	w->has_cards = w->cards.loop != NULL;
	if (r == 0)
		warn_of_cards(w);
	if (r == 0 && w->cards.loop == NULL)
		r = ocr_pagerank_new(&w->pagerank, run->graph, &run->crew, err);
	if (r == 0 && w->cards.loop != NULL) {
		w->floats = ocr_huge_alloc(bytes, "scores", err);
		r = w->floats != NULL ? 0 : -OCR_ENOMEM;
	}
	if (r == 0 && s->n_trials > 0) {
		r = run_trials(w, err);
	} else if (r == 0) {
		r = compute(w, 1, err);
		if (r == 0 && s->form == OCR_FORM_JSON)
			r = ocr_graph_run_emit(run, write_json, w, err);
		else if (r == 0)
			r = ocr_pagerank_print(&w->scores, s->form, w->opt->top,
			    run, err);
	}
	ocr_cards_close(&w->cards);
	ocr_huge_free(w->floats, bytes);
	ocr_pagerank_free(w->pagerank);
	return r;
}

static void
put_stats(struct ocr_json *j, const void *arg)
{
	const struct work *w = arg;

	if (w->last.ns == 0)
		return;
	put_iterations(j, w);
	ocr_json_real(j, "mteps", ocr_trial_mteps(&w->last));
}

int
ocr_pagerank_main(struct ocr_pagerank_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct work w = {.opt = o};
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
	int r = ocr_search_opt_check(&o->search, n_paths, err);

	w.run = &run;
	if (r == 0 && o->top > 0 &&
	    (o->search.form != OCR_FORM_TEXT || o->search.n_trials > 0))
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "--top is for lines: not with --binary, --json, --ldbc or "
		    "--trials");
	return r < 0 ? ocr_err_exit_status(r) : ocr_graph_run(&run, err);
}
