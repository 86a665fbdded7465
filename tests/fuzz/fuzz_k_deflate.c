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
#include <zlib.h>

#include "kernels/k_deflate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static uint8_t *
room(size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		abort();
	return p;
}

static void
check_piece(const uint8_t *piece, size_t len, const uint8_t *want, size_t n)
{
	uint8_t *in = room(len + 2), *out = room(n + 1);
	z_stream z;

	if (len < 5 || memcmp(piece + len - 4, "\0\0\xff\xff", 4) != 0)
		abort();
	memcpy(in, piece, len);
	memcpy(in + len, "\3\0", 2);
	memset(&z, 0, sizeof z);
	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	z.next_in = in;
	z.avail_in = (uInt)len + 2;
	z.next_out = out;
	z.avail_out = (uInt)n + 1;
	if (inflate(&z, Z_FINISH) != Z_STREAM_END || z.avail_in > 0 ||
	    z.total_out != n || memcmp(out, want, n) != 0)
		abort();
	inflateEnd(&z);
	free(in);
	free(out);
}

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
