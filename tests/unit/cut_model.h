/*
 * cut_model.h - cut.c against the plain rule, for test_cut and fuzz_cut
 *
 * Bytes are cut three times: from a regular file, by reference and from
 * something that can only be read.  All must do what the rule says, which is
 * written here for bytes in memory with no thought of speed.
 */
#ifndef TESTS_UNIT_CUT_MODEL_H
#define TESTS_UNIT_CUT_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/cut.h"

enum cut_way { CUT_FILE = 0, CUT_REF, CUT_PIPE };

/* Where the next chunk ends, or -1: it must be refused. */
static inline int64_t
cut_model_lines(const struct ocr_cut_opt *opt, const uint8_t *p, size_t rest)
{
	size_t i, last = 0;
	uint64_t n = 0;

	for (i = 0; i < rest && i < opt->max_bytes; i++) {
		if (p[i] != '\n')
			continue;
		last = i + 1;
		if (++n == opt->n)
			return (int64_t)last;
	}
	if (rest <= opt->max_bytes)
		return (int64_t)rest;
	if (opt->n > 0 && !opt->is_max_wanted)
		return -1;
	if (last > 0)
		return (int64_t)last;
	return opt->is_long_cut ? (int64_t)opt->max_bytes : -1;
}

/* size * i / n, exactly: quotient and remainder, from i's highest bit on. */
static inline uint64_t
cut_model_share(uint64_t size, uint64_t i, uint64_t n)
{
	uint64_t quotient = 0, rest = 0;

	for (int bit = 63; bit >= 0; bit--) {
		rest = 2 * rest + (i >> bit & 1) * (size % n);
		quotient =
		    2 * quotient + (i >> bit & 1) * (size / n) + rest / n;
		rest %= n;
	}
	return quotient;
}

static inline int64_t
cut_model_next(const struct ocr_cut_opt *opt, const uint8_t *p, size_t len,
    size_t at, uint64_t i)
{
	size_t rest = len - at;
	uint64_t n = opt->n;

	if (opt->by == OCR_CUT_LINES)
		return cut_model_lines(opt, p + at, rest);
	if (opt->by == OCR_CUT_RECORDS && rest < n)
		return -1;
	if (opt->by == OCR_CUT_RECORDS) {
		rest = rest < opt->max_bytes ? rest : opt->max_bytes;
		return (int64_t)(rest / n * n);
	}
	n = n < len ? n : len;
	return (int64_t)cut_model_share(len, i + 1, n) - (int64_t)at;
}

struct cut_inputs {
	struct ocr_origin *o; /* handed out once */
};

static inline int
cut_inputs_next(void *ctx, struct ocr_origin **o, struct ocr_err *err)
{
	struct cut_inputs *in = ctx;

	(void)err;
	*o = in->o;
	in->o = NULL;
	return *o != NULL;
}

/* A room that keeps the promise: the old contents are lost. */
static inline int
cut_room_take(struct ocr_room *room, struct ocr_chunk *c, size_t cap,
    struct ocr_err *err)
{
	(void)room;
	if (cap <= c->cap)
		return 0;
	free(c->data);
	c->data = malloc(cap);
	c->cap = c->data != NULL ? cap : 0;
	return c->data != NULL ? 0 : ocr_err_nomem(err);
}

/* One chunk against the rule: 0, or what is wrong with it. */
static inline const char *
cut_compare(struct ocr_chunk *c, int64_t want, const uint8_t *p, size_t at,
    enum cut_way way)
{
	struct ocr_err err = {0};

	if (want < 0)
		return c->type == OCR_ERROR ? NULL : "no error";
	if (c->type == OCR_ERROR)
		return "an error";
	if (c->at != at || c->raw_len != (uint64_t)want)
		return "another length";
	if (way == CUT_REF)
		return c->type == OCR_REF && c->len == 0 ? NULL : "no ref";
	if (ocr_chunk_load(c, &err) < 0)
		return err.text[0] != '\0' ? "cannot load" : "no text";
	if (c->len != (size_t)want || memcmp(c->data, p + at, c->len) != 0)
		return "other bytes";
	return NULL;
}

/* All chunks of an open source. */
static inline const char *
cut_model_run(struct ocr_cut *s, struct ocr_chunk *c, const uint8_t *p,
    size_t len, enum cut_way way)
{
	struct ocr_err err = {0};
	const char *wrong = NULL;
	int64_t want = 0;
	uint64_t i = 0;
	size_t at = 0;
	int r;

	r = s->source.next(&s->source, c, &err);
	if (r != 1 || c->kind != OCR_CHUNK_ORIGIN)
		return "no origin";
	while (wrong == NULL) {
		ocr_chunk_reset(c);
		r = s->source.next(&s->source, c, &err);
		if (r < 0)
			return "fails";
		if (at == len || want < 0)
			return r == 0 ? NULL : "more than there is";
		if (r == 0)
			return "less than there is";
		if (c->seq != i)
			return "another number";
		want = cut_model_next(&s->opt, p, len, at, i++);
		wrong = cut_compare(c, want, p, at, way);
		at += want > 0 ? (size_t)want : 0;
	}
	return wrong;
}

/* fd gives the bytes; it is taken over.  NULL, or what is wrong. */
static inline const char *
cut_model_check_fd(const struct ocr_cut_opt *opt, int fd, const uint8_t *p,
    size_t len, enum cut_way way)
{
	struct ocr_room room = {.take = cut_room_take};
	struct ocr_chunk c = {.room = &room, .cap = OCR_CHUNK_MIN_CAP};
	struct cut_inputs in = {.o = ocr_origin_new("x", NULL)};
	struct ocr_cut_opt o = *opt;
	struct ocr_cut s;
	const char *wrong = "no memory";

	c.data = malloc(c.cap);
	if (in.o != NULL && c.data != NULL) {
		o.is_ref = way == CUT_REF;
		in.o->fd = fd;
		in.o->is_seekable = in.o->has_size = way != CUT_PIPE;
		in.o->size = way != CUT_PIPE ? len : 0;
		ocr_cut_init(&s, &o, cut_inputs_next, &in);
		wrong = cut_model_run(&s, &c, p, len, way);
		ocr_chunk_reset(&c);
		ocr_cut_release(&s);
	}
	free(c.data);
	return wrong;
}

/* All three ways. */
static inline const char *
cut_model_check(const struct ocr_cut_opt *opt, const uint8_t *p, size_t len)
{
	const char *wrong = NULL;
	int fd, way;

	for (way = CUT_FILE; way <= CUT_PIPE && wrong == NULL; way++) {
		if (way == CUT_PIPE && opt->by == OCR_CUT_PARTS)
			break; /* needs to know the size */
		fd = memfd_create("cut", 0);
		if (fd < 0 || write(fd, p, len) != (ssize_t)len ||
		    lseek(fd, 0, SEEK_SET) != 0)
			return "no file";
		wrong = cut_model_check_fd(opt, fd, p, len, (enum cut_way)way);
	}
	return wrong;
}

#endif
