/*
 * edges.c - see edges.h
 */
#include "config.h"

#include "src/edges.h"

#include <string.h>

#define EDGE_BITS 13

size_t
ocr_edges_last(const uint8_t *p, size_t len)
{
	uint64_t v;

	for (; len >= OCR_EDGE_BYTES; len--) {
		memcpy(&v, p + len - OCR_EDGE_BYTES, sizeof(v));
		/* Fibonacci hashing: the high bits depend on all. */
		if (v * UINT64_C(0x9e3779b97f4a7c15) >> (64 - EDGE_BITS) == 0)
			return len;
	}
	return 0;
}
