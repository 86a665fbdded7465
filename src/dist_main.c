/*
 * dist_main.c - see dist_main.h; called by bfs_main.c
 *
 *	MPI ─► same options? ─► crew ─► dist_load ─► dist_search ─► output
 *
 * Rank 0 writes; a message comes from the lowest rank that has one.
 */
#include "config.h"

#include "src/dist_main.h"

#include <string.h>
#include <unistd.h>

#include "common/cpus.h"
#include "common/crc.h"
#include "common/io.h"
#include "src/dist_load.h"
#include "src/dist_mpi.h"
#include "src/dist_search.h"
#include "src/graph_stats.h"

bool
ocr_dist_main_is_wanted(const struct ocr_bfs_main_opt *o)
{
	return o->is_mpi || ocr_dist_mpi_is_run();
}

static void
put_stats(struct ocr_json *j, const void *arg)
{
	const struct ocr_dist_search *w = arg;

	ocr_json_number(j, "sources", w->n_sources);
	ocr_json_number(j, "ranks", w->dist->n);
	ocr_json_number(j, "sent_bytes", w->dist->sent_bytes);
	ocr_json_number(j, "received_bytes", w->dist->received_bytes);
	if (w->last.ns == 0)
		return;
	ocr_json_number(j, "reached", w->result.n_reached);
	ocr_json_number(j, "depth", w->result.depth);
	ocr_json_real(j, "mteps", ocr_trial_mteps(&w->last));
}

/* Ranks of one machine share its cores, unless mpirun has given each its own. */
static unsigned
n_threads(const struct ocr_dist *d)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = ocr_cpus_usable();

	if (online > 0 && n < (unsigned long)online)
		return n;
	n /= d->n_here > 0 ? d->n_here : 1;
	return n > 0 ? n : 1;
}

static int
open_all(struct ocr_dist_search *w, struct ocr_err *err)
{
	struct ocr_graph_run *run = w->run;
	struct ocr_team_opt team = run->in->team;
	int r = 0;

	team.ui = run->ui;
	if (team.n_threads == 0)
		team.n_threads = n_threads(w->dist);
	/* One file, one writer. */
	if (w->dist->rank > 0)
		team.trace_path = NULL;
	else
		r = ocr_output_open(&run->out, run->in->output,
		    OCR_EXISTS_REPLACE, err);
	if (r == 0 && w->dist->rank == 0 && run->is_binary &&
	    isatty(run->out.fd))
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "binary output is not written to a terminal; use -o FILE");
	if (r == 0)
		r = ocr_crew_open(&run->crew, &team, err);
	if (r == 0)
		r = ocr_sweep_report_init(&run->report,
		    run->crew.team.n_workers, err);
	return r;
}

static int
check(const struct ocr_dist_search *w, struct ocr_err *err)
{
	const struct ocr_bfs_main_opt *o = w->opt;

	if (o->has_to || o->search.updates_path != NULL)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "%s: by one process, not by several",
		    o->has_to ? "--to" : "--updates");
	if (o->search.sources_path != NULL &&
	    strcmp(o->search.sources_path, "-") == 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "several processes cannot share standard input: give "
		    "--sources=FILE");
	return ocr_bfs_main_check(o, w->run->n_paths, err);
}

/* What would make one rank do what another does not. */
static int
check_same(const struct ocr_dist_search *w, struct ocr_err *err)
{
	const struct ocr_bfs_main_opt *o = w->opt;
	const struct ocr_graph_in *in = &o->search.in;
	const struct ocr_graph_opt *b = &in->build;
	const struct {
		const char *what;
		uint64_t value;
	} all[] = {
	    {"versions",
		ocr_crc32(0, PACKAGE_VERSION, sizeof(PACKAGE_VERSION))},
	    {"forms of output", o->search.form * 2U + o->is_graph500},
	    {"--parents", o->has_parents},
	    {"--max-depth", o->max_depth},
	    {"--trials", o->search.n_trials},
	    {"--verify", o->search.is_verified},
	    {"--format", in->format},
	    {"--directed or --undirected", b->direction},
	    {"--order", b->order},
	    {"--weights", in->has_weights},
	    {"--base", in->has_base},
	    {"--base", in->base},
	    {"--dedup", b->is_simple},
	    {"--no-self-loops", b->has_no_loops},
	    {"--seed", b->seed},
	    {"generated graphs", in->is_generated},
	    {"generated graphs", in->shape},
	    {"generated graphs", (uint64_t)in->scale << 32 | in->edge_factor},
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all) && r == 0; i++)
		r = ocr_dist_same(w->dist, all[i].value, all[i].what, err);
	return r;
}

