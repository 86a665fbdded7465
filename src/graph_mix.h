/*
 * graph_mix.h - 64 bits that look random, from a number
 *
 * The finaliser of splitmix64: Steele, Lea, Flood, "Fast Splittable
 * Pseudorandom Number Generators", OOPSLA 2014, with Stafford's constants
 * (variant 13).  A bijection.
 */
#ifndef OCR_GRAPH_MIX_H
#define OCR_GRAPH_MIX_H

#include <stdint.h>

/* 2^64 over the golden ratio, odd: the step of splitmix64's counter. */
#define OCR_MIX_STEP UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t
ocr_mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif
