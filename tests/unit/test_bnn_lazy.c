/*
 * test_bnn_lazy.c - threads that all begin at once on a network just packed
 *
 * Tables of weights are made by whoever needs them first; whatever the threads
 * ask for first, each gets every sum right.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/thread.h"
#include "src/bnn_run.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

#define N_THREADS 8
#define N_IMAGES 35
#define N_ROUNDS 12

struct shape {
	const char *name;
	uint32_t in[3];
	struct made_layer layers[7];
	uint32_t n;
};

static const struct shape shapes[] = {
    {"pixels that fill vectors", {3, 12, 38},
	{{20, 3, 3, 1, 0, 0, 0}, {33, 3, 3, 1, 0, 0, 0}, {67, 2, 4, 1, 0, 0, 0},
	    {0, 3, 3, 2, 0, 0, 0}, {9, 1, 1, 1, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}},
	6},
    {"padding, dense", {3, 9, 7},
	{{12, 3, 3, 1, 1, 0, 0}, {70, 3, 3, 1, 1, 0, 0}, {0, 3, 3, 2, 1, 0, 0},
	    {130, 0, 0, 1, 0, 0, 0}, {64, 0, 0, 1, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}},
	6},
};

struct all {
	struct ocr_bnn_packed *packed;
	const uint8_t *images;
	size_t stride;
	const int32_t *want;
	uint32_t n_scores;
	_Atomic uint32_t n_waiting, gate;
};

struct one {
	struct all *all;
	struct ocr_thread *thread;
	struct ocr_bnn_state *state;
	enum ocr_bnn_engine engine;
	int32_t *got;
	bool is_wrong;
};

static void
run(void *arg)
{
	struct one *t = arg;
	struct all *a = t->all;
	struct ocr_bnn_batch b = {.images = a->images,
	    .stride = a->stride,
	    .n = N_IMAGES,
	    .engine = t->engine};
	size_t bytes = (size_t)a->n_scores * N_IMAGES * sizeof(*t->got);

	atomic_fetch_add(&a->n_waiting, 1);
	while (atomic_load(&a->gate) == 0)
		ocr_futex_wait(&a->gate, 0, 0);
	ocr_bnn_run(t->state, &b, NULL, t->got);
	t->is_wrong = memcmp(t->got, a->want, bytes) != 0;
}

static bool
start(struct one *t, struct all *a, unsigned i)
{
	static const enum ocr_bnn_engine engines[] = {OCR_BNN_LUT, OCR_BNN_XNOR,
	    OCR_BNN_AUTO, OCR_BNN_LUT};
	struct ocr_err err = {0};

	*t = (struct one){.all = a, .engine = engines[i % 4]};
	t->got = calloc((size_t)a->n_scores * N_IMAGES, sizeof(*t->got));
	return t->got != NULL &&
	       ocr_bnn_state_new(&t->state, a->packed, &err) == 0 &&
	       ocr_thread_start(&t->thread, run, t, &err) == 0;
}

/* One network, packed afresh. */
static bool
race(struct all *a, const struct ocr_bnn *net, unsigned isa)
{
	struct one threads[N_THREADS] = {{0}};
	struct ocr_err err = {0};
	bool is_good;
	unsigned i;

	atomic_store(&a->n_waiting, 0);
	atomic_store(&a->gate, 0);
	is_good = ocr_bnn_packed_new(&a->packed, net, isa, &err) == 0;
	for (i = 0; is_good && i < N_THREADS; i++)
		is_good = start(&threads[i], a, i);
	while (is_good && atomic_load(&a->n_waiting) < N_THREADS)
		ocr_cpu_relax();
	atomic_store(&a->gate, 1);
	ocr_futex_wake(&a->gate);
	for (i = 0; i < N_THREADS; i++) {
		ocr_thread_join(threads[i].thread);
		is_good &= !threads[i].is_wrong;
		ocr_bnn_state_free(threads[i].state);
		free(threads[i].got);
	}
	ocr_bnn_packed_free(a->packed);
	return is_good;
}

static void
test_shape(const struct shape *s)
{
	struct made net;
	struct all a = {0};
	struct ocr_err err = {0};
	unsigned isa, round, n_bad = 0, i;
	uint8_t *images;
	int32_t *want;

	made_net(&net, s->in, s->layers, s->n, MADE_ODD, 7);
	a.stride = (size_t)s->in[0] * s->in[1] * s->in[2];
	a.n_scores = net.bnn.n_scores;
	images = malloc(a.stride * N_IMAGES);
	want = calloc((size_t)a.n_scores * N_IMAGES, sizeof(*want));
	if (images == NULL || want == NULL)
		abort();
	for (i = 0; i < N_IMAGES; i++) {
		made_images(&net, images + i * a.stride, a.stride);
		n_bad += ocr_bnn_plain(&net.bnn, images + i * a.stride, false,
			     want + i * a.n_scores, &err) < 0;
	}
	a.images = images;
	a.want = want;
	for (isa = OCR_BNN_PORTABLE; isa < OCR_BNN_N_ISAS; isa++)
		for (round = 0; ocr_bnn_has_isa(isa) && round < N_ROUNDS;
		     round++)
			n_bad += is_round(round) && !race(&a, &net.bnn, isa);
	ok(n_bad == 0, "%u threads at once: %s", N_THREADS, s->name);
	free(images);
	free(want);
	made_free(&net);
}

/* Nothing is made that is not needed, and what was made stays. */
static void
test_twice(void)
{
	const struct shape *s = &shapes[1];
	struct made net;
	struct all a = {0};
	struct ocr_err err = {0};
	struct ocr_bnn_state *state = NULL;
	uint8_t image[3 * 9 * 7];
	int32_t want[10], got[2][10];
	struct ocr_bnn_batch b = {.images = image, .n = 1};

	made_net(&net, s->in, s->layers, s->n, MADE_PLAIN, 3);
	made_images(&net, image, sizeof(image));
	b.stride = sizeof(image);
	if (ocr_bnn_plain(&net.bnn, image, false, want, &err) < 0 ||
	    ocr_bnn_packed_new(&a.packed, &net.bnn, OCR_BNN_BEST, &err) < 0 ||
	    ocr_bnn_state_new(&state, a.packed, &err) < 0)
		abort();
	b.engine = OCR_BNN_LUT;
	ocr_bnn_run(state, &b, NULL, got[0]);
	ocr_bnn_run(state, &b, NULL, got[1]);
	ok(memcmp(got[0], want, sizeof(want)) == 0 &&
		memcmp(got[1], want, sizeof(want)) == 0,
	    "and again");
	ocr_bnn_state_free(state);
	ocr_bnn_packed_free(a.packed);
	/* Packed and never run: nobody waits for anything. */
	ok(ocr_bnn_packed_new(&a.packed, &net.bnn, OCR_BNN_BEST, &err) == 0,
	    "packed in vain");
	ocr_bnn_packed_free(a.packed);
	made_free(&net);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		test_shape(&shapes[i]);
	test_twice();
	return done();
}
