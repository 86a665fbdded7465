/*
 * xclbin_proto.h - C prototypes of kernels; for xclbin_desc.c
 */
#ifndef OCR_XCLBIN_PROTO_H
#define OCR_XCLBIN_PROTO_H

#include <stddef.h>

#include "common/err.h"
#include "src/xclbin_kernel.h"

/* Where a parser is in a text that is not terminated. */
struct ocr_xtext {
	const char *at, *end;
	unsigned line; /* from 1 */
};

/* Past blanks, line ends and comments: # and // to the end of the line, and C's
 * own. */
void ocr_xtext_skip(struct ocr_xtext *t);

/*
 * Read "void vadd(const int *a, int n)" and a semicolon, if there is one, into
 * k, which is empty; t moves behind it.  The offsets are not set.  -OCR_EFORMAT
 * "why", for what stands at t.
 */
int ocr_xproto_parse(struct ocr_xkernel *k, struct ocr_xtext *t,
    struct ocr_err *err);

#endif
