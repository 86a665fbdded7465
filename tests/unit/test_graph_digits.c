/*
 * test_graph_digits.c - numbers as text: the same characters as printf's
 */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "src/graph_digits.h"
#include "tests/unit/tap.h"

#define ROUNDS 50000

static uint64_t
next(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1d;
}

static void
expect_double(double v, char *text)
{
	for (int n = 15; n <= 17; n++) {
		snprintf(text, 40, "%.*g", n, v);
		if (strtod(text, NULL) == v)
			return;
	}
}

static void
expect_float(float v, char *text)
{
	for (int n = 6; n <= 9; n++) {
		snprintf(text, 40, "%.*g", n, (double)v);
		if (strtof(text, NULL) == v)
			return;
	}
}

static int
same_double(double v)
{
	char got[40] = "", want[40];

	*ocr_put_double(got, v) = '\0';
	expect_double(v, want);
	if (strcmp(got, want) == 0)
		return 1;
	diag("%a: got %s, want %s", v, got, want);
	return 0;
}

static int
same_float(float v)
{
	char got[40] = "", want[40];

	*ocr_put_float(got, v) = '\0';
	expect_float(v, want);
	if (strcmp(got, want) == 0)
		return 1;
	diag("%a: got %s, want %s", (double)v, got, want);
	return 0;
}

static int
same_e15(double v)
{
	char got[40] = "", want[40];

	*ocr_put_e15(got, v) = '\0';
	snprintf(want, sizeof(want), "%.15e", v);
	if (strcmp(got, want) == 0)
		return 1;
	diag("%a: got %s, want %s", v, got, want);
	return 0;
}

static int
same(double v)
{
	return same_double(v) & same_e15(v) & same_float((float)v);
}

static int
same_u64(uint64_t v)
{
	char got[40] = "", want[40];

	*ocr_put_u64(got, v) = '\0';
	snprintf(want, sizeof(want), "%" PRIu64, v);
	return strcmp(got, want) == 0;
}

static void
test_chosen(void)
{
	static const double values[] = {0.0, 1, 2, 10, 0.1, 0.2, 0.3, 0.83, 0.5,
	    0.25, 0.125, 1.0 / 3, 2.0 / 3, 1e-4, 9.9999e-5, 0.00012345, 1e5,
	    1e14, 1e15, 1e16, 1e17, 1e18, 1e22, 1e23, 123456789012345.6,
	    999999999999999.9, 9007199254740992, 4503599627370496.5, 0.1 + 0.2,
	    5e-324, DBL_MIN, DBL_MAX, 1e300, 1e-24, 1e-25, 1e-30,
	    9.5367431640625e-07, 0.99999999999999989, 1.0000000000000002,
	    99999.95, 999999.5, 0.99999995, 9.9999999999999995e-08};
	int held = 1;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		held &= same(values[i]);
	held &= same_double((double)INFINITY) & same_double(-1.5);
	ok(held, "chosen reals");
	held = 1;
	for (int e = -330; e < 320; e++) {
		held &= same(pow(10, e)) & same(ldexp(1, e));
		held &= same(nextafter(pow(10, e), 0));
		held &= same(nextafter(ldexp(1, e), 0));
		held &= same(nextafter(ldexp(1, e), (double)INFINITY));
	}
	ok(held, "powers of ten and two, and their neighbours");
}

static void
test_random(void)
{
	uint64_t s = 1, bits, n = 10;
	double v;
	float f;
	int held = 1;

	for (int i = 0; i < ROUNDS; i++) {
		bits = next(&s);
		memcpy(&v, &bits, sizeof(v));
		if (isfinite(v) && fabs(v) <= FLT_MAX)
			held &= same(v);
	}
	ok(held, "random bits");
	held = 1;
	for (int i = 0; i < ROUNDS; i++) {
		v = ldexp((double)(next(&s) >> 11), -53);
		held &= same(v) & same(v * 1e-9) & same(v * 1e9);
		/* decimals of few digits, and sums of them */
		n = (uint64_t)1 << (next(&s) % 50);
		v = (double)(next(&s) % n) / pow(10, (double)(next(&s) % 16));
		held &= same(v) & same(v + 0.1);
	}
	ok(held, "random reals of usual sizes");
	held = 1;
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t half = (uint32_t)next(&s) & 0x7fffffff;

		memcpy(&f, &half, sizeof(f));
		if (isfinite(f))
			held &= same_float(f);
	}
	ok(held, "random floats");
}

int
main(void)
{
	uint64_t s = 7, v = 1;
	int held = same_u64(0) & same_u64(UINT64_MAX);

	for (int i = 0; i < 20; i++, v *= 10)
		held &= same_u64(v) & same_u64(v - 1) & same_u64(v + 1);
	for (int i = 0; i < ROUNDS; i++)
		held &= same_u64(next(&s) >> next(&s) % 64);
	ok(held, "whole numbers");
	test_chosen();
	test_random();
	return done();
}
