/*
 * search.h - where searches start, and how long they take
 */
#ifndef OCR_SEARCH_H
#define OCR_SEARCH_H

#include <stdio.h>

#include "src/graph_run.h"
#include "src/search_opt.h"

/* Before the graph is read: are there sources?  Reads --sources=FILE. */
int ocr_search_read_sources(struct ocr_search_opt *o,
    const struct ocr_graph_run *run, struct ocr_err *err);

/* As early: is --updates=FILE there? */
int ocr_search_check_updates(const struct ocr_search_opt *o,
    const struct ocr_graph_run *run, struct ocr_err *err);

/* Vertices to start at: those of o, or as many at random as there are trials;
 * to be freed. */
int ocr_search_sources(const struct ocr_search_opt *o,
    const struct ocr_graph *g, uint32_t **sources, size_t *n,
    struct ocr_err *err);

/* The vertex of an id; what = "source", for messages. */
int ocr_search_find(const struct ocr_graph *g, uint64_t id, const char *what,
    uint32_t *v, struct ocr_err *err);

/* One trial: a search or a whole computation. */
struct ocr_trial {
	uint64_t label; /* the source, or the number of the trial */
	uint64_t count; /* reached, or iterations */
	double far;     /* depth, longest distance, change */
	double ns;
	double n_edges; /* MTEPS are these by the time */
	double lambda;  /* of its sweeps */
	uint64_t n_steals;
};

struct ocr_trials {
	const char *names[3]; /* of the first three */
	struct ocr_trial *trials;
	size_t n;
	bool is_json;
};

/* A trial ends now, begun by ocr_graph_run_begin(): its time, its sweeps. */
void ocr_trial_end(struct ocr_trial *t, struct ocr_graph_run *run);
double ocr_trial_mteps(const struct ocr_trial *t);
/* The members of JSON about time and sweeps. */
void ocr_trial_json(struct ocr_json *j, const struct ocr_trial *t);
/* A table, or JSON; for ocr_graph_run_emit(). */
void ocr_trials_write(FILE *f, const void *trials);

#endif
