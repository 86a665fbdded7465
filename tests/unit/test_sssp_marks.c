/*
 * test_sssp_marks.c - the bitmaps of k_sssp_marks.h against single comparisons
 */
#include "config.h"

#include "kernels/k_sssp_marks.h"

#include <stdbool.h>

#include "common/random.h"
#include "tests/unit/tap.h"

#define N 64
#define N_RANDOM 2000

static bool
is_right(const uint16_t *d, const uint8_t *light, struct k_sssp_limits l,
    struct k_sssp_marks m)
{
	unsigned i;

	for (i = 0; i < N; i++) {
		bool is_done = d[i] < l.end, is_near = d[i] < l.next,
		     falls = d[i] == UINT16_MAX || l.least + light[i] < d[i];

		if ((m.done >> i & 1) != is_done ||
		    (m.near >> i & 1) != is_near ||
		    (m.falls >> i & 1) != falls) {
			diag("%u: distance %u, light %u, limits %u %u %u", i,
			    (unsigned)d[i], (unsigned)light[i], (unsigned)l.end,
			    (unsigned)l.next, (unsigned)l.least);
			return false;
		}
	}
	return true;
}

static bool
are_both_right(const uint16_t *d, const uint8_t *light, struct k_sssp_limits l)
{
	return is_right(d, light, l, k_sssp_marks(d, light, l)) &&
	       is_right(d, light, l, k_sssp_marks_plain(d, light, l));
}

/* Each of these beside each other one, as distance and as limit. */
static void
test_edges(void)
{
	static const uint16_t values[] = {0, 1, 2, 254, 255, 256, 257, 0x7ffe,
	    0x7fff, 0x8000, 0x8001, 0xfefe, 0xff00, 0xff01, 0xfffe, 0xffff};
	static const uint8_t lights[] = {0, 1, 127, 128, 254, 255};
	const size_t n = sizeof(values) / sizeof(values[0]);
	struct k_sssp_limits l;
	uint16_t d[N];
	uint8_t light[N];
	bool is_fine = true;
	size_t i, k, w;

	for (i = 0; i < n * n * n && is_fine; i++) {
		l.end = values[i % n];
		l.next = values[i / n % n];
		l.least = values[i / n / n];
		for (w = 0; w < sizeof(lights) && is_fine; w++) {
			for (k = 0; k < N; k++) {
				d[k] = values[(k + i) % n];
				light[k] = lights[(w + k / n) % sizeof(lights)];
			}
			is_fine = are_both_right(d, light, l);
		}
	}
	ok(is_fine, "values at the ends of their range");
}

/* Unaligned, and near each other so that both results come. */
static void
test_random(void)
{
	uint64_t random = 7;
	struct k_sssp_limits l;
	uint16_t room[N + 1], *d = room + 1;
	uint8_t bytes[N + 1], *light = bytes + 1;
	bool is_fine = true;
	unsigned i, k, end;

	for (i = 0; i < N_RANDOM && is_fine; i++) {
		end = i % 2 == 0 ? 512 : 65536;
		for (k = 0; k < N; k++) {
			d[k] = (uint16_t)ocr_random_below(&random, end);
			light[k] = (uint8_t)ocr_random_below(&random, 256);
		}
		l.end = (uint16_t)ocr_random_below(&random, end);
		l.next = (uint16_t)ocr_random_below(&random, end);
		l.least = (uint16_t)ocr_random_below(&random, end);
		is_fine = are_both_right(d, light, l);
	}
	ok(is_fine, "%d times at random", N_RANDOM);
}

int
main(void)
{
	test_edges();
	test_random();
	return done();
}
