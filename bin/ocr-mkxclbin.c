/*
 * ocr-mkxclbin - an xclbin for the softcard from a description of kernels
 */
#include "config.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/mkxclbin.h"

enum { KEY_MODE = OCR_OPT_LONG, KEY_UNITS };

static const struct ocr_opt opts[] = {
    {KEY_MODE, "mode", "sw_emu", "what runs it: software emulation only"},
    {'o', "output", "FILE",
	"write to FILE instead of DESCRIPTION's name with .xclbin"},
    {KEY_UNITS, "units", "KERNEL=N", "N compute units of KERNEL"},
    {0, NULL, NULL, NULL},
};

static int
set(void *ctx, int key, const char *arg, struct ocr_err *err)
{
	struct ocr_mkxclbin_opt *o = ctx;

	switch (key) {
	case 'o':
		o->path = arg;
		break;
	case KEY_UNITS:
		return ocr_mkxclbin_add_units(o, arg, err);
	case KEY_MODE:
		if (strcmp(arg, "sw_emu") != 0)
			return ocr_err_set(err, -OCR_EUSAGE,
			    "--mode: '%s' is not sw_emu", arg);
		break;
	}
	return 0;
}

static const struct ocr_tool tool = {
    .name = "ocr-mkxclbin",
    .usage = "[-qv] [-o FILE] [--mode=sw_emu] [--units=KERNEL=N] DESCRIPTION",
    .about = "Make an xclbin file that ocr-softcard runs from a description "
	     "of kernels and their shared object.",
    .opts = opts,
    .set = set,
};

int
main(int argc, char **argv)
{
	struct ocr_mkxclbin_opt opt = {0};
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status = 0;

	ocr_cleanup_install();
	i = ocr_opt_parse(&tool, &opt, &ui, &shared, argc, argv, &status);
	if (i < 0)
		return status;
	if (argc - i != 1) {
		(void)ocr_err_set(&err, -OCR_EUSAGE,
		    argc == i ? "no description" : "more than one description");
		return ocr_opt_exit(&ui, &err, 0);
	}
	opt.description = argv[i];
	(void)ocr_mkxclbin_run(&opt, &err);
	return ocr_opt_exit(&ui, &err, 0);
}
