/*
 * graph_build_batch.h - arcs of a source as vertices and weights
 *
 * For graph_build.c only.
 */
#ifndef OCR_GRAPH_BUILD_BATCH_H
#define OCR_GRAPH_BUILD_BATCH_H

#include "src/graph_build_rows.h"

/* Arcs of a batch as vertices; weights as bits: of a uint32_t or a double. */
struct ocr_batch {
	size_t n;
	uint32_t from[OCR_ARC_BATCH], to[OCR_ARC_BATCH];
	uint64_t weight[OCR_ARC_BATCH];
};

/* Loops are left out if that is asked for. */
int ocr_batch_translate(const struct ocr_build *b, const struct ocr_arc *arcs,
    size_t n, struct ocr_batch *to, struct ocr_err *err);

/* f(u, v) - f(v, u) of a function that is unlike itself with u and v changed:
 * its sum over arcs that are there both ways is 0, and hardly over others. */
static inline uint64_t
ocr_batch_askew(uint64_t u, uint64_t v, uint64_t weight)
{
	uint64_t a = u * 0x9e3779b97f4a7c15, b = v * 0x9e3779b97f4a7c15,
		 c = u * 0xbf58476d1ce4e5b9, d = v * 0xbf58476d1ce4e5b9,
		 w = weight * 0x94d049bb133111eb;

	a ^= a >> 29;
	b ^= b >> 29;
	c ^= c >> 31;
	d ^= d >> 31;
	return (a * d - b * c) * ((w ^ w >> 32) | 1);
}

#endif
