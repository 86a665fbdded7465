/*
 * sssp_real.c - steps for real weights
 *
 * The sum of a distance and a weight, rounded, never falls as either grows; so
 * the distances do not depend on the order of the steps.
 */
#include "config.h"

#include <math.h>

#include "src/sssp_impl.h"

typedef double dist_t;
typedef double result_t;
typedef double sum_t;
typedef uint32_t word_t;
typedef double weight_t;

#define DIST_NONE ((double)INFINITY)
#define RESULT_NONE DIST_NONE
#define MAY_OVERFLOW false
#define STEPS ocr_sssp_real_steps

static inline uint32_t
arc_at(const struct ocr_sssp_rows *r, uint64_t i, weight_t *weight)
{
	*weight = r->reals[i];
	return ((const word_t *)r->words)[i];
}

static inline uint64_t
bin_of(const struct ocr_sssp *s, double sum)
{
	double bin = sum * s->scale;

	return bin < (double)OCR_SSSP_LAST_BIN ? (uint64_t)bin
					       : OCR_SSSP_LAST_BIN;
}

/* The width is a power of two: exact. */
static inline double
bin_limit(const struct ocr_sssp *s, uint64_t bin)
{
	return bin > OCR_SSSP_LAST_BIN ? (double)INFINITY
				       : (double)bin * s->unit;
}

/* In the last bin sums are not separated by weights of many bins. */
static inline unsigned
light_room(const struct ocr_sssp *s, uint64_t bin)
{
	return s->end_bin > OCR_SSSP_LAST_BIN ? 256
					      : (unsigned)(s->end_bin - bin);
}

static inline double
light_sum(const struct ocr_sssp *s, uint8_t light)
{
	return light * s->unit;
}

#include "src/sssp_step.h"
