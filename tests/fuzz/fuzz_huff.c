/*
 * fuzz_huff.c - any bytes through k_huff, k_stored and k_probe
 *
 * Pieces must stay within their bounds and inflate to the same bytes.  The
 * first byte repeats the rest: otherwise inputs would be too short to ever
 * need the length limit or a second block.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/k_huff.h"
#include "kernels/k_probe.h"
#include "kernels/k_stored.h"
#include "tests/fuzz/piece.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(const uint8_t *in, size_t n)
{
	struct k_huff *huff = room(sizeof *huff);
	struct k_probe *probe = room(sizeof *probe);
	struct k_probe_result r;
	size_t cap = k_huff_bound(n), len;
	uint8_t *out = room(cap);

	len = k_huff_encode(huff, in, n, out, cap);
	if (len > k_stored_bound(n))
		abort();
	check_piece(out, len, in, n);
	len = k_stored_encode(in, n, out, k_stored_bound(n));
	check_piece(out, len, in, n);
	k_probe(probe, in, n, &r);
	if (r.entropy_q8 > 2048 || r.saved_permille > 1000 ||
	    r.far_permille > 1000)
		abort();
	free(huff);
	free(probe);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t times = len > 0 ? 1 + (size_t)data[0] * data[0] / 64 : 1;
	size_t part = len > 0 ? len - 1 : 0, n;
	uint8_t *in;

	while (part * times > 300000)
		times = times / 2 + (times == 1);
	n = part * times;
	in = room(n + 1);
	for (size_t i = 0; i < n; i++)
		in[i] = data[1 + i % part];
	check(in, n);
	free(in);
	return 0;
}
