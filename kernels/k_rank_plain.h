/*
 * k_rank_plain.h - the sum of a row in portable C, for the k_rank_* files
 *
 * Included with REAL and TARGET defined.  Four sums, because one would wait for
 * each addition.
 */

TARGET static inline REAL
load(const REAL *p)
{
	REAL x;

	__atomic_load(p, &x, __ATOMIC_RELAXED);
	return x;
}

TARGET static inline REAL
sum_plain(const uint32_t *ends, uint64_t n, const REAL *from)
{
	REAL a = 0, b = 0, c = 0, d = 0;

	for (; n >= 4; n -= 4, ends += 4) {
		a += load(&from[ends[0]]);
		b += load(&from[ends[1]]);
		c += load(&from[ends[2]]);
		d += load(&from[ends[3]]);
	}
	for (; n > 0; n--, ends++)
		a += load(&from[*ends]);
	return (a + b) + (c + d);
}
