/*
 * run.c - ocr-run: which kernel, which input, which output
 *
 *   source_raw or source_stream -> command, function or card -> run_sink
 */
#include "config.h"

#include "src/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/source_raw.h"
#include "common/source_stream.h"
#include "common/stream.h"
#include "src/inputs.h"
#include "src/run_hosts.h"
#include "src/run_kernel.h"
#include "src/run_sink.h"
#include "src/shards.h"
#include "src/stdin_head.h"

struct run {
	const struct ocr_run_opt *opt;
	struct ocr_ui *ui;
	struct ocr_meter *meter;
	struct ocr_team team;
	struct ocr_run_kernel kernel;
	struct ocr_inputs inputs;
	struct ocr_output out;
	struct ocr_stdin_head head;
	struct ocr_run_hosts hosts;
	struct ocr_shards shards; /* --shards */
	unsigned n_failed;        /* inputs */
};

static int
next_origin(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct run *run = ctx;

	return ocr_inputs_next(&run->inputs, o, err);
}

/* What the stream that we write says of itself; from: the one that we read, or
 * NULL.  Nobody knows how much there will be. */
static int
begin_init(const struct run *run, struct ocr_begin *begin,
    const struct ocr_begin *from, struct ocr_err *err)
{
	int r = 0;

	*begin = (struct ocr_begin){0};
	if (from != NULL)
		memcpy(begin->id, from->id, sizeof(begin->id));
	else
		r = ocr_begin_new_id(begin, err);
	begin->version = OCR_STREAM_VERSION;
	begin->type = OCR_RAW;
	snprintf(begin->tool, sizeof(begin->tool), "%s %s", run->ui->tool,
	    PACKAGE_VERSION);
	return r;
}

static struct ocr_stream
make_loop(struct run *run, struct ocr_source *source, size_t chunk_bytes)
{
	struct ocr_stream loop = {
	    .source = source,
	    .kernel = &run->kernel.kernel,
	    .team = &run->team,
	    .chunk_bytes = chunk_bytes,
	    .memory_bytes = run->opt->memory_bytes,
	    .meter = run->meter,
	    .ui = run->ui,
	};

	ocr_host_team_stream(&run->hosts.team, &loop);
	run->kernel.command.source = source;
	return loop;
}

/* Results as files. */
static int
run_shards(struct run *run, struct ocr_source *source, size_t chunk_bytes,
    struct ocr_err *err)
{
	struct ocr_stream loop = make_loop(run, source, chunk_bytes);
	struct ocr_shards *s = &run->shards;
	struct ocr_err lost = {0};
	int r, r2;

	ocr_shards_wrap(s, &run->kernel.kernel);
	loop.kernel = &s->kernel;
	loop.sink = &s->sink;
	loop.recall = ocr_shards_recall;
	loop.recall_ctx = s;
	r = ocr_stream_run(&loop, err);
	/* When hosts have gone, nobody writes to DIR any more. */
	ocr_team_close(&run->team);
	r2 = ocr_shards_finish(s, r == 0, r == 0 ? err : &lost);
	run->meter->out_bytes += s->out_bytes;
	return r < 0 ? r : r2;
}

/* Source to sink; from: the stream that is read, or NULL. */
static int
run_loop(struct run *run, struct ocr_source *source,
    const struct ocr_begin *from, size_t chunk_bytes, struct ocr_err *err)
{
	enum ocr_run_form to = run->opt->to;
	bool is_stream =
	    to == OCR_RUN_AUTO ? from != NULL : to == OCR_RUN_STREAM;
	struct ocr_stream loop = make_loop(run, source, chunk_bytes);
	struct ocr_run_sink sink = {0};
	struct ocr_err lost = {0};
	struct ocr_begin begin;
	int r = 0, r2;

	if (run->shards.dir != NULL)
		return run_shards(run, source, chunk_bytes, err);
	if (is_stream)
		r = begin_init(run, &begin, from, err);
	if (r == 0)
		r = ocr_run_sink_open(&sink, &run->out,
		    is_stream ? &begin : NULL, run->ui, err);
	if (r < 0)
		goto out;
	loop.sink = &sink.sink;
	r = ocr_stream_run(&loop, err);
	if (r == -OCR_EPIPE)
		goto out;
	/* A failed stream gets its end too: the next stage then knows. */
	r2 = ocr_run_sink_finish(&sink, r == 0, r == 0 ? err : &lost);
	if (r == 0)
		r = r2;
	run->n_failed += sink.n_failed;
out:
	ocr_run_sink_release(&sink);
	return r;
}

static int
run_files(struct run *run, struct ocr_err *err)
{
	struct ocr_source_raw raw;
	int r;

	ocr_source_raw_init(&raw, run->opt->chunk_bytes, next_origin, run);
	if (run->head.is_read) {
		raw.head = run->head.bytes;
		raw.n_head = run->head.n;
	}
	r = run_loop(run, &raw.source, NULL, run->opt->chunk_bytes, err);
	ocr_team_close(&run->team); /* before what kernels point to goes */
	ocr_source_raw_release(&raw);
	return r;
}

static int
run_stream(struct run *run, struct ocr_err *err)
{
	struct ocr_source_stream source = {0};
	size_t chunk_bytes = run->opt->chunk_bytes;
	int r;

	r = ocr_source_stream_open(&source, STDIN_FILENO, "stdin",
	    run->head.is_read ? run->head.bytes : NULL,
	    run->head.is_read ? run->head.n : 0, err);
	if (r == 0)
		r = 1;
	while (r > 0) {
		if (source.begin.chunk_bytes > 0 &&
		    source.begin.chunk_bytes <= OCR_CHUNK_MAX_BYTES)
			chunk_bytes = (size_t)source.begin.chunk_bytes;
		r = run_loop(run, &source.source, &source.begin, chunk_bytes,
		    err);
		if (r == 0)
			r = ocr_source_stream_more(&source, err);
		if (r > 0 && run->shards.dir != NULL)
			r = ocr_err_set(err, -OCR_EFORMAT,
			    "stdin: --shards takes one chunk stream, not "
			    "several");
	}
	ocr_team_close(&run->team);
	ocr_source_stream_release(&source);
	return r;
}

