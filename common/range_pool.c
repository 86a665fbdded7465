/*
 * range_pool.c - the gate that threads of a range loop wait at
 *
 * One word says it all, so that entering is one compare-and-swap: how many are
 * inside, whether a sweep is open, and its number.  The number wraps; a thread
 * that sleeps through all of them misses one more sweep, no more.
 */
#include "config.h"

#include "common/range_pool.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "common/cpus.h"
#include "common/io.h"
#include "common/thread.h"

#define GATE_INSIDE 0xfffu
#define GATE_OPEN 0x1000u
#define GATE_SWEEP 0x2000u /* lowest bit of the number */
#define GATE_NUMBER (~(GATE_SWEEP - 1))

#define MAX_SPINS 2000
#define CROWDED_SPINS 100
/* A thread whose looking was in vain looks less the next time. */
#define MIN_SHARE 16

struct member {
	struct ocr_range_pool *pool;
	struct ocr_thread *thread;
	unsigned number;
	/* owner: the thread */
	uint32_t seen; /* number of the last sweep it was in */
	unsigned spins;
};

struct ocr_range_pool {
	uint64_t (*work)(void *arg, unsigned thread);
	void *arg;
	unsigned first, end, max_spins;
	unsigned crowd; /* threads of a processor; at least 1 */
	struct member *members;
	_Alignas(128) _Atomic uint32_t gate;
	_Atomic uint32_t n_asleep;
	_Atomic uint32_t is_closing;
	_Alignas(128) _Atomic uint32_t is_end_asleep; /* 1: end() sleeps */
};

static unsigned
choose_spins(unsigned n_threads, unsigned n_cpus)
{
	if (n_cpus == 1)
		return 0;
	return n_threads > n_cpus ? CROWDED_SPINS : MAX_SPINS;
}

unsigned
ocr_range_pool_spins(const struct ocr_range_pool *p)
{
	return p->max_spins;
}

static bool
is_turn(const struct ocr_range_pool *p, const struct member *m, uint32_t gate)
{
	return ((gate & GATE_OPEN) != 0 && (gate & GATE_NUMBER) != m->seen) ||
	       atomic_load_explicit(&p->is_closing, memory_order_relaxed);
}

/* nap_ns: at most so long, 0: for ever. */
static void
sleep_at(struct ocr_range_pool *p, uint32_t gate, uint64_t nap_ns)
{
	atomic_fetch_add(&p->n_asleep, 1);
	ocr_futex_wait(&p->gate, gate, nap_ns);
	atomic_fetch_sub(&p->n_asleep, 1);
}

/* Until a sweep is open that m has not been in, or all is over. */
static void
wait_turn(struct ocr_range_pool *p, struct member *m)
{
	uint32_t gate;
	unsigned i;

	for (i = 0; i < m->spins; i++) {
		gate = atomic_load_explicit(&p->gate, memory_order_acquire);
		if (is_turn(p, m, gate)) {
			m->spins = m->spins * 2 < p->max_spins ? m->spins * 2
							       : p->max_spins;
			return;
		}
		ocr_cpu_relax();
	}
	if (m->spins / 2 > p->max_spins / MIN_SHARE)
		m->spins /= 2;
	for (;;) {
		gate = atomic_load_explicit(&p->gate, memory_order_acquire);
		if (is_turn(p, m, gate))
			return;
		sleep_at(p, gate, 0);
	}
}

/*
 * Until the sweep that m is in is over, or that time is.  In a crowd each naps
 * longer, or all that look in vain would keep those who work off the
 * processors; and whoever comes or goes changes the gate, which ends a nap.
 */
static void
nap(struct ocr_range_pool *p, const struct member *m, uint64_t ns)
{
	uint64_t until_ns = 0;
	uint32_t gate;

	if (p->crowd > 1) {
		ns *= p->crowd;
		until_ns = ocr_now_ns() + ns;
	}
	do {
		gate = atomic_load_explicit(&p->gate, memory_order_acquire);
		if (is_turn(p, m, gate) || (gate & GATE_OPEN) == 0)
			return;
		sleep_at(p, gate, ns);
	} while (p->crowd > 1 && ocr_now_ns() < until_ns);
}

