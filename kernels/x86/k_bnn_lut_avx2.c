/*
 * k_bnn_lut_avx2.c - the LUT engine, 32 images at a time
 *
 * Called where __builtin_cpu_supports() has said that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef __x86_64__

#include <immintrin.h>

#define V __m256i
#define LANES 32
#define GROUP 4
#define POSITIONS 4 /* windows at a time: all sums stay in registers */
#define TOGETHER 1  /* pairs of neurons at a time */
#define TARGET __attribute__((target("avx2")))
#define NAME(function) k_bnn_lut_##function##_avx2

#define BARRIER(v) __asm__("" : "+x"(v))
#define LOAD(p) _mm256_loadu_si256((const V *)(const void *)(p))
#define STORE(p, v) _mm256_storeu_si256((V *)(void *)(p), v)
#define TABLE(p)                                                               \
	_mm256_broadcastsi128_si256(                                           \
	    _mm_loadu_si128((const __m128i *)(const void *)(p)))
#define LOOKUP(t, x) _mm256_shuffle_epi8(t, x)
#define ENTRIES(p) TABLE(p)
#define FIND(t, x) LOOKUP(t, x)
#define INDEX(x) _mm256_adds_epu8(x, _mm256_set1_epi8(0x70))
#define SET8(b) _mm256_set1_epi8((char)(b))
#define SET16(w) _mm256_set1_epi16((short)(w))
#define ADD8(a, b) _mm256_add_epi8(a, b)
#define SUB8(a, b) _mm256_sub_epi8(a, b)
#define SUBS8(a, b) _mm256_subs_epu8(a, b)
#define ADD16(a, b) _mm256_add_epi16(a, b)
#define SUB16(a, b) _mm256_sub_epi16(a, b)
#define AND(a, b) _mm256_and_si256(a, b)
#define OR(a, b) _mm256_or_si256(a, b)
#define XOR(a, b) _mm256_xor_si256(a, b)
#define SHIFT16(v, n) _mm256_srli_epi16(v, n)
#define LEFT16(v, n) _mm256_slli_epi16(v, n)
#define EQUAL8(a, b) _mm256_cmpeq_epi8(a, b)
#define NEGATIVE8(v) _mm256_cmpgt_epi8(_mm256_setzero_si256(), v)
#define MORE16(a, b) _mm256_cmpgt_epi16(a, b)
#define PACK(a, b) _mm256_packs_epi16(a, b)
#define HALF_UP(v) _mm256_avg_epu8(v, _mm256_setzero_si256())
#define LOW_HALF(a, b) _mm256_unpacklo_epi8(a, b)
#define HIGH_HALF(a, b) _mm256_unpackhi_epi8(a, b)
#define LOAD_ROW(images, i, at)                                                \
	_mm256_inserti128_si256(                                               \
	    _mm256_castsi128_si256(_mm_loadu_si128(                            \
		(const __m128i *)(const void *)((images)[i] + (at)))),         \
	    _mm_loadu_si128(                                                   \
		(const __m128i *)(const void *)((images)[(i) + 16] + (at))),   \
	    1)

#include "kernels/k_bnn_lut.h"
#include "kernels/k_bnn_lut_first.h"

#endif
