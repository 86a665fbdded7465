/*
 * graph_added.c - arcs that come after a graph was made
 */
#include "config.h"

#include "src/graph_added.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

static size_t
list_bytes(const struct ocr_added *a)
{
	return (size_t)a->graph->n * sizeof(*a->out);
}

int
ocr_added_init(struct ocr_added *a, const struct ocr_graph *g,
    struct ocr_err *err)
{
	memset(a, 0, sizeof(*a));
	a->graph = g;
	a->out = ocr_huge_alloc(list_bytes(a), "added edges", err);
	a->in = a->out;
	if (a->out != NULL && g->is_directed)
		a->in = ocr_huge_alloc(list_bytes(a), "added edges", err);
	if (a->in != NULL)
		return 0;
	ocr_added_release(a);
	return -OCR_ENOMEM;
}

void
ocr_added_release(struct ocr_added *a)
{
	if (a->graph == NULL)
		return;
	if (a->in != a->out)
		ocr_huge_free(a->in, list_bytes(a));
	ocr_huge_free(a->out, list_bytes(a));
	free(a->arcs);
	memset(a, 0, sizeof(*a));
}

static int
make_room(struct ocr_added *a, struct ocr_err *err)
{
	size_t room = a->room + a->room / 2 + 1024;
	struct ocr_added_arc *arcs;

	if (a->n_arcs + 2 <= a->room)
		return 0;
	if (room > UINT32_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "more than 2^32 added edges");
	arcs = realloc(a->arcs, room * sizeof(*arcs));
	if (arcs == NULL)
		return ocr_err_nomem(err);
	a->arcs = arcs;
	a->room = room;
	return 0;
}

static void
add_arc(struct ocr_added *a, uint32_t *lists, uint32_t from, uint32_t to,
    double weight)
{
	a->arcs[a->n_arcs] = (struct ocr_added_arc){.end = to,
	    .next = lists[from],
	    .weight = weight};
	lists[from] = (uint32_t)++a->n_arcs;
}

int
ocr_added_edge(struct ocr_added *a, uint32_t from, uint32_t to, double weight,
    struct ocr_err *err)
{
	int r = make_room(a, err);

	if (r < 0)
		return r;
	add_arc(a, a->out, from, to, weight);
	if (a->graph->is_directed || from != to)
		add_arc(a, a->in, to, from, weight);
	return 0;
}
