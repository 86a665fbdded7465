/*
 * vadd.c - plain kernels, as a user has them; tests/softcard.bats runs them
 * by way of tests/xrt_host.c
 */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

void t_vadd(const uint32_t *a, const uint32_t *b, uint32_t *out, int n);
void t_types(uint8_t byte, int16_t word, uint64_t wide, float f, double d,
    double *out);
void t_count(volatile uint32_t *start, volatile uint32_t *end, uint32_t *out);

void
t_vadd(const uint32_t *a, const uint32_t *b, uint32_t *out, int n)
{
	for (int i = 0; i < n; i++)
		out[i] = a[i] + b[i];
}

/* One of each kind by value. */
void
t_types(uint8_t byte, int16_t word, uint64_t wide, float f, double d,
    double *out)
{
	out[0] = byte;
	out[1] = word;
	out[2] = (double)wide;
	out[3] = (double)f;
	out[4] = d;
}

/* A millisecond for each item; end may be lowered meanwhile. */
void
t_count(volatile uint32_t *start, volatile uint32_t *end, uint32_t *out)
{
	const struct timespec nap = {0, 1000000};
	uint32_t i;

	while ((i = *start) < *end) {
		out[i] = i + 1;
		nanosleep(&nap, NULL);
		*start = i + 1;
	}
}
