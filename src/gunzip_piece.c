/*
 * gunzip_piece.c - a piece under way: see gunzip_piece.h
 */
#include "config.h"

#include "src/gunzip_piece.h"

#include <stdlib.h>
#include <string.h>

#include "common/io.h"

#define READ_BYTES ((size_t)64 << 10) /* where the guess was too low */

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

/* Room for a piece, with what has been read of it already. */
int
ocr_piece_begin(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_type type, size_t cap, size_t raw_bytes, struct ocr_err *err)
{
	int r;

	c->type = type;
	c->raw_len = raw_bytes;
	r = ocr_chunk_take(c, max_size(cap, s->n_carry), err);
	if (r < 0)
		return r;
	if (s->n_carry > 0)
		memcpy(c->data, s->carry, s->n_carry);
	c->len = s->n_carry;
	s->n_carry = 0;
	return 0;
}

/* 1 = c->len has grown, 0 = it is full or the input has ended. */
int
ocr_piece_read(struct ocr_gunzip_source *s, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	const struct ocr_origin *o = s->origin;
	size_t want = max_size(s->guess, c->len + READ_BYTES);
	uint8_t *to = c->data + c->len;
	int64_t n;

	want = min_size(want, cap);
	if (want <= c->len || s->is_eof)
		return 0;
	want -= c->len;
	if (o->is_seekable) {
		n = ocr_pread_full(o->fd, to, want, o->fd_base + s->at + c->len,
		    ocr_origin_label(o), err);
	} else if (s->n_head > 0) {
		n = (int64_t)min_size(s->n_head, want);
		memcpy(to, s->head, (size_t)n);
		s->head += n;
		s->n_head -= (size_t)n;
	} else {
		n = ocr_read_some(o->fd, to, want, ocr_origin_label(o),
		    s->source.cancel_fd, err);
	}
	if (n < 0)
		return (int)n;
	if (n == 0 || (o->is_seekable && (size_t)n < want))
		s->is_eof = true;
	c->len += (size_t)n;
	return n > 0;
}

/* What lies behind len goes to the next piece. */
static int
piece_cut(struct ocr_gunzip_source *s, struct ocr_chunk *c, size_t len,
    struct ocr_err *err)
{
	size_t rest = c->len - len;
	uint8_t *p;

	if (rest > s->carry_cap) {
		p = realloc(s->carry, rest);
		if (p == NULL)
			return ocr_err_nomem(err);
		s->carry = p;
		s->carry_cap = rest;
	}
	if (rest > 0)
		memcpy(s->carry, c->data + len, rest);
	s->n_carry = rest;
	c->len = len;
	return 0;
}

int
ocr_piece_end(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_type type, size_t len, size_t raw_len, struct ocr_err *err)
{
	int r = piece_cut(s, c, len, err);

	if (r < 0)
		return r;
	if (len == 0)
		return 0;
	c->type = type;
	c->raw_len = raw_len;
	/* A little more than the last one, and slowly down from a long one. */
	s->guess = max_size(len + len / 8, s->guess - s->guess / 8);
	return 1;
}

/* Give back what has been read and look at it in another way. */
int
ocr_piece_again(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_cut format, struct ocr_err *err)
{
	int r = piece_cut(s, c, 0, err);

	s->format = format;
	return r < 0 ? r : OCR_CUT_AGAIN;
}
