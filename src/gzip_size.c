/*
 * gzip_size.c - how much a gzip file holds: see gzip_list.h
 */
#include "config.h"

#include "src/gzip_size.h"

#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "common/io.h"
#include "common/stream.h"
#include "kernels/k_marker.h"
#include "src/gunzip_sink.h"
#include "src/gunzip_source.h"
#include "src/gzip_header.h"

#define READ_BYTES ((size_t)1 << 20)
#define WINDOW_BYTES ((size_t)4096) /* a header like ours, and a trailer */

static int64_t
read_at(const struct ocr_origin *o, void *buf, size_t len, uint64_t at,
    struct ocr_err *err)
{
	return ocr_pread_full(o->fd, buf, len, o->fd_base + at,
	    ocr_origin_label(o), err);
}

static void
set_first(struct ocr_gzip_size *size, const struct ocr_gzip_header *h)
{
	size->mtime_s = h->mtime_s;
	size->frame_bytes = h->len + OCR_GZIP_TRAILER_BYTES;
}

/*
 * From member to member, each of which says its length.  One read gives the
 * trailer of one and the header of the next.  1 = all there, 0 = not so.
 */
static int
walk_members(struct ocr_gzip_size *size, const struct ocr_origin *o,
    uint8_t *buf, struct ocr_err *err)
{
	uint64_t at = 0, end = o->size;
	struct ocr_err unused = {0};
	struct ocr_gzip_header h;
	size_t skip = 0; /* the trailer, in front of the header */
	uint32_t raw = 1;
	int64_t n;

	for (;;) {
		n = read_at(o, buf, WINDOW_BYTES, at - skip, err);
		if (n < (int64_t)skip)
			return n < 0 ? (int)n : 0;
		if (skip > 0) {
			raw = ocr_get_le32(buf + 4);
			size->raw_crc = ocr_crc32_join(size->raw_crc,
			    ocr_get_le32(buf), raw);
			size->raw_bytes += raw;
		}
		if (at == end)
			return raw == 0; /* an end marker is empty */
		if (ocr_gzip_header_parse(&h, buf + skip, (size_t)n - skip,
			&unused) <= 0 ||
		    (!h.has_member && !h.has_block))
			return 0;
		if (at == 0)
			set_first(size, &h);
		at += h.has_member ? h.member_len : h.block_len;
		if (at > end)
			return 0;
		skip = OCR_GZIP_TRAILER_BYTES;
	}
}

/* Markers in the whole file. */
static int
count_markers(const struct ocr_origin *o, uint8_t *buf, uint64_t *count,
    struct ocr_err *err)
{
	static const uint8_t marker[4] = {0, 0, 0xff, 0xff};
	size_t kept = 0, len, at, end;
	uint64_t done = 0;
	int64_t n;

	*count = 0;
	do {
		n = read_at(o, buf + kept, READ_BYTES - kept, done, err);
		if (n < 0)
			return (int)n;
		done += (uint64_t)n;
		len = kept + (size_t)n;
		for (at = 0; len - at >= sizeof(marker); at = end) {
			end = at + k_marker_find(buf + at, len - at);
			if (memcmp(buf + end - 4, marker, 4) != 0)
				break;
			++*count;
		}
		kept = len - at < 3 ? len - at : 3;
		memmove(buf, buf + len - kept, kept);
	} while (n > 0);
	return 0;
}

/*
 * Our single member: n chunks of at most 'chunk' bytes, all but the last one
 * full, hold more than (n - 1) x chunk and at most n x chunk; the trailer says
 * which, modulo 2^32.  Where that does not agree (chunks of other lengths from
 * ocr-split, marker bytes within data, a second member) it is not used.
 * 1 = found, 0 = not so.
 */
static int
complete_trailer(struct ocr_gzip_size *size, const struct ocr_origin *o,
    const struct ocr_gzip_header *h, uint8_t *buf, struct ocr_err *err)
{
	/* Last marker and final block, in front of the trailer. */
	static const uint8_t ending[6] = {0, 0, 0xff, 0xff, 3, 0};
	size_t n_tail = sizeof(ending) + OCR_GZIP_TRAILER_BYTES;
	uint64_t n_chunks, max, raw;
	int64_t n;
	int r;

	if (o->size < h->len + n_tail)
		return 0;
	n = read_at(o, buf, n_tail, o->size - n_tail, err);
	if (n < (int64_t)n_tail)
		return n < 0 ? (int)n : 0;
	if (memcmp(buf, ending, sizeof(ending)) != 0)
		return 0;
	size->raw_crc = ocr_get_le32(buf + sizeof(ending));
	raw = ocr_get_le32(buf + sizeof(ending) + 4);
	r = count_markers(o, buf, &n_chunks, err);
	if (r < 0)
		return r;
	max = n_chunks * h->chunk_bytes;
	if (raw > max)
		return 0;
	raw += (max - raw) >> 32 << 32;
	if (max - raw >= h->chunk_bytes)
		return 0;
	size->raw_bytes = raw;
	set_first(size, h);
	return 1;
}

