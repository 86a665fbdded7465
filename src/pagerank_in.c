/*
 * pagerank_in.c - rows of in-arcs for graphs that were made without them
 */
#include "config.h"

#include "src/pagerank_in.h"

#include <string.h>

#include "common/huge.h"

static size_t
offsets_size(const struct ocr_graph *g)
{
	return ((size_t)g->n + 1) * sizeof(uint64_t);
}

static size_t
ends_size(const struct ocr_graph *g)
{
	return (size_t)g->n_arcs * sizeof(uint32_t);
}

/* Sources of a row come out in ascending order. */
static void
transpose(const struct ocr_graph *g, uint64_t *offsets, uint32_t *ends)
{
	uint64_t v, k;

	for (k = 0; k < g->n_arcs; k++)
		offsets[g->out.ends[k] + UINT64_C(1)]++;
	for (v = 0; v < g->n; v++)
		offsets[v + 1] += offsets[v];
	for (v = 0; v < g->n; v++)
		for (k = g->out.offsets[v]; k < g->out.offsets[v + 1]; k++)
			ends[offsets[g->out.ends[k]]++] = (uint32_t)v;
	/* Each row's start has moved to its end. */
	memmove(offsets + 1, offsets, offsets_size(g) - sizeof(*offsets));
	offsets[0] = 0;
}

int
ocr_rank_in_init(struct ocr_graph *to, const struct ocr_graph *g,
    struct ocr_err *err)
{
	uint64_t *offsets;
	uint32_t *ends;

	*to = *g;
	if (g->in.offsets != NULL)
		return 0;
	if (g->n_arcs > SIZE_MAX / sizeof(*ends) ||
	    g->n >= SIZE_MAX / sizeof(*offsets))
		return ocr_err_nomem(err);
	offsets = ocr_huge_alloc(offsets_size(g), "rows of in-arcs", err);
	to->in.offsets = offsets;
	if (offsets == NULL)
		return -OCR_ENOMEM;
	ends = ocr_huge_alloc(ends_size(g), "rows of in-arcs", err);
	to->in.ends = ends;
	if (ends == NULL)
		return -OCR_ENOMEM;
	transpose(g, offsets, ends);
	return 0;
}

void
ocr_rank_in_release(struct ocr_graph *to, const struct ocr_graph *g)
{
	if (to->in.offsets == g->in.offsets)
		return;
	ocr_huge_free((void *)(uintptr_t)to->in.offsets, offsets_size(g));
	ocr_huge_free((void *)(uintptr_t)to->in.ends, ends_size(g));
	to->in = g->in;
}
