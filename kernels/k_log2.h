/*
 * k_log2.h - base-2 logarithm in fixed point
 *
 * Kernels may not call libm, and the same input has to give the same choice
 * on every machine.
 */
#ifndef K_LOG2_H
#define K_LOG2_H

#include <stdint.h>

/*
 * log2(x) x 65536 for x >= 1; 0 for x = 0.  Off by at most 5: interpolated
 * between 65 points, where the curve leaves its chord by 4.4e-5 at most.
 * Pure.  Any thread.
 */
uint32_t k_log2_q16(uint32_t x);

#endif
