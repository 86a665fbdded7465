/*
 * compress_shards.c - results as files in a directory: ocr-compress --shards
 *
 *   source_raw or source_stream -> deflate or inflate -> shards
 */
#include "config.h"

#include <inttypes.h>
#include <unistd.h>

#include "common/source_raw.h"
#include "common/source_stream.h"
#include "src/compress_run.h"
#include "src/cut.h"
#include "src/inflate.h"

static int
refuse(const char *other, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EUSAGE,
	    "--shards and %s cannot be used together", other);
}

int
ocr_compress_shards_opt(struct ocr_compress_opt *o, struct ocr_err *err)
{
	if (o->host.shards == NULL)
		return 0;
	if (o->is_list || o->outputs.mode == OCR_OUTPUTS_TEST)
		return refuse(o->is_list ? "-l" : "-t", err);
	if (o->outputs.is_single)
		return refuse(o->outputs.path != NULL ? "-o" : "-c", err);
	/* Whole members: what is in the files, one after the other, is a gzip
	 * file. */
	if (o->deflate.format == OCR_DEFLATE)
		o->deflate.format = OCR_MEMBERS;
	/* No outputs beside the inputs, which are kept, and no terminal. */
	o->outputs.is_single = true;
	o->outputs.path = o->host.shards;
	return 0;
}

int
ocr_compress_shards_open(struct ocr_compress *c, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;
	bool is_raw_wanted = opt->outputs.mode != OCR_OUTPUTS_COMPRESS;
	struct ocr_shards_opt shards = {
	    .dir = opt->host.shards,
	    .suffix = is_raw_wanted ? "out" : "gz",
	    .type = is_raw_wanted ? OCR_RAW : opt->deflate.format,
	    .is_resumed = opt->host.is_resumed,
	    .is_worker = opt->host.is_worker,
	    .verify = opt->team.verify,
	    .verify_share = opt->team.verify_share,
	    .ui = c->ui,
	};

	if (shards.dir == NULL)
		return 0;
	if (is_raw_wanted && !c->is_stream && !shards.is_worker)
		return ocr_err_set(err, -OCR_EUSAGE,
		    "--shards with -d needs a chunk stream");
	return ocr_shards_open(&c->shards, &shards, err);
}

static int
run(struct ocr_compress *c, struct ocr_source *source, size_t chunk_bytes,
    struct ocr_err *err)
{
	struct ocr_stream loop =
	    ocr_compress_loop(c, source, &c->shards.kernel, &c->shards.sink);

	if (chunk_bytes > 0)
		loop.chunk_bytes = chunk_bytes;
	loop.recall = ocr_shards_recall;
	loop.recall_ctx = &c->shards;
	return ocr_stream_run(&loop, err);
}

static int
run_stream(struct ocr_compress *c, struct ocr_err *err)
{
	struct ocr_source_stream source = {0};
	int r = ocr_source_stream_open(&source, STDIN_FILENO, "stdin",
	    c->head.is_read ? c->head.bytes : NULL,
	    c->head.is_read ? c->head.n : 0, err);

	if (r == 0)
		r = run(c, &source.source, (size_t)source.begin.chunk_bytes,
		    err);
	if (r == 0 && ocr_source_stream_more(&source, err) > 0)
		r = ocr_err_set(err, -OCR_EFORMAT,
		    "stdin: --shards takes one chunk stream, not several");
	ocr_source_stream_release(&source);
	return r;
}

static int
run_files(struct ocr_compress *c, struct ocr_err *err)
{
	const struct ocr_compress_opt *opt = c->opt;
	struct ocr_cut_opt cut_opt = {
	    .by = OCR_CUT_EDGES,
	    .max_bytes = opt->deflate.chunk_bytes,
	    .is_long_cut = true,
	};
	struct ocr_source_raw raw;
	struct ocr_cut cut;
	int r;

	ocr_cut_init(&cut, &cut_opt, ocr_compress_next_origin, c);
	ocr_source_raw_init(&raw, opt->deflate.chunk_bytes,
	    ocr_compress_next_origin, c);
	if (c->head.is_read) {
		raw.head = c->head.bytes;
		raw.n_head = c->head.n;
	}
	r = run(c, opt->is_rsyncable ? &cut.source : &raw.source, 0, err);
	ocr_source_raw_release(&raw);
	ocr_cut_release(&cut);
	return r;
}

int
ocr_compress_shards(struct ocr_compress *c, struct ocr_err *err)
{
	struct ocr_inflate_opt inflate = {.limit_bytes = c->opt->limit_bytes};
	struct ocr_shards *s = &c->shards;
	struct ocr_err lost = {0};
	struct ocr_kernel kernel;
	int r, r2;

	if (c->opt->outputs.mode != OCR_OUTPUTS_COMPRESS)
		ocr_inflate_kernel_init(&kernel, &inflate);
	else
		ocr_deflate_kernel_init(&kernel, &c->opt->deflate);
	ocr_shards_wrap(s, &kernel);
	r = c->is_stream ? run_stream(c, err) : run_files(c, err);
	/* The kernel's options end here; and when hosts have gone, nobody
	 * writes to DIR any more. */
	ocr_team_close(c->team);
	r2 = ocr_shards_finish(s, r == 0, r == 0 ? err : &lost);
	c->meter->out_bytes += s->out_bytes;
	if (s->n_recalled > 0)
		ocr_ui_note(c->ui, "%" PRIu64 " shards were there",
		    s->n_recalled);
	return r < 0 ? r : r2;
}
