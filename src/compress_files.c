/*
 * compress_files.c - files and plain standard input, like gzip
 *
 *   compress    source_raw    -> deflate -> gzip_sink  (cut: --rsyncable)
 *   decompress  gunzip_source -> inflate -> gunzip_sink
 */
#include "config.h"

#include "common/source_raw.h"
#include "src/compress_run.h"
#include "src/cut.h"
#include "src/gunzip_sink.h"
#include "src/gunzip_source.h"
#include "src/gzip_sink.h"
#include "src/inflate.h"

int
ocr_compress_files(struct ocr_compress *c, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;
	struct ocr_outputs outputs = {0};
	struct ocr_cut_opt cut_opt = {
	    .by = OCR_CUT_EDGES,
	    .max_bytes = opt->deflate.chunk_bytes,
	    .is_long_cut = true,
	};
	struct ocr_source_raw raw;
	struct ocr_cut cut;
	struct ocr_kernel kernel;
	struct ocr_stream loop;
	struct ocr_gzip_sink sink = {
	    .outputs = &outputs,
	    .ui = c->ui,
	    .join_opt = {.chunk_bytes = opt->deflate.chunk_bytes,
		.level = opt->deflate.level},
	    .format = opt->deflate.format,
	    .is_name_stored = opt->is_name_stored,
	};
	int r, r2;

	ocr_gzip_sink_init(&sink);
	ocr_cut_init(&cut, &cut_opt, ocr_compress_next_origin, c);
	ocr_source_raw_init(&raw, opt->deflate.chunk_bytes,
	    ocr_compress_next_origin, c);
	if (c->head.is_read) {
		raw.head = c->head.bytes;
		raw.n_head = c->head.n;
	}
	ocr_deflate_kernel_init(&kernel, &opt->deflate);
	loop = ocr_compress_loop(c,
	    opt->is_rsyncable ? &cut.source : &raw.source, &kernel, &sink.sink);
	r = ocr_outputs_init(&outputs, &opt->outputs, c->ui, err);
	if (r == 0)
		r = ocr_stream_run(&loop, err);
	r2 = ocr_gzip_sink_finish(&sink, r == 0, err);
	c->n_failed += outputs.n_failed;
	c->meter->out_bytes += outputs.n_bytes;
	ocr_source_raw_release(&raw);
	ocr_cut_release(&cut);
	ocr_team_close(c->team); /* the kernel's options end here */
	return r < 0 ? r : r2;
}

/* Between gunzip_sink and the outputs. */
struct unpack {
	struct ocr_compress *c;
	struct ocr_outputs *outputs;
	uint64_t in_bytes; /* of the current input, as far as it is known */
};

static int
unpack_begin(void *ctx, struct ocr_origin *o, const struct ocr_gzip_header *h,
    struct ocr_err *err)
{
	struct unpack *u = ctx;

	u->in_bytes = o->has_size ? o->size : 0;
	return ocr_outputs_begin(u->outputs, o, h != NULL ? h->name : NULL,
	    h != NULL ? h->mtime_s : 0, err);
}

static int
unpack_write(void *ctx, const void *buf, size_t len, struct ocr_err *err)
{
	struct unpack *u = ctx;

	return ocr_outputs_write(u->outputs, buf, len, err);
}

static int
unpack_end(void *ctx, int ok, struct ocr_err *err)
{
	struct unpack *u = ctx;

	if (!ok && err->code != 0)
		ocr_ui_error(u->c->ui, err);
	return ocr_outputs_end(u->outputs, ok != 0, u->in_bytes, err);
}

static void
unpack_warn(void *ctx, const char *text)
{
	struct unpack *u = ctx;

	ocr_ui_warn(u->c->ui, "%s", text);
}

int
ocr_decompress_files(struct ocr_compress *c, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;
	struct ocr_outputs outputs = {0};
	struct unpack unpack = {.c = c, .outputs = &outputs};
	struct ocr_gunzip_out out = {
	    .begin = unpack_begin,
	    .write = unpack_write,
	    .end = unpack_end,
	    .warn = unpack_warn,
	    .ctx = &unpack,
	};
	struct ocr_inflate_opt inflate = {.is_gunzip = true};
	struct ocr_gunzip_hint hint = {0};
	struct ocr_gunzip_source source;
	struct ocr_gunzip_sink sink;
	struct ocr_err lost = {0};
	struct ocr_kernel kernel;
	struct ocr_stream loop;
	int r;

	r = ocr_gunzip_sink_init(&sink, &out, &hint, err);
	if (r < 0)
		return r;
	sink.limit_bytes = opt->limit_bytes;
	sink.is_passing = opt->outputs.is_forced && opt->outputs.is_single;
	ocr_gunzip_source_init(&source, ocr_compress_next_origin, c, &hint);
	if (c->head.is_read) {
		source.head = c->head.bytes;
		source.n_head = c->head.n;
	}
	ocr_inflate_kernel_init(&kernel, &inflate);
	loop = ocr_compress_loop(c, &source.source, &kernel, &sink.sink);
	r = ocr_outputs_init(&outputs, &opt->outputs, c->ui, err);
	if (r == 0)
		r = ocr_stream_run(&loop, err);
	ocr_gunzip_sink_finish(&sink, r == 0, r == 0 ? err : &lost);
	if (r == 0)
		r = err->code; /* what concerns one input is not there */
	c->n_failed += sink.n_failed + sink.n_garbage;
	if (r == 0)
		r = ocr_outputs_finish(&outputs, sink.n_failed == 0, err);
	else
		ocr_outputs_finish(&outputs, false, &lost);
	c->meter->out_bytes += outputs.n_bytes;
	ocr_gunzip_sink_release(&sink);
	ocr_gunzip_source_release(&source);
	ocr_team_close(c->team); /* the kernel's options end here */
	return r;
}
