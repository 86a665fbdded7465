/*
 * cards_pagerank.c - PageRank on cards and threads: see cards.h
 *
 * Jacobi iterations in floats.  Pull: a row's sum of what its in-arcs carry.
 * Push, as in the paper: every vertex puts what it gives to a slot for each of
 * its arcs, then threads add up the slots of rows.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/huge.h"
#include "common/io.h"
#include "src/cards.h"
#include "src/cards_bits.h"

#define PASS 256 /* blocks */
#define MAX_ITERATIONS 1000

struct ranks {
	const struct ocr_graph *g;
	const uint32_t *places;
	const uint64_t *rows; /* offsets of in-rows, and so of slots */
	uint64_t *all;        /* bitmap: every vertex */
	float *carried;       /* by each arc of a vertex */
	float *sums;          /* of a row */
	uint32_t *slots;      /* by arc, floats; NULL: nothing was pushed yet */
	float *scores;
	double damping, spread; /* what all vertices get alike */
	struct part {
		_Alignas(128) double change, dangling;
	} * parts; /* n_threads */
};

static uint32_t
bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float
float_of(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint64_t
end_of(const struct ranks *k, uint64_t blocks)
{
	uint64_t v = blocks * OCR_GRAPH_BLOCK;

	return v < k->g->n ? v : k->g->n;
}

static int
pull_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	const struct ocr_rows *r = &k->g->in;
	uint64_t v, e;
	float sum;

	(void)thread;
	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++) {
		sum = 0;
		for (e = r->offsets[v]; e < r->offsets[v + 1]; e++)
			sum += k->carried[r->ends[e]];
		k->sums[v] = sum;
	}
	return 0;
}

static int
merge_pull(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	uint64_t v;

	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++) {
		k->sums[v] = float_of(slots[v]);
		if (!(k->sums[v] >= 0 && k->sums[v] <= 2))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "the score of a vertex is no number");
	}
	return 0;
}

static int
push_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	const struct ocr_rows *r = &k->g->out;
	uint64_t v, e;

	(void)thread;
	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++)
		for (e = r->offsets[v]; e < r->offsets[v + 1]; e++)
			k->slots[k->places[e]] = bits_of(k->carried[v]);
	return 0;
}

static int
merge_push(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	const struct ocr_rows *r = &k->g->out;
	uint64_t v, e;

	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++)
		for (e = r->offsets[v]; e < r->offsets[v + 1]; e++) {
			if (slots[k->places[e]] != bits_of(k->carried[v]))
				return ocr_err_set(err, -OCR_EFORMAT,
				    "an arc carries what it should not");
			k->slots[k->places[e]] = slots[k->places[e]];
		}
	return 0;
}

static int
add_slots(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	uint64_t v, e;
	float sum;

	(void)thread;
	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++) {
		sum = 0;
		for (e = k->rows[v]; e < k->rows[v + 1]; e++)
			sum += float_of(k->slots[e]);
		k->sums[v] = sum;
	}
	return 0;
}

/* New scores, and what arcs carry in the next iteration. */
static int
conclude_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ranks *k = arg;
	struct part *p = &k->parts[thread];
	uint64_t v, n_arcs;
	double score;

	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end_of(k, end); v++) {
		score = k->spread + k->damping * (double)k->sums[v];
		p->change += fabs(score - (double)k->scores[v]);
		k->scores[v] = (float)score;
		n_arcs = ocr_graph_degree(&k->g->out, v);
		if (n_arcs == 0)
			p->dangling += score;
		k->carried[v] =
		    n_arcs > 0 ? (float)(score / (double)n_arcs) : 0;
	}
	return 0;
}

/* Adds up, and clears, what threads have counted. */
static struct part
total(struct ranks *k, unsigned n_threads)
{
	struct part sum = {0};
	unsigned i;

	for (i = 0; i < n_threads; i++) {
		sum.change += k->parts[i].change;
		sum.dangling += k->parts[i].dangling;
		k->parts[i] = (struct part){0};
	}
	return sum;
}

static size_t
slots_bytes(const struct ranks *k)
{
	return (size_t)k->g->n_arcs * sizeof(*k->slots);
}

/* What push is to move beyond pull: the slots of each unit, but for those that
 * work in the host's memory. */
static uint64_t
more_bytes(const struct ranks *k, const struct ocr_cards *c)
{
	const struct ocr_team *t = &c->crew->team;
	uint64_t bytes = 0;
	size_t i;

	for (i = t->n_cpus; i < t->n_workers; i++)
		if (!t->workers[i].is_retired && !t->workers[i].is_coherent)
			bytes += slots_bytes(k);
	return bytes;
}

