/*
 * test_bnn_run.c - the engines of bnn_run.h against the plain definition
 *
 * Every sum of every image, on every instruction set that this machine has.
 */
#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/bnn_run.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

#define N_IMAGES 66 /* full batches, some of one, single ones */

struct shape {
	const char *name;
	uint32_t in[3];
	struct made_layer layers[10];
	bool is_lut; /* the LUT engine must take it */
};

static const struct shape shapes[] = {
    {"3 x 3 windows", {3, 10, 10},
	{{16, 3, 3, 1, 0, 0, 0}, {16, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0},
	    {64, 3, 3, 1, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"pixels that fill vectors", {3, 12, 38},
	{{20, 3, 3, 1, 0, 0, 0}, {33, 3, 3, 1, 0, 0, 0}, {67, 2, 4, 1, 0, 0, 0},
	    {0, 3, 3, 2, 0, 0, 0}, {9, 1, 1, 1, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"and do not, and do", {1, 24, 24},
	{{8, 3, 3, 1, 0, 0, 0}, {8, 3, 3, 1, 1, 0, 0}, {12, 3, 3, 1, 0, 0, 0},
	    {0, 2, 2, 1, 1, 0, 0}, {16, 3, 3, 1, 0, 0, 0},
	    {6, 2, 2, 2, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"and have many channels", {3, 7, 16},
	{{1012, 2, 2, 1, 0, 0, 0}, {4, 2, 2, 1, 0, 0, 0},
	    {4, 0, 0, 1, 0, 0, 0}},
	true},
    {"and go from word to word", {3, 12, 38},
	{{70, 3, 3, 1, 0, 0, 0}, {130, 3, 3, 1, 0, 0, 0}, {0, 4, 4, 4, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"padding", {3, 9, 7},
	{{12, 3, 3, 1, 1, 0, 0}, {20, 3, 3, 1, 1, 0, 0}, {0, 3, 3, 2, 1, 0, 0},
	    {8, 5, 5, 1, 2, 0, 0}, {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"strides, odd channels", {2, 17, 23},
	{{7, 5, 4, 2, 1, 0, 0}, {13, 3, 2, 2, 1, 0, 0}, {67, 2, 3, 1, 0, 0, 0},
	    {3, 0, 0, 1, 0, 0, 0}},
	true},
    {"one channel, wide", {1, 6, 140},
	{{5, 3, 3, 1, 0, 0, 0}, {130, 2, 2, 3, 0, 0, 0}, {1, 0, 0, 1, 0, 0, 0}},
	true},
    {"four channels, one pixel", {4, 1, 1},
	{{9, 1, 1, 1, 0, 0, 0}, {2, 1, 1, 1, 0, 0, 0}}, true},
    {"dense", {1, 8, 8},
	{{70, 0, 0, 1, 0, 0, 0}, {64, 0, 0, 1, 0, 0, 0}, {33, 0, 0, 1, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}},
	true},
    {"many channels", {3, 4, 4},
	{{1100, 2, 2, 1, 0, 0, 0}, {9, 2, 2, 1, 1, 0, 0},
	    {4, 0, 0, 1, 0, 0, 0}},
	true},
    {"more groups than 16 bits count", {1, 5, 5},
	{{2700, 2, 2, 1, 1, 0, 0}, {6, 0, 0, 1, 0, 0, 0}}, false},
    {"and more of 6 channels", {1, 5, 5},
	{{800, 2, 2, 1, 1, 0, 0}, {6, 0, 0, 1, 0, 0, 0}}, false},
    {"a window larger than the image", {1, 4, 3},
	{{8, 7, 7, 1, 3, 0, 0}, {8, 5, 5, 2, 2, 0, 0}, {5, 0, 0, 1, 0, 0, 0}},
	true},
    {"scores at once", {3, 5, 6}, {{10, 0, 0, 1, 0, 0, 0}}, false},
    {"2-bit activations", {3, 9, 9},
	{{12, 3, 3, 1, 1, 2, 0}, {0, 2, 2, 2, 0, 0, 0}, {66, 3, 3, 1, 1, 2, 0},
	    {9, 2, 2, 1, 0, 1, 0}, {10, 0, 0, 1, 0, 0, 0}},
	false},
    {"2-bit weights", {3, 9, 9},
	{{12, 3, 3, 1, 0, 0, 1}, {0, 2, 2, 1, 1, 0, 0}, {66, 3, 3, 1, 1, 0, 1},
	    {10, 0, 0, 1, 0, 0, 1}},
	false},
    {"2-bit weights and activations", {3, 7, 9},
	{{12, 3, 3, 1, 0, 2, 1}, {0, 3, 3, 2, 1, 0, 0}, {66, 3, 3, 1, 1, 2, 1},
	    {10, 0, 0, 1, 0, 0, 1}},
	false},
};

struct run {
	struct made net;
	uint8_t *images;
	int32_t *want, *got;
	float *scores;
	size_t stride;
};

static size_t
count_wrong(const struct run *t)
{
	uint32_t n = t->net.bnn.n_scores, i;
	size_t wrong = 0;

	for (i = 0; i < n * N_IMAGES; i++) {
		float s = ocr_bnn_score(&t->net.bnn, i % n, t->want[i]);

		wrong += t->want[i] != t->got[i] ||
			 memcmp(&s, &t->scores[i], sizeof(s)) != 0;
	}
	return wrong;
}

/* Batches of n, until all images are done. */
static size_t
run_batches(const struct run *t, struct ocr_bnn_state *s, size_t n,
    bool is_nhwc, enum ocr_bnn_engine engine)
{
	size_t i, n_scores = t->net.bnn.n_scores;
	struct ocr_bnn_batch b = {.stride = t->stride,
	    .is_nhwc = is_nhwc,
	    .engine = engine};

	memset(t->got, 77, N_IMAGES * n_scores * sizeof(*t->got));
	for (i = 0; i < N_IMAGES; i += n) {
		b.images = t->images + i * t->stride;
		b.n = N_IMAGES - i < n ? N_IMAGES - i : n;
		ocr_bnn_run(s, &b, t->scores + i * n_scores,
		    t->got + i * n_scores);
	}
	return count_wrong(t);
}

static size_t
run_isa(const struct run *t, unsigned isa, bool is_nhwc, bool is_lut)
{
	static const size_t batches[] = {1, 16, 17, 32, 45, 66};
	struct ocr_bnn_packed *p;
	struct ocr_bnn_state *s = NULL;
	struct ocr_err err = {0};
	size_t wrong = 0, i;

	if (ocr_bnn_packed_new(&p, &t->net.bnn, isa, &err) < 0 ||
	    ocr_bnn_state_new(&s, p, &err) < 0) {
		diag("%s", err.text);
		return 1;
	}
	if ((ocr_bnn_lanes(p) != 0) != (is_lut && isa != OCR_BNN_PORTABLE)) {
		diag("%s: %zu lanes", ocr_bnn_isa_name(p), ocr_bnn_lanes(p));
		wrong++;
	}
	wrong += run_batches(t, s, N_IMAGES, is_nhwc, OCR_BNN_XNOR);
	if (wrong != 0)
		diag("%s: %zu wrong by XNOR", ocr_bnn_isa_name(p), wrong);
	for (i = 0; i < sizeof(batches) / sizeof(*batches); i++)
		wrong += run_batches(t, s, batches[i], is_nhwc, OCR_BNN_LUT);
	wrong += run_batches(t, s, N_IMAGES, is_nhwc, OCR_BNN_AUTO);
	if (wrong != 0)
		diag("%s: %zu wrong", ocr_bnn_isa_name(p), wrong);
	ocr_bnn_state_free(s);
	ocr_bnn_packed_free(p);
	return wrong;
}

static size_t
run_net(struct run *t, bool is_nhwc, bool is_lut)
{
	const struct ocr_bnn_layer *l = &t->net.layers[0];
	size_t n_bytes = (size_t)l->in_c * l->in_h * l->in_w, i, wrong = 0;
	size_t n = (size_t)t->net.bnn.n_scores * N_IMAGES;
	struct ocr_err err = {0};
	unsigned isa;

	t->stride = n_bytes + 1;
	t->images = malloc(N_IMAGES * t->stride - 1); /* ends with the image */
	t->want = malloc(n * sizeof(*t->want));
	t->got = malloc(n * sizeof(*t->got));
	t->scores = malloc(n * sizeof(*t->scores));
	for (i = 0; i < N_IMAGES; i++) {
		made_images(&t->net, t->images + i * t->stride, n_bytes);
		wrong +=
		    ocr_bnn_plain(&t->net.bnn, t->images + i * t->stride,
			is_nhwc, t->want + i * t->net.bnn.n_scores, &err) < 0;
	}
	for (isa = OCR_BNN_PORTABLE; isa < OCR_BNN_N_ISAS; isa++)
		if (ocr_bnn_has_isa(isa))
			wrong += run_isa(t, isa, is_nhwc, is_lut);
	free(t->images);
	free(t->want);
	free(t->got);
	free(t->scores);
	return wrong;
}

static uint32_t
n_layers(const struct shape *s)
{
	uint32_t n = 0;

	while (n < 10 && s->layers[n].stride != 0)
		n++;
	return n;
}

int
main(int argc, char **argv)
{
	uint64_t n_seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1, seed;
	size_t i, wrong;
	unsigned kind;
	struct run t;

	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		for (kind = 0; kind < MADE_N_KINDS; kind++) {
			if (!is_round((unsigned)i + kind))
				continue;
			for (wrong = 0, seed = 1; seed <= n_seeds; seed++) {
				made_net(&t.net, shapes[i].in, shapes[i].layers,
				    n_layers(&shapes[i]), kind, seed);
				wrong += run_net(&t, (seed + kind) & 1,
				    shapes[i].is_lut);
				made_free(&t.net);
			}
			ok(wrong == 0, "%s, kind %u", shapes[i].name, kind);
		}
	return done();
}
