/*
 * k_bnn_xnor_neon.c - the XNOR engine: 2 neurons' words, 8 counts, 8 sums at a
 * time
 *
 * Called where src/bnn_isa.c has found that it may be.
 */
#include "kernels/k_bnn.h"

#ifdef K_BNN_NEON

#include <arm_neon.h>

#define INLINE K_BNN_NEON static inline __attribute__((always_inline))

#define MAX_BLOCK 31 /* words whose counts a byte holds */

/* Ones of n words, of 2 neurons: bytes of sums. */
INLINE uint8x16_t
add_ones(uint8x16_t sum, uint64x2_t x, const uint64_t *w, int is_and)
{
	uint64x2_t v = vld1q_u64(w);

	v = is_and ? vandq_u64(x, v) : veorq_u64(x, v);
	return vaddq_u8(sum, vcntq_u8(vreinterpretq_u8_u64(v)));
}

INLINE void
counts_of(const uint64_t *x, const uint64_t *w, size_t n_words, size_t n_quads,
    int32_t *counts, int is_and)
{
	size_t q, i, at, n;

	for (q = 0; q < n_quads; q++, counts += 4) {
		uint32x4_t low = vdupq_n_u32(0), high = low;

		for (at = 0; at < n_words; at += n) {
			uint8x16_t a = vdupq_n_u8(0), b = a;

			n = n_words - at < MAX_BLOCK ? n_words - at : MAX_BLOCK;
			for (i = at; i < at + n; i++, w += 4) {
				uint64x2_t v = vdupq_n_u64(x[i]);

				a = add_ones(a, v, w, is_and);
				b = add_ones(b, v, w + 2, is_and);
			}
			low = vpadalq_u16(low, vpaddlq_u8(a));
			high = vpadalq_u16(high, vpaddlq_u8(b));
		}
		vst1q_s32(counts,
		    vreinterpretq_s32_u32(vcombine_u32(
			vpadd_u32(vget_low_u32(low), vget_high_u32(low)),
			vpadd_u32(vget_low_u32(high), vget_high_u32(high)))));
	}
}

K_BNN_NEON void
k_bnn_xor_neon(const uint64_t *x, const uint64_t *w, size_t n_words,
    size_t n_quads, int32_t *counts)
{
	counts_of(x, w, n_words, n_quads, counts, 0);
}

K_BNN_NEON void
k_bnn_and_neon(const uint64_t *x, const uint64_t *w, size_t n_words,
    size_t n_quads, int32_t *counts)
{
	counts_of(x, w, n_words, n_quads, counts, 1);
}

/* Bytes of all ones or none: a bit each. */
INLINE uint64_t
bits_of(uint8x8_t v)
{
	const uint8x8_t bits = vcreate_u8(UINT64_C(0x8040201008040201));

	return vget_lane_u64(
	    vpaddl_u32(vpaddl_u16(vpaddl_u8(vand_u8(v, bits)))), 0);
}

K_BNN_NEON void
k_bnn_fire_neon(const int32_t *counts, const int32_t *k, size_t n,
    uint64_t *out)
{
	size_t o, i;

	for (o = 0; o < n; o += 64) {
		size_t end = n - o < 64 ? n : o + 64;
		uint64_t bits = 0;

		for (i = o; i + 8 <= end; i += 8) {
			uint16x4_t a = vmovn_u32(
			    vcgtq_s32(vld1q_s32(counts + i), vld1q_s32(k + i)));
			uint16x4_t b = vmovn_u32(vcgtq_s32(
			    vld1q_s32(counts + i + 4), vld1q_s32(k + i + 4)));

			bits |= bits_of(vmovn_u16(vcombine_u16(a, b)))
				<< (i - o);
		}
		for (; i < end; i++)
			bits |= (uint64_t)(counts[i] > k[i]) << (i - o);
		*out++ = bits;
	}
}

/* 32 windows: a bit each. */
INLINE uint64_t
row_32(const struct k_bnn_first *f, const int16_t *const *taps,
    const uint8_t *entries, size_t row, size_t x, int16_t k)
{
	int16x8_t sums[4];
	uint64_t bits = 0;
	unsigned i;
	uint32_t t;

	for (i = 0; i < 4; i++)
		sums[i] = vdupq_n_s16(0);
	for (t = 0; t < f->n_taps; t++) {
		const int16_t *v = taps[t] + entries[t] * row + x;

		for (i = 0; i < 4; i++)
			sums[i] = vaddq_s16(sums[i], vld1q_s16(v + 8 * i));
	}
	for (i = 0; i < 4; i++)
		bits |= bits_of(vmovn_u16(vcgtq_s16(sums[i], vdupq_n_s16(k))))
			<< 8 * i;
	return bits;
}

K_BNN_NEON void
k_bnn_row_neon(const struct k_bnn_first *f, const int16_t *const *taps,
    size_t row, size_t n_words, uint64_t *out)
{
	size_t windows = (size_t)(f->n_out - 1) * f->stride + 1;
	const uint8_t *entries = f->entries;
	uint32_t o;
	size_t i;

	for (o = 0; o < f->n_neurons; o++, entries += f->n_taps)
		for (i = 0; i < n_words; i++) {
			uint64_t bits =
			    row_32(f, taps, entries, row, i * 64, f->k16[o]);

			if (i * 64 + 32 < windows)
				bits |= row_32(f, taps, entries, row,
					    i * 64 + 32, f->k16[o])
					<< 32;
			*out++ = bits;
		}
}

#endif
