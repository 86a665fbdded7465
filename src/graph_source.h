/*
 * graph_source.h - where edges come from: a file of some format, a generator
 *
 * graph_build.c scans a source several times (to see which ids there are, to
 * count, to fill in), each time all parts of it, on many threads, in any order.
 * A source gives the same arcs every time and keeps nothing of them.
 * Made by graph_open.c and the formats behind it.
 */
#ifndef OCR_GRAPH_SOURCE_H
#define OCR_GRAPH_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "src/graph.h"

/* What the file says of itself. */
enum ocr_graph_says { OCR_SAYS_NOTHING = 0, OCR_DIRECTED, OCR_UNDIRECTED };

/* Ids as users know them.  Whole weights are exact to 2^53. */
struct ocr_arc {
	uint64_t from, to;
	double weight; /* 1 if the source has none */
};

/* Arcs are handed over in batches of at most this many. */
#define OCR_ARC_BATCH 1024

struct ocr_graph_source {
	const char *format; /* "snap", "mtx", ...: what it is taken for */
	enum ocr_graph_says says;
	bool is_both_ways;   /* undirected, and has each edge twice
				     * (loops once) */
	bool is_in_id_order; /* a graph, and it was: graph.h */
	enum ocr_edge_kind
	    weights;       /* what it has; an INT source has no weight that
				     * is not whole, negative or > 2^32 - 1 */
	const char *doubt; /* why weights are only taken if they are asked
			    * for: "the third column ..."; or NULL */
	/* Vertices that are there without any edge: [first_id, first_id +
	 * n_declared); 0: those that appear in edges, and no others.  An id
	 * outside is refused by the source. */
	uint64_t n_declared, first_id;
	/* Ids that are there besides (a file of vertices); sorted; or NULL. */
	const uint64_t *extra;
	size_t n_extra;
	uint64_t n_parts;
	uint64_t n_bytes; /* of the input, for progress; 0: not known */
	/* All arcs of a part, in order.  take() < 0 ends it with that code.
	 * Any thread; threads scan different parts. */
	int (*scan)(const struct ocr_graph_source *s, uint64_t part,
	    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
		struct ocr_err *err),
	    void *arg, struct ocr_err *err);
	void (*free)(struct ocr_graph_source *s); /* frees s as well */
	void *state;                              /* of the format */
};

static inline void
ocr_graph_source_free(struct ocr_graph_source *s)
{
	if (s != NULL)
		s->free(s);
}

#endif
