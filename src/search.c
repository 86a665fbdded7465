/*
 * search.c - see search.h; called by ocr-bfs, ocr-sssp, ocr-pagerank
 */
#include "config.h"

#include "src/search.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/random.h"
#include "src/table.h"

#define TRIES 1000 /* for a random vertex that has edges */

/* Ids of a file: blanks, commas or lines between them, # begins a comment. */
static int
read_ids(struct ocr_search_opt *o, const struct ocr_input_map *in,
    struct ocr_err *err)
{
	const char *text = (const char *)in->data;
	size_t at = 0, n;
	int r = 0;

	while (at < in->len && r == 0) {
		if (text[at] == '#') {
			while (at < in->len && text[at] != '\n')
				at++;
			continue;
		}
		if (memchr(" \t\r\n,", text[at], 5) != NULL) {
			at++;
			continue;
		}
		for (n = 1; at + n < in->len; n++) {
			if (memchr(" \t\r\n,#", text[at + n], 6) != NULL)
				break;
		}
		r = ocr_search_add_ids(o, text + at, n, in->name, err);
		at += n;
	}
	return r;
}

static bool
is_graph_stdin(const struct ocr_graph_run *run)
{
	if (run->n_paths == 0)
		return !run->in->is_generated;
	return strcmp(run->paths[0], "-") == 0;
}

int
ocr_search_read_sources(struct ocr_search_opt *o,
    const struct ocr_graph_run *run, struct ocr_err *err)
{
	struct ocr_input_map in = {0};
	struct ocr_err why = {0};
	int r;

	if (o->sources_path == NULL) {
		if (o->n_sources > 0 || o->n_trials > 0)
			return 0;
		return ocr_err_set(err, -OCR_EUSAGE,
		    "no source: say -s ID, as in -s 1, or --trials=N for "
		    "random ones");
	}
	if (strcmp(o->sources_path, "-") == 0 && is_graph_stdin(run))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--sources: standard input is the graph");
	r = ocr_input_map_open(&in, o->sources_path, err);
	if (r < 0)
		return r;
	r = read_ids(o, &in, &why);
	if (r == -OCR_EUSAGE)
		r = ocr_err_set(err, -OCR_EFORMAT, "%s", why.text);
	else if (r < 0)
		r = ocr_err_nomem(err);
	else if (o->n_sources == 0)
		r = ocr_err_set(err, -OCR_EFORMAT, "%s: no ids", in.name);
	ocr_input_map_close(&in);
	return r;
}

int
ocr_search_check_updates(const struct ocr_search_opt *o,
    const struct ocr_graph_run *run, struct ocr_err *err)
{
	if (o->updates_path == NULL)
		return 0;
	if (strcmp(o->updates_path, "-") == 0)
		return is_graph_stdin(run)
			   ? ocr_err_set(err, -OCR_EUSAGE,
				 "--updates: standard input is the graph")
			   : 0;
	/* Opened when the first result is there: a fifo has no writer before
	 * that, perhaps. */
	return access(o->updates_path, R_OK) == 0
		   ? 0
		   : ocr_err_sys(err, "cannot open %s", o->updates_path);
}

int
ocr_search_find(const struct ocr_graph *g, uint64_t id, const char *what,
    uint32_t *v, struct ocr_err *err)
{
	if (g->n == 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "the graph has no vertices");
	*v = ocr_graph_find(g, id);
	if (*v != OCR_NO_VERTEX)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s %" PRIu64 " is not in the graph: its ids are from %" PRIu64
	    " to %" PRIu64,
	    what, id, ocr_graph_id(g, 0), ocr_graph_id(g, g->n - 1));
}

/* A vertex that has edges; there is one. */
static uint32_t
pick(const struct ocr_graph *g, uint64_t *random)
{
	uint64_t v = 0;

	for (int i = 0; i < TRIES; i++) {
		v = ocr_random_below(random, g->n);
		if (ocr_graph_degree(&g->out, v) > 0)
			return (uint32_t)v;
	}
	while (ocr_graph_degree(&g->out, v) == 0)
		v = v + 1 < g->n ? v + 1 : 0;
	return (uint32_t)v;
}

