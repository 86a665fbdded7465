/*
 * gunzip_sink.c - the pieces of gzip files become the bytes that they hold
 *
 * gunzip_decode.c decodes all compressed bytes of an input, one after the
 * other; pieces that a worker has inflated are taken as shortcuts over it.
 */
#include "config.h"

#include "src/gunzip_sink.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/crc.h"
#include "src/gunzip_decode.h"
#include "src/gunzip_serial.h"

#define MISSES_MAX 8 /* then guessing has no sense for this input */

/* A worker has inflated the piece: does it fit here?  1 = taken. */
static int
take_blocks(struct ocr_gunzip_sink *s, const struct ocr_chunk *out,
    struct ocr_err *err)
{
	int r;

	if (s->state != OCR_GUNZIP_BLOCKS || ocr_serial_is_running(s->serial))
		return 0;
	r = ocr_gunzip_emit(s, out->data, out->len, err);
	if (r < 0)
		return r;
	s->crc = ocr_crc32_join(s->crc, out->raw_crc, out->len);
	s->raw_len += out->len;
	ocr_serial_note(s->serial, out->data, out->len);
	return 1;
}

static int
take_members(struct ocr_gunzip_sink *s, const struct ocr_chunk *in,
    const struct ocr_chunk *out, struct ocr_err *err)
{
	struct ocr_gzip_header h;
	struct ocr_err unused = {0};
	int r;

	if (s->state != OCR_GUNZIP_HEADER || s->n_bytes > 0 ||
	    ocr_gzip_header_parse(&h, in->data, in->len, &unused) <= 0)
		return 0;
	r = ocr_gunzip_begin(s, &h, err);
	if (r == 0)
		r = ocr_gunzip_emit(s, out->data, out->len, err);
	if (r < 0)
		return r;
	s->n_members++; /* or more: only none and some differ */
	s->needs_end_marker = true;
	return 1;
}

static int
take_piece(struct ocr_gunzip_sink *s, struct ocr_job *job, struct ocr_err *err)
{
	bool is_tried = job->in->type != OCR_RAW && job->out != job->in;
	bool is_inflated = is_tried && job->out->type == OCR_RAW;
	int r = 0;

	if (is_inflated && job->in->type == OCR_DEFLATE)
		r = take_blocks(s, job->out, err);
	else if (is_inflated)
		r = take_members(s, job->in, job->out, err);
	if (r != 0) {
		s->n_misses = 0;
		return r < 0 ? r : 0;
	}
	if (is_tried && ++s->n_misses == MISSES_MAX)
		__atomic_store_n(&s->hint->serial, s->n_inputs,
		    __ATOMIC_RELAXED);
	return ocr_gunzip_decode(s, job->in, err);
}

static int
count_failure(struct ocr_gunzip_sink *s, int code)
{
	s->n_failed++;
	if (s->status == 0)
		s->status = code;
	return code == -OCR_EPIPE ? code : 0;
}

/* This input fails, for the reason in why; the run may go on. */
static int
fail_input(struct ocr_gunzip_sink *s, struct ocr_err *why, struct ocr_err *err)
{
	int code = why->code, r;

	s->state = OCR_GUNZIP_IGNORE;
	__atomic_store_n(&s->hint->skip, s->n_inputs, __ATOMIC_RELAXED);
	r = s->out.end(s->out.ctx, 0, why);
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	count_failure(s, code);
	return r < 0 ? ocr_err_set(err, r, "%s", why->text) : 0;
}

static int
check_cut(struct ocr_gunzip_sink *s, struct ocr_err *err)
{
	uint32_t chunk = s->header.chunk_bytes;

	if (s->state == OCR_GUNZIP_BLOCKS && s->header.has_chunk_bytes &&
	    s->raw_len > 0 && !ocr_serial_is_running(s->serial))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: unexpected end of file after %" PRIu64 " whole chunks",
		    ocr_gunzip_name(s), (s->raw_len + chunk - 1) / chunk);
	if (s->state == OCR_GUNZIP_BLOCKS || s->state == OCR_GUNZIP_TRAILER ||
	    s->n_bytes > 0 ||
	    (s->state == OCR_GUNZIP_HEADER && s->n_members == 0))
		return ocr_gunzip_bad(s, "unexpected end of file", err);
	if (s->needs_end_marker)
		return ocr_gunzip_bad(s,
		    "end marker is missing: the file was cut", err);
	return 0;
}

