/*
 * cards_places.h - where the arcs of out-rows are in in-rows
 *
 * For scatter with a slot for each arc: what goes along arc e of an out-row is
 * put where the row of its end finds it.
 */
#ifndef OCR_CARDS_PLACES_H
#define OCR_CARDS_PLACES_H

#include "src/graph.h"

/* places[e], n_arcs of them: index into in.ends of the same arc; of several
 * arcs between two vertices each has one of its own.  Fewer than 2^32 arcs. */
int ocr_cards_places(const struct ocr_graph *g, uint32_t *places,
    struct ocr_err *err);

/* The same for a graph without in-rows, and the offsets (n + 1) that these would
 * have. */
void ocr_cards_places_alone(const struct ocr_graph *g, uint64_t *offsets,
    uint32_t *places);

#endif
