/*
 * bnn_pynq.h - parameter folders of BNN-PYNQ: cnvW1A1, lfcW1A1
 *
 * A folder holds the memories of the accelerator, a file for each processing
 * element: LAYER-PE-weights.bin and LAYER-PE-thres.bin, and classes.txt.
 */
#ifndef OCR_BNN_PYNQ_H
#define OCR_BNN_PYNQ_H

#include <stdbool.h>

#include "common/err.h"
#include "src/bnn_file.h"

/* Does it look like one? */
bool ocr_bnn_pynq_is(const char *folder);
/* m is zeroed. */
int ocr_bnn_pynq_read(struct ocr_bnn_model *m, const char *folder,
    struct ocr_err *err);

#endif
