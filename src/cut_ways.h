/*
 * cut_ways.h - what cut.c, cut_file.c and cut_pipe.c share; for them alone
 */
#ifndef OCR_CUT_WAYS_H
#define OCR_CUT_WAYS_H

#include "src/cut.h"

/*
 * Fill c with the next chunk of s->origin: its length, 0 at the end, negative
 * if the input cannot go on.  c->seq, at and origin are set.
 */
int64_t ocr_cut_file_next(struct ocr_cut *s, struct ocr_chunk *c,
    struct ocr_err *err);
int64_t ocr_cut_pipe_next(struct ocr_cut *s, struct ocr_chunk *c,
    struct ocr_err *err);

/* Room in s->spare, whose contents are lost if it grows. */
int ocr_cut_reserve(struct ocr_cut *s, size_t cap, struct ocr_err *err);

/* Bytes of p[0..len) up to and with the last place where a chunk may end, a
 * line end or an edge; 0 if there is none. */
size_t ocr_cut_last(const struct ocr_cut *s, const uint8_t *p, size_t len);

/* A line that does not fit; n lines that do not, where no maximum was asked
 * for; the end of an input within a record.  All return -OCR_EFORMAT. */
int ocr_cut_fail_line(const struct ocr_cut *s, uint64_t line,
    struct ocr_err *err);
int ocr_cut_fail_lines(const struct ocr_cut *s, struct ocr_err *err);
int ocr_cut_fail_record(const struct ocr_cut *s, uint64_t left,
    struct ocr_err *err);

#endif