static int
run_ranks(struct ocr_dist_search *w, struct ocr_err *err)
{
	struct ocr_graph_run *run = w->run;
	uint64_t start_ns;
	int r = check(w, err);

	if (r == 0)
		r = ocr_search_read_sources(&w->opt->search, run, err);
	if (r == 0)
		r = ocr_dist_load_check(run->in, run->paths, run->n_paths, err);
	if (r == 0)
		r = open_all(w, err);
	r = ocr_dist_agree(w->dist, OCR_DIST_BEGIN, r, err);
	if (r == 0)
		r = check_same(w, err);
	if (r < 0)
		return r;
	run->crew.meter = &run->meter;
	start_ns = ocr_now_ns();
	r = ocr_dist_load(&run->graph, run->in, run->paths, run->n_paths,
	    &run->crew, run->ui, w->dist, err);
	run->load_ns = (double)(ocr_now_ns() - start_ns);
	if (r == 0)
		r = ocr_dist_search_all(w, err);
	if (r == 0 && w->dist->rank == 0) {
		run->meter.out_bytes += run->out.n_bytes;
		r = ocr_output_commit(&run->out, err);
	}
	return ocr_dist_agree(w->dist, OCR_DIST_DONE, r, err);
}

static int
run(struct ocr_dist_search *w, struct ocr_err *err)
{
	struct ocr_graph_run *r = w->run;
	bool is_first = w->dist->rank == 0;
	int e, status;

	r->out.fd = -1;
	r->out.cleanup_slot = -1;
	ocr_meter_start(&r->meter, r->ui,
	    is_first ? r->shared->progress : OCR_PROGRESS_NEVER);
	e = run_ranks(w, err);
	ocr_output_abort(&r->out);
	if (r->crew.workers != NULL)
		e = ocr_team_end(&r->crew.team, e, err);
	status = ocr_err_exit_status(e);
	(void)ocr_meter_finish(&r->meter, NULL, status, err);
	if (is_first && r->shared->has_stats)
		e = ocr_graph_stats_write(r, status, err);
	if (e < 0 && status == 0)
		status = ocr_err_exit_status(e);
	ocr_dist_search_release(w);
	ocr_graph_free(r->graph);
	ocr_sweep_report_release(&r->report);
	ocr_crew_close(&r->crew);
	return status;
}

/* The one whose message it is says it now, and which rank it is; the others say
 * nothing.  Once one of them has ended mpirun ends the rest, perhaps before they
 * have spoken.  A broken pipe is for bin. */
static void
tell(const struct ocr_dist *d, struct ocr_ui *ui, struct ocr_err *err)
{
	struct ocr_err own = *err, said = {0};

	if (d->failed == 0 || err->code == 0)
		return;
	if (d->who == d->rank && err->code == -OCR_EPIPE)
		return;
	ocr_err_clear(err);
	if (d->who != d->rank)
		return;
	if (d->rank > 0)
		(void)ocr_err_set(&said, own.code, "rank %u: %.480s", d->rank,
		    own.text);
	ocr_ui_error(ui, d->rank > 0 ? &said : &own);
}

int
ocr_dist_main(struct ocr_bfs_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	struct ocr_dist dist;
	struct ocr_dist_search w = {.opt = o, .dist = &dist};
	struct ocr_graph_run graph_run = {
	    .in = &o->search.in,
	    .paths = paths,
	    .n_paths = n_paths,
	    .ui = ui,
	    .shared = shared,
	    .is_binary = o->search.form == OCR_FORM_BINARY,
	    .put_stats = put_stats,
	    .arg = &w,
	};
	int status, r = ocr_dist_mpi_open(&dist, ui, err);

	if (r < 0)
		return ocr_err_exit_status(r);
	w.run = &graph_run;
	/* What there is to say is mostly the same on all of them. */
	if (dist.rank > 0)
		ui->verbosity = OCR_QUIET;
	status = run(&w, err);
	tell(&dist, ui, err);
	ocr_dist_mpi_close(&dist);
	return status;
}
