/*
 * dist_load.h - a graph for several ranks
 *
 * An .ocrg file that is taken as it is: each rank maps it and checks its part.
 * Whatever else: each rank reads or makes all of it, for tests and small graphs.
 */
#ifndef OCR_DIST_LOAD_H
#define OCR_DIST_LOAD_H

#include "src/dist.h"
#include "src/graph_load.h"

/* Usage; as ocr_graph_load_check(). */
int ocr_dist_load_check(const struct ocr_graph_in *in, char **paths,
    size_t n_paths, struct ocr_err *err);

int ocr_dist_load(struct ocr_graph **out, const struct ocr_graph_in *in,
    char **paths, size_t n_paths, struct ocr_crew *crew, struct ocr_ui *ui,
    struct ocr_dist *dist, struct ocr_err *err);

#endif
