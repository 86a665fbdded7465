/*
 * test_k_cnv.c - k_cnv against the plain definition of a network
 *
 * Each sum of each image; buffers are as large as they have to be, for
 * sanitizers.
 */
#include "config.h"

#include "kernels/k_cnv.h"

#include <time.h>

#include "src/cnv_pack.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

#define N_IMAGES 7

struct shape {
	const char *name;
	uint32_t in[3];
	struct made_layer layers[10];
};

static const struct shape shapes[] = {
    {"3 x 3 windows", {3, 10, 10},
	{{16, 3, 3, 1, 0, 0, 0}, {16, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0},
	    {64, 3, 3, 1, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}}},
    {"padding", {3, 9, 7},
	{{12, 3, 3, 1, 1, 0, 0}, {20, 3, 3, 1, 1, 0, 0}, {0, 3, 3, 2, 1, 0, 0},
	    {8, 5, 5, 1, 2, 0, 0}, {10, 0, 0, 1, 0, 0, 0}}},
    {"strides, odd channels", {2, 17, 23},
	{{7, 5, 4, 2, 1, 0, 0}, {13, 3, 2, 2, 1, 0, 0}, {67, 2, 3, 1, 0, 0, 0},
	    {3, 0, 0, 1, 0, 0, 0}}},
    {"one channel, wide", {1, 6, 140},
	{{5, 3, 3, 1, 0, 0, 0}, {130, 2, 2, 3, 0, 0, 0},
	    {1, 0, 0, 1, 0, 0, 0}}},
    {"four channels, one pixel", {4, 1, 1},
	{{9, 1, 1, 1, 0, 0, 0}, {2, 1, 1, 1, 0, 0, 0}}},
    {"dense", {1, 8, 8},
	{{70, 0, 0, 1, 0, 0, 0}, {64, 0, 0, 1, 0, 0, 0}, {33, 0, 0, 1, 0, 0, 0},
	    {10, 0, 0, 1, 0, 0, 0}}},
    {"many channels, windows of many bursts", {3, 4, 4},
	{{1100, 2, 2, 1, 0, 0, 0}, {9, 2, 2, 1, 1, 0, 0},
	    {4, 0, 0, 1, 0, 0, 0}}},
    {"a window larger than the image", {1, 4, 3},
	{{8, 7, 7, 1, 3, 0, 0}, {8, 5, 5, 2, 2, 0, 0}, {5, 0, 0, 1, 0, 0, 0}}},
    {"scores at once", {3, 5, 6}, {{10, 0, 0, 1, 0, 0, 0}}},
    {"2-bit activations", {3, 9, 9},
	{{12, 3, 3, 1, 1, 2, 0}, {0, 2, 2, 2, 0, 0, 0}, {66, 3, 3, 1, 1, 2, 0},
	    {9, 2, 2, 1, 0, 1, 0}, {10, 0, 0, 1, 0, 0, 0}}},
    {"2-bit weights", {3, 9, 9},
	{{12, 3, 3, 1, 0, 0, 1}, {0, 2, 2, 1, 1, 0, 0}, {66, 3, 3, 1, 1, 0, 1},
	    {10, 0, 0, 1, 0, 0, 1}}},
    {"2-bit weights and activations", {3, 7, 9},
	{{12, 3, 3, 1, 0, 2, 1}, {0, 3, 3, 2, 1, 0, 0}, {66, 3, 3, 1, 1, 2, 1},
	    {300, 0, 0, 1, 0, 0, 1}}},
};

static const struct shape cnv = {"CNV", {3, 32, 32},
    {{64, 3, 3, 1, 0, 0, 0}, {64, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0},
	{128, 3, 3, 1, 0, 0, 0}, {128, 3, 3, 1, 0, 0, 0}, {0, 2, 2, 2, 0, 0, 0},
	{256, 3, 3, 1, 0, 0, 0}, {256, 3, 3, 1, 0, 0, 0},
	{512, 0, 0, 1, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}}};
static const struct shape lfc = {"LFC", {1, 28, 28},
    {{1024, 0, 0, 1, 0, 0, 0}, {1024, 0, 0, 1, 0, 0, 0},
	{1024, 0, 0, 1, 0, 0, 0}, {10, 0, 0, 1, 0, 0, 0}}};

