/*
 * host_link.c - read and write entries where nothing may block
 */
#include "config.h"

#include "common/host_link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/crc.h"
#include "common/io.h"

#define DEFAULT_MODE 0644
#define QUOTE_BYTES 60
#define GROW_BYTES ((size_t)1 << 20)

enum phase {
	PHASE_HEAD = 0, /* padding and a header */
	PHASE_TEXT,     /* of a control entry */
	PHASE_WHERE,    /* the caller has not said where a result goes */
	PHASE_PAYLOAD,
};

/* Beside the events: something came, go on. */
enum { GOT = 100 };

static const uint8_t zeros[2 * OCR_FRAME_BYTES];

int
ocr_link_open(struct ocr_link *l, int in, int out, struct ocr_err *err)
{
	*l = (struct ocr_link){.in = in, .out = out};
	l->text = malloc(OCR_CONTROL_MAX_BYTES);
	l->out_text = malloc(OCR_CONTROL_MAX_BYTES);
	l->heard_ns = ocr_now_ns();
	if (l->text == NULL || l->out_text == NULL)
		return ocr_err_nomem(err);
	ocr_fd_widen_pipe(in);
	ocr_fd_widen_pipe(out);
	return 0;
}

void
ocr_link_release(struct ocr_link *l)
{
	free(l->text);
	free(l->out_text);
	free(l->kept);
	ocr_origin_unref(l->origin);
	*l = (struct ocr_link){.in = -1, .out = -1};
}

/* One read: GOT, or an event. */
static int
read_some(struct ocr_link *l, void *buf, size_t len, struct ocr_err *err)
{
	ssize_t n;

	do {
		n = read(l->in, buf, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return OCR_LINK_AGAIN;
	if (n < 0)
		return ocr_err_sys(err, "cannot read");
	if (n == 0)
		return OCR_LINK_EOF;
	l->n_got += (size_t)n;
	l->heard_ns = ocr_now_ns();
	return GOT;
}

/* The first line of what came instead of a stream. */
static int
quote_garbage(const struct ocr_link *l, struct ocr_err *err)
{
	char text[QUOTE_BYTES + 1];
	size_t i, n = 0;

	for (i = 0; i < l->n_got && n < QUOTE_BYTES; i++) {
		if (l->block[i] == '\n' || l->block[i] == '\r') {
			if (n > 0)
				break;
			continue;
		}
		text[n++] = l->block[i] < 0x20 || l->block[i] > 0x7e
				? '?'
				: (char)l->block[i];
	}
	text[n] = '\0';
	return ocr_err_set(err, -OCR_EDEVICE,
	    "prints text before the protocol: '%s'", text);
}

static bool
is_garbage(const struct ocr_link *l)
{
	static const char magic[] = "ocr/begin";
	size_t n = l->n_got < sizeof(magic) ? l->n_got : sizeof(magic);

	return !l->has_begin && memcmp(l->block, magic, n) != 0;
}

static bool
has_line(const struct ocr_link *l)
{
	size_t i = 0;

	while (i < l->n_got && (l->block[i] == '\n' || l->block[i] == '\r'))
		i++;
	return memchr(l->block + i, '\n', l->n_got - i) != NULL;
}

static int
take_head(struct ocr_link *l, struct ocr_err *err)
{
	const uint8_t *block = l->block + l->n_padding;
	struct ocr_err why = {0};
	size_t i;

	for (i = 0; i < l->n_padding; i++)
		if (l->block[i] != 0)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "sent padding that is not zero");
	if (ocr_frame_decode_link(block, &l->frame, &why) < 0)
		return ocr_err_set(err, -OCR_EFORMAT, "sent a bad header: %s",
		    why.text);
	l->n_got = l->n_padding = 0;
	switch (l->frame.kind) {
	case OCR_FRAME_CHUNK:
		if (!l->has_begin || l->has_end)
			break;
		if (l->frame.type != l->begin.type &&
		    l->frame.type != OCR_ERROR)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "sent a chunk of type %s in a stream of type %s",
			    ocr_type_name(l->frame.type),
			    ocr_type_name(l->begin.type));
		l->phase = PHASE_WHERE;
		return OCR_LINK_HEAD;
	case OCR_FRAME_BEGIN:
		if (l->has_begin)
			break;
		l->phase = PHASE_TEXT;
		return GOT;
	case OCR_FRAME_PING:
	case OCR_FRAME_END:
		if (!l->has_begin || l->has_end)
			break;
		l->phase = PHASE_TEXT;
		return GOT;
	case OCR_FRAME_ZERO:
		if (l->has_end)
			return GOT;
		break;
	case OCR_FRAME_SOURCE:
	case OCR_FRAME_BLOB:
		break;
	}
	return ocr_err_set(err, -OCR_EFORMAT,
	    "sent an entry that has no place there");
}

