/*
 * cut.c - a source whose chunks end at line ends, edges, records or equal parts
 *
 * Two ways to the same cuts: cut_file.c looks at a regular file from outside,
 * cut_pipe.c reads.  Both give the length of the next chunk, 0 at the end of
 * the input, or what is wrong with it; that becomes an error chunk, and the
 * next input follows.
 */
#include "config.h"

#include "src/cut.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/cut_ways.h"
#include "src/edges.h"
#include "src/newlines.h"

uint64_t
ocr_cut_part_start(uint64_t size, uint64_t n, uint64_t i)
{
	/* size * i / n, which could overflow. */
	return size / n * i + size % n * i / n;
}

int
ocr_cut_reserve(struct ocr_cut *s, size_t cap, struct ocr_err *err)
{
	uint8_t *p;

	if (cap <= s->spare_cap)
		return 0;
	p = malloc(cap);
	if (p == NULL)
		return ocr_err_nomem(err);
	free(s->spare);
	s->spare = p;
	s->spare_cap = cap;
	return 0;
}

int
ocr_cut_fail_line(const struct ocr_cut *s, uint64_t line, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: line %" PRIu64 " is longer than a chunk (%zu bytes); use %s"
	    "--long-lines=cut",
	    ocr_origin_label(s->origin), line, s->opt.max_bytes,
	    s->opt.max_bytes == OCR_CHUNK_MAX_BYTES ? ""
						    : "a larger --size or ");
}

int
ocr_cut_fail_lines(const struct ocr_cut *s, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: %" PRIu64 " lines from byte %" PRIu64
	    " on are longer than a chunk can be (%zu bytes); use fewer lines, "
	    "or --size to cut earlier",
	    ocr_origin_label(s->origin), s->opt.n, s->at, s->opt.max_bytes);
}

int
ocr_cut_fail_record(const struct ocr_cut *s, uint64_t left, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: %" PRIu64 " byte%s left over after the last whole record of "
	    "%" PRIu64 " bytes",
	    ocr_origin_label(s->origin), left, left == 1 ? "" : "s", s->opt.n);
}

size_t
ocr_cut_last(const struct ocr_cut *s, const uint8_t *p, size_t len)
{
	return s->opt.by == OCR_CUT_EDGES ? ocr_edges_last(p, len)
					  : ocr_newlines_last(p, len);
}

/* Take the next input: 1 = announced in c, 0 = none left. */
static int
cut_next_input(struct ocr_cut *s, struct ocr_chunk *c, struct ocr_err *err)
{
	int r = ocr_source_announce(s->next_origin, s->ctx, &s->seq, c,
	    &s->origin, err);

	if (s->origin != NULL) {
		s->at = s->i_part = s->n_lines = 0;
		s->size = s->origin->size;
		s->n_left = s->spare_at = s->spare_len = 0;
		s->is_ended = false;
	}
	return r;
}

static int
cut_next(struct ocr_source *source, struct ocr_chunk *c, struct ocr_err *err)
{
	struct ocr_cut *s = (struct ocr_cut *)source;
	struct ocr_err why = {0};
	int64_t n;

	if (s->origin == NULL)
		return cut_next_input(s, c, err);
	c->seq = s->seq;
	c->at = s->at;
	ocr_chunk_set_origin(c, s->origin);
	n = s->origin->is_seekable ? ocr_cut_file_next(s, c, &why)
				   : ocr_cut_pipe_next(s, c, &why);
	if (ocr_source_is_fatal(n))
		return ocr_err_set(err, (int)n, "%s", why.text);
	if (n <= 0)
		ocr_source_leave(&s->origin, s->at);
	if (n == 0) {
		ocr_chunk_reset(c);
		return cut_next_input(s, c, err);
	}
	if (n < 0)
		ocr_chunk_set_error(c, &why);
	else
		s->at += (uint64_t)n;
	s->seq++;
	return 1;
}

void
ocr_cut_init(struct ocr_cut *s, const struct ocr_cut_opt *opt,
    int (*next_origin)(void *ctx, struct ocr_origin **o, struct ocr_err *err),
    void *ctx)
{
	*s = (struct ocr_cut){
	    .source = {.next = cut_next, .cancel_fd = -1},
	    .next_origin = next_origin,
	    .ctx = ctx,
	    .opt = *opt,
	};
}

void
ocr_cut_release(struct ocr_cut *s)
{
	ocr_origin_unref(s->origin);
	s->origin = NULL;
	free(s->spare);
	s->spare = NULL;
}
