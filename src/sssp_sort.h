/*
 * sssp_sort.h - a row in order of weight; for sssp_rows.c
 */
#ifndef OCR_SSSP_SORT_H
#define OCR_SSSP_SORT_H

#include <stdint.h>
#include <string.h>

#include "src/sssp_impl.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Rows shorter than that are sorted by insertion. */
#define SHORT_ROW 32

/* Arcs of a row; of a kind that is known where it is used. */
struct span {
	uint32_t *narrow;
	uint64_t *wide;
	double *reals;
	unsigned id_bits;
};

static ALWAYS_INLINE uint64_t
key_at(enum ocr_sssp_kind kind, struct span a, uint64_t i)
{
	uint64_t bits;

	if (kind == OCR_SSSP_PACKED)
		return a.narrow[i] >> a.id_bits;
	if (kind == OCR_SSSP_WIDE)
		return a.wide[i] >> 32;
	/* Not negative: in the order of their bits. */
	memcpy(&bits, &a.reals[i], sizeof(bits));
	return bits;
}

static ALWAYS_INLINE void
copy_at(enum ocr_sssp_kind kind, struct span to, uint64_t j, struct span from,
    uint64_t i)
{
	if (kind == OCR_SSSP_WIDE)
		to.wide[j] = from.wide[i];
	else
		to.narrow[j] = from.narrow[i];
	if (kind == OCR_SSSP_REAL)
		to.reals[j] = from.reals[i];
}

/* b: room for one. */
static ALWAYS_INLINE void
sort_short(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n)
{
	uint64_t i, j, key;

	for (i = 1; i < n; i++) {
		key = key_at(kind, a, i);
		if (key_at(kind, a, i - 1) <= key)
			continue;
		copy_at(kind, b, 0, a, i);
		for (j = i; j > 0 && key_at(kind, a, j - 1) > key; j--)
			copy_at(kind, a, j, a, j - 1);
		copy_at(kind, a, j, b, 0);
	}
}

/* By 8 bits of the key, from a to b. */
static ALWAYS_INLINE void
sort_digit(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n,
    unsigned shift)
{
	uint64_t at[256] = {0}, i, sum = 0, count;

	for (i = 0; i < n; i++)
		at[key_at(kind, a, i) >> shift & 255]++;
	for (i = 0; i < 256; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		copy_at(kind, b, at[key_at(kind, a, i) >> shift & 255]++, a, i);
}

/* Stable.  b: room for n. */
static ALWAYS_INLINE void
sort_row(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n)
{
	uint64_t differs = 0, i, first;
	struct span home = a, x;
	unsigned shift;

	if (n < 2)
		return;
	if (n <= SHORT_ROW) {
		sort_short(kind, a, b, n);
		return;
	}
	first = key_at(kind, a, 0);
	for (i = 1; i < n; i++)
		differs |= key_at(kind, a, i) ^ first;
	for (shift = 0; shift < 64; shift += 8) {
		if ((differs >> shift & 255) == 0)
			continue;
		sort_digit(kind, a, b, n, shift);
		x = a;
		a = b;
		b = x;
	}
	if (kind == OCR_SSSP_WIDE ? a.wide != home.wide
				  : a.narrow != home.narrow)
		for (i = 0; i < n; i++)
			copy_at(kind, home, i, a, i);
}

#endif
