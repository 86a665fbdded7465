/*
 * dist_cut.c - see dist_cut.h
 */
#include "config.h"

#include "src/dist_cut.h"

#include <stdlib.h>

#include "common/crc.h"

/* What the vertices before a block are worth. */
static uint64_t
weight(const struct ocr_graph *g, uint64_t block)
{
	uint64_t v = ocr_dist_cut_at(g, block);

	return g->out.offsets[v] + v +
	       (g->is_directed && g->in.offsets != NULL ? g->in.offsets[v] : 0);
}

int
ocr_dist_cut(uint64_t **out, const struct ocr_graph *g, unsigned n,
    struct ocr_err *err)
{
	uint64_t all = ocr_graph_n_blocks(g), low, high, middle;
	uint64_t *blocks = calloc((size_t)n + 1, sizeof(*blocks));
	unsigned i;

	*out = blocks;
	if (blocks == NULL)
		return ocr_err_nomem(err);
	blocks[n] = all;
	for (i = 1; i < n; i++) {
		low = blocks[i - 1];
		for (high = all; low < high;) {
			middle = low + (high - low) / 2;
			if (weight(g, middle) < weight(g, all) / n * i)
				low = middle + 1;
			else
				high = middle;
		}
		blocks[i] = low;
	}
	return 0;
}

uint32_t
ocr_dist_cut_sum(const uint64_t *blocks, const struct ocr_graph *g, unsigned n)
{
	uint32_t crc = ocr_crc32(0, blocks, ((size_t)n + 1) * sizeof(*blocks));
	unsigned i;

	for (i = 0; i <= n; i++) {
		uint64_t v = ocr_dist_cut_at(g, blocks[i]);

		crc = ocr_crc32(crc, &g->out.offsets[v], sizeof(uint64_t));
		if (g->in.offsets != NULL)
			crc =
			    ocr_crc32(crc, &g->in.offsets[v], sizeof(uint64_t));
	}
	return crc;
}
