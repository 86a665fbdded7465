/*
 * sim_heap.c - a binary heap of events; called by sim_world.c, sim_run.c
 */
#include "config.h"

#include "src/sim_heap.h"

#include <stdlib.h>

static bool
is_before(const struct ocr_sim_event *a, const struct ocr_sim_event *b)
{
	return a->ns < b->ns || (a->ns <= b->ns && a->seq < b->seq);
}

void
ocr_sim_heap_push(struct ocr_sim_heap *h, struct ocr_sim_event e)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : 64, i, up;
	struct ocr_sim_event *p;

	if (h->n == h->cap) {
		p = realloc(h->events, cap * sizeof(*p));
		if (p == NULL) {
			h->is_short = true;
			return;
		}
		h->events = p;
		h->cap = cap;
	}
	e.seq = h->seq++;
	for (i = h->n++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (is_before(&h->events[up], &e))
			break;
		h->events[i] = h->events[up];
	}
	h->events[i] = e;
}

struct ocr_sim_event
ocr_sim_heap_pop(struct ocr_sim_heap *h)
{
	struct ocr_sim_event first = h->events[0], last = h->events[--h->n];
	size_t i = 0, down;

	for (;; i = down) {
		down = 2 * i + 1;
		if (down >= h->n)
			break;
		if (down + 1 < h->n &&
		    is_before(&h->events[down + 1], &h->events[down]))
			down++;
		if (is_before(&last, &h->events[down]))
			break;
		h->events[i] = h->events[down];
	}
	h->events[i] = last;
	return first;
}
