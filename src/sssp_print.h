/*
 * sssp_print.h - distances, as text or arrays; for sssp_main.c
 */
#ifndef OCR_SSSP_PRINT_H
#define OCR_SSSP_PRINT_H

#include "src/graph_names.h"
#include "src/graph_run.h"
#include "src/search_opt.h"
#include "src/sssp.h"

struct ocr_sssp_found {
	struct ocr_names names;
	enum ocr_form form; /* not JSON */
	bool has_source;    /* lines begin with the source */
	uint32_t source;
	const struct ocr_distances *distances;
};

int ocr_sssp_print(const struct ocr_sssp_found *f, struct ocr_graph_run *r,
    struct ocr_err *err);

#endif
