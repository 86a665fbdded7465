/*
 * split.h - bytes in, chunk stream out: ocr-split as a function
 */
#ifndef OCR_SPLIT_H
#define OCR_SPLIT_H

#include "common/err.h"
#include "common/meter.h"
#include "common/ui.h"
#include "src/split_opt.h"

/*
 * Do it.  Inputs that fail are reported to ui one by one and become error
 * chunks; the others go on, and in the end -OCR_EFORMAT is returned with err
 * untouched.  An output file is given up on any failure.
 * -OCR_EUSAGE where options contradict each other or the output is a terminal.
 * meter->out_bytes is set.
 */
int ocr_split_run(const struct ocr_split_opt *opt, struct ocr_ui *ui,
    struct ocr_meter *meter, struct ocr_err *err);

#endif
