/*
 * k_rank_floats_avx2.c - PageRank in floats: eight of a row at once
 *
 * A gather reads each of its elements as one, like a relaxed load.
 */
#include "kernels/k_rank.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define REAL float
#define TARGET __attribute__((target("avx2")))
#include "kernels/k_rank_plain.h"

TARGET static inline __m256
eight(const uint32_t *ends, const float *from)
{
	__m256i at = _mm256_loadu_si256((const __m256i *)(const void *)ends);

	return _mm256_i32gather_ps(from, at, sizeof(*from));
}

TARGET static inline float
sum_avx2(const uint32_t *ends, uint64_t n, const float *from)
{
	__m256 a, b;
	__m128 c;
	uint64_t i = 16;

	if (n < 16)
		return sum_plain(ends, n, from);
	a = eight(ends, from);
	b = eight(ends + 8, from);
	for (; i + 16 <= n; i += 16) {
		a = _mm256_add_ps(a, eight(ends + i, from));
		b = _mm256_add_ps(b, eight(ends + i + 8, from));
	}
	a = _mm256_add_ps(a, b);
	c = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
	c = _mm_add_ps(c, _mm_movehl_ps(c, c));
	c = _mm_add_ss(c, _mm_movehdup_ps(c));
	return _mm_cvtss_f32(c) + sum_plain(ends + i, n - i, from);
}

#define SWEEP k_rank_floats_avx2
#define SUM sum_avx2
#include "kernels/k_rank_sweep.h"

#endif
