/*
 * k_bnn_xnor.c - the XNOR engine, for any machine
 */
#include "kernels/k_bnn.h"

#include <string.h>

static inline int32_t
ones(uint64_t v)
{
	const uint64_t fives = UINT64_MAX / 3, threes = UINT64_MAX / 5;

	v -= v >> 1 & fives;
	v = (v & threes) + (v >> 2 & threes);
	v = (v + (v >> 4)) & UINT64_MAX / 17;
	return (int32_t)(v * (UINT64_MAX / 255) >> 56);
}

#define TARGET
#define ONES(word) ones(word)
#define OP(x, w) ((x) ^ (w))
#define NAME k_bnn_xor
#include "kernels/k_bnn_counts.h"
#define OP(x, w) ((x) & (w))
#define NAME k_bnn_and
#include "kernels/k_bnn_counts.h"

void
k_bnn_fire(const int32_t *counts, const int32_t *k, size_t n, uint64_t *out)
{
	size_t o, i;

	for (o = 0; o < n; o += 64) {
		uint64_t bits = 0;

		for (i = o; i < n && i < o + 64; i++)
			bits |= (uint64_t)(counts[i] > k[i]) << (i - o);
		*out++ = bits;
	}
}

#define SUMS 64

void
k_bnn_row(const struct k_bnn_first *f, const int16_t *const *taps, size_t row,
    size_t n_words, uint64_t *out)
{
	const uint8_t *entries = f->entries;
	int16_t sums[SUMS];
	uint32_t o, t;
	size_t word, i;

	for (o = 0; o < f->n_neurons; o++, entries += f->n_taps) {
		for (word = 0; word < n_words; word++) {
			uint64_t bits = 0;

			memset(sums, 0, sizeof(sums));
			for (t = 0; t < f->n_taps; t++) {
				const int16_t *v =
				    taps[t] + entries[t] * row + word * SUMS;

				for (i = 0; i < SUMS; i++)
					sums[i] = (int16_t)(sums[i] + v[i]);
			}
			for (i = 0; i < SUMS; i++)
				bits |= (uint64_t)(sums[i] > f->k16[o]) << i;
			*out++ = bits;
		}
	}
}

/* Halves, quarters, ... of the matrix change sides. */
void
k_bnn_turn64(uint64_t a[64])
{
	uint64_t mask = UINT32_MAX;
	unsigned j, i;

	for (j = 32; j != 0; j >>= 1, mask ^= mask << j)
		for (i = 0; i < 64; i = ((i | j) + 1) & ~j) {
			uint64_t t = (a[i] >> j ^ a[i | j]) & mask;

			a[i] ^= t << j;
			a[i | j] ^= t;
		}
}
