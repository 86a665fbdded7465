/*
 * sim_compare.c - see sim_compare.h
 */
#include "config.h"

#include "src/sim_compare.h"

#include <stdio.h>

size_t
ocr_sim_n_threads(const struct ocr_sim_setup *s)
{
	size_t n = 0;

	while (n < s->n_workers && !s->workers[n].is_card)
		n++;
	return n;
}

double
ocr_sim_speedup(const struct ocr_sim_block *b, size_t row)
{
	return b->static_ns / b->rows[row].makespan_ns;
}

double
ocr_sim_bound_ratio(const struct ocr_sim_block *b, size_t row)
{
	return b->rows[row].makespan_ns / b->bound_ns;
}

static int
run_try(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_sim_try *t, struct ocr_trace *trace,
    struct ocr_sim_row *row, struct ocr_err *err)
{
	struct ocr_sweep_report report = {0};
	struct ocr_sim_setup used = *s;
	int r;

	if (t->has_no_cards)
		used.n_workers = ocr_sim_n_threads(s);
	if (used.stalled >= used.n_workers)
		used.stalled = SIZE_MAX;
	r = ocr_sweep_report_init(&report, used.n_workers, err);
	if (r == 0)
		r = ocr_sim_run(p, &used, &t->schedule, &report, trace, err);
	if (r == 0) {
		row->best = *t;
		/* Who is left alone counts as idle. */
		row->lambda = ocr_sweep_lambda(&report) * (double)s->n_workers /
			      (double)used.n_workers;
		row->makespan_ns = report.makespan_ns;
		row->card_chunk = ocr_sweep_card_chunk(&report);
		row->n_steals = report.n_steals;
		row->n_by_card = report.n_by_card;
		row->n_from_card = report.n_from_card;
		row->n_aborted = report.n_aborted;
		row->n_duplicated = report.n_duplicated;
	}
	ocr_sweep_report_release(&report);
	return r;
}

int
ocr_sim_compare_one(const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_case *c,
    struct ocr_trace *trace, struct ocr_sim_row *row, struct ocr_err *err)
{
	struct ocr_sim_try tries[OCR_SIM_MAX_TRIES];
	struct ocr_sim_size size = {.n_threads = ocr_sim_n_threads(s)};
	int r = 0;

	size.n = c->schedule.has_weights ? p->pieces.n : p->rows.n;
	size.n_cards = s->n_workers - size.n_threads;
	*row = (struct ocr_sim_row){0};
	row->n_tries = ocr_sim_case_tries(c, &size, tries);
	for (size_t i = 0; i < row->n_tries && r == 0; i++) {
		struct ocr_sim_row one = {.n_tries = row->n_tries};

		r = run_try(p, s, &tries[i], trace, &one, err);
		if (r == 0 && (i == 0 || one.makespan_ns < row->makespan_ns))
			*row = one;
	}
	return r;
}

int
ocr_sim_compare(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_sim_cases *cases, struct ocr_trace *trace,
    struct ocr_sim_block *b, struct ocr_err *err)
{
	const struct ocr_sim_case base = {
	    .schedule = ocr_schedule_default(OCR_STATIC)};
	struct ocr_sim_row row;
	int r;

	*b = (struct ocr_sim_block){0};
	snprintf(b->work, sizeof(b->work), "%s", p->name);
	b->n_threads = ocr_sim_n_threads(s);
	b->n_cards = s->n_workers - b->n_threads;
	b->n_items = p->rows.n;
	b->n_edges = p->n_edges;
	b->bound_ns = ocr_sim_bound(p, s);
	b->n_rows = cases->n;
	r = ocr_sim_compare_one(p, s, &base, NULL, &row, err);
	b->static_ns = row.makespan_ns;
	for (size_t i = 0; i < cases->n && r == 0; i++)
		r = ocr_sim_compare_one(p, s, &cases->list[i], trace,
		    &b->rows[i], err);
	return r;
}
