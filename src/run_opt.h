/*
 * run_opt.h - the command line of ocr-run
 */
#ifndef OCR_RUN_OPT_H
#define OCR_RUN_OPT_H

#include "common/opt.h"
#include "src/run.h"

/* What bin parses with; ctx is a struct ocr_run_opt. */
extern const struct ocr_tool ocr_run_tool;

void ocr_run_opt_init(struct ocr_run_opt *o);

#endif
