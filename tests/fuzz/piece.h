/*
 * piece.h - zlib as judge of a deflate piece, for fuzz targets
 */
#ifndef TESTS_FUZZ_PIECE_H
#define TESTS_FUZZ_PIECE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Exactly so much, so that a sanitizer sees what goes beyond. */
static inline void *
room(size_t n)
{
	void *p = malloc(n > 0 ? n : 1);

	if (p == NULL)
		abort();
	return p;
}

/* Ends the program unless piece[0..len) stands for want[0..n). */
static inline void
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

#endif
