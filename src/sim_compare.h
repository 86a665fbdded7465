/*
 * sim_compare.h - what came of each schedule: a row; of each work: a block
 */
#ifndef OCR_SIM_COMPARE_H
#define OCR_SIM_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/trace.h"
#include "src/sim.h"
#include "src/sim_case.h"

struct ocr_sim_row {
	struct ocr_sim_try best; /* of ... */
	size_t n_tries;
	double lambda; /* over all workers, those left alone too */
	double makespan_ns;
	double card_chunk; /* 0: none */
	uint64_t n_steals, n_by_card, n_from_card, n_aborted, n_duplicated;
};

/* All rows of a work; rows[i] is of cases->list[i]. */
struct ocr_sim_block {
	char work[64];
	size_t n_threads, n_cards;
	uint64_t n_items, n_edges;
	double bound_ns;  /* no schedule can beat it */
	double static_ns; /* makespan of static, which speed-ups refer to */
	size_t n_rows;
	struct ocr_sim_row rows[OCR_SIM_MAX_CASES];
};

/* One case; its best setting.  n_threads of the set-up's workers come first and
 * are threads. */
int ocr_sim_compare_one(const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_case *c,
    struct ocr_trace *trace, struct ocr_sim_row *row, struct ocr_err *err);

int ocr_sim_compare(const struct ocr_sim_profile *p,
    const struct ocr_sim_setup *s, const struct ocr_sim_cases *cases,
    struct ocr_trace *trace, struct ocr_sim_block *b, struct ocr_err *err);

size_t ocr_sim_n_threads(const struct ocr_sim_setup *s);

/* static's makespan / the row's; the row's / the bound. */
double ocr_sim_speedup(const struct ocr_sim_block *b, size_t row);
double ocr_sim_bound_ratio(const struct ocr_sim_block *b, size_t row);

#endif
