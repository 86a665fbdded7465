/*
 * fwi.c - the heart of full waveform inversion, as kernels of the plain shape
 *
 * What a wave has done on its way to the receivers, p = K x, is measured; x,
 * how every point of a grid differs from its surroundings, is wanted.  K holds
 * a row of complex numbers for each measurement.  Conjugate gradients find x
 * step by step (CGLS: Björck, Numerical Methods for Least Squares Problems,
 * 1996, algorithm 7.4.1); a step is a complex dot product for each measurement
 * (q = K d) and an update of each grid point (s = K* r), the two kernels that
 * OctoRay's example puts on a card.
 *
 * A chunk is any number of records of 4096 bytes.  Each is a problem of its
 * own, of one frequency and source, with its state: so records spread over
 * all units, and the output of one step is the input of the next.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define GRID 16
#define MEASURED 24
#define RECORD_BYTES 4096
#define LINE_BYTES 64

struct complex {
	float re, im;
};

struct problem {
	uint32_t seed, n_steps;
	float gamma;    /* |K* r|^2 */
	float measured; /* |p|^2 */
	struct complex x[GRID], d[GRID], r[MEASURED];
	struct complex k[MEASURED][GRID];
};

struct record {
	struct problem problem;
	uint8_t rest[RECORD_BYTES - sizeof(struct problem)];
};

/* a += b c */
static void
add_product(struct complex *a, struct complex b, struct complex c)
{
	a->re += b.re * c.re - b.im * c.im;
	a->im += b.re * c.im + b.im * c.re;
}

static float
square(const struct complex *v, int n)
{
	float sum = 0;

	for (int i = 0; i < n; i++)
		sum += v[i].re * v[i].re + v[i].im * v[i].im;
	return sum;
}

static void
dotprod(const struct problem *f, const struct complex *x, struct complex *q)
{
	for (int m = 0; m < MEASURED; m++) {
		q[m] = (struct complex){0, 0};
		for (int g = 0; g < GRID; g++)
			add_product(&q[m], f->k[m][g], x[g]);
	}
}

static void
update(const struct problem *f, struct complex *s)
{
	struct complex conj;

	for (int g = 0; g < GRID; g++) {
		s[g] = (struct complex){0, 0};
		for (int m = 0; m < MEASURED; m++) {
			conj = f->k[m][g];
			conj.im = -conj.im;
			add_product(&s[g], conj, f->r[m]);
		}
	}
}

static void
step(struct problem *f)
{
	struct complex q[MEASURED], s[GRID];
	float alpha, beta, gamma, length;

	dotprod(f, f->d, q);
	length = square(q, MEASURED);
	if (!(length > 0))
		return; /* x is as good as it gets */
	alpha = f->gamma / length;
	for (int g = 0; g < GRID; g++) {
		f->x[g].re += alpha * f->d[g].re;
		f->x[g].im += alpha * f->d[g].im;
	}
	for (int m = 0; m < MEASURED; m++) {
		f->r[m].re -= alpha * q[m].re;
		f->r[m].im -= alpha * q[m].im;
	}
	update(f, s);
	gamma = square(s, GRID);
	beta = gamma / f->gamma;
	f->gamma = gamma;
	for (int g = 0; g < GRID; g++) {
		f->d[g].re = s[g].re + beta * f->d[g].re;
		f->d[g].im = s[g].im + beta * f->d[g].im;
	}
	f->n_steps++;
}

/* Numbers in (-1, 1) that are the same everywhere. */
static float
next(uint32_t *state)
{
	*state = *state * UINT32_C(1664525) + UINT32_C(1013904223);
	return (float)(int32_t)(*state & ~UINT32_C(0xff)) / 2147483648.0f;
}

/* A problem that belongs to a seed: x is 0, d and r are set accordingly. */
static void
make(struct problem *f, uint32_t seed)
{
	uint32_t state = seed * UINT32_C(2654435761);
	struct complex x[GRID];

	memset(f, 0, sizeof(*f));
	f->seed = seed;
	for (int g = 0; g < GRID; g++)
		x[g] = (struct complex){next(&state), next(&state)};
	for (int m = 0; m < MEASURED; m++) {
		for (int g = 0; g < GRID; g++)
			f->k[m][g] =
			    (struct complex){next(&state), next(&state)};
	}
	dotprod(f, x, f->r);
	update(f, f->d);
	f->gamma = square(f->d, GRID);
	f->measured = square(f->r, MEASURED);
}

/* A record for each byte of input, which is its seed. */
void
fwi_make(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	const uint8_t *seeds = in;
	struct record r;

	*out_len = UINT32_MAX;
	if ((uint64_t)in_len * sizeof(r) > out_cap)
		return;
	memset(&r, 0, sizeof(r));
	for (uint32_t i = 0; i < in_len; i++) {
		make(&r.problem, seeds[i]);
		memcpy((char *)out + i * sizeof(r), &r, sizeof(r));
	}
	*out_len = in_len * (uint32_t)sizeof(r);
}

/* One step of each record. */
void
fwi_step(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	uint32_t at, end = in_len - in_len % RECORD_BYTES;
	struct record r;

	*out_len = UINT32_MAX;
	if (end > out_cap)
		return;
	for (at = 0; at < end; at += sizeof(r)) {
		memcpy(&r, (const char *)in + at, sizeof(r));
		step(&r.problem);
		memcpy((char *)out + at, &r, sizeof(r));
	}
	*out_len = end;
}

/* A line for each record: how much of what was measured x does not explain. */
void
fwi_misfit(const void *in, uint32_t in_len, void *out, uint32_t out_cap,
    uint32_t *out_len)
{
	uint32_t at, end = in_len - in_len % RECORD_BYTES, n = 0;
	struct record r;

	*out_len = UINT32_MAX;
	for (at = 0; at < end; at += sizeof(r)) {
		if (out_cap - n < LINE_BYTES)
			return;
		memcpy(&r, (const char *)in + at, sizeof(r));
		n += (uint32_t)snprintf((char *)out + n, LINE_BYTES,
		    "%3u: %2u steps, misfit %6.2f %%\n", r.problem.seed & 255,
		    r.problem.n_steps & 255,
		    100 * sqrt((double)(square(r.problem.r, MEASURED) /
					r.problem.measured)));
	}
	*out_len = n;
}
