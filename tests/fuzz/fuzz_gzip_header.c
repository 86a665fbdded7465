/*
 * fuzz_gzip_header.c - gzip headers, judged by zlib
 *
 * What one accepts the other accepts, with the same length and name.  zlib may
 * need more bytes to see that a header is bad.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "src/gzip_header.h"

/* Below the limit for names that only ours has. */
#define MAX_LEN 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* zlib's length of the header, 0 if it wants more, -1 if it refuses. */
static long
zlib_header(uint8_t *in, size_t len, char *name, size_t cap)
{
	gz_header h = {.name = (Bytef *)name, .name_max = (uInt)cap};
	uint8_t out[1];
	z_stream z = {0};
	long n;
	int r;

	if (inflateInit2(&z, 15 + 16) != Z_OK ||
	    inflateGetHeader(&z, &h) != Z_OK)
		abort();
	z.next_in = in;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = sizeof(out);
	r = inflate(&z, Z_BLOCK);
	n = h.done == 1 ? (long)z.total_in : r == Z_DATA_ERROR ? -1 : 0;
	inflateEnd(&z);
	return n;
}

static void
check_fields(const struct ocr_gzip_header *h)
{
	size_t least = h->len + OCR_GZIP_TRAILER_BYTES;

	if ((h->has_member && h->member_len <= least) ||
	    (h->has_block && h->block_len <= least) ||
	    (h->has_chunk_bytes &&
		(h->chunk_bytes == 0 || h->chunk_bytes > 1U << 30)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char name[MAX_LEN];
	struct ocr_gzip_header h;
	struct ocr_err err = {0};
	uint8_t *in;
	long want;
	int r;

	if (len > MAX_LEN - 1)
		len = MAX_LEN - 1;
	in = malloc(len > 0 ? len : 1);
	memcpy(in, data, len);
	want = zlib_header(in, len, name, sizeof(name));
	r = ocr_gzip_header_parse(&h, in, len, &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && err.text[0] == '\0'))
		abort();
	if (want > 0 && (r != 1 || h.len != (size_t)want))
		abort();
	if (r == 1 && want <= 0)
		abort();
	if (want < 0 && r == 0)
		abort();
	if (r == 1) {
		check_fields(&h);
		if (h.name != NULL && strcmp(h.name, name) != 0)
			abort();
	}
	free(in);
	return 0;
}
