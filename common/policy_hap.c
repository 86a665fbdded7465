/*
 * policy_hap.c - chunks of a card by a fit of its throughput
 */
#include "config.h"

#include "common/policy_hap.h"

#include <math.h>
#include <string.h>

/* LogFit's constants. */
#define MIN_POINTS 4
#define FLAT 0.005 /* less gain than that is none */
#define WORSE 0.9

#define MAX_EXPLORED 48 /* doublings; leaves room for what is fitted later */
#define MAX_CHUNK 1e18
#define EPSILON 1e-9 /* of sums of work */

void
ocr_hap_init(struct ocr_hap_card *c, double first)
{
	memset(c, 0, sizeof(*c));
	c->first = first;
	c->next = first;
	c->elbow = first;
}

/* When there is no room any more the oldest point of the fit goes. */
static void
add_point(struct ocr_hap_card *c, double chunk, double rate)
{
	size_t i = c->n_points;

	if (i < OCR_HAP_POINTS) {
		c->n_points++;
	} else {
		i = c->oldest++;
		if (c->oldest == OCR_HAP_POINTS)
			c->oldest = c->n_explored;
	}
	c->chunk[i] = chunk;
	c->rate[i] = rate;
}

/* Least squares. */
static void
fit(struct ocr_hap_card *c)
{
	double x = 0, y = 0, xx = 0, xy = 0, d;
	double n = (double)c->n_points;

	for (size_t i = 0; i < c->n_points; i++) {
		x += log(c->chunk[i]) / n;
		y += c->rate[i] / n;
	}
	for (size_t i = 0; i < c->n_points; i++) {
		d = log(c->chunk[i]) - x;
		xx += d * d;
		xy += d * (c->rate[i] - y);
	}
	c->slope = xx > 0 ? xy / xx : 0;
}

/* Do the last two points gain nothing over the one before? */
static bool
is_flat(const struct ocr_hap_card *c)
{
	const double *r = c->rate + c->n_points;

	return c->n_points >= MIN_POINTS && r[-2] < r[-3] * (1 + FLAT) &&
	       r[-1] < r[-3] * (1 + FLAT);
}

/* n_back: which point is the elbow, 1 is the last. */
static void
end_exploration(struct ocr_hap_card *c, size_t n_back)
{
	c->phase = OCR_HAP_STABLE;
	c->n_explored = c->n_points;
	c->oldest = c->n_points;
	c->next = c->first;
	if (n_back <= c->n_points) {
		c->next = c->chunk[c->n_points - n_back];
		c->old_rate = c->rate[c->n_points - n_back];
	}
	c->elbow = c->next;
	c->old_chunk = c->next;
	fit(c);
	c->threshold = c->slope / c->elbow;
}

static void
explore(struct ocr_hap_card *c, double chunk, double rate)
{
	add_point(c, chunk, rate);
	if (is_flat(c)) {
		c->phase = OCR_HAP_CHECK;
		c->n_checks = 3;
		c->next = c->chunk[c->n_points - 3];
	} else if (c->n_points == MAX_EXPLORED) {
		end_exploration(c, 1);
	} else {
		c->next *= 2;
	}
}

static void
check(struct ocr_hap_card *c, double chunk, double rate)
{
	size_t i = c->n_points - c->n_checks--;

	c->chunk[i] = chunk;
	c->rate[i] = rate;
	if (c->n_checks > 0) {
		c->next = c->chunk[i + 1];
	} else if (is_flat(c)) {
		end_exploration(c, 3);
	} else {
		c->phase = OCR_HAP_EXPLORE;
		c->next = chunk * 2;
	}
}

/* The chunk at which the fit is as steep as it was at the elbow. */
static double
fitted_chunk(const struct ocr_hap_card *c)
{
	double x;

	if (!(c->slope > 0) || !(c->threshold > 0))
		return c->next;
	x = ceil(c->slope / c->threshold / c->first - EPSILON) * c->first;
	return fmin(fmax(x, c->first), MAX_CHUNK);
}

static void
follow(struct ocr_hap_card *c, double chunk, double rate)
{
	add_point(c, chunk, rate);
	fit(c);
	if (rate < WORSE * c->old_rate && c->next != c->old_chunk) {
		c->phase = OCR_HAP_SCAN;
		c->tried_chunk = c->next;
		c->tried_rate = rate;
		c->next = c->old_chunk;
		return;
	}
	c->old_chunk = c->next;
	c->old_rate = rate;
	c->next = fitted_chunk(c);
}

static void
scan(struct ocr_hap_card *c, double chunk, double rate)
{
	add_point(c, chunk, rate);
	fit(c);
	c->phase = OCR_HAP_STABLE;
	c->old_rate = rate;
	if (rate < c->tried_rate) {
		c->next = c->tried_chunk;
		c->old_chunk = c->tried_chunk;
		c->old_rate = c->tried_rate;
	}
}

/* The range ends, or the chunk was taken before `next` was as it is. */
static void
count_short(struct ocr_hap_card *c)
{
	if (c->phase >= OCR_HAP_STABLE || ++c->n_short < 2)
		return;
	end_exploration(c, c->phase == OCR_HAP_CHECK ? 3 : 1);
}

void
ocr_hap_done(struct ocr_hap_card *c, double chunk, double rate)
{
	c->last_rate = rate;
	if (chunk < c->next * (1 - EPSILON)) {
		count_short(c);
		return;
	}
	c->n_short = 0;
	switch (c->phase) {
	case OCR_HAP_FIRST:
		c->phase = OCR_HAP_EXPLORE;
		break;
	case OCR_HAP_EXPLORE:
		explore(c, chunk, rate);
		break;
	case OCR_HAP_CHECK:
		check(c, chunk, rate);
		break;
	case OCR_HAP_STABLE:
		follow(c, chunk, rate);
		break;
	case OCR_HAP_SCAN:
		scan(c, chunk, rate);
		break;
	}
}
