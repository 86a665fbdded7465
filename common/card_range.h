/*
 * card_range.h - the range that a unit works on: where it is, cuts, its end
 *
 * card.h has the words and what kernels do with them.  What the card says is
 * not believed: a kernel that stops early or goes too far loses its unit.
 *
 * Thread rule: the unit's thread.  For card_slot.c and worker_xrt.c.
 */
#ifndef OCR_CARD_RANGE_H
#define OCR_CARD_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/card_unit.h"

/* Does it have the words of a range?  Do its cuts never double an item? */
bool ocr_card_has_range(const struct ocr_card_driver *d);
bool ocr_card_has_exact_cuts(const struct ocr_card_driver *d);

/* Where the words are; once, before the kernels are opened. */
void ocr_card_range_find(struct ocr_unit *u);

/* A job is about to start: the words are as its kernel is to find them. */
int ocr_card_range_begin(struct ocr_unit *u, struct ocr_slot *s);
/* What the register of that kind is to hold at the start. */
uint32_t ocr_card_range_word(const struct ocr_slot *s,
    enum ocr_card_arg_kind kind);

/* The first item that the slot's kernel has not begun, or a bit less. */
int ocr_card_range_position(struct ocr_unit *u, struct ocr_slot *s,
    uint64_t *next);

/*
 * Lower the end of its job.  *confirmed: the card does no item from there on,
 * unless it has no exact cuts; at least end, and the job's own range ends there
 * now.  -OCR_EDEVICE: it has not begun, or no answer came in time.  One that
 * comes later is found by the next cut, or by the end of the run, and the job
 * may have done less than its range then.
 */
int ocr_card_range_cut(struct ocr_unit *u, struct ocr_slot *s, uint64_t end,
    uint64_t *confirmed);

/* The run has ended: the job's range becomes what was done. */
int ocr_card_range_end(struct ocr_unit *u, struct ocr_slot *s);

/* Has it come further since the last call? */
bool ocr_card_range_moves(struct ocr_unit *u, struct ocr_slot *s);

#endif
