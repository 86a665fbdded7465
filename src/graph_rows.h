/*
 * graph_rows.h - formats that list rows, with parts of any size; for tests
 *
 * graph_open.h's openers are these with parts of their own choice.  Sizes are
 * at least 1: bytes of text, or arcs.
 */
#ifndef OCR_GRAPH_ROWS_H
#define OCR_GRAPH_ROWS_H

#include "src/graph_open.h"

int ocr_graph_metis_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err);
int ocr_graph_ligra_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, uint64_t part_arcs, struct ocr_err *err);
int ocr_graph_gapbs_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format, uint64_t part_arcs,
    struct ocr_err *err);
int ocr_graph_graph500_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, uint64_t part_arcs, struct ocr_err *err);

#endif
