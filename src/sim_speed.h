/*
 * sim_speed.h - speeds that wander, and workers that stall; for sim_*
 *
 * A worker's speed is its rate times a factor that changes every period and is a
 * hash of worker and period.  What it could have done since 0, in ns at its
 * rate, is kept for each period as far as anybody asked.
 */
#ifndef OCR_SIM_SPEED_H
#define OCR_SIM_SPEED_H

#include "src/sim.h"

struct ocr_sim_speed {
	double *sums; /* before each period */
	size_t n, cap;
	bool is_short; /* no memory: from there on the factor is 1 */
};

/* Of worker k: ns at its rate in [0, t_ns). */
double ocr_sim_speed_sum(struct ocr_sim_speed *w, const struct ocr_sim_setup *s,
    size_t k, double t_ns);
/* When that many are reached. */
double ocr_sim_speed_when(struct ocr_sim_speed *w,
    const struct ocr_sim_setup *s, size_t k, double sum);

#endif
