/*
 * run_sink.c - see run_sink.h
 */
#include "config.h"

#include "src/run_sink.h"

#include <string.h>

/* A chunk without a source stands for an input that could not be opened. */
static bool
is_lost_input(const struct ocr_chunk *c)
{
	return c->type == OCR_ERROR && c->origin == NULL;
}

static void
error_of(const struct ocr_chunk *c, struct ocr_err *why)
{
	ocr_err_set(why, c->code < 0 ? c->code : -OCR_EFORMAT, "%.*s",
	    (int)c->len, (const char *)c->data);
}

static int
put_raw(struct ocr_run_sink *s, const struct ocr_job *job, struct ocr_err *err)
{
	const struct ocr_chunk *c = job->out;
	struct ocr_err why = {0};

	/* Given up as well: what comes behind it must not take its place. */
	if (job->status < 0)
		return ocr_err_set(err, job->status, "%s", job->err.text);
	if (c->kind == OCR_CHUNK_ORIGIN)
		return 0;
	if (c->type != OCR_ERROR)
		return ocr_output_write(s->out, c->data, c->len, err);
	error_of(c, &why);
	if (!is_lost_input(c))
		return ocr_err_set(err, why.code, "%s", why.text);
	ocr_ui_error(s->ui, &why);
	s->n_failed++;
	return 0;
}

/* The results of a source are not as long as it is: announce it without its
 * size. */
static int
drop_size(struct ocr_chunk *c, struct ocr_err *err)
{
	const struct ocr_origin *from = c->origin;
	struct ocr_origin *o;

	if (!from->has_size || from->kind != OCR_ORIGIN_FILE)
		return 0;
	o = ocr_origin_new(from->name, from->link);
	if (o == NULL)
		return ocr_err_nomem(err);
	o->index = from->index;
	o->first_seq = from->first_seq;
	o->kind = from->kind;
	o->mode = from->mode;
	o->mtime_s = from->mtime_s;
	o->mtime_ns = from->mtime_ns;
	o->has_mtime = from->has_mtime;
	ocr_chunk_set_origin(c, o);
	ocr_origin_unref(o);
	return 0;
}

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_run_sink *s = (struct ocr_run_sink *)sink;
	int r = 0;

	if (!s->is_stream)
		return put_raw(s, job, err);
	if (job->out->kind == OCR_CHUNK_ORIGIN)
		r = drop_size(job->out, err);
	return r < 0 ? r : s->stream.sink.put(&s->stream.sink, job, err);
}

int
ocr_run_sink_open(struct ocr_run_sink *s, struct ocr_output *out,
    const struct ocr_begin *begin, struct ocr_ui *ui, struct ocr_err *err)
{
	*s = (struct ocr_run_sink){
	    .sink = {.put = put},
	    .out = out,
	    .ui = ui,
	    .is_stream = begin != NULL,
	};
	if (begin == NULL)
		return 0;
	return ocr_sink_stream_open(&s->stream, out, begin, err);
}

int
ocr_run_sink_finish(struct ocr_run_sink *s, bool is_ok, struct ocr_err *err)
{
	return s->is_stream ? ocr_sink_stream_finish(&s->stream, is_ok, err)
			    : 0;
}

void
ocr_run_sink_release(struct ocr_run_sink *s)
{
	ocr_sink_stream_release(&s->stream);
}
