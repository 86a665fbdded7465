/*
 * repair_run.c - what was added takes effect; see repair.h
 *
 * Items of the sweep are entries of a list of vertices whose distance became
 * shorter; doing one looks at its arcs and appends those that they make
 * shorter.  A vertex is in the list once at a time: its mark is cleared before
 * its distance is read, so that a change behind that is another entry.
 *
 * A run that stops takes what is left out of the list, but not its marks: these
 * say where to go on.
 */
#include "config.h"

#include "src/repair_state.h"

#include <math.h>

#define GRAIN 64

/* Arcs that a thread follows until it adds them to the sum. */
#define STEP 1024

/* Arcs of a row whose ends are asked for ahead: memory is what it waits for. */
#define AHEAD 16

/* Not reached. */
static uint64_t
far(const struct ocr_repair *r)
{
	return r->is_real ? ocr_repair_bits(INFINITY) : OCR_FAR;
}

/* Behind an arc; d is reached. */
static uint64_t
add_weight(const struct ocr_repair *r, uint64_t d, double weight)
{
	return r->is_real ? ocr_repair_bits(ocr_repair_double(d) + weight)
			  : d + (uint64_t)weight;
}

/* True: the bit was not set. */
static bool
set_bit(_Atomic uint64_t *bits, uint64_t v, memory_order order)
{
	uint64_t bit = (uint64_t)1 << v % 64;

	return (atomic_fetch_or_explicit(&bits[v / 64], bit, order) & bit) == 0;
}

static void
clear_bit(_Atomic uint64_t *bits, uint64_t v)
{
	/* Acquires what was stored before the bit was set. */
	atomic_fetch_and_explicit(&bits[v / 64], ~((uint64_t)1 << v % 64),
	    memory_order_acq_rel);
}

static int
append(struct ocr_repair *r, struct ocr_repair_found *f, struct ocr_err *err)
{
	uint64_t first;
	size_t i;
	int status = 0;

	if (f->n == 0)
		return 0;
	first = ocr_range_append(r->crew->loop, f->n);
	for (i = 0; i < f->n && status == 0; i++)
		status = ocr_repair_list_write(&r->list, first + i,
		    f->vertices[i], err);
	f->n = 0;
	return status;
}

bool
ocr_repair_mark(struct ocr_repair *r, uint64_t v)
{
	return set_bit(r->is_listed, v, memory_order_acq_rel);
}

/* True: v got nearer than it was. */
static bool
shorten(struct ocr_repair *r, uint64_t v, uint64_t distance, uint64_t *was)
{
	*was = ocr_repair_get(r, v);
	do
		if (distance >= *was || distance > r->longest)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&r->distances[v], was,
	    distance, memory_order_release, memory_order_relaxed));
	if (!ocr_repair_has_changed(r, v))
		(void)set_bit(r->has_changed, v, memory_order_relaxed);
	return true;
}

static int
reach(struct ocr_repair *r, struct ocr_repair_found *f, uint64_t v,
    uint64_t distance, struct ocr_err *err)
{
	uint64_t was;

	if (!shorten(r, v, distance, &was))
		return 0;
	if (r->bins != NULL)
		return ocr_repair_put_off(r, (unsigned)(f - r->found),
		    (uint32_t)v, was, distance, err);
	if (!ocr_repair_mark(r, v))
		return 0;
	f->vertices[f->n++] = (uint32_t)v;
	return f->n == OCR_REPAIR_BATCH ? append(r, f, err) : 0;
}

static double
arc_weight(const struct ocr_repair *r, const struct ocr_rows *rows, uint64_t e)
{
	if (r->has_unit_weights || r->g->kind == OCR_EDGE_PLAIN)
		return 1;
	return r->g->kind == OCR_EDGE_INT ? rows->ints[e] : rows->reals[e];
}

int
ocr_repair_follow(struct ocr_repair *r, unsigned thread, uint32_t v,
    struct ocr_err *err)
{
	const struct ocr_rows *out = &r->g->out;
	struct ocr_repair_found *f = &r->found[thread];
	const struct ocr_added_arc *arc;
	uint64_t d, e = 0, end = 0;
	int status = 0;

