/*
 * k_deflate_scan.h - find matches and choose; private to kernels/k_deflate*
 *
 * One input position per cycle and no stalls: the scan never skips.  Every
 * position is hashed and inserted, also while the scan passes over a match
 * already taken; that match grows by a byte per cycle meanwhile.  The choice
 * is lazy by one position.
 */
#ifndef K_DEFLATE_SCAN_H
#define K_DEFLATE_SCAN_H

#include <stdint.h>

#include "kernels/k_deflate_block.h"

/* Candidates per bucket, 2 or 4: each costs a window port and a comparator. */
#ifndef K_DEFLATE_WAYS
#define K_DEFLATE_WAYS 4
#endif
#if K_DEFLATE_WAYS != 2 && K_DEFLATE_WAYS != 4
#error K_DEFLATE_WAYS is 2 or 4
#endif

/*
 * 1 for v++ (xclbin.sh): what one position per cycle needs in hardware and
 * software has no use for.  Every position is searched, also where the result
 * cannot be wanted, so that the search does not wait for the choice; and the
 * window is there once for every two of 1 + WAYS readers, memory having two
 * ports, and once for growing matches.  Same bytes out either way.
 */
#ifndef K_DEFLATE_HW
#define K_DEFLATE_HW 0
#endif
#define K_DEFLATE_COPIES (K_DEFLATE_HW ? K_DEFLATE_WAYS / 2 + 2 : 1)

#define K_DEFLATE_HASH_BITS 12
#define K_DEFLATE_BUCKETS (1 << K_DEFLATE_HASH_BITS)
#define K_DEFLATE_SEGMENT 4096 /* positions between two loads: a burst */
/*
 * A power of two that holds the window and two segments ahead, and is indexed
 * by what a bucket keeps of a position: its low 16 bits.
 */
#define K_DEFLATE_RING 65536U
#define K_DEFLATE_COMPARE 16 /* bytes; also mirrored behind the ring's end */

/* What the choice carries from one position to the next. */
struct k_deflate_match {
	uint32_t before; /* result of the search one position earlier */
	uint32_t begin;  /* the match being passed over, if end > begin */
	uint32_t end;
	uint32_t dist;
	uint32_t grows;
	uint32_t n_taken; /* matches begun in this segment */
	uint32_t is_rare; /* too few of them in the segment before */
};

struct k_deflate_scan {
	uint8_t ring[K_DEFLATE_COPIES][K_DEFLATE_RING + K_DEFLATE_COMPARE];
	uint64_t bucket[K_DEFLATE_BUCKETS]; /* 16 bits each, newest lowest */
	uint8_t line[K_DEFLATE_SEGMENT];    /* on its way into the ring */
	struct k_deflate_match match;
	uint32_t at;      /* next position to scan; in_len + 1 when done */
	uint32_t covered; /* by tokens; a pending literal or match is not */
	uint32_t in_len;
};

void k_deflate_scan_init(struct k_deflate_scan *s, const uint8_t *in,
    uint32_t in_len);

/*
 * Scan until the block is full or the input ends.  A block that stays without
 * tokens means that there are no more.
 *   in[in_len]  as in k_deflate_scan_init; read once, in order
 */
void k_deflate_scan_block(struct k_deflate_scan *s, const uint8_t *in,
    struct k_deflate_block *b);

#endif
