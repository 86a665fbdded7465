/*
 * gunzip_decode.c - one gzip input, byte by byte: see gunzip_decode.h
 */
#include "config.h"

#include "src/gunzip_decode.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/crc.h"
#include "src/gunzip_serial.h"

const char *
ocr_gunzip_name(const struct ocr_gunzip_sink *s)
{
	return ocr_origin_label(s->origin);
}

int
ocr_gunzip_bad(const struct ocr_gunzip_sink *s, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", ocr_gunzip_name(s),
	    why);
}

int
ocr_gunzip_emit(struct ocr_gunzip_sink *s, const uint8_t *p, size_t n,
    struct ocr_err *err)
{
	int r;

	if (n == 0)
		return 0;
	if (s->limit_bytes > 0 && n > s->limit_bytes - s->out_bytes)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: output is larger than --limit %" PRIu64,
		    ocr_gunzip_name(s), s->limit_bytes);
	r = s->out.write(s->out.ctx, p, n, err);
	if (r < 0)
		s->is_stopped = true;
	s->out_bytes += n;
	return r;
}

int
ocr_gunzip_begin(struct ocr_gunzip_sink *s, const struct ocr_gzip_header *h,
    struct ocr_err *err)
{
	int r;

	if (s->is_begun)
		return 0;
	r = s->out.begin(s->out.ctx, s->origin, h, err);
	s->is_begun = r == 0;
	return r;
}

/* It is a file of another kind. */
int
ocr_gunzip_pass(struct ocr_gunzip_sink *s, struct ocr_err *err)
{
	int r;

	if (!s->is_passing)
		return ocr_gunzip_bad(s, "not in gzip format", err);
	r = ocr_gunzip_begin(s, NULL, err);
	if (r == 0)
		r = ocr_gunzip_emit(s, s->bytes, s->n_bytes, err);
	s->n_bytes = 0;
	s->state = OCR_GUNZIP_PASSING;
	return r;
}

static void
ignore_garbage(struct ocr_gunzip_sink *s)
{
	char text[512];

	snprintf(text, sizeof(text), "%.400s: trailing garbage ignored",
	    ocr_gunzip_name(s));
	if (s->out.warn != NULL)
		s->out.warn(s->out.ctx, text);
	s->n_garbage++;
	s->n_bytes = 0;
	s->state = OCR_GUNZIP_IGNORE;
	__atomic_store_n(&s->hint->skip, s->n_inputs, __ATOMIC_RELAXED);
}

/* What is in s->bytes, the last 'add' of it new, is no header. */
static int
leave_header(struct ocr_gunzip_sink *s, size_t add, size_t *at,
    struct ocr_err *err)
{
	if (s->n_members == 0) {
		*at += add;
		return ocr_gunzip_pass(s, err);
	}
	if (s->bytes[0] != 0) {
		ignore_garbage(s);
		return 0;
	}
	s->n_bytes = 0;
	s->state = OCR_GUNZIP_PADDING;
	return 0;
}

static int
begin_member(struct ocr_gunzip_sink *s, struct ocr_err *err)
{
	int r = ocr_gunzip_begin(s, &s->header, err);

	s->header.name = NULL; /* s->bytes is used again */
	s->n_bytes = 0;
	s->crc = 0;
	s->raw_len = 0;
	ocr_serial_reset(s->serial);
	s->state = OCR_GUNZIP_BLOCKS;
	return r;
}

static int
step_header(struct ocr_gunzip_sink *s, const uint8_t *in, size_t n, size_t *at,
    struct ocr_err *err)
{
	size_t old = s->n_bytes, add = n - *at;
	struct ocr_err why = {0};
	int r;

