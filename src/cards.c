/*
 * cards.c - the range loop of graph programs on cards and threads
 */
#include "config.h"

#include "src/cards.h"

#include <string.h>

#include "common/huge.h"
#include "src/cards_places.h"

/* Blocks that a thread takes at a time: a cache line of a bitmap, and enough of
 * them that small graphs are shared as well. */
#define GRAIN 8

/* The weights of a graph that has none. */
static int
make_ones(struct ocr_cards *c, struct ocr_err *err)
{
	size_t n = (size_t)c->g->n_arcs, i;

	c->ones = ocr_huge_alloc(n * sizeof(*c->ones), "weights", err);
	if (c->ones == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < n; i++)
		c->ones[i] = 1;
	c->out_weights = c->in_weights = c->ones;
	return 0;
}

static size_t
owners_bytes(const struct ocr_cards *c)
{
	return (size_t)ocr_graph_n_blocks(c->g) * sizeof(*c->owners);
}

static size_t
slots_bytes(const struct ocr_cards *c)
{
	return ((size_t)c->g->n + 1) * sizeof(*c->own_slots);
}

static int
make_places(struct ocr_cards *c, struct ocr_err *err)
{
	c->places = ocr_huge_alloc((size_t)c->g->n_arcs * sizeof(*c->places),
	    "places of arcs", err);
	c->owners = ocr_huge_alloc(owners_bytes(c), "places of arcs", err);
	if (c->places == NULL || c->owners == NULL)
		return -OCR_ENOMEM;
	c->slots = c->g->in.offsets;
	if (c->slots != NULL)
		return ocr_cards_places(c->g, c->places, err);
	c->own_slots = ocr_huge_alloc(slots_bytes(c), "places of arcs", err);
	if (c->own_slots == NULL)
		return -OCR_ENOMEM;
	c->slots = c->own_slots;
	ocr_cards_places_alone(c->g, c->own_slots, c->places);
	return 0;
}

/* The memory of the first card that works in the host's. */
static void
find_homes(struct ocr_cards *c)
{
	struct ocr_team *t = &c->crew->team;
	size_t i;
	int k;

	for (i = t->n_cpus; i < t->n_workers; i++)
		if (c->homes[0].at == NULL)
			for (k = 0; k < 2; k++)
				c->homes[k].at = ocr_card_graph_memory(
				    &t->workers[i], k == OCR_CARDS_ACTIVE,
				    &c->homes[k].cap);
}

void *
ocr_cards_alloc(struct ocr_cards *c, enum ocr_cards_array array, size_t bytes,
    const char *what, struct ocr_err *err)
{
	struct ocr_cards_home *home = &c->homes[array];

	if (home->at == NULL || bytes > home->cap)
		return ocr_huge_alloc(bytes, what, err);
	memset(home->at, 0, bytes);
	return home->at;
}

void
ocr_cards_free(struct ocr_cards *c, void *p, size_t bytes)
{
	if (p == NULL || (p != c->homes[0].at && p != c->homes[1].at))
		ocr_huge_free(p, bytes);
}

int
ocr_cards_open(struct ocr_cards *c, struct ocr_card_graph *card,
    struct ocr_crew *crew, const struct ocr_graph *g, uint32_t program,
    struct ocr_err *err)
{
	struct ocr_range_opt opt = {.schedule = crew->team.schedule,
	    .trace = crew->team.trace,
	    .ui = crew->ui};
	int r;

	*c = (struct ocr_cards){.crew = crew, .card = card, .g = g};
	r = ocr_cards_weights_init(&c->weights, g, err);
	if (r == 0 && program == K_GRAPH_SSSP) {
		c->out_weights = g->out.ints;
		c->in_weights = g->in.ints;
		if (g->kind == OCR_EDGE_PLAIN)
			r = make_ones(c, err);
	}
	if (r == 0 && program == K_GRAPH_PAGERANK)
		r = make_places(c, err);
	ocr_card_graph_use(card, g, program,
	    c->places != NULL ? c->places : c->out_weights, c->in_weights);
	card->owners = c->owners;
	if (r == 0)
		r = ocr_range_open(&c->loop, &crew->team, &card->kernel, &opt,
		    err);
	if (r < 0) {
		ocr_cards_close(c);
		return r;
	}
	ocr_range_wait_ready(c->loop);
	find_homes(c);
	return 0;
}

void
ocr_cards_close(struct ocr_cards *c)
{
	ocr_range_close(c->loop);
	ocr_cards_weights_release(&c->weights);
	if (c->ones != NULL)
		ocr_huge_free(c->ones, (size_t)c->g->n_arcs * sizeof(*c->ones));
	if (c->places != NULL)
		ocr_huge_free(c->places,
		    (size_t)c->g->n_arcs * sizeof(*c->places));
	if (c->owners != NULL)
		ocr_huge_free(c->owners, owners_bytes(c));
	if (c->own_slots != NULL)
		ocr_huge_free(c->own_slots, slots_bytes(c));
	memset(c, 0, sizeof(*c));
}

/* Threads do it again if a card has failed: pushing twice does no harm. */
static int
collect(struct ocr_cards *c, const struct ocr_sweep *sweep, struct ocr_err *err)
{
	int r = ocr_range_collect(c->loop, &c->crew->report, err);

	if (r != -OCR_EDEVICE)
		return r;
	ocr_err_clear(err);
	return ocr_crew_each(c->crew, sweep->n, GRAIN, sweep->body, sweep->arg,
	    err);
}

int
ocr_cards_sweep(struct ocr_cards *c, bool is_push, const uint64_t *active,
    const uint32_t *values,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    int (*merge)(void *arg, uint64_t start, uint64_t end, const uint32_t *slots,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	struct ocr_sweep sweep = {.n = ocr_graph_n_blocks(c->g),
	    .weights = &c->weights.weights,
	    .body = body,
	    .arg = arg,
	    .grain = GRAIN,
	    .stop = c->crew->stop};
	int r;

	r = ocr_cards_weigh(&c->weights, is_push ? &c->g->out : &c->g->in,
	    active, c->crew, err);
	if (r < 0)
		return r;
	ocr_card_graph_sweep(c->card, is_push, active, values);
	c->card->merge = merge;
	c->card->arg = arg;
	r = ocr_range_run(c->loop, &sweep, &c->crew->report, err);
	if (r == 0 && ocr_card_graph_collects(c->card))
		r = collect(c, &sweep, err);
	return r;
}
