/*
 * weights.h - how much work items are, as far as anybody knows
 *
 * W(i) is the work in items [0, i), in units of the kernel's choice (an edge,
 * a byte).  A policy asks only for W and its inverse.  What is known of a sweep
 * is one of these:
 *
 *	nothing: every item is one unit
 *	prefix32 or prefix64: W itself, n + 1 values (the offsets of a CSR, for
 *	    a sweep over all of it)
 *	blocks: W at every OCR_WEIGHTS_BLOCK-th item, and walk() to look inside
 *	    a block (the active edges of a frontier, counted per cache line of
 *	    its bitmap); without walk() a block's work is spread evenly
 *
 * to which item_work is added for each item: what an item costs that has no
 * edges.  Pure: no locks, no clock; safe from any thread while nobody writes
 * the arrays.
 */
#ifndef OCR_WEIGHTS_H
#define OCR_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#define OCR_WEIGHTS_BLOCK 512

/* How far W may be believed. */
enum ocr_weights_trust {
	OCR_WEIGHTS_NONE = 0, /* items are counted */
	OCR_WEIGHTS_ROUGH,    /* of all items, while only some are active */
	OCR_WEIGHTS_KNOWN,    /* of the items of this very sweep */
};

struct ocr_weights {
	uint64_t n; /* items; later ones weigh what the others do on average */
	enum ocr_weights_trust trust;
	const uint32_t *prefix32;
	const uint64_t *prefix64;
	const double *blocks; /* ceil(n / BLOCK) + 1 values, without item_work;
			       * blocks[0] is 0 */
	/*
	 * Adds the work (without item_work) of items start, start + 1, ... to
	 * *sum while *sum < limit and there are items before end; returns the first
	 * item it did not add.  start and end are of one block.  extra: work
	 * that the caller counts for each item; *sum includes it.
	 */
	uint64_t (*walk)(const void *arg, uint64_t start, uint64_t end,
	    double extra, double limit, double *sum);
	const void *arg;
	double item_work; /* >= 0 */
};

/* W(i). */
double ocr_weights_before(const struct ocr_weights *w, uint64_t i);

/* The smallest i of [lo, hi] with W(i) >= work; hi if there is none. */
uint64_t ocr_weights_find(const struct ocr_weights *w, double work, uint64_t lo,
    uint64_t hi);

/* Room for blocks. */
size_t ocr_weights_n_blocks(uint64_t n);

#endif
