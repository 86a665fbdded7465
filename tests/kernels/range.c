/*
 * range.c - kernels that work through a range while the host looks on
 *
 * Each item i gets out[i]++, so that a test sees what was done and how often.
 * t_range and t_mailbox claim an item some time after they have looked at the
 * end; t_exact and t_exact_mailbox answer, as common/card.h says.
 */
#include <stdint.h>
#include <time.h>

#include "tests/kernels/weight.h"

void t_range(volatile uint32_t *start, volatile uint32_t *end, uint32_t usec,
    uint32_t *out);
void t_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out);
void t_exact(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t usec, uint32_t *out);
void t_exact_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out);
void t_weighted(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t ns, uint32_t *out);

/* The host's look at the registers, and ours. */
struct range {
	volatile uint32_t *start, *end, *ack;
	uint32_t i, seen, agreed;
};

static void
nap(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000),
	    (long)(ns % 1000000000)};

	if (ns > 0)
		nanosleep(&t, 0);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* start and end are registers. */
void
t_range(volatile uint32_t *start, volatile uint32_t *end, uint32_t usec,
    uint32_t *out)
{
	uint32_t i;

	while ((i = *start) < *end) {
		nap((uint64_t)usec * 1000);
		*start = i + 1;
		out[i]++;
	}
}

/* The same words, in memory. */
void
t_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out)
{
	t_range(&words[0], &words[1], usec, out);
}

static void
begin(struct range *r)
{
	r->i = *r->start;
	r->seen = r->agreed = *r->end;
	*r->ack = r->agreed;
}

/* Is there an item to do? */
static int
goes_on(struct range *r)
{
	uint32_t e = *r->end;

	if (e != r->seen) {
		r->seen = e;
		r->agreed = e > r->i ? e : r->i;
		*r->ack = r->agreed;
	}
	return r->i < r->agreed;
}

void
t_exact(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t usec, uint32_t *out)
{
	struct range r = {.start = start, .end = end, .ack = ack};

	for (begin(&r); goes_on(&r); *start = ++r.i) {
		out[r.i]++;
		nap((uint64_t)usec * 1000);
	}
}

void
t_exact_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out)
{
	t_exact(&words[0], &words[1], &words[2], usec, out);
}

/*
 * Items weigh what weight.h says, and a unit of weight takes so many ns.  A nap
 * is too long for one item: it sleeps when it is ahead of its time by NAP_NS.
 */
void
t_weighted(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t ns, uint32_t *out)
{
	struct range r = {.start = start, .end = end, .ack = ack};
	uint64_t due = now_ns(), now;

	for (begin(&r); goes_on(&r); *start = ++r.i) {
		out[r.i]++;
		due += (uint64_t)item_weight(r.i) * ns;
		now = now_ns();
		if (due > now + NAP_NS)
			nap(due - now);
	}
	now = now_ns();
	if (due > now)
		nap(due - now);
}
