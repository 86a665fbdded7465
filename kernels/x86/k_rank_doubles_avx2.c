/*
 * k_rank_doubles_avx2.c - PageRank in doubles: four of a row at once
 *
 * A gather reads each of its elements as one, like a relaxed load.
 */
#include "kernels/k_rank.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define REAL double
#define TARGET __attribute__((target("avx2")))
#include "kernels/k_rank_plain.h"

TARGET static inline __m256d
four(const uint32_t *ends, const double *from)
{
	__m128i at = _mm_loadu_si128((const __m128i *)(const void *)ends);

	return _mm256_i32gather_pd(from, at, sizeof(*from));
}

TARGET static inline double
sum_avx2(const uint32_t *ends, uint64_t n, const double *from)
{
	__m256d a, b;
	__m128d c;
	uint64_t i = 8;

	if (n < 8)
		return sum_plain(ends, n, from);
	a = four(ends, from);
	b = four(ends + 4, from);
	for (; i + 8 <= n; i += 8) {
		a = _mm256_add_pd(a, four(ends + i, from));
		b = _mm256_add_pd(b, four(ends + i + 4, from));
	}
	a = _mm256_add_pd(a, b);
	c = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
	c = _mm_add_sd(c, _mm_unpackhi_pd(c, c));
	return _mm_cvtsd_f64(c) + sum_plain(ends + i, n - i, from);
}

#define SWEEP k_rank_doubles_avx2
#define SUM sum_avx2
#include "kernels/k_rank_sweep.h"

#endif
