/*
 * sink_stream.c - the writer of ocr-stream(5)
 *
 * A range of a file is loaded and written, not spliced: its CRC has to be in
 * the header, so the bytes are in the cache by then, and what the header says
 * stays true when the file changes.  Splicing took 1.1 to 1.4 times the CPU
 * time of both ends of the pipe.
 *
 * A chunk that failed becomes an error chunk: the stream stays well formed,
 * and the stage that joins it can say what is missing.
 */
#include "config.h"

#include "common/sink_stream.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "common/io.h"

#define DEFAULT_MODE 0644

static const uint8_t zeros[2 * OCR_FRAME_BYTES];

/* Below this, copying costs less than the pages' bookkeeping. */
#define SPLICE_MIN_BYTES ((size_t)256 << 10)

/* One entry in one call: header, payload, padding. */
static int
write_entry(struct ocr_sink_stream *s, struct ocr_frame *f,
    uint32_t payload_crc, const void *payload, struct ocr_err *err)
{
	uint8_t block[OCR_FRAME_BYTES];
	struct iovec iov[3] = {
	    {.iov_base = block, .iov_len = sizeof(block)},
	    {.iov_base = (void *)(uintptr_t)payload, .iov_len = f->size},
	    {.iov_base = (void *)(uintptr_t)zeros,
		.iov_len = ocr_frame_padding(f->size)},
	};
	int r;

	ocr_frame_encode(f, payload_crc, block);
	r = ocr_output_writev(s->out, iov, 3, err);
	s->is_broken |= r < 0;
	return r;
}

/* The same for a payload that is in a file, too: it is spliced into the pipe,
 * and what the system would not splice is written. */
static int
splice_entry(struct ocr_sink_stream *s, struct ocr_frame *f,
    const struct ocr_chunk *c, struct ocr_err *err)
{
	uint8_t block[OCR_FRAME_BYTES];
	int64_t n;
	int r;

	ocr_frame_encode(f, c->raw_crc, block);
	s->is_broken = true;
	r = ocr_output_write(s->out, block, sizeof(block), err);
	if (r < 0)
		return r;
	n = ocr_output_splice(s->out, c->origin->fd, c->origin->fd_base + c->at,
	    c->len, err);
	if (n < 0)
		return (int)n;
	r = ocr_output_write(s->out, c->data + n, c->len - (size_t)n, err);
	if (r == 0)
		r = ocr_output_write(s->out, zeros, ocr_frame_padding(f->size),
		    err);
	s->is_broken = r < 0;
	return r;
}

/* len: of the text, or negative: it could not be made. */
static int
write_control(struct ocr_sink_stream *s, enum ocr_frame_kind kind,
    const char *text, int len, struct ocr_err *err)
{
	struct ocr_frame f = {
	    .kind = kind,
	    .size = len < 0 ? 0 : (uint64_t)len,
	    .mode = DEFAULT_MODE,
	};

	if (len < 0)
		return len;
	return write_entry(s, &f, ocr_crc32(0, text, f.size), text, err);
}

static int
put_origin(struct ocr_sink_stream *s, const struct ocr_origin *o,
    struct ocr_err *err)
{
	return write_control(s, OCR_FRAME_SOURCE, s->text,
	    ocr_origin_encode(o, s->text, OCR_CONTROL_MAX_BYTES, err), err);
}

/* Header fields that all types have.  Permission bits only: who extracts a
 * stream with tar(1) shall not get set-user-ID files. */
static int
fill_frame(struct ocr_frame *f, const struct ocr_chunk *c, struct ocr_err *err)
{
	const struct ocr_origin *o = c->origin;

	memset(f, 0, sizeof(*f));
	if (c->seq > OCR_FRAME_SEQ_MAX)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "a chunk stream ends at chunk %" PRIu64, OCR_FRAME_SEQ_MAX);
	if (c->at > (uint64_t)INT64_MAX - OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "chunk %" PRIu64 ": offset %" PRIu64 " is too large",
		    c->seq, c->at);
	f->kind = OCR_FRAME_CHUNK;
	f->seq = c->seq;
	f->at = c->at;
	f->type = c->type;
	f->mode = o != NULL && o->mode != 0 ? o->mode & 0777 : DEFAULT_MODE;
	f->mtime_s = o != NULL && o->has_mtime ? o->mtime_s : 0;
	ocr_frame_set_name(f, o != NULL ? o->name : "-");
	return 0;
}

/* A failure that 'stage' met, in the place of chunk c. */
static int
write_failure(struct ocr_sink_stream *s, const struct ocr_chunk *c,
    const char *stage, const struct ocr_err *why, struct ocr_err *err)
{
	struct ocr_frame f;
	int r = fill_frame(&f, c, err);

	if (r < 0)
		return r;
	if (s->n_failed++ == 0)
		s->first_failure = *why;
	s->end.chunks++;
	s->end.has_crc = false;
	f.type = OCR_ERROR;
	f.size = strlen(why->text);
	ocr_frame_set_error(&f, why->code, stage);
	return write_entry(s, &f, ocr_crc32(0, why->text, f.size), why->text,
	    err);
}

/* An error chunk of an earlier stage goes on; its text may come from anybody
 * and ends up on a terminal. */
static int
put_failure(struct ocr_sink_stream *s, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_err why = {.code = c->code};
	size_t i, len = c->len;

	if (len >= sizeof(why.text))
		len = sizeof(why.text) - 1;
	for (i = 0; i < len; i++)
		why.text[i] = c->data[i] < 0x20 || c->data[i] == 0x7f
				  ? '?'
				  : (char)c->data[i];
	return write_failure(s, c, c->stage[0] != '\0' ? c->stage : s->stage,
	    &why, err);
}

