/*
 * sim_random.h - numbers that look random and are the same everywhere; for sim_*
 */
#ifndef OCR_SIM_RANDOM_H
#define OCR_SIM_RANDOM_H

#include <math.h>
#include <stdint.h>

/* Every bit of the result depends on every bit of x (splitmix64, public domain,
 * Vigna). */
static inline uint64_t
ocr_sim_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* The i-th number of stream `what` of a seed. */
static inline uint64_t
ocr_sim_hash(uint64_t seed, uint64_t what, uint64_t i)
{
	return ocr_sim_mix(ocr_sim_mix(seed * 0x100000001b3 + what) + i);
}

/* In [0, 1). */
static inline double
ocr_sim_unit(uint64_t hash)
{
	return (double)(hash >> 11) * 0x1p-53;
}

/* Mean 0, deviation 1 (Box and Muller). */
static inline double
ocr_sim_gauss(uint64_t hash)
{
	double u = 1 - ocr_sim_unit(hash);
	double v = ocr_sim_unit(ocr_sim_mix(hash));

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

#endif
