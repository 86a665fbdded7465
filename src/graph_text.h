/*
 * graph_text.h - text formats with parts of any size; for tests
 *
 * graph_open.h's openers are these with OCR_LINES_PART_BYTES.
 */
#ifndef OCR_GRAPH_TEXT_H
#define OCR_GRAPH_TEXT_H

#include "src/graph_open.h"

int ocr_graph_text_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format, size_t part_bytes,
    struct ocr_err *err);
int ocr_graph_mtx_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err);
int ocr_graph_dimacs_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err);

/* The files beside a .e file: l->extra, and what says whether it is directed.
 * For graph_text.c; in graph_ldbc.c. */
struct ocr_graph_lines;
int ocr_graph_ldbc_beside(struct ocr_graph_lines *l, struct ocr_err *err);
/* Does it begin with a line of KONECT's? */
bool ocr_graph_konect_is(const struct ocr_input_map *in);
/* Is NAME x.e (or x.e.gz), with x.v (or x.v.gz) beside it? */
bool ocr_graph_ldbc_is(const char *name);

#endif
