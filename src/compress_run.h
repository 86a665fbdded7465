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
#include "src/host_team.h"
#include "src/inputs.h"
#include "src/shards.h"
#include "src/stdin_head.h"

struct ocr_compress {
	const struct ocr_compress_opt *opt;
	struct ocr_ui *ui;
	struct ocr_meter *meter;
	struct ocr_team *team;
	struct ocr_inputs inputs;
	struct ocr_stdin_head head;
	bool is_stream;    /* standard input is one */
	unsigned n_failed; /* inputs */
	struct ocr_host_plan plan;
	struct ocr_host_team hosts;
	struct ocr_shards shards; /* --shards: where results go */
	const char *command[8];   /* what a host runs, and parts of it */
	char level[16], size[32], limit[40];
};

/* Who works: after is_stream and before the first thread. */
int ocr_compress_team(struct ocr_compress *c, struct ocr_err *err);
/* --worker: the same work for another process. */
int ocr_compress_worker(struct ocr_compress *c, struct ocr_err *err);

/* Files or standard input: raw to gzip, and gzip to raw (-d, -t). */
int ocr_compress_files(struct ocr_compress *c, struct ocr_err *err);
int ocr_decompress_files(struct ocr_compress *c, struct ocr_err *err);

/* --shards: what the options come to, the directory (before the team), and
 * the run. */
int ocr_compress_shards_opt(struct ocr_compress_opt *o, struct ocr_err *err);
int ocr_compress_shards_open(struct ocr_compress *c, struct ocr_err *err);
int ocr_compress_shards(struct ocr_compress *c, struct ocr_err *err);

/* A chunk stream on standard input, both ways. */
int ocr_compress_stream(struct ocr_compress *c, struct ocr_err *err);

/* What the loops of a run have in common. */
struct ocr_stream ocr_compress_loop(struct ocr_compress *c,
    struct ocr_source *source, const struct ocr_kernel *kernel,
    struct ocr_sink *sink);

/* For sources: the next of c->inputs (ctx). */
int ocr_compress_next_origin(void *ctx, struct ocr_origin **o,
    struct ocr_err *err);

#endif
