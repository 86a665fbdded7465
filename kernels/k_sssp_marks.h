/*
 * k_sssp_marks.h - where 64 distances of 16 bits lie, as bitmaps
 *
 * UINT16_MAX: not reached, which is before no limit.  Limits are UINT16_MAX at
 * most.  For src/sssp_short.c; sssp_step.h has the same for others.
 */
#ifndef K_SSSP_MARKS_H
#define K_SSSP_MARKS_H

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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
/* 16 bits: of words that are 0. */
static inline uint64_t
k_sssp_zeros(__m128i a, __m128i b)
{
	const __m128i zero = _mm_setzero_si128();

	return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(
	    _mm_cmpeq_epi16(a, zero), _mm_cmpeq_epi16(b, zero)));
}

static inline struct k_sssp_marks
k_sssp_marks(const uint16_t distances[64], const uint8_t light[64],
    struct k_sssp_limits l)
{
	const __m128i zero = _mm_setzero_si128(), ones = _mm_set1_epi16(-1),
		      end = _mm_set1_epi16((short)l.end),
		      next = _mm_set1_epi16((short)l.next),
		      least = _mm_set1_epi16((short)l.least);
	struct k_sssp_marks m = {0, 0, 0};
	unsigned i;

	for (i = 0; i < 64; i += 16) {
		__m128i a = _mm_loadu_si128((const void *)(distances + i)),
			b = _mm_loadu_si128((const void *)(distances + i + 8)),
			w = _mm_loadu_si128((const void *)(light + i)), p, q;

		/* Saturated: 0 where the first is no more than the second. */
		m.done |= (k_sssp_zeros(_mm_subs_epu16(end, a),
			       _mm_subs_epu16(end, b)) ^
			      0xffff)
			  << i;
		m.near |= (k_sssp_zeros(_mm_subs_epu16(next, a),
			       _mm_subs_epu16(next, b)) ^
			      0xffff)
			  << i;
		p = _mm_adds_epu16(least, _mm_unpacklo_epi8(w, zero));
		q = _mm_adds_epu16(least, _mm_unpackhi_epi8(w, zero));
		m.falls |=
		    ((k_sssp_zeros(_mm_subs_epu16(a, p), _mm_subs_epu16(b, q)) ^
			 0xffff) |
			k_sssp_zeros(_mm_xor_si128(a, ones),
			    _mm_xor_si128(b, ones)))
		    << i;
	}
	return m;
}
#else
#define k_sssp_marks k_sssp_marks_plain
#endif

#endif