static int
run_input(struct run *run, struct ocr_err *err)
{
	bool is_stdin =
	    run->inputs.n_paths == 1 && strcmp(run->inputs.paths[0], "-") == 0;
	bool is_stream = run->opt->input == OCR_RUN_STREAM;

	if (is_stream && !is_stdin)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--stream: a chunk stream is read from standard input "
		    "only");
	if (is_stdin) {
		ocr_stdin_head_look(&run->head);
		if (run->opt->input == OCR_RUN_AUTO)
			is_stream =
			    ocr_frame_is_magic(run->head.bytes, run->head.n);
	}
	return is_stream ? run_stream(run, err) : run_files(run, err);
}

/* The output is there only when it is complete. */
static int
run_output(struct run *run, struct ocr_err *err)
{
	const struct ocr_run_opt *opt = run->opt;
	int r;

	if (run->shards.dir != NULL)
		return run_input(run, err);
	run->out.is_partial_kept = opt->is_partial_kept;
	r = ocr_output_open(&run->out, opt->output,
	    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
	if (r < 0)
		return r;
	if (opt->to == OCR_RUN_STREAM && !opt->is_forced && isatty(run->out.fd))
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "a chunk stream is not written to a terminal; "
		    "use -f if you mean it");
	if (r == 0)
		r = run_input(run, err);
	run->meter->out_bytes += run->out.n_bytes;
	if (r == 0 && run->n_failed == 0)
		return ocr_output_commit(&run->out, err);
	ocr_output_abort(&run->out);
	return r;
}

bool
ocr_run_needs_command(const struct ocr_run_opt *opt)
{
	return opt->so == NULL && opt->kernel == NULL && opt->config == NULL;
}

static int
open_shards(struct run *run, struct ocr_err *err)
{
	const struct ocr_run_opt *opt = run->opt;
	struct ocr_shards_opt shards = {
	    .dir = opt->host.shards,
	    .suffix = "out",
	    .type = OCR_RAW,
	    .is_resumed = opt->host.is_resumed,
	    .is_worker = opt->host.is_worker,
	    .verify = opt->team.verify,
	    .verify_share = opt->team.verify_share,
	    .ui = run->ui,
	};

	if (shards.dir == NULL)
		return 0;
	if (opt->output != NULL || opt->to != OCR_RUN_AUTO)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--shards and %s cannot be used together",
		    opt->output != NULL ? "-o" : "--to");
	return ocr_shards_open(&run->shards, &shards, err);
}

static int
run_all(struct run *run, struct ocr_err *err)
{
	struct ocr_team_opt team;
	int r;

	r = ocr_run_kernel_open(&run->kernel, run->opt, run->ui, err);
	if (r < 0)
		return r;
	team = run->kernel.opt.team;
	team.ui = run->ui;
	run->opt = &run->kernel.opt;
	r = open_shards(run, err);
	if (r == 0)
		r = ocr_run_hosts_init(&run->hosts, &run->kernel,
		    run->shards.dir, &team, err);
	if (r == 0)
		r = ocr_team_init(&run->team, &team, err);
	if (r == 0 && run->opt->host.is_worker)
		return ocr_run_worker(&run->kernel, &run->team,
		    run->shards.dir != NULL ? &run->shards : NULL, run->ui,
		    err);
	return r < 0 ? r : run_output(run, err);
}

static int
check(const struct ocr_run_opt *opt, size_t n_paths, struct ocr_err *err)
{
	if (opt->host.is_worker && n_paths > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--worker: there are no FILEs");
	if (opt->config != NULL && ocr_host_team_is_wanted(&opt->host))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--config: not with hosts; name the kernel by --so or "
		    "--kernel");
	return 0;
}

int
ocr_run_main(const struct ocr_run_opt *opt, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared, struct ocr_err *err)
{
	char dash[] = "-";
	char *only_stdin[] = {dash};
	struct ocr_meter meter = {
	    .has_stats = shared->has_stats,
	    .stats_path = shared->stats_path,
	};
	struct run run = {
	    .opt = opt,
	    .ui = ui,
	    .meter = &meter,
	    .inputs =
		{
		    .paths = n_paths > 0 ? paths : only_stdin,
		    .n_paths = n_paths > 0 ? n_paths : 1,
		},
	    .out = {.fd = -1, .cleanup_slot = -1},
	};
	int r, status;

	ocr_meter_start(&meter, ui, shared->progress);
	r = check(opt, n_paths, err);
	if (r == 0)
		r = run_all(&run, err);
	r = ocr_host_team_end(&run.hosts.team, r, err);
	r = ocr_team_end(&run.team, r, err);
	status = r < 0 ? ocr_err_exit_status(r) : run.n_failed > 0;
	r = ocr_meter_finish(&meter, &run.team, status, err);
	if (r < 0 && status == 0)
		status = ocr_err_exit_status(r);
	ocr_team_release(&run.team);
	ocr_run_hosts_release(&run.hosts);
	ocr_shards_release(&run.shards);
	ocr_inputs_release(&run.inputs);
	ocr_run_kernel_close(&run.kernel);
	return status;
}
