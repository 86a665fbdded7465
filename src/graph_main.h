/*
 * graph_main.h - ocr-graph as a function
 */
#ifndef OCR_GRAPH_MAIN_H
#define OCR_GRAPH_MAIN_H

#include "common/opt.h"
#include "src/graph_opt.h"

enum ocr_graph_to { OCR_GRAPH_TO_OCRG = 0, OCR_GRAPH_TO_EL };

struct ocr_graph_main_opt {
	struct ocr_graph_in in;
	bool is_shown;
	bool has_to;
	enum ocr_graph_to to;
};

/* For bin: options, with a struct ocr_graph_main_opt as their context. */
extern const struct ocr_tool ocr_graph_tool;

void ocr_graph_main_init(struct ocr_graph_main_opt *o);

/* Returns the exit status. */
int ocr_graph_main(struct ocr_graph_main_opt *o, char **paths, size_t n_paths,
    struct ocr_ui *ui, const struct ocr_shared_opt *shared,
    struct ocr_err *err);

#endif
