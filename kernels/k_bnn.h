/*
 * k_bnn.h - layers of a binarised network
 *
 * Two engines over the same weights of -1 and 1.
 *
 * XNOR: one image.  A bit is a channel (1: +1), a pixel is whole words, a window
 * is the words of its taps; the count of equal bits decides.
 *
 * LUT: as many images as a vector has bytes.  A byte holds a group: 4 channels of
 * one image, bits 0 to 3 (6 where a look-up takes 6 bits).  With x these bits and w
 * the weights of a neuron, the number of equal bits is
 *	equal(x, w) = 2 * q(x, w) + parity(x) - parity(w),  q = 0, 1 or 2 (or 3)
 * The sum of parity(x) over a window, S, serves all neurons; that of parity(w)
 * is part of the threshold.  q takes 2 bits, sums of 7 (or 5) take 4: a table of
 * 16 (or 64) bytes, looked up by a byte shuffle, has one neuron in its low nibbles
 * and another in its high ones.  A set is as many neurons as a group has channels:
 * what they give is a group again.  Its tables lie side by side.
 *
 * Pure: no allocation, no globals; the caller has checked all sizes.
 */
#ifndef K_BNN_H
#define K_BNN_H

#include <stddef.h>
#include <stdint.h>

/* Groups, of 4 or 6 channels, that 8-bit sums of q hold, and that 8-bit sums of
 * parities hold. */
#define K_BNN_MAX_SEGMENT(group) ((group) == 4 ? 126 : 85)
#define K_BNN_MAX_UNIT 252
/* Groups of a window: 2 * sum of q + S stays within int16_t. */
#define K_BNN_MAX_GROUPS(group) (30000 / ((group) + 1))

/* Of a group's tables for a set. */
#define K_BNN_SET_BYTES(group) ((group) / 2 * (1 << (group)))

/* Groups that lie side by side in the input and in the tables. */
struct k_bnn_piece {
	uint32_t in;    /* groups from the window's first */
	uint32_t table; /* group of the window */
	uint32_t n;     /* 1 or more */
	uint32_t ends;  /* 1: the last of a segment; segments have at most
			 * K_BNN_MAX_SEGMENT() groups */
};

enum k_bnn_mode {
	K_BNN_FIRE_8 = 0, /* sum of q + S / 2 against k8, saturating */
	K_BNN_FIRE_16,    /* 2 * sum of q + S against k16 */
	K_BNN_COUNT,      /* give 2 * sum of q + S */
};

/* A convolution's windows with the same taps inside of the image. */
struct k_bnn_lut_conv {
	enum k_bnn_mode mode;
	uint32_t n_sets, n_pieces;
	const struct k_bnn_piece *pieces;
	const uint8_t *tables; /* [n_sets][n_groups][K_BNN_SET_BYTES()] */
	uint32_t n_groups;
	/* FIRE_8: fires if sum of q + (S + is_odd) / 2 >= k8 */
	const uint8_t *k8, *is_odd; /* [n_sets * group]; is_odd: 0 or 1 */
	const int16_t *k16;    /* FIRE_16: fires if 2 * sum of q + S > k16 */
	const uint8_t *flip;   /* [n_sets]: bits of outputs to turn over */
	uint32_t pixel_groups; /* of an input pixel */
	uint32_t stride;       /* pixels between windows */
	/* parities: rows of the window, units in one, units between rows,
	 * between windows */
	uint32_t s_rows, s_units, s_row_step, s_step;
};

/* n windows side by side.
 *   in      groups, from the first tap inside of the first window
 *   parity  of its first unit
 *   out     n * n_sets groups; COUNT: as int16_t, [group * n_sets][images], n = 1,
 *           image i at i / 16 * 8 + i % 8, plus half of all where i & 8 */
#define K_BNN_LUT_CONV(isa)                                                    \
	void k_bnn_lut_conv_##isa(const struct k_bnn_lut_conv *c,              \
	    const uint8_t *in, const uint8_t *parity, uint8_t *out, size_t n)

/* For each of n units of n_groups: how many of its bytes have parity 1. */
#define K_BNN_LUT_PARITY(isa)                                                  \
	void k_bnn_lut_parity_##isa(const uint8_t *in, size_t n,               \
	    size_t n_groups, uint8_t *parity)

/* out[g] = OR over rows * cols pixels of n_groups; row_step: groups */
#define K_BNN_LUT_POOL(isa)                                                    \
	void k_bnn_lut_pool_##isa(const uint8_t *in, size_t rows, size_t cols, \
	    size_t row_step, size_t n_groups, uint8_t *out)

/* images[i] (as many as a vector has bytes) to out[byte][image]. */
#define K_BNN_LUT_TURN(isa)                                                    \
	void k_bnn_lut_turn_##isa(const uint8_t *const *images,                \
	    size_t n_bytes, uint8_t *out)

