/*
 * softcard_poll.h - answering XRT's polling late, so that it costs less
 *
 * XRT's scheduler asks every running unit some 10 us after the last answer
 * whether it is done, and keeps two processes busy with it.  So the answer
 * "running" waits for a unit to finish; but nobody else gets through to the
 * card meanwhile, so it waits for a fraction of the time since somebody else
 * last wanted something, a smaller one of the time since a register was
 * wanted (a thief of work that looks again and again), and never long.
 *
 * For softcard_message.c; owner: the message loop.
 */
#ifndef OCR_SOFTCARD_POLL_H
#define OCR_SOFTCARD_POLL_H

#include <stdint.h>

#include "src/softcard_card.h"

/* A zeroed one is fine. */
struct ocr_softcard_poll {
	/* Times of the last request that was no poll, and of the last access
	 * to a register. */
	uint64_t busy_ns, register_ns;
	struct ocr_softcard_unit *held; /* whose polls wait; NULL: any.  Reset
					 * it when units go. */
};

/* Before a request is carried out; 'address' is what READ wants to read.
 * Waits where it is a poll. */
void ocr_softcard_poll(struct ocr_softcard_poll *p, struct ocr_softcard *card,
    uint32_t message, uint64_t address);

#endif
