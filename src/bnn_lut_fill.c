/*
 * bnn_lut_fill.c - tables for the LUT engine, made when they are first needed
 *
 * They are most of what there is to make of a network, and a process that sees
 * few images needs few of them.  Threads that begin at once share the layers.
 *
 * Channels that fill up a group of 4 are 0 in both weights and activations:
 * always equal, and counted off.
 */
#include "config.h"

#include <string.h>

#include "common/thread.h"
#include "src/bnn_lut_pack.h"

/* By weights and activations of a group.  Vectors of 8 bytes. */
struct counts {
	uint64_t of[64][8];
};

/* q of weights w and activations x: twice it is the number of equal bits, less
 * the one's parity, plus the other's. */
static void
fill_counts(struct counts *t, unsigned group)
{
	unsigned w, x, n = 1U << group;
	uint8_t q[64];

	for (w = 0; w < n; w++) {
		for (x = 0; x < n; x++)
			q[x] =
			    (uint8_t)((group -
					  (unsigned)__builtin_popcount(w ^ x) +
					  (unsigned)__builtin_parity(w) -
					  (unsigned)__builtin_parity(x)) /
				      2);
		memcpy(t->of[w], q, n);
	}
}

/* The tables of a group for pairs of neurons, one in the low nibbles: w has their
 * weights. */
static uint8_t *
fill_set(const struct counts *t, const uint8_t *w, unsigned group, uint8_t *to)
{
	size_t n = (size_t)1 << group, j;
	unsigned i;

	for (i = 0; i < group; i += 2) {
		const uint64_t *low = t->of[w[i]], *high = t->of[w[i + 1]];

		for (j = 0; j < n / 8; j++, to += 8) {
			uint64_t v = low[j] | high[j] << 4;

			memcpy(to, &v, 8);
		}
	}
	return to;
}

/* Channels that are whole words and whole groups, of 4 or 6. */
#define STEP_WORDS 3
#define STEP (64 * STEP_WORDS)

struct set {
	const struct ocr_bnn_packed *p;
	uint32_t layer;
	uint32_t first;                /* neuron */
	uint64_t words[6][STEP_WORDS]; /* of each neuron: weights */
};

/* n_words of each neuron's weights, from word `at` of its window on; last: which
 * bits of the last one there are. */
static void
read_words(struct set *s, size_t at, uint32_t n_words, uint64_t last)
{
	const struct ocr_bnn_xnor *x = &s->p->xnor[s->layer];
	const uint8_t *is_turned = s->p->lut[s->layer].is_turned;
	uint32_t n = s->p->net->layers[s->layer].out_c, i, o;
	unsigned j;

	memset(s->words, 0, sizeof(s->words));
	for (j = 0; j < s->p->ops->group && s->first + j < n; j++) {
		o = s->first + j;
		for (i = 0; i < n_words; i++)
			s->words[j][i] =
			    (x->w[(o / 4 * x->n_window + at + i) * 4 + o % 4] ^
				ocr_bnn_flip(is_turned[o])) &
			    (i + 1 == n_words ? last : UINT64_MAX);
	}
}

/* A tap; at: its first word. */
static uint8_t *
fill_tap(const struct counts *t, struct set *s, size_t at, uint8_t *to)
{
	uint32_t n = s->p->net->layers[s->layer].in_c, c, len, g, n_words;
	unsigned group = s->p->ops->group, j;
	uint8_t w[6];

	for (c = 0; c < n; c += STEP) {
		len = n - c < STEP ? n - c : STEP;
		n_words = (len + 63) / 64;
		read_words(s, at + c / 64, n_words, ocr_bnn_last_word(len));
		for (g = 0; g * group < len; g++) {
			for (j = 0; j < group; j++)
				w[j] = (uint8_t)ocr_bnn_bits(s->words[j],
				    n_words, (size_t)g * group, group);
			to = fill_set(t, w, group, to);
		}
	}
	return to;
}

static void
fill(const struct ocr_bnn_packed *p, uint32_t i)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	size_t n_taps = (size_t)l->window_h * l->window_w, tap;
	struct set s = {.p = p, .layer = i};
	uint8_t *to = p->lut[i].tables;
	struct counts t = {0};

	fill_counts(&t, p->ops->group);
	for (; s.first < l->out_c; s.first += p->ops->group)
		for (tap = 0; tap < n_taps; tap++)
			to = fill_tap(&t, &s, tap * p->xnor[i].in_words, to);
}

/* Unless somebody else does, or has. */
static void
fill_first(const struct ocr_bnn_packed *p, uint32_t i)
{
	struct ocr_bnn_lut *lut = &p->lut[i];
	uint32_t none = OCR_BNN_TABLES_NONE;

	if (!atomic_compare_exchange_strong_explicit(&lut->step, &none,
		OCR_BNN_TABLES_BUSY, memory_order_relaxed,
		memory_order_relaxed))
		return;
	fill(p, i);
	atomic_store_explicit(&lut->step, OCR_BNN_TABLES_READY,
	    memory_order_release);
	ocr_futex_wake(&lut->step);
}

static bool
is_ready(const struct ocr_bnn_packed *p, uint32_t i)
{
	const struct ocr_bnn_lut *lut = &p->lut[i];

	return lut->tables == NULL ||
	       atomic_load_explicit(&lut->step, memory_order_acquire) ==
		   OCR_BNN_TABLES_READY;
}

void
ocr_bnn_lut_need(const struct ocr_bnn_packed *p, uint32_t i)
{
	if (is_ready(p, i))
		return;
	fill_first(p, i);
	while (!is_ready(p, i))
		ocr_futex_wait(&p->lut[i].step, OCR_BNN_TABLES_BUSY, 0);
}

/* First what nobody has begun, then what others do. */
void
ocr_bnn_lut_need_all(const struct ocr_bnn_packed *p)
{
	uint32_t i;

	for (i = 0; i < p->net->n_layers; i++)
		if (!is_ready(p, i))
			fill_first(p, i);
	for (i = 0; i < p->net->n_layers; i++)
		ocr_bnn_lut_need(p, i);
}
