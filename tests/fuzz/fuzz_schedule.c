/*
 * fuzz_schedule.c - texts of schedules, and of what ocr-sim simulates
 *
 * Any text parses into numbers within limits, or is a usage error.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/schedule.h"
#include "src/sim_setup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
demand(int held)
{
	if (!held)
		abort();
}

static void
check_setup(const char *text, const struct ocr_sim_costs *costs)
{
	struct ocr_sim_setup s;
	struct ocr_err err = {0};
	int r = ocr_sim_setup_parse(&s, text, costs, &err);

	demand((r < 0) == (err.code != 0));
	if (r < 0)
		return;
	demand(s.n_workers > 0 && s.n_workers <= OCR_SIM_MAX_WORKERS);
	for (size_t i = 0; i < s.n_workers; i++)
		demand(s.workers[i].rate > 0 && s.workers[i].align > 0);
	ocr_sim_setup_release(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Of that size exactly, so that a byte too far is seen. */
	char *text = malloc(len + 1);
	struct ocr_sim_costs costs = ocr_sim_costs_default();
	struct ocr_schedule s;
	struct ocr_err err = {0};
	int r;

	demand(text != NULL);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	r = ocr_schedule_parse(text, &s, &err);
	demand(r == 0 || (r == -OCR_EUSAGE && err.code == r));
	demand(r < 0 || (s.ratio > 0 && ocr_schedule_name(&s) != NULL));
	err = (struct ocr_err){0};
	r = ocr_sim_costs_parse(&costs, text, &err);
	demand((r < 0) == (err.code != 0));
	check_setup(text, &costs);
	costs = ocr_sim_costs_default();
	check_setup(text, &costs);
	free(text);
	return 0;
}
