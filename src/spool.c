/*
 * spool.c - see spool.h
 */
#include "config.h"

#include "src/spool.h"

#include <stdlib.h>
#include <unistd.h>
#include <string.h>

#include "common/io.h"
#include "src/spill.h"

#define PIECE_BYTES ((size_t)256 << 10)

static const char file_name[] = "the temporary file";

static int
reserve(struct ocr_spool *s, size_t len, struct ocr_err *err)
{
	size_t cap = s->cap < PIECE_BYTES ? PIECE_BYTES : 2 * s->cap;
	unsigned char *buf;

	if (len <= s->cap)
		return 0;
	if (cap < len)
		cap = len;
	if (cap > s->memory_bytes && len <= s->memory_bytes)
		cap = s->memory_bytes;
	buf = realloc(s->buf, cap);
	if (buf == NULL)
		return ocr_err_nomem(err);
	s->buf = buf;
	s->cap = cap;
	return 0;
}

/* From memory to a file: what is there, and room for a piece to read. */
static int
move_to_file(struct ocr_spool *s, struct ocr_err *err)
{
	int r = ocr_spill_open_file(s->dir, err);

	if (r < 0)
		return r;
	s->fd = r;
	r = ocr_write_full(s->fd, s->buf, (size_t)s->len, file_name, err);
	free(s->buf);
	s->buf = NULL;
	s->cap = 0;
	return r < 0 ? r : reserve(s, PIECE_BYTES, err);
}

int
ocr_spool_put(struct ocr_spool *s, const void *data, size_t len,
    struct ocr_err *err)
{
	int r = 0;

	if (s->fd == 0 &&
	    (len > s->memory_bytes || s->len > s->memory_bytes - len))
		r = move_to_file(s, err);
	else if (s->fd == 0)
		r = reserve(s, (size_t)s->len + len, err);
	if (r < 0)
		return r;
	if (s->fd == 0 && len > 0)
		memcpy(s->buf + s->len, data, len);
	else if (s->fd != 0)
		r = ocr_write_full(s->fd, data, len, file_name, err);
	s->len += len;
	return r;
}

int
ocr_spool_drain(struct ocr_spool *s,
    int (*write)(void *ctx, const void *data, size_t len, struct ocr_err *err),
    void *ctx, struct ocr_err *err)
{
	uint64_t at;
	int64_t n;
	int r = 0;

	if (s->fd == 0 && s->len > 0)
		r = write(ctx, s->buf, (size_t)s->len, err);
	for (at = 0; r == 0 && s->fd != 0 && at < s->len; at += (uint64_t)n) {
		n = ocr_pread_full(s->fd, s->buf, PIECE_BYTES, at, file_name,
		    err);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return ocr_err_set(err, -OCR_EIO,
			    "%s has become shorter", file_name);
		r = write(ctx, s->buf, (size_t)n, err);
	}
	s->len = 0;
	if (s->fd != 0)
		close(s->fd);
	s->fd = 0;
	return r;
}

void
ocr_spool_release(struct ocr_spool *s)
{
	if (s->fd > 0)
		close(s->fd);
	free(s->buf);
	s->buf = NULL;
	s->cap = 0;
	s->len = 0;
	s->fd = 0;
}
