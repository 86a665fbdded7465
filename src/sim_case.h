/*
 * sim_case.h - the schedules that ocr-sim compares
 *
 * A case is a text of --schedule: one for ocr_schedule_parse(), or KIND:best
 * where KIND is dynamic, hap or hws-paper: the setting that does this very work
 * best, found by trying many.  A rival is not to lose by its setting.
 */
#ifndef OCR_SIM_CASE_H
#define OCR_SIM_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/schedule.h"

#define OCR_SIM_MAX_CASES 32
#define OCR_SIM_MAX_TRIES 256

struct ocr_sim_case {
	char text[64]; /* as it was asked for */
	char name[64]; /* the same without :best */
	bool is_best;
	bool is_informed; /* a rival that knows what hws knows, or hws's own
			   * first split alone */
	struct ocr_schedule schedule;
};

struct ocr_sim_cases {
	size_t n;
	struct ocr_sim_case list[OCR_SIM_MAX_CASES];
};

/* One setting of a case. */
struct ocr_sim_try {
	struct ocr_schedule schedule;
	bool has_no_cards; /* they are left alone */
};

/* What a case has to do with. */
struct ocr_sim_size {
	uint64_t n; /* items */
	size_t n_threads, n_cards;
};

/* Add one text; "all" adds the ten that --help names.  -OCR_EUSAGE. */
int ocr_sim_cases_add(struct ocr_sim_cases *cases, const char *text,
    struct ocr_err *err);

/* The settings to try, at least one; returns how many. */
size_t ocr_sim_case_tries(const struct ocr_sim_case *c,
    const struct ocr_sim_size *size,
    struct ocr_sim_try tries[OCR_SIM_MAX_TRIES]);

/* "dynamic:256/8192,weights": what a setting of a case is called. */
void ocr_sim_case_setting(const struct ocr_sim_case *c,
    const struct ocr_sim_try *t, char text[96]);

#endif
