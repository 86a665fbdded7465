/*
 * repair.c - distances kept right while edges are added
 *
 * Items of the sweep are entries of a list of vertices whose distance became
 * shorter; doing one looks at its arcs and appends those that they make
 * shorter.  A vertex is in the list once at a time: its mark is cleared before
 * its distance is read, so that a change behind that is another entry.
 *
 * An entry may be taken by another thread before it was written, as its number
 * is given out first: who takes it waits until it is there.
 */
#include "config.h"

#include "src/repair.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "common/thread.h"

#define GRAIN 64
#define BATCH 256

/* The list is made of parts, each twice as long as all before it. */
#define FIRST_PART ((uint64_t)1 << 16)
#define N_PARTS 40

#define EMPTY 0 /* else 1 + the vertex, 64 bits */

/* What a thread has found and not yet appended. */
struct found {
	_Alignas(128) uint32_t vertices[BATCH];
	size_t n;
};

struct edge {
	uint32_t from, to;
	double weight;
};

struct ocr_repair {
	const struct ocr_graph *g;
	struct ocr_crew *crew;
	struct ocr_added added;
	bool has_unit_weights;
	/* Bits of non-negative doubles are ordered as the doubles are. */
	_Atomic uint64_t *distances;
	_Atomic uint64_t *is_listed, *has_changed; /* bitmaps */
	_Atomic(_Atomic uint64_t *) parts[N_PARTS];
	struct ocr_monitor *monitor; /* for making parts */
	struct found *found;         /* n_threads */
	struct edge *edges;          /* added since the last run */
	size_t n_edges, room;
	_Atomic int has_failed; /* what is waited for may never come */
};

