/*
 * test_bnn.c - what ocr_bnn_check() refuses, and the plain definition by hand
 */
#include "config.h"

#include <limits.h>
#include <math.h>

#include "src/bnn.h"
#include "src/bnn_run.h"
#include "tests/unit/bnn_make.h"
#include "tests/unit/tap.h"

static const struct made_layer shape[] = {{8, 3, 3, 1, 1, 2, 0},
    {0, 2, 2, 2, 0, 0, 0}, {5, 3, 3, 1, 1, 0, 0}, {10, 0, 0, 1, 0, 0, 0}};

static void
fresh(struct made *m)
{
	static const uint32_t in[] = {3, 6, 6};

	made_net(m, in, shape, 4, MADE_PLAIN, 1);
}

/* m is refused in these words, by all that check; m is freed. */
static void
refused(struct made *m, int code, const char *text)
{
	struct ocr_bnn_packed *p;
	struct ocr_err err = {0}, again = {0};
	int r = ocr_bnn_check(&m->bnn, &err);

	if (!ok(r == -code && strcmp(err.text, text) == 0, "%s", text))
		diag("%d: %s", r, err.text);
	ok(ocr_bnn_packed_new(&p, &m->bnn, 0, &again) == -code && p == NULL,
	    "... and is not packed");
	made_free(m);
}

#define REFUSED(change, code, text)                                            \
	do {                                                                   \
		fresh(&m);                                                     \
		l = m.layers;                                                  \
		change;                                                        \
		refused(&m, code, text);                                       \
	} while (0)

static void
test_shapes(void)
{
	struct made m;
	struct ocr_bnn_layer *l;

	REFUSED(m.bnn.n_layers = 0, OCR_ELIMIT, "binarised network: 0 layers");
	REFUSED(m.bnn.n_layers = 65, OCR_ELIMIT,
	    "binarised network: 65 layers");
	REFUSED(l[0].in_c = 5, OCR_EFORMAT, "layer 1: cannot be here");
	REFUSED(l[0].in_c = 0, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].stride_h = 0, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].window_w = 0, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].pad_top = 3, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].pad_left = UINT32_MAX, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].out_h = 9, OCR_EFORMAT,
	    "layer 1: its shape is not possible");
	REFUSED(l[0].in_h = l[0].in_w = 65536, OCR_ELIMIT,
	    "layer 1: too large");
	REFUSED(l[0].window_h = 65536;
		l[0].window_w = 65536, OCR_ELIMIT, "layer 1: too large");
	REFUSED(l[1].in_c = 9, OCR_EFORMAT,
	    "layer 2: does not fit the one before");
	REFUSED(l[1].out_c = 9, OCR_EFORMAT, "layer 2: cannot be here");
	REFUSED(l[2].kind = OCR_BNN_MAX_POOL, OCR_EFORMAT,
	    "layer 3: cannot be here");
	REFUSED(l[3].kind = OCR_BNN_MAX_POOL, OCR_EFORMAT,
	    "layer 4: cannot be here");
	REFUSED(l[0].kind = OCR_BNN_MAX_POOL, OCR_EFORMAT,
	    "layer 1: cannot be here");
	REFUSED(m.bnn.n_layers = 3, OCR_EFORMAT, "layer 3: outputs of 1 bits");
	REFUSED(m.bnn.n_scores = 9, OCR_EFORMAT, "binarised network: 9 scores");
}

static void
test_numbers(void)
{
	struct made m;
	struct ocr_bnn_layer *l;

	REFUSED(l[0].weights = NULL, OCR_EFORMAT,
	    "layer 1: its numbers are missing");
	REFUSED(l[2].thresholds = NULL, OCR_EFORMAT,
	    "layer 3: its numbers are missing");
	REFUSED(l[3].scale = NULL, OCR_EFORMAT,
	    "layer 4: its numbers are missing");
	REFUSED(l[0].in_bits = 1, OCR_EFORMAT, "layer 1: cannot be here");
	REFUSED(l[2].in_bits = 1, OCR_EFORMAT, "layer 3: cannot be here");
	REFUSED(l[0].out_bits = 0, OCR_EFORMAT, "layer 1: outputs of 0 bits");
	REFUSED(l[0].out_bits = 3, OCR_EFORMAT, "layer 1: outputs of 3 bits");
	REFUSED(l[3].in_base = 0, OCR_EFORMAT, "layer 4: a bit is not -1 or 1");
	REFUSED(l[2].in_step = INT_MIN, OCR_ELIMIT,
	    "layer 3: activations are too large");
	REFUSED(*(int8_t *)(uintptr_t)(l[0].weights + 3) = 2, OCR_EFORMAT,
	    "layer 1: a weight is not between -2 and 1");
	REFUSED(*(int8_t *)(uintptr_t)(l[2].weights + 9) = -3, OCR_EFORMAT,
	    "layer 3: a weight is not between -2 and 1");
	REFUSED(*(int32_t *)(uintptr_t)(l[0].thresholds + 3) = INT32_MAX,
	    OCR_EFORMAT, "layer 1: thresholds do not ascend");
	REFUSED(*(float *)(uintptr_t)(l[3].scale + 9) = NAN, OCR_EFORMAT,
	    "layer 4: a scale is not a number");
	REFUSED(*(float *)(uintptr_t)(l[3].bias + 1) = INFINITY, OCR_EFORMAT,
	    "layer 4: a scale is not a number");
}

