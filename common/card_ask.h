/*
 * card_ask.h - other threads' questions about a unit's range
 *
 * A thief wants to know where a card is, or to lower its end.  The unit's
 * thread does that for it: it is the one that may be lost in a call to XRT,
 * and has somebody to speak for it then.  A thief is a worker itself, and
 * would be missed.  For worker_xrt.c.
 */
#ifndef OCR_CARD_ASK_H
#define OCR_CARD_ASK_H

#include <stdbool.h>
#include <stdint.h>

struct ocr_ask;
struct ocr_monitor;
struct ocr_slot;
struct ocr_unit;

/* Zeroed but for the monitor. */
struct ocr_asks {
	struct ocr_monitor *monitor; /* the unit's, notified by questions */
	/* lock: monitor */
	bool is_open; /* a range is under way */
	struct ocr_ask *first, *answering;
};

/* Any thread: where is it?  -OCR_EDEVICE: nothing is under way, or failed. */
int ocr_ask_position(struct ocr_asks *a, uint64_t *next);
int ocr_ask_cut(struct ocr_asks *a, uint64_t end, uint64_t *confirmed);

/* The unit's thread: from now on there are answers, or none. */
void ocr_asks_open(struct ocr_asks *a);
void ocr_asks_close(struct ocr_asks *a);
/* Answer all that came. */
void ocr_asks_answer(struct ocr_asks *a, struct ocr_unit *u,
    struct ocr_slot *s);

/* In place of the unit's thread, which is lost; the monitor is held. */
void ocr_asks_lose(struct ocr_asks *a);

#endif
