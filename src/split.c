/*
 * split.c - which source cuts the inputs, and the stream around its chunks
 */
#include "config.h"

#include "src/split.h"

#include <limits.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/sink_stream.h"
#include "common/source_raw.h"
#include "common/stream.h"
#include "src/cut.h"
#include "src/inputs.h"
#include "src/source_archive.h"

struct split {
	struct ocr_sink sink; /* first: ours, in front of the stream's */
	const struct ocr_split_opt *opt;
	struct ocr_ui *ui;
	struct ocr_inputs inputs;
	struct ocr_source_raw raw;
	struct ocr_cut cut;
	struct ocr_source_archive archive;
	struct ocr_sink_stream stream;
	struct ocr_output out;
	unsigned n_failed;
};

/* Where a chunk size is a choice and none was made. */
static uint64_t
size_or_usual(const struct ocr_split_opt *opt)
{
	return opt->size != 0 ? opt->size : OCR_CHUNK_BYTES;
}

/* A worker elsewhere shall find the file: make the name of o absolute. */
static int
make_absolute(struct ocr_origin *o, struct ocr_err *err)
{
	const char *name = o->fd == STDIN_FILENO ? "/proc/self/fd/0" : o->name;
	struct stat named, open_one;
	char *path;

	if (!o->is_seekable)
		return ocr_err_set(err, -OCR_EIO,
		    "%s: --by-reference needs a regular file",
		    ocr_origin_label(o));
	if (o->fd_base != 0)
		return ocr_err_set(err, -OCR_EIO,
		    "%s: --by-reference needs a file from its beginning on",
		    ocr_origin_label(o));
	path = realpath(name, NULL);
	/* It may have been removed, or another one put in its place. */
	if (path == NULL || stat(path, &named) < 0 ||
	    fstat(o->fd, &open_one) < 0 || named.st_dev != open_one.st_dev ||
	    named.st_ino != open_one.st_ino) {
		free(path);
		return ocr_err_set(err, -OCR_EIO,
		    "%s: --by-reference finds no name for it",
		    ocr_origin_label(o));
	}
	free(o->name);
	o->name = path;
	return 0;
}

static int
next_origin(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct split *s = ctx;
	int r = ocr_inputs_next(&s->inputs, o, err);

	if (r <= 0 || !s->opt->is_ref)
		return r;
	r = make_absolute(*o, err);
	if (r == 0)
		return 1;
	ocr_origin_unref(*o);
	*o = NULL;
	return r;
}

/* Every failed input is told when it is met, not only the first. */
static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct split *s = (struct split *)sink;
	int r;

	s->stream.n_failed = 0;
	r = s->stream.sink.put(&s->stream.sink, job, err);
	if (s->stream.n_failed != 0) {
		ocr_ui_error(s->ui, &s->stream.first_failure);
		s->n_failed++;
	}
	return r;
}

/* Largest chunk, where the options and not the inputs say it; else 0. */
static uint64_t
largest_chunk(const struct ocr_split_opt *opt)
{
	uint64_t size = size_or_usual(opt);

	if (opt->parts != 0 || (opt->lines != 0 && opt->size == 0))
		return 0;
	if (opt->record > size)
		return opt->record;
	return opt->record != 0 ? size - size % opt->record : size;
}

/* The bytes of all inputs, if they can be known beforehand. */
static bool
find_total(const struct ocr_split_opt *opt, uint64_t *total)
{
	struct stat st;
	size_t i;

	*total = 0;
	if (opt->is_archive || opt->n_paths == 0)
		return false;
	for (i = 0; i < opt->n_paths; i++) {
		if (strcmp(opt->paths[i], "-") == 0 ||
		    stat(opt->paths[i], &st) < 0 || !S_ISREG(st.st_mode) ||
		    st.st_size < 0)
			return false;
		/* No blocks: perhaps the kernel makes it up as it is read. */
		if (st.st_blocks == 0 ||
		    __builtin_add_overflow(*total, (uint64_t)st.st_size, total))
			return false;
	}
	return true;
}

