/*
 * repair_list.h - items of a growing sweep; for repair_run.c
 *
 * A list that only grows.  The number of an item is given out before it is
 * written, so another thread may want to read it before: it waits.
 */
#ifndef OCR_REPAIR_LIST_H
#define OCR_REPAIR_LIST_H

#include <stdatomic.h>
#include <stdint.h>

#include "common/err.h"

struct ocr_monitor;

#define OCR_REPAIR_PARTS 40

struct ocr_repair_list {
	_Atomic(_Atomic uint64_t *) parts[OCR_REPAIR_PARTS];
	struct ocr_monitor *monitor; /* for making parts */
	_Atomic int has_failed;      /* what is waited for may never come */
};

int ocr_repair_list_init(struct ocr_repair_list *l, struct ocr_err *err);
void ocr_repair_list_release(struct ocr_repair_list *l); /* zeroed is fine */

/* Any thread.  After an error of one, others do not wait. */
int ocr_repair_list_write(struct ocr_repair_list *l, uint64_t item, uint32_t v,
    struct ocr_err *err);
/* Once: the item is empty afterwards, for the next run. */
int ocr_repair_list_read(struct ocr_repair_list *l, uint64_t item, uint32_t *v,
    struct ocr_err *err);

#endif
