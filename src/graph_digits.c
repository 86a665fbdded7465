/*
 * graph_digits.c - see graph_digits.h; called by what prints results
 *
 * A real is multiplied by a power of ten, as a sum of two doubles that is exact
 * to some 100 bits, so that its first 9 or 17 digits are the whole part.  Where
 * that leaves in doubt which digit is right, or how far a text may be off and
 * still be read back as the same number, printf and strtod decide.
 */
#include "config.h"

#include "src/graph_digits.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_POWER 44 /* of ten: 5^44 has 103 bits */
#define DOUBT 1e-6

struct digits {
	uint64_t value; /* of `tried` digits, the first not 0 */
	int tried;
	int power; /* of ten, of the first digit */
};

/* A type of number: how many digits may be needed. */
struct real_type {
	int least, most;
	int bits; /* of the mantissa */
};

static const struct real_type type_double = {15, 17, 53};
static const struct real_type type_float = {6, 9, 24};

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
    1e22};

static const uint64_t whole_tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000,
    10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
    10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
    100000000000000000};

char *
ocr_put_u64(char *p, uint64_t v)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	char text[20], *at = text + sizeof(text);
	size_t n;

	while (v >= 100) {
		at -= 2;
		memcpy(at, pairs + v % 100 * 2, 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(at, pairs + v * 2, 2);
	} else {
		*--at = (char)('0' + v);
	}
	n = (size_t)(text + sizeof(text) - at);
	memcpy(p, at, n);
	return p + n;
}

/* d * 10^power = *high + *low. */
static void
scale(double d, int power, double *high, double *low)
{
	int second = power > 22 ? power - 22 : 0;
	double a = tens[power - second], b = tens[second];
	double ten = a * b, ten_low = fma(a, b, -ten);

	*high = d * ten;
	*low = fma(d, ten, -*high) + d * ten_low;
}

/*
 * d, positive and finite, as a whole number of n digits and a fraction of one;
 * *power: of ten that the first digit has.  *factor: 10 to what it was
 * multiplied with.  false: out of reach.
 */
static bool
split(double d, int n, uint64_t *whole, double *fraction, int *power,
    double *factor)
{
	double high, low, rest, below;
	int exponent, first;

	frexp(d, &exponent);
	/* log10(2); the power is this one or the next. */
	first = (int)floor((exponent - 1) * 0.30102999566398);
	if (first < n - 1 - MAX_POWER || first > n - 2)
		return false;
	scale(d, n - 1 - first, &high, &low);
	if (high - tens[n] + low >= 0) {
		first++;
		scale(d, n - 1 - first, &high, &low);
	}
	*whole = (uint64_t)high;
	rest = high - (double)*whole + low;
	below = floor(rest);
	*whole += (uint64_t)(int64_t)below;
	*fraction = rest - below;
	*power = first;
	*factor = tens[n - 1 - first > 22 ? 22 : n - 1 - first] *
		  tens[n - 1 - first > 22 ? n - 1 - first - 22 : 0];
	return true;
}

/* The first n of the `most` digits that whole has, rounded; *off: by how much,
 * in units of whole.  false: in doubt. */
static bool
round_to(uint64_t whole, double fraction, int most, int n, struct digits *out,
    double *off)
{
	uint64_t unit = whole_tens[most - n];
	double over = (double)(whole % unit) + fraction;
	double half = (double)unit / 2;

	if (fabs(over - half) < DOUBT)
		return false;
	out->value = whole / unit + (over > half);
	out->tried = n;
	*off = over > half ? (double)unit - over : over;
	if (out->value == whole_tens[n]) {
		out->value /= 10;
		out->power++;
	}
	return true;
}

/* The shortest that reads back.  false: in doubt, or out of reach. */
static bool
shorten(double d, const struct real_type *type, struct digits *out)
{
	uint64_t whole;
	double fraction, factor, half_ulp, off, far, near;
	int power, exponent, n;

	if (!split(d, type->most, &whole, &fraction, &power, &factor))
		return false;
	far = frexp(d, &exponent);
	half_ulp = ldexp(factor, exponent - type->bits - 1);
	/* Below a power of two numbers are twice as dense. */
	near = far == 0.5 ? half_ulp / 2 : half_ulp;
	for (n = type->least; n < type->most; n++) {
		out->power = power;
		if (!round_to(whole, fraction, type->most, n, out, &off))
			return false;
		if (off < near * (1 - DOUBT))
			return true;
		if (off < half_ulp * (1 + DOUBT))
			return false;
	}
	out->power = power;
	return round_to(whole, fraction, type->most, n, out, &off);
}

static char *
put_exponent(char *p, int power)
{
	unsigned n = (unsigned)abs(power);

	*p++ = 'e';
	*p++ = power < 0 ? '-' : '+';
	if (n < 10)
		*p++ = '0';
	return ocr_put_u64(p, n);
}

/* As %g: fixed where that is not longer, no zeros at the end. */
static char *
put_general(char *p, const struct digits *d)
{
	char text[20];
	int n = (int)(ocr_put_u64(text, d->value) - text), i;

	while (n > 1 && text[n - 1] == '0')
		n--;
	if (d->power < -4 || d->power >= d->tried) {
		*p++ = text[0];
		if (n > 1)
			*p++ = '.';
		memcpy(p, text + 1, (size_t)(n - 1));
		return put_exponent(p + n - 1, d->power);
	}
	if (d->power < 0) {
		memcpy(p, "0.0000", 6);
		p += 1 - d->power;
		memcpy(p, text, (size_t)n);
		return p + n;
	}
	for (i = 0; i < n || i <= d->power; i++) {
		if (i == d->power + 1)
			*p++ = '.';
		*p++ = i < n ? text[i] : '0';
	}
	return p;
}

static char *
put_slowly(char *p, double v, const struct real_type *type)
{
	char text[OCR_DIGITS_ROOM];
	bool is_float = type == &type_float, is_same = false;
	size_t len = 0;
	int n;

	for (n = type->least; n <= type->most && !is_same; n++) {
		len = (size_t)snprintf(text, sizeof(text), "%.*g", n, v);
		is_same = is_float ? strtof(text, NULL) == (float)v
				   : strtod(text, NULL) == v;
	}
	memcpy(p, text, len);
	return p + len;
}

static char *
put_real(char *p, double v, const struct real_type *type)
{
	struct digits d;

	if (v > 0 && v < 1e300 && shorten(v, type, &d))
		return put_general(p, &d);
	return put_slowly(p, v, type);
}

char *
ocr_put_double(char *p, double v)
{
	if (v >= 0 && v < 1e15 && (double)(uint64_t)v == v && !signbit(v))
		return ocr_put_u64(p, (uint64_t)v);
	return put_real(p, v, &type_double);
}

char *
ocr_put_float(char *p, float v)
{
	return put_real(p, (double)v, &type_float);
}

char *
ocr_put_e15(char *p, double v)
{
	char text[OCR_DIGITS_ROOM];
	struct digits d = {0};
	uint64_t whole;
	double fraction, factor, off;
	size_t len;

	if (v > 0 && v < 1e300 &&
	    split(v, 17, &whole, &fraction, &d.power, &factor) &&
	    round_to(whole, fraction, 17, 16, &d, &off)) {
		(void)ocr_put_u64(text, d.value);
		*p++ = text[0];
		*p++ = '.';
		memcpy(p, text + 1, 15);
		return put_exponent(p + 15, d.power);
	}
	len = (size_t)snprintf(text, sizeof(text), "%.15e", v);
	memcpy(p, text, len);
	return p + len;
}
