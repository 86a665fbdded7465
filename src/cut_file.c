/*
 * cut_file.c - where to cut a regular file, read as little as possible
 */
#include "config.h"

#include "src/cut_ways.h"

#include <inttypes.h>

#include "common/io.h"
#include "src/edges.h"
#include "src/newlines.h"

#define SEARCH_BYTES ((size_t)256 << 10) /* of a file at a time; fits L2 */
#define TAIL_BYTES ((size_t)4 << 10)     /* first look for the last line end */

/* Read a piece of the file, all of it, to spare. */
static int
file_look(struct ocr_cut *s, uint64_t at, size_t len, struct ocr_err *err)
{
	const struct ocr_origin *o = s->origin;
	int64_t n;
	int r = ocr_cut_reserve(s, SEARCH_BYTES, err);

	if (r < 0)
		return r;
	n = ocr_pread_full(o->fd, s->spare, len, o->fd_base + at,
	    ocr_origin_label(o), err);
	if (n < 0)
		return (int)n;
	if ((size_t)n < len)
		return ocr_err_set(err, -OCR_EIO,
		    "%s: file shrank while it was read", ocr_origin_label(o));
	return 0;
}

/* As ocr_newlines_skip(), over len bytes from 'at' on. */
static int64_t
file_skip(struct ocr_cut *s, uint64_t at, uint64_t len, uint64_t *n,
    struct ocr_err *err)
{
	uint64_t done = 0;
	size_t piece;
	int r;

	while (done<len && * n> 0) {
		piece = len - done < SEARCH_BYTES ? (size_t)(len - done)
						  : SEARCH_BYTES;
		r = file_look(s, at + done, piece, err);
		if (r < 0)
			return r;
		done += ocr_newlines_skip(s->spare, piece, n);
	}
	return (int64_t)done;
}

/* As ocr_cut_last(), over len bytes from s->at on; backwards, as the line
 * end is almost always near. */
static int64_t
file_last(struct ocr_cut *s, size_t len, struct ocr_err *err)
{
	size_t piece = TAIL_BYTES, n;
	int r;

	while (len > 0) {
		if (piece > len)
			piece = len;
		r = file_look(s, s->at + len - piece, piece, err);
		if (r < 0)
			return r;
		n = ocr_cut_last(s, s->spare, piece);
		if (n > 0)
			return (int64_t)(len - piece + n);
		/* An edge may begin in the piece before. */
		len -= piece;
		if (len > 0)
			len += OCR_EDGE_BYTES - 1;
		piece = SEARCH_BYTES;
	}
	return 0;
}

static int64_t
file_lines(struct ocr_cut *s, uint64_t rest, struct ocr_err *err)
{
	const struct ocr_cut_opt *opt = &s->opt;
	uint64_t limit = rest < opt->max_bytes ? rest : opt->max_bytes;
	uint64_t n = opt->n, before = UINT64_MAX;
	int64_t len = 0;

	if (n > 0) {
		len = file_skip(s, s->at, limit, &n, err);
		if (len < 0 || n == 0)
			return len;
	}
	if (limit == rest)
		return (int64_t)rest;
	if (opt->n > 0 && !opt->is_max_wanted)
		return ocr_cut_fail_lines(s, err);
	len = file_last(s, opt->max_bytes, err);
	if (len != 0)
		return len;
	if (opt->is_long_cut)
		return (int64_t)opt->max_bytes;
	/* Only now does it matter which line this is. */
	len = file_skip(s, 0, s->at, &before, err);
	if (len < 0)
		return len;
	return ocr_cut_fail_line(s, UINT64_MAX - before + 1, err);
}

static int64_t
file_part(struct ocr_cut *s, struct ocr_err *err)
{
	uint64_t n = s->opt.n < s->size ? s->opt.n : s->size;
	uint64_t least =
	    (s->size + OCR_CHUNK_MAX_BYTES - 1) / OCR_CHUNK_MAX_BYTES;

	if (n < least)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: a part of %" PRIu64 " bytes is more than a chunk can "
		    "hold (1 GiB); use -n %" PRIu64 " or more",
		    ocr_origin_label(s->origin), (s->size + n - 1) / n, least);
	return (int64_t)(ocr_cut_part_start(s->size, n, ++s->i_part) - s->at);
}

static int64_t
file_record(const struct ocr_cut *s, uint64_t rest, struct ocr_err *err)
{
	uint64_t len = rest < s->opt.max_bytes ? rest : s->opt.max_bytes;

	if (rest < s->opt.n)
		return ocr_cut_fail_record(s, rest, err);
	return (int64_t)(len - len % s->opt.n);
}

int64_t
ocr_cut_file_next(struct ocr_cut *s, struct ocr_chunk *c, struct ocr_err *err)
{
	uint64_t rest = s->size - s->at;
	int64_t n;
	int r;

	if (rest == 0)
		return 0;
	if (s->opt.by == OCR_CUT_LINES || s->opt.by == OCR_CUT_EDGES)
		n = file_lines(s, rest, err);
	else if (s->opt.by == OCR_CUT_PARTS)
		n = file_part(s, err);
	else
		n = file_record(s, rest, err);
	if (n < 0)
		return n;
	c->raw_len = (uint64_t)n;
	if (s->opt.is_ref) {
		c->type = OCR_REF;
		return n;
	}
	r = ocr_chunk_take(c, (size_t)n, err);
	if (r < 0)
		return r;
	c->load = OCR_LOAD_PREAD;
	c->len = (size_t)n;
	return n;
}
