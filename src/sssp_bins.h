/*
 * sssp_bins.h - bins of whole distances; see sssp_step.h
 */
#ifndef OCR_SSSP_BINS_H
#define OCR_SSSP_BINS_H

#include "src/sssp_impl.h"

static inline uint64_t
bin_of(const struct ocr_sssp *s, uint64_t sum)
{
	return sum >> s->shift;
}

static inline uint64_t
bin_limit(const struct ocr_sssp *s, uint64_t bin)
{
	return bin > UINT64_MAX >> s->shift ? UINT64_MAX : bin << s->shift;
}

static inline unsigned
light_room(const struct ocr_sssp *s, uint64_t bin)
{
	return (unsigned)(s->end_bin - bin);
}

/* No more than the lightest weight of a row whose light byte that is. */
static inline uint64_t
light_sum(const struct ocr_sssp *s, uint8_t light)
{
	return (uint64_t)light << s->shift;
}

#endif
