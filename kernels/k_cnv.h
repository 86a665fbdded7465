/*
 * k_cnv.h - a binarised network on a card: images in, votes of classes out
 *
 * Any network of src/bnn.h that fits the memories below.  It comes as one
 * buffer of words, packed by src/cnv_pack.c; the layout is this file's.  The
 * kernel copies it to the chip when it starts, and an image at a time.
 *
 * K_CNV_LANES neurons are computed side by side.  A window is read once, and
 * each of its words meets one word of weights of each lane:
 *
 *	is_and 0	activations -1, 1 and weights -1, 1:
 *			acc = n - 2 * count((x ^ w) & mask)
 *	is_and 1	weights in two planes, their low bits and their signs:
 *			acc = sum over planes of times * (count(v & low) -
 *			2 * count(v & sign)), where v is the mask (times base),
 *			the low bits of the values (step) and the high ones
 *			(2 * step)
 *
 * mask has the bits of what lies in the image: padding adds nothing.
 *
 * Estimate, not synthesised: a word of each lane a cycle, so CNV-W1A1 of
 * CIFAR-10 takes 57,000 cycles for its binarised layers and 97,000 for its
 * first one, 1,900 images a second at 300 MHz; memories of 18 Mbit, of which
 * 12 are weights, in URAM.
 */
#ifndef K_CNV_H
#define K_CNV_H

#include <stdint.h>

#define K_CNV_LANES 16U

/* What a network may need, at most: */
#define K_CNV_MAX_LAYERS 64U
#define K_CNV_MAX_IMAGE 65536U     /* bytes of an image */
#define K_CNV_MAX_PIXELS 4096U     /* values of a window of the first layer */
#define K_CNV_MAX_WINDOW 4096U     /* words of any other window, of a plane */
#define K_CNV_MAX_VALUES 16384U    /* words that a layer puts out */
#define K_CNV_MAX_WEIGHTS 65536U   /* words, of all layers but the first */
#define K_CNV_MAX_FIRST 131072U    /* words, of the first: 8 weights each */
#define K_CNV_MAX_THRESHOLDS 8192U /* words: 2 thresholds each */

/* The buffer: K_CNV_HEAD words, then the tables one behind the other. */
enum k_cnv_head {
	K_CNV_N_LAYERS = 0, /* of K_CNV_N_FIELDS words each */
	K_CNV_N_PIXELS,     /* words: 4 int16_t each, [channel][256] */
	K_CNV_N_FIRST,      /* [neuron / 16][value of the window][16] int8_t */
	K_CNV_N_WEIGHTS,    /* [layer][neuron / 16][plane][word][16] */
	K_CNV_N_THRESHOLDS, /* int32_t: [layer][neuron / 16][threshold][16] */
	K_CNV_IMAGE_BYTES,
	K_CNV_CHANNEL_BYTES, /* from a channel of a pixel to the next */
	K_CNV_PIXEL_BYTES,   /* from a pixel to the next */
	K_CNV_N_VOTES,
	K_CNV_HEAD = 16,
};

enum k_cnv_field {
	K_CNV_KIND = 0, /* enum k_cnv_kind */
	K_CNV_IN_C,
	K_CNV_IN_H,
	K_CNV_IN_W,
	K_CNV_OUT_C,
	K_CNV_OUT_H,
	K_CNV_OUT_W,
	K_CNV_WINDOW_H,
	K_CNV_WINDOW_W,
	K_CNV_STRIDE_H,
	K_CNV_STRIDE_W,
	K_CNV_PAD_TOP,
	K_CNV_PAD_LEFT,
	K_CNV_IN_PLANES, /* bits of a value */
	K_CNV_OUT_BITS,  /* 0: votes */
	K_CNV_IS_AND,
	K_CNV_BASE,          /* int32_t */
	K_CNV_STEP,          /* int32_t */
	K_CNV_WEIGHTS_AT,    /* word in the layer's table */
	K_CNV_THRESHOLDS_AT, /* number of the first */
	K_CNV_N_FIELDS = 20,
};

enum k_cnv_kind { K_CNV_FIRST = 0, K_CNV_CONV, K_CNV_POOL };

/*
 * Items [*start, *end) are images, those words and *ack as in
 * common/card.h; image number `first` is at images, and its votes, int32_t
 * for each class, at votes.
 * Pure: no allocation, no globals; 2 MiB of stack.  Any thread.
 */
void k_cnv(volatile uint32_t *start, volatile uint32_t *end,
    volatile uint32_t *ack, uint32_t first, const uint64_t *net,
    const uint8_t *images, int32_t *votes);

#endif
