/*
 * update_run.h - a result that is kept right while edges come from a stream
 *
 *	updates ─► added_ids ─► repair ─────────────► take() ─► show()
 *	                        too much: search() ───▲
 *
 * For ocr-bfs and ocr-sssp, after their first search.  The crew's thread.
 */
#ifndef OCR_UPDATE_RUN_H
#define OCR_UPDATE_RUN_H

#include "common/json_write.h"
#include "src/added_ids.h"
#include "src/graph_names.h"
#include "src/graph_run.h"
#include "src/repair.h"
#include "src/search_opt.h"

/* A batch. */
struct ocr_update {
	size_t n_edges, n_new, n_changed; /* n_new: vertices */
	uint64_t n_reached;               /* by now */
	size_t n_afresh;                  /* of one: 0 or 1 */
	double ns;
};

struct ocr_update_run {
	/* The caller sets these: */
	struct ocr_graph_run *run;
	const struct ocr_search_opt *opt;
	bool has_weights; /* third columns count */
	double width;     /* of the steps of a repair that goes on */
	/* NULL: a repair goes on; or g has all edges so far: searches it and
	 * sets repair's distances. */
	int (
	    *search)(void *arg, const struct ocr_graph *g, struct ocr_err *err);
	/* Values of n vertices have changed, and there may be more vertices
	 * than before; adds to n_reached.  Its time counts. */
	int (*take)(void *arg, const uint32_t *changed, size_t n,
	    struct ocr_err *err);
	/* Its time does not. */
	int (*show)(void *arg, const struct ocr_names *changed,
	    struct ocr_err *err);
	void *arg;
	uint64_t n_reached;

	/* For the caller: */
	struct ocr_repair *repair;
	struct ocr_added_ids ids;
	struct ocr_update *done; /* all batches */
	size_t n_done;
	struct ocr_update total; /* of all; this and n_done stay at close */
};

/* repair is there afterwards, and wants to be told the result.  Arguments: of
 * ocr_repair_new(). */
int ocr_update_open(struct ocr_update_run *u, bool has_unit_weights,
    uint64_t longest, struct ocr_err *err);
void ocr_update_close(struct ocr_update_run *u);

/* All batches; show() after each, with --changes. */
int ocr_update_run(struct ocr_update_run *u, struct ocr_err *err);

/* The graph with all that was added. */
int ocr_update_graph(const struct ocr_update_run *u, struct ocr_graph **out,
    struct ocr_err *err);
/* How many vertices there are by now. */
uint64_t ocr_update_n(const struct ocr_update_run *u);
/* All of them, by ascending id; *order is to be freed. */
int ocr_update_names(const struct ocr_update_run *u, struct ocr_names *names,
    uint32_t **order, struct ocr_err *err);
/* An empty line: what has changed is complete. */
int ocr_update_end_list(const struct ocr_update_run *u, struct ocr_err *err);

/* "updates": [...], of how they went. */
void ocr_update_json(const struct ocr_update_run *u, struct ocr_json *j);
/* For --stats. */
void ocr_update_stats(const struct ocr_update_run *u, struct ocr_json *j);

#endif
