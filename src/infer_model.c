/*
 * infer_model.c - see infer_model.h
 */
#include "config.h"

#include "src/infer_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/output.h"
#include "src/infer_sweep.h"

#define MODEL "fashion.onnx"

int
ocr_infer_find_model(char **path, struct ocr_err *err)
{
	static const char *const dirs[] = {"", "../share/octoray-tools/"};
	char program[4096];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	const char *slash;
	size_t i;

	program[n > 0 ? n : 0] = '\0';
	slash = strrchr(program, '/');
	for (i = 0; slash != NULL && i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (asprintf(path, "%.*s%s" MODEL, (int)(slash + 1 - program),
			program, dirs[i]) < 0)
			return ocr_err_nomem(err);
		if (access(*path, R_OK) == 0)
			return 0;
		free(*path);
	}
	*path = strdup(OCR_PKGDATADIR "/" MODEL);
	return *path == NULL ? ocr_err_nomem(err) : 0;
}

/* All of it, or nothing: to path, or to standard output. */
static int
write_out(const struct ocr_infer_opt *opt, const char *path, const void *bytes,
    size_t n, struct ocr_err *err)
{
	struct ocr_output out = {0};
	int r = ocr_output_open(&out, path,
	    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);

	if (r == 0)
		r = ocr_output_write(&out, bytes, n, err);
	if (r == 0)
		r = ocr_output_commit(&out, err);
	ocr_output_abort(&out);
	return r;
}

static int
convert(const struct ocr_model *m, const struct ocr_infer_opt *opt,
    struct ocr_err *err)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	int r;

	if (opt->output == NULL && isatty(STDOUT_FILENO))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--convert: a model is not written to a terminal; "
		    "use -o FILE");
	r = ocr_model_pack(&bytes, &n, m, err);
	if (r == 0)
		r = write_out(opt, opt->output, bytes, n, err);
	free(bytes);
	return r;
}

static int
show(const struct ocr_model *m, const struct ocr_infer_opt *opt,
    struct ocr_err *err)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);
	int r = f == NULL ? ocr_err_nomem(err) : ocr_model_show(m, f, err);

	if (f != NULL && fclose(f) != 0 && r == 0)
		r = ocr_err_nomem(err);
	if (r == 0)
		r = write_out(opt, opt->output, text, n, err);
	free(text);
	return r;
}

/* Throughput against the size of a batch: a table, and a drawing of it. */
static int
sweep(const struct ocr_model *m, const struct ocr_infer_opt *opt,
    struct ocr_ui *ui, struct ocr_err *err)
{
	struct ocr_infer_sweep_opt o = {.team = opt->team};
	char *text[2] = {NULL, NULL};
	size_t n[2] = {0, 0};
	FILE *f[2] = {open_memstream(&text[0], &n[0]),
	    open_memstream(&text[1], &n[1])};
	unsigned threads[2] = {1, opt->team.n_threads};
	int r = f[0] == NULL || f[1] == NULL ? ocr_err_nomem(err) : 0, i;

	o.team.ui = ui;
	o.max_batch = (size_t)opt->batch;
	o.threads = threads + (threads[1] == 1);
	o.n_threads = threads[1] == 0 ? 0 : threads[1] == 1 ? 1 : 2;
	if (r == 0)
		r = ocr_infer_sweep(m, &o, f[0],
		    opt->svg_path != NULL ? f[1] : NULL, err);
	for (i = 0; i < 2; i++)
		if (f[i] != NULL && fclose(f[i]) != 0 && r == 0)
			r = ocr_err_nomem(err);
	if (r == 0 && opt->svg_path != NULL)
		r = write_out(opt, opt->svg_path, text[1], n[1], err);
	if (r == 0)
		r = write_out(opt, opt->output, text[0], n[0], err);
	free(text[0]);
	free(text[1]);
	return r;
}

/* What is about images that others see. */
static int
check_task(const struct ocr_host_opt *o, struct ocr_err *err)
{
	const char *other = o->hosts != NULL    ? "--hosts"
			    : o->host != NULL   ? "--host"
			    : o->joblog != NULL ? "--joblog"
			    : o->shards != NULL ? "--shards"
			    : o->is_resumed     ? "--resume"
			    : o->is_worker      ? "--worker"
						: NULL;

	if (other == NULL)
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s: not with --convert, --show or --sweep", other);
}

int
ocr_infer_model_task(const struct ocr_infer_opt *opt, char **paths,
    size_t n_paths, struct ocr_ui *ui, struct ocr_err *err)
{
	const char *path = opt->model_path;
	struct ocr_model *m = NULL;
	char *found = NULL;
	int r = check_task(&opt->host, err);

	if (path == NULL && n_paths > 0) {
		path = paths[0];
		n_paths--;
	}
	if (r == 0 && n_paths > 0)
		r = ocr_err_set(err, -OCR_EUSAGE,
		    "--convert, --show and --sweep take a model, no images");
	if (r == 0 && path == NULL) {
		r = ocr_infer_find_model(&found, err);
		path = found;
	}
	if (r == 0)
		r = ocr_model_open(&m, path, &opt->model, err);
	if (r == 0 && opt->task == OCR_TASK_CONVERT)
		r = convert(m, opt, err);
	else if (r == 0 && opt->task == OCR_TASK_SHOW)
		r = show(m, opt, err);
	else if (r == 0)
		r = sweep(m, opt, ui, err);
	ocr_model_close(m);
	free(found);
	return ocr_err_exit_status(r);
}