/* The first layer: a table of sums for each pixel, or for some side by side: all
 * sums of +v and -v; a window adds one entry for each tap. */
struct k_bnn_first {
	const uint8_t (*low)[256]; /* [channel]: a pixel's value, low byte */
	const uint8_t (*high)[256];
	uint32_t is_narrow; /* value = (int8_t)low */
	uint32_t n_channels;
	uint32_t merged;    /* pixels of a table; merged * n_channels <= 4 */
	uint32_t n_entries; /* 1 << merged * n_channels */
	uint32_t width;     /* of the image */
	uint32_t pad_left;
	uint32_t n_values;      /* pixels of a row with padding that are used */
	uint32_t stride;        /* tables from window to window */
	uint32_t n_taps;        /* tables of a window */
	uint32_t n_neurons;     /* whole sets */
	const uint8_t *entries; /* [n_neurons][n_taps]: of the table */
	const int16_t *k16;     /* [n_neurons]: fires if sum > k16 */
	uint32_t n_out;         /* windows in a row */
};

/* A row of images to a row of tables, n_values - merged + 1 of them.
 *   pixels   of the row, turned; NULL: a row of padding
 *   step     bytes of an image from pixel to pixel, from channel to channel
 *   values   scratch: n_values * n_channels * 2 vectors
 *   tables   [...][n_entries][2 vectors] */
#define K_BNN_LUT_FIRST_ROW(isa)                                               \
	void k_bnn_lut_first_row_##isa(const struct k_bnn_first *f,            \
	    const uint8_t *pixels, const size_t step[2], uint8_t *values,      \
	    uint8_t *tables)

/* A row of outputs; taps[t]: the table of tap t of the first window. */
#define K_BNN_LUT_FIRST(isa)                                                   \
	void k_bnn_lut_first_##isa(const struct k_bnn_first *f,                \
	    const uint8_t *const *taps, uint8_t *out)

#define K_BNN_LUT(isa)                                                         \
	K_BNN_LUT_CONV(isa);                                                   \
	K_BNN_LUT_PARITY(isa);                                                 \
	K_BNN_LUT_POOL(isa);                                                   \
	K_BNN_LUT_TURN(isa);                                                   \
	K_BNN_LUT_FIRST_ROW(isa);                                              \
	K_BNN_LUT_FIRST(isa)

/* counts[o] = bits of x ^ w (and: x & w), n_words words; quads of 4 neurons:
 * w[n_quads][n_words][4]. */
#define K_BNN_COUNTS(name)                                                     \
	void name(const uint64_t *x, const uint64_t *w, size_t n_words,        \
	    size_t n_quads, int32_t *counts)

/* Bit o of out: counts[o] > k[o]; n is a multiple of 4; words are written
 * whole. */
#define K_BNN_FIRE(name)                                                       \
	void name(const int32_t *counts, const int32_t *k, size_t n,           \
	    uint64_t *out)

/* The first layer of one image.  Rows of tables: taps[t][entry * row + x], for
 * window x at stride 1; out[neuron][n_words]: bit x: fires.  n_words * 64 sums
 * must be readable (row: values from entry to entry). */
#define K_BNN_ROW(name)                                                        \
	void name(const struct k_bnn_first *f, const int16_t *const *taps,     \
	    size_t row, size_t n_words, uint64_t *out)

K_BNN_COUNTS(k_bnn_xor);
K_BNN_COUNTS(k_bnn_and);
K_BNN_FIRE(k_bnn_fire);
K_BNN_ROW(k_bnn_row);

#ifdef __x86_64__
K_BNN_COUNTS(k_bnn_xor_popcnt);
K_BNN_COUNTS(k_bnn_and_popcnt);
K_BNN_COUNTS(k_bnn_xor_avx2);
K_BNN_COUNTS(k_bnn_and_avx2);
K_BNN_FIRE(k_bnn_fire_avx2);
K_BNN_ROW(k_bnn_row_avx2);
K_BNN_LUT(ssse3);
K_BNN_LUT(avx2);
K_BNN_LUT(avx512);
#endif

/* What functions with NEON need; not defined where they cannot be compiled.  Part
 * of 64-bit ARM; with 32 bits GCC can for one function, clang for a file. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__aarch64__) || defined(__ARM_NEON)
#define K_BNN_NEON
#elif defined(__arm__) && defined(__ARM_FP) && __ARM_ARCH >= 7 &&              \
    !defined(__clang__)
#define K_BNN_NEON __attribute__((target("fpu=neon")))
#endif
#endif

#ifdef K_BNN_NEON
K_BNN_COUNTS(k_bnn_xor_neon);
K_BNN_COUNTS(k_bnn_and_neon);
K_BNN_FIRE(k_bnn_fire_neon);
K_BNN_ROW(k_bnn_row_neon);
K_BNN_LUT(neon);
#endif

/* a[i] bit j to a[j] bit i. */
void k_bnn_turn64(uint64_t a[64]);

#endif
