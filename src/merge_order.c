/*
 * merge_order.c - see merge_order.h
 */
#include "config.h"

#include "src/merge_order.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/crc.h"

#define LINES_MAX 20

void
ocr_merge_order_init(struct ocr_merge_order *o, struct ocr_ui *ui,
    const char *temp_dir, uint64_t memory_bytes)
{
	memset(o, 0, sizeof(*o));
	o->ui = ui;
	ocr_spill_init(&o->spill, temp_dir, memory_bytes);
}

static void
say(struct ocr_merge_order *o, const struct ocr_err *problem)
{
	if (o->n_problems++ < LINES_MAX)
		ocr_ui_error(o->ui, problem);
}

void
ocr_merge_order_summary(struct ocr_merge_order *o)
{
	struct ocr_err e = {0};

	if (o->n_problems <= LINES_MAX)
		return;
	ocr_err_set(&e, -OCR_EFORMAT, "... and %" PRIu64 " more",
	    o->n_problems - LINES_MAX);
	ocr_ui_error(o->ui, &e);
}

static void
say_doubled(struct ocr_merge_order *o, const struct ocr_chunk *c)
{
	struct ocr_err e = {0};
	char what[256];

	ocr_err_set(&e, -OCR_EFORMAT, "%s came twice",
	    ocr_chunk_describe(c, what, sizeof(what)));
	say(o, &e);
	o->n_doubled++;
	o->is_broken = true;
}

/* Numbers [next, end) are not there; there may be very many of them. */
static void
say_missing(struct ocr_merge_order *o, uint64_t end)
{
	struct ocr_err e = {0};

	o->is_broken = true;
	for (; o->next < end && o->n_problems < LINES_MAX; o->next++) {
		ocr_err_clear(&e);
		if (o->last == NULL)
			ocr_err_set(&e, -OCR_EFORMAT,
			    "chunk %" PRIu64 " is missing (at the beginning)",
			    o->next);
		else
			ocr_err_set(&e, -OCR_EFORMAT,
			    "chunk %" PRIu64 " is missing (after byte %" PRIu64
			    " of %s)",
			    o->next, o->last_end, ocr_origin_label(o->last));
		say(o, &e);
	}
	o->n_problems += end - o->next;
	o->next = end;
}

/* c is the next one. */
static int
hand_on(struct ocr_merge_order *o, const struct ocr_chunk *c,
    struct ocr_err *err)
{
	o->next++;
	o->last_end = c->at + c->raw_len;
	if (c->origin != o->last) {
		ocr_origin_unref(o->last);
		o->last = c->origin != NULL ? ocr_origin_ref(c->origin) : NULL;
	}
	if (c->type == OCR_ERROR)
		o->is_broken = true;
	if (o->is_broken)
		return 0;
	o->n_bytes += c->raw_len;
	o->crc = ocr_crc32_join(o->crc, c->raw_crc, c->raw_len);
	return o->put(o->ctx, c, err);
}

/* Take the first of those that wait; what is missing before it stays so. */
static int
hand_on_first(struct ocr_merge_order *o, struct ocr_err *err)
{
	struct ocr_chunk c = {0};
	int r = ocr_spill_take(&o->spill, &c, err);

	if (r == 0 && c.seq < o->next)
		say_doubled(o, &c);
	else if (r == 0)
		r = hand_on(o, &c, err);
	ocr_chunk_reset(&c);
	return r;
}

/* Those that wait for none but the ones already handed on. */
static int
drain(struct ocr_merge_order *o, struct ocr_err *err)
{
	int r = 0;

	while (
	    r == 0 && o->spill.n > 0 && ocr_spill_first(&o->spill) <= o->next)
		r = hand_on_first(o, err);
	return r;
}

int
ocr_merge_order_put(struct ocr_merge_order *o, struct ocr_chunk *c,
    struct ocr_err *err)
{
	int r;

	if (c->seq < o->next) {
		say_doubled(o, c);
		return 0;
	}
	if (c->seq > o->next) {
		if (o->is_broken)
			c->len = 0; /* only its number is still of use */
		return ocr_spill_put(&o->spill, c, err);
	}
	r = hand_on(o, c, err);
	return r < 0 ? r : drain(o, err);
}

int
ocr_merge_order_put_bad(struct ocr_merge_order *o, struct ocr_chunk *c,
    const struct ocr_err *why, struct ocr_err *err)
{
	say(o, why);
	c->type = OCR_ERROR;
	c->len = 0;
	return ocr_merge_order_put(o, c, err);
}

int
ocr_merge_order_end(struct ocr_merge_order *o, uint64_t n_expected,
    struct ocr_err *err)
{
	int r = drain(o, err);

	while (r == 0 && o->spill.n > 0) {
		if (ocr_spill_first(&o->spill) > o->next)
			say_missing(o, ocr_spill_first(&o->spill));
		r = hand_on_first(o, err);
	}
	/* A doubled chunk is counted twice by those who wrote it. */
	if (r == 0 && n_expected > o->n_doubled &&
	    n_expected - o->n_doubled > o->next)
		say_missing(o, n_expected - o->n_doubled);
	return r;
}

void
ocr_merge_order_begin(struct ocr_merge_order *o)
{
	ocr_origin_unref(o->last);
	o->last = NULL;
	o->last_end = 0;
	o->next = o->n_doubled = o->n_bytes = 0;
	o->crc = 0;
}

void
ocr_merge_order_release(struct ocr_merge_order *o)
{
	ocr_origin_unref(o->last);
	o->last = NULL;
	ocr_spill_release(&o->spill);
}
