/*
 * source_stream.h - chunks from an ocr-stream(5)
 *
 * Reads control entries itself: ocr/begin at open, ocr/source as a chunk of
 * kind ORIGIN, ocr/end at the end.  Payload CRCs are left to the workers
 * (OCR_LOAD_CHECK).  One thread.
 */
#ifndef OCR_SOURCE_STREAM_H
#define OCR_SOURCE_STREAM_H

#include "common/frame.h"
#include "common/source.h"

struct ocr_source_stream {
	struct ocr_source source; /* first */
	struct ocr_begin begin;   /* valid after open */
	struct ocr_end end;       /* valid when next() has returned 0 */
	int fd;
	const char *name;          /* for messages; the caller keeps it */
	struct ocr_origin *origin; /* the last one announced */
	uint64_t n_chunks;         /* so far in this stream */
	uint64_t n_failed;         /* of them type=error */
	uint64_t offset;           /* bytes read, for messages */
	/* Set both after open where the writer is another host: ocr/ping is
	 * taken then, chunks of all types too, and bytes are reported as they
	 * come. */
	void (*on_ping)(void *ctx, const struct ocr_ping *ping);
	/* is_waiting: a read begins; else it has brought something. */
	void (*on_read)(void *ctx, bool is_waiting);
	void *ctx;
	/* private */
	int state;
	uint64_t raw_bytes;  /* of the chunks so far */
	const uint8_t *head; /* bytes already read by the caller */
	size_t n_head;
	uint8_t *own_head; /* what is left of them after open */
	char *text;        /* room for a control entry */
	size_t n_padding;  /* after the last payload, not yet read */
	uint8_t block[2 * OCR_FRAME_BYTES]; /* padding, then a header */
};

/*
 * Read ocr/begin from fd.  head[0..n_head) are bytes of it that the caller
 * has read to recognise the stream; they must stay until open returns.
 *
 * next() then gives chunks and origins; 0 after an ocr/end whose status is ok
 * and whose chunk count is right, the two zero blocks and EOF.
 * -OCR_EFORMAT: "x: stream ends without ocr/end (after 12 chunks): its writer
 * failed", "x: stream version 2: this program reads version 1", "x: not a chunk
 * stream", ...  A stream with status=failed is an error after all its chunks
 * have been handed out.
 */
int ocr_source_stream_open(struct ocr_source_stream *s, int fd,
    const char *name, const uint8_t *head, size_t n_head, struct ocr_err *err);

/*
 * On a connection, before the first next(): the ocr/blob that must come first,
 * as its checksums say that it was sent.  1: *data, which the caller frees, has
 * *len bytes; 0: the stream has ended without one, and without chunks.  Memory
 * is taken as bytes come.
 */
int ocr_source_stream_blob(struct ocr_source_stream *s, uint8_t **data,
    size_t *len, struct ocr_err *err);

/*
 * After next() returned 0: is there a further stream behind (cat a b | ...)?
 * 1 = yes, s has been opened on it (new begin); 0 = end of input.
 * A filter that does not take several streams treats 1 as an error.
 */
int ocr_source_stream_more(struct ocr_source_stream *s, struct ocr_err *err);

/* A zeroed struct is fine.  Does not close fd. */
void ocr_source_stream_release(struct ocr_source_stream *s);

#endif
