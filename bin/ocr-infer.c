/*
 * ocr-infer - classify images: a label for each that flows by
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/infer.h"

int
main(int argc, char **argv)
{
	struct ocr_infer_opt opt;
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status;

	ocr_cleanup_install();
	ocr_infer_opt_init(&opt);
	i = ocr_opt_parse(&ocr_infer_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	status = ocr_infer_main(&opt, argv + i, (size_t)(argc - i), &ui,
	    &shared, &err);
	return ocr_opt_exit(&ui, &err, status);
}
