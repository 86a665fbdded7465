/*
 * sim_figures.h - what ocr-sim found, as one SVG of several panels
 *
 * The panels are those of the figures of ICPP 2020, doi
 * 10.1145/3404397.3404433, with makespan / bound beside lambda: work by work
 * lambda, makespan / bound, speed-up over static, steals, the average chunk of
 * a card; then, for the first work, throughput by threads and by cards.
 */
#ifndef OCR_SIM_FIGURES_H
#define OCR_SIM_FIGURES_H

#include <stdio.h>

#include "common/err.h"
#include "src/sim_compare.h"

#define OCR_SIM_MAX_POINTS 12

/* Throughput of each case with so many threads, or so many cards. */
struct ocr_sim_scaling {
	size_t n;
	double counts[OCR_SIM_MAX_POINTS];
	double bounds[OCR_SIM_MAX_POINTS]; /* edges per ns */
	double rates[OCR_SIM_MAX_CASES * OCR_SIM_MAX_POINTS];
};

struct ocr_sim_figures {
	char work[64];
	struct ocr_sim_scaling threads, cards;
};

/* Run what the last two panels need.  Cards are like the first one of s, or, if
 * it has none, like `card`. */
int ocr_sim_figures_run(struct ocr_sim_figures *g,
    const struct ocr_sim_profile *p, const struct ocr_sim_setup *s,
    const struct ocr_sim_worker *card, const struct ocr_sim_cases *cases,
    struct ocr_err *err);

int ocr_sim_figures_write(FILE *f, const struct ocr_sim_figures *g,
    const struct ocr_sim_cases *cases, const struct ocr_sim_block *blocks,
    size_t n_blocks, const char *workers, struct ocr_err *err);

#endif
