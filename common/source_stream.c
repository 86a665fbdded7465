/*
 * source_stream.c - the reader of ocr-stream(5)
 *
 * Two reads a chunk: one for the payload, straight into the chunk's buffer,
 * one for its padding and the next header.  A chunk is handed out as soon as
 * its payload is there; waiting for what follows could wait for ever, as its
 * writer may want to see a result first.
 */
#include "config.h"

#include "common/source_stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/crc.h"
#include "common/io.h"

#define BLOB_STEP_BYTES ((size_t)1 << 20)

enum state {
	STATE_CHUNKS = 0, /* between ocr/begin and ocr/end */
	STATE_MORE,       /* behind an end; the next ocr/begin is in block */
	STATE_ENDED,      /* the input has ended as it should */
};

/* The stream is not as it should be: its name in front. */
__attribute__((format(printf, 3, 4))) static int
fault(const struct ocr_source_stream *s, struct ocr_err *err, const char *fmt,
    ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return ocr_err_set(err, -OCR_EFORMAT, "%s: %s", s->name, why);
}

static int
fault_cut(const struct ocr_source_stream *s, struct ocr_err *err)
{
	return fault(s, err,
	    "stream is cut at byte %" PRIu64 " (after %" PRIu64 " chunks)",
	    s->offset, s->n_chunks);
}

static bool
is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* As ocr_read_full(), with a word for each read. */
static int64_t
read_watched(struct ocr_source_stream *s, uint8_t *buf, size_t len,
    struct ocr_err *err)
{
	size_t done = 0;
	int64_t n;

	while (done < len) {
		s->on_read(s->ctx, true);
		n = ocr_read_some(s->fd, buf + done, len - done, s->name,
		    s->source.cancel_fd, err);
		s->on_read(s->ctx, false);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int64_t)done;
}

/* As ocr_read_full(), the caller's head first. */
static int64_t
read_bytes(struct ocr_source_stream *s, void *buf, size_t len,
    struct ocr_err *err)
{
	size_t done = len < s->n_head ? len : s->n_head;
	int64_t n;

	if (done > 0) {
		memcpy(buf, s->head, done);
		s->head += done;
		s->n_head -= done;
	}
	if (s->on_read != NULL)
		n = read_watched(s, (uint8_t *)buf + done, len - done, err);
	else
		n = ocr_read_full(s->fd, (uint8_t *)buf + done, len - done,
		    s->name, s->source.cancel_fd, err);
	if (n < 0)
		return n;
	n += (int64_t)done;
	s->offset += (uint64_t)n;
	return n;
}

/* The payload of f, all of it; its padding comes with the next block. */
static int
read_payload(struct ocr_source_stream *s, const struct ocr_frame *f, void *buf,
    struct ocr_err *err)
{
	int64_t n = read_bytes(s, buf, f->size, err);

	if (n < 0)
		return (int)n;
	if ((uint64_t)n < f->size)
		return fault_cut(s, err);
	s->n_padding = ocr_frame_padding(f->size);
	return 0;
}

/* Padding and the block behind it: 1, or 0 if the input ends before it. */
static int
read_block(struct ocr_source_stream *s, const uint8_t **block,
    struct ocr_err *err)
{
	size_t n_padding = s->n_padding, n;
	int64_t r;

	r = read_bytes(s, s->block, n_padding + OCR_FRAME_BYTES, err);
	if (r < 0)
		return (int)r;
	n = (size_t)r;
	s->n_padding = 0;
	*block = s->block + n_padding;
	if (n != n_padding && n != n_padding + OCR_FRAME_BYTES)
		return fault_cut(s, err);
	if (!is_zero(s->block, n_padding))
		return fault(s, err,
		    "padding before byte %" PRIu64 " is not zero",
		    s->offset - (n - n_padding));
	return n > n_padding;
}

static int
decode(struct ocr_source_stream *s, const uint8_t *block, struct ocr_frame *f,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = s->on_ping != NULL ? ocr_frame_decode_link(block, f, &why)
				   : ocr_frame_decode(block, f, &why);

	if (r == 0)
		return 0;
	return fault(s, err, "bad header at byte %" PRIu64 ": %s",
	    s->offset - OCR_FRAME_BYTES, why.text);
}

