/*
 * gzip_sink.h - compressed chunks become gzip files, one per input
 */
#ifndef OCR_GZIP_SINK_H
#define OCR_GZIP_SINK_H

#include "common/source.h"
#include "src/join.h"
#include "src/outputs.h"

struct ocr_gzip_sink {
	struct ocr_sink sink; /* first */
	struct ocr_outputs *outputs;
	struct ocr_ui *ui;
	struct ocr_join_opt join_opt; /* name and time come per input */
	enum ocr_type format;
	bool is_name_stored; /* -N */
	struct ocr_join join;
	uint64_t in_bytes; /* of the current input */
	bool is_open;      /* an input is under way ... */
	bool is_failed;    /* ... and has failed already */
};

/* All fields before join are the caller's. */
void ocr_gzip_sink_init(struct ocr_gzip_sink *s);

/* After the loop: end the last input (is_ok == false: give it up). */
int ocr_gzip_sink_finish(struct ocr_gzip_sink *s, bool is_ok,
    struct ocr_err *err);

#endif
