/*
 * xclbin_desc.h - the language that describes kernels to ocr-mkxclbin
 *
 * Lines; ocr-mkxclbin(1) explains them:
 *	# comment
 *	object vadd.so                  relative to the description
 *	bank DDR[0] 2G
 *	kernel void vadd(const uint32_t *a, uint32_t *out, int n)
 *	units 2 | units NAME... | unit NAME [bank TAG]
 *	connect ARG... TAG
 *	register ARG...
 *	chain
 * The last four say more of the kernel above them.
 */
#ifndef OCR_XCLBIN_DESC_H
#define OCR_XCLBIN_DESC_H

#include <stddef.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

/* Read a file into m; m->object becomes a path that can be opened.
 * -OCR_EFORMAT "x.desc:3: why"; m is zeroed when it fails. */
int ocr_xclbin_desc_read(struct ocr_xmodel *m, const char *path,
    struct ocr_err *err);

/* The same from text, called label in messages; m->object is as written. */
int ocr_xclbin_desc_parse(struct ocr_xmodel *m, const char *text, size_t len,
    const char *label, struct ocr_err *err);

#endif
