/*
 * softcard_runner.h - runs a unit's kernel, with invented speed and faults
 *
 * For softcard_unit.c.
 */
#ifndef OCR_SOFTCARD_RUNNER_H
#define OCR_SOFTCARD_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/thread.h"
#include "src/softcard_call.h"
#include "src/softcard_guard.h"
#include "src/softcard_mailbox.h"
#include "src/softcard_unit.h"

struct ocr_softcard_runner {
	struct ocr_monitor *monitor;
	bool is_quitting; /* lock: monitor; ends what only waits */
	/* private; owner: the unit's thread */
	const struct ocr_softcard_unit_spec *spec;
	uint32_t *registers;
	struct ocr_softcard_guard guard;
	struct ocr_softcard_call call;
	struct ocr_softcard_mailbox mailbox; /* kernel->has_mailbox */
	uint64_t n_runs;
};

/* w is zeroed; release it in any case. */
int ocr_softcard_runner_init(struct ocr_softcard_runner *w,
    const struct ocr_softcard_unit_spec *spec, uint32_t *registers,
    struct ocr_err *err);
void ocr_softcard_runner_release(struct ocr_softcard_runner *w);

/* First and last act of the thread; ocr_softcard_guard_owner() is 'owner'. */
int ocr_softcard_runner_begin(struct ocr_softcard_runner *w, void *owner,
    struct ocr_err *err);
void ocr_softcard_runner_end(struct ocr_softcard_runner *w);

/* One run.  False: it will never be done, for it hangs, has crashed or was
 * interrupted. */
bool ocr_softcard_runner_run(struct ocr_softcard_runner *w);

/* After a run: is another one due that nobody has to start? */
bool ocr_softcard_runner_restarts(struct ocr_softcard_runner *w);

/* Any other thread, after is_quitting was set: leave the kernel. */
void ocr_softcard_runner_interrupt(struct ocr_softcard_runner *w);

#endif
