/*
 * net_slots.c - memory of values that live for a while
 *
 * In order of steps, each value takes the free slot that fits best, or makes
 * the largest free one larger.
 */
#include "config.h"

#include "src/net_slots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)
#define SLOT_GAP ((uint64_t)17 * 64)

struct ocr_slot_value {
	uint64_t bytes;
	uint32_t first, last, slot;
};

struct slot {
	uint64_t bytes;
	uint32_t last; /* step at which it is used */
};

void *
ocr_net_memory(uint64_t bytes)
{
	size_t page = bytes < HUGE_PAGE / 2 ? 64 : HUGE_PAGE;
	void *p = NULL;

	if (bytes < SIZE_MAX - HUGE_PAGE)
		p = aligned_alloc(page, ((size_t)bytes + page) / page * page);
	if (p == NULL)
		return NULL;
	if (page == HUGE_PAGE)
		(void)madvise(p, (size_t)bytes, MADV_HUGEPAGE);
	return memset(p, 0, (size_t)bytes);
}

int64_t
ocr_slots_add(struct ocr_slots *s, uint64_t bytes, uint32_t step,
    struct ocr_err *err)
{
	struct ocr_slot_value *more;

	more = reallocarray(s->values, (size_t)s->n_values + 1, sizeof(*more));
	if (more == NULL)
		return ocr_err_nomem(err);
	s->values = more;
	more[s->n_values] = (struct ocr_slot_value){bytes, step, step, 0};
	return s->n_values++;
}

void
ocr_slots_use(struct ocr_slots *s, uint32_t value, uint32_t step)
{
	if (s->values[value].last < step)
		s->values[value].last = step;
}

/* The free slot for a value; n: none is free. */
static uint32_t
choose(const struct slot *slots, uint32_t n, const struct ocr_slot_value *v)
{
	uint32_t i, best = n;

	for (i = 0; i < n; i++) {
		if (slots[i].last >= v->first)
			continue;
		if (best == n ||
		    (slots[best].bytes < v->bytes
			    ? slots[i].bytes > slots[best].bytes
			    : slots[i].bytes >= v->bytes &&
				  slots[i].bytes < slots[best].bytes))
			best = i;
	}
	return best;
}

/* One arena for all.  A slot ends beyond what is asked for, as kernels may read
 * whole vectors; and by an odd number of lines, so that slots of a power of two
 * do not fight for the same sets of a cache. */
static int
place(struct ocr_slots *s, struct slot *slots, uint32_t n, struct ocr_err *err)
{
	uint64_t at = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		s->bytes += slots[i].bytes =
		    (slots[i].bytes + 63) / 64 * 64 + SLOT_GAP;
	s->arena = ocr_net_memory(s->bytes);
	if (s->arena == NULL)
		return ocr_err_set(err, -OCR_ENOMEM,
		    "layers: %llu MiB of memory are needed",
		    (unsigned long long)(s->bytes >> 20));
	for (i = 0; i < n; i++) {
		s->buffers[i] = s->arena + at;
		at += slots[i].bytes;
	}
	return 0;
}

int
ocr_slots_place(struct ocr_slots *s, struct ocr_err *err)
{
	struct slot *slots = calloc((size_t)s->n_values + 1, sizeof(*slots));
	struct ocr_slot_value *v;
	uint32_t i, n = 0;
	int r = 0;

	s->buffers = calloc((size_t)s->n_values + 1, sizeof(*s->buffers));
	if (slots == NULL || s->buffers == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	for (i = 0; i < s->n_values; i++) {
		v = &s->values[i];
		v->slot = choose(slots, n, v);
		n += v->slot == n;
		if (slots[v->slot].bytes < v->bytes)
			slots[v->slot].bytes = v->bytes;
		slots[v->slot].last = v->last;
	}
	r = place(s, slots, n, err);
out:
	free(slots);
	return r;
}

void *
ocr_slots_data(const struct ocr_slots *s, uint32_t value)
{
	return s->buffers[s->values[value].slot];
}

void
ocr_slots_release(struct ocr_slots *s)
{
	free(s->arena);
	free(s->buffers);
	free(s->values);
	*s = (struct ocr_slots){0};
}
