/*
 * k_probe.h - guess from a few samples which coder suits a chunk
 *
 * Looks at 4 x 4 KiB (byte counts and near repeats) and, where those show
 * little, at 4 x 33 KiB more for far repeats: 12 to 45 us per chunk of any
 * size.  A wrong guess costs density or time, never correctness.
 */
#ifndef K_PROBE_H
#define K_PROBE_H

#include <stddef.h>
#include <stdint.h>

#define K_PROBE_MIN_LEN 65536 /* shorter chunks are not worth a probe */

enum k_probe_choice {
	K_PROBE_STORED,  /* no code helps */
	K_PROBE_HUFFMAN, /* uneven byte counts but no repeats */
	K_PROBE_FAST,    /* few repeats: cheapest match search */
	K_PROBE_LZ,      /* repeats: proper match search */
};

/* Scratch of one call; 17 KiB, any contents. */
struct k_probe {
	uint32_t hist[4][256];
	uint32_t freq[256];
	uint16_t near[2048]; /* hash of 4 bytes -> offset in the sample */
	uint16_t far[4096];  /* hash of 8 bytes -> offset / 16 */
};

struct k_probe_result {
	/* Order-0 entropy of the samples, bits per byte x 256: 0 to 2048. */
	uint32_t entropy_q8;
	/*
	 * Share of the samples' order-0 size that near repeats would save, 0
	 * to 1000; at least that where it is enough for K_PROBE_LZ.
	 */
	uint32_t saved_permille;
	/*
	 * Positions with a far repeat, 0 to 1000; at least that where it is
	 * enough for K_PROBE_LZ; 0 where not looked for.
	 */
	uint32_t far_permille;
};

/*
 * Probe in[0..len).  Chunks under K_PROBE_MIN_LEN are K_PROBE_LZ with a result
 * of zeros.  result may not be NULL.  Same input, same answer.
 * Pure: no allocation, no globals, no errors.  One thread per scratch.
 */
enum k_probe_choice k_probe(struct k_probe *scratch, const uint8_t *in,
    size_t len, struct k_probe_result *result);

#endif
