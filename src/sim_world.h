/*
 * sim_world.h - the state of a sweep on the virtual clock; for sim_run.c,
 * sim_world.c, sim_steal.c
 */
#ifndef OCR_SIM_WORLD_H
#define OCR_SIM_WORLD_H

#include "common/policy_pool.h"
#include "src/sim.h"
#include "src/sim_heap.h"
#include "src/sim_speed.h"

struct ocr_sim_state {
	/* What the library would know.  start and end are always right, at
	 * and next are of the last look. */
	struct ocr_policy_state known;
	struct ocr_sim_speed speed;
	double launch_ns; /* of the segment: from then on it counts as useful */
	double tried_ns;  /* when its present attempt to steal began */
	double pause_ns;  /* its last pause */
	uint64_t version; /* of its end */
	bool is_over;     /* a card that was done at over_ns, while a thief
			   * holds it */
	double over_ns;
};

struct ocr_sim_world {
	const struct ocr_sim_profile *profile;
	const struct ocr_sim_setup *setup;
	const struct ocr_sim_items *items;
	struct ocr_sweep_report *report;
	struct ocr_trace *trace;
	struct ocr_weights weights;
	struct ocr_policy policy;
	struct ocr_policy_worker *workers;
	struct ocr_policy_pool pool;
	bool has_pool;
	struct ocr_sim_state *states;
	struct ocr_sim_heap heap;
	uint64_t random;
	double host_ns; /* when the host has submitted all launches so far */
	size_t n_active, n_thieves;
	double makespan_ns;
	uint64_t n_done, n_twice; /* items */
	/* Of hashes of where segments begin and end: only a tiling of the
	 * range gives what is expected. */
	uint64_t seams;
};

/* Events; now is their time. */

void ocr_sim_serve(struct ocr_sim_world *w, const struct ocr_sim_event *e);

/* Worker k gets [start, end). */
void ocr_sim_begin(struct ocr_sim_world *w, size_t k, double now,
    uint64_t start, uint64_t end);
/* It has done them. */
void ocr_sim_end(struct ocr_sim_world *w, size_t k, double now);
/* Recompute when, after a change of its end. */
void ocr_sim_arm(struct ocr_sim_world *w, size_t k);

/* An idle worker looks at others (sim_steal.c) or takes a chunk. */
void ocr_sim_try(struct ocr_sim_world *w, size_t k, double now);
void ocr_sim_take(struct ocr_sim_world *w, const struct ocr_sim_event *e);
void ocr_sim_read(struct ocr_sim_world *w, const struct ocr_sim_event *e);
void ocr_sim_write(struct ocr_sim_world *w, const struct ocr_sim_event *e);

/* Truth: the item that worker k works on at ns, or its end. */
uint64_t ocr_sim_item(struct ocr_sim_world *w, size_t k, double ns);
/* The first one that it has not begun at ns, if it is at item `at`. */
uint64_t ocr_sim_next(const struct ocr_sim_world *w, size_t k, uint64_t at,
    double ns);

__attribute__((format(printf, 4, 5))) void ocr_sim_log(
    const struct ocr_sim_world *w, double ns, size_t k, const char *fmt, ...);

#endif