	/* Few have more than that; whoever has gets twice as much. */
	if (add > old + 512)
		add = old + 512;
	if (add > OCR_GZIP_HEADER_MAX_BYTES - old)
		add = OCR_GZIP_HEADER_MAX_BYTES - old;
	memcpy(s->bytes + old, in + *at, add);
	s->n_bytes = old + add;
	if (s->bytes[0] != 0x1f || (s->n_bytes > 1 && s->bytes[1] != 0x8b))
		return leave_header(s, add, at, err);
	r = ocr_gzip_header_parse(&s->header, s->bytes, s->n_bytes, &why);
	if (r < 0)
		return ocr_gunzip_bad(s, why.text, err);
	if (r == 0 && s->n_bytes == OCR_GZIP_HEADER_MAX_BYTES)
		return ocr_gunzip_bad(s, "header is too long", err);
	if (r == 0) {
		*at += add;
		return 0;
	}
	*at += s->header.len - old;
	return begin_member(s, err);
}

static int
step_blocks(struct ocr_gunzip_sink *s, const uint8_t *in, size_t n, size_t *at,
    uint64_t piece_at, struct ocr_err *err)
{
	size_t len = 0;
	int r, state;

	do {
		state = ocr_serial_run(s->serial, in, n, at, s->buffer,
		    OCR_GUNZIP_BUFFER_BYTES, &len);
		s->crc = ocr_crc32(s->crc, s->buffer, len);
		s->raw_len += len;
		r = ocr_gunzip_emit(s, s->buffer, len, err);
		if (r < 0)
			return r;
	} while (state == OCR_SERIAL_FULL);
	if (state < 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: invalid deflate data near compressed byte %" PRIu64,
		    ocr_gunzip_name(s), piece_at + *at);
	if (state == OCR_SERIAL_DONE)
		s->state = OCR_GUNZIP_TRAILER;
	return 0;
}

static int
end_member(struct ocr_gunzip_sink *s, struct ocr_err *err)
{
	if (ocr_get_le32(s->bytes) != s->crc)
		return ocr_gunzip_bad(s, "crc mismatch: the file is damaged",
		    err);
	if (ocr_get_le32(s->bytes + 4) != (uint32_t)s->raw_len)
		return ocr_gunzip_bad(s, "length mismatch: the file is damaged",
		    err);
	/* An empty member of these formats says that nothing follows. */
	if (s->header.has_member || s->header.has_block)
		s->needs_end_marker = s->raw_len > 0;
	s->n_bytes = 0;
	s->n_members++;
	s->state = OCR_GUNZIP_HEADER;
	return 0;
}

static int
step_trailer(struct ocr_gunzip_sink *s, const uint8_t *in, size_t n, size_t *at,
    struct ocr_err *err)
{
	while (*at < n && s->n_bytes < OCR_GZIP_TRAILER_BYTES)
		s->bytes[s->n_bytes++] = in[(*at)++];
	if (s->n_bytes < OCR_GZIP_TRAILER_BYTES)
		return 0;
	return end_member(s, err);
}

static void
step_padding(struct ocr_gunzip_sink *s, const uint8_t *in, size_t n, size_t *at)
{
	while (*at < n && in[*at] == 0)
		++*at;
	if (*at < n)
		ignore_garbage(s);
}

/* Decode a piece here, from wherever the stream has arrived. */
int
ocr_gunzip_decode(struct ocr_gunzip_sink *s, const struct ocr_chunk *in,
    struct ocr_err *err)
{
	size_t at = 0;
	int r = 0;

	while (r == 0 && at < in->len) {
		switch ((enum ocr_gunzip_state)s->state) {
		case OCR_GUNZIP_IGNORE:
			return 0;
		case OCR_GUNZIP_HEADER:
			r = step_header(s, in->data, in->len, &at, err);
			break;
		case OCR_GUNZIP_BLOCKS:
			r = step_blocks(s, in->data, in->len, &at, in->at, err);
			break;
		case OCR_GUNZIP_TRAILER:
			r = step_trailer(s, in->data, in->len, &at, err);
			break;
		case OCR_GUNZIP_PADDING:
			step_padding(s, in->data, in->len, &at);
			break;
		case OCR_GUNZIP_PASSING:
			r = ocr_gunzip_emit(s, in->data + at, in->len - at,
			    err);
			at = in->len;
			break;
		}
	}
	return r;
}
