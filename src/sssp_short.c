/*
 * sssp_short.c - the same as sssp_packed.c with distances of 16 bits
 */
#include "config.h"

#include "src/sssp_bins.h"

typedef uint16_t dist_t;
typedef uint32_t result_t;
typedef uint64_t sum_t;
typedef uint32_t word_t;
typedef uint32_t weight_t;

#define DIST_NONE UINT16_MAX
#define RESULT_NONE UINT32_MAX
/* Then it is done over with sssp_packed.c. */
#define MAY_OVERFLOW true
#define STEPS ocr_sssp_short_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	word_t x = ((const word_t *)r->words)[i];

	*weight = x >> r->id_bits;
	return x & (((word_t)1 << r->id_bits) - 1);
}

#include "src/sssp_step.h"
