/*
 * fuzz_verify.c - k_verify on whatever a card may say
 *
 * Input: two bytes n, then n bytes that are wanted (fewer if there are not so
 * many), then a stream.  What passes must be what zlib makes of it, up to
 * the very byte; copies have their exact sizes.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "kernels/k_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const uint8_t *in, const struct k_verify_result *r, const uint8_t *want)
{
	uint8_t *out = malloc(r->out_len + 1);
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)in,
	    .avail_in = (uInt)r->in_len,
	    .next_out = out,
	    .avail_out = (uInt)r->out_len + 1};
	int code;

	if (out == NULL || inflateInit2(&z, -15) != Z_OK)
		abort();
	code = inflate(&z, Z_SYNC_FLUSH);
	if (r->is_final ? code != Z_STREAM_END
			: code != Z_OK && code != Z_BUF_ERROR)
		abort();
	if (z.avail_in != 0 || z.total_out != r->out_len ||
	    memcmp(out, want, r->out_len) != 0)
		abort();
	/* Behind a block, with no bits left: see inflate() in zlib.h. */
	if (!r->is_final && r->in_len > 0 && z.data_type != 128)
		abort();
	inflateEnd(&z);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct k_verify_table table;
	struct k_verify_result r;
	size_t n, len;
	uint8_t *want, *in;

	if (size < 2)
		return 0;
	n = data[0] | (size_t)data[1] << 8;
	data += 2;
	size -= 2;
	if (n > size)
		n = size;
	len = size - n;
	want = malloc(n > 0 ? n : 1);
	in = malloc(len > 0 ? len : 1);
	if (want == NULL || in == NULL)
		abort();
	memcpy(want, data, n);
	memcpy(in, data + n, len);
	if (k_verify(in, len, want, n, &table, &r) == 0) {
		if (r.in_len > len || r.out_len > n ||
		    (!r.is_final && r.in_len != len))
			abort();
		check(in, &r, want);
	}
	free(want);
	free(in);
	return 0;
}
