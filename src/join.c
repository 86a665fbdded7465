/*
 * join.c - compressed chunks become one gzip file: see join.h
 */
#include "config.h"

#include "src/join.h"

#include <inttypes.h>
#include <string.h>

#include "common/crc.h"
#include "src/le.h"

#define NAME_MAX_BYTES 1024
#define TRAILER_BYTES 8

/* Bits of FLG and values of XFL and OS: RFC 1952, section 2.3.1. */
#define FLG_EXTRA 4
#define FLG_NAME 8
#define XFL_BEST 2
#define XFL_FAST 4
#define OS_UNIX 3

/* An empty deflate block with fixed codes, marked as the last one. */
static const uint8_t last_block[2] = {0x03, 0x00};

/* SAM/BAM specification, section 4.1.2. */
static const uint8_t bgzf_end[28] = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0,
    0xff, 0x06, 0x00, 'B', 'C', 0x02, 0x00, 0x1b, 0x00, 0x03, 0x00, 0, 0, 0, 0,
    0, 0, 0, 0};

/* FEXTRA with its length, at p; returns the bytes used. */
static size_t
put_extra(uint8_t *p, uint32_t chunk_bytes, bool with_member_field,
    size_t *member_at)
{
	size_t n = 2;

	if (chunk_bytes > 0) {
		p[n++] = 'O';
		p[n++] = 'C';
		n += ocr_put_le16(p + n, 4);
		n += ocr_put_le32(p + n, chunk_bytes);
	}
	if (with_member_field) {
		p[n++] = 'O';
		p[n++] = 'M';
		n += ocr_put_le16(p + n, 8);
		*member_at = n;
		memset(p + n, 0, 8);
		n += 8;
	}
	ocr_put_le16(p, (unsigned)n - 2);
	return n;
}

/* The base name, cut, with its NUL. */
static size_t
put_name(uint8_t *p, const char *name)
{
	size_t len = strnlen(name, NAME_MAX_BYTES);

	memcpy(p, name, len);
	p[len] = 0;
	return len + 1;
}

static const char *
base_name(const char *name)
{
	const char *slash = name != NULL ? strrchr(name, '/') : NULL;

	return slash != NULL ? slash + 1 : name;
}

size_t
ocr_join_header(uint8_t *buf, const struct ocr_join_opt *opt,
    bool with_member_field, size_t *field_at)
{
	const char *name = base_name(opt->name);
	bool has_name = name != NULL && *name != '\0';
	bool has_extra = opt->chunk_bytes > 0 || with_member_field;
	/* Outside of 32 bits, or 1970 itself, means that no time is known. */
	bool has_mtime =
	    opt->name != NULL && opt->mtime_s > 0 && opt->mtime_s <= UINT32_MAX;
	size_t n = 0, at = 0;

	buf[n++] = 0x1f;
	buf[n++] = 0x8b;
	buf[n++] = 8;
	buf[n++] = (has_extra ? FLG_EXTRA : 0) | (has_name ? FLG_NAME : 0);
	n += ocr_put_le32(buf + n, has_mtime ? (uint32_t)opt->mtime_s : 0);
	buf[n++] = opt->level >= 9 ? XFL_BEST : opt->level == 1 ? XFL_FAST : 0;
	buf[n++] = OS_UNIX;
	if (has_extra) {
		size_t len = put_extra(buf + n, opt->chunk_bytes,
		    with_member_field, &at);

		if (with_member_field)
			*field_at = n + at;
		n += len;
	}
	if (has_name)
		n += put_name(buf + n, name);
	return n;
}

int
ocr_join_begin(struct ocr_join *j, struct ocr_output *out, enum ocr_type type,
    const struct ocr_join_opt *opt, struct ocr_err *err)
{
	uint8_t header[OCR_JOIN_HEADER_MAX];

	memset(j, 0, sizeof(*j));
	j->out = out;
	j->type = type;
	if (type != OCR_DEFLATE)
		return 0;
	return ocr_output_write(out, header,
	    ocr_join_header(header, opt, false, NULL), err);
}

int
ocr_join_put(struct ocr_join *j, const struct ocr_chunk *c, struct ocr_err *err)
{
	if (c->type != j->type)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " is %s in a stream of type %s", c->seq,
		    ocr_type_name(c->type), ocr_type_name(j->type));
	if (!c->has_raw)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " does not say how long its data is",
		    c->seq);
	/* Only the member's trailer needs it. */
	if (j->type == OCR_DEFLATE)
		j->crc = ocr_crc32_join(j->crc, c->raw_crc, c->raw_len);
	j->raw_len += c->raw_len;
	j->n_chunks++;
	if (c->len == 0)
		return 0;
	return ocr_output_write(j->out, c->data, c->len, err);
}

/* Last block, CRC and length: the end of a member whose data is complete. */
static size_t
put_trailer(uint8_t *p, uint32_t crc, uint64_t raw_len)
{
	size_t n = sizeof(last_block);

	memcpy(p, last_block, n);
	n += ocr_put_le32(p + n, crc);
	n += ocr_put_le32(p + n, (uint32_t)raw_len); /* modulo 2^32 */
	return n;
}

/* An empty member that says so, after the last one. */
static size_t
put_members_end(uint8_t *p)
{
	static const struct ocr_join_opt plain;
	size_t field_at = 0;
	size_t n = ocr_join_header(p, &plain, true, &field_at);

	n += put_trailer(p + n, 0, 0);
	ocr_put_le32(p + field_at, (uint32_t)n);
	return n;
}

int
ocr_join_end(struct ocr_join *j, struct ocr_err *err)
{
	uint8_t buf[OCR_JOIN_HEADER_MAX + sizeof(last_block) + TRAILER_BYTES];
	size_t n = 0;

	switch (j->type) {
	case OCR_DEFLATE:
		n = put_trailer(buf, j->crc, j->raw_len);
		break;
	case OCR_MEMBERS:
		n = put_members_end(buf);
		break;
	case OCR_BGZF:
		return ocr_output_write(j->out, bgzf_end, sizeof(bgzf_end),
		    err);
	default:
		return 0;
	}
	return ocr_output_write(j->out, buf, n, err);
}