/* The text of a control entry, checked. */
static int
read_text(struct ocr_source_stream *s, const struct ocr_frame *f,
    const char *what, struct ocr_err *err)
{
	uint32_t crc;
	int r = read_payload(s, f, s->text, err);

	if (r < 0)
		return r;
	crc = ocr_crc32(0, s->text, f->size);
	if (ocr_crc32_join(f->head_crc, crc, f->size) != f->crc)
		return fault(s, err,
		    "%s is damaged: its checksum does not match", what);
	return 0;
}

/* block is the first of a stream. */
static int
read_begin(struct ocr_source_stream *s, const uint8_t *block,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_frame f;
	int r;

	s->n_chunks = s->n_failed = s->raw_bytes = 0;
	memset(&s->end, 0, sizeof(s->end));
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	s->state = STATE_CHUNKS;
	r = decode(s, block, &f, err);
	if (r == 0)
		r = read_text(s, &f, "ocr/begin", err);
	if (r < 0)
		return r;
	if (ocr_begin_decode(&s->begin, s->text, f.size, &why) < 0)
		return fault(s, err, "%s", why.text);
	if (s->begin.type == OCR_SHARD)
		return fault(s, err, "ocr/begin: bad value of type");
	return 0;
}

/* A zero block that must be there. */
static int
read_zero_block(struct ocr_source_stream *s, struct ocr_err *err)
{
	const uint8_t *block = NULL;
	int r = read_block(s, &block, err);

	if (r < 0)
		return r;
	if (r == 0)
		return fault_cut(s, err);
	if (!is_zero(block, OCR_FRAME_BYTES))
		return fault(s, err, "no zero blocks after ocr/end");
	return 0;
}

/* Read on to the end, so that no writer dies of SIGPIPE, or to a further
 * stream. */
static int
read_tail(struct ocr_source_stream *s, struct ocr_err *err)
{
	int64_t n;
	int r = read_zero_block(s, err);

	if (r == 0)
		r = read_zero_block(s, err);
	if (r < 0)
		return r;
	do {
		n = read_bytes(s, s->block, OCR_FRAME_BYTES, err);
		if (n < 0)
			return (int)n;
	} while (n > 0 && is_zero(s->block, (size_t)n));
	if (n != 0 && (n < OCR_FRAME_BYTES ||
			  !ocr_frame_is_magic(s->block, OCR_FRAME_BYTES)))
		return fault(s, err,
		    "garbage after the stream at byte %" PRIu64,
		    s->offset - (uint64_t)n);
	s->state = n == 0 ? STATE_ENDED : STATE_MORE;
	return 0;
}

static int
next_end(struct ocr_source_stream *s, const struct ocr_frame *f,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	int r = read_text(s, f, "ocr/end", err);

	if (r < 0)
		return r;
	if (ocr_end_decode(&s->end, s->text, f->size, &why) < 0)
		return fault(s, err, "%s", why.text);
	r = read_tail(s, err);
	if (r < 0)
		return r;
	if (s->end.chunks != s->n_chunks)
		return fault(s, err,
		    "ocr/end counts %" PRIu64 " chunks, but %" PRIu64 " came",
		    s->end.chunks, s->n_chunks);
	if (s->end.bytes != s->raw_bytes)
		return fault(s, err,
		    "ocr/end counts %" PRIu64 " bytes, but %" PRIu64 " came",
		    s->end.bytes, s->raw_bytes);
	if (!s->end.is_ok)
		return fault(s, err,
		    "incomplete: an earlier stage failed (status=failed)");
	if (s->n_failed != 0)
		return fault(s, err,
		    "ocr/end says ok, but %" PRIu64 " chunks failed",
		    s->n_failed);
	return 0;
}

static int
next_origin(struct ocr_source_stream *s, const struct ocr_frame *f,
    struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_origin *o;
	int r = read_text(s, f, "ocr/source", err);

	if (r < 0)
		return r;
	r = ocr_origin_decode(&o, s->text, f->size, &why);
	if (r == -OCR_EFORMAT)
		return fault(s, err, "%s", why.text);
	if (r < 0)
		return ocr_err_set(err, r, "%s", why.text);
	ocr_origin_unref(s->origin);
	s->origin = o;
	c->kind = OCR_CHUNK_ORIGIN;
	c->load = OCR_LOADED;
	c->len = 0;
	ocr_chunk_set_origin(c, o);
	return 1;
}

