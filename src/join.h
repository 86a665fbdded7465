/*
 * join.h - compressed chunks become one gzip file
 *
 * The one place that knows how chunks of each type are put together:
 *   deflate  header, pieces, final empty block, CRC and length (one member)
 *   members  as they are, then an end marker (an empty member)
 *   bgzf     as they are, then BGZF's own end marker
 *   raw      as they are
 * Used by ocr-compress (raw input) and by ocr-merge.  One thread.
 *
 * Formats: RFC 1952; SAM/BAM specification section 4.1 for BGZF.
 *
 * Our subfield of FEXTRA, in the header of every member we write:
 *   'O' 'C'  4 bytes  chunk length: raw bytes per chunk at most, little endian
 * and, in format members, one more so that a reader can skip the member:
 *   'O' 'M'  8 bytes  member length, raw length, both 32 bits little endian
 * The end marker of members is a member with an OM field and no data.
 */
#ifndef OCR_JOIN_H
#define OCR_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/chunk.h"
#include "common/err.h"
#include "common/output.h"

#define OCR_JOIN_HEADER_MAX 1200 /* longest header: name is cut to 1 KiB */

struct ocr_join {
	struct ocr_output *out;
	enum ocr_type type;
	uint32_t crc;
	uint64_t raw_len;
	uint64_t n_chunks;
};

struct ocr_join_opt {
	uint32_t chunk_bytes; /* for FEXTRA; 0 = unknown, no field */
	int level;            /* for XFL: 9 and up = 2, 1 = 4 */
	const char *name;     /* stored if not NULL (base name only) */
	int64_t mtime_s;      /* stored if name is not NULL */
};

/* Header of one member into buf (OCR_JOIN_HEADER_MAX); returns its length.
 * with_member_field leaves an OM field of zeros, at *field_at. */
size_t ocr_join_header(uint8_t *buf, const struct ocr_join_opt *opt,
    bool with_member_field, size_t *field_at);

int ocr_join_begin(struct ocr_join *j, struct ocr_output *out,
    enum ocr_type type, const struct ocr_join_opt *opt, struct ocr_err *err);
/* c is of j->type (anything else: -OCR_EFORMAT by number) and has raw_len and
 * raw_crc. */
int ocr_join_put(struct ocr_join *j, const struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_join_end(struct ocr_join *j, struct ocr_err *err);

#endif
