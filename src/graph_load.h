/*
 * graph_load.h - what a user names, as a graph: files or a generator
 */
#ifndef OCR_GRAPH_LOAD_H
#define OCR_GRAPH_LOAD_H

#include <stddef.h>

#include "common/ui.h"
#include "src/graph.h"
#include "src/graph_opt.h"

/* Weights, unless --weights says which. */
enum ocr_keep_weights { OCR_DROP_WEIGHTS = 0, OCR_KEEP_WEIGHTS };

/* Usage that can be told without reading anything; n_paths 0: a generator, or
 * standard input. */
int ocr_graph_load_check(const struct ocr_graph_in *in, size_t n_paths,
    struct ocr_err *err);

/* Several paths: one graph of all their edges. */
int ocr_graph_load(struct ocr_graph **out, const struct ocr_graph_in *in,
    enum ocr_keep_weights keep, char **paths, size_t n_paths,
    struct ocr_crew *crew, struct ocr_ui *ui, struct ocr_err *err);

#endif
