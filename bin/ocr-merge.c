/*
 * ocr-merge - chunk streams in, one file out
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/merge.h"

enum { KEY_KEEP_PARTIAL = OCR_OPT_LONG, KEY_MEMORY, KEY_TO };

static const struct ocr_opt opts[] = {
    {'f', "force", NULL, "replace FILE, write to a terminal"},
    {KEY_KEEP_PARTIAL, "keep-partial", NULL,
	"keep an output that is not complete"},
    {KEY_MEMORY, "memory", "SIZE", "for chunks that come early (default 256M)"},
    {'o', "output", "FILE", "write to FILE instead of standard output"},
    {KEY_TO, "to", "tar|zip", "write an archive of the sources"},
    {0, NULL, NULL, NULL},
};

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_merge_opt *o = ctx;

	switch (key) {
	case 'f':
		o->is_forced = true;
		break;
	case 'o':
		o->path = arg;
		break;
	case KEY_KEEP_PARTIAL:
		o->is_partial_kept = true;
		break;
	case KEY_MEMORY:
		return ocr_opt_size("--memory", arg, &o->memory_bytes, err);
	case KEY_TO:
		if (strcmp(arg, "tar") == 0)
			o->to = OCR_TO_TAR;
		else if (strcmp(arg, "zip") == 0)
			o->to = OCR_TO_ZIP;
		else
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--to: '%s' is not tar or zip", arg);
		break;
	}
	return 0;
}

static const struct ocr_tool tool = {
    .name = "ocr-merge",
    .usage = "[-fqv] [-o FILE] [--keep-partial] [--memory=SIZE] "
	     "[--to=tar|zip] [FILE...]",
    .about = "Put the chunks of a stream in order, check them, and join them "
	     "to a file.",
    .opts = opts,
    .set = set,
};

int
main(int argc, char **argv)
{
	struct ocr_merge_opt opt = {.memory_bytes = OCR_MERGE_MEMORY_BYTES};
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status;

	ocr_cleanup_install();
	i = ocr_opt_parse(&tool, &opt, &ui, &shared, argc, argv, &status);
	if (i < 0)
		return status;
	opt.temp_dir = getenv("TMPDIR");
	if (opt.temp_dir == NULL || *opt.temp_dir == '\0')
		opt.temp_dir = "/tmp";
	status = ocr_merge_main(&opt, argv + i, (size_t)(argc - i), &ui,
	    &shared, &err);
	return ocr_opt_exit(&ui, &err, status);
}