/* is_again: it may have been in this very sweep. */
static bool
enter(struct ocr_range_pool *p, struct member *m, bool is_again)
{
	uint32_t gate = atomic_load_explicit(&p->gate, memory_order_relaxed);

	do {
		if ((gate & GATE_OPEN) == 0 ||
		    (!is_again && (gate & GATE_NUMBER) == m->seen))
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&p->gate, &gate,
	    gate + 1, memory_order_acquire, memory_order_relaxed));
	m->seen = gate & GATE_NUMBER;
	return true;
}

static void
leave(struct ocr_range_pool *p)
{
	uint32_t gate = atomic_fetch_sub(&p->gate, 1) - 1;

	/* From here on the sweep may be over, and the next one open. */
	if ((gate & (GATE_INSIDE | GATE_OPEN)) == 0 &&
	    atomic_exchange(&p->is_end_asleep, 0) != 0)
		ocr_futex_wake(&p->is_end_asleep);
}

static void
member_main(void *arg)
{
	struct member *m = arg;
	struct ocr_range_pool *p = m->pool;
	uint64_t nap_ns = 0;

	ocr_thread_wake_exactly();
	for (;;) {
		if (nap_ns == 0)
			wait_turn(p, m);
		else
			nap(p, m, nap_ns);
		if (atomic_load_explicit(&p->is_closing, memory_order_acquire))
			return;
		if (!enter(p, m, nap_ns != 0)) {
			nap_ns = 0;
			continue;
		}
		nap_ns = p->work(p->arg, m->number);
		leave(p);
	}
}

void
ocr_range_pool_begin(struct ocr_range_pool *p)
{
	uint32_t gate = atomic_load_explicit(&p->gate, memory_order_relaxed);

	atomic_store(&p->gate, (gate + GATE_SWEEP) | GATE_OPEN);
	if (atomic_load(&p->n_asleep) > 0)
		ocr_futex_wake(&p->gate);
}

void
ocr_range_pool_end(struct ocr_range_pool *p)
{
	unsigned i;

	atomic_fetch_and(&p->gate, ~GATE_OPEN);
	for (i = 0; i < p->max_spins; i++) {
		if ((atomic_load(&p->gate) & GATE_INSIDE) == 0)
			return;
		ocr_cpu_relax();
	}
	for (;;) {
		atomic_store(&p->is_end_asleep, 1);
		if ((atomic_load(&p->gate) & GATE_INSIDE) == 0)
			break;
		ocr_futex_wait(&p->is_end_asleep, 1, 0);
	}
	atomic_store(&p->is_end_asleep, 0);
}

int
ocr_range_pool_open(struct ocr_range_pool **out, unsigned first, unsigned end,
    uint64_t (*work)(void *arg, unsigned thread), void *arg,
    struct ocr_err *err)
{
	struct ocr_range_pool *p = aligned_alloc(128, sizeof(*p));
	unsigned i, n_cpus = ocr_cpus_usable();
	int r = 0;

	if (p == NULL)
		return ocr_err_nomem(err);
	*p = (struct ocr_range_pool){.work = work,
	    .arg = arg,
	    .first = first,
	    .end = first,
	    .max_spins = choose_spins(end, n_cpus),
	    .crowd = end > n_cpus ? end / n_cpus : 1};
	p->members = calloc(end - first + 1, sizeof(*p->members));
	if (p->members == NULL)
		r = ocr_err_nomem(err);
	for (i = first; r == 0 && i < end; i++) {
		p->members[i - first] = (struct member){.pool = p,
		    .number = i,
		    .spins = p->max_spins};
		r = ocr_thread_start(&p->members[i - first].thread, member_main,
		    &p->members[i - first], err);
		p->end += r == 0;
	}
	if (r < 0) {
		ocr_range_pool_close(p);
		return r;
	}
	*out = p;
	return 0;
}

void
ocr_range_pool_close(struct ocr_range_pool *p)
{
	unsigned i;

	if (p == NULL)
		return;
	atomic_store(&p->is_closing, 1);
	atomic_fetch_add(&p->gate, GATE_SWEEP);
	ocr_futex_wake(&p->gate);
	for (i = p->first; i < p->end; i++)
		ocr_thread_join(p->members[i - p->first].thread);
	free(p->members);
	free(p);
}
