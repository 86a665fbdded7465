/*
 * ocr-graph - graphs of many formats to one that is quickly there
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/graph_main.h"

int
main(int argc, char **argv)
{
	struct ocr_graph_main_opt opt;
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status = 0;

	ocr_cleanup_install();
	ocr_graph_main_init(&opt);
	i = ocr_opt_parse(&ocr_graph_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	status = ocr_graph_main(&opt, argv + i, (size_t)(argc - i), &ui,
	    &shared, &err);
	return ocr_opt_exit(&ui, &err, status);
}
