/*
 * bnn_isa.c - the kernels of a binarised network, by instruction set
 */
#include "config.h"

#if defined(__arm__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "src/bnn_pack.h"

#define LUT(isa)                                                               \
	.conv = k_bnn_lut_conv_##isa, .parity = k_bnn_lut_parity_##isa,        \
	.pool = k_bnn_lut_pool_##isa, .turn = k_bnn_lut_turn_##isa,            \
	.first_row = k_bnn_lut_first_row_##isa, .first = k_bnn_lut_first_##isa

static const struct ocr_bnn_ops portable = {
    .name = "portable",
    .xor_counts = k_bnn_xor,
    .and_counts = k_bnn_and,
    .fire = k_bnn_fire,
    .row = k_bnn_row,
};

#ifdef __x86_64__
static const struct ocr_bnn_ops ssse3 = {
    .name = "ssse3",
    .lanes = 16,
    .group = 4,
    .min_lut = 8,
    .xor_counts = k_bnn_xor_popcnt,
    .and_counts = k_bnn_and_popcnt,
    .fire = k_bnn_fire,
    .row = k_bnn_row,
    LUT(ssse3),
};

static const struct ocr_bnn_ops avx2 = {
    .name = "avx2",
    .lanes = 32,
    .group = 4,
    .min_lut = 9,
    .xor_counts = k_bnn_xor_avx2,
    .and_counts = k_bnn_and_avx2,
    .fire = k_bnn_fire_avx2,
    .row = k_bnn_row_avx2,
    LUT(avx2),
};

/* One image is no faster with longer vectors: its counts are the other's. */
static const struct ocr_bnn_ops avx512 = {
    .name = "avx512",
    .lanes = 64,
    .group = 6,
    .min_lut = 18,
    .shorter = &avx2,
    .xor_counts = k_bnn_xor_avx2,
    .and_counts = k_bnn_and_avx2,
    .fire = k_bnn_fire_avx2,
    .row = k_bnn_row_avx2,
    LUT(avx512),
};
#endif

#ifdef K_BNN_NEON
static const struct ocr_bnn_ops neon = {
    .name = "neon",
    .lanes = 16,
    .group = 4,
    .min_lut = 10, /* by counts of instructions */
    .xor_counts = k_bnn_xor_neon,
    .and_counts = k_bnn_and_neon,
    .fire = k_bnn_fire_neon,
    .row = k_bnn_row_neon,
    LUT(neon),
};
#endif

static const struct ocr_bnn_ops *const all[OCR_BNN_N_ISAS] = {
    [OCR_BNN_PORTABLE] = &portable,
#ifdef __x86_64__
    [OCR_BNN_SSSE3] = &ssse3,
    [OCR_BNN_AVX2] = &avx2,
    [OCR_BNN_AVX512] = &avx512,
#endif
#ifdef K_BNN_NEON
    [OCR_BNN_NEON] = &neon,
#endif
};

#ifdef __x86_64__
static bool
has_x86(unsigned isa)
{
	if (isa == OCR_BNN_SSSE3)
		return __builtin_cpu_supports("ssse3") &&
		       __builtin_cpu_supports("popcnt");
	if (isa == OCR_BNN_AVX2)
		return __builtin_cpu_supports("avx2");
	return isa == OCR_BNN_AVX512 && __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vbmi");
}
#endif

bool
ocr_bnn_has_isa(unsigned isa)
{
	if (isa == OCR_BNN_BEST || isa == OCR_BNN_PORTABLE)
		return true;
#if defined(__x86_64__)
	return has_x86(isa);
#elif defined(__aarch64__)
	return isa == OCR_BNN_NEON && all[isa] != NULL;
#elif defined(__arm__) && defined(__linux__)
	return isa == OCR_BNN_NEON && all[isa] != NULL &&
	       (getauxval(AT_HWCAP) & HWCAP_NEON) != 0;
#else
	return false;
#endif
}

const struct ocr_bnn_ops *
ocr_bnn_ops(unsigned isa)
{
	if (isa == OCR_BNN_BEST)
		for (isa = OCR_BNN_N_ISAS - 1; !ocr_bnn_has_isa(isa); isa--)
			;
	return all[isa] != NULL ? all[isa] : &portable;
}
