/*
 * added_ids.h - ids of vertices that come after a graph was made
 *
 * A new id gets the next number, from the graph's n on.  One thread.
 */
#ifndef OCR_ADDED_IDS_H
#define OCR_ADDED_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "src/graph.h"

struct ocr_added_ids {
	const struct ocr_graph *graph;
	uint64_t *ids; /* of the new ones, in the order they came */
	size_t n;
	/* Open addressing: 1 + index into ids, 0: free; a power of two, at
	 * least twice n. */
	uint32_t *slots;
	size_t n_slots;
};

void ocr_added_ids_init(struct ocr_added_ids *a, const struct ocr_graph *g);
void ocr_added_ids_release(struct ocr_added_ids *a); /* zeroed is fine */

/* OCR_NO_VERTEX: neither in the graph nor added. */
uint32_t ocr_added_ids_find(const struct ocr_added_ids *a, uint64_t id);
/* The same; it is added if it is new.  -OCR_ELIMIT: no number is left. */
int ocr_added_ids_get(struct ocr_added_ids *a, uint64_t id, uint32_t *v,
    struct ocr_err *err);

/* n vertices that ascend by number ascend by id afterwards. */
int ocr_added_ids_sort(const struct ocr_added_ids *a, uint32_t *vertices,
    size_t n, struct ocr_err *err);

#endif
