/*
 * graph_generate.h - graphs that are invented: the same for the same seed
 *
 * kron: R-MAT with the parameters of Graph500 and GAP (a 0.57, b 0.19, c 0.19),
 * vertices permuted.  uniform: both ends random.  powerlaw: ends of weight
 * (rank + 1)^-0.5, so that degrees fall with exponent 3; vertices permuted.
 * All undirected, 2^scale vertices, edge_factor * 2^scale edges, some of them
 * loops or doubles.  Of scale 32, which has more vertices than a graph may
 * have, only those with edges are there.
 */
#ifndef OCR_GRAPH_GENERATE_H
#define OCR_GRAPH_GENERATE_H

#include "src/graph_source.h"

enum ocr_graph_shape { OCR_SHAPE_KRON, OCR_SHAPE_UNIFORM, OCR_SHAPE_POWERLAW };

/* scale 1 to 32, edge_factor >= 1. */
int ocr_graph_generate(struct ocr_graph_source **out,
    enum ocr_graph_shape shape, unsigned scale, unsigned edge_factor,
    uint64_t seed, struct ocr_err *err);

#endif
