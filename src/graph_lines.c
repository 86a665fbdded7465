/*
 * graph_lines.c - lines of text as arcs, in parts: see graph_lines.h
 *
 * Two readers.  scan_plain() takes lines of the common form, eight digits at a
 * time, without looking for the end of the data: it stops AHEAD bytes before.
 * It leaves any other line to ocr_graph_lines_read(), which knows all forms
 * and all errors.
 */
#include "config.h"

#include "src/graph_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_batch.h"
#include "src/graph_real.h"
#include "src/graph_words.h"

/* More than three numbers of 16 digits, looked at in words of 8 bytes, with
 * what is between them. */
#define AHEAD 96

/* One loop for each kind of column, with nothing to be called in it. */
#define INLINE inline __attribute__((always_inline))

static const uint64_t ten_to[9] = {1, 10, 100, 1000, 10000, 100000, 1000000,
    10000000, 100000000};

/* How many of the eight bytes at p are digits, before the first other one;
 * their value. */
static INLINE unsigned
eight(const uint8_t *p, uint64_t *v)
{
	uint64_t t = ocr_load_le64(p) ^ OCR_BYTES(0x30), other;
	unsigned n;

	/* The top bit of each byte that is more than 9. */
	other =
	    (((t & OCR_BYTES(0x7f)) + OCR_BYTES(0x76)) | t) & OCR_BYTES(0x80);
	if (other == 0) {
		*v = ocr_eight_digits(t);
		return 8;
	}
	n = (unsigned)__builtin_ctzll(other) / 8;
	/* Shifted in two steps: 64 bits at once is not defined. */
	*v = ocr_eight_digits(t << 8 << (56 - 8 * n));
	return n;
}

/* Behind a number of 1 to 16 digits at p; NULL: there is none.  Of a longer one
 * a digit is left. */
static INLINE const uint8_t *
number(const uint8_t *p, uint64_t *v)
{
	unsigned n = eight(p, v), more;
	uint64_t low;

	if (__builtin_expect(n == 8, 0)) {
		more = eight(p + 8, &low);
		*v = *v * ten_to[more] + low;
		n += more;
	}
	return n > 0 ? p + n : NULL;
}

static inline bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Behind one blank or more; NULL: none, or too many. */
static INLINE const uint8_t *
blanks(const uint8_t *p, const uint8_t *limit)
{
	if (!is_blank(*p))
		return NULL;
	p++;
	while (__builtin_expect(is_blank(*p), 0))
		if (++p > limit)
			return NULL;
	return p;
}

/* Behind the end of the line; NULL: something else is there. */
static INLINE const uint8_t *
line_end(const uint8_t *p, const uint8_t *limit)
{
	if (__builtin_expect(*p == '\n', 1))
		return p + 1;
	if (is_blank(*p)) {
		p = blanks(p, limit);
		if (p == NULL)
			return NULL;
	}
	if (*p == '\r')
		p++;
	return *p == '\n' ? p + 1 : NULL;
}

/* The third column at p; NULL as above. */
static INLINE const uint8_t *
weight_at(const uint8_t *p, const uint8_t *end, enum ocr_column column,
    double *out)
{
	uint64_t v;
	size_t n;

	if (column == OCR_COLUMN_INT) {
		p = number(p, &v);
		*out = (double)v;
		return v <= UINT32_MAX ? p : NULL;
	}
	if (column == OCR_COLUMN_REAL) {
		n = ocr_real_read(p, end, out);
		*out += 0.0; /* not -0 */
		return n > 0 && *out >= 0 && *out < INFINITY ? p + n : NULL;
	}
	*out = 1;
	while (p<end && * p> ' ')
		p++;
	return p;
}

/* Behind a column that does not matter, if there is one; NULL: too long. */
static INLINE const uint8_t *
step_over(const uint8_t *p, const uint8_t *limit)
{
	if (!is_blank(*p))
		return p;
	p = blanks(p, limit);
	while (p != NULL && *p > ' ')
		p = p < limit ? p + 1 : NULL;
	return p;
}

/* The arc of the line at p; behind the line, or NULL. */
static INLINE const uint8_t *
plain_line(const struct ocr_graph_lines *l, const uint8_t *p,
    const uint8_t *limit, enum ocr_column column, struct ocr_arc *arc)
{
	if (l->tag != '\0') {
		if (*p != (uint8_t)l->tag)
			return NULL;
		p = blanks(p + 1, limit);
	} else if (__builtin_expect(is_blank(*p), 0)) {
		p = blanks(p, limit);
	}
	if (p != NULL)
		p = number(p, &arc->from);
	if (p != NULL)
		p = blanks(p, limit);
	if (p != NULL)
		p = number(p, &arc->to);
	if (p != NULL && column != OCR_COLUMN_NONE)
		p = blanks(p, limit);
	if (p == NULL || arc->from - l->low > l->high - l->low ||
	    arc->to - l->low > l->high - l->low)
		return NULL;
	arc->weight = 1;
	if (column != OCR_COLUMN_NONE) {
		p = weight_at(p, limit + AHEAD, column, &arc->weight);
		/* It may have any length. */
		if (p == NULL || p > limit + AHEAD / 2)
			return NULL;
		if (l->has_time)
			p = step_over(p, limit);
		if (p == NULL)
			return NULL;
	}
	return line_end(p, limit);
}