/* Another version is another matter than nonsense. */
static int
take_begin(struct ocr_link *l, struct ocr_err *err)
{
	struct ocr_err why = {0};
	char tool[64];

	l->has_begin = true;
	if (ocr_begin_decode(&l->begin, l->text, l->frame.size, &why) == 0)
		return OCR_LINK_BEGIN;
	ocr_begin_tool(l->text, l->frame.size, tool);
	return ocr_err_set(err, -OCR_EDEVICE, "has %s: %s", tool, why.text);
}

static int
take_text(struct ocr_link *l, struct ocr_err *err)
{
	const struct ocr_frame *f = &l->frame;
	uint32_t crc = ocr_crc32(0, l->text, f->size);
	struct ocr_err why = {0};
	int r;

	l->phase = PHASE_HEAD;
	l->n_got = 0;
	l->n_padding = ocr_frame_padding(f->size);
	if (ocr_crc32_join(f->head_crc, crc, f->size) != f->crc)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "sent a control entry whose checksum does not match");
	if (f->kind == OCR_FRAME_BEGIN)
		return take_begin(l, err);
	if (f->kind == OCR_FRAME_PING) {
		r = ocr_ping_decode(&l->ping, l->text, f->size, &why);
	} else {
		r = ocr_end_decode(&l->end, l->text, f->size, &why);
		l->has_end = true;
	}
	if (r < 0)
		return ocr_err_set(err, -OCR_EFORMAT, "sent a bad %s",
		    why.text);
	return f->kind == OCR_FRAME_PING ? OCR_LINK_PING : OCR_LINK_END;
}

void
ocr_link_into(struct ocr_link *l, struct ocr_chunk *c)
{
	const struct ocr_frame *f = &l->frame;

	c->type = f->type;
	c->load = OCR_LOAD_CHECK;
	c->has_raw = f->has_raw_crc;
	c->raw_len = f->raw_len;
	c->raw_crc = f->raw_crc;
	c->head_crc = f->head_crc;
	c->frame_crc = f->crc;
	c->code = f->type == OCR_ERROR ? ocr_frame_error_code(f) : 0;
	c->len = 0;
	l->into = c;
	l->phase = PHASE_PAYLOAD;
}

void
ocr_link_redirect(struct ocr_link *l, struct ocr_chunk *c)
{
	size_t len = c->len;

	ocr_link_into(l, c);
	c->len = len;
}

/* Memory only for what has come: a size is just a claim. */
static int
read_payload(struct ocr_link *l, struct ocr_err *err)
{
	struct ocr_chunk *c = l->into;
	size_t want = (size_t)l->frame.size, cap = c->cap;
	int r;

	if (c->len == want) {
		l->phase = PHASE_HEAD;
		l->n_got = 0;
		l->n_padding = ocr_frame_padding(want);
		return OCR_LINK_RESULT;
	}
	if (c->len == cap) {
		cap += cap > GROW_BYTES ? cap : GROW_BYTES;
		r = ocr_chunk_grow(c, cap < want ? cap : want, err);
		if (r < 0)
			return r;
	}
	cap = c->cap < want ? c->cap : want;
	l->n_got = 0;
	r = read_some(l, c->data + c->len, cap - c->len, err);
	if (r == GOT)
		c->len += l->n_got;
	return r;
}

