/*
 * bnn.c - images a second of a binarised network, by batch and threads
 *
 * bnn [--threads N] [--seconds S] [--isa N] [--engine auto|xnor|lut]
 *     [--net cnv|fashion] [--batch N] [--weights FILE [IMAGES LABELS]]
 *
 * Random weights, or a file of int32 shapes, int8 weights and int32 thresholds.
 * A thread's rate is the median of its slices: whole batches, for 50 ms or more.
 * Sums of all threads' rates.
 */
#include "config.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/bnn_run.h"
#include "tests/unit/bnn_make.h"

#define N_IMAGES 1024
#define MAX_THREADS 64
#define SLICE 0.05
#define MAX_SLICES 1000 /* of a thread */

static const struct made_layer cnv[] = {{64, 3, 3, 1, 0, 0, 0},
    {64, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0}, {128, 3, 3, 1, 0, 0, 0},
    {128, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0}, {256, 3, 3, 1, 0, 0, 0},
    {256, 3, 3, 1, 0, 0, 0}, {512, 1, 1, 1, 0, 0, 0}, {512, 1, 1, 1, 0, 0, 0},
    {10, 1, 1, 1, 0, 0, 0}};
static const struct made_layer fashion[] = {{48, 3, 3, 1, 0, 0, 0},
    {48, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0}, {96, 3, 3, 1, 0, 0, 0},
    {96, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0}, {192, 3, 3, 1, 0, 0, 0},
    {256, 0, 0, 1, 0, 0, 0}, {10, 1, 1, 1, 0, 0, 0}};

struct bench {
	struct made net;
	const char *net_name;
	const struct ocr_bnn_packed *packed;
	uint8_t *images;
	size_t bytes, batch;
	unsigned isa, threads;
	enum ocr_bnn_engine engine;
	double seconds;
};

