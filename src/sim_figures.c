/*
 * sim_figures.c - see sim_figures.h
 */
#include "config.h"

#include "src/sim_figures.h"

#include <math.h>
#include <stdlib.h>

#include "src/sim_svg.h"
#include "src/sim_table.h"

#define MAX_CARDS 100

/* One point: all cases on that set-up. */
static int
run_point(struct ocr_sim_scaling *g, double count,
    const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_sim_cases *cases, struct ocr_err *err)
{
	double edges = (double)p->n_edges;
	struct ocr_sim_row row;
	size_t at = g->n++;
	int r = 0;

	g->counts[at] = count;
	g->bounds[at] = edges / ocr_sim_bound(p, s);
	for (size_t i = 0; i < cases->n && r == 0; i++) {
		r = ocr_sim_compare_one(p, s, &cases->list[i], NULL, &row, err);
		g->rates[i * OCR_SIM_MAX_POINTS + at] = edges / row.makespan_ns;
	}
	return r;
}

/* 1, 2, 4, ... and all of the threads, each with all cards. */
static int
run_threads(struct ocr_sim_scaling *g, const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_cases *cases,
    struct ocr_err *err)
{
	size_t n = ocr_sim_n_threads(s), last = 0;
	struct ocr_sim_setup few = *s;
	int r = 0;

	while (last < n && r == 0) {
		last = last == 0 ? 1 : last * 2;
		if (last > n || g->n == OCR_SIM_MAX_POINTS - 1)
			last = n;
		few.workers = s->workers + (n - last);
		few.n_workers = s->n_workers - (n - last);
		r = run_point(g, (double)last, p, &few, cases, err);
	}
	return r;
}

static int
run_cards(struct ocr_sim_scaling *g, const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_worker *card,
    const struct ocr_sim_cases *cases, struct ocr_err *err)
{
	static const size_t counts[] = {1, 2, 5, 10, 20, 50, MAX_CARDS};
	size_t n = ocr_sim_n_threads(s);
	struct ocr_sim_setup many = *s;
	int r = 0;

	many.workers = calloc(n + MAX_CARDS, sizeof(*many.workers));
	if (many.workers == NULL)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < n + MAX_CARDS; i++)
		many.workers[i] = i < n              ? s->workers[i]
				  : n < s->n_workers ? s->workers[n]
						     : *card;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]) && r == 0;
	     i++) {
		many.n_workers = n + counts[i];
		r = run_point(g, (double)counts[i], p, &many, cases, err);
	}
	free(many.workers);
	return r;
}

int
ocr_sim_figures_run(struct ocr_sim_figures *g, const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_worker *card,
    const struct ocr_sim_cases *cases, struct ocr_err *err)
{
	struct ocr_sim_setup even = *s;
	int r;

	/* The one that stalls is another where there are fewer. */
	even.stalled = SIZE_MAX;
	*g = (struct ocr_sim_figures){0};
	snprintf(g->work, sizeof(g->work), "%s", p->name);
	r = run_threads(&g->threads, p, &even, cases, err);
	if (r == 0)
		r = run_cards(&g->cards, p, &even, card, cases, err);
	return r;
}

/* What the first panels show of a row. */
static double
pick(const struct ocr_sim_block *b, size_t row, size_t what)
{
	switch (what) {
	case 0:
		return b->rows[row].lambda;
	case 1:
		return ocr_sim_bound_ratio(b, row);
	case 2:
		return ocr_sim_speedup(b, row);
	case 3:
		return (double)b->rows[row].n_steals;
	default:
		return b->rows[row].card_chunk;
	}
}

/* y and names have room for every row and every block. */
static void
put_blocks(struct ocr_svg *svg, const struct ocr_sim_block *blocks,
    size_t n_blocks, double *y, const char **names)
{
	static const char *const titles[] = {
	    "lambda: slowest worker's useful time / mean (1: balanced)",
	    "makespan / bound (1: cannot be faster)", "speed-up over static",
	    "steals", "average chunk of a card, items"};
	struct ocr_svg_panel panel = {.n_x = n_blocks,
	    .names = names,
	    .y = y,
	    .is_log = true};

	for (size_t i = 0; i < n_blocks; i++)
		names[i] = blocks[i].work;
	for (size_t what = 0; what < sizeof(titles) / sizeof(titles[0]);
	     what++) {
		panel.title = titles[what];
		for (size_t k = 0; k < svg->n_series; k++) {
			for (size_t i = 0; i < n_blocks; i++)
				y[k * n_blocks + i] = pick(&blocks[i], k, what);
		}
		ocr_svg_panel(svg, &panel);
	}
}

static void
put_scaling(struct ocr_svg *svg, const struct ocr_sim_scaling *g,
    const char *title, const char *x_title, bool is_log)
{
	double y[OCR_SIM_MAX_CASES * OCR_SIM_MAX_POINTS];
	const struct ocr_svg_panel panel = {.title = title,
	    .n_x = g->n,
	    .x = g->counts,
	    .x_title = x_title,
	    .y = y,
	    .limit = g->bounds,
	    .is_log = is_log};

	for (size_t k = 0; k < svg->n_series; k++) {
		for (size_t i = 0; i < g->n; i++)
			y[k * g->n + i] = g->rates[k * OCR_SIM_MAX_POINTS + i];
	}
	if (g->n > 0)
		ocr_svg_panel(svg, &panel);
}

int
ocr_sim_figures_write(FILE *f, const struct ocr_sim_figures *g,
    const struct ocr_sim_cases *cases, const struct ocr_sim_block *blocks,
    size_t n_blocks, const char *workers, struct ocr_err *err)
{
	const char *series[OCR_SIM_MAX_CASES];
	struct ocr_svg svg = {.f = f, .n_series = cases->n, .series = series};
	double *y = calloc(n_blocks * cases->n, sizeof(*y));
	const char **names = calloc(n_blocks, sizeof(*names));
	char title[160];
	int r = 0;

	if (y == NULL || names == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < cases->n; i++)
		series[i] = cases->list[i].name;
	snprintf(title, sizeof(title), "ocr-sim, %.100s", workers);
	ocr_svg_open(&svg, title, OCR_SIM_GRADE, g->threads.n > 0 ? 7 : 6);
	put_blocks(&svg, blocks, n_blocks, y, names);
	snprintf(title, sizeof(title),
	    "edges per ns of %s by threads, with the cards; dotted: bound",
	    g->work);
	put_scaling(&svg, &g->threads, title, "threads", false);
	snprintf(title, sizeof(title),
	    "edges per ns of %s by cards, with the threads; dotted: bound",
	    g->work);
	put_scaling(&svg, &g->cards, title, "cards", true);
	ocr_svg_close(&svg);
out:
	free(y);
	free(names);
	return r;
}
