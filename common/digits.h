/*
 * digits.h - numbers of ocr-stream(5), in the one form that is allowed
 *
 * For frame.c and frame_text.c only.  Strict, so that a number read and
 * written again is the same bytes.
 */
#ifndef OCR_DIGITS_H
#define OCR_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal: no sign, no leading zero, no overflow. */
static inline bool
ocr_digits_u64(const char *s, size_t len, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (len == 0 || (s[0] == '0' && len > 1))
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

/* Octal of at most 21 digits, leading zeros included. */
static inline bool
ocr_digits_octal(const char *s, size_t len, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (len == 0 || len > 21)
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '7')
			return false;
		v = v << 3 | (uint64_t)(s[i] - '0');
	}
	*out = v;
	return true;
}

/* Exactly eight lower-case hexadecimal digits. */
static inline bool
ocr_digits_hex32(const char *s, size_t len, uint32_t *out)
{
	uint32_t v = 0;
	size_t i;

	if (len != 8)
		return false;
	for (i = 0; i < 8; i++) {
		if (s[i] >= '0' && s[i] <= '9')
			v = v << 4 | (uint32_t)(s[i] - '0');
		else if (s[i] >= 'a' && s[i] <= 'f')
			v = v << 4 | (uint32_t)(s[i] - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

#endif
