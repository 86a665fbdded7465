/*
 * ocr-pagerank - how much each vertex matters
 */
#include "config.h"

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/pagerank_main.h"

int
main(int argc, char **argv)
{
	struct ocr_pagerank_main_opt opt;
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status = 0;

	ocr_cleanup_install();
	ocr_pagerank_main_init(&opt);
	i = ocr_opt_parse(&ocr_pagerank_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i >= 0)
		status = ocr_pagerank_main(&opt, argv + i, (size_t)(argc - i),
		    &ui, &shared, &err);
	ocr_pagerank_main_release(&opt);
	return i < 0 ? status : ocr_opt_exit(&ui, &err, status);
}
