/*
 * range.c - kernels that work through a range while the host looks on
 *
 * Each item i gets out[i]++, so that a test sees what was done and how often.
 */
#include <stdint.h>
#include <time.h>

void t_range(volatile uint32_t *start, volatile uint32_t *end, uint32_t usec,
    uint32_t *out);
void t_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out);

static void
nap(uint32_t usec)
{
	struct timespec t = {0, (long)usec * 1000};

	nanosleep(&t, 0);
}

/* start and end are registers. */
void
t_range(volatile uint32_t *start, volatile uint32_t *end, uint32_t usec,
    uint32_t *out)
{
	uint32_t i;

	while ((i = *start) < *end) {
		*start = i + 1;
		out[i]++;
		nap(usec);
	}
}

/* The same words, in memory. */
void
t_mailbox(volatile uint32_t *words, uint32_t usec, uint32_t *out)
{
	t_range(&words[0], &words[1], usec, out);
}
