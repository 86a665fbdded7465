/*
 * ocr-run - map chunks through a kernel of the user's
 */
#include "config.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/run.h"
#include "src/run_opt.h"

/* Where "--" is, or argc. */
static int
find_dashes(int argc, char **argv)
{
	int i = 1;

	while (i < argc && strcmp(argv[i], "--") != 0)
		i++;
	return i;
}

int
main(int argc, char **argv)
{
	struct ocr_run_opt opt;
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status, end = find_dashes(argc, argv);

	ocr_cleanup_install();
	ocr_run_opt_init(&opt);
	i = ocr_opt_parse(&ocr_run_tool, &opt, &ui, &shared, end, argv,
	    &status);
	if (i < 0)
		return status;
	if (end < argc && ocr_run_needs_command(&opt)) {
		opt.command = argv + end + 1;
		argc = end;
	} else if (end < argc) {
		/* The usual meaning: only FILEs follow. */
		memmove(argv + end, argv + end + 1,
		    (size_t)(argc - end) * sizeof(*argv));
		argc--;
	}
	status = ocr_run_main(&opt, argv + i, (size_t)(argc - i), &ui, &shared,
	    &err);
	return ocr_opt_exit(&ui, &err, status);
}
