/*
 * dist_world.h - ranks that are threads of one process; for tests of dist*.c
 *
 * What goes over a wire elsewhere is copied.  A world can be told to damage what
 * arrives: bit `flip` of each message, counted from its begin, modulo its length.
 */
#ifndef TESTS_UNIT_DIST_WORLD_H
#define TESTS_UNIT_DIST_WORLD_H

#include <stdlib.h>
#include <string.h>

#include "common/thread.h"
#include "src/dist.h"

#define WORLD_MAX 16

struct world {
	struct ocr_monitor *monitor;
	unsigned n, n_arrived, round;
	uint64_t *values[WORLD_MAX];
	const uint64_t *numbers[WORLD_MAX];
	const struct ocr_dist_bytes *bytes[WORLD_MAX];
	bool has_flip;
	uint64_t flip, n_flipped;
	void (*body)(struct ocr_dist *d, void *arg);
	void *arg;
};

struct world_rank {
	struct world *world;
	unsigned rank;
};

static inline void
world_wait(struct world *w)
{
	unsigned round;

	ocr_monitor_enter(w->monitor);
	round = w->round;
	if (++w->n_arrived == w->n) {
		w->n_arrived = 0;
		w->round++;
		ocr_monitor_notify(w->monitor);
	}
	while (w->round == round)
		ocr_monitor_wait(w->monitor);
	ocr_monitor_leave(w->monitor);
}

static inline void
world_reduce(struct ocr_dist *d, uint64_t *values, size_t n, bool is_max)
{
	struct world *w = d->state;
	uint64_t *all = calloc(n + 1, sizeof(*all));
	unsigned rank;
	size_t i;

	w->values[d->rank] = values;
	world_wait(w);
	for (rank = 0; rank < w->n; rank++)
		for (i = 0; i < n; i++) {
			uint64_t v = w->values[rank][i];

			if (!is_max)
				all[i] += v;
			else if (v > all[i])
				all[i] = v;
		}
	world_wait(w);
	if (n > 0)
		memcpy(values, all, n * sizeof(*all));
	free(all);
}

static inline int
world_max(struct ocr_dist *d, uint64_t *values, size_t n, struct ocr_err *err)
{
	(void)err;
	world_reduce(d, values, n, true);
	return 0;
}

static inline int
world_sum(struct ocr_dist *d, uint64_t *values, size_t n, struct ocr_err *err)
{
	(void)err;
	world_reduce(d, values, n, false);
	return 0;
}

static inline int
world_numbers(struct ocr_dist *d, const uint64_t *out, uint64_t *in,
    struct ocr_err *err)
{
	struct world *w = d->state;
	unsigned i;

	(void)err;
	w->numbers[d->rank] = out;
	world_wait(w);
	for (i = 0; i < w->n; i++)
		in[i] = w->numbers[i][d->rank];
	world_wait(w);
	return 0;
}

static inline int
world_bytes(struct ocr_dist *d, const struct ocr_dist_bytes *out,
    struct ocr_dist_bytes *in, struct ocr_err *err)
{
	struct world *w = d->state;
	unsigned i;
	uint64_t bit;

	(void)err;
	w->bytes[d->rank] = out;
	world_wait(w);
	for (i = 0; i < w->n; i++) {
		const struct ocr_dist_bytes *from = &w->bytes[i][d->rank];

		if (i == d->rank || in[i].len == 0)
			continue;
		if (from->len != in[i].len)
			abort();
		memcpy(in[i].data, from->data, from->len);
		if (!w->has_flip)
			continue;
		bit = w->flip % (from->len * 8);
		in[i].data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		__atomic_fetch_add(&w->n_flipped, 1, __ATOMIC_RELAXED);
	}
	world_wait(w);
	return 0;
}

static inline void
world_end(struct ocr_dist *d, int status)
{
	(void)d;
	(void)status;
	abort();
}

static inline void
world_body(void *arg)
{
	static const struct ocr_dist_ops ops = {world_max, world_sum,
	    world_numbers, world_bytes, world_end};
	struct world_rank *r = arg;
	struct ocr_ui ui = {.tool = "test", .verbosity = OCR_QUIET};
	struct ocr_dist d = {.rank = r->rank,
	    .n = r->world->n,
	    .n_here = r->world->n,
	    .ops = &ops,
	    .state = r->world,
	    .ui = &ui};
	struct ocr_err err = {0};

	if (ocr_dist_init(&d, &err) < 0)
		abort();
	r->world->body(&d, r->world->arg);
	ocr_dist_release(&d);
}

/* body() on n ranks; returns when all have. */
static inline void
world_run(struct world *w)
{
	struct world_rank ranks[WORLD_MAX];
	struct ocr_thread *threads[WORLD_MAX];
	struct ocr_err err = {0};
	unsigned i;

	w->monitor = ocr_monitor_new();
	w->n_arrived = 0;
	for (i = 0; i < w->n; i++) {
		ranks[i] = (struct world_rank){w, i};
		if (ocr_thread_start(&threads[i], world_body, &ranks[i], &err) <
		    0)
			abort();
	}
	for (i = 0; i < w->n; i++)
		ocr_thread_join(threads[i]);
	ocr_monitor_free(w->monitor);
}

#endif
