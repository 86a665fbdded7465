/*
 * graph_build_set.c - a set of ids: a hash table that all threads put into
 *
 * Its size comes from an estimate.  If that was too low, the source is scanned
 * once more with twice the room.  Then the ids are moved to the front of the
 * table, sorted, and the rest of it is given back.
 */
#include "config.h"

#include "src/graph_build_set.h"

#include <math.h>
#include <string.h>

#include "src/graph_build_ids.h"
#include "src/graph_build_sort.h"

struct set {
	const struct ocr_graph_source *s;
	uint64_t *slots; /* ids; 0: empty */
	uint64_t mask;
	uint64_t max;       /* more would make it slow */
	_Atomic uint64_t n; /* without id 0 */
	_Atomic int has_zero;
};

/* A thread may put in so many before it looks whether the table is full. */
#define LATE 4096

void
ocr_set_guess_join(struct ocr_set_guess *to, const struct ocr_set_guess *from)
{
	unsigned i;

	for (i = 0; i < OCR_SET_REGISTERS; i++)
		if (from->longest[i] > to->longest[i])
			to->longest[i] = from->longest[i];
}

uint64_t
ocr_set_guess(const struct ocr_set_guess *g)
{
	const double m = OCR_SET_REGISTERS;
	double sum = 0, n_zero = 0, guess;
	unsigned i;

	for (i = 0; i < OCR_SET_REGISTERS; i++) {
		sum += ldexp(1, -g->longest[i]);
		n_zero += g->longest[i] == 0;
	}
	guess = 0.7213 / (1 + 1.079 / m) * m * m / sum;
	/* Few: by the registers that nothing fell into. */
	if (guess < 2.5 * m && n_zero > 0)
		guess = m * log(m / n_zero);
	return (uint64_t)guess;
}

/* 1: it was not there. */
static unsigned
put(struct set *set, uint64_t id)
{
	uint64_t i = ocr_mix(id) & set->mask, there;

	if (id == 0) {
		atomic_store_explicit(&set->has_zero, 1, memory_order_relaxed);
		return 0;
	}
	for (;; i = (i + 1) & set->mask) {
		there = __atomic_load_n(&set->slots[i], __ATOMIC_RELAXED);
		if (there == 0 &&
		    __atomic_compare_exchange_n(&set->slots[i], &there, id,
			false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return 1;
		if (there == id)
			return 0;
	}
}

/* After every batch, so that the table never fills. */
static int
tell(struct set *set, unsigned n_new)
{
	uint64_t n =
	    atomic_fetch_add_explicit(&set->n, n_new, memory_order_relaxed) +
	    n_new;

	return n > set->max ? -OCR_ELIMIT : 0;
}

static int
put_arcs(void *arg, unsigned thread, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	struct set *set = arg;
	unsigned n_new = 0;
	size_t i;

	(void)thread;
	for (i = 0; i < n; i++)
		n_new += put(set, arcs[i].from) + put(set, arcs[i].to);
	return tell(set, n_new) < 0
		   ? ocr_err_set(err, -OCR_ELIMIT, "more ids than estimated")
		   : 0;
}

static int
put_extra(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct set *set = arg;
	unsigned n_new = 0;

	(void)thread;
	for (; start < end; start++)
		n_new += put(set, set->s->extra[start]);
	return tell(set, n_new) < 0
		   ? ocr_err_set(err, -OCR_ELIMIT, "more ids than estimated")
		   : 0;
}

/* All that is in it to the front; how many. */
static uint64_t
gather(struct set *set)
{
	uint64_t n = 0, i;

	for (i = 0; i <= set->mask; i++)
		if (set->slots[i] != 0)
			set->slots[n++] = set->slots[i];
	if (set->has_zero != 0)
		set->slots[n++] = 0;
	return n;
}

static int
fill(struct set *set, struct ocr_graph_array *table, uint64_t guess,
    struct ocr_scan *scan, struct ocr_err *err)
{
	uint64_t n_slots = 64, late = (uint64_t)LATE * scan->crew->n_threads;
	int r;

	while (n_slots / 4 * 3 < guess + guess / 8 || n_slots / 4 <= late)
		n_slots *= 2;
	r = ocr_graph_array_alloc(table, n_slots, sizeof(uint64_t), "ids", 0,
	    err);
	if (r < 0)
		return r;
	set->slots = table->p;
	set->mask = n_slots - 1;
	set->max = n_slots / 4 * 3;
	set->n = 0;
	scan->batch = put_arcs;
	scan->arg = set;
	r = ocr_scan_run(scan, err);
	if (r == 0)
		r = ocr_crew_each(scan->crew, set->s->n_extra, LATE, put_extra,
		    set, err);
	return r;
}

int
ocr_set_collect(struct ocr_graph_array *list, uint64_t *n, uint64_t guess,
    struct ocr_scan *scan, struct ocr_err *err)
{
	struct ocr_graph_array table = {0};
	struct set set = {.s = scan->s};
	struct ocr_err full = {0};
	int r;

	r = fill(&set, &table, guess, scan, &full);
	while (r == -OCR_ELIMIT && set.n > set.max) {
		ocr_graph_array_free(&table);
		ocr_err_clear(&full);
		guess = 2 * set.max;
		r = fill(&set, &table, guess, scan, &full);
	}
	if (r < 0) {
		ocr_graph_array_free(&table);
		return ocr_err_set(err, r, "%s", full.text);
	}
	*n = gather(&set);
	r = ocr_graph_array_alloc(list, *n, sizeof(uint64_t), "ids", 0, err);
	if (r == 0) {
		memcpy(list->p, table.p, (size_t)*n * sizeof(uint64_t));
		ocr_graph_array_cut(&table, (size_t)*n * sizeof(uint64_t));
		ocr_sort_keys(list->p, table.p, (size_t)*n, 0);
	}
	ocr_graph_array_free(&table);
	return r;
}
