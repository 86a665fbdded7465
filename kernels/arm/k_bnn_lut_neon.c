/*
 * k_bnn_lut_neon.c - the LUT engine, 16 images at a time
 *
 * Called where src/bnn_isa.c has found that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef K_BNN_NEON

#include <arm_neon.h>

#define V uint8x16_t
#define LANES 16
#define GROUP 4
#define POSITIONS 4 /* windows at a time: all sums stay in registers */
#define TOGETHER 1  /* pairs of neurons at a time */
#define TARGET K_BNN_NEON
#define NAME(function) k_bnn_lut_##function##_neon

#define BYTES(words) vreinterpretq_u8_u16(words)
#define WORDS(v) vreinterpretq_u16_u8(v)
#define SIGNED(v) vreinterpretq_s16_u8(v)

#define BARRIER(v) __asm__("" : "+w"(v))
#define LOAD(p) vld1q_u8(p)
#define STORE(p, v) vst1q_u8(p, v)
#define TABLE(p) LOAD(p)
#ifdef __aarch64__
#define LOOKUP(t, x) vqtbl1q_u8(t, x)
#else
/* As intrinsics, GCC 12 moves the table for each look-up. */
K_BNN_NEON static inline V
lookup(V table, V x)
{
	V r;

	__asm__("vtbl.8 %e0, {%e1, %f1}, %e2\n\t"
		"vtbl.8 %f0, {%e1, %f1}, %f2"
		: "=&w"(r)
		: "w"(table), "w"(x));
	return r;
}
#define LOOKUP(t, x) lookup(t, x)
#endif
#define ENTRIES(p) TABLE(p)
#define FIND(t, x) LOOKUP(t, x)
#define INDEX(x) (x)
#define SET8(b) vdupq_n_u8((uint8_t)(b))
#define SET16(w) BYTES(vdupq_n_u16((uint16_t)(w)))
#define ADD8(a, b) vaddq_u8(a, b)
#define SUB8(a, b) vsubq_u8(a, b)
#define SUBS8(a, b) vqsubq_u8(a, b)
#define ADD16(a, b) BYTES(vaddq_u16(WORDS(a), WORDS(b)))
#define SUB16(a, b) BYTES(vsubq_u16(WORDS(a), WORDS(b)))
#define AND(a, b) vandq_u8(a, b)
#define OR(a, b) vorrq_u8(a, b)
#define XOR(a, b) veorq_u8(a, b)
#define SHIFT16(v, n) BYTES(vshrq_n_u16(WORDS(v), n))
#define LEFT16(v, n) BYTES(vshlq_n_u16(WORDS(v), n))
#define EQUAL8(a, b) vceqq_u8(a, b)
#define NEGATIVE8(v) vcgtq_u8(v, vdupq_n_u8(127))
#define MORE16(a, b) BYTES(vcgtq_s16(SIGNED(a), SIGNED(b)))
#define PACK(a, b) vcombine_u8(vmovn_u16(WORDS(a)), vmovn_u16(WORDS(b)))
#define HALF_UP(v) vrhaddq_u8(v, vdupq_n_u8(0))
#define LOW_HALF(a, b) vzipq_u8(a, b).val[0]
#define HIGH_HALF(a, b) vzipq_u8(a, b).val[1]
#define LOAD_ROW(images, i, at) LOAD((images)[i] + (at))

#include "kernels/k_bnn_lut.h"
#include "kernels/k_bnn_lut_first.h"

#endif
