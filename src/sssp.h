/*
 * sssp.h - shortest paths from one source
 *
 * Windows of distance: see sssp.c.  A graph without weights counts 1 for each
 * arc.
 */
#ifndef OCR_SSSP_H
#define OCR_SSSP_H

#include "src/graph.h"
#include "src/graph_crew.h"

struct ocr_sssp; /* rows ordered by weight, and working memory */

/* Owned by the struct ocr_sssp, until its next run.  By vertex. */
struct ocr_distances {
	unsigned width;       /* bytes: 4 or 8 (whole), 0: real */
	const uint32_t *near; /* width 4; UINT32_MAX: not reached */
	const uint64_t *far;  /* width 8; UINT64_MAX: not reached */
	const double *real;   /* width 0; INFINITY: not reached */
	uint64_t n_reached;
	double longest;     /* of those reached */
	uint64_t n_relaxed; /* arcs looked at */
};

/* delta: width of a window, 0: by the graph. */
int ocr_sssp_new(struct ocr_sssp **out, const struct ocr_graph *g, double delta,
    struct ocr_crew *crew, struct ocr_err *err);
void ocr_sssp_free(struct ocr_sssp *s); /* NULL is fine */
/* What it took, or what was asked for. */
double ocr_sssp_delta(const struct ocr_sssp *s);

int ocr_sssp_run(struct ocr_sssp *s, uint32_t source, struct ocr_distances *out,
    struct ocr_err *err);

/* Every arc u-v: d(v) <= d(u) + w, equal for at least one of v's; the source
 * is 0.  Reals: to 1e-9 of the value. */
int ocr_sssp_verify(const struct ocr_graph *g, uint32_t source,
    const struct ocr_distances *d, struct ocr_crew *crew, struct ocr_err *err);

static inline bool
ocr_sssp_is_reached(const struct ocr_distances *d, uint64_t v)
{
	return d->width == 4   ? d->near[v] != UINT32_MAX
	       : d->width == 8 ? d->far[v] != UINT64_MAX
			       : d->real[v] <= 1.7976931348623157e308;
}

#endif
