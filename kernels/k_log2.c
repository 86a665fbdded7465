/* k_log2.c - base-2 logarithm in fixed point */
#include "kernels/k_log2.h"

/* log2(1 + i / 64) x 65536 */
static const uint32_t fraction[65] = {0, 1466, 2909, 4331, 5732, 7112, 8473,
    9814, 11136, 12440, 13727, 14996, 16248, 17484, 18704, 19909, 21098, 22272,
    23433, 24579, 25711, 26830, 27936, 29029, 30109, 31178, 32234, 33279, 34312,
    35334, 36346, 37346, 38336, 39316, 40286, 41246, 42196, 43137, 44068, 44990,
    45904, 46809, 47705, 48593, 49472, 50344, 51207, 52063, 52911, 53751, 54584,
    55410, 56229, 57040, 57845, 58643, 59434, 60219, 60997, 61769, 62534, 63294,
    64047, 64794, 65536};

uint32_t
k_log2_q16(uint32_t x)
{
	uint32_t whole, mantissa, i, rest, low;

	if (x == 0)
		return 0;
	whole = 31 - (uint32_t)__builtin_clz(x);
	mantissa = x << (31 - whole); /* 1.31 fixed point */
	i = mantissa >> 25 & 63;
	rest = mantissa >> 9 & 0xffff;
	low = fraction[i];
	return (whole << 16) + low + ((fraction[i + 1] - low) * rest >> 16);
}
