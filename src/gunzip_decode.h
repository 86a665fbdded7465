/*
 * gunzip_decode.h - one gzip input, byte by byte: the sink's state machine
 *
 * Private to gunzip_sink, which adds the shortcuts.  Errors here concern the
 * current input; only a failed write (s->is_stopped) ends the run.
 */
#ifndef OCR_GUNZIP_DECODE_H
#define OCR_GUNZIP_DECODE_H

#include "src/gunzip_sink.h"

enum ocr_gunzip_state {
	OCR_GUNZIP_IGNORE = 0, /* no input, or its rest does not matter */
	OCR_GUNZIP_HEADER,     /* at or in a member's header */
	OCR_GUNZIP_BLOCKS,     /* in its deflate data */
	OCR_GUNZIP_TRAILER,    /* at or in its CRC and length */
	OCR_GUNZIP_PADDING,    /* zeros after the last member */
	OCR_GUNZIP_PASSING,    /* no gzip file: copied */
};

/* Decode a piece from wherever the stream has arrived. */
int ocr_gunzip_decode(struct ocr_gunzip_sink *s, const struct ocr_chunk *in,
    struct ocr_err *err);

/* Write bytes of the current input, within the limit. */
int ocr_gunzip_emit(struct ocr_gunzip_sink *s, const uint8_t *p, size_t n,
    struct ocr_err *err);

/* Its first header (NULL: none, it is copied); does nothing the next time. */
int ocr_gunzip_begin(struct ocr_gunzip_sink *s, const struct ocr_gzip_header *h,
    struct ocr_err *err);

/* It is no gzip file: copy it, s->bytes first, or fail. */
int ocr_gunzip_pass(struct ocr_gunzip_sink *s, struct ocr_err *err);

/* "x: why", -OCR_EFORMAT. */
int ocr_gunzip_bad(const struct ocr_gunzip_sink *s, const char *why,
    struct ocr_err *err);

/* Of the current input, for messages. */
const char *ocr_gunzip_name(const struct ocr_gunzip_sink *s);

#endif
