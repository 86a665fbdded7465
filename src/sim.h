/*
 * sim.h - one sweep on a virtual clock
 *
 * Threads and cards with invented speeds work through a profile under the very
 * policy code of common/policy.h; what is modelled is what a policy cannot see:
 * true costs, speeds that wander, latencies, launches one after another.  Units:
 * work = edges, time = ns, a thread does one edge per ns.  Deterministic.
 *
 *	profile (sim_profile.h) ─► sim_run.c: events ─► struct ocr_sweep_report
 */
#ifndef OCR_SIM_H
#define OCR_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/policy.h"
#include "common/sweep.h"
#include "common/trace.h"

/* Light rows cost more or less than is believed, alike for so many of them. */
#define OCR_SIM_STRETCH 4096
/* A row is cut into pieces of at most this many edges. */
#define OCR_SIM_PIECE 1024
/* Light: of at most this many edges. */
#define OCR_SIM_LIGHT 64

/*
 * Work of n items, twice: as rows, and with heavy rows cut into pieces (which
 * is what hws uses).  Item i has work[i] active edges, or small[i]; item_work is
 * added to each.
 */
struct ocr_sim_items {
	uint64_t n;
	uint32_t *work;      /* rows; else NULL */
	uint16_t *small;     /* pieces; else NULL */
	float *factors;      /* of the light items of each block: true cost /
			      * believed */
	double *blocks;      /* believed work before each block of
			      * OCR_WEIGHTS_BLOCK, without item_work; one more */
	double *true_blocks; /* true work before each block, with it */
	uint32_t max_work;
};

struct ocr_sim_profile {
	char name[64];
	struct ocr_sim_items rows, pieces;
	double item_work;
	uint64_t n_edges;  /* active ones */
	uint64_t n_active; /* rows with any */
};

struct ocr_sim_worker {
	double rate, believed; /* edges per ns */
	double launch_ns, read_ns, write_ns;
	uint64_t align;
	bool is_card;
};

struct ocr_sim_setup {
	char name[64];
	size_t n_workers;
	struct ocr_sim_worker *workers; /* threads first */
	double submit_ns;               /* of a launch, on the host */
	double steal_ns, probe_ns; /* a thread's steal; a look at a victim */
	double jitter, jitter_ns;  /* speeds wander by +- this, so often */
	size_t stalled;            /* worker; SIZE_MAX: none */
	double stall_from_ns, stall_to_ns, stall_rate; /* its speed is times
							* stall_rate then */
	uint64_t seed;
	bool is_idempotent;  /* cuts of cards are not confirmed */
	bool has_no_weights; /* nobody knows what items weigh */
	FILE *log;           /* NULL; else each event is a line of it */
};

/*
 * Adds to *report (initialised for n_workers); its bound is ocr_sim_bound().
 * Works on pieces where hws or `weights` are asked for, else on rows.  trace may
 * be NULL.  -OCR_ENOMEM; -OCR_EFORMAT: items got lost, which is a fault of ours.
 */
int ocr_sim_run(const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_schedule *schedule, struct ocr_sweep_report *report,
    struct ocr_trace *trace, struct ocr_err *err);

/* What no schedule can beat, rows being divisible. */
double ocr_sim_bound(const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s);

#endif