/* What the header says; the rest of c is as reset leaves it. */
static void
fill_chunk(struct ocr_source_stream *s, const struct ocr_frame *f,
    struct ocr_chunk *c)
{
	c->kind = OCR_CHUNK_DATA;
	c->type = f->type;
	c->load = f->type == OCR_REF ? OCR_LOAD_OPEN : OCR_LOAD_CHECK;
	c->seq = f->seq;
	c->at = f->at;
	c->is_ref = f->type == OCR_REF;
	c->has_raw = f->has_raw_crc;
	c->raw_len = f->raw_len;
	c->raw_crc = f->raw_crc;
	c->head_crc = f->head_crc;
	c->frame_crc = f->crc;
	c->len = f->type == OCR_REF ? f->raw_len : f->size;
	ocr_chunk_set_origin(c, s->origin);
}

static int
next_chunk(struct ocr_source_stream *s, const struct ocr_frame *f,
    struct ocr_chunk *c, struct ocr_err *err)
{
	int r;

	if (s->origin == NULL) {
		s->origin = ocr_origin_new("-", NULL);
		if (s->origin == NULL)
			return ocr_err_nomem(err);
	}
	/* A master says its type before it has seen its input. */
	if (f->type == OCR_SHARD ||
	    (s->on_ping == NULL && f->type != s->begin.type &&
		f->type != OCR_ERROR))
		return fault(s, err,
		    "chunk %" PRIu64 " has type %s in a stream of type %s",
		    f->seq, ocr_type_name(f->type),
		    ocr_type_name(s->begin.type));
	fill_chunk(s, f, c);
	if (f->type == OCR_ERROR) {
		c->code = ocr_frame_error_code(f);
		memcpy(c->stage, f->stage, sizeof(c->stage));
	}
	/* A reference has no payload, so its CRC is checked here. */
	if (f->type == OCR_REF && f->crc != f->head_crc)
		return fault(s, err,
		    "chunk %" PRIu64 " is damaged: its checksum does not match",
		    f->seq);
	r = ocr_chunk_take(c, c->len, err);
	if (r < 0)
		return r;
	r = read_payload(s, f, c->data, err);
	if (r < 0)
		return r;
	s->n_chunks++;
	s->n_failed += f->type == OCR_ERROR;
	s->raw_bytes += f->raw_len;
	return 1;
}

static int
take_ping(struct ocr_source_stream *s, const struct ocr_frame *f,
    struct ocr_err *err)
{
	struct ocr_err why = {0};
	struct ocr_ping ping;
	int r = read_text(s, f, "ocr/ping", err);

	if (r < 0)
		return r;
	if (ocr_ping_decode(&ping, s->text, f->size, &why) < 0)
		return fault(s, err, "%s", why.text);
	s->on_ping(s->ctx, &ping);
	return 0;
}

/* The next header that is no ping. */
static int
next_frame(struct ocr_source_stream *s, struct ocr_frame *f,
    struct ocr_err *err)
{
	const uint8_t *block = NULL;
	int r;

	do {
		r = read_block(s, &block, err);
		if (r < 0)
			return r;
		f->kind = OCR_FRAME_ZERO;
		if (r > 0)
			r = decode(s, block, f, err);
		if (r == 0 && f->kind == OCR_FRAME_PING)
			r = take_ping(s, f, err);
	} while (r == 0 && f->kind == OCR_FRAME_PING);
	return r;
}

static int
next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_source_stream *s = (struct ocr_source_stream *)source;
	struct ocr_frame f;
	int r;

	if (s->state != STATE_CHUNKS)
		return 0;
	r = next_frame(s, &f, err);
	if (r < 0)
		return r;
	switch (f.kind) {
	case OCR_FRAME_CHUNK:
		return next_chunk(s, &f, c, err);
	case OCR_FRAME_SOURCE:
		return next_origin(s, &f, c, err);
	case OCR_FRAME_END:
		return next_end(s, &f, err);
	case OCR_FRAME_BEGIN:
		return fault(s, err, "a second ocr/begin at byte %" PRIu64,
		    s->offset - OCR_FRAME_BYTES);
	case OCR_FRAME_BLOB:
		return fault(s, err,
		    "an ocr/blob at byte %" PRIu64 " that has no place there",
		    s->offset - OCR_FRAME_BYTES);
	case OCR_FRAME_PING:
	case OCR_FRAME_ZERO:
		break;
	}
	return fault(s, err,
	    "stream ends without ocr/end (after %" PRIu64
	    " chunks): its writer failed",
	    s->n_chunks);
}

