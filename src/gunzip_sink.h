/*
 * gunzip_sink.h - the pieces of gzip files become the bytes that they hold
 *
 * Takes jobs in order (gunzip_source, inflate kernel or no kernel at all) and
 * keeps a chain: a piece that a worker has inflated counts only where the
 * stream has arrived exactly at its beginning, with a block header (or a
 * member header) next; everything else is decoded here, in order.  So the
 * bytes are those of a serial decoder whatever the pieces look like.  CRC and
 * length of every member are checked.
 *
 * Several members follow each other; zeros after the last one are padding;
 * anything else there is reported and ignored.  One thread (the loop's writer).
 */
#ifndef OCR_GUNZIP_SINK_H
#define OCR_GUNZIP_SINK_H

#include "common/source.h"
#include "src/gunzip_source.h"
#include "src/gzip_header.h"

/*
 * Where the bytes go; one call after the other.
 * A file is: begin, write..., end.  begin and write are left out where nothing
 * could be decoded; end is called for each input, once.
 */
struct ocr_gunzip_out {
	/* The first header has been read (h->name points into it), or
	 * h is NULL: passed through as it is.  Negative: this file fails, the
	 * next one may do. */
	int (*begin)(void *ctx, struct ocr_origin *o,
	    const struct ocr_gzip_header *h, struct ocr_err *err);
	/* Negative ends the run. */
	int (*write)(void *ctx, const void *buf, size_t len,
	    struct ocr_err *err);
	/*
	 * ok: complete and checked; the function may fail, which counts for
	 * this file alone unless the code is -OCR_EPIPE.  Not ok: err->code
	 * and text say why, for the function to report; no code: the run
	 * itself has failed, and its caller reports that.
	 */
	int (*end)(void *ctx, int ok, struct ocr_err *err);
	/* Something is odd but the data is right: "x: trailing garbage
	 * ignored".  May be NULL. */
	void (*warn)(void *ctx, const char *text);
	void *ctx;
};

#define OCR_GUNZIP_BUFFER_BYTES ((size_t)1 << 20)

struct ocr_serial;

struct ocr_gunzip_sink {
	struct ocr_sink sink; /* first */
	struct ocr_gunzip_out out;
	struct ocr_gunzip_hint *hint;
	uint64_t limit_bytes; /* of one input's output; 0 = none */
	bool is_passing;      /* what is no gzip file is copied as it is */
	/* results, over all inputs */
	unsigned n_failed;  /* inputs that failed ... */
	int status;         /* ... and the code of the first, or 0 */
	unsigned n_garbage; /* inputs with garbage at the end: exit 1 */
	/* private: the current input */
	struct ocr_origin *origin;
	uint64_t n_inputs;
	int state;
	bool is_begun;         /* out.begin has been called */
	bool is_stopped;       /* a write failed: the run ends */
	bool needs_end_marker; /* of format members or BGZF */
	uint64_t n_members;
	uint64_t out_bytes; /* of all members */
	unsigned n_misses;  /* pieces in a row that were no use */
	/* the current member */
	struct ocr_gzip_header header; /* its name is no longer valid */
	uint32_t crc;
	uint64_t raw_len;
	struct ocr_serial *serial;
	uint8_t *buffer; /* its output */
	uint8_t *bytes;  /* header or trailer that goes over an end */
	size_t n_bytes;
};

/* Sets up s with its callbacks; out and hint stay the caller's. */
int ocr_gunzip_sink_init(struct ocr_gunzip_sink *s,
    const struct ocr_gunzip_out *out, struct ocr_gunzip_hint *hint,
    struct ocr_err *err);

/*
 * After the loop, always: end the last input.  is_ok false: the loop failed;
 * what is under way is given up without a report.  0; or the code of the first
 * input that failed (out.end has said why, err is untouched); or, with err
 * set, what ends the run.
 */
int ocr_gunzip_sink_finish(struct ocr_gunzip_sink *s, bool is_ok,
    struct ocr_err *err);

void ocr_gunzip_sink_release(struct ocr_gunzip_sink *s);

#endif
