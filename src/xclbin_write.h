/*
 * xclbin_write.h - an xclbin file for software emulation
 *
 * What ocr-mkxclbin and ocr-softcard make of a description: the kernels'
 * shared object as BITSTREAM, and the sections without which XRT finds no
 * compute unit.  It runs on the softcard, never on a card.
 */
#ifndef OCR_XCLBIN_WRITE_H
#define OCR_XCLBIN_WRITE_H

#include "common/err.h"
#include "common/output.h"
#include "src/xclbin_kernel.h"

/*
 * Write m, on which ocr_xmodel_finish() was called, and the shared object
 * m->object to the file path (NULL or "-": standard output).  -OCR_EFORMAT "x.so: not a shared object".
 */
int ocr_xclbin_write(const struct ocr_xmodel *m, const char *path,
    enum ocr_output_exists exists, struct ocr_err *err);

#endif
