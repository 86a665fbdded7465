/*
 * graph_build_sort.h - rows in the order of graph.h, sorted in place
 *
 * For graph_build.c only.  The order is total (rank, then weight), so that the
 * same arcs give the same bytes however they came.
 */
#ifndef OCR_GRAPH_BUILD_SORT_H
#define OCR_GRAPH_BUILD_SORT_H

#include <stddef.h>
#include <stdint.h>

/* Longer pieces are first cut in place, so that little memory does. */
#define OCR_SORT_CHUNK 8192

struct ocr_sort_scratch { /* of one thread */
	uint64_t keys[OCR_SORT_CHUNK], spare[OCR_SORT_CHUNK];
	double reals[OCR_SORT_CHUNK];
};

/* Of one row; ints and reals: NULL if it has none. */
struct ocr_sort_row {
	uint32_t *ends;
	uint32_t *ints;
	double *reals; /* finite, sign bit 0 */
};

/* By rank[end], then by weight; order[rank[v]] is v.  Both NULL: by end.  Ends
 * and ranks are below n. */
void ocr_sort_row(const struct ocr_sort_row *row, size_t len, uint64_t n,
    const uint32_t *rank, const uint32_t *order, struct ocr_sort_scratch *s);

/* Least significant byte first, bytes `from` to 7; spare: as many. */
void ocr_sort_keys(uint64_t *keys, uint64_t *spare, size_t n, unsigned from);

#endif
