/*
 * range_manage.h - cards of a round and the thread that looks after them; for
 * range_manage.c, range_card.c and range_collect.c only
 */
#ifndef OCR_RANGE_MANAGE_H
#define OCR_RANGE_MANAGE_H

#include "common/range_loop.h"

struct ocr_range_manager {
	struct ocr_range_loop *l;
	size_t n_running;
	bool is_over; /* has been told */
	bool is_recalled;
};

/* Seat k gets a job.  Its lock is held, and a token; both go with the job. */
void ocr_range_launch(struct ocr_range_manager *m, size_t k,
    struct ocr_range items);
/* Its job is back; its lock is held. */
void ocr_range_come_back(struct ocr_range_manager *m, struct ocr_range_seat *s,
    size_t k);
/* Whatever there is for a card that is idle; true: it runs again, with a token
 * of its own. */
bool ocr_range_look(struct ocr_range_manager *m, struct ocr_range_seat *s,
    size_t k);
/* It found nothing, or has nothing at first: when it is to look again. */
void ocr_range_rest(struct ocr_range_manager *m, struct ocr_range_seat *s);

/* Not used any more, after a job that failed; said once. */
void ocr_range_retire(struct ocr_range_loop *l, const struct ocr_job *job);
/* What has become of an attempt to open a card. */
void ocr_range_take_ready(struct ocr_range_loop *l,
    const struct ocr_job *ready);

#endif
