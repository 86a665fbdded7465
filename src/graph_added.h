/*
 * graph_added.h - arcs that come after a graph was made
 *
 * A graph stays as it is; what is added hangs in lists, one for each vertex and
 * direction.  Thread rule: one adds, while nobody reads.
 */
#ifndef OCR_GRAPH_ADDED_H
#define OCR_GRAPH_ADDED_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/graph.h"

struct ocr_added_arc {
	uint32_t end;
	uint32_t next; /* 1 + its index, 0: the last one */
	double weight;
};

struct ocr_added {
	const struct ocr_graph *graph;
	uint32_t *out, *in; /* n: 1 + index of the first arc, 0: none; in is
			     * out if the graph is undirected */
	struct ocr_added_arc *arcs;
	size_t n_arcs, room;
};

int ocr_added_init(struct ocr_added *a, const struct ocr_graph *g,
    struct ocr_err *err);
void ocr_added_release(struct ocr_added *a); /* zeroed is fine */

/* An edge: both ways if the graph is undirected.  -OCR_ELIMIT: 2^32 arcs. */
int ocr_added_edge(struct ocr_added *a, uint32_t from, uint32_t to,
    double weight, struct ocr_err *err);

/* for (arc = ocr_added_first(a, a->out, v); arc != NULL;
 *     arc = ocr_added_next(a, arc)) */
static inline const struct ocr_added_arc *
ocr_added_at(const struct ocr_added *a, uint32_t i)
{
	return i > 0 ? &a->arcs[i - 1] : NULL;
}

static inline const struct ocr_added_arc *
ocr_added_first(const struct ocr_added *a, const uint32_t *lists, uint64_t v)
{
	return ocr_added_at(a, lists[v]);
}

static inline const struct ocr_added_arc *
ocr_added_next(const struct ocr_added *a, const struct ocr_added_arc *arc)
{
	return ocr_added_at(a, arc->next);
}

#endif
