/*
 * graph_run.c - see graph_run.h; called by the graph programs
 */
#include "config.h"

#include "src/graph_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "src/graph_stats.h"

static void
clear_report(struct ocr_sweep_report *r)
{
	struct ocr_sweep_worker *workers = r->workers;
	size_t n = r->n_workers;

	memset(r, 0, sizeof(*r));
	if (n > 0)
		memset(workers, 0, n * sizeof(*workers));
	r->workers = workers;
	r->n_workers = n;
}

void
ocr_graph_run_begin(struct ocr_graph_run *r)
{
	ocr_meter_wipe(&r->meter);
	clear_report(&r->crew.report);
	r->start_ns = ocr_now_ns();
}

double
ocr_graph_run_end(struct ocr_graph_run *r)
{
	double ns = (double)(ocr_now_ns() - r->start_ns);

	r->work_ns += ns;
	ocr_sweep_report_add(&r->report, &r->crew.report);
	return ns;
}

int
ocr_graph_run_open_cards(struct ocr_graph_run *r, struct ocr_cards *c,
    uint32_t program, struct ocr_err *err)
{
	const char *why = NULL;

	memset(c, 0, sizeof(*c));
	if (r->crew.team.n_workers == r->crew.team.n_cpus)
		return 0;
	if (!ocr_card_graph_fits(r->graph))
		why = "2^32 arcs or more";
	else if (program == K_GRAPH_SSSP && r->graph->kind == OCR_EDGE_REAL)
		why = "weights are not whole";
	if (why != NULL) {
		ocr_ui_warn(r->ui, "cards are not used: %s", why);
		return 0;
	}
	return ocr_cards_open(c, &r->card, &r->crew, r->graph, program, err);
}

int
ocr_graph_run_redo(struct ocr_graph_run *r, int status, struct ocr_err *err)
{
	if (status != -OCR_EFORMAT && status != -OCR_EDEVICE &&
	    status != -OCR_ELIMIT)
		return status;
	ocr_ui_warn(r->ui, "cards: %s: done again on the CPU", err->text);
	ocr_err_clear(err);
	return 0;
}

int
ocr_graph_run_emit(struct ocr_graph_run *r,
    void (*write)(FILE *f, const void *arg), const void *arg,
    struct ocr_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int e = 0;

	if (f == NULL)
		return ocr_err_nomem(err);
	write(f, arg);
	if (fclose(f) != 0)
		e = ocr_err_nomem(err);
	ocr_meter_wipe(&r->meter);
	if (e == 0)
		e = ocr_output_write(&r->out, text, len, err);
	free(text);
	return e;
}

static int
open_output(struct ocr_graph_run *r, struct ocr_err *err)
{
	int e =
	    ocr_output_open(&r->out, r->in->output, OCR_EXISTS_REPLACE, err);

	if (e == 0 && r->is_binary && isatty(r->out.fd))
		e = ocr_err_set(err, -OCR_EUSAGE,
		    "binary output is not written to a terminal; "
		    "use -o FILE");
	return e;
}

static int
run(struct ocr_graph_run *r, struct ocr_err *err)
{
	struct ocr_team_opt team = r->in->team;
	uint64_t start_ns;
	int e = ocr_graph_load_check(r->in, r->n_paths, err);

	team.ui = r->ui;
	/* Threads alone are faster than with cards that nobody has asked for:
	 * cards.h. */
	if (r->has_kernels &&
	    (team.devices != NULL || getenv("OCR_DEVICES") != NULL)) {
		ocr_card_graph_init(&r->card);
		team.drivers = r->card.drivers;
	}
	if (e == 0)
		e = open_output(r, err);
	if (e == 0)
		e = ocr_crew_open(&r->crew, &team, err);
	if (e == 0)
		e = ocr_sweep_report_init(&r->report, r->crew.team.n_workers,
		    err);
	if (e < 0)
		return e;
	r->crew.meter = &r->meter;
	start_ns = ocr_now_ns();
	e = ocr_graph_load(&r->graph, r->in, r->keep, r->paths, r->n_paths,
	    &r->crew, r->ui, err);
	r->load_ns = (double)(ocr_now_ns() - start_ns);
	/* Layouts; what is searched or written is no part of it. */
	if (e == 0 && r->has_kernels)
		ocr_crew_phase(&r->crew, "preparing", OCR_METER_ITEMS, 0);
	if (e == 0)
		e = r->work(r, r->arg, err);
	r->meter.out_bytes += r->out.n_bytes;
	return e < 0 ? e : ocr_output_commit(&r->out, err);
}

int
ocr_graph_run(struct ocr_graph_run *r, struct ocr_err *err)
{
	int e, status;

	r->out.fd = -1;
	r->out.cleanup_slot = -1;
	ocr_meter_start(&r->meter, r->ui, r->shared->progress);
	e = run(r, err);
	ocr_output_abort(&r->out);
	e = ocr_team_end(&r->crew.team, e, err);
	status = ocr_err_exit_status(e);
	/* Wipes the bar; its own stats do not know of graphs. */
	(void)ocr_meter_finish(&r->meter, NULL, status, err);
	if (r->shared->has_stats)
		e = ocr_graph_stats_write(r, status, err);
	if (e < 0 && status == 0)
		status = ocr_err_exit_status(e);
	ocr_graph_free(r->graph);
	ocr_sweep_report_release(&r->report);
	ocr_crew_close(&r->crew);
	return status;
}
