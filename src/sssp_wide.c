/*
 * sssp_wide.c - steps for a weight and an end of 32 bits each
 */
#include "config.h"

#include "src/sssp_bins.h"

typedef uint32_t dist_t;
typedef uint32_t result_t;
typedef uint64_t sum_t;
typedef uint64_t word_t;
typedef uint32_t weight_t;

#define DIST_NONE UINT32_MAX
#define RESULT_NONE DIST_NONE
/* Then it is done over with sssp_far.c. */
#define MAY_OVERFLOW true
#define STEPS ocr_sssp_wide_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	word_t x = ((const word_t *)r->words)[i];

	*weight = (uint32_t)(x >> 32);
	return (uint32_t)x;
}

#include "src/sssp_step.h"
