/*
 * inflate.h - other people's raw inflate, to judge ours by
 *
 * Each returns the bytes of output, or -1 when the stream is refused, does
 * not end, has bytes left over, or does not fit.  Needs zlib, libdeflate and
 * ISA-L.  Threads: none.
 */
#ifndef TESTS_UNIT_INFLATE_H
#define TESTS_UNIT_INFLATE_H

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static inline int64_t
inflate_zlib(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	z_stream z;
	int64_t n;

	memset(&z, 0, sizeof z);
	if (inflateInit2(&z, -15) != Z_OK)
		abort();
	z.next_in = (uint8_t *)(uintptr_t)in;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	n = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0
		? (int64_t)z.total_out
		: -1;
	inflateEnd(&z);
	return n;
}

static inline int64_t
inflate_libdeflate(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	size_t n_in = 0, n_out = 0;
	int r;

	if (d == NULL)
		abort();
	r = libdeflate_deflate_decompress_ex(d, in, len, out, cap, &n_in,
	    &n_out);
	libdeflate_free_decompressor(d);
	return r == LIBDEFLATE_SUCCESS && n_in == len ? (int64_t)n_out : -1;
}

static inline int64_t
inflate_isal(const uint8_t *in, size_t len, uint8_t *out, size_t cap)
{
	struct inflate_state s;

	isal_inflate_init(&s);
	s.next_in = (uint8_t *)(uintptr_t)in;
	s.avail_in = (uint32_t)len;
	s.next_out = out;
	s.avail_out = (uint32_t)cap;
	if (isal_inflate(&s) != ISAL_DECOMP_OK ||
	    s.block_state != ISAL_BLOCK_FINISH || s.avail_in > 0)
		return -1;
	return s.total_out;
}

/*
 * How many of the three inflate piece[0..len) + an empty final block to
 * exactly want[0..n).  Leaves the final block behind the piece: len + 2 bytes
 * must be there.  out[n + 1] is room.
 */
static inline int
inflate_piece(uint8_t *piece, size_t len, const uint8_t *want, size_t n,
    uint8_t *out)
{
	static int64_t (*const judge[])(const uint8_t *, size_t, uint8_t *,
	    size_t) = {inflate_zlib, inflate_libdeflate, inflate_isal};
	int held = 0;

	memcpy(piece + len, "\3\0", 2);
	for (int i = 0; i < 3; i++) {
		memset(out, 0x55, n + 1);
		held += judge[i](piece, len + 2, out, n + 1) == (int64_t)n &&
			memcmp(out, want, n) == 0;
	}
	return held;
}

/* Whether a piece ends in an empty stored block. */
static inline int
ends_in_marker(const uint8_t *piece, size_t len)
{
	return len >= 5 && memcmp(piece + len - 4, "\0\0\xff\xff", 4) == 0;
}

#endif
