/*
 * sink_stream.h - chunks to an ocr-stream(5)
 *
 * Writes each chunk as one entry, header, payload and padding in one writev.
 * A range of a file that goes into a pipe is read for its CRC and then spliced:
 * 12 % less time for split | compress -1 | merge than writing it again.  Should
 * the file change meanwhile, the CRC tells.
 * What a source has left to be loaded is loaded here (loops without a kernel);
 * references are not.  One thread.
 */
#ifndef OCR_SINK_STREAM_H
#define OCR_SINK_STREAM_H

#include "common/frame.h"
#include "common/output.h"
#include "common/source.h"

struct ocr_sink_stream {
	struct ocr_sink sink; /* first */
	struct ocr_output *out;
	struct ocr_end end; /* running totals; crc over raw bytes in order */
	unsigned n_failed;  /* error chunks written */
	struct ocr_err first_failure;
	/* private */
	char stage[OCR_STAGE_BYTES + 1]; /* named by our error chunks */
	uint64_t next_seq; /* one more than the last, for the crc */
	bool is_cut;    /* a chunk was given up: what is behind it goes, too */
	bool is_broken; /* an entry was begun and not ended */
	bool is_pipe;   /* out is one */
	char *text;     /* room for a control entry */
};

/* Write ocr/begin.  out must stay open until finish. */
int ocr_sink_stream_open(struct ocr_sink_stream *s, struct ocr_output *out,
    const struct ocr_begin *begin, struct ocr_err *err);

/* Write ocr/ping, to another host. */
int ocr_sink_stream_ping(struct ocr_sink_stream *s, const struct ocr_ping *ping,
    struct ocr_err *err);

/*
 * Write ocr/end and two zero blocks.  status=failed if an error chunk was
 * written or is_ok is 0; then returns -OCR_EFORMAT with the first failure's
 * text (the stream itself is well formed: the next stage can say which chunk).
 */
int ocr_sink_stream_finish(struct ocr_sink_stream *s, int is_ok,
    struct ocr_err *err);

/* A zeroed struct is fine. */
void ocr_sink_stream_release(struct ocr_sink_stream *s);

#endif
