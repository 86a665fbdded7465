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
void t_own_1(uint32_t ms, uint32_t *out);
void t_own_2(uint32_t ms, uint32_t *out);
void t_own_3(uint32_t ms, uint32_t *out);
void t_own_4(uint32_t ms, uint32_t *out);
void t_own_5(uint32_t ms, uint32_t *out);

/* Of the card: src/softcard_unit.h. */
unsigned ocr_softcard_unit_index(void);

/* A stream as plain C has it: the memory that both ends get is zeroed. */
struct stream {
	uint32_t slots[64], n_written, n_read;
};

void t_read(const uint32_t *mem, int n, struct stream *out);
void t_next(struct stream *in, struct stream *out);
void t_write(uint32_t *mem, int n, struct stream *in);

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

/* Which kernel this is, and which of its units. */
static void
own(uint32_t kernel, uint32_t ms, uint32_t *out)
{
	const struct timespec nap = {0, (long)ms * 1000000};

	nanosleep(&nap, NULL);
	out[0] = kernel;
	out[1] = ocr_softcard_unit_index();
}

void
t_own_1(uint32_t ms, uint32_t *out)
{
	own(1, ms, out);
}

void
t_own_2(uint32_t ms, uint32_t *out)
{
	own(2, ms, out);
}

void
t_own_3(uint32_t ms, uint32_t *out)
{
	own(3, ms, out);
}

void
t_own_4(uint32_t ms, uint32_t *out)
{
	own(4, ms, out);
}

void
t_own_5(uint32_t ms, uint32_t *out)
{
	own(5, ms, out);
}

static void
put(struct stream *s, uint32_t v)
{
	const struct timespec nap = {0, 10000};

	while (
	    s->n_written - __atomic_load_n(&s->n_read, __ATOMIC_ACQUIRE) == 64)
		nanosleep(&nap, NULL);
	s->slots[s->n_written % 64] = v;
	__atomic_store_n(&s->n_written, s->n_written + 1, __ATOMIC_RELEASE);
}

static uint32_t
get(struct stream *s)
{
	const struct timespec nap = {0, 10000};
	uint32_t v;

	while (__atomic_load_n(&s->n_written, __ATOMIC_ACQUIRE) == s->n_read)
		nanosleep(&nap, NULL);
	v = s->slots[s->n_read % 64];
	__atomic_store_n(&s->n_read, s->n_read + 1, __ATOMIC_RELEASE);
	return v;
}

void
t_read(const uint32_t *mem, int n, struct stream *out)
{
	for (int i = 0; i < n; i++)
		put(out, mem[i]);
}

/* Runs always. */
void
t_next(struct stream *in, struct stream *out)
{
	put(out, get(in) + 1);
}

void
t_write(uint32_t *mem, int n, struct stream *in)
{
	for (int i = 0; i < n; i++)
		mem[i] = get(in);
}