static int
read_head(struct ocr_link *l, struct ocr_err *err)
{
	size_t want = l->n_padding + OCR_FRAME_BYTES;
	int r = read_some(l, l->block + l->n_got, want - l->n_got, err);

	/* A whole line of it, if there is one. */
	if (is_garbage(l) &&
	    (r == OCR_LINK_EOF || l->n_got == want || has_line(l)))
		return quote_garbage(l, err);
	if (r != GOT || l->n_got < want)
		return r;
	return take_head(l, err);
}

static int
read_text(struct ocr_link *l, struct ocr_err *err)
{
	size_t want = (size_t)l->frame.size;
	int r = GOT;

	if (l->n_got < want)
		r = read_some(l, l->text + l->n_got, want - l->n_got, err);
	if (r != GOT || l->n_got < want)
		return r;
	return take_text(l, err);
}

int
ocr_link_read(struct ocr_link *l, struct ocr_err *err)
{
	int r = GOT;

	while (r == GOT) {
		switch ((enum phase)l->phase) {
		case PHASE_HEAD:
			r = read_head(l, err);
			break;
		case PHASE_TEXT:
			r = read_text(l, err);
			break;
		case PHASE_PAYLOAD:
			r = read_payload(l, err);
			break;
		case PHASE_WHERE:
			return OCR_LINK_AGAIN;
		}
	}
	return r;
}

bool
ocr_link_is_writing(const struct ocr_link *l)
{
	return l->first_iov < l->n_iov;
}

/* Append header h, payload and padding to what is to be written. */
static void
put_entry(struct ocr_link *l, int h, struct ocr_frame *f, uint32_t crc,
    const void *payload)
{
	struct iovec *iov;

	if (!ocr_link_is_writing(l))
		l->first_iov = l->n_iov = 0;
	iov = &l->iov[l->n_iov];
	ocr_frame_encode(f, crc, l->heads[h]);
	iov[0] = (struct iovec){l->heads[h], OCR_FRAME_BYTES};
	iov[1] = (struct iovec){(void *)(uintptr_t)payload, (size_t)f->size};
	iov[2] = (struct iovec){(void *)(uintptr_t)zeros,
	    ocr_frame_padding(f->size)};
	l->n_iov += 3;
}

static int
put_text(struct ocr_link *l, enum ocr_frame_kind kind, int len)
{
	struct ocr_frame f = {.kind = kind, .mode = DEFAULT_MODE};

	if (len < 0)
		return len;
	f.size = (uint64_t)len;
	put_entry(l, 0, &f, ocr_crc32(0, l->out_text, f.size), l->out_text);
	return 0;
}

int
ocr_link_put_begin(struct ocr_link *l, const struct ocr_begin *b,
    struct ocr_err *err)
{
	return put_text(l, OCR_FRAME_BEGIN,
	    ocr_begin_encode(b, l->out_text, OCR_CONTROL_MAX_BYTES, err));
}

void
ocr_link_put_blob(struct ocr_link *l, const struct ocr_blob *b)
{
	struct ocr_frame f = {
	    .kind = OCR_FRAME_BLOB,
	    .mode = DEFAULT_MODE,
	    .size = b->len,
	};

	memcpy(f.sha256, b->sha256, sizeof(f.sha256));
	put_entry(l, 0, &f, b->crc, b->data);
}

int
ocr_link_put_ping(struct ocr_link *l, const struct ocr_ping *p,
    struct ocr_err *err)
{
	return put_text(l, OCR_FRAME_PING,
	    ocr_ping_encode(p, l->out_text, OCR_CONTROL_MAX_BYTES, err));
}

int
ocr_link_put_end(struct ocr_link *l, const struct ocr_end *e,
    struct ocr_err *err)
{
	int r = put_text(l, OCR_FRAME_END,
	    ocr_end_encode(e, l->out_text, OCR_CONTROL_MAX_BYTES, err));

	if (r < 0)
		return r;
	l->iov[l->n_iov++] =
	    (struct iovec){(void *)(uintptr_t)zeros, sizeof(zeros)};
	return 0;
}