/* A size is just a claim: memory for what has come. */
static int
read_blob(struct ocr_source_stream *s, const struct ocr_frame *f,
    uint8_t **data, struct ocr_err *err)
{
	size_t want = (size_t)f->size, done = 0, cap = BLOB_STEP_BYTES;
	uint8_t *larger;
	int64_t n;

	do {
		cap = cap < want ? cap : want;
		larger = realloc(*data, cap > 0 ? cap : 1);
		if (larger == NULL)
			return ocr_err_nomem(err);
		*data = larger;
		n = read_bytes(s, *data + done, cap - done, err);
		if (n < 0)
			return (int)n;
		done += (size_t)n;
		if (done < cap)
			return fault_cut(s, err);
		cap *= 2;
	} while (done < want);
	s->n_padding = ocr_frame_padding(f->size);
	return 0;
}

static int
check_blob(const struct ocr_source_stream *s, const struct ocr_frame *f,
    const uint8_t *data, struct ocr_err *err)
{
	uint32_t crc = ocr_crc32(0, data, (size_t)f->size);
	char hex[OCR_SHA256_HEX + 1];

	ocr_sha256_hex(data, (size_t)f->size, hex);
	if (ocr_crc32_join(f->head_crc, crc, f->size) == f->crc &&
	    strcmp(hex, f->sha256) == 0)
		return 0;
	return fault(s, err,
	    "ocr/blob is damaged: its checksum does not match");
}

int
ocr_source_stream_blob(struct ocr_source_stream *s, uint8_t **data, size_t *len,
    struct ocr_err *err)
{
	struct ocr_frame f;
	int r = next_frame(s, &f, err);

	*data = NULL;
	*len = 0;
	if (r < 0)
		return r;
	if (f.kind == OCR_FRAME_END)
		return next_end(s, &f, err);
	if (f.kind != OCR_FRAME_BLOB)
		return fault(s, err, "no ocr/blob before the first chunk");
	*len = (size_t)f.size;
	r = read_blob(s, &f, data, err);
	if (r == 0)
		r = check_blob(s, &f, *data, err);
	if (r == 0)
		return 1;
	free(*data);
	*data = NULL;
	return r;
}

/* open() promises not to need the caller's head any more. */
static int
keep_head(struct ocr_source_stream *s, struct ocr_err *err)
{
	if (s->n_head == 0)
		return 0;
	s->own_head = malloc(s->n_head);
	if (s->own_head == NULL)
		return ocr_err_nomem(err);
	memcpy(s->own_head, s->head, s->n_head);
	s->head = s->own_head;
	return 0;
}

int
ocr_source_stream_open(struct ocr_source_stream *s, int fd, const char *name,
    const uint8_t *head, size_t n_head, struct ocr_err *err)
{
	int r;

	memset(s, 0, sizeof(*s));
	s->source.next = next;
	s->source.cancel_fd = -1;
	s->fd = fd;
	s->name = name;
	s->head = head;
	s->n_head = n_head;
	ocr_fd_widen_pipe(fd);
	s->text = malloc(OCR_CONTROL_MAX_BYTES);
	if (s->text == NULL)
		return ocr_err_nomem(err);
	r = (int)read_bytes(s, s->block, OCR_FRAME_BYTES, err);
	if (r < 0)
		return r;
	if (!ocr_frame_is_magic(s->block, (size_t)r))
		return fault(s, err, "not a chunk stream");
	if (r < OCR_FRAME_BYTES)
		return fault_cut(s, err);
	r = read_begin(s, s->block, err);
	return r < 0 ? r : keep_head(s, err);
}

int
ocr_source_stream_more(struct ocr_source_stream *s, struct ocr_err *err)
{
	int r;

	if (s->state != STATE_MORE)
		return 0;
	r = read_begin(s, s->block, err);
	return r < 0 ? r : 1;
}

void
ocr_source_stream_release(struct ocr_source_stream *s)
{
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	free(s->text);
	s->text = NULL;
	free(s->own_head);
	s->own_head = NULL;
	s->head = NULL;
	s->n_head = 0;
}
