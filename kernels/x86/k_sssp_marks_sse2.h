/*
 * k_sssp_marks_sse2.h - the bitmaps of k_sssp_marks.h, 16 distances at a time
 */
#ifndef K_SSSP_MARKS_SSE2_H
#define K_SSSP_MARKS_SSE2_H

#include <emmintrin.h>
#include <stdint.h>

#include "kernels/k_sssp_marks.h"

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

#endif
