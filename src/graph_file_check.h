/*
 * graph_file_check.h - is what is in an .ocrg file a graph?  For graph_file.c
 */
#ifndef OCR_GRAPH_FILE_CHECK_H
#define OCR_GRAPH_FILE_CHECK_H

#include "src/dist.h"
#include "src/graph_crew.h"
#include "src/graph_file_layout.h"

/* data: the file; h: its header, which is good; g: its parts, as they lie there.
 * dist NULL: all of it.  Else each rank checks what it will use, and all of it is
 * checked by somebody. */
int ocr_file_check(const struct ocr_graph *g, const uint8_t *data,
    const char *name, const struct ocr_file_header *h, struct ocr_dist *dist,
    struct ocr_crew *crew, struct ocr_err *err);

int ocr_file_damaged(const char *name, const char *what, struct ocr_err *err);

#endif
