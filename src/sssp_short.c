/*
 * sssp_short.c - the same as sssp_packed.c with distances of 16 bits
 */
#include "config.h"

#include "kernels/k_sssp_marks.h"
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

#define HAS_MARKS

static inline uint16_t
near_limit(const struct ocr_sssp *s, uint64_t bin)
{
	uint64_t limit = bin_limit(s, bin);

	return limit < DIST_NONE ? (uint16_t)limit : DIST_NONE;
}

static inline struct k_sssp_marks
marks_of(const struct ocr_sssp *s, uint64_t block, uint64_t limit,
    uint64_t least)
{
	const uint16_t *distances = (const uint16_t *)s->distances + block * 64;
	struct k_sssp_limits l = {near_limit(s, s->end_bin),
	    near_limit(s, s->limit_bin), near_limit(s, s->start_bin)};

	(void)limit;
	(void)least;
	return k_sssp_marks(distances, s->light_in + block * 64, l);
}

#include "src/sssp_step.h"
