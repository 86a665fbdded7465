/*
 * compress.c - ocr-compress: what is asked for, and of which input
 */
#include "config.h"

#include "src/compress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io.h"
#include "src/compress_run.h"
#include "src/gzip_list.h"

struct ocr_stream
ocr_compress_loop(struct ocr_compress *c, struct ocr_source *source,
    const struct ocr_kernel *kernel, struct ocr_sink *sink)
{
	struct ocr_stream loop = {
	    .source = source,
	    .kernel = kernel,
	    .sink = sink,
	    .team = c->team,
	    .chunk_bytes = c->opt->deflate.chunk_bytes,
	    .memory_bytes = c->opt->memory_bytes,
	    .meter = c->meter,
	    .ui = c->ui,
	};

	ocr_host_team_stream(&c->hosts, &loop);
	return loop;
}

int
ocr_compress_next_origin(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct ocr_compress *c = ctx;

	return ocr_inputs_next(&c->inputs, o, err);
}

static int
accept_input(void *ctx, const char *path, int fd, struct ocr_err *err)
{
	struct ocr_compress *c = ctx;

	(void)err;
	if (ocr_outputs_accept(&c->opt->outputs, c->ui, path, fd))
		return 1;
	c->n_failed++;
	return 0;
}

static int
check_terminals(const struct ocr_compress_opt *opt, bool has_stdin,
    struct ocr_err *err)
{
	const struct ocr_outputs_opt *out = &opt->outputs;

	if (out->is_forced || out->mode == OCR_OUTPUTS_TEST)
		return 0;
	if (out->mode == OCR_OUTPUTS_DECOMPRESS) {
		if (has_stdin && isatty(STDIN_FILENO))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "compressed data is not read from a terminal; "
			    "use -f if you mean it");
		return 0;
	}
	if (out->path == NULL && (has_stdin || out->is_single) &&
	    isatty(STDOUT_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "compressed data is not written to a terminal; "
		    "use -f if you mean it");
	return 0;
}

/* As gzip -d does: x may mean x.gz, if that is what is there. */
static char *
find_compressed(const char *path, const char *suffix)
{
	struct stat st;
	char *longer;

	if (strcmp(path, "-") == 0 || stat(path, &st) == 0)
		return NULL;
	if (asprintf(&longer, "%s%s", path, suffix) < 0)
		return NULL;
	if (stat(longer, &st) == 0)
		return longer;
	free(longer);
	return NULL;
}

static void
free_paths(char **paths, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
}

/* Is standard input a chunk stream? */
static int
look(struct ocr_compress *c, bool has_only_stdin, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;

	c->is_stream = opt->input == OCR_INPUT_STREAM;
	/* Only source_raw takes bytes that have been read already. */
	if (opt->is_rsyncable && !c->is_stream &&
	    opt->outputs.mode == OCR_OUTPUTS_COMPRESS)
		return 0;
	if (!has_only_stdin && c->is_stream)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--stream: a chunk stream is read from standard input "
		    "only");
	if (!has_only_stdin)
		return 0;
	ocr_stdin_head_look(&c->head);
	if (opt->input == OCR_INPUT_AUTO)
		c->is_stream = ocr_frame_is_magic(c->head.bytes, c->head.n);
	return 0;
}

static int
run(struct ocr_compress *c, struct ocr_err *err)
{
	if (c->shards.dir != NULL)
		return ocr_compress_shards(c, err);
	if (c->is_stream)
		return ocr_compress_stream(c, err);
	if (c->opt->outputs.mode == OCR_OUTPUTS_COMPRESS)
		return ocr_compress_files(c, err);
	return ocr_decompress_files(c, err);
}

static int
list(struct ocr_compress *c, struct ocr_err *err)
{
	return ocr_gzip_list(&c->inputs, c->ui, &c->n_failed, err);
}

static int
run_paths(struct ocr_compress *c, char **paths, size_t n_paths,
    struct ocr_err *err)
{
	char dash[] = "-";
	char *only_stdin[] = {dash};
	bool has_stdin = n_paths == 0;
	size_t i;
	int r;

	for (i = 0; i < n_paths; i++)
		has_stdin = has_stdin || strcmp(paths[i], "-") == 0;
	c->inputs = (struct ocr_inputs){
	    .paths = n_paths > 0 ? paths : only_stdin,
	    .n_paths = n_paths > 0 ? n_paths : 1,
	    .is_recursive = c->opt->is_recursive,
	    .accept = c->opt->is_list ? NULL : accept_input,
	    .ctx = c,
	};
	r = check_terminals(c->opt, has_stdin, err);
	if (r == 0 && c->opt->is_list) {
		r = list(c, err);
	} else if (r == 0) {
		r = look(c, has_stdin && n_paths <= 1, err);
		if (r == 0)
			r = ocr_compress_team(c, err);
		if (r == 0)
			r = run(c, err);
	}
	ocr_inputs_release(&c->inputs);
	return r;
}

static int
run_worker(struct ocr_compress *c, size_t n_paths, struct ocr_err *err)
{
	int r;

	if (n_paths > 0)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--worker: there are no FILEs");
	r = ocr_compress_team(c, err);
	return r < 0 ? r : ocr_compress_worker(c, err);
}

/* Replace operands by what find_compressed() finds; all paths are copies. */
static char **
copy_paths(const struct ocr_compress_opt *opt, char **paths, size_t n)
{
	char **copy = calloc(n + 1, sizeof(*copy));
	size_t i;

	for (i = 0; copy != NULL && i < n; i++) {
		if (opt->outputs.mode != OCR_OUTPUTS_COMPRESS || opt->is_list)
			copy[i] =
			    find_compressed(paths[i], opt->outputs.suffix);
		if (copy[i] == NULL)
			copy[i] = strdup(paths[i]);
		if (copy[i] == NULL) {
			free_paths(copy, i);
			return NULL;
		}
	}
	return copy;
}

int
ocr_compress_main(const struct ocr_compress_opt *opt, char **paths,
    size_t n_paths, struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err)
{
	struct ocr_meter meter = {
	    .has_stats = shared->has_stats,
	    .stats_path = shared->stats_path,
	};
	struct ocr_team team = {0};
	struct ocr_compress_opt own = *opt;
	struct ocr_compress c = {
	    .opt = &own,
	    .ui = ui,
	    .meter = &meter,
	    .team = &team,
	};
	char **copy = copy_paths(opt, paths, n_paths);
	int r, status;

	if (copy == NULL)
		return ocr_err_exit_status(ocr_err_nomem(err));
	ocr_meter_start(&meter, ui, shared->progress);
	r = ocr_compress_shards_opt(&own, err);
	if (r == 0)
		r = opt->host.is_worker ? run_worker(&c, n_paths, err)
					: run_paths(&c, copy, n_paths, err);
	r = ocr_host_team_end(&c.hosts, r, err);
	r = ocr_team_end(&team, r, err);
	status = r < 0 ? ocr_err_exit_status(r) : c.n_failed > 0;
	r = ocr_meter_finish(&meter, &team, status, err);
	if (r < 0 && status == 0)
		status = ocr_err_exit_status(r);
	ocr_team_release(&team);
	ocr_host_team_release(&c.hosts);
	ocr_shards_release(&c.shards);
	free_paths(copy, n_paths);
	return status;
}
