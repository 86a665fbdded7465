/*
 * range_manage.h - cards of a round and the thread that looks after them; for
 * range_manage.c and range_card.c only
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

#endif
