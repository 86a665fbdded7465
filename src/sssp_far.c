/*
 * sssp_far.c - the same as sssp_wide.c with distances of 64 bits
 */
#include "config.h"

#include "src/sssp_bins.h"

typedef uint64_t dist_t;
typedef uint64_t result_t;
typedef uint64_t sum_t;
typedef uint64_t word_t;
typedef uint32_t weight_t;

#define DIST_NONE UINT64_MAX
#define RESULT_NONE DIST_NONE
/* 2^32 arcs of less than 2^32. */
#define MAY_OVERFLOW false
#define STEPS ocr_sssp_far_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	word_t x = ((const word_t *)r->words)[i];

	*weight = (uint32_t)(x >> 32);
	return (uint32_t)x;
}

#include "src/sssp_step.h"
