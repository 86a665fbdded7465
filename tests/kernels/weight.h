/*
 * weight.h - items of invented weight, the same for kernels, threads, and who
 * shares them out
 *
 * Skewed as the edges of a graph whose vertices are in the order of their
 * degree, roughly: a few heavy items first, then more and more light ones.
 */
#ifndef TESTS_KERNELS_WEIGHT_H
#define TESTS_KERNELS_WEIGHT_H

#include <stdint.h>

/* Naps are not shorter, for a system cannot time them better. */
#define NAP_NS 100000

static inline uint32_t
item_weight(uint32_t i)
{
	uint32_t noise = (i * 2654435761u) >> 24;

	return 1 + 8000 / (i / 4 + 8) + noise / 32;
}

#endif
