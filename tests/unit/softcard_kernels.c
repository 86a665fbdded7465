/*
 * softcard_kernels.c - a shared object of kernels, for test_softcard_device
 *
 * With -DOTHER its functions do something else under the same names.
 */
#include <stdint.h>
#include <unistd.h>

#ifdef OTHER
#define SIGN -
#else
#define SIGN +
#endif

unsigned ocr_softcard_unit_index(void);
void vadd(const uint32_t *a, const uint32_t *b, uint32_t *out, uint32_t n);
void range(uint32_t *start, uint32_t *end);
void crash(uint32_t *out);
void which(uint32_t *out);

void
vadd(const uint32_t *a, const uint32_t *b, uint32_t *out, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = a[i] SIGN b[i];
}

/* Goes on until the host lowers end. */
void
range(uint32_t *start, uint32_t *end)
{
	uint32_t i;

	while ((i = __atomic_load_n(start, __ATOMIC_ACQUIRE)) <
	       __atomic_load_n(end, __ATOMIC_ACQUIRE)) {
		usleep(100);
		__atomic_store_n(start, i + 1, __ATOMIC_RELEASE);
	}
}

void
crash(uint32_t *out)
{
	volatile uintptr_t nowhere = 8;

	*(volatile uint32_t *)nowhere = *out;
}

void
which(uint32_t *out)
{
	static uint32_t n_calls; /* of this unit: each has its own */

	*out = 100 + ocr_softcard_unit_index() + 1000 * n_calls++;
}
