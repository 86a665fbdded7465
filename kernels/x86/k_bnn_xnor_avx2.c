/*
 * k_bnn_xnor_avx2.c - the XNOR engine: 4 neurons' words, 8 counts, 16 sums at a
 * time
 *
 * Called where __builtin_cpu_supports() has said that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

#define MAX_BLOCK 9 /* words whose counts a byte holds: up to 31 would fit */

/* Ones of each byte. */
INLINE __m256i
ones(__m256i v)
{
	const __m256i of = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3,
	    2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
	const __m256i low = _mm256_set1_epi8(15);

	return _mm256_add_epi8(
	    _mm256_shuffle_epi8(of, _mm256_and_si256(v, low)),
	    _mm256_shuffle_epi8(of,
		_mm256_and_si256(_mm256_srli_epi16(v, 4), low)));
}

/* n words (a literal, or a few) of 4 neurons: four 64-bit counts. */
INLINE __m256i
count(const uint64_t *x, const uint64_t *w, size_t n, int is_and)
{
	__m256i sum = _mm256_setzero_si256();
	size_t i;

#pragma GCC unroll 9
	for (i = 0; i < n; i++) {
		__m256i a = _mm256_set1_epi64x((long long)x[i]);
		__m256i b = _mm256_loadu_si256(
		    (const __m256i *)(const void *)(w + 4 * i));

		b = is_and ? _mm256_and_si256(a, b) : _mm256_xor_si256(a, b);
		sum = _mm256_add_epi8(sum, ones(b));
	}
	return _mm256_sad_epu8(sum, _mm256_setzero_si256());
}

INLINE void
counts_of(const uint64_t *x, const uint64_t *w, size_t n_words, size_t n_quads,
    int32_t *counts, int is_and)
{
	const __m256i even = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
	size_t q, i;

	for (q = 0; q < n_quads; q++, counts += 4) {
		__m256i sum = _mm256_setzero_si256();

		for (i = 0; i + MAX_BLOCK <= n_words; i += MAX_BLOCK) {
			sum = _mm256_add_epi64(sum,
			    count(x + i, w, MAX_BLOCK, is_and));
			w += 4 * MAX_BLOCK;
		}
		for (; i + 4 <= n_words; i += 4, w += 16)
			sum = _mm256_add_epi64(sum, count(x + i, w, 4, is_and));
		for (; i < n_words; i++, w += 4)
			sum = _mm256_add_epi64(sum, count(x + i, w, 1, is_and));
		sum = _mm256_permutevar8x32_epi32(sum, even);
		_mm_storeu_si128((__m128i *)(void *)counts,
		    _mm256_castsi256_si128(sum));
	}
}

AVX2 void
k_bnn_xor_avx2(const uint64_t *x, const uint64_t *w, size_t n_words,
    size_t n_quads, int32_t *counts)
{
	counts_of(x, w, n_words, n_quads, counts, 0);
}

AVX2 void
k_bnn_and_avx2(const uint64_t *x, const uint64_t *w, size_t n_words,
    size_t n_quads, int32_t *counts)
{
	counts_of(x, w, n_words, n_quads, counts, 1);
}

AVX2 void
k_bnn_fire_avx2(const int32_t *counts, const int32_t *k, size_t n,
    uint64_t *out)
{
	size_t o, i;

	for (o = 0; o < n; o += 64) {
		size_t m = n - o < 64 ? n - o : 64;
		uint64_t bits = 0;

		for (i = 0; i + 8 <= m; i += 8) {
			__m256i more = _mm256_cmpgt_epi32(
			    _mm256_loadu_si256((
				const __m256i *)(const void *)(counts + o + i)),
			    _mm256_loadu_si256(
				(const __m256i *)(const void *)(k + o + i)));

			bits |= (uint64_t)(unsigned)_mm256_movemask_ps(
				    _mm256_castsi256_ps(more))
				<< i;
		}
		for (; i < m; i++)
			bits |= (uint64_t)(counts[o + i] > k[o + i]) << i;
		*out++ = bits;
	}
}

/* 32 windows: a bit each. */
INLINE uint32_t
row_32(const struct k_bnn_first *f, const int16_t *const *taps,
    const uint8_t *entries, size_t row, size_t x, __m256i k)
{
	__m256i a = _mm256_setzero_si256(), b = a;
	uint32_t t;

	for (t = 0; t < f->n_taps; t++) {
		const int16_t *v = taps[t] + entries[t] * row + x;

		a = _mm256_add_epi16(a,
		    _mm256_loadu_si256((const __m256i *)(const void *)v));
		b = _mm256_add_epi16(b,
		    _mm256_loadu_si256(
			(const __m256i *)(const void *)(v + 16)));
	}
	a = _mm256_packs_epi16(_mm256_cmpgt_epi16(a, k),
	    _mm256_cmpgt_epi16(b, k));
	return (uint32_t)_mm256_movemask_epi8(
	    _mm256_permute4x64_epi64(a, 0xd8));
}

AVX2 void
k_bnn_row_avx2(const struct k_bnn_first *f, const int16_t *const *taps,
    size_t row, size_t n_words, uint64_t *out)
{
	size_t windows = (size_t)(f->n_out - 1) * f->stride + 1;
	const uint8_t *entries = f->entries;
	uint32_t o;
	size_t i;

	for (o = 0; o < f->n_neurons; o++, entries += f->n_taps) {
		__m256i k = _mm256_set1_epi16(f->k16[o]);

		for (i = 0; i < n_words; i++) {
			uint64_t bits =
			    row_32(f, taps, entries, row, i * 64, k);

			if (i * 64 + 32 < windows)
				bits |= (uint64_t)row_32(f, taps, entries, row,
					    i * 64 + 32, k)
					<< 32;
			*out++ = bits;
		}
	}
}

#endif
