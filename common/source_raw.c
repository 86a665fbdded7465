/*
 * source_raw.c - plain bytes to chunks of equal size
 */
#include "config.h"

#include "common/source_raw.h"

#include <string.h>

#include "common/io.h"

/* Take the next input: 1 = announced in c, 0 = none left. */
static int
raw_next_input(struct ocr_source_raw *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r = ocr_source_announce(s->next_origin, s->ctx, &s->seq, c,
	    &s->origin, err);

	if (s->origin != NULL) {
		s->at = 0;
		s->size = s->origin->is_seekable && s->origin->has_size
			      ? s->origin->size
			      : 0;
	}
	return r;
}

/* What is beyond the known size: pipes, and files that have grown. */
static int64_t
raw_read(struct ocr_source_raw *s, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_origin *o = s->origin;
	size_t n = 0;
	int64_t r;

	if (o->is_seekable)
		return ocr_pread_full(o->fd, c->data, s->chunk_bytes,
		    o->fd_base + s->at, ocr_origin_label(o), err);
	n = s->n_head < s->chunk_bytes ? s->n_head : s->chunk_bytes;
	if (n > 0) {
		memcpy(c->data, s->head, n);
		s->head += n;
		s->n_head -= n;
	}
	r = ocr_read_full(o->fd, c->data + n, s->chunk_bytes - n,
	    ocr_origin_label(o), s->source.cancel_fd, err);
	return r < 0 ? r : (int64_t)n + r;
}

static int
raw_next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_source_raw *s = (struct ocr_source_raw *)source;
	struct ocr_err why = {0};
	int64_t n;
	int r;

	while (s->origin != NULL) {
		c->type = OCR_RAW;
		c->seq = s->seq;
		c->at = s->at;
		ocr_chunk_set_origin(c, s->origin);
		c->raw_len = s->chunk_bytes;
		if (s->at < s->size && s->size - s->at < s->chunk_bytes)
			c->raw_len = s->size - s->at;
		r = ocr_chunk_take(c, (size_t)c->raw_len, err);
		if (r < 0)
			return r;
		if (s->at < s->size) {
			c->load = OCR_LOAD_PREAD;
			n = (int64_t)c->raw_len;
		} else {
			n = raw_read(s, c, &why);
		}
		if (ocr_source_is_fatal(n))
			return ocr_err_set(err, (int)n, "%s", why.text);
		if (n <= 0)
			ocr_source_leave(&s->origin, s->at);
		if (n == 0) {
			ocr_chunk_reset(c);
			continue;
		}
		s->seq++;
		if (n < 0) {
			ocr_chunk_set_error(c, &why);
			return 1;
		}
		c->len = (size_t)n;
		c->raw_len = (uint64_t)n;
		s->at += (uint64_t)n;
		return 1;
	}
	return raw_next_input(s, c, err);
}

void
ocr_source_raw_init(struct ocr_source_raw *s, size_t chunk_bytes,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx)
{
	*s = (struct ocr_source_raw){
	    .source = {.next = raw_next, .cancel_fd = -1},
	    .next_origin = next_origin,
	    .ctx = ctx,
	    .chunk_bytes = chunk_bytes,
	};
}

void
ocr_source_raw_release(struct ocr_source_raw *s)
{
	ocr_origin_unref(s->origin);
	s->origin = NULL;
}
