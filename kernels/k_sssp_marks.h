/*
 * k_sssp_marks.h - where 64 distances of 16 bits lie, as bitmaps
 *
 * UINT16_MAX: not reached, which is before no limit.  Limits are UINT16_MAX at
 * most.  For src/sssp_short.c; sssp_step.h has the same for others.
 */
#ifndef K_SSSP_MARKS_H
#define K_SSSP_MARKS_H

#include <stdint.h>

struct k_sssp_marks {
	uint64_t done;  /* before the end of the window */
	uint64_t near;  /* before the end of what is binned next */
	uint64_t falls; /* not reached, or more than least + light */
};

/* What they are compared with. */
struct k_sssp_limits {
	uint16_t end, next, least;
};

static inline struct k_sssp_marks
k_sssp_marks_plain(const uint16_t distances[64], const uint8_t light[64],
    struct k_sssp_limits l)
{
	struct k_sssp_marks m = {0, 0, 0};
	unsigned i;

	for (i = 0; i < 64; i++) {
		unsigned d = distances[i];

		m.done |= (uint64_t)(d < l.end) << i;
		m.near |= (uint64_t)(d < l.next) << i;
		m.falls |= (uint64_t)(d == UINT16_MAX ||
				      d > (unsigned)l.least + light[i])
			   << i;
	}
	return m;
}

#if defined(__SSE2__)
#include "kernels/x86/k_sssp_marks_sse2.h"
#else
static inline struct k_sssp_marks
k_sssp_marks(const uint16_t distances[64], const uint8_t light[64],
    struct k_sssp_limits l)
{
	return k_sssp_marks_plain(distances, light, l);
}
#endif

#endif
