/*
 * card_graph.h - k_scatter and k_gather of a card, as a driver
 *
 * A worker is one unit of each.  Rows go to the card once; what a sweep needs
 * (who is active, values) when a sweep begins; slots come back when a job ends,
 * and merge() makes what it likes of them.
 *
 * One struct for the units of a run; its fields are changed between sweeps
 * alone.  For the programs in src/cards_*.c.
 */
#ifndef OCR_CARD_GRAPH_H
#define OCR_CARD_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/card.h"
#include "common/job.h"
#include "kernels/k_graph.h"
#include "src/graph.h"

#define OCR_CARD_GRAPH_ARGS 11
#define OCR_CARD_GRAPH_BUFFERS 9

struct ocr_card_graph {
	struct ocr_kernel kernel; /* for the range loop */
	const struct ocr_card_driver *drivers[2];
	struct ocr_card_driver driver;
	struct ocr_card_step steps[2]; /* scatter, gather */
	struct ocr_card_arg args[2][OCR_CARD_GRAPH_ARGS];
	/* Of a run: ocr_card_graph_use. */
	const struct ocr_graph *graph;
	const uint32_t *extra[2]; /* of the rows; NULL: none */
	size_t n_slots[2];        /* that scatter and gather write */
	/* Of a sweep: ocr_card_graph_sweep. */
	bool is_push;
	const uint64_t *active;
	const uint32_t *values;
	size_t n_values;
	uint64_t version;
	/* Slots after a job that did the blocks [start, end).  What is in them
	 * is not to be believed: -OCR_EFORMAT.  In the unit's thread, with
	 * others beside it. */
	int (*merge)(void *arg, uint64_t start, uint64_t end,
	    const uint32_t *slots, struct ocr_err *err);
	void *arg;
};

/* Before the team is made, which takes c->drivers. */
void ocr_card_graph_init(struct ocr_card_graph *c);

/* Can cards do this graph?  Fewer than 2^32 - 1 arcs. */
bool ocr_card_graph_fits(const struct ocr_graph *g);

/* program: K_GRAPH_BFS ...; before the cards are opened.  extra of scatter's
 * rows (out) and gather's (in). */
void ocr_card_graph_use(struct ocr_card_graph *c, const struct ocr_graph *g,
    uint32_t program, const uint32_t *scatter_extra,
    const uint32_t *gather_extra);

/* A sweep is about to begin: what units will read stays as it is until it has
 * ended. */
void ocr_card_graph_sweep(struct ocr_card_graph *c, bool is_push,
    const uint64_t *active, const uint32_t *values, size_t n_values);

#endif