/* Lines from p to before stop, until one is not plain: where that begins, or
 * NULL and *r < 0.  limit: as far as a line may begin. */
static INLINE const uint8_t *
scan_plain(const struct ocr_graph_lines *l, const uint8_t *p,
    const uint8_t *stop, enum ocr_column column, struct ocr_arc_batch *b,
    struct ocr_err *err, int *r)
{
	const uint8_t *limit, *next;

	if (l->in.len < AHEAD || l->is_skew)
		return p;
	limit = l->in.data + l->in.len - AHEAD;
	if (stop > limit)
		stop = limit;
	while (p < stop) {
		next = plain_line(l, p, limit, column, &b->arcs[b->n]);
		if (next == NULL)
			break;
		p = next;
		if (++b->n == OCR_ARC_BATCH) {
			*r = ocr_batch_flush(b, err);
			if (*r < 0)
				break;
		}
	}
	return p;
}

static const uint8_t *
scan_column(const struct ocr_graph_lines *l, const uint8_t *p,
    const uint8_t *stop, enum ocr_column column, struct ocr_arc_batch *b,
    struct ocr_err *err, int *r)
{
	switch (column) {
	case OCR_COLUMN_NONE:
		return scan_plain(l, p, stop, OCR_COLUMN_NONE, b, err, r);
	case OCR_COLUMN_SKIP:
		return scan_plain(l, p, stop, OCR_COLUMN_SKIP, b, err, r);
	case OCR_COLUMN_INT:
		return scan_plain(l, p, stop, OCR_COLUMN_INT, b, err, r);
	case OCR_COLUMN_REAL:
		break;
	}
	return scan_plain(l, p, stop, OCR_COLUMN_REAL, b, err, r);
}

static enum ocr_column
column_of(const struct ocr_graph_source *s, const struct ocr_graph_lines *l)
{
	if (!l->has_weight)
		return OCR_COLUMN_NONE;
	if (s->weights == OCR_EDGE_PLAIN)
		return OCR_COLUMN_SKIP;
	return s->weights == OCR_EDGE_INT ? OCR_COLUMN_INT : OCR_COLUMN_REAL;
}

/* The first line that begins at `at` or behind, stop if there is none before
 * that. */
static size_t
first_line(const struct ocr_graph_lines *l, size_t at, size_t stop)
{
	const uint8_t *nl;

	if (at == l->start)
		return at;
	nl = memchr(l->in.data + at - 1, '\n', stop - at);
	return nl == NULL ? stop : (size_t)(nl + 1 - l->in.data);
}

static int
scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct ocr_graph_lines *l = s->state;
	enum ocr_column column = column_of(s, l);
	struct ocr_arc_batch b;
	const uint8_t *p;
	size_t at = l->start + (size_t)part * l->part_bytes, stop;
	int r = 0;

	b.take = take;
	b.arg = arg;
	b.n = 0;
	stop = l->in.len - at > l->part_bytes ? at + l->part_bytes : l->in.len;
	at = first_line(l, at, stop);
	while (r >= 0 && at < stop) {
		p = scan_column(l, l->in.data + at, l->in.data + stop, column,
		    &b, err, &r);
		at = (size_t)(p - l->in.data);
		if (r < 0 || at >= stop)
			break;
		r = ocr_graph_lines_read(l, at, column, &b.arcs[b.n], err);
		if (r > 0 && ++b.n == OCR_ARC_BATCH)
			r = ocr_batch_flush(&b, err);
		at = ocr_graph_lines_next(&l->in, at);
	}
	return r < 0 ? r : ocr_batch_flush(&b, err);
}

static void
free_source(struct ocr_graph_source *s)
{
	struct ocr_graph_lines *l = s->state;

	ocr_input_map_close(&l->in);
	ocr_graph_lines_free(l);
}

int
ocr_graph_lines_new(struct ocr_graph_lines **out, const char *format,
    const struct ocr_input_map *in, struct ocr_err *err)
{
	struct ocr_graph_lines *l = calloc(1, sizeof(*l));

	*out = l;
	if (l == NULL)
		return ocr_err_nomem(err);
	l->source.format = format;
	l->source.scan = scan;
	l->source.free = free_source;
	l->source.state = l;
	l->in = *in;
	l->part_bytes = OCR_LINES_PART_BYTES;
	l->high = UINT64_MAX;
	l->no_weight = "";
	return 0;
}

void
ocr_graph_lines_done(struct ocr_graph_lines *l, struct ocr_input_map *in,
    struct ocr_graph_source **out)
{
	size_t n = l->in.len - l->start;

	l->source.n_parts = n / l->part_bytes + (n % l->part_bytes > 0);
	l->source.n_bytes = n;
	memset(in, 0, sizeof(*in));
	*out = &l->source;
}

void
ocr_graph_lines_free(struct ocr_graph_lines *l)
{
	if (l != NULL)
		free(l->extra);
	free(l);
}
