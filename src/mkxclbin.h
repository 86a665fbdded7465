/*
 * mkxclbin.h - ocr-mkxclbin as a function: a description in, an xclbin out
 */
#ifndef OCR_MKXCLBIN_H
#define OCR_MKXCLBIN_H

#include <stddef.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

struct ocr_mkxclbin_opt {
	const char *description;
	const char *path; /* NULL: the description's name with .xclbin */
	const char *units[OCR_XMODEL_MAX_UNITS]; /* "KERNEL=N" */
	size_t n_units;
};

/* One more "KERNEL=N"; -OCR_EUSAGE. */
int ocr_mkxclbin_add_units(struct ocr_mkxclbin_opt *o, const char *arg,
    struct ocr_err *err);

/* Read the description, write the file, replacing an old one as a compiler
 * does. */
int ocr_mkxclbin_run(const struct ocr_mkxclbin_opt *o, struct ocr_err *err);

#endif