static uint64_t
to_bits(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double
to_double(uint64_t bits)
{
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static size_t
bitmap_bytes(const struct ocr_repair *r)
{
	return (size_t)ocr_graph_n_blocks(r->g) * sizeof(uint64_t);
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

static uint64_t
part_start(size_t p)
{
	return p == 0 ? 0 : FIRST_PART << (p - 1);
}

static size_t
part_of(uint64_t item)
{
	size_t p = 0;

	while (p + 1 < N_PARTS && item >= part_start(p + 1))
		p++;
	return p;
}

static size_t
part_bytes(size_t p)
{
	return (size_t)((part_start(p + 1) - part_start(p)) * sizeof(uint64_t));
}

/* The list's part p; made if it is not there. */
static _Atomic uint64_t *
get_part(struct ocr_repair *r, size_t p, struct ocr_err *err)
{
	_Atomic uint64_t *part =
	    atomic_load_explicit(&r->parts[p], memory_order_acquire);

	if (part != NULL)
		return part;
	ocr_monitor_enter(r->monitor);
	part = atomic_load_explicit(&r->parts[p], memory_order_acquire);
	if (part == NULL) {
		part = ocr_huge_alloc(part_bytes(p), "list of changes", err);
		atomic_store_explicit(&r->parts[p], part, memory_order_release);
	}
	ocr_monitor_leave(r->monitor);
	return part;
}

static int
write_item(struct ocr_repair *r, uint64_t item, uint32_t v, struct ocr_err *err)
{
	size_t p = part_of(item);
	_Atomic uint64_t *part = get_part(r, p, err);

	if (part == NULL)
		return -OCR_ENOMEM;
	atomic_store_explicit(&part[item - part_start(p)], (uint64_t)v + 1,
	    memory_order_release);
	return 0;
}

/* Waits for its writer.  It is empty afterwards, for the next run. */
static int
read_item(struct ocr_repair *r, uint64_t item, uint32_t *v, struct ocr_err *err)
{
	size_t p = part_of(item);
	_Atomic uint64_t *part = get_part(r, p, err), *at;
	uint64_t entry;

	if (part == NULL)
		return -OCR_ENOMEM;
	at = &part[item - part_start(p)];
	while (
	    (entry = atomic_load_explicit(at, memory_order_acquire)) == EMPTY) {
		if (atomic_load(&r->has_failed))
			return -OCR_ECANCEL;
		ocr_cpu_relax();
	}
	atomic_store_explicit(at, EMPTY, memory_order_relaxed);
	*v = (uint32_t)(entry - 1);
	return 0;
}

static int
append(struct ocr_repair *r, struct found *f, struct ocr_err *err)
{
	uint64_t first;
	size_t i;
	int status = 0;

	if (f->n == 0)
		return 0;
	first = ocr_range_append(r->crew->loop, f->n);
	for (i = 0; i < f->n && status == 0; i++)
		status = write_item(r, first + i, f->vertices[i], err);
	f->n = 0;
	if (status < 0)
		atomic_store(&r->has_failed, 1);
	return status;
}

/* True: v got nearer and is not in the list yet. */
static bool
relax(struct ocr_repair *r, uint64_t v, double distance)
{
	uint64_t bits = to_bits(distance),
		 old = atomic_load_explicit(&r->distances[v],
		     memory_order_relaxed);

	do
		if (bits >= old)
			return false;
	while (!atomic_compare_exchange_weak_explicit(&r->distances[v], &old,
	    bits, memory_order_release, memory_order_relaxed));
	(void)set_bit(r->has_changed, v, memory_order_relaxed);
	return set_bit(r->is_listed, v, memory_order_acq_rel);
}

static int
reach(struct ocr_repair *r, struct found *f, uint64_t v, double distance,
    struct ocr_err *err)
{
	if (!relax(r, v, distance))
		return 0;
	f->vertices[f->n++] = (uint32_t)v;
	return f->n == BATCH ? append(r, f, err) : 0;
}

static double
arc_weight(const struct ocr_repair *r, const struct ocr_rows *rows, uint64_t e)
{
	if (r->has_unit_weights || r->g->kind == OCR_EDGE_PLAIN)
		return 1;
	return r->g->kind == OCR_EDGE_INT ? rows->ints[e] : rows->reals[e];
}

static int
follow(struct ocr_repair *r, struct found *f, uint32_t v, struct ocr_err *err)
{
	const struct ocr_rows *out = &r->g->out;
	const struct ocr_added_arc *arc;
	double d = to_double(
	    atomic_load_explicit(&r->distances[v], memory_order_acquire));
	uint64_t e;
	int status = 0;

	for (e = out->offsets[v]; status == 0 && e < out->offsets[v + 1]; e++)
		status =
		    reach(r, f, out->ends[e], d + arc_weight(r, out, e), err);
	for (arc = ocr_added_first(&r->added, r->added.out, v);
	     status == 0 && arc != NULL; arc = ocr_added_next(&r->added, arc))
		status = reach(r, f, arc->end, d + arc->weight, err);
	return status;
}

static int
follow_items(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_repair *r = arg;
	struct found *f = &r->found[thread];
	int status = 0;
	uint64_t i;
	uint32_t v;

	for (i = start; status == 0 && i < end; i++) {
		status = read_item(r, i, &v, err);
		if (status < 0)
			break;
		clear_bit(r->is_listed, v);
		status = follow(r, f, v, err);
	}
	return status < 0 ? status : append(r, f, err);
}

/* The ends of added edges that are nearer by them are the first items. */
static int
try_edge(struct ocr_repair *r, uint32_t from, uint32_t to, double weight,
    uint64_t *n_items, struct ocr_err *err)
{
	double d = ocr_repair_distance(r, from);

	if (!relax(r, to, d + weight))
		return 0;
	return write_item(r, (*n_items)++, to, err);
}

static int
begin(struct ocr_repair *r, uint64_t *n_items, struct ocr_err *err)
{
	const struct edge *e = r->edges;
	int status = 0;
	size_t i;

	memset((void *)r->has_changed, 0, bitmap_bytes(r));
	*n_items = 0;
	for (i = 0; status == 0 && i < r->n_edges; i++, e++) {
		status = try_edge(r, e->from, e->to, e->weight, n_items, err);
		if (status == 0 && !r->g->is_directed)
			status = try_edge(r, e->to, e->from, e->weight, n_items,
			    err);
	}
	r->n_edges = 0;
	return status;
}

static int
count_changed(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_repair *r = arg;
	uint64_t i, word;

	(void)err;
	for (i = start; i < end; i++) {
		word = atomic_load_explicit(&r->has_changed[i],
		    memory_order_relaxed);
		r->found[thread].n += (unsigned)__builtin_popcountll(word);
	}
	return 0;
}

int
ocr_repair_run(struct ocr_repair *r, uint64_t *n_changed, struct ocr_err *err)
{
	/* Never by the caller alone: few may become many. */
	struct ocr_sweep sweep = {.body = follow_items,
	    .arg = r,
	    .grain = GRAIN,
	    .stop = r->crew->stop};
	int status = begin(r, &sweep.n, err);
	unsigned i;

	*n_changed = 0;
	if (status < 0 || sweep.n == 0)
		return status;
	status = ocr_range_run(r->crew->loop, &sweep, &r->crew->report, err);
	if (status == 0)
		status = ocr_crew_each(r->crew, ocr_graph_n_blocks(r->g), 4096,
		    count_changed, r, err);
	for (i = 0; i < r->crew->n_threads; i++) {
		*n_changed += r->found[i].n;
		r->found[i].n = 0;
	}
	return status;
}

int
ocr_repair_add(struct ocr_repair *r, uint32_t from, uint32_t to, double weight,
    struct ocr_err *err)
{
	size_t room = r->room * 2 + 256;
	struct edge *edges;

	if (r->n_edges == r->room) {
		edges = realloc(r->edges, room * sizeof(*edges));
		if (edges == NULL)
			return ocr_err_nomem(err);
		r->edges = edges;
		r->room = room;
	}
	if (r->has_unit_weights)
		weight = 1;
	r->edges[r->n_edges++] = (struct edge){from, to, weight};
	return ocr_added_edge(&r->added, from, to, weight, err);
}

void
ocr_repair_set(struct ocr_repair *r, uint64_t v, double distance)
{
	atomic_store_explicit(&r->distances[v], to_bits(distance),
	    memory_order_relaxed);
}

double
ocr_repair_distance(const struct ocr_repair *r, uint64_t v)
{
	return to_double(
	    atomic_load_explicit(&r->distances[v], memory_order_relaxed));
}

bool
ocr_repair_has_changed(const struct ocr_repair *r, uint64_t v)
{
	return atomic_load_explicit(&r->has_changed[v / 64],
		   memory_order_relaxed) >>
		   v % 64 &
	       1;
}

static bool
is_before(const struct ocr_repair *r, uint32_t u, double weight, double d)
{
	return ocr_repair_distance(r, u) + weight == d;
}

uint32_t
ocr_repair_parent(const struct ocr_repair *r, uint64_t v)
{
	const struct ocr_rows *in = &r->g->in;
	const struct ocr_added_arc *arc;
	double d = ocr_repair_distance(r, v);
	uint64_t e;

	if (d == 0 || isinf(d) || in->offsets == NULL)
		return OCR_NO_VERTEX;
	for (e = in->offsets[v]; e < in->offsets[v + 1]; e++)
		if (is_before(r, in->ends[e], arc_weight(r, in, e), d))
			return in->ends[e];
	for (arc = ocr_added_first(&r->added, r->added.in, v); arc != NULL;
	     arc = ocr_added_next(&r->added, arc))
		if (is_before(r, arc->end, arc->weight, d))
			return arc->end;
	return OCR_NO_VERTEX;
}

static int
init(struct ocr_repair *r, struct ocr_err *err)
{
	size_t bytes = (size_t)r->g->n * sizeof(*r->distances);
	uint64_t v;
	int status = ocr_added_init(&r->added, r->g, err);

	if (status < 0)
		return status;
	r->distances = ocr_huge_alloc(bytes, "distances", err);
	r->is_listed = ocr_huge_alloc(bitmap_bytes(r), "distances", err);
	r->has_changed = ocr_huge_alloc(bitmap_bytes(r), "distances", err);
	if (r->distances == NULL || r->is_listed == NULL ||
	    r->has_changed == NULL)
		return -OCR_ENOMEM;
	r->monitor = ocr_monitor_new();
	r->found = aligned_alloc(128, r->crew->n_threads * sizeof(*r->found));
	if (r->monitor == NULL || r->found == NULL)
		return ocr_err_nomem(err);
	memset(r->found, 0, r->crew->n_threads * sizeof(*r->found));
	for (v = 0; v < r->g->n; v++)
		ocr_repair_set(r, v, INFINITY);
	return 0;
}

int
ocr_repair_new(struct ocr_repair **out, const struct ocr_graph *g,
    bool has_unit_weights, struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_repair *r = calloc(1, sizeof(*r));
	int status;

	if (r == NULL)
		return ocr_err_nomem(err);
	r->g = g;
	r->crew = crew;
	r->has_unit_weights = has_unit_weights;
	status = init(r, err);
	if (status < 0)
		ocr_repair_free(r);
	else
		*out = r;
	return status;
}

void
ocr_repair_free(struct ocr_repair *r)
{
	size_t i;

	if (r == NULL)
		return;
	for (i = 0; i < N_PARTS; i++)
		ocr_huge_free((void *)atomic_load(&r->parts[i]), part_bytes(i));
	ocr_huge_free((void *)r->distances,
	    (size_t)r->g->n * sizeof(*r->distances));
	ocr_huge_free((void *)r->is_listed, bitmap_bytes(r));
	ocr_huge_free((void *)r->has_changed, bitmap_bytes(r));
	ocr_added_release(&r->added);
	ocr_monitor_free(r->monitor);
	free(r->found);
	free(r->edges);
	free(r);
}
