/*
 * pagerank_rows.h - PageRank's own layout of a graph
 *
 * Rows of in-arcs, numbered anew: by ascending out-degree, so that the many
 * reads go to few cache lines and hubs come last; then the sinks, which are
 * vertices with in-arcs alone; vertices without arcs have no row.  Where most
 * arcs of a directed graph go to higher numbers, or most to lower ones (of
 * papers that cite older ones), rows keep that order instead: a sweep in it finds
 * nearly all scores at once.  In a graph in the order of ids, so are the rows;
 * sinks come last there, too.  Units are runs of rows with about as many arcs
 * each: the items of the range loop.  The same for any number of threads.
 */
#ifndef OCR_PAGERANK_ROWS_H
#define OCR_PAGERANK_ROWS_H

#include "src/graph.h"
#include "src/graph_crew.h"

#define OCR_RANK_UNIT 32768 /* arcs, and a few for each row */

struct ocr_rank_rows {
	uint64_t n;      /* vertices of the graph */
	uint64_t n_live; /* rows of vertices with out-arcs, the first ones */
	uint64_t n_rows;
	uint64_t n_alone; /* vertices without arcs */
	uint64_t n_arcs;
	bool is_along;  /* arcs go from rows to later ones */
	uint32_t *rows; /* of each vertex, OCR_NO_VERTEX: none; n */
	uint64_t *offsets;
	uint32_t *ends;     /* rows, too */
	uint32_t *degrees;  /* out-degrees, 1 for sinks; NULL (undirected): as
			     * long as the row is */
	uint32_t *to_sinks; /* arcs to sinks; NULL: there are no sinks */
	uint64_t *units;    /* rows from units[i] to units[i + 1] */
	uint64_t n_live_units, n_units;
};

/* *rows is zeroed; to be released after an error, too. */
int ocr_rank_rows_init(struct ocr_rank_rows *rows, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err);
void ocr_rank_rows_release(struct ocr_rank_rows *rows);

static inline uint64_t
ocr_rank_degree(const struct ocr_rank_rows *r, uint64_t i)
{
	return r->degrees != NULL ? r->degrees[i]
				  : r->offsets[i + 1] - r->offsets[i];
}

#endif
