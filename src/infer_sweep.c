/*
 * infer_sweep.c - see infer_sweep.h
 */
#include "config.h"

#include "src/infer_sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/cpus.h"
#include "common/io.h"
#include "common/random.h"
#include "src/graph_crew.h"
#include "src/sim_svg.h"

#define REPEATS 5
#define ROUNDS 8 /* of each thread, at least: a last one alone counts little */
#define MAX_POINTS 17 /* 1 to OCR_INFER_SWEEP_BATCH */
#define MAX_BYTES ((size_t)256 << 20)

struct infer_sweep {
	const struct ocr_model *m;
	const struct ocr_infer_sweep_opt *opt;
	struct ocr_crew crew;
	struct ocr_model_state **states; /* by thread */
	uint32_t *labels;                /* by thread: a batch */
	uint8_t *made;                   /* images, if not the caller's */
	const uint8_t *images;
	size_t n_images, batch, n_points;
	double seconds;
	unsigned threads[OCR_INFER_SWEEP_LINES];
	size_t n_lines;
	double x[MAX_POINTS];
	double rates[OCR_INFER_SWEEP_LINES * MAX_POINTS];
};

/* Batches [start, end): as from a stream, each the next images. */
static int
classify(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct infer_sweep *s = arg;
	size_t size = ocr_model_input(s->m)->n_bytes, at;
	uint64_t n = s->n_images / s->batch;
	int r = 0;

	for (; r == 0 && start < end; start++) {
		at = (size_t)(start % n) * s->batch;
		r = ocr_model_run(s->states[thread], s->images + at * size,
		    s->batch, NULL, s->labels + thread * s->batch, err);
	}
	return r;
}

/* Seconds of n batches. */
static int
time_batches(struct infer_sweep *s, uint64_t n, double *seconds,
    struct ocr_err *err)
{
	uint64_t start = ocr_now_ns(), grain = n / s->crew.n_threads / 8;
	int r = ocr_crew_each(&s->crew, n, grain == 0 ? 1 : grain, classify, s,
	    err);

	*seconds = (double)(ocr_now_ns() - start + 1) * 1e-9;
	return r;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Images a second.  The runs that find out how many batches to take also warm
 * up: plans are made, processors get faster. */
static int
measure(struct infer_sweep *s, double *rate, struct ocr_err *err)
{
	double want = s->seconds / REPEATS, took = 0, rates[REPEATS];
	uint64_t threads = s->crew.n_threads, n = threads;
	int i, r = time_batches(s, n, &took, err);

	while (r == 0 && took < want / 2) {
		n *= 2;
		r = time_batches(s, n, &took, err);
	}
	n = (uint64_t)((double)n * want / took);
	n = (n + threads - 1) / threads * threads;
	n = n < ROUNDS * threads ? ROUNDS * threads : n;
	for (i = 0; r == 0 && i < REPEATS; i++) {
		r = time_batches(s, n, &took, err);
		rates[i] = (double)n * (double)s->batch / took;
	}
	if (r < 0)
		return r;
	qsort(rates, REPEATS, sizeof(*rates), by_size);
	*rate = rates[REPEATS / 2];
	return 0;
}

static int
measure_point(struct infer_sweep *s, double *rate, struct ocr_err *err)
{
	unsigned n = s->crew.n_threads, i;
	int r = 0;

	s->states = calloc(n, sizeof(*s->states));
	s->labels = calloc((size_t)n * s->batch, sizeof(*s->labels));
	if (s->states == NULL || s->labels == NULL)
		r = ocr_err_nomem(err);
	for (i = 0; r == 0 && i < n; i++)
		r = ocr_model_state_new(&s->states[i], s->m, s->batch, err);
	if (r == 0)
		r = measure(s, rate, err);
	for (i = 0; s->states != NULL && i < n; i++)
		ocr_model_state_free(s->states[i]);
	free(s->states);
	free(s->labels);
	return r;
}

static int
measure_line(struct infer_sweep *s, size_t line, FILE *table,
    struct ocr_err *err)
{
	struct ocr_team_opt team = s->opt->team;
	double *rates = s->rates + line * s->n_points;
	size_t i;
	int r;

