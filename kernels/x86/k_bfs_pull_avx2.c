/*
 * k_bfs_pull_avx2.c - k_bfs_pull, the first ends of eight vertices at a time
 *
 * Called where __builtin_cpu_supports() has said that it may be.
 */
#include "kernels/k_bfs_pull.h"

#include <stddef.h>

#ifdef __x86_64__

#include <immintrin.h>

#include "kernels/k_bfs_row.h"

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define LANES 8
/* Fewer of a block than this are faster one by one. */
#define MIN_OPEN 20

/* All ones in the lanes whose bit is set. */
AVX2 static inline __m256i
lanes_of(uint32_t mask)
{
	const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);

	return _mm256_cmpeq_epi32(
	    _mm256_and_si256(_mm256_set1_epi32((int)mask), bit), bit);
}

/* The frontier's bit of each end is the lane's sign.  Shifts count modulo 32
 * only after the mask; an empty row asks for bit n, which is 0. */
AVX2 static inline __m256i
ask(const struct k_bfs_pull *p, __m256i ends)
{
	const __m256i last = _mm256_set1_epi32(31);
	__m256i at = _mm256_min_epu32(ends, _mm256_set1_epi32((int)p->n));
	__m256i words = _mm256_i32gather_epi32((const int *)p->frontier,
	    _mm256_srli_epi32(at, 5), 4);

	return _mm256_sllv_epi32(words, _mm256_andnot_si256(at, last));
}

/* To the lanes of put: ends where hit, else all ones.  Load, blend and store, as
 * masked stores are slow on some processors; the block is the caller's own. */
AVX2 static inline void
put_lanes(uint32_t *to, uint32_t put, uint32_t hit, __m256i ends)
{
	__m256i *lanes = (__m256i *)to;

	ends = _mm256_or_si256(ends,
	    _mm256_xor_si256(lanes_of(hit), _mm256_set1_epi32(-1)));
	if (put != 255)
		ends = _mm256_blendv_epi8(_mm256_loadu_si256(lanes), ends,
		    lanes_of(put));
	_mm256_storeu_si256(lanes, ends);
}

/* absent: whose parents become K_BFS_NONE if they are not found. */
AVX2 static inline uint64_t
first_vector(const struct k_bfs_pull *p, uint32_t first, uint64_t open,
    uint64_t absent)
{
	uint64_t found = 0;
	unsigned i;

	for (i = 0; i < 64; i += LANES) {
		uint32_t asked = open >> i & 255, put = absent >> i & 255, hit;
		__m256i ends, yes;

		if ((asked | put) == 0)
			continue;
		ends =
		    _mm256_loadu_si256((const __m256i *)(p->first + first + i));
		yes = ask(p, ends);
		hit = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(yes)) &
		      asked;
		found |= (uint64_t)hit << i;
		put |= hit;
		if (p->parents == NULL || put == 0)
			continue;
		put_lanes(p->parents + first + i, put, hit, ends);
	}
	return found;
}

AVX2 uint64_t
k_bfs_pull_avx2(const struct k_bfs_pull *p, uint64_t start, uint64_t end)
{
	struct k_bfs_batch batch = {0};
	uint64_t w, n_found = 0;

	for (w = start; w < end; w++) {
		uint64_t open = ~p->visited[w], absent = 0, found;
		uint32_t first = (uint32_t)(w * 64);

		p->next[w] = 0;
		if (p->absent != NULL)
			absent = open | p->absent[w];
		if ((open | absent) == 0)
			continue;
		if (absent != 0 || __builtin_popcountll(open) >= MIN_OPEN)
			found = first_vector(p, first, open, absent);
		else
			found = k_bfs_first_plain(p, first, open);
		p->next[w] = found;
		p->visited[w] |= found;
		n_found += (uint64_t)__builtin_popcountll(found);
		n_found += k_bfs_batch_add(p, &batch, first,
		    open & ~found & p->more[w]);
	}
	return n_found + k_bfs_batch_read(p, &batch);
}

#endif
