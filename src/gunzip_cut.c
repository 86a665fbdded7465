/*
 * gunzip_cut.c - where a gzip file is cut into pieces: see gunzip_piece.h
 */
#include "config.h"

#include "src/gunzip_piece.h"

#include <string.h>

#include "kernels/k_marker.h"
#include "src/gzip_header.h"
#include "src/inflate.h"

#define PLAIN_BYTES ((size_t)256 << 10)
#define PIECE_RAW_BYTES ((size_t)1 << 20) /* output worth a job */
/* Foreign files may have a marker after every line. */
#define FOREIGN_MIN_BYTES ((size_t)16 << 10)
#define BLOCK_RAW_MAX_BYTES 65536 /* of one BGZF block, by its format */
/* Beyond deflate's 1032: what is shorter holds no whole chunk. */
#define RATIO_MAX 1100

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Longest sensible piece for raw_bytes: stored blocks, many small members. */
static size_t
piece_bound(size_t raw_bytes)
{
	return raw_bytes + raw_bytes / 16 + OCR_CUT_HEAD_BYTES;
}

static void
set_bounds(struct ocr_gunzip_source *s, size_t raw_bytes)
{
	s->raw_bytes = raw_bytes;
	s->max_bytes = piece_bound(raw_bytes);
}

/* A member whose header tells sizes only for a part of it, or none. */
static void
set_segments(struct ocr_gunzip_source *s, const struct ocr_gzip_header *h)
{
	s->format = OCR_CUT_SEGMENTS;
	s->is_at_marker = true;
	s->is_own = h->has_chunk_bytes;
	s->n_markers = 1;
	s->min_bytes = FOREIGN_MIN_BYTES;
	set_bounds(s, PIECE_RAW_BYTES);
	if (!s->is_own)
		return;
	if (h->chunk_bytes > OCR_GUNZIP_CHUNK_MAX_BYTES) {
		s->format = OCR_CUT_PLAIN;
		return;
	}
	s->n_markers = max_size(1, PIECE_RAW_BYTES / h->chunk_bytes);
	set_bounds(s, s->n_markers * h->chunk_bytes);
	s->min_bytes = s->raw_bytes / RATIO_MAX;
}

static void
set_members(struct ocr_gunzip_source *s, const struct ocr_gzip_header *h)
{
	size_t raw = PIECE_RAW_BYTES;

	s->format = h->has_member ? OCR_CUT_MEMBERS : OCR_CUT_BLOCKS;
	if (h->has_member) {
		raw = max_size(raw, h->raw_len);
		if (h->has_chunk_bytes)
			raw = max_size(raw, h->chunk_bytes);
		raw = min_size(raw, OCR_GUNZIP_CHUNK_MAX_BYTES);
	}
	set_bounds(s, raw);
}

/* A header decides how what follows it is cut: that of the first member, and
 * more where it is clear where they begin. */
int
ocr_cut_start(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	int r, is_header;

	r = ocr_piece_begin(s, c, OCR_RAW, OCR_CUT_HEAD_BYTES, 0, err);
	while (r >= 0) {
		is_header = ocr_gzip_header_parse(&h, c->data, c->len, &unused);
		if (is_header != 0)
			break;
		r = ocr_piece_read(s, c, OCR_CUT_HEAD_BYTES, err);
		if (r == 0)
			break;
	}
	if (r < 0)
		return r;
	if (is_header <= 0 && s->is_resumed && c->len > 0) {
		s->is_at_marker = false;
		return ocr_piece_again(s, c, OCR_CUT_SEGMENTS, err);
	}
	s->is_resumed = false;
	if (is_header <= 0) {
		s->format = OCR_CUT_PLAIN;
		return ocr_piece_end(s, c, OCR_RAW, c->len, 0, err);
	}
	if (h.has_member || h.has_block) {
		set_members(s, &h);
		return ocr_piece_again(s, c, (enum ocr_cut)s->format, err);
	}
	set_segments(s, &h);
	return ocr_piece_end(s, c, OCR_RAW, h.len, 0, err);
}

/* Does our single member end at p: is this the empty final block?  (Or does it
 * within data, where a file like ours has been stored in another?) */
static bool
is_member_end(const uint8_t *p, size_t n)
{
	return n >= 2 && p[0] == 3 && p[1] == 0;
}

/*
 * Markers in c->data from *at on: true = *cut is behind enough of them.
 * Else *cut is behind the last one, if there is any, and *at where to go on.
 */
static bool
find_cut(const struct ocr_gunzip_source *s, const struct ocr_chunk *c,
    size_t *at, size_t *cut, size_t *n_left)
{
	static const uint8_t marker[4] = {0, 0, 0xff, 0xff};
	size_t end;

	while (c->len - *at >= sizeof(marker)) {
		end = *at + k_marker_find(c->data + *at, c->len - *at);
		if (memcmp(c->data + end - 4, marker, sizeof(marker)) != 0) {
			*at = c->len - 3;
			return false;
		}
		*at = *cut = end;
		if (*n_left > 0)
			--*n_left;
		if ((*n_left == 0 && end >= s->min_bytes) ||
		    (s->is_own && is_member_end(c->data + end, c->len - end)))
			return true;
	}
	return false;
}

