/*
 * cut_pipe.c - where to cut what can be read only once
 */
#include "config.h"

#include "src/cut_ways.h"

#include <string.h>

#include "common/io.h"
#include "src/newlines.h"

#define READ_BYTES ((size_t)256 << 10) /* at least, for lines */

/* Keep len bytes for the next chunk. */
static int
spare_put(struct ocr_cut *s, const uint8_t *p, size_t len, struct ocr_err *err)
{
	int r = ocr_cut_reserve(s, len, err);

	if (r < 0)
		return r;
	if (len > 0)
		memcpy(s->spare, p, len);
	s->spare_at = 0;
	s->spare_len = len;
	return 0;
}

static int64_t
pipe_records(struct ocr_cut *s, struct ocr_chunk *c, struct ocr_err *err)
{
	size_t max = s->opt.max_bytes - s->opt.max_bytes % s->opt.n;
	int64_t n;
	int r;

	if (s->n_left > 0)
		return ocr_cut_fail_record(s, s->n_left, err);
	if (s->is_ended)
		return 0;
	r = ocr_chunk_take(c, max, err);
	if (r < 0)
		return r;
	n = ocr_read_full(s->origin->fd, c->data, max,
	    ocr_origin_label(s->origin), s->source.cancel_fd, err);
	if (n < 0)
		return n;
	s->is_ended = (size_t)n < max;
	s->n_left = (size_t)n % s->opt.n;
	n -= (int64_t)s->n_left;
	return n == 0 && s->n_left > 0 ? ocr_cut_fail_record(s, s->n_left, err)
				       : n;
}

/* How far a search for the n-th line has come. */
struct search {
	size_t at;
	uint64_t n;
};

/* Where to cut len bytes in memory; 0 = more must be read to know, or there
 * is nothing at all. */
static int64_t
pipe_find(const struct ocr_cut *s, const uint8_t *p, size_t len,
    struct search *sr, struct ocr_err *err)
{
	const struct ocr_cut_opt *opt = &s->opt;
	size_t limit = len < opt->max_bytes ? len : opt->max_bytes, n;

	if (opt->n > 0) {
		sr->at += ocr_newlines_skip(p + sr->at, limit - sr->at, &sr->n);
		if (sr->n == 0)
			return (int64_t)sr->at;
	}
	if (len <= opt->max_bytes)
		return s->is_ended ? (int64_t)len : 0;
	if (opt->n > 0 && !opt->is_max_wanted)
		return ocr_cut_fail_lines(s, err);
	n = ocr_cut_last(s, p, opt->max_bytes);
	if (n > 0)
		return (int64_t)n;
	if (opt->is_long_cut)
		return (int64_t)opt->max_bytes;
	return ocr_cut_fail_line(s, s->n_lines + 1, err);
}

/* Read on until the cut is known or cap bytes are there. */
static int64_t
pipe_read(struct ocr_cut *s, struct ocr_chunk *c, size_t cap, struct search *sr,
    struct ocr_err *err)
{
	int64_t n = 0, r;

	while (n == 0 && c->len < cap && !s->is_ended) {
		r = ocr_read_some(s->origin->fd, c->data + c->len, cap - c->len,
		    ocr_origin_label(s->origin), s->source.cancel_fd, err);
		if (r < 0)
			return r;
		s->is_ended = r == 0;
		c->len += (size_t)r;
		n = pipe_find(s, c->data, c->len, sr, err);
	}
	return n;
}

/* What was read too much goes to spare; if no cut was found, all of it. */
static int64_t
pipe_finish(struct ocr_cut *s, struct ocr_chunk *c, int64_t n,
    struct ocr_err *err)
{
	int r;

	if (n < 0)
		return n;
	r = spare_put(s, c->data + n, c->len - (size_t)n, err);
	c->len = (size_t)n;
	return r < 0 ? r : n;
}

/* Lines that are in spare already. */
static int64_t
pipe_spare(struct ocr_cut *s, struct ocr_chunk *c, struct search *sr,
    struct ocr_err *err)
{
	const uint8_t *p;
	int64_t n;
	int r;

	if (s->spare_len == 0)
		return 0;
	p = s->spare + s->spare_at;
	n = pipe_find(s, p, s->spare_len, sr, err);
	if (n <= 0)
		return n;
	r = ocr_chunk_take(c, (size_t)n, err);
	if (r < 0)
		return r;
	memcpy(c->data, p, (size_t)n);
	c->len = (size_t)n;
	s->spare_at += (size_t)n;
	s->spare_len -= (size_t)n;
	return n;
}

static int64_t
pipe_lines(struct ocr_cut *s, struct ocr_chunk *c, struct ocr_err *err)
{
	/* One byte more tells that the input goes on. */
	size_t most = s->opt.max_bytes + 1;
	size_t cap = s->opt.n > 0 ? s->usual_bytes + READ_BYTES : most;
	struct search sr = {.n = s->opt.n};
	int64_t n = pipe_spare(s, c, &sr, err);
	int r;

	while (n == 0 && !s->is_ended) {
		while (cap <= s->spare_len)
			cap *= 2;
		cap = cap < most ? cap : most;
		r = ocr_chunk_take(c, cap, err);
		if (r < 0)
			return r;
		c->len = s->spare_len;
		if (c->len > 0)
			memcpy(c->data, s->spare + s->spare_at, c->len);
		s->spare_len = 0;
		n = pipe_finish(s, c, pipe_read(s, c, cap, &sr, err), err);
	}
	if (n > 0) {
		s->usual_bytes = c->len;
		s->n_lines += ocr_newlines_count(c->data, c->len);
	}
	return n;
}

int64_t
ocr_cut_pipe_next(struct ocr_cut *s, struct ocr_chunk *c, struct ocr_err *err)
{
	int64_t n;

	switch (s->opt.by) {
	case OCR_CUT_PARTS:
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: -n needs a regular file", ocr_origin_label(s->origin));
	case OCR_CUT_LINES:
	case OCR_CUT_EDGES:
		n = pipe_lines(s, c, err);
		break;
	default:
		n = pipe_records(s, c, err);
		break;
	}
	if (n > 0)
		c->len = c->raw_len = (uint64_t)n;
	return n;
}
