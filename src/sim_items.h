/*
 * sim_items.h - what items cost, as believed and truly; for sim_*
 */
#ifndef OCR_SIM_ITEMS_H
#define OCR_SIM_ITEMS_H

#include "common/err.h"
#include "common/weights.h"
#include "src/sim.h"

/*
 * Fill in p->rows from p->rows.work and n, and p->pieces from that.
 * -OCR_ENOMEM, -OCR_ELIMIT.
 */
int ocr_sim_items_make(struct ocr_sim_profile *p, double sigma, uint64_t seed,
    struct ocr_err *err);
void ocr_sim_items_release(struct ocr_sim_items *m);

/* True work of items [0, i). */
double ocr_sim_items_before(const struct ocr_sim_items *m, double item_work,
    uint64_t i);
/* The item of [lo, hi] that is being worked on when `work` of true work is done
 * from item 0 on; hi: all are done. */
uint64_t ocr_sim_items_at(const struct ocr_sim_items *m, double item_work,
    double work, uint64_t lo, uint64_t hi);

/* What a policy gets; refers to m. */
struct ocr_weights ocr_sim_items_weights(const struct ocr_sim_items *m,
    double item_work, enum ocr_weights_trust trust);

#endif
