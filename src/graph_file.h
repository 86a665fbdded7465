/*
 * graph_file.h - graphs as .ocrg files, mapped: ocr-graph(5)
 */
#ifndef OCR_GRAPH_FILE_H
#define OCR_GRAPH_FILE_H

#include <stdbool.h>

#include "src/dist.h"
#include "src/graph.h"
#include "src/graph_crew.h"
#include "src/input_map.h"

/* Does it begin like one? */
bool ocr_graph_file_is(const void *data, size_t len);

/* Write g to fd, at its position, in order (fd may be a pipe). */
int ocr_graph_file_write(const struct ocr_graph *g, int fd, const char *name,
    struct ocr_crew *crew, struct ocr_err *err);

/* Checksums and bounds are checked, so that no file can make a program read
 * beyond it; in is taken over when this succeeds. */
int ocr_graph_file_map(struct ocr_graph **out, struct ocr_input_map *in,
    struct ocr_crew *crew, struct ocr_err *err);

/* The same by all ranks together: each reads and checks a part of the file, and
 * believes the others about theirs. */
int ocr_graph_file_map_share(struct ocr_graph **out, struct ocr_input_map *in,
    struct ocr_crew *crew, struct ocr_dist *dist, struct ocr_err *err);

/* HEADER: the rest is believed, and not read.  For tests of files that are
 * larger than memory. */
enum ocr_graph_check { OCR_CHECK_ALL = 0, OCR_CHECK_HEADER };
int ocr_graph_file_map_as(struct ocr_graph **out, struct ocr_input_map *in,
    enum ocr_graph_check check, struct ocr_crew *crew, struct ocr_err *err);

#endif
