/*
 * graph_words.h - numbers between blanks in a text of any size
 *
 * For the text formats that list rows.  A blank is any byte up to ' ', ends
 * of lines included; nothing is read at end or beyond.
 */
#ifndef OCR_GRAPH_WORDS_H
#define OCR_GRAPH_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "src/graph_bytes.h"

#define OCR_BYTES(x) (UINT64_C(0x0101010101010101) * (x))

enum ocr_word { OCR_WORD_BAD = -1, OCR_WORD_NONE, OCR_WORD_NUMBER };

/* The value of eight digits, the first in the lowest byte, '0' taken off each.
 * Pairs, fours and eights by multiplication: Lemire, "Quickly parsing eight
 * digits", 2018. */
static inline uint64_t
ocr_eight_digits(uint64_t t)
{
	t = t * 10 + (t >> 8);
	return ((t & UINT64_C(0x000000ff000000ff)) *
		       UINT64_C(0x000f424000000064) +
		   (t >> 16 & UINT64_C(0x000000ff000000ff)) *
		       UINT64_C(0x0000271000000001)) >>
	       32;
}

/* Digits at *at, which moves behind them; false: more than 64 bits. */
static inline bool
ocr_word_digits(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	const uint8_t *p = *at;
	uint64_t v = 0, t, other;
	int n;

	if (end - p >= 8) {
		t = ocr_load_le64(p) ^ OCR_BYTES(0x30);
		/* The top bit of each byte that is more than 9. */
		other = (((t & OCR_BYTES(0x7f)) + OCR_BYTES(0x76)) | t) &
			OCR_BYTES(0x80);
		n = other == 0 ? 8 : __builtin_ctzll(other) / 8;
		if (n > 0)
			v = ocr_eight_digits(t << (64 - 8 * n));
		p += n;
	}
	for (; p < end && (unsigned)(*p - '0') <= 9; p++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	*at = p;
	*out = v;
	return true;
}

/* The next word, which must be a whole number.  *at moves behind it, or to
 * the beginning of what is none. */
static inline enum ocr_word
ocr_word_next(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	const uint8_t *p = *at;

	while (p < end && *p <= ' ')
		p++;
	*at = p;
	if (p == end)
		return OCR_WORD_NONE;
	if (!ocr_word_digits(&p, end, out) || p == *at || (p<end && * p> ' '))
		return OCR_WORD_BAD;
	*at = p;
	return OCR_WORD_NUMBER;
}

/* Where word n from here begins (0: the next one), or end; *n_seen: how many
 * words are before that. */
static inline const uint8_t *
ocr_words_skip(const uint8_t *at, const uint8_t *end, uint64_t n,
    uint64_t *n_seen)
{
	uint64_t seen = 0, before = 0, dark, starts, count;

	while (end - at >= 8) {
		uint64_t w = ocr_load_le64(at);

		/* The top bit of each byte that is more than ' '. */
		dark = (((w & OCR_BYTES(0x7f)) + OCR_BYTES(0x5f)) | w) &
		       OCR_BYTES(0x80);
		starts = dark & ~(dark << 8 | before);
		count = (starts >> 7) * OCR_BYTES(1) >> 56;
		if (count > n - seen)
			break;
		seen += count;
		before = dark >> 56;
		at += 8;
	}
	for (; at < end; at++) {
		if (*at > ' ' && before == 0 && seen++ == n) {
			seen--;
			break;
		}
		before = *at > ' ';
	}
	*n_seen = seen;
	return at;
}

/* The line of a place, from 1; for messages. */
static inline uint64_t
ocr_line_of(const uint8_t *data, const uint8_t *at)
{
	uint64_t line = 1;

	while (data < at &&
	       (data = memchr(data, '\n', (size_t)(at - data))) != NULL) {
		line++;
		data++;
	}
	return line;
}

#endif
