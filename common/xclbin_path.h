/*
 * xclbin_path.h - the files of a search path, $OCR_XCLBIN or --xclbin
 */
#ifndef OCR_XCLBIN_PATH_H
#define OCR_XCLBIN_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/device.h"
#include "common/err.h"
#include "common/ui.h"
#include "common/xclbin.h"

/* Starts zeroed. */
struct ocr_xclbin_path {
	struct ocr_xclbin *files;
	char **paths; /* of files */
	size_t n;
};

/*
 * Add what is in text: files and directories, whose *.xclbin count, in the
 * order of their names, with colons between them.  A file that is no xclbin is
 * a warning.  -OCR_EIO for a directory that cannot be read, -OCR_ENOMEM.
 */
int ocr_xclbin_path_add(struct ocr_xclbin_path *p, const char *text,
    struct ocr_ui *ui, struct ocr_err *err);
void ocr_xclbin_path_release(struct ocr_xclbin_path *p);

/* Can this card load that file?  Else why[n] says "is for emulation". */
bool ocr_xclbin_fits(const struct ocr_xclbin *x, const struct ocr_device *d,
    char *why, size_t n);

#endif
