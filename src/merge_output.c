/*
 * merge_output.c - see merge_output.h
 */
#include "config.h"

#include "src/merge_output.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"

enum ocr_type
ocr_merge_joined_type(const struct ocr_begin *begin)
{
	return begin->type == OCR_REF ? OCR_RAW : begin->type;
}

static int
refuse_terminal(const struct ocr_merge_output *o, const char *what,
    struct ocr_err *err)
{
	if (o->opt->is_forced || !o->out.is_stdout || !isatty(STDOUT_FILENO))
		return 0;
	return ocr_err_set(err, -OCR_EUSAGE,
	    "%s is not written to a terminal; use -f if you mean it", what);
}

int
ocr_merge_output_open(struct ocr_merge_output *o,
    const struct ocr_merge_opt *opt, struct ocr_ui *ui, struct ocr_err *err)
{
	struct ocr_merge_archive_opt archive = {
	    .to = opt->to,
	    .spool_bytes = opt->memory_bytes < SIZE_MAX
			       ? (size_t)opt->memory_bytes
			       : SIZE_MAX,
	    .spool_dir = opt->temp_dir,
	};
	int r;

	*o = (struct ocr_merge_output){.opt = opt};
	r = ocr_output_open(&o->out, opt->path,
	    opt->is_forced ? OCR_EXISTS_REPLACE : OCR_EXISTS_ERROR, err);
	if (r < 0)
		return r;
	o->out.is_partial_kept = opt->is_partial_kept;
	ocr_fd_widen_pipe(o->out.fd);
	if (opt->to == OCR_TO_FILE)
		return 0;
	r = refuse_terminal(o, "an archive", err);
	if (r < 0)
		return r;
	return ocr_merge_archive_open(&o->archive, &archive, &o->out, ui, err);
}

int
ocr_merge_output_check(const struct ocr_merge_output *o, enum ocr_type type,
    const char *name, struct ocr_err *err)
{
	if (o->has_begun && o->archive == NULL && type != o->join.type)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: stream is %s, the one before is %s", name,
		    ocr_type_name(type), ocr_type_name(o->join.type));
	if (type == OCR_RAW)
		return 0;
	if (o->archive != NULL)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: stream is compressed; put 'ocr-compress -d' before "
		    "ocr-merge --to",
		    name);
	return refuse_terminal(o, "compressed data", err);
}

/* The stage before us says it: "libdeflate 1.14 level 6". */
static int
level_of(const struct ocr_begin *begin)
{
	const char *word = strstr(begin->codec, " level ");
	unsigned long level = 0;

	if (word != NULL)
		level = strtoul(word + strlen(" level "), NULL, 10);
	return level <= INT_MAX ? (int)level : 0;
}

/* A member per stream of deflate; one join for all streams of other types. */
int
ocr_merge_output_begin(struct ocr_merge_output *o,
    const struct ocr_begin *begin, struct ocr_err *err)
{
	struct ocr_join_opt opt = {.level = level_of(begin)};
	enum ocr_type type = ocr_merge_joined_type(begin);
	bool is_first = !o->has_begun;

	o->has_begun = true;
	if (o->archive != NULL) {
		ocr_merge_archive_begin(o->archive, begin->chunk_bytes);
		return 0;
	}
	if (!is_first && type != OCR_DEFLATE)
		return 0;
	if (begin->chunk_bytes <= UINT32_MAX)
		opt.chunk_bytes = (uint32_t)begin->chunk_bytes;
	return ocr_join_begin(&o->join, &o->out, type, &opt, err);
}

int
ocr_merge_output_add(struct ocr_merge_output *o, struct ocr_origin *origin,
    struct ocr_err *err)
{
	if (o->archive == NULL)
		return 0;
	return ocr_merge_archive_add(o->archive, origin, err);
}

int
ocr_merge_output_put(struct ocr_merge_output *o, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	if (o->archive != NULL)
		return ocr_merge_archive_put(o->archive, c, err);
	return ocr_join_put(&o->join, c, err);
}

int
ocr_merge_output_end(struct ocr_merge_output *o, struct ocr_err *err)
{
	if (o->archive != NULL)
		return ocr_merge_archive_end(o->archive, err);
	return o->join.type == OCR_DEFLATE ? ocr_join_end(&o->join, err) : 0;
}

int
ocr_merge_output_commit(struct ocr_merge_output *o, struct ocr_err *err)
{
	int r = 0;

	if (o->archive != NULL)
		r = ocr_merge_archive_close(o->archive, err);
	else if (o->join.type != OCR_DEFLATE)
		r = ocr_join_end(&o->join, err);
	if (r == 0)
		r = ocr_output_commit(&o->out, err);
	return r;
}

void
ocr_merge_output_release(struct ocr_merge_output *o)
{
	ocr_merge_archive_free(o->archive);
	o->archive = NULL;
	ocr_output_abort(&o->out);
}
