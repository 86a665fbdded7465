/*
 * ocr-sim - schedules compared on threads and cards that are simulated
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/sim_main.h"

int
main(int argc, char **argv)
{
	struct ocr_sim_opt opt = {.seed = 1};
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status = 0;

	ocr_cleanup_install();
	opt.costs = ocr_sim_costs_default();
	i = ocr_opt_parse(&ocr_sim_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	if (i < argc) {
		(void)ocr_err_set(&err, -OCR_EUSAGE,
		    "'%s': there are no operands; --work says what to do",
		    argv[i]);
		return ocr_opt_exit(&ui, &err, 0);
	}
	(void)ocr_sim_main(&opt, &err);
	return ocr_opt_exit(&ui, &err, 0);
}