struct worker {
	const struct bench *bench;
	pthread_t thread;
	double rates[MAX_SLICES]; /* images a second */
	size_t n_rates;
	uint64_t n_done, cpu_ns;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Batches for SLICE seconds or more: images a second. */
static double
run_slice(struct worker *w, struct ocr_bnn_state *s, size_t *at, float *scores)
{
	const struct bench *b = w->bench;
	struct ocr_bnn_batch run = {.stride = b->bytes,
	    .n = b->batch,
	    .engine = b->engine};
	double start = now(), t;
	uint64_t n = 0;

	do {
		run.images = b->images + *at * b->bytes;
		ocr_bnn_run(s, &run, scores, NULL);
		n += b->batch;
		*at = *at + 2 * b->batch > N_IMAGES ? 0 : *at + b->batch;
		t = now() - start;
	} while (t < SLICE);
	w->n_done += n;
	return (double)n / t;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct ocr_bnn_state *s;
	struct ocr_err err = {0};
	float *scores = malloc(N_IMAGES * 4096 * sizeof(*scores));
	double end = now() + w->bench->seconds;
	uint64_t start;
	size_t at = 0;

	if (scores == NULL || ocr_bnn_state_new(&s, w->bench->packed, &err) < 0)
		abort();
	start = cpu_ns();
	do
		w->rates[w->n_rates++] = run_slice(w, s, &at, scores);
	while (now() < end && w->n_rates < MAX_SLICES);
	w->cpu_ns = cpu_ns() - start;
	qsort(w->rates, w->n_rates, sizeof(*w->rates), by_size);
	ocr_bnn_state_free(s);
	free(scores);
	return NULL;
}

static void
measure(const struct bench *b)
{
	static struct worker workers[MAX_THREADS];
	double rate = 0, p10 = 0, p90 = 0;
	uint64_t n_done = 0, cpu = 0;
	unsigned i;

	for (i = 0; i < b->threads; i++) {
		workers[i] = (struct worker){.bench = b};
		if (pthread_create(&workers[i].thread, NULL, work,
			&workers[i]) != 0)
			abort();
	}
	for (i = 0; i < b->threads; i++) {
		const struct worker *w = &workers[i];

		pthread_join(w->thread, NULL);
		rate += w->rates[w->n_rates / 2];
		p10 += w->rates[w->n_rates / 10];
		p90 += w->rates[w->n_rates * 9 / 10];
		n_done += w->n_done;
		cpu += w->cpu_ns;
	}
	printf("%s %s threads %u batch %4zu: %8.0f images/s "
	       "(p10 %.0f, p90 %.0f), %.1f us of CPU each\n",
	    b->net_name, ocr_bnn_isa_name(b->packed), b->threads, b->batch,
	    rate, p10, p90, 1e-3 * (double)cpu / (double)n_done);
	fflush(stdout);
}

static void
read_weights(struct made *m, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint32_t i;
	int32_t shape[4];

	if (f == NULL)
		abort();
	for (i = 0; i < m->bnn.n_layers; i++) {
		struct ocr_bnn_layer *l = &m->layers[i];
		size_t n =
		    (size_t)l->out_c * l->window_h * l->window_w * l->in_c;
		int8_t *w = (int8_t *)(uintptr_t)l->weights;
		int32_t *t = (int32_t *)(uintptr_t)l->thresholds;
		float *scale = (float *)(uintptr_t)l->scale;
		float *bias = (float *)(uintptr_t)l->bias;
		uint32_t o;

		if (l->kind != OCR_BNN_CONV)
			continue;
		if (fread(shape, sizeof(shape), 1, f) != 1 ||
		    (uint32_t)shape[0] != l->out_c ||
		    (uint32_t)shape[1] != l->in_c || fread(w, n, 1, f) != 1)
			abort();
		if (l->out_bits != 0 &&
		    fread(t, sizeof(*t) * l->out_c, 1, f) != 1)
			abort();
		for (o = 0; o < l->out_c; o++) {
			scale[o] = 1;
			bias[o] = 0;
		}
	}
	fclose(f);
}

/* Labels of CIFAR-10 records against a file of a label a line. */
static int
check_labels(struct bench *b, const char *images, const char *labels)
{
	FILE *f = fopen(images, "rb"), *g = fopen(labels, "r");
	struct ocr_bnn_state *s;
	struct ocr_err err = {0};
	static uint8_t data[200 * 3073];
	static float scores[200 * 10];
	struct ocr_bnn_batch run = {.images = data + 1,
	    .stride = 3073,
	    .n = 200,
	    .engine = b->engine};
	static int32_t plain[10];
	int want, i, o, best, wrong = 0, wrong_scores = 0;

	if (f == NULL || g == NULL || fread(data, sizeof(data), 1, f) != 1 ||
	    ocr_bnn_state_new(&s, b->packed, &err) < 0)
		abort();
	ocr_bnn_run(s, &run, scores, NULL);
	for (i = 0; i < 200; i++) {
		for (best = 0, o = 1; o < 10; o++)
			if (scores[i * 10 + o] > scores[i * 10 + best])
				best = o;
		if (fscanf(g, "%d", &want) != 1)
			abort();
		wrong += want != best;
		if (i >= 8)
			continue;
		if (ocr_bnn_plain(&b->net.bnn, data + 1 + i * 3073, false,
			plain, &err) < 0)
			abort();
		for (o = 0; o < 10; o++)
			wrong_scores += (float)plain[o] != scores[i * 10 + o];
	}
	printf("%d of 200 labels, %d of 80 scores are wrong\n", wrong,
	    wrong_scores);
	ocr_bnn_state_free(s);
	fclose(f);
	fclose(g);
	return wrong != 0 || wrong_scores != 0;
}

int
main(int argc, char **argv)
{
	static struct bench b = {.threads = 1, .seconds = 2, .net_name = "cnv"};
	static const uint32_t size_cnv[] = {3, 32, 32};
	static const uint32_t size_fashion[] = {1, 28, 28};
	const char *weights = NULL, *images = NULL, *labels = NULL;
	struct ocr_bnn_packed *p;
	struct ocr_err err = {0};
	size_t only = 0;
	double t;
	int i;

	for (i = 1; i + 1 < argc; i += 2) {
		const char *v = argv[i + 1];

		if (strcmp(argv[i], "--threads") == 0)
			b.threads = (unsigned)atoi(v) % (MAX_THREADS + 1);
		else if (strcmp(argv[i], "--seconds") == 0)
			b.seconds = atof(v);
		else if (strcmp(argv[i], "--isa") == 0)
			b.isa = (unsigned)atoi(v);
		else if (strcmp(argv[i], "--batch") == 0)
			only = (size_t)atoi(v) % (N_IMAGES + 1);
		else if (strcmp(argv[i], "--net") == 0)
			b.net_name = v;
		else if (strcmp(argv[i], "--engine") == 0)
			b.engine = v[0] == 'x'   ? OCR_BNN_XNOR
				   : v[0] == 'l' ? OCR_BNN_LUT
						 : OCR_BNN_AUTO;
		else if (strcmp(argv[i], "--weights") == 0) {
			weights = v;
			if (i + 3 < argc && argv[i + 2][0] != '-') {
				images = argv[i + 2];
				labels = argv[i + 3];
				i += 2;
			}
		}
	}
	if (strcmp(b.net_name, "cnv") == 0)
		made_net(&b.net, size_cnv, cnv, sizeof(cnv) / sizeof(*cnv),
		    MADE_PLAIN, 1);
	else
		made_net(&b.net, size_fashion, fashion,
		    sizeof(fashion) / sizeof(*fashion), MADE_PLAIN, 1);
	if (weights != NULL)
		read_weights(&b.net, weights);
	t = now();
	if (ocr_bnn_packed_new(&p, &b.net.bnn, b.isa, &err) < 0) {
		fprintf(stderr, "bnn: %s\n", err.text);
		return 1;
	}
	printf("packed in %.1f ms, %.2f MB, %.1f MMAC an image\n",
	    1e3 * (now() - t), 1e-6 * (double)ocr_bnn_packed_bytes(p),
	    1e-6 * (double)b.net.bnn.n_macs);
	b.packed = p;
	b.bytes = (size_t)b.net.layers[0].in_c * b.net.layers[0].in_h *
		  b.net.layers[0].in_w;
	b.images = malloc(N_IMAGES * b.bytes);
	if (b.images == NULL)
		return 1;
	made_images(&b.net, b.images, N_IMAGES * b.bytes);
	if (images != NULL && check_labels(&b, images, labels) != 0)
		return 1;
	if (only != 0) {
		b.batch = only;
		measure(&b);
	} else {
		for (b.batch = 1; b.batch <= N_IMAGES; b.batch *= 2)
			measure(&b);
	}
	ocr_bnn_packed_free(p);
	made_free(&b.net);
	free(b.images);
	return 0;
}
