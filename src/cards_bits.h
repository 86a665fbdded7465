/*
 * cards_bits.h - bitmaps that threads and units write at once
 *
 * For the programs in src/cards_*.c.  Relaxed: sweeps end at a barrier.
 */
#ifndef OCR_CARDS_BITS_H
#define OCR_CARDS_BITS_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
ocr_bit(const uint64_t *bits, uint64_t v)
{
	return __atomic_load_n(&bits[v / 64], __ATOMIC_RELAXED) >> v % 64 & 1;
}

/* True: it was not set. */
static inline bool
ocr_bit_set(uint64_t *bits, uint64_t v)
{
	uint64_t bit = (uint64_t)1 << v % 64;

	if (ocr_bit(bits, v))
		return false;
	return (__atomic_fetch_or(&bits[v / 64], bit, __ATOMIC_RELAXED) &
		   bit) == 0;
}

/* True: *at was greater. */
static inline bool
ocr_lower(uint32_t *at, uint32_t value)
{
	uint32_t old = __atomic_load_n(at, __ATOMIC_RELAXED);

	while (value < old)
		if (__atomic_compare_exchange_n(at, &old, value, true,
			__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	return false;
}

#endif
