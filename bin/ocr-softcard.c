/*
 * ocr-softcard - run a command with invented FPGA cards
 *
 * XRT starts the same program, under another name, as the process that is the
 * card.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/cleanup.h"
#include "common/opt.h"
#include "src/softcard_device.h"
#include "src/softcard_run.h"

static bool
is_device(const char *name)
{
	const char *slash = name == NULL ? NULL : strrchr(name, '/');

	return slash != NULL && strcmp(slash + 1, OCR_SOFTCARD_DEVICE) == 0;
}

static int
run_device(void)
{
	struct ocr_ui ui = {.tool = "ocr-softcard"};
	struct ocr_err err = {0};

	if (ocr_softcard_device_run(&err) == 0)
		return 0;
	ocr_ui_error(&ui, &err);
	return ocr_err_exit_status(err.code);
}

/* As COMMAND died, so do we; one core file of it is enough. */
static void
die_of(int sig)
{
	const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	ocr_cleanup_raise(sig);
}

int
main(int argc, char **argv)
{
	struct ocr_softcard_opt opt = {.n_cards = 1};
	struct ocr_ui ui = {0};
	struct ocr_shared_opt shared = {0};
	struct ocr_err err = {0};
	int i, status = 0, sig = 0;

	if (is_device(argv[0]))
		return run_device();
	ocr_cleanup_install();
	i = ocr_opt_parse(&ocr_softcard_tool, &opt, &ui, &shared, argc, argv,
	    &status);
	if (i < 0)
		return status;
	if (i == argc) {
		(void)ocr_err_set(&err, -OCR_EUSAGE, "no command");
		return ocr_opt_exit(&ui, &err, 0);
	}
	opt.command = argv + i;
	opt.temp_dir = getenv("TMPDIR");
	opt.xilinx_xrt = getenv("XILINX_XRT");
	opt.ld_path = getenv("LD_LIBRARY_PATH");
	opt.lease_dir = getenv("OCR_LEASE_DIR");
	(void)ocr_softcard_run(&opt, &ui, &status, &sig, &err);
	if (sig != 0)
		die_of(sig);
	return ocr_opt_exit(&ui, &err, status);
}
