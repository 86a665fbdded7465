/*
 * cards_sssp.c - shortest paths on cards and threads: see cards.h
 *
 * Windows of `delta`: vertices of this window whose distance is new are active,
 * sweep after sweep, until none is; then comes the next window.  A sweep reads
 * the distances of its beginning (`values`) and lowers those of now.  Pull looks
 * at all rows whose vertex may still come nearer, and does what a push of all
 * active ones would do.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "common/huge.h"
#include "src/cards.h"
#include "src/cards_bits.h"

/* Pull when the active vertices have more than 1 / PULL of the arcs. */
#define PULL 4

#define PASS 256 /* blocks */

struct paths {
	const struct ocr_graph *g;
	const uint32_t *out_weights, *in_weights;
	uint64_t *pending; /* distance is new */
	uint64_t *active;  /* ... and in the window; or who pulls */
	uint32_t *values, *distances;
	uint64_t start, end; /* of the window */
	bool is_push;
	/* atomic */
	uint64_t n_active, n_active_arcs;
	uint32_t nearest; /* of those pending beyond the window */
	uint32_t farthest;
};

static uint32_t
add(uint32_t a, uint32_t b)
{
	uint32_t sum = a + b;

	return sum < a || sum == K_GRAPH_NONE ? K_GRAPH_NONE - 1 : sum;
}

static void
reach(struct paths *p, uint64_t v, uint32_t distance)
{
	if (ocr_lower(&p->distances[v], distance))
		(void)ocr_bit_set(p->pending, v);
}

static int
push_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct paths *p = arg;
	const struct ocr_rows *r = &p->g->out;
	uint64_t i, word, v, e;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		for (word = p->active[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			for (e = r->offsets[v]; e < r->offsets[v + 1]; e++)
				reach(p, r->ends[e],
				    add(p->values[v], p->out_weights[e]));
		}
	return 0;
}

static int
merge_push(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct paths *p = arg;
	uint64_t v;

	(void)start;
	(void)end;
	(void)err;
	for (v = 0; v < p->g->n; v++)
		reach(p, v, slots[v]);
	return 0;
}

static uint32_t
shortest(const struct paths *p, uint64_t v)
{
	const struct ocr_rows *r = &p->g->in;
	uint32_t best = p->values[v], d, through;
	uint64_t e;

	for (e = r->offsets[v]; e < r->offsets[v + 1]; e++) {
		through = p->values[r->ends[e]];
		d = add(through, p->in_weights[e]);
		if (through != K_GRAPH_NONE && d < best)
			best = d;
	}
	return best;
}

static int
pull_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct paths *p = arg;
	uint64_t i, word, v;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		for (word = p->active[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			reach(p, v, shortest(p, v));
		}
	return 0;
}

static int
merge_pull(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
    struct ocr_err *err)
{
	struct paths *p = arg;
	uint64_t i, word, v;

	(void)err;
	for (i = start; i < end; i++)
		for (word = p->active[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			reach(p, v, slots[v]);
		}
	return 0;
}

/* Who is active: pending and in the window; and how much else there is. */
static int
choose_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct paths *p = arg;
	uint64_t i, word, v, n = 0, n_arcs = 0;
	uint32_t nearest = K_GRAPH_NONE, farthest = 0, d;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		p->active[i] = 0;
		for (word = p->pending[i]; word != 0; word &= word - 1) {
			v = i * OCR_GRAPH_BLOCK +
			    (unsigned)__builtin_ctzll(word);
			d = p->distances[v];
			p->values[v] = d;
			farthest = d > farthest ? d : farthest;
			if (d < p->end) {
				p->active[i] |= word & -word;
				n++;
				n_arcs += ocr_graph_degree(&p->g->out, v);
			} else if (d < nearest) {
				nearest = d;
			}
		}
		p->pending[i] &= ~p->active[i];
	}
	__atomic_fetch_add(&p->n_active, n, __ATOMIC_RELAXED);
	__atomic_fetch_add(&p->n_active_arcs, n_arcs, __ATOMIC_RELAXED);
	(void)ocr_lower(&p->nearest, nearest);
	/* The least of complements is the greatest. */
	(void)ocr_lower(&p->farthest, ~farthest);
	return 0;
}

/* Who may still come nearer: beyond the window's start. */
static int
pullers(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct paths *p = arg;
	uint64_t i, v, last;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++) {
		p->active[i] = 0;
		last = (i + 1) * OCR_GRAPH_BLOCK;
		for (v = i * OCR_GRAPH_BLOCK; v < last && v < p->g->n; v++)
			if (p->values[v] > p->start)
				p->active[i] |= (uint64_t)1 << (v % 64);
	}
	return 0;
}

static int
choose(struct paths *p, struct ocr_crew *crew, struct ocr_err *err)
{
	p->n_active = p->n_active_arcs = 0;
	p->nearest = p->farthest = K_GRAPH_NONE;
	return ocr_crew_each(crew, ocr_graph_n_blocks(p->g), PASS,
	    choose_blocks, p, err);
}

static int
sweep(struct paths *p, struct ocr_cards *c, struct ocr_err *err)
{
	int r = 0;

	p->is_push =
	    p->g->in.offsets == NULL || p->n_active_arcs <= p->g->n_arcs / PULL;
	if (!p->is_push)
		r = ocr_crew_each(c->crew, ocr_graph_n_blocks(p->g), PASS,
		    pullers, p, err);
	if (r < 0)
		return r;
	return ocr_cards_sweep(c, p->is_push, p->active, p->values,
	    p->is_push ? push_blocks : pull_blocks,
	    p->is_push ? merge_push : merge_pull, p, err);
}

static int
windows(struct paths *p, struct ocr_cards *c, uint32_t delta,
    struct ocr_err *err)
{
	int r;

	p->end = delta;
	for (;;) {
		r = choose(p, c->crew, err);
		if (r < 0)
			return r;
		if (~p->farthest == K_GRAPH_NONE - 1)
			return ocr_err_set(err, -OCR_ELIMIT,
			    "a distance is 2^32 - 2 or more");
		if (p->n_active == 0 && p->nearest == K_GRAPH_NONE)
			return 0;
		if (p->n_active == 0) {
			p->start = p->nearest;
			p->end = p->start + delta;
			continue;
		}
		r = sweep(p, c, err);
		if (r < 0)
			return r;
	}
}

int
ocr_cards_sssp(struct ocr_cards *c, uint32_t source, double delta,
    uint32_t *distances, struct ocr_err *err)
{
	size_t bits = (size_t)ocr_graph_n_blocks(c->g) * sizeof(uint64_t);
	size_t words = (size_t)c->g->n * sizeof(uint32_t);
	struct paths p = {.g = c->g,
	    .out_weights = c->out_weights,
	    .in_weights = c->in_weights,
	    .distances = distances};
	int r = -OCR_ENOMEM;

	p.pending = ocr_huge_alloc(bits, "paths", err);
	p.active = ocr_cards_alloc(c, OCR_CARDS_ACTIVE, bits, "paths", err);
	p.values = ocr_cards_alloc(c, OCR_CARDS_VALUES, words, "paths", err);
	if (p.pending != NULL && p.active != NULL && p.values != NULL) {
		memset(p.values, 0xff, words);
		memset(p.distances, 0xff, words);
		p.distances[source] = 0;
		(void)ocr_bit_set(p.pending, source);
		ocr_card_graph_begin(c->card);
		r = windows(&p, c,
		    delta < UINT32_MAX ? (uint32_t)fmax(delta, 1) : UINT32_MAX,
		    err);
	}
	ocr_huge_free(p.pending, bits);
	ocr_cards_free(c, p.active, bits);
	ocr_cards_free(c, p.values, words);
	return r;
}

/* As many arcs of a vertex fall into a window as pay for a sweep: a guess. */
double
ocr_cards_sssp_delta(const struct ocr_cards *c)
{
	double mean = (double)c->g->n_arcs / (double)c->g->n;
	uint32_t most = 1;
	uint64_t e;

	for (e = 0; e < c->g->n_arcs; e++)
		if (c->out_weights[e] > most)
			most = c->out_weights[e];
	return fmax(8.0 * most / (mean + 1), 1);
}

void
ocr_cards_sssp_sum(const struct ocr_graph *g, const uint32_t *distances,
    struct ocr_distances *out)
{
	uint64_t v;

	*out = (struct ocr_distances){.width = 4, .near = distances};
	for (v = 0; v < g->n; v++) {
		if (distances[v] == UINT32_MAX)
			continue;
		out->n_reached++;
		out->longest = fmax(out->longest, distances[v]);
	}
}
