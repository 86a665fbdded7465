/*
 * fuzz_scan.c - hostile streams for k_scan and k_scan_unfinish
 *
 * Whatever zlib inflates must be accepted with the same length and end, and
 * reopened it must inflate to the same bytes; whatever zlib refuses must be
 * refused, but for distances that reach too far back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "kernels/k_scan.h"

#define MAX_OUT (1U << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Inflates; returns zlib's last code, and whether it blamed a distance. */
static int
inflate_raw(uint8_t *in, size_t len, uint8_t *out, size_t *n_in, size_t *n_out,
    int *is_far)
{
	z_stream z;
	int r;

	memset(&z, 0, sizeof z);
	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	z.next_in = in;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = MAX_OUT;
	r = inflate(&z, Z_FINISH);
	*is_far = r == Z_DATA_ERROR && z.msg != NULL &&
		  strstr(z.msg, "too far back") != NULL;
	*n_in = z.total_in;
	*n_out = z.total_out;
	inflateEnd(&z);
	return r;
}

static void
check_reopened(const uint8_t *in, size_t len, const struct k_scan_result *r,
    const uint8_t *want)
{
	size_t cap = len + K_SCAN_UNFINISH_ROOM, n, n_in, n_out;
	uint8_t *piece = malloc(cap + 2), *out = malloc(MAX_OUT);
	int is_far;

	if (piece == NULL || out == NULL)
		abort();
	memcpy(piece, in, len);
	n = k_scan_unfinish(piece, len, cap, r);
	if (n < 5 || n > cap || memcmp(piece + n - 4, "\0\0\xff\xff", 4) != 0)
		abort();
	memcpy(piece + n, "\3\0", 2);
	if (inflate_raw(piece, n + 2, out, &n_in, &n_out, &is_far) !=
		Z_STREAM_END ||
	    n_in != n + 2 || n_out != r->out_len ||
	    memcmp(out, want, n_out) != 0)
		abort();
	free(piece);
	free(out);
}

/* Compares both verdicts on in[0..len). */
static void
check(uint8_t *in, size_t len, struct k_scan_table *table, uint8_t *out)
{
	struct k_scan_result r;
	size_t n_in, n_out;
	int is_far, is_good;
	int rc = k_scan(in, len, MAX_OUT, table, &r);

	is_good =
	    inflate_raw(in, len, out, &n_in, &n_out, &is_far) == Z_STREAM_END;
	/* A long row of tiny blocks is the one thing only zlib takes. */
	if (is_good && rc == K_SCAN_ELIMIT && len > K_SCAN_MAX_BLOCKS)
		return;
	if (is_good != (rc == 0) && !(is_far && rc == 0))
		abort();
	if (!is_good)
		return;
	if (r.out_len != n_out || (r.end_bit + 7) / 8 != n_in)
		abort();
	check_reopened(in, n_in, &r, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct k_scan_table *table = malloc(sizeof *table);
	uint8_t *in = malloc(len), *out = malloc(MAX_OUT);

	if (table == NULL || (in == NULL && len > 0) || out == NULL)
		abort();
	if (len > 0) {
		memcpy(in, data, len);
		check(in, len, table, out);
	}
	free(table);
	free(in);
	free(out);
	return 0;
}
