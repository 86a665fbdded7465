/*
 * fuzz_k_deflate.c - any bytes through k_deflate
 *
 * Pieces must keep their bound, inflate to the same bytes, and fail cleanly in
 * any less room.  The first two bytes say how often and at which distance the
 * rest is repeated: otherwise inputs would never fill a window or a block.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/k_deflate.h"
#include "tests/fuzz/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const uint8_t *in, uint32_t n, uint32_t less)
{
	uint32_t cap = K_DEFLATE_BOUND(n), len = 0, small_len = 0;
	uint8_t *out = room(cap), *small;

	k_deflate(in, n, out, cap, &len);
	if (len > cap)
		abort();
	check_piece(out, len, in, n);
	less = 1 + less % len;
	small = room(len - less);
	k_deflate(in, n, small, len - less, &small_len);
	if (small_len != K_PLAIN_FAILED)
		abort();
	free(small);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t times = len > 2 ? 1 + (size_t)data[0] * data[0] / 64 : 0;
	size_t part = len > 2 ? len - 2 : 0, period, n;
	uint8_t *in;

	period = part + (len > 2 ? (size_t)data[1] * data[1] : 0);
	while (times > 1 && period * times > 200000)
		times /= 2;
	n = period * times;
	in = room(n);
	memset(in, 0x5a, n);
	for (size_t i = 0; i < n; i += period)
		memcpy(in + i, data + 2, part);
	check(in, (uint32_t)n, len > 2 ? data[1] : 0);
	free(in);
	return 0;
}
