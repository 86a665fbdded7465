/*
 * compress_run.h - one run of ocr-compress, for the files src/compress*.c only
 */
#ifndef OCR_COMPRESS_RUN_H
#define OCR_COMPRESS_RUN_H

#include "common/frame.h"
#include "common/meter.h"
#include "common/stream.h"
#include "common/team.h"
#include "src/compress.h"
#include "src/inputs.h"
#include "src/stdin_head.h"

struct ocr_compress {
	const struct ocr_compress_opt *opt;
	struct ocr_ui *ui;
	struct ocr_meter *meter;
	struct ocr_team *team;
	struct ocr_inputs inputs;
	struct ocr_stdin_head head;
	unsigned n_failed; /* inputs */
};

/* Files or standard input: raw to gzip, and gzip to raw (-d, -t). */
int ocr_compress_files(struct ocr_compress *c, struct ocr_err *err);
int ocr_decompress_files(struct ocr_compress *c, struct ocr_err *err);

/* A chunk stream on standard input, both ways. */
int ocr_compress_stream(struct ocr_compress *c, struct ocr_err *err);

/* What the loops of a run have in common. */
struct ocr_stream ocr_compress_loop(const struct ocr_compress *c,
    struct ocr_source *source, const struct ocr_kernel *kernel,
    struct ocr_sink *sink);

/* For sources: the next of c->inputs (ctx). */
int ocr_compress_next_origin(void *ctx, struct ocr_origin **o,
    struct ocr_err *err);

#endif
