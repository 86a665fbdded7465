/*
 * compress_opt.h - the options of ocr-compress
 */
#ifndef OCR_COMPRESS_OPT_H
#define OCR_COMPRESS_OPT_H

#include "common/opt.h"
#include "src/compress.h"

/* The table for ocr_opt_parse(); its ctx is a struct ocr_compress_opt. */
extern const struct ocr_tool ocr_compress_tool;

/* Defaults; the first thing to do with such a struct. */
void ocr_compress_opt_init(struct ocr_compress_opt *o);

#endif
