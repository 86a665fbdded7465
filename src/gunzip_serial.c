/*
 * gunzip_serial.c - deflate data in order, on ISA-L: see gunzip_serial.h
 */
#include "config.h"

#include "src/gunzip_serial.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <isa-l/igzip_lib.h>

#define HISTORY_BYTES ((size_t)32768)
/* ISA-L counts a match before it looks whether its distance is good: after an
 * error so many bytes at the end of the output may be anything. */
#define MATCH_MAX_BYTES ((size_t)258)
#define INPUT_MAX_BYTES ((size_t)1 << 30) /* ISA-L counts in 32 bits */

struct ocr_serial {
	struct inflate_state isal;
	bool is_running; /* isal has a state that matters */
	size_t n_history;
	uint8_t history[HISTORY_BYTES];
};

struct ocr_serial *
ocr_serial_new(void)
{
	return calloc(1, sizeof(struct ocr_serial));
}

void
ocr_serial_free(struct ocr_serial *d)
{
	free(d);
}

void
ocr_serial_reset(struct ocr_serial *d)
{
	d->is_running = false;
	d->n_history = 0;
}

static void
keep_history(struct ocr_serial *d, const uint8_t *p, size_t n)
{
	size_t old = d->n_history;

	if (n >= HISTORY_BYTES) {
		memcpy(d->history, p + n - HISTORY_BYTES, HISTORY_BYTES);
		d->n_history = HISTORY_BYTES;
		return;
	}
	if (n == 0)
		return;
	if (old > HISTORY_BYTES - n) {
		old = HISTORY_BYTES - n;
		memmove(d->history, d->history + d->n_history - old, old);
	}
	memcpy(d->history + old, p, n);
	d->n_history = old + n;
}

void
ocr_serial_note(struct ocr_serial *d, const uint8_t *p, size_t n)
{
	assert(!d->is_running);
	keep_history(d, p, n);
}

bool
ocr_serial_is_running(const struct ocr_serial *d)
{
	return d->is_running;
}

static void
start(struct ocr_serial *d)
{
	isal_inflate_init(&d->isal);
	if (d->n_history > 0)
		isal_inflate_set_dict(&d->isal, d->history,
		    (uint32_t)d->n_history);
	d->is_running = true;
}

/* All of the input is used; is the next bit the first of a byte and of a block
 * header?  The same conditions as in inflate.c. */
static bool
is_between_blocks(const struct inflate_state *s)
{
	return (s->block_state == ISAL_BLOCK_NEW_HDR ||
		   s->block_state == ISAL_BLOCK_HDR) &&
	       s->avail_in == 0 && s->read_in_length == 0 &&
	       s->tmp_in_size == 0 && s->tmp_out_valid == s->tmp_out_processed;
}

int
ocr_serial_run(struct ocr_serial *d, const uint8_t *in, size_t n_in, size_t *at,
    uint8_t *out, size_t cap, size_t *n_out)
{
	struct inflate_state *s = &d->isal;
	size_t n = n_in - *at, unread;
	int r;

	*n_out = 0;
	if (!d->is_running)
		start(d);
	if (n > INPUT_MAX_BYTES)
		n = INPUT_MAX_BYTES;
	s->next_in = (uint8_t *)(uintptr_t)(in + *at); /* only read */
	s->avail_in = (uint32_t)n;
	s->next_out = out;
	s->avail_out = (uint32_t)cap;
	r = isal_inflate(s);
	*n_out = cap - s->avail_out;
	*at += n - s->avail_in;
	if (r != ISAL_DECOMP_OK) {
		*n_out -= *n_out < MATCH_MAX_BYTES ? *n_out : MATCH_MAX_BYTES;
		return -1;
	}
	keep_history(d, out, *n_out);
	if (s->block_state == ISAL_BLOCK_FINISH) {
		/* They are of this input: what was left of the one before
		 * was less than one code, which is read by now. */
		unread = (size_t)s->read_in_length / 8;
		if (unread > *at)
			return -1;
		*at -= unread;
		d->is_running = false;
		return OCR_SERIAL_DONE;
	}
	if (s->avail_out == 0)
		return OCR_SERIAL_FULL;
	if (s->avail_in > 0)
		return -1; /* room and input, and still it stopped */
	if (is_between_blocks(s))
		d->is_running = false;
	return OCR_SERIAL_MORE;
}
