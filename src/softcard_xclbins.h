/*
 * softcard_xclbins.h - the xclbin files that a run of ocr-softcard offers
 */
#ifndef OCR_SOFTCARD_XCLBINS_H
#define OCR_SOFTCARD_XCLBINS_H

#include <stddef.h>

#include "common/err.h"
#include "src/softcard_dir.h"
#include "src/softcard_run.h"

/*
 * Check the files and make xclbins in d of the descriptions.  Descriptions of
 * one shared object become one xclbin, because a card holds one at a time.
 * Returns absolute names with colons between, for OCR_XCLBIN, to be freed;
 * NULL with err set.  program is the path of ocr-softcard: our kernels are
 * beside it in a build tree.  *n_units is how many units the file has that has
 * most.
 */
char *ocr_softcard_xclbins_make(const struct ocr_softcard_opt *o,
    const struct ocr_softcard_dir *d, const char *program, size_t *n_units,
    struct ocr_err *err);

#endif
