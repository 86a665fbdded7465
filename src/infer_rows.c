/*
 * infer_rows.c - images by number: the range loop
 *
 * Files of fixed records are mapped and swept in windows, so that memory stays
 * bounded: results of a window are printed, its pages leave memory, the next
 * one follows.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/range.h"
#include "src/graph_digits.h"
#include "src/infer_cards.h"

#define WINDOW ((uint64_t)32768) /* images */
#define WINDOW_BYTES ((uint64_t)48 << 20)

struct ocr_infer_rows {
	struct ocr_infer *run;
	struct ocr_range_loop *loop;
	struct ocr_infer_state **states; /* a thread's; made by it */
	const char *path;
	struct ocr_image_rows file;
	uint64_t from; /* the window: [from, to) */
	uint64_t window;
	struct ocr_infer_value *values; /* of the window */
};

/* Images [start, end) of the window, at most a batch. */
static int
run_batch(const struct ocr_infer_rows *w, struct ocr_infer_state *state,
    uint64_t start, uint64_t end, const struct ocr_infer_value **values,
    struct ocr_err *err)
{
	struct ocr_record rec = {
	    .name = w->path,
	    .n_name = strlen(w->path),
	    .n_bytes = w->file.record_bytes - w->file.pixels_at,
	    .shape = w->file.shape,
	};
	uint64_t i;
	int r = 0;

	for (i = start; r == 0 && i < end; i++) {
		rec.bytes = ocr_image_row(&w->file, w->from + i);
		r = ocr_infer_state_put(state, &rec, err);
	}
	return r < 0 ? r : ocr_infer_state_run(state, values, err);
}

static struct ocr_infer_value *
values_at(const struct ocr_infer_rows *w, uint64_t i)
{
	return w->values + i * w->run->spec.n_values;
}

static int
classify(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_infer_rows *w = arg;
	struct ocr_infer_state **state = &w->states[thread];
	const struct ocr_infer_value *values;
	int r = 0;

	if (*state == NULL)
		r = ocr_infer_state_new(state, &w->run->spec, err);
	if (r == 0)
		r = run_batch(w, *state, start, end, &values, err);
	if (r == 0)
		memcpy(values_at(w, start), values,
		    (end - start) * w->run->spec.n_values * sizeof(*values));
	ocr_image_rows_rest(&w->file, w->from + start, w->from + end);
	ocr_meter_add(w->run->meter, (end - start) * w->file.record_bytes);
	return r;
}

/* A card's: what it does, what comes of it, and the same by a thread. */
static size_t
load(void *arg, const struct ocr_job *job, uint8_t *pixels, size_t n)
{
	struct ocr_infer_rows *w = ((struct ocr_infer *)arg)->rows;
	size_t n_bytes = ocr_model_input(w->run->model)->n_bytes, i;
	struct ocr_pixels *p;
	struct ocr_err err = {0};
	int r = ocr_pixels_new(&p, &w->run->spec.rows, &err);

	for (i = 0; r == 0 && i < n; i++)
		r = ocr_pixels_convert(p,
		    ocr_image_row(&w->file, w->from + job->range.start + i),
		    &w->file.shape, pixels + i * n_bytes, &err);
	ocr_pixels_free(p);
	return r < 0 ? 0 : n;
}

static int
store(void *arg, struct ocr_job *job, const int32_t *votes,
    const uint32_t *labels, struct ocr_err *err)
{
	struct ocr_infer *run = arg;
	uint64_t n = job->range.end - job->range.start, i;

	(void)err;
	for (i = 0; i < n; i++)
		ocr_infer_cards_values(run, votes, labels, i,
		    values_at(run->rows, job->range.start + i));
	ocr_meter_add(run->meter, n * run->rows->file.record_bytes);
	return 0;
}

void
ocr_infer_rows_io(struct ocr_infer *in, struct ocr_card_infer_io *io)
{
	*io = (struct ocr_card_infer_io){
	    .arg = in,
	    .is_nhwc = ocr_model_input(in->model)->is_nhwc,
	    .load = load,
	    .store = store,
	};
}

static int
open_worker(const struct ocr_kernel *k, void **state, struct ocr_err *err)
{
	const struct ocr_infer_rows *w = k->arg;
	struct ocr_infer_state *s;
	int r = ocr_infer_state_new(&s, &w->run->spec, err);

	*state = s;
	return r;
}

static void
close_worker(void *state)
{
	ocr_infer_state_free(state);
}

static const struct ocr_infer_rows *
rows_of(const struct ocr_infer_state *state)
{
	const struct ocr_infer *run = ocr_infer_state_arg(state);

	return run->rows;
}

/* What a card did wrong. */
static int
run(void *state, struct ocr_job *job)
{
	const struct ocr_infer_rows *w = rows_of(state);
	const struct ocr_infer_value *values;
	size_t batch = w->run->spec.batch;
	uint64_t i, end;
	int r = 0;

	for (i = job->range.start; r == 0 && i < job->range.end; i = end) {
		end = job->range.end - i < batch ? job->range.end : i + batch;
		r = run_batch(w, state, i, end, &values, &job->err);
		if (r == 0)
			memcpy(values_at(w, i), values,
			    (end - i) * w->run->spec.n_values *
				sizeof(*values));
	}
	return r;
}

static int
verify(void *state, const struct ocr_job *job, struct ocr_err *err)
{
	const struct ocr_infer_rows *w = rows_of(state);
	const struct ocr_infer_value *want;
	uint64_t i, n = job->range.end - job->range.start, at;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++) {
		if (!ocr_infer_cards_check(w->run, i))
			continue;
		at = job->range.start + i;
		r = run_batch(w, state, at, at + 1, &want, err);
		if (r == 0)
			r = ocr_infer_cards_compare(w->run, i, values_at(w, at),
			    want, err);
	}
	return r;
}