struct run {
	struct made net;
	size_t bytes; /* of an image */
	uint8_t *images;
	int32_t *want, *got;
	uint64_t *packed;
	uint32_t start, end, ack;
};

static void *
block(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

static void
make(struct run *t, const struct shape *s, enum made_kind kind, uint64_t seed)
{
	uint32_t n = 0;
	size_t i;

	while (n < 10 && s->layers[n].stride != 0)
		n++;
	made_net(&t->net, s->in, s->layers, n, kind, seed);
	t->bytes = (size_t)s->in[0] * s->in[1] * s->in[2];
	t->images = block(N_IMAGES, t->bytes);
	t->want = block(N_IMAGES, t->net.bnn.n_scores * sizeof(*t->want));
	t->got = block(N_IMAGES, t->net.bnn.n_scores * sizeof(*t->got));
	for (i = 0; i < N_IMAGES; i++)
		made_images(&t->net, t->images + i * t->bytes, t->bytes);
}

static void
release(struct run *t)
{
	made_free(&t->net);
	free(t->images);
	free(t->want);
	free(t->got);
}

static void
call(struct run *t, uint32_t first)
{
	size_t at = first * (size_t)t->net.bnn.n_scores;

	k_cnv(&t->start, &t->end, &t->ack, first, t->packed,
	    t->images + first * t->bytes, t->got + at);
}

static size_t
count_wrong(const struct run *t)
{
	size_t n = N_IMAGES * (size_t)t->net.bnn.n_scores, i, wrong = 0;

	for (i = 0; i < n; i++)
		wrong += t->got[i] != t->want[i];
	return wrong;
}

/* All images in two calls, in planes or NHWC. */
static size_t
run_order(struct run *t, bool is_nhwc)
{
	const struct ocr_bnn *b = &t->net.bnn;
	struct ocr_err err = {0};
	size_t i, n;

	for (i = 0; i < N_IMAGES; i++)
		if (ocr_bnn_plain(b, t->images + i * t->bytes, is_nhwc,
			t->want + i * b->n_scores, &err) < 0)
			abort();
	if (ocr_cnv_pack(&t->packed, &n, b, is_nhwc, &err) < 0) {
		diag("%s", err.text);
		return 1;
	}
	memset(t->got, 77, N_IMAGES * b->n_scores * sizeof(*t->got));
	t->start = 0;
	t->end = 3;
	call(t, 0);
	t->end = N_IMAGES;
	call(t, 3);
	free(t->packed);
	return count_wrong(t) + (t->start != N_IMAGES || t->ack != N_IMAGES);
}

static void
test_shape(const struct shape *s, unsigned n_seeds)
{
	size_t wrong = 0;
	struct run t = {0};
	unsigned kind, seed;

	for (kind = 0; kind < MADE_N_KINDS; kind++)
		for (seed = 0; seed < n_seeds; seed++) {
			struct ocr_err err = {0};

			if (!is_round(kind + seed))
				continue;
			make(&t, s, (enum made_kind)kind, seed);
			if (ocr_bnn_check(&t.net.bnn, &err) < 0)
				diag("%s", err.text);
			wrong += run_order(&t, false) + run_order(&t, true);
			release(&t);
		}
	is_int((long long)wrong, 0, s->name);
}

/* What the words do, without anybody who writes them. */
static void
test_words(void)
{
	struct run t = {0};
	struct ocr_err err = {0};
	size_t n;

	make(&t, &shapes[0], MADE_ODD, 3);
	if (ocr_cnv_pack(&t.packed, &n, &t.net.bnn, false, &err) < 0)
		abort();
	memset(t.got, 77, N_IMAGES * 10 * sizeof(*t.got));
	t.start = t.end = 2;
	call(&t, 2);
	ok(t.start == 2 && t.ack == 2 && t.got[20] == 0x4d4d4d4d,
	    "an empty range");
	t.end = 4;
	call(&t, 2);
	ok(t.start == 4 && t.ack == 4 && t.got[10] == 0x4d4d4d4d &&
		t.got[40] == 0x4d4d4d4d && t.got[39] != 0x4d4d4d4d,
	    "nothing but its range");
	t.end = 3;
	call(&t, 2);
	ok(t.start == 4 && t.ack == 3, "an end before the start");
	free(t.packed);
	release(&t);
}

static void
declines(const char *why, const uint32_t in[3], struct made_layer first,
    struct made_layer second)
{
	const struct made_layer layers[3] = {first, second,
	    {2, 0, 0, 1, 0, 0, 0}};
	struct made net;
	struct ocr_err err = {0};
	uint64_t *packed;
	size_t n;

	made_net(&net, in, layers, 3, MADE_PLAIN, 1);
	is_int(ocr_cnv_pack(&packed, &n, &net.bnn, false, &err), -OCR_ELIMIT,
	    "too large");
	ok(packed == NULL && strcmp(err.text, why) == 0, "%s", err.text);
	made_free(&net);
}

static void
test_limits(void)
{
	declines("k_cnv: layer 1: 65792 bytes of an image, and there is room"
		 " for 65536",
	    (const uint32_t[]){1, 257, 256},
	    (struct made_layer){1, 3, 3, 4, 0, 0, 0},
	    (struct made_layer){0, 2, 2, 2, 0, 0, 0});
	declines("k_cnv: layer 1: 4225 values of a window, and there is room"
		 " for 4096",
	    (const uint32_t[]){1, 65, 65},
	    (struct made_layer){4, 0, 0, 1, 0, 0, 0},
	    (struct made_layer){4, 0, 0, 1, 0, 0, 0});
	declines("k_cnv: layer 1: 139264 weights, by eight, and there is room"
		 " for 131072",
	    (const uint32_t[]){1, 64, 64},
	    (struct made_layer){257, 0, 0, 1, 0, 0, 0},
	    (struct made_layer){4, 0, 0, 1, 0, 0, 0});
	declines("k_cnv: layer 1: 16900 words of values, and there is room"
		 " for 16384",
	    (const uint32_t[]){1, 130, 130},
	    (struct made_layer){3, 1, 1, 1, 0, 0, 0},
	    (struct made_layer){0, 2, 2, 2, 0, 0, 0});
	declines("k_cnv: layer 2: 4225 words of a window, and there is room"
		 " for 4096",
	    (const uint32_t[]){1, 65, 65},
	    (struct made_layer){3, 1, 1, 1, 0, 0, 0},
	    (struct made_layer){4, 0, 0, 1, 0, 0, 0});
	declines("k_cnv: layer 2: 131072 words of weights, and there is room"
		 " for 65536",
	    (const uint32_t[]){1, 64, 32},
	    (struct made_layer){3, 1, 1, 1, 0, 0, 0},
	    (struct made_layer){17, 0, 0, 1, 0, 0, 1});
	declines("k_cnv: layer 1: 16800 thresholds, and there is room for"
		 " 16384",
	    (const uint32_t[]){1, 1, 1},
	    (struct made_layer){5600, 1, 1, 1, 0, 2, 0},
	    (struct made_layer){4, 1, 1, 1, 0, 2, 0});
}

/* As -t: how long an image of CNV takes. */
static void
measure(void)
{
	struct run t = {0};
	struct ocr_err err = {0};
	struct timespec a, b;
	size_t n, i;

	make(&t, &cnv, MADE_PLAIN, 1);
	if (ocr_cnv_pack(&t.packed, &n, &t.net.bnn, false, &err) < 0)
		abort();
	for (i = 0; i < 10; i++) {
		t.start = 0;
		t.end = N_IMAGES;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		call(&t, 0);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		printf("# %.3f ms an image\n",
		    ((double)(b.tv_sec - a.tv_sec) * 1e3 +
			(double)(b.tv_nsec - a.tv_nsec) / 1e6) /
			N_IMAGES);
	}
	free(t.packed);
	release(&t);
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc > 1 && strcmp(argv[1], "-t") == 0) {
		measure();
		return 0;
	}
	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		test_shape(&shapes[i], 3);
	test_shape(&cnv, 1);
	test_shape(&lfc, 1);
	test_words();
	test_limits();
	return done();
}
