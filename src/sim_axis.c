/*
 * sim_axis.c - see sim_axis.h
 */
#include "config.h"

#include "src/sim_axis.h"

#include <math.h>
#include <stdio.h>

struct ocr_axis
ocr_axis_exact(double low, double high, bool is_log, double from, double to)
{
	struct ocr_axis a = {low, high, from, to, is_log};

	if (is_log && !(a.low > 0))
		a.low = 1;
	if (!(a.high > a.low))
		a.high = a.low + 1;
	return a;
}

struct ocr_axis
ocr_axis(double low, double high, bool is_log, double from, double to)
{
	if (!is_log)
		return ocr_axis_exact(0, high * 1.05, false, from, to);
	if (!(low > 0) || low > high)
		low = 1;
	/* A bar of 1 is seen, and so is the end of the highest one. */
	if (high < low * 1.1)
		high = low * 1.1;
	return ocr_axis_exact(low, high * pow(high / low, 0.05), true, from,
	    to);
}

double
ocr_axis_at(const struct ocr_axis *a, double v)
{
	double part = a->is_log ? log(v / a->low) / log(a->high / a->low)
				: (v - a->low) / (a->high - a->low);

	part = part < 0 ? 0 : part > 1 ? 1 : part;
	return a->from + part * (a->to - a->from);
}

/* 1, 2 or 5 times a power of ten, at least v. */
static double
round_up(double v)
{
	double power = pow(10, floor(log10(v)));

	if (v <= power)
		return power;
	if (v <= 2 * power)
		return 2 * power;
	return v <= 5 * power ? 5 * power : 10 * power;
}

static size_t
even_ticks(const struct ocr_axis *a, double *ticks)
{
	double step = round_up((a->high - a->low) / 6);
	double first = ceil(a->low / step - 1e-9);
	size_t n = 0;

	while (n < OCR_AXIS_TICKS && (first + (double)n) * step <= a->high) {
		ticks[n] = (first + (double)n) * step;
		n++;
	}
	return n;
}

size_t
ocr_axis_ticks(const struct ocr_axis *a, double ticks[OCR_AXIS_TICKS])
{
	static const double parts[] = {1, 2, 5};
	double ratio = a->high / a->low, power, jump;
	size_t n = 0, n_parts = ratio > 300 ? 1 : 3;

	if (!a->is_log || ratio < 5)
		return even_ticks(a, ticks);
	/* With many powers of ten, not all of them. */
	jump = pow(10, ceil(log10(ratio) / 12));
	power = pow(10, floor(log10(a->low) + 1e-9));
	for (; power <= a->high && n < OCR_AXIS_TICKS; power *= jump) {
		for (size_t i = 0; i < n_parts && n < OCR_AXIS_TICKS; i++) {
			double v = power * parts[i];

			if (v >= a->low * 0.999 && v <= a->high)
				ticks[n++] = v;
		}
	}
	return n;
}

const char *
ocr_axis_text(double v, char *buf)
{
	static const char units[] = {0, 'k', 'M', 'G', 'T'};
	size_t u = 0;

	if (v >= 10000) {
		while (v >= 1000 && u + 1 < sizeof(units)) {
			v /= 1000;
			u++;
		}
	}
	snprintf(buf, 32, "%.4g%c", v, units[u]);
	return buf;
}
