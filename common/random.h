/*
 * random.h - numbers for random victims
 *
 * xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled", ACM TOMS 42 (2016).  Not for secrets.
 */
#ifndef OCR_RANDOM_H
#define OCR_RANDOM_H

#include <stdint.h>

/* 0 to n - 1, n at most 2^32.  *state: any value but 0 at first. */
static inline uint64_t
ocr_random_below(uint64_t *state, uint64_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1d >> 32) % n;
}

#endif
