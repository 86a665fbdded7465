/*
 * cards_weights.c - what the blocks of a sweep weigh
 */
#include "config.h"

#include "src/cards_weights.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A block costs this many arcs besides its own. */
#define BLOCK_WORK 2.0

struct count {
	struct ocr_cards_weights *w;
	_Atomic uint64_t n_active, n_arcs;
};

static uint64_t
arcs_of_block(const struct ocr_cards_weights *w, uint64_t block)
{
	uint64_t word = w->active[block], n = 0;
	uint64_t v;

	for (; word != 0; word &= word - 1) {
		v = block * OCR_GRAPH_BLOCK + (unsigned)__builtin_ctzll(word);
		n += ocr_graph_degree(w->rows, v);
	}
	return n;
}

static uint64_t
walk(const void *arg, uint64_t start, uint64_t end, double extra, double limit,
    double *sum)
{
	const struct ocr_cards_weights *w = arg;

	while (start < end && *sum < limit)
		*sum += (double)arcs_of_block(w, start++) + extra;
	return start;
}

static int
count_groups(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct count *c = arg;
	struct ocr_cards_weights *w = c->w;
	uint64_t group, i, last, arcs, n_active = 0, n_arcs = 0;

	(void)thread;
	(void)err;
	for (group = start; group < end; group++) {
		i = group * OCR_WEIGHTS_BLOCK;
		last = i + OCR_WEIGHTS_BLOCK;
		if (last > w->weights.n)
			last = w->weights.n;
		for (arcs = 0; i < last; i++) {
			arcs += arcs_of_block(w, i);
			n_active +=
			    (unsigned)__builtin_popcountll(w->active[i]);
		}
		w->blocks[group + 1] = (double)arcs;
		n_arcs += arcs;
	}
	atomic_fetch_add(&c->n_active, n_active);
	atomic_fetch_add(&c->n_arcs, n_arcs);
	return 0;
}

int
ocr_cards_weigh(struct ocr_cards_weights *w, const struct ocr_rows *rows,
    const uint64_t *active, struct ocr_crew *crew, struct ocr_err *err)
{
	size_t n = ocr_weights_n_blocks(w->weights.n), i;
	struct count c = {.w = w};
	int r;

	w->rows = rows;
	w->active = active;
	r = ocr_crew_each(crew, n - 1, 4, count_groups, &c, err);
	w->blocks[0] = 0;
	for (i = 1; i < n; i++)
		w->blocks[i] += w->blocks[i - 1];
	w->n_active = c.n_active;
	w->n_arcs = c.n_arcs;
	return r;
}

int
ocr_cards_weights_init(struct ocr_cards_weights *w, const struct ocr_graph *g,
    struct ocr_err *err)
{
	memset(w, 0, sizeof(*w));
	w->n = g->n;
	w->blocks = calloc(ocr_weights_n_blocks(ocr_graph_n_blocks(g)) + 1,
	    sizeof(*w->blocks));
	if (w->blocks == NULL)
		return ocr_err_nomem(err);
	w->weights = (struct ocr_weights){.n = ocr_graph_n_blocks(g),
	    .trust = OCR_WEIGHTS_KNOWN,
	    .blocks = w->blocks,
	    .walk = walk,
	    .arg = w,
	    .item_work = BLOCK_WORK};
	return 0;
}

void
ocr_cards_weights_release(struct ocr_cards_weights *w)
{
	free(w->blocks);
	memset(w, 0, sizeof(*w));
}