static bool
is_to_push(const struct ranks *k, const struct ocr_cards *c,
    enum ocr_cards_how how)
{
	if (k->g->in.offsets == NULL)
		return true;
	if (how != OCR_CARDS_AUTO)
		return how == OCR_CARDS_PUSH;
	return ocr_cards_is_to_push(&c->choice, more_bytes(k, c));
}

static int
sweep(struct ranks *k, struct ocr_cards *c, bool is_push, struct ocr_err *err)
{
	const uint32_t *values = (const uint32_t *)(const void *)k->carried;
	uint64_t start_ns = ocr_now_ns(), moved = c->crew->report.moved_bytes;
	int r;

	if (is_push && k->slots == NULL) {
		k->slots = ocr_huge_alloc(slots_bytes(k), "scores", err);
		if (k->slots == NULL)
			return -OCR_ENOMEM;
	}
	r = ocr_cards_sweep(c, is_push, k->all, values,
	    is_push ? push_blocks : pull_blocks,
	    is_push ? merge_push : merge_pull, k, err);
	if (r == 0 && is_push)
		r = ocr_crew_each(c->crew, ocr_graph_n_blocks(k->g), PASS,
		    add_slots, k, err);
	ocr_cards_took(&c->choice, is_push, (double)(ocr_now_ns() - start_ns),
	    c->crew->report.moved_bytes - moved);
	return r;
}

static int
iterate(struct ranks *k, struct ocr_cards *c, const struct ocr_pagerank_opt *o,
    enum ocr_cards_how how, struct ocr_scores *out, struct ocr_err *err)
{
	unsigned most = o->iterations > 0       ? o->iterations
			: o->max_iterations > 0 ? o->max_iterations
						: MAX_ITERATIONS;
	double n = (double)k->g->n;
	struct part t = {0};
	bool is_push;
	int r;

	/* The beginning is an iteration without arcs: all scores 1 / n. */
	k->damping = o->damping;
	k->spread = 1 / n;
	memset(k->sums, 0, (size_t)k->g->n * sizeof(*k->sums));
	r = ocr_crew_each(c->crew, ocr_graph_n_blocks(k->g), PASS,
	    conclude_blocks, k, err);
	t = total(k, c->crew->n_threads);
	while (r == 0 && !out->has_converged && out->n_iterations < most) {
		k->spread = (1 - o->damping + o->damping * t.dangling) / n;
		is_push = is_to_push(k, c, how);
		r = sweep(k, c, is_push, err);
		if (r == 0)
			r = ocr_crew_each(c->crew, ocr_graph_n_blocks(k->g),
			    PASS, conclude_blocks, k, err);
		t = total(k, c->crew->n_threads);
		out->n_iterations++;
		out->n_pushes += is_push;
		out->change = t.change;
		out->has_converged =
		    o->iterations == 0 && t.change < o->tolerance;
	}
	return r;
}

static void
mark_all(struct ranks *k)
{
	uint64_t rest = k->g->n % OCR_GRAPH_BLOCK;

	memset(k->all, 0xff,
	    (size_t)ocr_graph_n_blocks(k->g) * sizeof(*k->all));
	if (rest > 0)
		k->all[k->g->n / OCR_GRAPH_BLOCK] = ((uint64_t)1 << rest) - 1;
}

int
ocr_cards_pagerank(struct ocr_cards *c, const struct ocr_pagerank_opt *opt,
    enum ocr_cards_how how, float *scores, struct ocr_scores *out,
    struct ocr_err *err)
{
	size_t bits = (size_t)ocr_graph_n_blocks(c->g) * sizeof(uint64_t);
	size_t words = (size_t)c->g->n * sizeof(float);
	size_t parts = c->crew->n_threads * sizeof(struct part);
	struct ranks k = {.g = c->g,
	    .places = c->places,
	    .rows = c->slots,
	    .scores = scores};
	int r = -OCR_ENOMEM;

	*out = (struct ocr_scores){.scores = scores};
	k.all = ocr_cards_alloc(c, OCR_CARDS_ACTIVE, bits, "scores", err);
	k.carried = ocr_cards_alloc(c, OCR_CARDS_VALUES, words, "scores", err);
	k.sums = ocr_huge_alloc(words, "scores", err);
	k.parts = ocr_huge_alloc(parts, "scores", err);
	if (k.all != NULL && k.carried != NULL && k.sums != NULL &&
	    k.parts != NULL) {
		mark_all(&k);
		memset(scores, 0, words);
		r = iterate(&k, c, opt, how, out, err);
	}
	ocr_cards_free(c, k.all, bits);
	ocr_cards_free(c, k.carried, words);
	ocr_huge_free(k.sums, words);
	ocr_huge_free(k.slots, slots_bytes(&k));
	ocr_huge_free(k.parts, parts);
	return r;
}
