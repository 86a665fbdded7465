/*
 * sssp_main.h - ocr-sssp as a function
 */
#ifndef OCR_SSSP_MAIN_H
#define OCR_SSSP_MAIN_H

#include "common/opt.h"
#include "src/search_opt.h"

struct ocr_sssp_main_opt {
	struct ocr_search_opt search;
	double delta; /* 0: by the graph */
};

/* For bin: options, with a struct ocr_sssp_main_opt as their context. */
extern const struct ocr_tool ocr_sssp_tool;

void ocr_sssp_main_init(struct ocr_sssp_main_opt *o);
void ocr_sssp_main_release(struct ocr_sssp_main_opt *o);

/* Returns the exit status. */
int ocr_sssp_main(struct ocr_sssp_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