static int
print(struct ocr_infer_rows *w, uint64_t n, struct ocr_err *err)
{
	struct ocr_infer *run = w->run;
	char name[320];
	struct ocr_result result = {.name = name};
	uint64_t i;
	int r = 0, len = snprintf(name, sizeof(name), "%.280s:", w->path);

	for (i = 0; r == 0 && i < n; i++) {
		result.n_name =
		    (size_t)(ocr_put_u64(name + len, w->from + i) - name);
		result.truth = ocr_image_row_truth(&w->file, w->from + i);
		result.values = values_at(w, i);
		r = ocr_infer_print_put(&run->print, &result, err);
	}
	return r == 0 ? ocr_infer_print_flush(&run->print, err) : r;
}

static int
run_file(struct ocr_infer_rows *w, struct ocr_err *err)
{
	struct ocr_sweep sweep = {.body = classify,
	    .arg = w,
	    .grain = w->run->spec.batch};
	uint64_t to;
	int r = 0;

	ocr_meter_phase(w->run->meter, "classify", OCR_METER_BYTES,
	    w->file.n * w->file.record_bytes);
	for (w->from = 0; r == 0 && w->from < w->file.n; w->from = to) {
		to = w->from + w->window < w->file.n ? w->from + w->window
						     : w->file.n;
		sweep.n = to - w->from;
		r = ocr_range_run(w->loop, &sweep, &w->run->sweeps, err);
		if (r == 0)
			r = print(w, sweep.n, err);
		ocr_image_rows_rest(&w->file, w->from, to);
	}
	return r;
}

static int
open_loop(struct ocr_infer_rows *w, const struct ocr_kernel *kernel,
    struct ocr_err *err)
{
	struct ocr_team *team = w->run->team;
	struct ocr_range_opt opt = {.schedule = team->schedule,
	    .trace = team->trace,
	    .ui = w->run->ui};
	uint32_t n_values = w->run->spec.n_values;

	w->window = WINDOW_BYTES / (n_values * sizeof(*w->values));
	if (w->window > WINDOW)
		w->window = WINDOW;
	w->values = calloc(w->window, n_values * sizeof(*w->values));
	if (w->values == NULL)
		return ocr_err_nomem(err);
	return ocr_range_open(&w->loop, team,
	    team->n_workers > team->n_cpus ? kernel : NULL, &opt, err);
}

/* The first input becomes w->file: is it a file of rows, and the others?  One
 * that is broken has a line in its place: as chunks. */
static int
open_first(struct ocr_infer_rows *w, const struct ocr_images_opt *opt,
    struct ocr_err *err)
{
	struct ocr_image_rows file;
	struct ocr_err why = {0};
	size_t i;
	int r;

	if (opt->n_paths == 0 || opt->files_from != NULL)
		return 0;
	r = ocr_image_rows_open(&w->file, opt->paths[0], opt, &why);
	for (i = 1; r == 1 && i < opt->n_paths; i++) {
		r = ocr_image_rows_open(&file, opt->paths[i], opt, &why);
		if (r == 1)
			ocr_image_rows_close(&file);
	}
	if (r == -OCR_ENOMEM)
		return ocr_err_set(err, r, "%s", why.text);
	return r < 0 ? 0 : r;
}

int
ocr_infer_rows_open(struct ocr_infer *in, struct ocr_err *err)
{
	struct ocr_infer_rows *w = calloc(1, sizeof(*w));
	int r;

	if (w == NULL)
		return ocr_err_nomem(err);
	w->run = in;
	w->path = in->images_opt.n_paths > 0 ? in->images_opt.paths[0] : "";
	r = open_first(w, &in->images_opt, err);
	if (r == 1)
		in->rows = w;
	else
		ocr_infer_rows_close(w);
	return r < 0 ? r : 0;
}

void
ocr_infer_rows_close(struct ocr_infer_rows *w)
{
	if (w == NULL)
		return;
	free(w->values);
	ocr_image_rows_close(&w->file);
	free(w);
}

static int
run_files(struct ocr_infer_rows *w, const struct ocr_images_opt *opt,
    struct ocr_err *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < opt->n_paths; i++) {
		w->path = opt->paths[i];
		if (i > 0)
			r = ocr_image_rows_open(&w->file, w->path, opt, err);
		if (r >= 0)
			r = run_file(w, err);
		ocr_image_rows_close(&w->file);
	}
	return r;
}

int
ocr_infer_rows(struct ocr_infer *in, struct ocr_err *err)
{
	struct ocr_infer_rows *w = in->rows;
	struct ocr_team *team = in->team;
	struct ocr_kernel kernel = {
	    .name = "k_cnv",
	    .arg = w,
	    .open = open_worker,
	    .run = run,
	    .verify = verify,
	    .close = close_worker,
	    .drivers = in->drivers,
	};
	size_t i;
	int r = ocr_sweep_report_init(&in->sweeps, team->n_workers, err);

	w->states = calloc(team->n_cpus + 1, sizeof(*w->states));
	if (r == 0 && w->states == NULL)
		r = ocr_err_nomem(err);
	if (r == 0)
		r = open_loop(w, &kernel, err);
	if (r == 0)
		r = run_files(w, &in->images_opt, err);
	ocr_range_close(w->loop);
	for (i = 0; w->states != NULL && i < team->n_cpus; i++)
		ocr_infer_state_free(w->states[i]);
	free(w->states);
	in->meter->sweeps = r == 0 ? &in->sweeps : NULL;
	return r < 0 ? r : 0;
}
