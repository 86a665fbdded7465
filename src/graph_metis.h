/*
 * graph_metis.h - a METIS file that is open; for graph_metis*.c only
 */
#ifndef OCR_GRAPH_METIS_H
#define OCR_GRAPH_METIS_H

#include "src/graph_batch.h"
#include "src/input_map.h"

struct ocr_metis_part {
	size_t at;    /* where a line begins */
	uint64_t row; /* from 0; the first one from there on */
};

struct ocr_metis {
	struct ocr_graph_source source;
	struct ocr_input_map in;
	struct ocr_mirror mirror; /* used if the source is both ways */
	uint64_t n, m;            /* as promised */
	uint64_t n_weights;       /* of a vertex */
	bool has_sizes, has_weights;
	uint64_t n_skip; /* words before a row's neighbours */
	size_t rows;     /* where they begin */
	/* source.n_parts, and one where they end */
	struct ocr_metis_part *parts;
};

/* Where the line ends: at '\n', or at the end of all. */
const uint8_t *ocr_metis_line_end(const uint8_t *at, const uint8_t *end);
/* "NAME: line N: WHY"; the line is that of `at`. */
int ocr_metis_wrong(const struct ocr_metis *g, const uint8_t *at,
    const char *why, struct ocr_err *err);

/* struct ocr_graph_source has what it does. */
int ocr_metis_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err);

/* The first line, the places of parts, and what the graph is. */
int ocr_metis_read(struct ocr_metis *g, size_t part_bytes, struct ocr_err *err);

#endif
