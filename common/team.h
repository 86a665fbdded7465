/*
 * team.h - the workers of a run
 *
 * Today CPU threads; cards and hosts will be added here, by a device list, as
 * further workers of the same kind.  Workers open when the loop first needs
 * them, so a small file costs one thread.
 */
#ifndef OCR_TEAM_H
#define OCR_TEAM_H

#include <stddef.h>

#include "common/err.h"
#include "common/job.h"
#include "common/queue.h"

struct ocr_team {
	struct ocr_worker *workers;
	size_t n_workers;
	struct ocr_queue *done;          /* where all of them report */
	const struct ocr_kernel *kernel; /* that the open ones run, or NULL */
};

/* n_cpu threads; 0 = as many as ocr_cpus_usable(). */
int ocr_team_init(struct ocr_team *t, unsigned n_cpu, struct ocr_err *err);
/* Closes the workers that are open; a zeroed team is fine. */
void ocr_team_release(struct ocr_team *t);

/* For loops: open worker i (it is retired if that fails) ... */
int ocr_team_open(struct ocr_team *t, size_t i, const struct ocr_kernel *k,
    struct ocr_err *err);
/* ... and close all that are open; nothing is in flight. */
void ocr_team_close(struct ocr_team *t);

#endif
