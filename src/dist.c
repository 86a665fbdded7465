/*
 * dist.c - see dist.h; called by the graph programs
 */
#include "config.h"

#include "src/dist.h"

#include <stdlib.h>
#include <string.h>

#include "common/err.h"

/* Sent instead of a length. */
#define HAS_FAILED UINT64_MAX

int
ocr_dist_init(struct ocr_dist *d, struct ocr_err *err)
{
	d->numbers = calloc(2 * (size_t)d->n, sizeof(*d->numbers));
	return d->numbers == NULL ? ocr_err_nomem(err) : 0;
}

void
ocr_dist_release(struct ocr_dist *d)
{
	free(d->numbers);
	d->numbers = NULL;
}

/* Rank who has failed with this code. */
static int
fail(struct ocr_dist *d, unsigned who, int code, struct ocr_err *err)
{
	d->failed = code;
	d->who = who;
	if (who == d->rank)
		return code;
	ocr_err_clear(err);
	(void)ocr_err_set(err, -OCR_ECANCEL, "rank %u has failed", who);
	return code;
}

int
ocr_dist_agree(struct ocr_dist *d, enum ocr_dist_place place, int r,
    struct ocr_err *err)
{
	/* The lowest rank that has failed, and its code; where it is. */
	uint64_t v[3] = {0, place, OCR_DIST_DONE - place};
	int e;

	if (d->failed < 0)
		return d->failed;
	if (r < 0)
		v[0] = (uint64_t)(d->n - d->rank) << 8 | (uint64_t)-r;
	e = d->ops->max(d, v, 3, err);
	if (e < 0)
		return fail(d, d->rank, e, err);
	if (v[0] != 0)
		return fail(d, d->n - (unsigned)(v[0] >> 8), -(int)(v[0] & 255),
		    err);
	if (v[1] == place && v[2] == OCR_DIST_DONE - place)
		return 0;
	r = ocr_err_set(err, -OCR_EFORMAT,
	    "ranks have files of different kinds");
	return fail(d, 0, r, err);
}

int
ocr_dist_same(struct ocr_dist *d, uint64_t value, const char *what,
    struct ocr_err *err)
{
	uint64_t v[2] = {value, ~value};
	int r;

	if (d->failed < 0)
		return d->failed;
	r = d->ops->max(d, v, 2, err);
	if (r < 0)
		return fail(d, d->rank, r, err);
	/* The largest, and the complement of the smallest. */
	if (v[0] == ~v[1])
		return 0;
	r = ocr_err_set(err, -OCR_EFORMAT, "ranks have different %s", what);
	return fail(d, 0, r, err);
}

int
ocr_dist_max(struct ocr_dist *d, uint64_t *values, size_t n,
    struct ocr_err *err)
{
	int r = d->failed < 0 ? d->failed : d->ops->max(d, values, n, err);

	return r < 0 && d->failed == 0 ? fail(d, d->rank, r, err) : r;
}

int
ocr_dist_sum(struct ocr_dist *d, uint64_t *values, size_t n,
    struct ocr_err *err)
{
	int r = d->failed < 0 ? d->failed : d->ops->sum(d, values, n, err);

	return r < 0 && d->failed == 0 ? fail(d, d->rank, r, err) : r;
}

int
ocr_dist_room(struct ocr_dist_bytes *b, size_t more, struct ocr_err *err)
{
	size_t cap = b->cap;
	uint8_t *data;

	if (more <= b->cap - b->len)
		return 0;
	if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return ocr_err_nomem(err);
	cap = b->len + more;
	cap += cap / 2;
	data = realloc(b->data, cap);
	if (data == NULL)
		return ocr_err_nomem(err);
	b->data = data;
	b->cap = cap;
	return 0;
}

struct ocr_dist_bytes *
ocr_dist_bytes_new(const struct ocr_dist *d, struct ocr_err *err)
{
	struct ocr_dist_bytes *b = calloc(d->n, sizeof(*b));

	if (b == NULL)
		(void)ocr_err_nomem(err);
	return b;
}

void
ocr_dist_bytes_free(const struct ocr_dist *d, struct ocr_dist_bytes *b)
{
	for (unsigned i = 0; b != NULL && i < d->n; i++)
		free(b[i].data);
	free(b);
}

/* Lengths have come; HAS_FAILED | code is not one of them. */
static int
make_room(struct ocr_dist *d, const uint64_t *lens, struct ocr_dist_bytes *in,
    struct ocr_err *err)
{
	int r = 0;

	for (unsigned i = 0; i < d->n && r == 0; i++) {
		in[i].len = 0;
		if (lens[i] > SIZE_MAX / 4)
			return ocr_err_nomem(err);
		r = ocr_dist_room(&in[i], (size_t)lens[i], err);
		in[i].len = r == 0 ? (size_t)lens[i] : 0;
	}
	return r;
}

/* Which rank has said that it has failed?  n: none. */
static unsigned
who_failed(const struct ocr_dist *d, const uint64_t *lens)
{
	unsigned i = 0;

	while (i < d->n && lens[i] < HAS_FAILED - 255)
		i++;
	return i;
}

int
ocr_dist_exchange(struct ocr_dist *d, int r, const struct ocr_dist_bytes *out,
    struct ocr_dist_bytes *in, struct ocr_err *err)
{
	uint64_t *to = d->numbers, *from = d->numbers + d->n;
	unsigned i;
	int e;

	if (d->failed < 0)
		return d->failed;
	for (i = 0; i < d->n; i++)
		to[i] = r < 0          ? HAS_FAILED + 1 - (uint64_t)-r
			: i == d->rank ? 0
				       : out[i].len;
	e = d->ops->numbers(d, to, from, err);
	if (e < 0)
		return fail(d, d->rank, e, err);
	i = who_failed(d, from);
	if (i < d->n)
		return fail(d, i, -(int)(HAS_FAILED + 1 - from[i]), err);
	e = make_room(d, from, in, err);
	if (e < 0) {
		/* The others are sending by now. */
		ocr_ui_error(d->ui, err);
		d->ops->end(d, 1);
		return fail(d, d->rank, e, err);
	}
	for (i = 0; i < d->n; i++) {
		d->sent_bytes += to[i];
		d->received_bytes += from[i];
	}
	e = d->ops->bytes(d, out, in, err);
	return e < 0 ? fail(d, d->rank, e, err) : 0;
}

int
ocr_dist_tell(struct ocr_dist *d, int r, const struct ocr_dist_bytes *out,
    struct ocr_dist_bytes *in, struct ocr_err *err)
{
	struct ocr_dist_bytes *all = NULL;

	/* With an error of its own it must not stay away. */
	if (r == 0)
		all = calloc(d->n, sizeof(*all));
	if (r == 0 && all == NULL)
		r = ocr_err_nomem(err);
	for (unsigned i = 0; all != NULL && i < d->n; i++)
		all[i] = *out;
	r = ocr_dist_exchange(d, r, all, in, err);
	free(all);
	return r;
}
