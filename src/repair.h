/*
 * repair.h - distances kept right while edges are added
 *
 * For breadth-first search (each arc counts 1) and shortest paths.  An added
 * edge can only make distances shorter: from its ends on, whatever became
 * shorter is followed until nothing changes.  The work is a sweep whose range
 * grows (ocr_range_append), on all threads, and as small as the change; the
 * result is that of a search from the beginning.
 *
 * Distances are doubles, exact for whole numbers to 2^53.
 * Thread rule: the crew's thread calls.
 */
#ifndef OCR_REPAIR_H
#define OCR_REPAIR_H

#include "src/graph.h"
#include "src/graph_added.h"
#include "src/graph_crew.h"

struct ocr_repair;

/* No vertex is reached yet.  has_unit_weights: arcs count 1, whatever the graph
 * has. */
int ocr_repair_new(struct ocr_repair **out, const struct ocr_graph *g,
    bool has_unit_weights, struct ocr_crew *crew, struct ocr_err *err);
void ocr_repair_free(struct ocr_repair *r); /* NULL is fine */

/* The result of a search, before the first ocr_repair_run: all vertices that
 * are reached. */
void ocr_repair_set(struct ocr_repair *r, uint64_t v, double distance);
/* INFINITY: not reached. */
double ocr_repair_distance(const struct ocr_repair *r, uint64_t v);

/* Weights are finite and not negative.  Nothing changes before
 * ocr_repair_run. */
int ocr_repair_add(struct ocr_repair *r, uint32_t from, uint32_t to,
    double weight, struct ocr_err *err);

/* All that was added takes effect.  n_changed: vertices that are nearer now.
 * After an error only ocr_repair_free may follow. */
int ocr_repair_run(struct ocr_repair *r, uint64_t *n_changed,
    struct ocr_err *err);

/* Did v change in the last run? */
bool ocr_repair_has_changed(const struct ocr_repair *r, uint64_t v);

/* A vertex on the way to v: an end of one of its in-arcs, with a distance that
 * is shorter by just the arc's weight; OCR_NO_VERTEX: it is the source, not
 * reached, or the graph has no rows of in-arcs. */
uint32_t ocr_repair_parent(const struct ocr_repair *r, uint64_t v);

#endif
