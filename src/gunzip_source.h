/*
 * gunzip_source.h - gzip files are cut into pieces that can be tried at once
 *
 * Each input gives a chunk of kind ORIGIN and then all its bytes, in order, as
 * pieces (c->at: offset in the compressed input) of these types:
 *   OCR_DEFLATE  begins behind a header or a marker and ends with a marker
 *                (kernels/k_marker.h); may be independent of all before it
 *   OCR_MEMBERS, OCR_BGZF  whole members whose headers say their sizes
 *   OCR_RAW      anything else: headers, ends, what has no markers
 * c->raw_len bounds what the kernel may make of a piece (has_raw is false);
 * 0 means that it is not worth a try.  gunzip_sink puts it all together and is
 * the only one that judges: a wrong cut costs time, never correctness.
 *
 * An input that cannot be opened or read becomes an OCR_ERROR chunk (its
 * origin set if it was open) and the next one follows.  One thread.
 */
#ifndef OCR_GUNZIP_SOURCE_H
#define OCR_GUNZIP_SOURCE_H

#include "common/source.h"
#include "src/gzip_header.h"

/* Larger chunks (ocr-compress -s) are decompressed by one thread: each of the
 * jobs under way would hold two of them. */
#define OCR_GUNZIP_CHUNK_MAX_BYTES ((size_t)16 << 20)

/*
 * What the sink has learnt, for the source: the number of an input (the first
 * is 1), or 0.  Atomic, relaxed: late news cost time and nothing else.
 */
struct ocr_gunzip_hint {
	uint64_t serial; /* pieces of this origin need what comes before */
	uint64_t skip;   /* this origin has failed: its rest is not wanted */
};

struct ocr_gunzip_source {
	struct ocr_source source; /* first */
	/* Gives the inputs: as ocr_inputs_next(). */
	int (*next_origin)(void *ctx, struct ocr_origin **o,
	    struct ocr_err *err);
	void *ctx;
	const uint8_t *head; /* bytes of the first input already read */
	size_t n_head;
	const struct ocr_gunzip_hint *hint;
	/* private */
	struct ocr_origin *origin;
	uint64_t n_inputs; /* announced so far */
	uint64_t seq, at;  /* of the next piece */
	int format;        /* of the current input */
	bool is_at_marker; /* the next piece begins at a block header, maybe */
	bool is_eof;
	uint8_t *carry; /* read, but behind the end of the last piece */
	size_t n_carry, carry_cap;
	size_t guess;     /* bytes that the next piece may have */
	size_t raw_bytes; /* bound of a piece's output ... */
	size_t max_bytes; /* ... and of the piece */
	size_t min_bytes; /* shorter ones are not worth a job */
	size_t n_markers; /* to a piece */
	bool is_own;      /* its pieces are independent: header says so */
	bool is_resumed;  /* START: more SEGMENTS may come instead */
};

void ocr_gunzip_source_init(struct ocr_gunzip_source *s,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx, const struct ocr_gunzip_hint *hint);
void ocr_gunzip_source_release(struct ocr_gunzip_source *s);

#endif
