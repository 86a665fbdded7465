/*
 * sssp_plain.c - steps for arcs without weights: they count 1
 */
#include "config.h"

#include "src/sssp_bins.h"

typedef uint32_t dist_t;
typedef uint32_t result_t;
typedef uint64_t sum_t;
typedef uint32_t word_t;
typedef uint32_t weight_t;

#define DIST_NONE UINT32_MAX
#define RESULT_NONE DIST_NONE
/* No path has more arcs than there are vertices. */
#define MAY_OVERFLOW false
#define STEPS ocr_sssp_plain_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	*weight = 1;
	return ((const word_t *)r->words)[i];
}

#include "src/sssp_step.h"