/* The input has ended: is it complete? */
static int
end_input(struct ocr_gunzip_sink *s, struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = 0;

	if (s->origin == NULL)
		return 0;
	if (s->state == OCR_GUNZIP_HEADER && s->n_members == 0 &&
	    s->is_passing && s->n_bytes < 2)
		r = ocr_gunzip_pass(s, &why);
	if (r == 0)
		r = check_cut(s, &why);
	if (s->is_stopped)
		return ocr_err_set(err, r, "%s", why.text);
	if (r < 0)
		return fail_input(s, &why, err);
	r = s->out.end(s->out.ctx, 1, &why);
	s->state = OCR_GUNZIP_IGNORE;
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	if (r < 0 && count_failure(s, r) < 0)
		return ocr_err_set(err, r, "%s", why.text);
	return 0;
}

static void
begin_input(struct ocr_gunzip_sink *s, struct ocr_origin *origin)
{
	s->origin = ocr_origin_ref(origin);
	s->n_inputs++;
	s->state = OCR_GUNZIP_HEADER;
	s->is_begun = false;
	s->needs_end_marker = false;
	s->n_members = 0;
	s->out_bytes = 0;
	s->n_misses = 0;
	s->n_bytes = 0;
	s->header = (struct ocr_gzip_header){0};
}

/* The source could not open or read an input. */
static int
take_error(struct ocr_gunzip_sink *s, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = 0;

	ocr_err_set(&why, -OCR_EIO, "%.*s", (int)c->len, (char *)c->data);
	if (c->origin == NULL)
		r = end_input(s, err);
	else if (s->origin == NULL)
		return 0; /* it has failed already, for a better reason */
	if (r < 0)
		return r;
	if (s->origin != NULL)
		return fail_input(s, &why, err);
	count_failure(s, why.code);
	r = s->out.end(s->out.ctx, 0, &why);
	return r < 0 ? ocr_err_set(err, r, "%s", why.text) : 0;
}

static int
gunzip_put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_gunzip_sink *s = (struct ocr_gunzip_sink *)sink;
	struct ocr_err why = {0};
	int r;

	if (job->status == -OCR_ECANCEL)
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	if (job->in->kind == OCR_CHUNK_ORIGIN) {
		r = end_input(s, err);
		if (r == 0)
			begin_input(s, job->in->origin);
		return r;
	}
	if (job->in->type == OCR_ERROR)
		return take_error(s, job->in, err);
	if (s->state == OCR_GUNZIP_IGNORE)
		return 0;
	if (job->status < 0)
		return fail_input(s, &job->err, err);
	r = take_piece(s, job, &why);
	if (s->is_stopped)
		return ocr_err_set(err, r, "%s", why.text);
	return r < 0 ? fail_input(s, &why, err) : 0;
}

int
ocr_gunzip_sink_init(struct ocr_gunzip_sink *s,
    const struct ocr_gunzip_out *out, struct ocr_gunzip_hint *hint,
    struct ocr_err *err)
{
	*s = (struct ocr_gunzip_sink){
	    .sink = {.put = gunzip_put},
	    .out = *out,
	    .hint = hint,
	    .serial = ocr_serial_new(),
	    .buffer = malloc(OCR_GUNZIP_BUFFER_BYTES),
	    .bytes = malloc(OCR_GZIP_HEADER_MAX_BYTES),
	};
	if (s->serial != NULL && s->buffer != NULL && s->bytes != NULL)
		return 0;
	ocr_gunzip_sink_release(s);
	return ocr_err_nomem(err);
}

int
ocr_gunzip_sink_finish(struct ocr_gunzip_sink *s, bool is_ok,
    struct ocr_err *err)
{
	struct ocr_err nothing = {0};
	int r = 0;

	if (is_ok)
		r = end_input(s, err);
	if (s->origin != NULL) {
		s->out.end(s->out.ctx, 0, &nothing);
		ocr_origin_unref(s->origin);
		s->origin = NULL;
	}
	s->state = OCR_GUNZIP_IGNORE;
	return r < 0 ? r : s->status;
}

void
ocr_gunzip_sink_release(struct ocr_gunzip_sink *s)
{
	ocr_serial_free(s->serial);
	free(s->buffer);
	free(s->bytes);
	s->serial = NULL;
	s->buffer = NULL;
	s->bytes = NULL;
}
