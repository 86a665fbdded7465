/*
 * card_slot.h - one run of a driver on a unit: buffers, arguments, waiting
 *
 * A unit that is open has XRT's kernels; a slot has buffers and runs of its
 * own, so that one slot can be filled while another one computes.
 *
 * Thread rule: the unit's thread.  After -OCR_EDEVICE the unit is dead and
 * u->dead says why: nothing but ocr_unit_close may follow.  For card_unit.c and
 * worker_xrt.c.
 */
#ifndef OCR_CARD_SLOT_H
#define OCR_CARD_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/card_unit.h"
#include "common/job.h"

/* Zeroed at first; keeps its buffers from job to job. */
struct ocr_slot {
	struct ocr_job *job;
	void *buffers[OCR_CARD_MAX_BUFFERS];
	void *maps[OCR_CARD_MAX_BUFFERS];
	size_t caps[OCR_CARD_MAX_BUFFERS];
	uint64_t versions[OCR_CARD_MAX_BUFFERS]; /* of KEPT ones; 0: none */
	void *runs[OCR_CARD_MAX_STEPS];
	size_t in_len, out_cap;
	size_t first_step, end_step; /* of the job */
	size_t n_started;            /* steps before this one are started */
	uint64_t started_ns;
	/* Of a range: what was launched, the end word on the card, where the
	 * kernel has agreed to stop, and where it was last. */
	struct ocr_range launched;
	uint64_t asked, agreed, seen;
	bool has_begun, is_unanswered;
	struct ocr_step_end {
		struct ocr_unit *unit;
		/* lock: unit->monitor */
		int state; /* XRT's, 0: still runs */
		uint64_t at_ns;
		pid_t thread; /* XRT's, which said so */
	} ends[OCR_CARD_MAX_STEPS];
};

/* Can the card do that job?  Otherwise the CPU has to. */
bool ocr_slot_accepts(const struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_job *job);
/* Input to the card, first step started.  After ocr_slot_accepts. */
int ocr_slot_load(struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_kernel *k, struct ocr_job *job);
/* Have all steps ended that were started?  The monitor is held. */
bool ocr_slot_has_ended(const struct ocr_slot *s);
/*
 * Look what has ended, and start what comes next.  1: all steps are done; 0:
 * not yet.  Before since_ns the unit was busy with another slot: that does not
 * count as this one's time.
 */
int ocr_slot_check(struct ocr_unit *u, struct ocr_slot *s, uint64_t since_ns);
/* Fetch the result and make job->out of it.  -OCR_EFORMAT and err: it cannot
 * be right. */
int ocr_slot_fetch(struct ocr_unit *u, struct ocr_slot *s,
    const struct ocr_kernel *k, struct ocr_err *err);

/* s->job is for what earlier jobs have left on the card, of which there was
 * one. */
int ocr_slot_collect(struct ocr_unit *u, struct ocr_slot *s);

#endif
