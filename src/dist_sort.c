/*
 * dist_sort.c - pairs in order; for dist_push.c and dist_verify.c
 */
#include "config.h"

#include <string.h>

#include "src/dist_bfs_run.h"

/* Fewer are sorted by insertion. */
#define FEW 48

static void
sort_few(uint64_t *a, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		uint64_t x = a[i];

		for (j = i; j > 0 && a[j - 1] > x; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

static void
sort_byte(const uint64_t *a, uint64_t *b, size_t n, unsigned shift)
{
	size_t at[256] = {0}, sum = 0, count, i;

	for (i = 0; i < n; i++)
		at[a[i] >> shift & 255]++;
	for (i = 0; i < 256; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		b[at[a[i] >> shift & 255]++] = a[i];
}

uint64_t *
ocr_dist_sort(uint64_t *a, uint64_t *b, size_t n)
{
	uint64_t differs = 0, *c;
	unsigned shift;
	size_t i;

	if (n <= FEW) {
		sort_few(a, n);
		return a;
	}
	for (i = 1; i < n; i++)
		differs |= a[i] ^ a[0];
	for (shift = 0; shift < 64; shift += 8) {
		if ((differs >> shift & 255) == 0)
			continue;
		sort_byte(a, b, n, shift);
		c = a;
		a = b;
		b = c;
	}
	return a;
}
