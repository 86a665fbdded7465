/*
 * graph_added.h - arcs that come after a graph was made
 *
 * A graph stays as it is; what is added hangs in lists, one for each vertex.
 * Vertices may be added as well: they have the numbers from the graph's n on,
 * and added arcs alone.  Thread rule: one adds, while nobody reads.
 */
#ifndef OCR_GRAPH_ADDED_H
#define OCR_GRAPH_ADDED_H

#include <stdbool.h>
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
	uint64_t n; /* vertices */
	bool is_directed;
	uint32_t *lists; /* n: 1 + index of the first arc, 0: none */
	uint64_t room;   /* of lists */
	struct ocr_added_arc *arcs;
	size_t n_arcs, arcs_room;
};

int ocr_added_init(struct ocr_added *a, const struct ocr_graph *g,
    struct ocr_err *err);
void ocr_added_release(struct ocr_added *a); /* zeroed is fine */

/* For how many vertices arrays that grow with n have room, n at most
 * OCR_GRAPH_MAX_VERTICES: some more, and whole blocks. */
uint64_t ocr_added_room(uint64_t n);
/* There are n vertices now, no fewer than before. */
int ocr_added_grow(struct ocr_added *a, uint64_t n, struct ocr_err *err);

/* An edge: both ways if the graph is undirected.  -OCR_ELIMIT: 2^32 arcs. */
int ocr_added_edge(struct ocr_added *a, uint32_t from, uint32_t to,
    double weight, struct ocr_err *err);

/* for (arc = ocr_added_first(a, v); arc != NULL;
 *     arc = ocr_added_next(a, arc)) */
static inline const struct ocr_added_arc *
ocr_added_at(const struct ocr_added *a, uint32_t i)
{
	return i > 0 ? &a->arcs[i - 1] : NULL;
}

static inline const struct ocr_added_arc *
ocr_added_first(const struct ocr_added *a, uint64_t v)
{
	return ocr_added_at(a, a->lists[v]);
}

static inline const struct ocr_added_arc *
ocr_added_next(const struct ocr_added *a, const struct ocr_added_arc *arc)
{
	return ocr_added_at(a, arc->next);
}

#endif
