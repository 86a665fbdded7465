/*
 * graph_build_rows.h - rows are counted, filled, turned round and sorted
 *
 * For graph_build.c only.  In a row's array of offsets there are first counts,
 * then ends, from which filling counts down to the starts: no further array is
 * needed.
 */
#ifndef OCR_GRAPH_BUILD_ROWS_H
#define OCR_GRAPH_BUILD_ROWS_H

#include "src/graph_build.h"
#include "src/graph_build_ids.h"
#include "src/graph_store.h"

/* Rows while they are made. */
struct ocr_make {
	struct ocr_graph_array offsets, ends, weights;
	uint64_t n_arcs;
};

struct ocr_build {
	const struct ocr_graph_source *s;
	const struct ocr_graph_opt *opt;
	struct ocr_crew *crew;
	struct ocr_graph *g; /* n, is_directed, kind */
	struct ocr_ids ids;
	bool is_shared;  /* several threads: counters are atomic */
	bool adds_back;  /* an arc of the source is two of the graph */
	bool is_checked; /* must be symmetric */
	uint64_t n_loops;
	uint64_t need; /* bytes of memory in all, for messages */
	struct ocr_make out, in;
};

/* out.offsets: where each row ends; out.n_arcs, n_loops. */
int ocr_rows_count(struct ocr_build *b, struct ocr_err *err);
/* out.ends and weights; out.offsets: starts. */
int ocr_rows_fill(struct ocr_build *b, struct ocr_err *err);
/* in.offsets from out: where each row ends; then the rest of it. */
int ocr_rows_count_in(struct ocr_build *b, struct ocr_err *err);
int ocr_rows_fill_in(struct ocr_build *b, struct ocr_err *err);
/* Of several arcs between two vertices the lightest remains. */
int ocr_rows_simplify(struct ocr_build *b, struct ocr_err *err);
/* Ranks from all degrees, unless the graph is in the order of ids; then out, and
 * in if it has ends, in graph.h's order. */
int ocr_rows_sort(struct ocr_build *b, struct ocr_err *err);

/* Counters that threads share. */
static inline uint64_t
ocr_rows_add(uint64_t *p, uint64_t n, bool is_shared)
{
	if (is_shared)
		return __atomic_fetch_add(p, n, __ATOMIC_RELAXED);
	*p += n;
	return *p - n;
}

#endif
