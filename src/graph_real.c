/*
 * graph_real.c - see graph_real.h; called by graph_lines.c
 *
 * Nearly all weights are m * 10^e with m < 2^64 and a small e.  If m <= 2^53
 * and |e| <= 22 both are doubles and one operation rounds right (Clinger, "How
 * to read floating point numbers accurately", 1990).  Larger m are divided as a
 * sum of two doubles; where the result lies too near to the middle of two
 * doubles to know, and for everything else, strtod decides.
 */
#include "config.h"

#include "src/graph_real.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_words.h"

#define MAX_POWER 22 /* 5^22 < 2^53 */
#define MAX_EXPONENT 99999
/* Copied for strtod; longer ones are rare enough for malloc. */
#define TEXT_BYTES 128

static const double tens[MAX_POWER + 1] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6,
    1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
    1e20, 1e21, 1e22};

struct real {
	uint64_t m;
	int e;
	bool is_cut; /* there were more digits than m takes */
};

static bool
is_digit(uint8_t c)
{
	return (unsigned)(c - '0') <= 9;
}

/* More digits of m; e goes down by step for each. */
static const uint8_t *
read_digits(const uint8_t *p, const uint8_t *end, int step, struct real *x)
{
	uint64_t t;

	while (end - p >= 8 && x->m < 1000 * 1000 * 1000) {
		t = ocr_load_le64(p) ^ OCR_BYTES(0x30);
		if (((((t & OCR_BYTES(0x7f)) + OCR_BYTES(0x76)) | t) &
			OCR_BYTES(0x80)) != 0)
			break;
		x->m = x->m * 100000000 + ocr_eight_digits(t);
		x->e -= 8 * step;
		p += 8;
	}
	for (; p < end && is_digit(*p); p++) {
		if (x->m >= UINT64_C(1000000000000000000)) {
			x->is_cut = true; /* another one may not fit */
			continue;
		}
		x->m = x->m * 10 + (uint64_t)(*p - '0');
		x->e -= step;
	}
	return p;
}

/* Behind an exponent, or p if there is none. */
static const uint8_t *
read_exponent(const uint8_t *p, const uint8_t *end, struct real *x)
{
	const uint8_t *at = p + 1;
	bool is_negative;
	int e = 0;

	if (p == end || (*p | 0x20) != 'e')
		return p;
	is_negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end || !is_digit(*at))
		return p;
	for (; at < end && is_digit(*at); at++)
		if (e < MAX_EXPONENT)
			e = e * 10 + (*at - '0');
	x->e += is_negative ? -e : e;
	return at;
}

/* m / 10^power, unless it cannot be known which double is the nearest. */
static bool
divide(uint64_t m, int power, double *out)
{
	double d = tens[power], high = (double)(m >> 11 << 11),
	       low = (double)(m & 0x7ff), q, rest, doubt;

	q = (high + low) / d;
	/* m - q * d is some units in the last place of m, and off by less than
	 * 2^-50 of one. */
	rest = (fma(-q, d, high) + low) / d;
	doubt = q * 0x1p-90;
	*out = q + rest;
	return q + (rest - doubt) == *out && q + (rest + doubt) == *out;
}

static bool
convert(const struct real *x, double *out)
{
	if (FLT_EVAL_METHOD != 0 || x->is_cut || x->e < -MAX_POWER ||
	    x->e > MAX_POWER)
		return false;
	if (x->m <= UINT64_C(1) << 53) {
		*out = x->e < 0 ? (double)x->m / tens[-x->e]
				: (double)x->m * tens[x->e];
		return true;
	}
	return x->e <= 0 && divide(x->m, -x->e, out);
}

static void
ask_strtod(const uint8_t *p, size_t n, double *out)
{
	char text[TEXT_BYTES], *copy = n < sizeof(text) ? text : malloc(n + 1);

	*out = NAN; /* no memory: then it is refused */
	if (copy == NULL)
		return;
	memcpy(copy, p, n);
	copy[n] = '\0';
	*out = strtod(copy, NULL);
	if (copy != text)
		free(copy);
}

size_t
ocr_real_read(const uint8_t *p, const uint8_t *end, double *out)
{
	const uint8_t *at = p, *digits;
	struct real x = {0};
	size_t n;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	digits = at;
	at = read_digits(at, end, 0, &x);
	n = (size_t)(at - digits);
	if (at < end && *at == '.') {
		at = read_digits(at + 1, end, 1, &x);
		n = (size_t)(at - digits) - 1;
	}
	if (n == 0)
		return 0;
	at = read_exponent(at, end, &x);
	if (!convert(&x, out))
		ask_strtod(p, (size_t)(at - p), out);
	else if (*p == '-')
		*out = -*out;
	return (size_t)(at - p);
}
