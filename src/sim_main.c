/*
 * sim_main.c - see sim_main.h
 *
 *	options ─► profile, set-up ─► sim_compare ─► sim_table, sim_json,
 *	        │                                    sim_figures
 *	        └► sim_hosts_main
 */
#include "config.h"

#include "src/sim_main.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/output.h"
#include "src/sim_compare.h"
#include "src/sim_figures.h"
#include "src/sim_hosts_main.h"
#include "src/sim_profile.h"
#include "src/sim_table.h"

/* A run of ocr-sim. */
struct run {
	const struct ocr_sim_opt *opt;
	struct ocr_sim_setup setup;
	struct ocr_sim_setup one_card; /* what figures add cards of */
	struct ocr_sim_block *blocks;
	size_t n_blocks;
	struct ocr_sim_figures figures;
	struct ocr_trace *trace;
	struct ocr_output out;
};

/* What is not asked for has its default, what excludes itself is refused. */
static int
complete(struct ocr_sim_opt *o, struct ocr_err *err)
{
	if (o->is_json && o->is_svg)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--json and --svg: one of them");
	if (o->workers == NULL)
		o->workers = OCR_SIM_DEFAULT_WORKERS;
	if (o->n_works == 0)
		o->works[o->n_works++] = OCR_SIM_DEFAULT_WORK;
	if (o->cases.n == 0)
		(void)ocr_sim_cases_add(&o->cases, "all", err);
	if (o->trace_path != NULL &&
	    (o->n_works > 1 || o->cases.n > 1 || o->cases.list[0].is_best))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--trace: of one --work and one --schedule, as "
		    "--schedule=hws");
	return err->code;
}

/* What goes with a sweep does not go with hosts, and the other way round. */
static int
check_mode(const struct ocr_sim_opt *o, struct ocr_err *err)
{
	bool has_sweep = o->workers != NULL || o->n_works > 0 || o->is_svg ||
			 o->trace_path != NULL || o->has_sets;
	bool has_net = o->rates != NULL || o->units > 0 || o->is_by_ref ||
		       o->has_limits || o->n_net_sets > 0;

	if (o->hosts != NULL && has_sweep)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--hosts: not with --workers, --work, --svg, --trace or "
		    "their --set");
	if (o->hosts == NULL && has_net)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--rate, --units, --by-reference, --limit and --set of "
		    "hosts: only with --hosts");
	return 0;
}

/* With hosts: hws if nothing else is asked for; the best setting is nothing
 * that a stream has. */
static int
complete_hosts(struct ocr_sim_opt *o, struct ocr_err *err)
{
	if (o->cases.n == 0)
		(void)ocr_sim_cases_add(&o->cases, "hws", err);
	for (size_t i = 0; i < o->cases.n; i++)
		if (o->cases.list[i].is_best)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--schedule: '%s' is not for --hosts; name it "
			    "without best",
			    o->cases.list[i].text);
	return err->code;
}

/* Before the first one runs: is there each work? */
static int
check_works(const struct ocr_sim_opt *o, struct ocr_err *err)
{
	for (size_t i = 0; i < o->n_works; i++) {
		const char *work = o->works[i];

		if (ocr_sim_profile_is_name(work) || access(work, R_OK) == 0)
			continue;
		if (errno != ENOENT || work[0] == '/' || work[0] == '.')
			return ocr_err_sys(err, "cannot read %s", work);
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--work: '%s' is no file, and no name like kron20, "
		    "uniform20, twitter, livejournal, orkut, stackoverflow, "
		    "skitter, pokec, higgs, hub",
		    work);
	}
	return 0;
}

/* A text that begins with what it is about: "workers 'x': ...". */
static int
relay(const struct ocr_err *why, struct ocr_err *err)
{
	bool is_setting = strncmp(why->text, "stall", 5) == 0;

	return ocr_err_set(err, why->code, "%s%s",
	    why->code != -OCR_EUSAGE ? ""
	    : is_setting             ? "--set: "
				     : "--",
	    why->text);
}

static int
make_setup(struct run *r, struct ocr_err *err)
{
	const struct ocr_sim_opt *o = r->opt;
	struct ocr_sim_costs costs = o->costs;
	struct ocr_err why = {0};
	int e = ocr_sim_setup_parse(&r->setup, o->workers, &costs, &why);

	costs.stalled = SIZE_MAX;
	if (e == 0)
		e = ocr_sim_setup_parse(&r->one_card, "card:1", &costs, &why);
	if (e < 0)
		return relay(&why, err);
	r->setup.seed = o->seed;
	r->setup.is_idempotent = o->is_idempotent;
	r->setup.has_no_weights = o->has_no_weights;
	return 0;
}

