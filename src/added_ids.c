/*
 * added_ids.c - see added_ids.h
 */
#include "config.h"

#include "src/added_ids.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_mix.h"

#define MIN_SLOTS 1024

void
ocr_added_ids_init(struct ocr_added_ids *a, const struct ocr_graph *g)
{
	*a = (struct ocr_added_ids){.graph = g};
}

void
ocr_added_ids_release(struct ocr_added_ids *a)
{
	free(a->ids);
	free(a->slots);
	memset(a, 0, sizeof(*a));
}

/* Where id is, or would be; there are slots, and free ones. */
static uint32_t *
slot_of(const struct ocr_added_ids *a, uint64_t id)
{
	size_t i = (size_t)ocr_mix(id) & (a->n_slots - 1);

	while (a->slots[i] > 0 && a->ids[a->slots[i] - 1] != id)
		i = (i + 1) & (a->n_slots - 1);
	return &a->slots[i];
}

uint32_t
ocr_added_ids_find(const struct ocr_added_ids *a, uint64_t id)
{
	uint32_t v = ocr_graph_find(a->graph, id), at;

	if (v != OCR_NO_VERTEX || a->n_slots == 0)
		return v;
	at = *slot_of(a, id);
	return at > 0 ? (uint32_t)(a->graph->n + at - 1) : OCR_NO_VERTEX;
}

/* Twice as many slots, and ids for half of them. */
static int
grow(struct ocr_added_ids *a, struct ocr_err *err)
{
	size_t n_slots = a->n_slots == 0 ? MIN_SLOTS : a->n_slots * 2, i;
	uint64_t *ids;

	if (n_slots > SIZE_MAX / sizeof(*ids))
		return ocr_err_nomem(err);
	ids = realloc(a->ids, n_slots / 2 * sizeof(*ids));
	if (ids == NULL)
		return ocr_err_nomem(err);
	a->ids = ids;
	free(a->slots);
	a->n_slots = 0;
	a->slots = calloc(n_slots, sizeof(*a->slots));
	if (a->slots == NULL)
		return ocr_err_nomem(err);
	a->n_slots = n_slots;
	for (i = 0; i < a->n; i++)
		*slot_of(a, ids[i]) = (uint32_t)(i + 1);
	return 0;
}

int
ocr_added_ids_get(struct ocr_added_ids *a, uint64_t id, uint32_t *v,
    struct ocr_err *err)
{
	*v = ocr_added_ids_find(a, id);
	if (*v != OCR_NO_VERTEX)
		return 0;
	if (a->graph->n + a->n >= OCR_GRAPH_MAX_VERTICES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "vertex %" PRIu64 " is new, and a graph has at most "
		    "%" PRIu64,
		    id, OCR_GRAPH_MAX_VERTICES);
	if (a->n >= a->n_slots / 2 && grow(a, err) < 0)
		return -OCR_ENOMEM;
	a->ids[a->n] = id;
	*slot_of(a, id) = (uint32_t)(a->n + 1);
	*v = (uint32_t)(a->graph->n + a->n++);
	return 0;
}

struct named {
	uint64_t id;
	uint32_t v;
};

static int
by_id(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Those of the graph are vertices[0] to [n_old - 1]; the new ones, sorted, go
 * between them, from the end on. */
static void
merge(const struct ocr_added_ids *a, uint32_t *vertices, size_t n_old,
    const struct named *new, size_t n_new)
{
	while (n_new > 0) {
		if (n_old > 0 && ocr_graph_id(a->graph, vertices[n_old - 1]) >
				     new[n_new - 1].id) {
			vertices[n_old + n_new - 1] = vertices[n_old - 1];
			n_old--;
		} else {
			vertices[n_old + n_new - 1] = new[n_new - 1].v;
			n_new--;
		}
	}
}

int
ocr_added_ids_sort(const struct ocr_added_ids *a, uint32_t *vertices, size_t n,
    struct ocr_err *err)
{
	size_t n_old = n, n_new, i;
	struct named *new;

	while (n_old > 0 && vertices[n_old - 1] >= a->graph->n)
		n_old--;
	n_new = n - n_old;
	if (n_new == 0)
		return 0;
	new = calloc(n_new, sizeof(*new));
	if (new == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n_new; i++) {
		new[i].v = vertices[n_old + i];
		new[i].id = a->ids[new[i].v - a->graph->n];
	}
	qsort(new, n_new, sizeof(*new), by_id);
	merge(a, vertices, n_old, new, n_new);
	free(new);
	return 0;
}