/* The ways that need no decoder: 1 = found, 0 = not so. */
static int
size_by_fields(struct ocr_gzip_size *size, const struct ocr_origin *o,
    uint8_t *buf, struct ocr_err *err)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	int64_t n;

	if (!o->is_seekable || !o->has_size)
		return 0;
	n = read_at(o, buf, READ_BYTES, 0, err);
	if (n < 0)
		return (int)n;
	if (ocr_gzip_header_parse(&h, buf, (size_t)n, &unused) <= 0)
		return 0;
	size->in_bytes = o->size;
	if (h.has_member || h.has_block)
		return walk_members(size, o, buf, err);
	if (h.has_chunk_bytes)
		return complete_trailer(size, o, &h, buf, err);
	return 0;
}

/* The decoder's surroundings: one input, no output. */
struct measure {
	struct ocr_gzip_size *size;
	struct ocr_origin *origin;
	struct ocr_ui *ui;
	struct ocr_err err;
};

static int
measure_next(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct measure *m = ctx;

	(void)err;
	if (m->origin == NULL)
		return 0;
	*o = ocr_origin_ref(m->origin);
	m->origin = NULL;
	return 1;
}

static int
measure_begin(void *ctx, struct ocr_origin *o, const struct ocr_gzip_header *h,
    struct ocr_err *err)
{
	struct measure *m = ctx;

	(void)o;
	(void)err;
	set_first(m->size, h); /* nothing is passed through here */
	return 0;
}

static int
measure_write(void *ctx, const void *buf, size_t len, struct ocr_err *err)
{
	struct measure *m = ctx;

	(void)err;
	m->size->raw_crc = ocr_crc32(m->size->raw_crc, buf, len);
	m->size->raw_bytes += len;
	return 0;
}

static int
measure_end(void *ctx, int ok, struct ocr_err *err)
{
	struct measure *m = ctx;

	if (!ok)
		m->err = *err;
	return 0;
}

static void
measure_warn(void *ctx, const char *text)
{
	struct measure *m = ctx;

	ocr_ui_warn(m->ui, "%s", text);
}

static int
size_by_decoding(struct ocr_gzip_size *size, struct ocr_origin *o,
    struct ocr_ui *ui, struct ocr_err *err)
{
	struct measure m = {.size = size, .origin = o, .ui = ui};
	struct ocr_gunzip_out out = {
	    .begin = measure_begin,
	    .write = measure_write,
	    .end = measure_end,
	    .warn = measure_warn,
	    .ctx = &m,
	};
	struct ocr_gunzip_hint hint = {0};
	struct ocr_gunzip_source source;
	struct ocr_gunzip_sink sink;
	struct ocr_stream loop = {
	    .source = &source.source,
	    .sink = &sink.sink,
	};
	int r;

	*size = (struct ocr_gzip_size){0};
	r = ocr_gunzip_sink_init(&sink, &out, &hint, err);
	if (r < 0)
		return r;
	ocr_gunzip_source_init(&source, measure_next, &m, &hint);
	r = ocr_stream_run(&loop, err);
	if (ocr_gunzip_sink_finish(&sink, r == 0, err) < 0 && r == 0)
		r = ocr_err_set(err, m.err.code, "%s", m.err.text);
	size->in_bytes = o->is_seekable && o->has_size ? o->size : source.at;
	size->has_garbage = sink.n_garbage > 0;
	ocr_gunzip_sink_release(&sink);
	ocr_gunzip_source_release(&source);
	return r;
}

int
ocr_gzip_size(struct ocr_gzip_size *size, struct ocr_origin *o,
    struct ocr_ui *ui, struct ocr_err *err)
{
	uint8_t *buf = malloc(READ_BYTES);
	int r;

	*size = (struct ocr_gzip_size){0};
	if (buf == NULL)
		return ocr_err_nomem(err);
	r = size_by_fields(size, o, buf, err);
	free(buf);
	if (r == 0)
		r = size_by_decoding(size, o, ui, err);
	return r < 0 ? r : 0;
}
