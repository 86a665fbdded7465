/*
 * k_range.h - a kernel's words: where it is, where it ends, what it agreed to
 *
 * The protocol is common/card.h's.  For kernels that work through a range:
 *
 *	for (k_range_begin(&r); k_range_goes_on(&r); k_range_next(&r))
 *		do item r.i;
 */
#ifndef K_RANGE_H
#define K_RANGE_H

#include <stdint.h>

struct k_range {
	volatile uint32_t *start, *end, *ack;
	uint32_t i, seen, agreed;
};

static inline void
k_range_begin(struct k_range *r)
{
	r->i = *r->start;
	r->seen = r->agreed = *r->end;
	*r->ack = r->agreed;
}

/* Is there an item to do?  The host may lower the end at any time; what has
 * begun is done. */
static inline int
k_range_goes_on(struct k_range *r)
{
	uint32_t end = *r->end;

	if (end != r->seen) {
		r->seen = end;
		r->agreed = end > r->i ? end : r->i;
		*r->ack = r->agreed;
	}
	return r->i < r->agreed;
}

static inline void
k_range_next(struct k_range *r)
{
	*r->start = ++r->i;
}

#endif
