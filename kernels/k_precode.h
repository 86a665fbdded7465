/*
 * k_precode.h - how the lengths of a block's codes are sent: RFC 1951, 3.2.7
 */
#ifndef K_PRECODE_H
#define K_PRECODE_H

#include <stdint.h>

#define K_PRECODE_N 19
#define K_PRECODE_COPY_LAST 16  /* 3 to 6 times, 2 extra bits */
#define K_PRECODE_FEW_ZEROS 17  /* 3 to 10, 3 extra bits */
#define K_PRECODE_MANY_ZEROS 18 /* 11 to 138, 7 extra bits */

/* The order in which the lengths of the precode itself are sent. */
static const uint8_t k_precode_order[K_PRECODE_N] = {16, 17, 18, 0, 8, 7, 9, 6,
    10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

static inline uint32_t
k_precode_extra_bits(uint32_t token)
{
	return token == K_PRECODE_COPY_LAST    ? 2
	       : token == K_PRECODE_FEW_ZEROS  ? 3
	       : token == K_PRECODE_MANY_ZEROS ? 7
					       : 0;
}

#endif
