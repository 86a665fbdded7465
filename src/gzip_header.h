/*
 * gzip_header.h - the header of a gzip member: RFC 1952, section 2.3
 *
 * Reads also the subfields of FEXTRA that help to decompress in parallel: our
 * own (src/join.h) and BGZF's BC (SAM/BAM specification, section 4.1).
 * Pure: no I/O, no allocation, any thread.  Every byte may come from an enemy.
 */
#ifndef OCR_GZIP_HEADER_H
#define OCR_GZIP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* Name and comment, each, with their NUL; the RFC sets no limit. */
#define OCR_GZIP_TEXT_MAX_BYTES ((size_t)64 << 10)

/* Fixed part, FEXTRA, name, comment and FHCRC: nothing longer is accepted. */
#define OCR_GZIP_HEADER_MAX_BYTES                                              \
	(10 + 2 + 65535 + 2 * OCR_GZIP_TEXT_MAX_BYTES + 2)

#define OCR_GZIP_TRAILER_BYTES 8 /* CRC-32 and length, little endian */

struct ocr_gzip_header {
	size_t len;       /* of the header; deflate data follows */
	uint32_t mtime_s; /* 0 = not known */
	const char *name; /* within the parsed bytes, ends in NUL; or NULL */
	bool has_chunk_bytes;
	uint32_t chunk_bytes; /* OC: raw bytes per chunk at most */
	bool has_member;      /* OM: */
	uint32_t member_len;  /*   bytes from header to trailer, both counted */
	uint32_t raw_len;     /*   and of what is in them */
	bool has_block;       /* BC: */
	uint32_t block_len;   /*   the same as member_len */
};

/*
 * Read a header from the beginning of p[0..n).
 * 1 = *h is filled; 0 = it goes on behind n; -OCR_EFORMAT with the reason
 * ("not in gzip format", "unknown compression method 7", ...), which a caller
 * puts behind the name of the file.
 * Sizes in subfields are checked for sense only as far as the header itself
 * goes (a member is longer than its header): a reader must not trust them.
 */
int ocr_gzip_header_parse(struct ocr_gzip_header *h, const uint8_t *p, size_t n,
    struct ocr_err *err);

static inline uint32_t
ocr_get_le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t
ocr_get_le32(const uint8_t *p)
{
	return ocr_get_le16(p) | ocr_get_le16(p + 2) << 16;
}

#endif
