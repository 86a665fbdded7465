/*
 * ocr-split - cut files, lines, records or archives into a chunk stream
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/split.h"

int
main(int argc, char **argv)
{
	struct ocr_split_opt opt = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_meter meter = {0};
	struct ocr_ui ui = {0};
	struct ocr_err err = {0};
	int i, r, status;

	ocr_cleanup_install();
	i = ocr_opt_parse(&ocr_split_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	opt.paths = argv + i;
	opt.n_paths = (size_t)(argc - i);
	meter.has_stats = shared.has_stats;
	meter.stats_path = shared.stats_path;
	ocr_meter_start(&meter, &ui, shared.progress);
	r = ocr_split_run(&opt, &ui, &meter, &err);
	status = ocr_err_exit_status(r);
	if (ocr_meter_finish(&meter, NULL, status, &err) < 0 && status == 0)
		status = 1;
	return ocr_opt_exit(&ui, &err, status);
}
