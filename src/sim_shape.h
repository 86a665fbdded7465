/*
 * sim_shape.h - degrees of graphs, and which rows are active; for sim_profile.c
 */
#ifndef OCR_SIM_SHAPE_H
#define OCR_SIM_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

enum ocr_sim_order {
	OCR_SIM_RANDOM,
	OCR_SIM_DEGREE, /* heaviest first */
	OCR_SIM_CRAWL,  /* degrees alike in a neighbourhood */
};

#define OCR_SIM_MAX_LEVELS 6
#define OCR_SIM_NO_LEVEL 255

struct ocr_sim_shape {
	uint64_t n;
	uint32_t *degrees;
	uint8_t *levels; /* of a breadth-first search; NULL: not known */
};

/* Graph500's Kronecker graph, or a uniform one: 2^scale vertices, 16 times as
 * many edges.  has_levels: search it.  Random or crawl (as generated). */
struct ocr_sim_graph {
	unsigned scale;
	bool is_uniform, has_levels, is_crawl;
	uint64_t seed;
};
/* Up to this scale the graph is made. */
#define OCR_SIM_GRAPH_SCALE 22
int ocr_sim_shape_graph(struct ocr_sim_shape *s, const struct ocr_sim_graph *g,
    struct ocr_err *err);

/*
 * n rows with about n_edges edges: degrees are of a power law with that
 * exponent, none above cap.  has_head: early rows have more, as if crawled from
 * the best known ones.
 */
struct ocr_sim_law {
	uint64_t n, n_edges;
	double exponent, cap;
	double empty; /* part of the rows without edges */
	bool has_head;
};
int ocr_sim_shape_law(struct ocr_sim_shape *s, const struct ocr_sim_law *law,
    bool is_crawl, uint64_t seed, struct ocr_err *err);

/* The rows, heaviest first. */
int ocr_sim_shape_sort(struct ocr_sim_shape *s, struct ocr_err *err);

/*
 * Levels of a search in a random graph with these degrees: each edge of a level
 * ends at any other edge's end, so a row of degree d is not reached by f of m
 * edges with probability exp(-d f / m).
 */
int ocr_sim_shape_levels(struct ocr_sim_shape *s, uint64_t seed,
    struct ocr_err *err);

void ocr_sim_shape_release(struct ocr_sim_shape *s); /* zeroed is fine */

#endif
