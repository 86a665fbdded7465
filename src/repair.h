/*
 * repair.h - distances kept right while edges are added
 *
 * For breadth-first search (each arc counts 1) and shortest paths.  An added
 * edge can only make distances shorter: from its ends on, whatever became
 * shorter is followed until nothing changes.  The work is a sweep whose range
 * grows (ocr_range_append), on all threads, and as small as the change; the
 * result is that of a search from the beginning.  Where the change is large, such
 * a search is faster: the repair may be told when to stop.
 *
 * Distances are whole numbers of 64 bits, or doubles: where the graph's weights
 * are real, or an added one is.
 * Thread rule: the crew's thread calls.
 */
#ifndef OCR_REPAIR_H
#define OCR_REPAIR_H

#include "src/graph.h"
#include "src/graph_added.h"
#include "src/graph_crew.h"

struct ocr_repair;

/* No vertex is reached yet.  has_unit_weights: arcs count 1, whatever the graph
 * has.  longest: what is further away is not reached; 0: none is too far. */
int ocr_repair_new(struct ocr_repair **out, const struct ocr_graph *g,
    bool has_unit_weights, uint64_t longest, struct ocr_crew *crew,
    struct ocr_err *err);
void ocr_repair_free(struct ocr_repair *r); /* NULL is fine */

/* The result of a search, before the first ocr_repair_run or after one that has
 * stopped: all vertices that are reached. */
void ocr_repair_set(struct ocr_repair *r, uint64_t v, double distance);
void ocr_repair_set_whole(struct ocr_repair *r, uint64_t v, uint64_t distance);

bool ocr_repair_is_real(const struct ocr_repair *r);
/* INFINITY: not reached. */
double ocr_repair_distance(const struct ocr_repair *r, uint64_t v);
/* UINT64_MAX: not reached.  Not if distances are real. */
uint64_t ocr_repair_whole(const struct ocr_repair *r, uint64_t v);

/* There are n vertices now, no fewer than before. */
int ocr_repair_grow(struct ocr_repair *r, uint64_t n, struct ocr_err *err);

/* Weights are finite and not negative.  One that is not whole, or over 2^32 - 1,
 * makes distances real.  Other distances change with ocr_repair_run. */
int ocr_repair_add(struct ocr_repair *r, uint32_t from, uint32_t to,
    double weight, struct ocr_err *err);

/* All that was added takes effect.  1: it has stopped, as about most_arcs were
 * followed and there were more; then the result of a search with all that was
 * added is to be set, or ocr_repair_finish() follows.  After an error only
 * ocr_repair_free may follow. */
int ocr_repair_run(struct ocr_repair *r, uint64_t most_arcs,
    struct ocr_err *err);
/* Goes on where a run has stopped, nearest first, in steps of that width: few
 * vertices are then followed twice. */
int ocr_repair_finish(struct ocr_repair *r, double width, struct ocr_err *err);

/* Of the last run, and what was set after it: */
/* Vertices that are nearer now, ascending; *n of them, to be freed. */
int ocr_repair_changed(const struct ocr_repair *r, uint32_t **list, size_t *n,
    struct ocr_err *err);
bool ocr_repair_has_changed(const struct ocr_repair *r, uint64_t v);
/* New parents of those that are nearer; others keep theirs, which are as good
 * as before.  Arcs count 1. */
int ocr_repair_parents(struct ocr_repair *r, uint32_t *parents,
    struct ocr_err *err);

/* All edges that were added. */
const struct ocr_added *ocr_repair_added(const struct ocr_repair *r);

#endif
