/*
 * k_bnn_lut_ssse3.c - the LUT engine, 16 images at a time
 *
 * Called where __builtin_cpu_supports() has said that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef __x86_64__

#include <immintrin.h>

#define V __m128i
#define LANES 16
#define GROUP 4
#define POSITIONS 4 /* windows at a time: all sums stay in registers */
#define TOGETHER 1  /* pairs of neurons at a time */
#define TARGET __attribute__((target("ssse3")))
#define NAME(function) k_bnn_lut_##function##_ssse3

#define BARRIER(v) __asm__("" : "+x"(v))
#define LOAD(p) _mm_loadu_si128((const V *)(const void *)(p))
#define STORE(p, v) _mm_storeu_si128((V *)(void *)(p), v)
#define TABLE(p) LOAD(p)
#define LOOKUP(t, x) _mm_shuffle_epi8(t, x)
#define ENTRIES(p) TABLE(p)
#define FIND(t, x) LOOKUP(t, x)
#define INDEX(x) _mm_adds_epu8(x, _mm_set1_epi8(0x70))
#define SET8(b) _mm_set1_epi8((char)(b))
#define SET16(w) _mm_set1_epi16((short)(w))
#define ADD8(a, b) _mm_add_epi8(a, b)
#define SUB8(a, b) _mm_sub_epi8(a, b)
#define SUBS8(a, b) _mm_subs_epu8(a, b)
#define ADD16(a, b) _mm_add_epi16(a, b)
#define SUB16(a, b) _mm_sub_epi16(a, b)
#define AND(a, b) _mm_and_si128(a, b)
#define OR(a, b) _mm_or_si128(a, b)
#define XOR(a, b) _mm_xor_si128(a, b)
#define SHIFT16(v, n) _mm_srli_epi16(v, n)
#define LEFT16(v, n) _mm_slli_epi16(v, n)
#define EQUAL8(a, b) _mm_cmpeq_epi8(a, b)
#define NEGATIVE8(v) _mm_cmpgt_epi8(_mm_setzero_si128(), v)
#define MORE16(a, b) _mm_cmpgt_epi16(a, b)
#define PACK(a, b) _mm_packs_epi16(a, b)
#define HALF_UP(v) _mm_avg_epu8(v, _mm_setzero_si128())
#define LOW_HALF(a, b) _mm_unpacklo_epi8(a, b)
#define HIGH_HALF(a, b) _mm_unpackhi_epi8(a, b)
#define LOAD_ROW(images, i, at) LOAD((images)[i] + (at))

#include "kernels/k_bnn_lut.h"
#include "kernels/k_bnn_lut_first.h"

#endif
