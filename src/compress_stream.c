/*
 * compress_stream.c - a chunk stream in, a chunk stream out
 *
 *   source_stream -> deflate or inflate -> sink_stream
 */
#include "config.h"

#include <stdio.h>
#include <unistd.h>

#include "common/output.h"
#include "common/sink_stream.h"
#include "common/source_stream.h"
#include "src/coder.h"
#include "src/compress_run.h"
#include "src/inflate.h"

/* What the stream that we write says of itself. */
static void
begin_init(const struct ocr_compress *c, struct ocr_begin *begin,
    const struct ocr_begin *from, enum ocr_type type)
{
	*begin = *from;
	begin->version = OCR_STREAM_VERSION;
	begin->type = type;
	snprintf(begin->tool, sizeof(begin->tool), "%s %s", c->ui->tool,
	    PACKAGE_VERSION);
	begin->codec[0] = '\0';
	if (type != OCR_RAW)
		ocr_coder_name(c->opt->deflate.level, begin->codec,
		    sizeof(begin->codec));
}

static int
run_one(struct ocr_compress *c, struct ocr_source_stream *source,
    const struct ocr_kernel *kernel, struct ocr_output *out, enum ocr_type type,
    struct ocr_err *err)
{
	struct ocr_err lost = {0};
	struct ocr_sink_stream sink = {0};
	struct ocr_begin begin;
	struct ocr_stream loop;
	int r, r2;

	begin_init(c, &begin, &source->begin, type);
	r = ocr_sink_stream_open(&sink, out, &begin, err);
	if (r < 0)
		goto out;
	loop = ocr_compress_loop(c, &source->source, kernel, &sink.sink);
	if (begin.chunk_bytes > 0 && begin.chunk_bytes <= OCR_CHUNK_MAX_BYTES)
		loop.chunk_bytes = (size_t)begin.chunk_bytes;
	r = ocr_stream_run(&loop, err);
	if (r == -OCR_EPIPE)
		goto out;
	/* A failed stream gets its end too: the next stage then knows. */
	r2 = ocr_sink_stream_finish(&sink, r == 0, r == 0 ? err : &lost);
	if (r == 0)
		r = r2;
out:
	ocr_sink_stream_release(&sink);
	return r;
}

int
ocr_compress_stream(struct ocr_compress *c, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;
	const struct ocr_outputs_opt *outputs = &opt->outputs;
	struct ocr_inflate_opt inflate = {.limit_bytes = opt->limit_bytes};
	bool is_raw_wanted = outputs->mode != OCR_OUTPUTS_COMPRESS;
	struct ocr_source_stream source = {0};
	struct ocr_output out = {
	    .is_synced = outputs->is_synced,
	    .is_partial_kept = outputs->is_partial_kept,
	};
	struct ocr_kernel kernel;
	int r;

	if (is_raw_wanted)
		ocr_inflate_kernel_init(&kernel, &inflate);
	else
		ocr_deflate_kernel_init(&kernel, &opt->deflate);
	r = ocr_output_open(&out,
	    outputs->mode == OCR_OUTPUTS_TEST ? "/dev/null" : outputs->path,
	    outputs->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
	if (r < 0)
		return r;
	r = ocr_source_stream_open(&source, STDIN_FILENO, "stdin",
	    c->head.is_read ? c->head.bytes : NULL,
	    c->head.is_read ? c->head.n : 0, err);
	if (r == 0)
		r = 1;
	while (r > 0) {
		r = run_one(c, &source, &kernel, &out,
		    is_raw_wanted ? OCR_RAW : opt->deflate.format, err);
		if (r == 0)
			r = ocr_source_stream_more(&source, err);
	}
	ocr_source_stream_release(&source);
	ocr_team_close(c->team); /* the kernel's options end here */
	c->meter->out_bytes += out.n_bytes;
	if (r == 0)
		return ocr_output_commit(&out, err);
	ocr_output_abort(&out);
	return r;
}
