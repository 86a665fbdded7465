/*
 * graph_added.c - arcs that come after a graph was made
 */
#include "config.h"

#include "src/graph_added.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

#define WHAT "added edges"

static size_t
list_bytes(uint64_t room)
{
	return (size_t)room * sizeof(uint32_t);
}

int
ocr_added_init(struct ocr_added *a, const struct ocr_graph *g,
    struct ocr_err *err)
{
	*a = (struct ocr_added){.n = g->n,
	    .is_directed = g->is_directed,
	    .room = g->n};
	a->lists = ocr_huge_alloc(list_bytes(a->room), WHAT, err);
	return a->lists == NULL ? -OCR_ENOMEM : 0;
}

void
ocr_added_release(struct ocr_added *a)
{
	ocr_huge_free(a->lists, list_bytes(a->room));
	free(a->arcs);
	memset(a, 0, sizeof(*a));
}

uint64_t
ocr_added_room(uint64_t n)
{
	uint64_t room = n + n / 8 + 1024;

	if (room > OCR_GRAPH_MAX_VERTICES)
		room = OCR_GRAPH_MAX_VERTICES;
	return (room + OCR_GRAPH_BLOCK - 1) / OCR_GRAPH_BLOCK * OCR_GRAPH_BLOCK;
}

int
ocr_added_grow(struct ocr_added *a, uint64_t n, struct ocr_err *err)
{
	uint64_t room = ocr_added_room(n);
	uint32_t *lists;

	if (n > a->room) {
		lists = ocr_huge_grow(a->lists, list_bytes(a->room),
		    list_bytes(room), WHAT, err);
		if (lists == NULL)
			return -OCR_ENOMEM;
		a->lists = lists;
		a->room = room;
	}
	a->n = n;
	return 0;
}

static int
make_room(struct ocr_added *a, struct ocr_err *err)
{
	size_t room = a->arcs_room + a->arcs_room / 2 + 1024;
	struct ocr_added_arc *arcs;

	if (a->n_arcs + 2 <= a->arcs_room)
		return 0;
	if (room > UINT32_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "more than 2^32 added edges");
	if (room > SIZE_MAX / sizeof(*arcs))
		return ocr_err_nomem(err);
	arcs = realloc(a->arcs, room * sizeof(*arcs));
	if (arcs == NULL)
		return ocr_err_nomem(err);
	a->arcs = arcs;
	a->arcs_room = room;
	return 0;
}

static void
add_arc(struct ocr_added *a, uint32_t from, uint32_t to, double weight)
{
	a->arcs[a->n_arcs] = (struct ocr_added_arc){.end = to,
	    .next = a->lists[from],
	    .weight = weight};
	a->lists[from] = (uint32_t)++a->n_arcs;
}

int
ocr_added_edge(struct ocr_added *a, uint32_t from, uint32_t to, double weight,
    struct ocr_err *err)
{
	int r = make_room(a, err);

	if (r < 0)
		return r;
	add_arc(a, from, to, weight);
	if (!a->is_directed && from != to)
		add_arc(a, to, from, weight);
	return 0;
}
