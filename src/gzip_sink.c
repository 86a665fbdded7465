/*
 * gzip_sink.c - see gzip_sink.h
 *
 * What goes wrong with one input (it cannot be opened, it shrinks) is said,
 * its result is dropped, and the next one goes on; what goes wrong with the
 * output ends the run.
 */
#include "config.h"

#include "src/gzip_sink.h"

#include <stdio.h>

static void
fail_input(struct ocr_gzip_sink *s, const struct ocr_err *err)
{
	ocr_ui_error(s->ui, err);
	if (!s->is_open)
		s->outputs->n_failed++;
	s->is_failed = true;
}

static int
end_input(struct ocr_gzip_sink *s, struct ocr_err *err)
{
	int r = 0;

	if (!s->is_open)
		return 0;
	s->is_open = false;
	if (!s->is_failed) {
		r = ocr_join_end(&s->join, err);
		if (r < 0)
			return r;
	}
	return ocr_outputs_end(s->outputs, !s->is_failed, s->in_bytes, err);
}

static int
begin_input(struct ocr_gzip_sink *s, struct ocr_origin *o, struct ocr_err *err)
{
	struct ocr_join_opt opt = s->join_opt;
	struct ocr_err why = {0};

	s->is_open = true;
	s->is_failed = false;
	s->in_bytes = 0;
	if (ocr_outputs_begin(s->outputs, o, NULL, 0, &why) < 0) {
		fail_input(s, &why);
		return 0;
	}
	if (s->is_name_stored && o->has_mtime)
		opt.mtime_s = o->mtime_s;
	if (s->is_name_stored)
		opt.name = o->fd == 0 ? "" : o->name;
	return ocr_join_begin(&s->join, s->outputs->out, s->format, &opt, err);
}

/* The message of a chunk that failed, or of an input that could not go on. */
static void
take_failure(struct ocr_gzip_sink *s, const struct ocr_job *job)
{
	struct ocr_err why = {0};

	if (s->is_open && s->is_failed)
		return;
	if (job->status < 0)
		why = job->err;
	else
		ocr_err_set(&why, -OCR_EIO, "%.*s", (int)job->out->len,
		    (const char *)job->out->data);
	fail_input(s, &why);
}

static int
gzip_put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_gzip_sink *s = (struct ocr_gzip_sink *)sink;
	int r;

	if (job->in->kind == OCR_CHUNK_ORIGIN) {
		r = end_input(s, err);
		return r < 0 ? r : begin_input(s, job->in->origin, err);
	}
	if (job->in->origin == NULL) {
		/* An input that never began: the one before is complete. */
		r = end_input(s, err);
		if (r < 0)
			return r;
	}
	if (job->status == -OCR_ECANCEL)
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	if (job->status < 0 || job->out->type == OCR_ERROR) {
		take_failure(s, job);
		return 0;
	}
	s->in_bytes += job->in->len;
	if (s->is_failed)
		return 0;
	return ocr_join_put(&s->join, job->out, err);
}

void
ocr_gzip_sink_init(struct ocr_gzip_sink *s)
{
	s->sink.put = gzip_put;
}

int
ocr_gzip_sink_finish(struct ocr_gzip_sink *s, bool is_ok, struct ocr_err *err)
{
	int r = 0, r2;

	if (is_ok)
		r = end_input(s, err);
	r2 = ocr_outputs_finish(s->outputs, is_ok && r == 0, err);
	return r < 0 ? r : r2;
}