static int
name_rows(struct run *r, struct ocr_err *err)
{
	size_t n = r->setup.n_workers;
	char(*text)[32] = calloc(n, sizeof(*text));
	const char **names = calloc(n, sizeof(*names));
	size_t n_threads = ocr_sim_n_threads(&r->setup);
	int e = 0;

	if (text == NULL || names == NULL)
		e = ocr_err_nomem(err);
	for (size_t i = 0; i < n && e == 0; i++) {
		bool is_card = i >= n_threads;

		snprintf(text[i], sizeof(text[i]), "%s %zu",
		    is_card ? "card" : "thread", is_card ? i - n_threads : i);
		names[i] = text[i];
	}
	if (e == 0)
		e = ocr_trace_rows(r->trace, n, names, err);
	free(text);
	free(names);
	return e;
}

static int
open_trace(struct run *r, struct ocr_err *err)
{
	int e;

	if (r->opt->trace_path == NULL)
		return 0;
	e = ocr_trace_open(&r->trace, r->opt->trace_path, "ocr-sim", err);
	return e < 0 ? e : name_rows(r, err);
}

/* Write what write() prints. */
static int
emit(struct run *r, int (*write)(FILE *, struct run *, struct ocr_err *),
    struct ocr_err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int e;

	if (f == NULL)
		return ocr_err_nomem(err);
	e = write(f, r, err);
	if (fclose(f) != 0 && e == 0)
		e = ocr_err_nomem(err);
	if (e == 0)
		e = ocr_output_write(&r->out, text, len, err);
	free(text);
	return e;
}

static int
write_block(FILE *f, struct run *r, struct ocr_err *err)
{
	(void)err;
	if (r->n_blocks == 1)
		fprintf(f, OCR_SIM_GRADE "\n\n");
	ocr_sim_table_block(f, &r->opt->cases, &r->blocks[r->n_blocks - 1]);
	putc('\n', f);
	return 0;
}

static int
write_end(FILE *f, struct run *r, struct ocr_err *err)
{
	const struct ocr_sim_opt *o = r->opt;

	if (o->is_svg)
		return ocr_sim_figures_write(f, &r->figures, &o->cases,
		    r->blocks, r->n_blocks, o->workers, err);
	if (o->is_json) {
		ocr_sim_json(f, &o->cases, r->blocks, r->n_blocks, o->workers);
		return 0;
	}
	ocr_sim_table_means(f, &o->cases, r->blocks, r->n_blocks);
	ocr_sim_table_losses(f, &o->cases, r->blocks, r->n_blocks);
	return 0;
}

/* The next work. */
static int
run_work(struct run *r, struct ocr_err *err)
{
	const struct ocr_sim_opt *o = r->opt;
	size_t i = r->n_blocks;
	struct ocr_sim_profile p = {0};
	struct ocr_err why = {0};
	int e = ocr_sim_profile_load(&p, o->works[i], o->costs.sigma, o->seed,
	    &why);

	if (e < 0)
		e = relay(&why, err);
	if (e == 0)
		e = ocr_sim_compare(&p, &r->setup, &o->cases, r->trace,
		    &r->blocks[i], err);
	if (e == 0 && o->is_svg && i == 0)
		e = ocr_sim_figures_run(&r->figures, &p, &r->setup,
		    r->one_card.workers, &o->cases, err);
	ocr_sim_profile_release(&p);
	if (e < 0)
		return e;
	r->n_blocks++;
	return o->is_svg || o->is_json ? 0 : emit(r, write_block, err);
}

static int
run_all(struct run *r, struct ocr_err *err)
{
	int e = make_setup(r, err);

	if (e == 0)
		e = check_works(r->opt, err);
	r->blocks = calloc(r->opt->n_works, sizeof(*r->blocks));
	if (e == 0 && r->blocks == NULL)
		e = ocr_err_nomem(err);
	if (e == 0)
		e = ocr_output_open(&r->out, r->opt->path, OCR_EXISTS_REPLACE,
		    err);
	if (e == 0)
		e = open_trace(r, err);
	while (e == 0 && r->n_blocks < r->opt->n_works)
		e = run_work(r, err);
	if (e == 0)
		e = emit(r, write_end, err);
	if (e == 0)
		e = ocr_trace_close(r->trace, err);
	else
		ocr_trace_remove(r->trace);
	return e;
}

int
ocr_sim_main(struct ocr_sim_opt *o, struct ocr_err *err)
{
	struct run r = {.opt = o, .out = {.fd = -1, .cleanup_slot = -1}};
	int e = check_mode(o, err);

	if (e == 0 && o->hosts != NULL) {
		e = complete_hosts(o, err);
		return e < 0 ? e : ocr_sim_hosts_main(o, err);
	}
	if (e == 0)
		e = complete(o, err);
	if (e == 0)
		e = run_all(&r, err);
	if (e == 0)
		e = ocr_output_commit(&r.out, err);
	ocr_output_abort(&r.out);
	ocr_sim_setup_release(&r.setup);
	ocr_sim_setup_release(&r.one_card);
	free(r.blocks);
	return e;
}