int
ocr_search_sources(const struct ocr_search_opt *o, const struct ocr_graph *g,
    uint32_t **sources, size_t *n, struct ocr_err *err)
{
	/* Any seed but none: the generator's state must not be 0. */
	uint64_t random = o->in.build.seed * 2 + 1;
	uint32_t *all;
	int r = 0;

	*n = o->n_sources > 0 ? o->n_sources : (size_t)o->n_trials;
	if (o->n_sources == 0 && g->n_arcs == 0)
		return ocr_err_set(err, -OCR_EFORMAT, "the graph has no edges");
	all = calloc(*n, sizeof(*all));
	if (all == NULL)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < *n && r == 0; i++) {
		if (o->n_sources > 0)
			r = ocr_search_find(g, o->sources[i], "source", &all[i],
			    err);
		else
			all[i] = pick(g, &random);
	}
	if (r == 0)
		*sources = all;
	else
		free(all);
	return r;
}

void
ocr_trial_end(struct ocr_trial *t, struct ocr_graph_run *run)
{
	t->ns = ocr_graph_run_end(run);
	t->lambda = ocr_sweep_lambda(&run->crew.report);
	t->n_steals = run->crew.report.n_steals;
}

double
ocr_trial_mteps(const struct ocr_trial *t)
{
	return t->ns > 0 ? t->n_edges * 1e3 / t->ns : 0;
}

static int
by_real(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(const struct ocr_trials *t, double (*get)(const struct ocr_trial *))
{
	double *all = calloc(t->n, sizeof(*all)), m = 0;

	if (all == NULL)
		return 0;
	for (size_t i = 0; i < t->n; i++)
		all[i] = get(&t->trials[i]);
	qsort(all, t->n, sizeof(*all), by_real);
	m = t->n % 2 == 1 ? all[t->n / 2]
			  : (all[t->n / 2 - 1] + all[t->n / 2]) / 2;
	free(all);
	return m;
}

static double
milliseconds(const struct ocr_trial *t)
{
	return t->ns / 1e6;
}

void
ocr_trial_json(struct ocr_json *j, const struct ocr_trial *t)
{
	ocr_json_real(j, "ms", milliseconds(t));
	ocr_json_real(j, "mteps", ocr_trial_mteps(t));
	ocr_json_real(j, "lambda", t->lambda);
	ocr_json_number(j, "steals", t->n_steals);
}

static void
write_json(FILE *f, const struct ocr_trials *t)
{
	struct ocr_json j = {.f = f};

	ocr_json_open_object(&j, NULL);
	ocr_json_open_array(&j, "trials");
	for (size_t i = 0; i < t->n; i++) {
		const struct ocr_trial *one = &t->trials[i];

		ocr_json_open_object(&j, NULL);
		ocr_json_number(&j, t->names[0], one->label);
		ocr_json_number(&j, t->names[1], one->count);
		ocr_json_exact(&j, t->names[2], one->far);
		ocr_json_real(&j, "ms", milliseconds(one));
		ocr_json_real(&j, "mteps", ocr_trial_mteps(one));
		ocr_json_close_object(&j);
	}
	ocr_json_close_array(&j);
	ocr_json_real(&j, "median_ms", median(t, milliseconds));
	ocr_json_real(&j, "median_mteps", median(t, ocr_trial_mteps));
	ocr_json_close_object(&j);
	putc('\n', f);
}

static void
add_row(struct ocr_table *table, const char *label, const char *count,
    const char *far, double ms, double mteps)
{
	char time[32], speed[32];

	snprintf(time, sizeof(time), "%.3f", ms);
	snprintf(speed, sizeof(speed), "%.1f", mteps);
	ocr_table_add(table, (const char *[]){label, count, far, time, speed});
}

void
ocr_trials_write(FILE *f, const void *trials)
{
	const struct ocr_trials *t = trials;
	struct ocr_table table = {.n_columns = 5};
	char label[24], count[24], far[32];

	if (t->is_json) {
		write_json(f, t);
		return;
	}
	ocr_table_add(&table, (const char *[]){t->names[0], t->names[1],
				  t->names[2], "ms", "MTEPS"});
	for (size_t i = 0; i < t->n; i++) {
		const struct ocr_trial *one = &t->trials[i];

		snprintf(label, sizeof(label), "%" PRIu64, one->label);
		snprintf(count, sizeof(count), "%" PRIu64, one->count);
		/* Whole ones in full, a change in short. */
		snprintf(far, sizeof(far),
		    one->far == floor(one->far) ? "%.15g" : "%.4g", one->far);
		add_row(&table, label, count, far, milliseconds(one),
		    ocr_trial_mteps(one));
	}
	add_row(&table, "median", "", "", median(t, milliseconds),
	    median(t, ocr_trial_mteps));
	ocr_table_write(&table, f);
	ocr_table_release(&table);
}
