/*
 * cards_weights.h - what the blocks of a sweep weigh: arcs of active vertices
 *
 * For the range loop's policy (common/weights.h); an item is a block of
 * OCR_GRAPH_BLOCK vertices.  For the programs in src/cards_*.c.
 */
#ifndef OCR_CARDS_WEIGHTS_H
#define OCR_CARDS_WEIGHTS_H

#include "common/weights.h"
#include "src/graph.h"
#include "src/graph_crew.h"

struct ocr_cards_weights {
	struct ocr_weights weights; /* for struct ocr_sweep */
	const struct ocr_rows *rows;
	const uint64_t *active;
	uint64_t n;                /* vertices */
	double *blocks;            /* weights.blocks */
	uint64_t n_active, n_arcs; /* of the active ones */
};

int ocr_cards_weights_init(struct ocr_cards_weights *w,
    const struct ocr_graph *g, struct ocr_err *err);
void ocr_cards_weights_release(struct ocr_cards_weights *w);

/* Count: rows of the vertices in active, which stays as it is during the
 * sweep. */
int ocr_cards_weigh(struct ocr_cards_weights *w, const struct ocr_rows *rows,
    const uint64_t *active, struct ocr_crew *crew, struct ocr_err *err);

#endif
