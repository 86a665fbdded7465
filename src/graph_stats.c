/*
 * graph_stats.c - see graph_stats.h
 */
#include "config.h"

#include "src/graph_stats.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/io.h"

void
ocr_graph_run_json_graph(struct ocr_json *j, const struct ocr_graph *g)
{
	static const char *const kinds[] = {"none", "whole", "real"};

	ocr_json_number(j, "vertices", g->n);
	ocr_json_number(j, "edges", g->n_edges);
	ocr_json_number(j, "arcs", g->n_arcs);
	ocr_json_bool(j, "directed", g->is_directed);
	ocr_json_string(j, "weights", kinds[g->kind]);
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void
put_sweeps(struct ocr_json *j, const struct ocr_graph_run *r)
{
	const struct ocr_team *team = &r->crew.team;
	/* A program that times nothing has read or made a graph. */
	const struct ocr_sweep_report *report =
	    r->work_ns > 0 ? &r->report : &r->crew.report;
	const char **names = calloc(team->n_workers + 1, sizeof(*names));

	for (size_t i = 0; names != NULL && i < team->n_workers; i++)
		names[i] = team->workers[i].name;
	ocr_json_open_object(j, "sweeps");
	ocr_json_string(j, "schedule", ocr_schedule_name(&team->schedule));
	ocr_sweep_report_json(report, names, j);
	ocr_json_close_object(j);
	free(names);
}

static void
put_all(struct ocr_json *j, const struct ocr_graph_run *r, int status)
{
	struct rusage ru = {0};

	getrusage(RUSAGE_SELF, &ru);
	ocr_json_open_object(j, NULL);
	ocr_json_string(j, "tool", r->ui->tool);
	ocr_json_string(j, "version", PACKAGE_VERSION);
	ocr_json_number(j, "status", (uint64_t)status);
	ocr_json_real(j, "seconds",
	    (double)(ocr_now_ns() - r->meter.start_ns) / 1e9);
	ocr_json_real(j, "load_seconds", r->load_ns / 1e9);
	ocr_json_exact(j, "work_ms", round(r->work_ns / 1e3) / 1e3);
	ocr_json_real(j, "cpu_seconds",
	    seconds(&ru.ru_utime) + seconds(&ru.ru_stime));
	ocr_json_number(j, "peak_memory_bytes", (uint64_t)ru.ru_maxrss * 1024);
	ocr_json_number(j, "bytes_out", r->meter.out_bytes);
	if (r->graph != NULL) {
		ocr_json_open_object(j, "graph");
		ocr_graph_run_json_graph(j, r->graph);
		ocr_json_close_object(j);
		if (r->put_stats != NULL)
			r->put_stats(j, r->arg);
	}
	if (r->report.workers != NULL)
		put_sweeps(j, r);
	ocr_json_close_object(j);
	putc('\n', j->f);
}

int
ocr_graph_stats_write(const struct ocr_graph_run *r, int status,
    struct ocr_err *err)
{
	char *text = NULL;
	size_t len = 0;
	struct ocr_json j = {.f = open_memstream(&text, &len)};
	int e;

	if (j.f == NULL)
		return ocr_err_nomem(err);
	put_all(&j, r, status);
	e = fclose(j.f) != 0
		? ocr_err_nomem(err)
		: ocr_meter_write_stats(r->shared->stats_path, text, len, err);
	free(text);
	return e;
}
