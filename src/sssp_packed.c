/*
 * sssp_packed.c - steps for a weight and an end in 32 bits
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
/* Ends of B bits and weights of 32 - B: a path of 2^B - 1 arcs is shorter. */
#define MAY_OVERFLOW false
#define STEPS ocr_sssp_packed_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	word_t x = ((const word_t *)r->words)[i];

	*weight = x >> r->id_bits;
	return x & (((word_t)1 << r->id_bits) - 1);
}

#include "src/sssp_step.h"
