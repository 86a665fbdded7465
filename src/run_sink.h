/*
 * run_sink.h - results of ocr-run: plain bytes in order, or a chunk stream
 *
 * Plain bytes cannot say that something is missing: the first chunk that
 * fails ends the run.  In a stream it becomes an error chunk.  An input that
 * cannot be opened is said, and the next one goes on, in both.
 * One thread (the loop's writer).
 */
#ifndef OCR_RUN_SINK_H
#define OCR_RUN_SINK_H

#include <stdbool.h>

#include "common/output.h"
#include "common/sink_stream.h"
#include "common/source.h"
#include "common/ui.h"

struct ocr_run_sink {
	struct ocr_sink sink; /* first */
	struct ocr_output *out;
	struct ocr_ui *ui;
	bool is_stream;
	struct ocr_sink_stream stream; /* is_stream */
	unsigned n_failed;             /* inputs that were not read */
};

/* begin: what the stream says of itself; NULL: plain bytes. */
int ocr_run_sink_open(struct ocr_run_sink *s, struct ocr_output *out,
    const struct ocr_begin *begin, struct ocr_ui *ui, struct ocr_err *err);
/* End the stream; is_ok: the loop has not failed. */
int ocr_run_sink_finish(struct ocr_run_sink *s, bool is_ok,
    struct ocr_err *err);
/* A zeroed one is fine. */
void ocr_run_sink_release(struct ocr_run_sink *s);

#endif
