/*
 * bnn_make.h - binarised networks for tests and benchmarks
 *
 * A shape is a list of layers; weights, thresholds and pixels are random, or as
 * unkind as they can be.
 */
#ifndef TESTS_UNIT_BNN_MAKE_H
#define TESTS_UNIT_BNN_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/random.h"
#include "src/bnn.h"

/* out_c 0: a max pool.  window 0: as large as the input. */
struct made_layer {
	uint32_t out_c, window_h, window_w, stride, pad;
	unsigned out_bits; /* hidden layers; 0: 1 */
	int is_ternary;    /* weights -2 to 1, not -1 and 1 */
};

enum made_kind {
	MADE_PLAIN = 0, /* thresholds near the middle */
	MADE_ODD,       /* and never, always, at the ends, constant rows */
	MADE_WILD,      /* thresholds beyond 16 bits, wide pixels */
	MADE_FULL,      /* all that can be equal is: the largest sums */
	MADE_N_KINDS,
};

struct made {
	struct ocr_bnn bnn;
	struct ocr_bnn_layer layers[OCR_BNN_MAX_LAYERS];
	void *blocks[4 * OCR_BNN_MAX_LAYERS];
	size_t n_blocks;
	uint64_t random;
};

static inline void *
made_block(struct made *m, size_t n, size_t size)
{
	void *p = calloc(n + 1, size);

	if (p == NULL)
		abort();
	m->blocks[m->n_blocks++] = p;
	return p;
}

static inline int32_t
made_below(struct made *m, int32_t n)
{
	return (int32_t)ocr_random_below(&m->random, (uint64_t)n);
}

/* A threshold for sums of about n inputs, at most `most`. */
static inline int32_t
made_threshold(struct made *m, enum made_kind kind, int32_t n, int32_t most)
{
	int32_t near = 1, t;

	while (near * near < n)
		near++;
	t = made_below(m, 2 * near + 1) - near;
	if (kind == MADE_FULL)
		return n < most || made_below(m, 2) == 0 ? -most : most;
	if (kind == MADE_PLAIN || made_below(m, 2) == 0)
		return t * (most / n);
	switch (made_below(m, 8)) {
	case 0:
		return most;
	case 1:
		return -most;
	case 2:
		return most + 1;
	case 3:
		return -most - 1;
	case 4:
		return kind == MADE_WILD ? INT32_MAX : most - 1;
	case 5:
		return kind == MADE_WILD ? INT32_MIN : 1 - most;
	case 6:
		return made_below(m, 2 * most + 3) - most - 1;
	default:
		return 0;
	}
}

static inline int
made_order(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

static inline void
made_numbers(struct made *m, struct ocr_bnn_layer *l, enum made_kind kind,
    int is_ternary, int32_t largest)
{
	size_t n = (size_t)l->window_h * l->window_w * l->in_c, i;
	int32_t levels = (1 << l->out_bits) - 1, j;
	int8_t *w = made_block(m, n * l->out_c, 1);
	int32_t *t = made_block(m, (size_t)(levels + 1) * l->out_c, sizeof(*t));
	float *scale = made_block(m, l->out_c, sizeof(*scale));
	float *bias = made_block(m, l->out_c, sizeof(*bias));
	uint32_t o;

	for (o = 0; o < l->out_c; o++) {
		int same = kind != MADE_PLAIN && made_below(m, 5) == 0;
		int first = made_below(m, 2);

		for (i = 0; i < n; i++) {
			int bit = same ? first : made_below(m, 2);

			if (kind == MADE_FULL)
				bit = 1;

			w[o * n + i] = (int8_t)(2 * bit - 1);
			if (is_ternary)
				w[o * n + i] = (int8_t)(made_below(m, 4) - 2);
		}
		for (j = 0; j < levels; j++)
			t[(int32_t)o * levels + j] = made_threshold(m, kind,
			    (int32_t)n, (int32_t)n * largest);
		qsort(t + (int32_t)o * levels, (size_t)levels, sizeof(*t),
		    made_order);
		scale[o] = (float)(made_below(m, 2001) - 1000) / 64;
		bias[o] = (float)(made_below(m, 2001) - 1000) / 3;
	}
	l->weights = w;
	l->thresholds = t;
	l->scale = scale;
	l->bias = bias;
}

static inline int32_t
made_pixels(struct made *m, enum made_kind kind)
{
	int32_t i, c, most = 0;

	for (c = 0; c < 4; c++)
		for (i = 0; i < 256; i++) {
			int32_t v = i - 128 + (i >= 128);

			v = v > 127 ? 127 : v;
			if (kind == MADE_ODD && c > 0)
				v = i < 128 ? -1 : 1;
			if (kind == MADE_WILD)
				v = made_below(m, 601) - 300;
			m->bnn.pixels[c][i] = (int16_t)v;
			most = abs(v) > most ? abs(v) : most;
		}
	return most;
}

static inline uint32_t
made_side(uint32_t in, uint32_t window, const struct made_layer *s)
{
	return (in + 2 * s->pad - window) / s->stride + 1;
}

/* in: c, h, w of the image. */
static inline void
made_net(struct made *m, const uint32_t *in, const struct made_layer *s,
    uint32_t n, enum made_kind kind, uint64_t seed)
{
	uint32_t c = in[0], h = in[1], w = in[2], i;
	unsigned bits = 8;
	int32_t largest;

	memset(m, 0, sizeof(*m));
	m->random = seed * 2 + 1;
	m->bnn.n_layers = n;
	m->bnn.layers = m->layers;
	largest = made_pixels(m, kind);
	for (i = 0; i < n; i++, s++) {
		struct ocr_bnn_layer *l = &m->layers[i];

		l->kind = s->out_c == 0 ? OCR_BNN_MAX_POOL : OCR_BNN_CONV;
		l->in_c = c;
		l->in_h = h;
		l->in_w = w;
		l->window_h = s->window_h == 0 ? h : s->window_h;
		l->window_w = s->window_w == 0 ? w : s->window_w;
		l->stride_h = l->stride_w = s->stride;
		l->pad_top = l->pad_left = s->pad;
		l->out_c = c = s->out_c == 0 ? c : s->out_c;
		l->out_h = h = made_side(h, l->window_h, s);
		l->out_w = w = made_side(w, l->window_w, s);
		if (l->kind == OCR_BNN_MAX_POOL)
			continue;
		l->in_bits = bits;
		l->out_bits = i + 1 == n         ? 0
			      : s->out_bits == 0 ? 1
						 : s->out_bits;
		l->in_base = bits == 2 ? -3 : -1;
		l->in_step = 2;
		made_numbers(m, l, kind, s->is_ternary,
		    bits == 8   ? largest
		    : bits == 2 ? 3
				: 1);
		bits = l->out_bits;
	}
	m->bnn.n_scores = c;
	m->bnn.n_macs = ocr_bnn_macs(&m->bnn);
}

static inline void
made_free(struct made *m)
{
	while (m->n_blocks > 0)
		free(m->blocks[--m->n_blocks]);
}

/* Images: noise, black and white, all the same. */
static inline void
made_images(struct made *m, uint8_t *to, size_t n)
{
	int32_t kind = made_below(m, 3), one = made_below(m, 256);
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = (uint8_t)(kind == 0   ? made_below(m, 256)
				  : kind == 1 ? made_below(m, 2) * 255
					      : one);
}

#endif