static int
stream_open(struct split *s, struct ocr_err *err)
{
	struct ocr_begin begin = {
	    .version = OCR_STREAM_VERSION,
	    .type = s->opt->is_ref ? OCR_REF : OCR_RAW,
	    .tool = "ocr-split " PACKAGE_VERSION,
	    .chunk_bytes = largest_chunk(s->opt),
	};
	int r = ocr_begin_new_id(&begin, err);

	if (r < 0)
		return r;
	begin.has_total = find_total(s->opt, &begin.total);
	r = ocr_output_open(&s->out, s->opt->output,
	    s->opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
	if (r < 0)
		return r;
	if (!s->opt->is_forced && isatty(s->out.fd))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "a chunk stream is not written to a terminal; "
		    "use -f if you mean it");
	return ocr_sink_stream_open(&s->stream, &s->out, &begin, err);
}

static struct ocr_source *
open_cut(struct split *s)
{
	const struct ocr_split_opt *opt = s->opt;
	struct ocr_cut_opt cut = {
	    .by = OCR_CUT_RECORDS,
	    .n = opt->record != 0 ? opt->record : 1,
	    .max_bytes = (size_t)largest_chunk(opt),
	    .is_ref = opt->is_ref,
	};

	if (opt->lines != 0 || opt->is_by_lines) {
		cut.by = OCR_CUT_LINES;
		cut.n = opt->lines;
		cut.is_max_wanted = opt->size != 0;
		cut.is_long_cut = opt->is_long_cut;
	} else if (opt->parts != 0) {
		cut.by = OCR_CUT_PARTS;
		cut.n = opt->parts;
	}
	if (cut.max_bytes == 0)
		cut.max_bytes = OCR_CHUNK_MAX_BYTES;
	ocr_cut_init(&s->cut, &cut, next_origin, s);
	return &s->cut.source;
}

static struct ocr_source *
open_source(struct split *s)
{
	const struct ocr_split_opt *opt = s->opt;
	size_t size = (size_t)size_or_usual(opt);

	if (opt->is_archive) {
		ocr_source_archive_init(&s->archive, size, s->ui, next_origin,
		    s);
		return &s->archive.source;
	}
	if (opt->parts != 0 || opt->lines != 0 || opt->record != 0 ||
	    opt->is_by_lines || opt->is_ref)
		return open_cut(s);
	ocr_source_raw_init(&s->raw, size, next_origin, s);
	return &s->raw.source;
}

static int
run(struct split *s, struct ocr_meter *meter, struct ocr_err *err)
{
	struct ocr_stream stream = {
	    .source = open_source(s),
	    .sink = &s->sink,
	    .chunk_bytes = (size_t)size_or_usual(s->opt),
	    .meter = meter,
	    .ui = s->ui,
	};
	struct ocr_err end = {0};
	int r, q;

	r = ocr_stream_run(&stream, err);
	/* What is there already ends as a stream that says that it failed;
	 * no more can be done where the output itself is gone. */
	s->stream.n_failed = s->n_failed;
	q = ocr_sink_stream_finish(&s->stream, r == 0, &end);
	/* Failed inputs have been told; that the end cannot be written not. */
	if (r == 0 && q < 0 && (s->n_failed == 0 || q != -OCR_EFORMAT))
		r = ocr_err_set(err, q, "%s", end.text);
	if (r == 0 && s->n_failed > 0)
		r = -OCR_EFORMAT;
	return r < 0 ? r : ocr_output_commit(&s->out, err);
}

int
ocr_split_run(const struct ocr_split_opt *opt, struct ocr_ui *ui,
    struct ocr_meter *meter, struct ocr_err *err)
{
	struct split s = {
	    .sink = {.put = put},
	    .opt = opt,
	    .ui = ui,
	    .inputs = {.paths = opt->paths, .n_paths = opt->n_paths},
	    .out = {.fd = -1, .cleanup_slot = -1},
	};
	int r = ocr_split_check(opt, err);

	if (r < 0)
		return r;
	r = stream_open(&s, err);
	if (r == 0)
		r = run(&s, meter, err);
	meter->out_bytes = s.out.n_bytes;
	ocr_source_raw_release(&s.raw);
	ocr_cut_release(&s.cut);
	ocr_source_archive_release(&s.archive);
	ocr_sink_stream_release(&s.stream);
	ocr_inputs_release(&s.inputs);
	ocr_output_abort(&s.out);
	return r;
}
