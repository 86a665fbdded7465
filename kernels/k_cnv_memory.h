/*
 * k_cnv_memory.h - what k_cnv has on the chip
 *
 * For kernels/k_cnv.c.
 */
#ifndef K_CNV_MEMORY_H
#define K_CNV_MEMORY_H

#include <stdint.h>

#include "kernels/k_cnv.h"

/* The network, as it came. */
struct k_cnv_net {
	uint32_t n_layers, image_bytes, channel_bytes, pixel_bytes, n_votes;
	uint32_t layers[K_CNV_MAX_LAYERS][K_CNV_N_FIELDS];
	int16_t pixels[4 * 256];
	int8_t first[K_CNV_MAX_FIRST * 8];
	uint64_t weights[K_CNV_MAX_WEIGHTS];
	int32_t thresholds[K_CNV_MAX_THRESHOLDS * 2];
};

/* Values of a layer: [plane][pixel][word], bit c of a pixel channel c. */
struct k_cnv_values {
	uint64_t words[K_CNV_MAX_VALUES];
};

/* What a window reads: its mask, values' low bits, high bits. */
struct k_cnv_window {
	uint64_t planes[3][K_CNV_MAX_WINDOW];
	uint32_t n_words, n_bits; /* of the mask */
};

/* The neurons that are computed side by side. */
struct k_cnv_lanes {
	int32_t acc[K_CNV_LANES];
};

/* Words of 64 channels. */
static inline uint32_t
k_cnv_words(uint32_t channels)
{
	return (channels + 63) / 64;
}

/* Where a tap of a window reads; as unsigned numbers those before the image are
 * beyond its end. */
static inline uint32_t
k_cnv_y(const uint32_t *l, uint32_t out_y, uint32_t tap)
{
	return out_y * l[K_CNV_STRIDE_H] + tap - l[K_CNV_PAD_TOP];
}

static inline uint32_t
k_cnv_x(const uint32_t *l, uint32_t out_x, uint32_t tap)
{
	return out_x * l[K_CNV_STRIDE_W] + tap - l[K_CNV_PAD_LEFT];
}

#endif
