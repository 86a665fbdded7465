/*
 * card_call.h - calls to XRT that do not return
 *
 * Where a card's driver fails, or the process that stands for an emulated
 * card dies, a call to XRT may never come back, and nobody can call its thread
 * off.  A thread of its own, the watch, looks at all that are in a call, and
 * gives up those whose time is over: somebody else then speaks for them.  XRT
 * may also abort the program there (its emulation asserts that a card that is
 * closed answers); that is a call that does not return, too.
 * Should the call return after all, its thread sleeps until the process ends,
 * so it never touches what has been handed on.
 *
 * For card_open.c, card_slot.c and worker_xrt.c.
 */
#ifndef OCR_CARD_CALL_H
#define OCR_CARD_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_monitor;
struct ocr_thread;

/* What a thread needs that calls XRT. */
struct ocr_call {
	/* From the watch's thread, once: the caller is lost.  What the call
	 * itself may touch must stay for ever, and this struct as well. */
	void (*give_up)(void *arg);
	void *arg;
	uint64_t deadline_ns;  /* atomic; 0: in no call, UINT64_MAX: lost */
	struct ocr_call *next; /* lock: the watch's monitor */
};

struct ocr_watch {
	struct ocr_monitor *monitor;
	struct ocr_thread *thread;
	/* lock: monitor */
	struct ocr_call *calls;
	bool is_ending;
};

int ocr_watch_init(struct ocr_watch *w, struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_watch_release(struct ocr_watch *w);
void ocr_watch_add(struct ocr_watch *w, struct ocr_call *c);
/* It is in no call; what is lost is no longer there. */
void ocr_watch_remove(struct ocr_watch *w, struct ocr_call *c);

/* Around one call, that has so many ms, and nothing else: what is read between
 * them may be gone.  The caller's thread. */
void ocr_call_begin(struct ocr_call *c, unsigned ms);
/* Does not return if it was given up. */
void ocr_call_end(struct ocr_call *c);

#endif
