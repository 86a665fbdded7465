/*
 * repair.c - distances that are kept right, and what was added; see repair.h
 *
 *	repair.c ─► repair_run.c (repair_list.c) ─► repair_result.c
 *	            too much: repair_order.c ───────▲
 */
#include "config.h"

#include "src/repair_state.h"

#include <math.h>
#include <stdlib.h>

#include "common/huge.h"

#define WHAT "distances"

static size_t
bitmap_bytes(uint64_t n)
{
	return ocr_repair_words(n) * sizeof(uint64_t);
}

static size_t
distance_bytes(uint64_t n)
{
	return (size_t)(n * sizeof(uint64_t));
}

/* Distances have been whole. */
static void
make_real(struct ocr_repair *r)
{
	uint64_t v, d;

	r->is_real = true;
	for (v = 0; v < r->added.n; v++) {
		d = ocr_repair_get(r, v);
		ocr_repair_set(r, v, d == OCR_FAR ? INFINITY : (double)d);
	}
}

int
ocr_repair_add(struct ocr_repair *r, uint32_t from, uint32_t to, double weight,
    struct ocr_err *err)
{
	size_t room = r->edges_room * 2 + 256;
	struct ocr_repair_edge *edges;

	if (r->has_run)
		r->n_edges = 0;
	r->has_run = false;
	if (r->n_edges == r->edges_room) {
		if (room > SIZE_MAX / sizeof(*edges))
			return ocr_err_nomem(err);
		edges = realloc(r->edges, room * sizeof(*edges));
		if (edges == NULL)
			return ocr_err_nomem(err);
		r->edges = edges;
		r->edges_room = room;
	}
	if (r->has_unit_weights)
		weight = 1;
	if (!r->is_real && (weight != floor(weight) || weight > UINT32_MAX))
		make_real(r);
	r->edges[r->n_edges++] = (struct ocr_repair_edge){from, to, weight};
	return ocr_added_edge(&r->added, from, to, weight, err);
}

/* The bitmap as ocr_repair_run has it: what is nearer than before the run. */
static void
put(struct ocr_repair *r, uint64_t v, uint64_t d)
{
	_Atomic uint64_t *word = &r->has_changed[v / 64];
	uint64_t bits = atomic_load_explicit(word, memory_order_relaxed);

	if (d < ocr_repair_get(r, v))
		atomic_store_explicit(word, bits | (uint64_t)1 << v % 64,
		    memory_order_relaxed);
	atomic_store_explicit(&r->distances[v], d, memory_order_relaxed);
}

void
ocr_repair_set_whole(struct ocr_repair *r, uint64_t v, uint64_t distance)
{
	put(r, v, r->is_real ? ocr_repair_bits((double)distance) : distance);
}

void
ocr_repair_set(struct ocr_repair *r, uint64_t v, double distance)
{
	uint64_t d = ocr_repair_bits(distance);

	if (!r->is_real)
		d = isinf(distance) ? OCR_FAR : (uint64_t)distance;
	put(r, v, d);
}

bool
ocr_repair_is_real(const struct ocr_repair *r)
{
	return r->is_real;
}

uint64_t
ocr_repair_whole(const struct ocr_repair *r, uint64_t v)
{
	return ocr_repair_get(r, v);
}

double
ocr_repair_distance(const struct ocr_repair *r, uint64_t v)
{
	uint64_t d = ocr_repair_get(r, v);

	if (r->is_real)
		return ocr_repair_double(d);
	return d == OCR_FAR ? INFINITY : (double)d;
}

const struct ocr_added *
ocr_repair_added(const struct ocr_repair *r)
{
	return &r->added;
}

/* Arrays for `room` vertices, which are more than before. */
static int
grow_arrays(struct ocr_repair *r, uint64_t room, struct ocr_err *err)
{
	void *p;

	p = ocr_huge_grow((void *)r->distances, distance_bytes(r->room),
	    distance_bytes(room), WHAT, err);
	if (p == NULL)
		return -OCR_ENOMEM;
	r->distances = p;
	p = ocr_huge_grow((void *)r->is_listed, bitmap_bytes(r->room),
	    bitmap_bytes(room), WHAT, err);
	if (p == NULL)
		return -OCR_ENOMEM;
	r->is_listed = p;
	p = ocr_huge_grow((void *)r->has_changed, bitmap_bytes(r->room),
	    bitmap_bytes(room), WHAT, err);
	if (p == NULL)
		return -OCR_ENOMEM;
	r->has_changed = p;
	r->room = room;
	return 0;
}

int
ocr_repair_grow(struct ocr_repair *r, uint64_t n, struct ocr_err *err)
{
	uint64_t v = r->added.n;
	int status = ocr_added_grow(&r->added, n, err);

	if (status == 0 && n > r->room)
		status = grow_arrays(r, ocr_added_room(n), err);
	if (status < 0)
		return status;
	for (; v < n; v++)
		ocr_repair_set(r, v, INFINITY);
	return 0;
}

static int
init(struct ocr_repair *r, struct ocr_err *err)
{
	uint64_t v;
	int status = ocr_added_init(&r->added, r->g, err);

	if (status < 0)
		return status;
	r->room = r->g->n;
	r->distances = ocr_huge_alloc(distance_bytes(r->room), WHAT, err);
	r->is_listed = ocr_huge_alloc(bitmap_bytes(r->room), WHAT, err);
	r->has_changed = ocr_huge_alloc(bitmap_bytes(r->room), WHAT, err);
	if (r->distances == NULL || r->is_listed == NULL ||
	    r->has_changed == NULL)
		return -OCR_ENOMEM;
	status = ocr_repair_list_init(&r->list, err);
	if (status < 0)
		return status;
	r->found = aligned_alloc(128, r->crew->n_threads * sizeof(*r->found));
	if (r->found == NULL)
		return ocr_err_nomem(err);
	memset(r->found, 0, r->crew->n_threads * sizeof(*r->found));
	for (v = 0; v < r->g->n; v++)
		ocr_repair_set(r, v, INFINITY);
	return 0;
}

int
ocr_repair_new(struct ocr_repair **out, const struct ocr_graph *g,
    bool has_unit_weights, uint64_t longest, struct ocr_crew *crew,
    struct ocr_err *err)
{
	struct ocr_repair *r = aligned_alloc(128, sizeof(*r));
	int status;

	if (r == NULL)
		return ocr_err_nomem(err);
	memset(r, 0, sizeof(*r));
	r->g = g;
	r->crew = crew;
	r->has_unit_weights = has_unit_weights;
	r->is_real = !has_unit_weights && g->kind == OCR_EDGE_REAL;
	r->longest = longest > 0 ? longest : OCR_FAR - 1;
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
	if (r == NULL)
		return;
	ocr_repair_list_release(&r->list);
	ocr_huge_free((void *)r->distances, distance_bytes(r->room));
	ocr_huge_free((void *)r->is_listed, bitmap_bytes(r->room));
	ocr_huge_free((void *)r->has_changed, bitmap_bytes(r->room));
	ocr_added_release(&r->added);
	free(r->found);
	free(r->edges);
	free(r);
}
