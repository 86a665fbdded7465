/*
 * k_rank_plain.h - the sum of a row, for the k_rank_* files
 *
 * Included with REAL defined.  What a sum costs is waiting for memory: a gather
 * of AVX2 does not help, to ask early for what is read later does.  Four sums,
 * because one would wait for each addition.
 */

/* Arcs. */
#define K_RANK_AHEAD 64

static inline REAL
load(const REAL *p)
{
	REAL x;

	__atomic_load(p, &x, __ATOMIC_RELAXED);
	return x;
}

/* ends[n - 1 + ahead] is the last that is read. */
static inline REAL
sum_row(const uint32_t *ends, uint64_t n, const REAL *from, uint64_t ahead)
{
	const uint32_t *later = ends + ahead;
	REAL a = 0, b = 0, c = 0, d = 0;

	for (; n >= 4; n -= 4, ends += 4, later += 4) {
		__builtin_prefetch(&from[later[0]]);
		__builtin_prefetch(&from[later[1]]);
		__builtin_prefetch(&from[later[2]]);
		__builtin_prefetch(&from[later[3]]);
		a += load(&from[ends[0]]);
		b += load(&from[ends[1]]);
		c += load(&from[ends[2]]);
		d += load(&from[ends[3]]);
	}
	for (; n > 0; n--, ends++, later++) {
		__builtin_prefetch(&from[*later]);
		a += load(&from[*ends]);
	}
	return (a + b) + (c + d);
}
