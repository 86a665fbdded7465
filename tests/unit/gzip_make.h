/*
 * gzip_make.h - gzip files of all kinds, made with zlib
 *
 * For tests of reading: foreign files, files like ours in each format, and
 * damaged ones.  Threads: none.
 */
#ifndef TESTS_UNIT_GZIP_MAKE_H
#define TESTS_UNIT_GZIP_MAKE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "src/join.h"

/* A growing file. */
struct gzip_file {
	uint8_t *p;
	size_t n, cap;
};

static inline void
gzip_add(struct gzip_file *f, const void *p, size_t n)
{
	if (f->n + n > f->cap) {
		f->cap = 2 * (f->n + n);
		f->p = realloc(f->p, f->cap);
	}
	if (n > 0)
		memcpy(f->p + f->n, p, n);
	f->n += n;
}

static inline void
gzip_add_le32(struct gzip_file *f, uint64_t v)
{
	uint8_t le[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 24)};

	gzip_add(f, le, 4);
}

/* Deflate data, the last piece of it ended with 'flush'; returns its offset. */
static inline size_t
gzip_add_deflate(struct gzip_file *f, const uint8_t *raw, size_t n, int level,
    int flush)
{
	size_t at = f->n, bound = n + n / 8 + 1024;
	z_stream z;

	memset(&z, 0, sizeof z);
	if (deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		abort();
	gzip_add(f, NULL, 0);
	if (f->n + bound > f->cap) {
		f->cap = 2 * (f->n + bound);
		f->p = realloc(f->p, f->cap);
	}
	z.next_in = (uint8_t *)(uintptr_t)raw;
	z.avail_in = (uInt)n;
	z.next_out = f->p + f->n;
	z.avail_out = (uInt)bound;
	deflate(&z, flush);
	if (z.avail_in != 0 || z.avail_out == 0)
		abort();
	f->n += z.total_out;
	deflateEnd(&z);
	return at;
}

static inline void
gzip_add_trailer(struct gzip_file *f, const uint8_t *raw, size_t n)
{
	gzip_add_le32(f, crc32_z(0, raw, n));
	gzip_add_le32(f, n);
}

/* A member as gzip writes it, its data flushed every 'every' bytes (0: never)
 * by Z_SYNC_FLUSH or Z_FULL_FLUSH. */
static inline void
gzip_add_foreign(struct gzip_file *f, const uint8_t *raw, size_t n, int level,
    size_t every, int flush)
{
	size_t bound = n + n / 8 + 1024, i, len;
	z_stream z;

	gzip_add(f, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	if (every > 0)
		bound += (n / every + 1) * 16;
	if (f->n + bound > f->cap) {
		f->cap = 2 * (f->n + bound);
		f->p = realloc(f->p, f->cap);
	}
	memset(&z, 0, sizeof z);
	if (deflateInit2(&z, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		abort();
	z.next_out = f->p + f->n;
	z.avail_out = (uInt)bound;
	for (i = 0; every > 0 && i < n; i += len) {
		len = n - i < every ? n - i : every;
		z.next_in = (uint8_t *)(uintptr_t)(raw + i);
		z.avail_in = (uInt)len;
		deflate(&z, flush);
	}
	if (every == 0) {
		z.next_in = (uint8_t *)(uintptr_t)raw;
		z.avail_in = (uInt)n;
	}
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	f->n += z.total_out;
	deflateEnd(&z);
	gzip_add_trailer(f, raw, n);
}

/* Our single member: independent chunks with a marker behind each. */
static inline void
gzip_add_own(struct gzip_file *f, const uint8_t *raw, size_t n, int level,
    uint32_t chunk)
{
	struct ocr_join_opt opt = {.chunk_bytes = chunk, .level = level};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	size_t i, len;

	gzip_add(f, header, ocr_join_header(header, &opt, false, NULL));
	for (i = 0; i < n; i += len) {
		len = n - i < chunk ? n - i : chunk;
		gzip_add_deflate(f, raw + i, len, level, Z_FULL_FLUSH);
	}
	gzip_add(f, "\3\0", 2);
	gzip_add_trailer(f, raw, n);
}

/* One member of format members; n == 0: the end marker. */
static inline void
gzip_add_member(struct gzip_file *f, const uint8_t *raw, size_t n, int level,
    uint32_t chunk)
{
	struct ocr_join_opt opt = {.chunk_bytes = chunk, .level = level};
	uint8_t header[OCR_JOIN_HEADER_MAX] = {0};
	size_t start = f->n, field = 0, end;

	gzip_add(f, header, ocr_join_header(header, &opt, true, &field));
	gzip_add_deflate(f, raw, n, level, Z_FINISH);
	gzip_add_trailer(f, raw, n);
	end = f->n;
	f->n = start + field;
	gzip_add_le32(f, end - start);
	gzip_add_le32(f, n);
	f->n = end;
}

static inline void
gzip_add_members(struct gzip_file *f, const uint8_t *raw, size_t n, int level,
    uint32_t chunk)
{
	size_t i, len;

	for (i = 0; i < n; i += len) {
		len = n - i < chunk ? n - i : chunk;
		gzip_add_member(f, raw + i, len, level, chunk);
	}
	gzip_add_member(f, NULL, 0, level, 0);
}

static inline void
gzip_add_block(struct gzip_file *f, const uint8_t *raw, size_t n, int level)
{
	size_t start = f->n, bsize;

	gzip_add(f, "\x1f\x8b\x08\4\0\0\0\0\0\xff\6\0BC\2\0\0\0", 18);
	gzip_add_deflate(f, raw, n, level, Z_FINISH);
	gzip_add_trailer(f, raw, n);
	bsize = f->n - start - 1;
	if (bsize > 65535)
		abort();
	f->p[start + 16] = (uint8_t)bsize;
	f->p[start + 17] = (uint8_t)(bsize >> 8);
}

/* BGZF as bgzip writes it, with its end marker. */
static inline void
gzip_add_bgzf(struct gzip_file *f, const uint8_t *raw, size_t n, int level)
{
	size_t i, len;

	for (i = 0; i < n; i += len) {
		len = n - i < 65280 ? n - i : 65280;
		gzip_add_block(f, raw + i, len, level);
	}
	gzip_add_block(f, NULL, 0, level);
}

#endif
