/*
 * infer_model.h - what ocr-infer does with a model alone: --convert, --show,
 * --sweep; and where the one is that comes with us
 */
#ifndef OCR_INFER_MODEL_H
#define OCR_INFER_MODEL_H

#include "src/infer.h"

/* Beside the program in a build tree, else where it was installed; to be
 * freed. */
int ocr_infer_find_model(char **path, struct ocr_err *err);

/* opt->task is not OCR_TASK_CLASSIFY; returns the exit status. */
int ocr_infer_model_task(const struct ocr_infer_opt *opt, char **paths,
    size_t n_paths, struct ocr_ui *ui, struct ocr_err *err);

#endif
