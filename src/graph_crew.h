/*
 * graph_crew.h - the workers of a graph program and their range loop
 *
 * Opened once by a tool; loading, layouts and the programs all sweep with it.
 * Its loop is over the team's threads alone: cards.h has one over cards, too.
 * Thread rule: the thread that opened it calls, bodies run on all of them.
 */
#ifndef OCR_GRAPH_CREW_H
#define OCR_GRAPH_CREW_H

#include <stdint.h>

#include "common/meter.h"
#include "common/range.h"
#include "common/sweep.h"
#include "common/team.h"

struct ocr_crew {
	struct ocr_team team;
	struct ocr_range_loop *loop;
	unsigned n_threads;             /* bodies get 0 to n_threads - 1 */
	struct ocr_sweep_report report; /* of all sweeps so far */
	const volatile int *stop;       /* NULL, or not 0: stop */
	struct ocr_ui *ui;              /* warnings; or NULL */
	struct ocr_meter *meter;        /* of what takes long; or NULL */
	struct ocr_team threads;        /* the team without its cards */
	struct ocr_worker *workers;     /* of these */
};

int ocr_crew_open(struct ocr_crew *c, const struct ocr_team_opt *opt,
    struct ocr_err *err);
void ocr_crew_close(struct ocr_crew *c); /* zeroed is fine */

/* body() over [0, n) in pieces of at most grain items; no more than one grain:
 * the caller does it alone. */
int ocr_crew_each(struct ocr_crew *c, uint64_t n, uint64_t grain,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    void *arg, struct ocr_err *err);

/* What is done from now on, for the progress bar: ocr_meter_phase(). */
void ocr_crew_phase(struct ocr_crew *c, const char *phase,
    enum ocr_meter_unit unit, uint64_t n);
/* ocr_crew_each() as a phase of its own. */
int ocr_crew_each_phase(struct ocr_crew *c, const char *phase, uint64_t n,
    uint64_t grain,
    int (*body)(void *arg, unsigned thread, uint64_t start, uint64_t end,
	struct ocr_err *err),
    void *arg, struct ocr_err *err);

#endif
