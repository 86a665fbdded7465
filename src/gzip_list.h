/*
 * gzip_list.h - ocr-compress -l: what gzip files hold, as a table
 *
 * The lengths are always right, also beyond 4 GiB and for several members
 * (a trailer has 32 bits, and only for its own member).  In order of cost:
 *   format members and BGZF  from header to header, by their size fields
 *   our single member        the trailer, completed by counting the markers
 *                            between chunks; the file is read, not inflated
 *   anything else, and whatever turns out odd on these ways: inflated
 * The CRC of -v is that of all uncompressed bytes.  One thread.
 */
#ifndef OCR_GZIP_LIST_H
#define OCR_GZIP_LIST_H

#include "common/err.h"
#include "common/ui.h"
#include "src/inputs.h"

/*
 * Print a line for each input, with gzip's columns, and totals if there are
 * several; -v (ui) adds method, CRC and time, -q leaves the headings out.
 * Inputs that fail are reported and counted in *n_failed.  Negative: stdout
 * cannot be written.
 */
int ocr_gzip_list(struct ocr_inputs *in, struct ocr_ui *ui, unsigned *n_failed,
    struct ocr_err *err);

#endif
