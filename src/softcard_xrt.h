/*
 * softcard_xrt.h - a private library directory of the installed XRT
 *
 * XRT loads the library for software emulation from $XILINX_XRT/lib.  Debian
 * installs it elsewhere, and with faults (softcard_correct.h).  So a run has a
 * directory of links to the installed libraries, with a copy of that one in
 * which they are corrected.  Where none is found the library is right, or not
 * known: it is linked to as it is.
 */
#ifndef OCR_SOFTCARD_XRT_H
#define OCR_SOFTCARD_XRT_H

#include <stdbool.h>

#include "common/err.h"
#include "src/softcard_dir.h"

/* The directory with XRT's libraries, to be freed: $XILINX_XRT/lib (xilinx_xrt
 * may be NULL), where Debian has them, /opt/xilinx/xrt/lib.  NULL with err
 * set to -OCR_EIO: there is none. */
char *ocr_softcard_xrt_find(const char *xilinx_xrt, struct ocr_err *err);
/* Does the dynamic linker look there by itself? */
bool ocr_softcard_xrt_is_system(const char *libs);

/*
 * Make 'name' (a directory below d, which is there) lead to the libraries in
 * libs.  Returns what was corrected, OCR_SOFTCARD_CORRECT_* or 0.
 */
int ocr_softcard_xrt_make(const struct ocr_softcard_dir *d, const char *name,
    const char *libs, struct ocr_err *err);

#endif