	team.n_threads = s->threads[line];
	team.devices = "cpu";
	team.drivers = NULL;
	r = ocr_crew_open(&s->crew, &team, err);
	if (r < 0)
		return r;
	s->crew.stop = s->opt->stop;
	for (i = 0; r == 0 && i < s->n_points; i++) {
		s->batch = (size_t)1 << i;
		r = measure_point(s, &rates[i], err);
		if (r < 0)
			break;
		fprintf(table, "%zu\t%u\t%.0f\t%.3f\n", s->batch,
		    s->crew.n_threads, rates[i],
		    1e3 * (double)s->batch * s->crew.n_threads / rates[i]);
		/* Points take long: whoever waits sees them come. */
		if (fflush(table) != 0)
			r = ocr_err_sys(err, "cannot write the table");
	}
	ocr_crew_close(&s->crew);
	return r;
}

static int
set_threads(struct infer_sweep *s, struct ocr_err *err)
{
	unsigned all = ocr_cpus_usable();

	if (s->opt->n_threads > OCR_INFER_SWEEP_LINES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "sweep: more than %d numbers of threads",
		    OCR_INFER_SWEEP_LINES);
	s->n_lines = s->opt->n_threads;
	if (s->n_lines > 0) {
		memcpy(s->threads, s->opt->threads,
		    s->n_lines * sizeof(*s->threads));
		return 0;
	}
	s->threads[s->n_lines++] = 1;
	if (all > 1)
		s->threads[s->n_lines++] = all;
	return 0;
}

/* 0 to 255; floats 0 to 1. */
static void
make_random(struct infer_sweep *s, size_t n)
{
	const struct ocr_model_input *in = ocr_model_input(s->m);
	uint64_t state = 1;
	float x;
	size_t i;

	for (i = 0; i < n * in->n_bytes && in->is_bytes; i++)
		s->made[i] = (uint8_t)ocr_random_below(&state, 256);
	for (i = 0; i < n * in->n_bytes && !in->is_bytes; i += sizeof(x)) {
		x = (float)ocr_random_below(&state, 256) / 255;
		memcpy(s->made + i, &x, sizeof(x));
	}
}

/* As many batches as there are, and one at least, of images. */
static int
set_images(struct infer_sweep *s, struct ocr_err *err)
{
	size_t size = ocr_model_input(s->m)->n_bytes, n, i;
	size_t max = s->opt->max_batch == 0 ? 1024 : s->opt->max_batch;

	if (max > OCR_INFER_SWEEP_BATCH)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "sweep: batches of more than %d images",
		    OCR_INFER_SWEEP_BATCH);
	for (n = 1; n <= max && (n == 1 || n <= MAX_BYTES / size); n *= 2)
		s->x[s->n_points++] = (double)n;
	n /= 2;
	s->images = s->opt->images;
	s->n_images = s->opt->n_images;
	if (s->images != NULL && s->n_images >= n)
		return 0;
	s->made = calloc(n, size);
	if (s->made == NULL)
		return ocr_err_nomem(err);
	if (s->images == NULL || s->n_images == 0)
		make_random(s, n);
	else
		for (i = 0; i < n; i++)
			memcpy(s->made + i * size,
			    s->images + i % s->n_images * size, size);
	s->images = s->made;
	s->n_images = n;
	return 0;
}

static int
draw(struct infer_sweep *s, FILE *f, struct ocr_err *err)
{
	char names[OCR_INFER_SWEEP_LINES][32];
	const char *series[OCR_INFER_SWEEP_LINES];
	const struct ocr_model_input *in = ocr_model_input(s->m);
	struct ocr_svg svg = {.f = f, .n_series = s->n_lines, .series = series};
	struct ocr_svg_panel panel = {.title = "images a second",
	    .n_x = s->n_points,
	    .x = s->x,
	    .x_title = "images in a batch",
	    .y = s->rates,
	    .is_log = true};
	char note[128];
	size_t i;

	for (i = 0; i < s->n_lines; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "%u thread%s",
		    s->threads[i], s->threads[i] == 1 ? "" : "s");
		series[i] = names[i];
	}
	(void)snprintf(note, sizeof(note),
	    "images of %" PRIu32 "x%" PRIu32 "x%" PRIu32
	    ", decoded, in memory; medians of %d runs",
	    in->c, in->h, in->w, REPEATS);
	ocr_svg_open(&svg, "ocr-infer --sweep", note, 1);
	ocr_svg_panel(&svg, &panel);
	ocr_svg_close(&svg);
	return fflush(f) != 0 ? ocr_err_sys(err, "cannot write the figure") : 0;
}

int
ocr_infer_sweep(const struct ocr_model *m,
    const struct ocr_infer_sweep_opt *opt, FILE *table, FILE *svg,
    struct ocr_err *err)
{
	struct infer_sweep s = {.m = m, .opt = opt};
	size_t i;
	int r = set_threads(&s, err);

	s.seconds = opt->seconds > 0 ? opt->seconds : 0.3;
	if (r == 0)
		r = set_images(&s, err);
	if (r == 0)
		fputs("batch\tthreads\timages_per_s\tms_per_batch\n", table);
	for (i = 0; r == 0 && i < s.n_lines; i++)
		r = measure_line(&s, i, table, err);
	if (r == 0 && svg != NULL)
		r = draw(&s, svg, err);
	free(s.made);
	return r;
}
