/*
 * gunzip_piece.h - the pieces that gunzip_source makes: private to it
 *
 * gunzip_piece.c reads and keeps, gunzip_cut.c decides where to cut.  A piece
 * grows in the buffer of its chunk: c->len bytes have been read so far, from
 * s->at on.
 */
#ifndef OCR_GUNZIP_PIECE_H
#define OCR_GUNZIP_PIECE_H

#include "src/gunzip_source.h"

/* Read to see the first header. */
#define OCR_CUT_HEAD_BYTES ((size_t)64 << 10)

/* s->format: how the next piece is cut. */
enum ocr_cut {
	OCR_CUT_START = 0, /* a header comes */
	OCR_CUT_SEGMENTS,  /* deflate data with markers in it */
	OCR_CUT_END,       /* the end of our single member */
	OCR_CUT_MEMBERS,   /* with our OM fields */
	OCR_CUT_BLOCKS,    /* BGZF */
	OCR_CUT_PLAIN,     /* for the sink's own decoder */
};

/* What the functions below that make a piece return beside 1, 0 = end of input
 * and errors: s->format has changed, try again. */
#define OCR_CUT_AGAIN 2

int ocr_cut_start(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_cut_segment(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_cut_end(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_cut_members(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err);
int ocr_cut_plain(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err);

/* Room for a piece, with what has been read of it already. */
int ocr_piece_begin(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_type type, size_t cap, size_t raw_bytes, struct ocr_err *err);

/* Read on, at most up to cap: 1 = c->len has grown, 0 = it is full or the
 * input has ended. */
int ocr_piece_read(struct ocr_gunzip_source *s, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err);

/* The first len bytes are a piece; what lies behind them goes to the next.
 * 1, or 0 if there are none: the end of the input. */
int ocr_piece_end(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_type type, size_t len, size_t raw_len, struct ocr_err *err);

/* Give back what has been read, to look at it in another way. */
int ocr_piece_again(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    enum ocr_cut format, struct ocr_err *err);

#endif
