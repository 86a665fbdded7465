/*
 * k_bnn_lut_avx512.c - the LUT engine, 64 images and 6 channels at a time
 *
 * Called where __builtin_cpu_supports() has said that it may be.  A byte shuffle
 * with 64 entries (VBMI) takes 6 channels; with 16, longer vectors are no faster
 * where a processor does them in two halves.
 */
#include "kernels/k_bnn.h"

#ifdef __x86_64__

#include <immintrin.h>

#define V __m512i
#define LANES 64
#define GROUP 6
#define POSITIONS 3 /* windows at a time: all sums stay in registers */
#define TOGETHER 3  /* pairs of neurons at a time */
#define TARGET __attribute__((target("avx512bw,avx512vbmi")))
#define NAME(function) k_bnn_lut_##function##_avx512

#define BARRIER(v) __asm__("" : "+v"(v))
#define LOAD(p) _mm512_loadu_si512((const V *)(const void *)(p))
#define STORE(p, v) _mm512_storeu_si512((V *)(void *)(p), v)
#define LOAD_128(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#define TABLE(p) _mm512_broadcast_i32x4(LOAD_128(p))
#define LOOKUP(t, x) _mm512_shuffle_epi8(t, x)
#define ENTRIES(p) LOAD(p)
#define FIND(t, x) _mm512_permutexvar_epi8(x, t)
#define INDEX(x) _mm512_adds_epu8(x, _mm512_set1_epi8(0x70))
#define SET8(b) _mm512_set1_epi8((char)(b))
#define SET16(w) _mm512_set1_epi16((short)(w))
#define ADD8(a, b) _mm512_add_epi8(a, b)
#define SUB8(a, b) _mm512_sub_epi8(a, b)
#define SUBS8(a, b) _mm512_subs_epu8(a, b)
#define ADD16(a, b) _mm512_add_epi16(a, b)
#define SUB16(a, b) _mm512_sub_epi16(a, b)
#define AND(a, b) _mm512_and_si512(a, b)
#define OR(a, b) _mm512_or_si512(a, b)
#define XOR(a, b) _mm512_xor_si512(a, b)
#define SHIFT16(v, n) _mm512_srli_epi16(v, n)
#define LEFT16(v, n) _mm512_slli_epi16(v, n)
#define EQUAL8(a, b) _mm512_movm_epi8(_mm512_cmpeq_epi8_mask(a, b))
#define NEGATIVE8(v) _mm512_movm_epi8(_mm512_movepi8_mask(v))
#define MORE16(a, b) _mm512_movm_epi16(_mm512_cmpgt_epi16_mask(a, b))
#define PACK(a, b) _mm512_packs_epi16(a, b)
#define HALF_UP(v) _mm512_avg_epu8(v, _mm512_setzero_si512())
#define LOW_HALF(a, b) _mm512_unpacklo_epi8(a, b)
#define HIGH_HALF(a, b) _mm512_unpackhi_epi8(a, b)
#define WITH_ROW(v, images, i, at, to)                                         \
	_mm512_inserti32x4(v, LOAD_128((images)[(i) + 16 * (to)] + (at)), to)
#define LOAD_ROW(images, i, at)                                                \
	WITH_ROW(WITH_ROW(WITH_ROW(_mm512_castsi128_si512(                     \
				       LOAD_128((images)[i] + (at))),          \
			      images, i, at, 1),                               \
		     images, i, at, 2),                                        \
	    images, i, at, 3)

#include "kernels/k_bnn_lut.h"
#include "kernels/k_bnn_lut_first.h"

#endif