int
ocr_cut_segment(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	bool is_sure_start = s->is_at_marker;
	size_t n_left = is_sure_start ? s->n_markers : 1;
	size_t raw = is_sure_start ? s->raw_bytes : 0;
	size_t at = 0, cut = 0;
	int r;

	if (!s->is_own && __atomic_load_n(&s->hint->serial, __ATOMIC_RELAXED) ==
			      s->n_inputs) {
		s->format = OCR_CUT_PLAIN;
		return OCR_CUT_AGAIN;
	}
	r = ocr_piece_begin(s, c, OCR_DEFLATE, s->max_bytes, raw, err);
	if (r < 0)
		return r;
	if (s->is_own && is_sure_start && is_member_end(c->data, c->len))
		return ocr_piece_again(s, c, OCR_CUT_END, err);
	while (!find_cut(s, c, &at, &cut, &n_left)) {
		r = ocr_piece_read(s, c, s->max_bytes, err);
		if (r < 0)
			return r;
		if (r == 0)
			break;
	}
	s->is_at_marker = cut > 0;
	if (cut > 0 && is_sure_start)
		return ocr_piece_end(s, c, OCR_DEFLATE, cut, raw, err);
	return ocr_piece_end(s, c, OCR_RAW, cut > 0 ? cut : c->len, 0, err);
}

/* The final block and the trailer; then another member may begin. */
int
ocr_cut_end(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	size_t n = 2 + OCR_GZIP_TRAILER_BYTES;
	int r;

	r = ocr_piece_begin(s, c, OCR_RAW, OCR_CUT_HEAD_BYTES, 0, err);
	while (r >= 0 && c->len < n) {
		r = ocr_piece_read(s, c, OCR_CUT_HEAD_BYTES, err);
		if (r == 0)
			break;
	}
	if (r < 0)
		return r;
	s->format = OCR_CUT_START;
	s->is_resumed = true;
	return ocr_piece_end(s, c, OCR_RAW, min_size(n, c->len), 0, err);
}

/* The member at c->data[at..): its sizes, once all of it has been read.
 * 1, or 0 = it is not (all) there, does not fit or makes no sense. */
static int
find_member(struct ocr_gunzip_source *s, struct ocr_chunk *c, size_t at,
    size_t *len, size_t *raw, bool *has_sizes, struct ocr_err *err)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	int r;

	for (;;) {
		r = ocr_gzip_header_parse(&h, c->data + at, c->len - at,
		    &unused);
		if (r < 0)
			return 0;
		*has_sizes = r == 0 || h.has_member || h.has_block;
		if (!*has_sizes)
			return 0;
		*len = h.has_member ? h.member_len : h.block_len;
		if (r > 0 && *len <= c->len - at)
			break;
		r = ocr_piece_read(s, c, s->max_bytes, err);
		if (r <= 0)
			return r;
	}
	*raw = ocr_get_le32(c->data + at + *len - 4);
	if (h.has_member && *raw != h.raw_len)
		return 0;
	if (!h.has_member && *raw > BLOCK_RAW_MAX_BYTES)
		return 0;
	return ocr_inflate_is_possible(*len, *raw);
}

/* As many whole members as one job is worth.  Empty ones, which may be end
 * markers, are not among them: the sink has to see those. */
int
ocr_cut_members(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	enum ocr_type type =
	    s->format == OCR_CUT_MEMBERS ? OCR_MEMBERS : OCR_BGZF;
	size_t at = 0, total = 0, len = 0, raw = 0;
	bool has_sizes = true;
	int r;

	r = ocr_piece_begin(s, c, type, s->max_bytes, s->raw_bytes, err);
	if (r < 0)
		return r;
	for (;;) {
		r = find_member(s, c, at, &len, &raw, &has_sizes, err);
		if (r < 0)
			return r;
		if (r == 0 || raw > s->raw_bytes - total ||
		    (at > 0 && (raw == 0) != (total == 0)))
			break;
		at += len;
		total += raw;
	}
	if (at > 0)
		return ocr_piece_end(s, c, total > 0 ? type : OCR_RAW, at,
		    total, err);
	return ocr_piece_again(s, c, has_sizes ? OCR_CUT_PLAIN : OCR_CUT_START,
	    err);
}

int
ocr_cut_plain(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r;

	s->guess = PLAIN_BYTES;
	r = ocr_piece_begin(s, c, OCR_RAW, PLAIN_BYTES, 0, err);
	if (r < 0)
		return r;
	do {
		r = ocr_piece_read(s, c, PLAIN_BYTES, err);
	} while (r > 0);
	return r < 0 ? r : ocr_piece_end(s, c, OCR_RAW, c->len, 0, err);
}
