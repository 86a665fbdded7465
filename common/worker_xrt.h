/*
 * worker_xrt.h - a compute unit of a card as a worker
 */
#ifndef OCR_WORKER_XRT_H
#define OCR_WORKER_XRT_H

#include "common/cardset.h"
#include "common/job.h"

/* A closed worker for that unit; unit and watch must outlive it; opt is
 * copied. */
int ocr_worker_xrt_init(struct ocr_worker *w, const struct ocr_card_unit *unit,
    struct ocr_watch *watch, const struct ocr_team_opt *opt,
    struct ocr_err *err);
void ocr_worker_xrt_release(struct ocr_worker *w);

#endif