/* Any byte in any place of a layer's weights, which 8 may not divide. */
static void
test_weights(void)
{
	size_t n_wrong = 0;
	struct made m;
	struct ocr_err err = {0};

	fresh(&m);
	for (uint32_t i = 0; i < m.bnn.n_layers; i++) {
		const struct ocr_bnn_layer *l = &m.layers[i];
		size_t n =
		    (size_t)l->out_c * l->window_h * l->window_w * l->in_c;
		int8_t *w = (int8_t *)(uintptr_t)l->weights;

		for (size_t k = 0; l->kind == OCR_BNN_CONV && k < n;
		     k += k == 16 && n > 40 ? n - 32 : 1) {
			int8_t was = w[k];

			for (int v = INT8_MIN; v <= INT8_MAX; v++) {
				w[k] = (int8_t)v;
				n_wrong += (ocr_bnn_check(&m.bnn, &err) == 0) !=
					   (v >= -2 && v <= 1);
				ocr_err_clear(&err);
			}
			w[k] = was;
		}
	}
	is_int((int64_t)n_wrong, 0, "each weight is looked at");
	made_free(&m);
}

static void
test_sums(void)
{
	static const struct made_layer wide[] = {{700, 1, 1, 1, 0, 2, 0},
	    {1, 0, 0, 1, 0, 0, 0}};
	static const struct made_layer two[] = {{4, 1, 1, 1, 0, 1, 0},
	    {4, 1, 1, 1, 0, 0, 0}};
	static const uint32_t in[] = {1, 3, 3};
	struct made m;

	made_net(&m, in, wide, 2, MADE_PLAIN, 1);
	m.layers[1].in_step = 32768;
	refused(&m, OCR_ELIMIT, "layer 2: sums need more than 32 bits");
	made_net(&m, in, two, 2, MADE_PLAIN, 1);
	refused(&m, OCR_EFORMAT, "layer 2: scores of more than one place");
}

/* Pixels 10 and -20, two hidden neurons of 2 bits, one score. */
static void
test_by_hand(void)
{
	static const int8_t w0[] = {1, -1, -2, 1}, w1[] = {1, -2};
	static const int32_t t0[] = {29, 30, 31, -50, -40, -39};
	static const float scale[] = {0.5F}, bias[] = {3};
	struct ocr_bnn_layer layers[] = {{.in_c = 1,
					     .in_h = 1,
					     .in_w = 2,
					     .out_c = 2,
					     .out_h = 1,
					     .out_w = 1,
					     .window_h = 1,
					     .window_w = 2,
					     .stride_h = 1,
					     .stride_w = 1,
					     .in_bits = 8,
					     .out_bits = 2,
					     .weights = w0,
					     .thresholds = t0},
	    {.in_c = 2,
		.in_h = 1,
		.in_w = 1,
		.out_c = 1,
		.out_h = 1,
		.out_w = 1,
		.window_h = 1,
		.window_w = 1,
		.stride_h = 1,
		.stride_w = 1,
		.in_bits = 2,
		.in_base = -3,
		.in_step = 2,
		.weights = w1,
		.scale = scale,
		.bias = bias}};
	struct ocr_bnn b = {.n_layers = 2, .layers = layers, .n_scores = 1};
	struct ocr_bnn *copy = NULL;
	const uint8_t image[] = {7, 9};
	struct ocr_err err = {0};
	int32_t acc = 0;

	b.pixels[0][7] = 10;
	b.pixels[0][9] = -20;
	ok(ocr_bnn_check(&b, &err) == 0, "a small network is one");
	is_int((int64_t)ocr_bnn_macs(&b), 6, "multiplications");
	ok(ocr_bnn_copy(&copy, &b, &err) == 0, "copied");
	layers[0].weights = NULL;
	/* sums 30 and -40: values 2 and 2: activations 1 and 1 */
	ok(ocr_bnn_plain(copy, image, true, &acc, &err) == 0, "runs");
	is_int(acc, -1, "sum");
	ok(ocr_bnn_score(copy, 0, acc) == 2.5F, "score");
	ocr_bnn_free(copy);
	ocr_bnn_free(NULL);
	ocr_bnn_packed_free(NULL);
	ocr_bnn_state_free(NULL);
}

int
main(void)
{
	test_shapes();
	test_numbers();
	test_weights();
	test_sums();
	test_by_hand();
	return done();
}