static int
put_source(struct ocr_link *l, struct ocr_origin *o, struct ocr_err *err)
{
	int r = put_text(l, OCR_FRAME_SOURCE,
	    ocr_origin_encode(o, l->out_text, OCR_CONTROL_MAX_BYTES, err));

	if (r < 0)
		return r;
	ocr_origin_unref(l->origin);
	l->origin = ocr_origin_ref(o);
	return 0;
}

int
ocr_link_put_chunk(struct ocr_link *l, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	const struct ocr_origin *o = c->origin;
	struct ocr_frame f = {
	    .kind = OCR_FRAME_CHUNK,
	    .seq = c->seq,
	    .at = c->at,
	    .type = c->type,
	    .size = c->type == OCR_REF ? 0 : c->len,
	    .raw_len = c->raw_len,
	    .raw_crc = c->raw_crc,
	    .mode = DEFAULT_MODE,
	    .mtime_s = o != NULL && o->has_mtime ? o->mtime_s : 0,
	};
	uint32_t crc = 0;
	int r;

	if (c->type == OCR_ERROR || c->type == OCR_SHARD ||
	    (c->type != OCR_REF && !c->has_raw))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "chunk %" PRIu64 " of type %s cannot go to a host", c->seq,
		    ocr_type_name(c->type));
	if (c->seq > OCR_FRAME_SEQ_MAX || c->len > OCR_CHUNK_MAX_BYTES ||
	    c->raw_len > OCR_CHUNK_MAX_BYTES ||
	    c->at > (uint64_t)INT64_MAX - OCR_CHUNK_MAX_BYTES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "chunk %" PRIu64 " is over the format's limits", c->seq);
	if (o != NULL && o != l->origin) {
		r = put_source(l, c->origin, err);
		if (r < 0)
			return r;
	}
	ocr_frame_set_name(&f, o != NULL ? o->name : "-");
	if (c->type == OCR_RAW)
		crc = c->raw_crc;
	else if (f.size > 0)
		crc = ocr_crc32(0, c->data, c->len);
	put_entry(l, 1, &f, crc, c->data);
	return 0;
}

bool
ocr_link_has(const struct ocr_link *l, const void *data, size_t len)
{
	const char *from = data, *at;
	int i;

	for (i = l->first_iov; i < l->n_iov; i++) {
		at = l->iov[i].iov_base;
		if (l->iov[i].iov_len > 0 && len > 0 && at >= from &&
		    at < from + len)
			return true;
	}
	return false;
}

bool
ocr_link_keep(struct ocr_link *l, const void *data, size_t len)
{
	const char *from = data, *at;
	struct iovec *iov;
	void *kept;
	int i;

	for (i = l->first_iov; i < l->n_iov; i++) {
		iov = &l->iov[i];
		at = iov->iov_base;
		if (iov->iov_len == 0 || len == 0 || at < from ||
		    at >= from + len)
			continue;
		kept = malloc(iov->iov_len);
		if (kept == NULL)
			return false;
		memcpy(kept, iov->iov_base, iov->iov_len);
		iov->iov_base = kept;
		free(l->kept); /* of an entry before this one */
		l->kept = kept;
	}
	return true;
}

int
ocr_link_write(struct ocr_link *l, struct ocr_err *err)
{
	struct iovec *iov;
	ssize_t n;

	for (;;) {
		while (l->first_iov < l->n_iov &&
		       l->iov[l->first_iov].iov_len == 0)
			l->first_iov++;
		if (l->first_iov >= l->n_iov)
			return 0;
		n = writev(l->out, l->iov + l->first_iov,
		    l->n_iov - l->first_iov);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return ocr_err_sys(err, "cannot write");
		while (n > 0) {
			iov = &l->iov[l->first_iov];
			if ((size_t)n < iov->iov_len) {
				iov->iov_base = (char *)iov->iov_base + n;
				iov->iov_len -= (size_t)n;
				break;
			}
			n -= (ssize_t)iov->iov_len;
			l->first_iov++;
		}
	}
}
