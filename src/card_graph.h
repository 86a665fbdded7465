/*
 * card_graph.h - k_scatter and k_gather of a card, as a driver
 *
 * A worker is one unit of each.  Rows go to the card once, when it opens; what
 * a sweep needs (who is active, values) once for all units of a card when a
 * sweep begins; slots come back when a job ends, those that all jobs of a unit
 * write (push) after the sweep, and merge() makes what it likes of them.  Nothing of that moves on a card that works in the host's memory,
 * where active and values may be the card's own (ocr_card_graph_memory).
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
	uint64_t run;             /* ocr_card_graph_begin */
	/* By block, for slots that say nothing about blocks that a unit has not
	 * done, as PageRank's by push: whose slots they are in.  Then merge() is
	 * called for those that a unit has done; or NULL: once, for all. */
	const uint32_t **owners;
	/* Of a sweep: ocr_card_graph_sweep. */
	bool is_push;
	const uint64_t *active;
	const uint32_t *values;
	uint64_t version;
	/* Slots after a job that did the blocks [start, end), or after a sweep
	 * of which a unit did some blocks.  What is in them
	 * is not to be believed: -OCR_EFORMAT.  In the unit's thread, with
	 * others beside it. */
	int (*merge)(void *arg, uint64_t start, uint64_t end,
	    const uint32_t *slots, struct ocr_err *err);
	void *arg;
};

/* Before the team is made, which takes c->drivers. */
void ocr_card_graph_init(struct ocr_card_graph *c);

/* Can cards do this graph?  Fewer than 2^32 - 1 arcs.  One without rows of
 * in-arcs is for sweeps by push alone. */
bool ocr_card_graph_fits(const struct ocr_graph *g);

/* program: K_GRAPH_BFS ...; before the cards are opened.  extra of scatter's
 * rows (out) and gather's (in). */
void ocr_card_graph_use(struct ocr_card_graph *c, const struct ocr_graph *g,
    uint32_t program, const uint32_t *scatter_extra,
    const uint32_t *gather_extra);

/* A new search or the like is about to begin: slots of scatter as well. */
void ocr_card_graph_begin(struct ocr_card_graph *c);

/* A sweep is about to begin: what units will read stays as it is until it has
 * ended.  values by vertex; of K_GRAPH_BFS the frontier, a bitmap, or NULL when
 * that is what is active. */
void ocr_card_graph_sweep(struct ocr_card_graph *c, bool is_push,
    const uint64_t *active, const uint32_t *values);

/* Slots of such a sweep come back after it, once for each unit:
 * ocr_range_collect is to follow. */
bool ocr_card_graph_collects(const struct ocr_card_graph *c);

/* Where a card has who is active, or values, if that is the host's memory too:
 * cap bytes, until the worker is closed.  NULL: it is not. */
void *ocr_card_graph_memory(struct ocr_worker *w, bool is_active, size_t *cap);

#endif