static void
count_raw(struct ocr_sink_stream *s, const struct ocr_chunk *c, bool has_crc)
{
	s->end.chunks++;
	s->end.bytes += c->raw_len;
	/* The CRC is of all bytes in the order of SEQ. */
	if (!has_crc || c->seq < s->next_seq)
		s->end.has_crc = false;
	s->next_seq = c->seq + 1;
	if (s->end.has_crc)
		s->end.crc = ocr_crc32_join(s->end.crc, c->raw_crc, c->raw_len);
}

static int
put_ref(struct ocr_sink_stream *s, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	struct ocr_frame f;
	int r = fill_frame(&f, c, err);

	if (r < 0)
		return r;
	f.has_raw = true;
	f.raw_len = c->raw_len;
	count_raw(s, c, false);
	return write_entry(s, &f, 0, NULL, err);
}

/* The payload is in memory, loaded: so raw bytes have their CRC.
 * is_in_file: and it is a range of c->origin->fd. */
static int
put_data(struct ocr_sink_stream *s, struct ocr_chunk *c, bool is_in_file,
    struct ocr_err *err)
{
	struct ocr_frame f;
	uint32_t crc;
	int r = fill_frame(&f, c, err);

	if (r < 0)
		return r;
	assert(c->has_raw && (c->type != OCR_RAW || c->raw_len == c->len));
	f.size = c->len;
	f.raw_len = c->raw_len;
	f.raw_crc = c->raw_crc;
	f.has_raw = f.has_raw_crc = true;
	crc = c->type == OCR_RAW ? c->raw_crc : ocr_crc32(0, c->data, c->len);
	count_raw(s, c, true);
	if (is_in_file && s->is_pipe && c->len >= SPLICE_MIN_BYTES)
		return splice_entry(s, &f, c, err);
	return write_entry(s, &f, crc, c->data, err);
}

static int
put_chunk(struct ocr_sink_stream *s, struct ocr_chunk *c, struct ocr_err *err)
{
	bool is_in_file = c->load == OCR_LOAD_PREAD;
	struct ocr_err why = {0};

	if (c->kind == OCR_CHUNK_ORIGIN)
		return put_origin(s, c->origin, err);
	if (c->len > OCR_CHUNK_MAX_BYTES || c->raw_len > OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "chunk %" PRIu64 " is larger than %" PRIu64 " bytes",
		    c->seq, OCR_CHUNK_MAX_BYTES);
	if (c->type == OCR_REF)
		return put_ref(s, c, err);
	if (ocr_chunk_load(c, &why) < 0)
		return write_failure(s, c, s->stage, &why, err);
	if (c->type == OCR_ERROR)
		return put_failure(s, c, err);
	return put_data(s, c, is_in_file, err);
}

static int
put(struct ocr_sink *sink, struct ocr_job *job, struct ocr_err *err)
{
	struct ocr_sink_stream *s = (struct ocr_sink_stream *)sink;

	/* Not tried, because something else failed: no word on this chunk, nor
	 * on what comes behind it. */
	s->is_cut = s->is_cut || job->status == -OCR_ECANCEL;
	if (s->is_cut)
		return 0;
	if (job->status == 0)
		return put_chunk(s, job->out, err);
	return write_failure(s, job->in, s->stage, &job->err, err);
}

int
ocr_sink_stream_open(struct ocr_sink_stream *s, struct ocr_output *out,
    const struct ocr_begin *begin, struct ocr_err *err)
{
	struct ocr_frame f = {0};

	memset(s, 0, sizeof(*s));
	s->sink.put = put;
	s->out = out;
	s->end.has_crc = true;
	ocr_frame_set_error(&f, 0, begin->tool);
	memcpy(s->stage, f.stage, sizeof(s->stage));
	s->is_pipe = ocr_fd_is_pipe(out->fd);
	ocr_fd_widen_pipe(out->fd);
	s->text = malloc(OCR_CONTROL_MAX_BYTES);
	if (s->text == NULL)
		return ocr_err_nomem(err);
	return write_control(s, OCR_FRAME_BEGIN, s->text,
	    ocr_begin_encode(begin, s->text, OCR_CONTROL_MAX_BYTES, err), err);
}

int
ocr_sink_stream_ping(struct ocr_sink_stream *s, const struct ocr_ping *ping,
    struct ocr_err *err)
{
	return write_control(s, OCR_FRAME_PING, s->text,
	    ocr_ping_encode(ping, s->text, OCR_CONTROL_MAX_BYTES, err), err);
}

int
ocr_sink_stream_finish(struct ocr_sink_stream *s, int is_ok,
    struct ocr_err *err)
{
	int r;

	if (s->is_broken)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: the chunk stream is not complete", s->out->name);
	s->end.is_ok = is_ok && s->n_failed == 0;
	r = write_control(s, OCR_FRAME_END, s->text,
	    ocr_end_encode(&s->end, s->text, OCR_CONTROL_MAX_BYTES, err), err);
	if (r == 0)
		r = ocr_output_write(s->out, zeros, sizeof(zeros), err);
	if (r < 0 || s->end.is_ok)
		return r;
	return ocr_err_set(err, -OCR_EFORMAT, "%s",
	    s->n_failed != 0 ? s->first_failure.text
			     : "the chunk stream is not complete");
}

void
ocr_sink_stream_release(struct ocr_sink_stream *s)
{
	free(s->text);
	s->text = NULL;
}
