/*
 * devices.h - ocr-devices as a function: what there is, and whether it works
 */
#ifndef OCR_DEVICES_H
#define OCR_DEVICES_H

#include <stdbool.h>

#include "common/err.h"
#include "common/host_opt.h"
#include "common/ui.h"

struct ocr_devices_opt {
	const char *devices; /* -D; NULL: $OCR_DEVICES, or auto */
	const char *xclbins; /* --xclbin; NULL: $OCR_XCLBIN */
	bool is_json;
	bool is_test;             /* run kernels */
	bool is_certify;          /* and write all of it for others */
	struct ocr_host_opt host; /* hosts: what these have instead */
};

/*
 * Write the list to standard output.  With xclbins and no test it is about
 * these files, and no card is asked.  Returns the exit status: 1 if something
 * that is listed does not work, which has been said, 3 if there are hosts and none
 * can be reached.  Before the first thread.
 */
int ocr_devices_main(const struct ocr_devices_opt *opt, struct ocr_ui *ui,
    struct ocr_err *err);

#endif
