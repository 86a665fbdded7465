/*
 * gzip_header.c - the header of a gzip member: see gzip_header.h
 */
#include "config.h"

#include "src/gzip_header.h"

#include <string.h>

#include "common/chunk.h"
#include "common/crc.h"

#define FIXED_BYTES 10
#define METHOD_DEFLATE 8
#define FLG_HCRC 0x02
#define FLG_EXTRA 0x04
#define FLG_NAME 0x08
#define FLG_COMMENT 0x10
#define FLG_RESERVED 0xe0

static const uint8_t magic[2] = {0x1f, 0x8b};

static void
take_subfield(struct ocr_gzip_header *h, const uint8_t *id, const uint8_t *p,
    size_t len)
{
	if (memcmp(id, "OC", 2) == 0 && len == 4) {
		h->chunk_bytes = ocr_get_le32(p);
		h->has_chunk_bytes =
		    h->chunk_bytes > 0 && h->chunk_bytes <= OCR_CHUNK_MAX_BYTES;
	} else if (memcmp(id, "OM", 2) == 0 && len == 8) {
		h->member_len = ocr_get_le32(p);
		h->raw_len = ocr_get_le32(p + 4);
		h->has_member = true;
	} else if (memcmp(id, "BC", 2) == 0 && len == 2) {
		h->block_len = ocr_get_le16(p) + 1;
		h->has_block = true;
	}
}

/* A list that does not add up is nobody's format and no error: gzip ignores
 * the whole field. */
static void
take_extra(struct ocr_gzip_header *h, const uint8_t *p, size_t n)
{
	size_t len;

	while (n >= 4) {
		len = ocr_get_le16(p + 2);
		if (len > n - 4)
			return;
		take_subfield(h, p, p + 4, len);
		p += 4 + len;
		n -= 4 + len;
	}
}

/* A string that ends in NUL at p[*at..n): 1, 0 = goes on, or too long. */
static int
take_text(const uint8_t *p, size_t n, size_t *at, const char *what,
    struct ocr_err *err)
{
	size_t room = n - *at;
	const uint8_t *end;

	if (room > OCR_GZIP_TEXT_MAX_BYTES)
		room = OCR_GZIP_TEXT_MAX_BYTES;
	end = room > 0 ? memchr(p + *at, 0, room) : NULL;
	if (end != NULL) {
		*at = (size_t)(end - p) + 1;
		return 1;
	}
	if (room == OCR_GZIP_TEXT_MAX_BYTES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s in the header is longer than %zu bytes", what,
		    OCR_GZIP_TEXT_MAX_BYTES - 1);
	return 0;
}

static int
check_fixed(const uint8_t *p, size_t n, struct ocr_err *err)
{
	if (memcmp(p, magic, n < 2 ? n : 2) != 0)
		return ocr_err_set(err, -OCR_EFORMAT, "not in gzip format");
	if (n > 2 && p[2] != METHOD_DEFLATE)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "unknown compression method %u", p[2]);
	if (n > 3 && (p[3] & FLG_RESERVED) != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "unknown flags 0x%02x in the header", p[3]);
	return n >= FIXED_BYTES;
}

int
ocr_gzip_header_parse(struct ocr_gzip_header *h, const uint8_t *p, size_t n,
    struct ocr_err *err)
{
	size_t at = FIXED_BYTES, len;
	int r;

	memset(h, 0, sizeof(*h));
	if (n == 0)
		return 0;
	r = check_fixed(p, n, err);
	if (r <= 0)
		return r;
	h->mtime_s = ocr_get_le32(p + 4);
	if (p[3] & FLG_EXTRA) {
		if (n - at < 2)
			return 0;
		len = ocr_get_le16(p + at);
		at += 2;
		if (n - at < len)
			return 0;
		take_extra(h, p + at, len);
		at += len;
	}
	if (p[3] & FLG_NAME) {
		h->name = (const char *)p + at;
		r = take_text(p, n, &at, "name", err);
		if (r <= 0)
			return r;
	}
	if (p[3] & FLG_COMMENT) {
		r = take_text(p, n, &at, "comment", err);
		if (r <= 0)
			return r;
	}
	if (p[3] & FLG_HCRC) {
		if (n - at < 2)
			return 0;
		if (ocr_get_le16(p + at) != (ocr_crc32(0, p, at) & 0xffff))
			return ocr_err_set(err, -OCR_EFORMAT,
			    "crc mismatch in the header");
		at += 2;
	}
	h->len = at;
	/* No room for data and trailer: the sizes mean something else. */
	if (h->member_len <= at + OCR_GZIP_TRAILER_BYTES)
		h->has_member = false;
	if (h->block_len <= at + OCR_GZIP_TRAILER_BYTES)
		h->has_block = false;
	return 1;
}