	clear_bit(r->is_listed, v);
	d = atomic_load_explicit(&r->distances[v], memory_order_acquire);
	if (v < r->g->n) {
		e = out->offsets[v];
		end = out->offsets[v + 1];
	}
	f->n_arcs += end - e + 1;
	for (; status == 0 && e < end; e++) {
		if (e + AHEAD < end)
			__builtin_prefetch(
			    (void *)&r->distances[out->ends[e + AHEAD]]);
		status = reach(r, f, out->ends[e],
		    add_weight(r, d, arc_weight(r, out, e)), err);
	}
	for (arc = ocr_added_first(&r->added, v); status == 0 && arc != NULL;
	     arc = ocr_added_next(&r->added, arc), f->n_arcs++)
		status =
		    reach(r, f, arc->end, add_weight(r, d, arc->weight), err);
	return status;
}

static void
count_arcs(struct ocr_repair *r, struct ocr_repair_found *f)
{
	atomic_fetch_add_explicit(&r->n_arcs, f->n_arcs, memory_order_relaxed);
	f->n_arcs = 0;
}

static bool
is_enough(const struct ocr_repair *r)
{
	return atomic_load_explicit(&r->n_arcs, memory_order_relaxed) >
	       r->most_arcs;
}

static int
follow_items(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_repair *r = arg;
	struct ocr_repair_found *f = &r->found[thread];
	int status = 0;
	uint64_t i;
	uint32_t v;

	for (i = start; status == 0 && i < end; i++) {
		status = ocr_repair_list_read(&r->list, i, &v, err);
		if (status < 0)
			break;
		if (is_enough(r))
			continue;
		status = ocr_repair_follow(r, thread, v, err);
		if (f->n_arcs >= STEP)
			count_arcs(r, f);
	}
	count_arcs(r, f);
	return status < 0 ? status : append(r, f, err);
}

/* The ends of added edges that are nearer by them are the first items. */
static int
try_edge(struct ocr_repair *r, uint32_t from, uint32_t to, double weight,
    uint64_t *n_items, struct ocr_err *err)
{
	uint64_t d = ocr_repair_get(r, from), was;

	if (d == far(r) || !shorten(r, to, add_weight(r, d, weight), &was) ||
	    !ocr_repair_mark(r, to))
		return 0;
	return ocr_repair_list_write(&r->list, (*n_items)++, to, err);
}

static int
begin(struct ocr_repair *r, uint64_t *n_items, struct ocr_err *err)
{
	const struct ocr_repair_edge *e = r->edges;
	int status = 0;
	size_t i;

	size_t bytes = ocr_repair_words(r->added.n) * sizeof(uint64_t);

	memset((void *)r->has_changed, 0, bytes);
	if (r->has_stopped)
		memset((void *)r->is_listed, 0, bytes);
	*n_items = 0;
	for (i = 0; status == 0 && i < r->n_edges; i++, e++) {
		status = try_edge(r, e->from, e->to, e->weight, n_items, err);
		if (status == 0 && !r->g->is_directed)
			status = try_edge(r, e->to, e->from, e->weight, n_items,
			    err);
	}
	return status;
}

/* Was anything left? */
static bool
has_listed(const struct ocr_repair *r)
{
	size_t n_words = ocr_repair_words(r->added.n), i;

	if (!is_enough(r))
		return false;
	for (i = 0; i < n_words; i++)
		if (r->is_listed[i] != 0)
			return true;
	return false;
}

/* n_items are in the list. */
static int
follow_all(struct ocr_repair *r, uint64_t n_items, uint64_t most_arcs,
    struct ocr_err *err)
{
	/* Never by the caller alone: few may become many. */
	struct ocr_sweep sweep = {.n = n_items,
	    .body = follow_items,
	    .arg = r,
	    .grain = GRAIN,
	    .stop = r->crew->stop};
	int status;

	r->has_stopped = false;
	r->most_arcs = most_arcs;
	atomic_store_explicit(&r->n_arcs, 0, memory_order_relaxed);
	if (n_items == 0)
		return 0;
	status = ocr_range_run(r->crew->loop, &sweep, &r->crew->report, err);
	if (status < 0)
		return status;
	r->has_stopped = has_listed(r);
	return r->has_stopped;
}

int
ocr_repair_run(struct ocr_repair *r, uint64_t most_arcs, struct ocr_err *err)
{
	uint64_t n_items;
	int status;

	if (r->has_run) /* nothing was added since */
		r->n_edges = 0;
	r->has_run = true;
	status = begin(r, &n_items, err);
	return status < 0 ? status : follow_all(r, n_items, most_arcs, err);
}
