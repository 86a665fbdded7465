/*
 * gunzip_source.c - gzip files are cut into pieces: see gunzip_source.h
 *
 * One thread reads for all workers, so a byte is moved as little as possible:
 * it is read into the chunk that it will (probably) belong to, looked at once,
 * and only what turns out to lie behind the cut is copied, into the next one.
 */
#include "config.h"

#include "src/gunzip_source.h"

#include <stdlib.h>

#include "src/gunzip_piece.h"

static int
next_piece(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	static int (*const make[])(struct ocr_gunzip_source *,
	    struct ocr_chunk *, struct ocr_err *) = {
	    [OCR_CUT_START] = ocr_cut_start,
	    [OCR_CUT_SEGMENTS] = ocr_cut_segment,
	    [OCR_CUT_END] = ocr_cut_end,
	    [OCR_CUT_MEMBERS] = ocr_cut_members,
	    [OCR_CUT_BLOCKS] = ocr_cut_members,
	    [OCR_CUT_PLAIN] = ocr_cut_plain,
	};
	int r;

	do {
		r = make[s->format](s, c, err);
		/* Not even one such job fits into the user's memory limit. */
		if (r == -OCR_ELIMIT && s->format != OCR_CUT_PLAIN) {
			ocr_err_clear(err);
			s->format = OCR_CUT_PLAIN;
			r = OCR_CUT_AGAIN;
		}
	} while (r == OCR_CUT_AGAIN);
	return r;
}

static int
next_input(struct ocr_gunzip_source *s, struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r = ocr_source_announce(s->next_origin, s->ctx, &s->seq, c,
	    &s->origin, err);

	if (s->origin != NULL) {
		s->n_inputs++;
		s->at = 0;
		s->format = OCR_CUT_START;
		s->is_eof = false;
		s->is_resumed = false;
		s->n_carry = 0;
		s->guess = OCR_CUT_HEAD_BYTES;
	}
	return r;
}

static bool
is_skipped(const struct ocr_gunzip_source *s)
{
	return __atomic_load_n(&s->hint->skip, __ATOMIC_RELAXED) == s->n_inputs;
}

static int
gunzip_next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_gunzip_source *s = (struct ocr_gunzip_source *)source;
	struct ocr_err why = {0};
	int r;

	while (s->origin != NULL) {
		r = is_skipped(s) ? 0 : next_piece(s, c, &why);
		if (ocr_source_is_fatal(r))
			return ocr_err_set(err, r, "%s", why.text);
		c->seq = s->seq;
		c->at = s->at;
		ocr_chunk_set_origin(c, s->origin);
		if (r > 0) {
			s->seq++;
			s->at += c->len;
			return 1;
		}
		ocr_source_leave(&s->origin, s->at);
		s->n_head = 0;
		if (r < 0) {
			ocr_chunk_set_error(c, &why);
			return 1;
		}
		ocr_chunk_reset(c);
	}
	return next_input(s, c, err);
}

void
ocr_gunzip_source_init(struct ocr_gunzip_source *s,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx, const struct ocr_gunzip_hint *hint)
{
	*s = (struct ocr_gunzip_source){
	    .source = {.next = gunzip_next, .cancel_fd = -1},
	    .next_origin = next_origin,
	    .ctx = ctx,
	    .hint = hint,
	};
}

void
ocr_gunzip_source_release(struct ocr_gunzip_source *s)
{
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	free(s->carry);
	s->carry = NULL;
}
