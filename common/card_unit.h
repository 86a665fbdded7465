/*
 * card_unit.h - a unit of a card, opened: XRT's kernels
 *
 * Thread rule: the unit's thread.  For card_slot.c, card_range.c and
 * worker_xrt.c.
 */
#ifndef OCR_CARD_UNIT_H
#define OCR_CARD_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cardset.h"

struct ocr_monitor;
struct ocr_slot;

#define OCR_CARD_N_WORDS 3 /* START, END, ACK */

struct ocr_unit {
	const struct ocr_card_unit *card_unit;
	const struct ocr_card_driver *driver;
	struct ocr_xrt *xrt;
	struct ocr_monitor *monitor; /* notified at the end of a step */
	unsigned timeout_ms;         /* of one run */
	/* Of a range, see card_range.h. */
	bool has_range, has_ack, has_exact_cuts;
	int words[OCR_CARD_N_WORDS]; /* registers: arguments; -1: none */
	int mailbox;                 /* buffer; -1: none */
	void *kernels[OCR_CARD_MAX_STEPS];
	struct ocr_card_share *shares[OCR_CARD_MAX_BUFFERS]; /* or NULL */
	uint64_t opened_bytes; /* moved when it was opened */
	struct ocr_call call;  /* its thread's, to XRT */
	bool is_open;
	bool is_sharing;     /* the gate, while in a call */
	struct ocr_err dead; /* code 0: alive */
};

/* The card is opened if need be.  u is zeroed but for card_unit, monitor,
 * timeout_ms and call; ocr_unit_close follows even when this fails. */
int ocr_unit_open(struct ocr_unit *u, struct ocr_err *err);
void ocr_unit_close(struct ocr_unit *u, struct ocr_slot *slots, size_t n_slots);

/* Nothing but ocr_unit_close may follow.  Returns -OCR_EDEVICE. */
int ocr_unit_kill(struct ocr_unit *u, const char *why);

/* Around calls to XRT ... -OCR_EDEVICE: it is dead. */
int ocr_unit_enter(struct ocr_unit *u);
void ocr_unit_leave(struct ocr_unit *u);
int ocr_unit_enter_shared(struct ocr_unit *u);
void ocr_unit_leave_shared(struct ocr_unit *u);
/* ... and around each of them, which touches no more than unit, slot and
 * cardset: see card_call.h. */
void ocr_unit_call(struct ocr_unit *u);
void ocr_unit_back(struct ocr_unit *u);

/* XRT's number of the memory that buffer b is in; entered. */
uint32_t ocr_unit_group(struct ocr_unit *u, size_t b);
/* Copy; not for buffers in the host's memory.  -OCR_EDEVICE: it is dead. */
int ocr_unit_sync(struct ocr_unit *u, void *buffer, int direction, size_t bytes,
    size_t offset);

#endif
