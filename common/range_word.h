/*
 * range_word.h - a range in one atomic word, and the steps of a steal
 *
 * Low half: next item its owner will take; high half: where it ends.  Equal or
 * start > end: empty.  All changes are compare-and-swap of whole words, so each
 * item has one owner at any time.  A word that looks as it did before means the
 * same as before: ABA does no harm.
 */
#ifndef OCR_RANGE_WORD_H
#define OCR_RANGE_WORD_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t
ocr_word(uint32_t start, uint32_t end)
{
	return (uint64_t)end << 32 | start;
}

static inline uint32_t
ocr_word_start(uint64_t word)
{
	return (uint32_t)word;
}

static inline uint32_t
ocr_word_end(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static inline bool
ocr_word_is_empty(uint64_t word)
{
	return ocr_word_start(word) >= ocr_word_end(word);
}

/* The word after its owner has taken up to grain items from the front. */
static inline uint64_t
ocr_word_claim(uint64_t word, uint32_t grain)
{
	uint32_t start = ocr_word_start(word), end = ocr_word_end(word);

	return ocr_word(end - start > grain ? start + grain : end, end);
}

/* The word after a thief has taken [mid, end); unchanged if mid is not inside:
 * then there is nothing to take. */
static inline uint64_t
ocr_word_split(uint64_t word, uint32_t mid)
{
	uint32_t start = ocr_word_start(word), end = ocr_word_end(word);

	return mid >= start && mid < end ? ocr_word(start, mid) : word;
}

/*
 * What a thief gets of a card whose end it has set to mid and whose start it
 * has read after that: [first, end).  The card does all items below first.
 */
static inline uint32_t
ocr_word_first_free(uint32_t mid, uint32_t start_after, uint32_t end)
{
	uint32_t first = start_after > mid ? start_after : mid;

	return first < end ? first : end;
}

#endif
