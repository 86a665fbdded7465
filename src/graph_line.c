/*
 * graph_line.c - one line of text, whatever its form: see graph_lines.h
 *
 * For what graph_lines.c does not read fast, for headers, and for all that can
 * be wrong.
 */
#include "config.h"

#include "src/graph_lines.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/graph_real.h"
#include "src/newlines.h"

int
ocr_graph_lines_fail(const struct ocr_input_map *in, size_t at,
    struct ocr_err *err, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return ocr_err_set(err, -OCR_EFORMAT, "%.200s: line %" PRIu64 ": %s",
	    in->name, in->lines_before + ocr_newlines_count(in->data, at) + 1,
	    why);
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

size_t
ocr_graph_lines_next(const struct ocr_input_map *in, size_t at)
{
	const uint8_t *nl = memchr(in->data + at, '\n', in->len - at);

	return nl == NULL ? in->len : (size_t)(nl + 1 - in->data);
}

const uint8_t *
ocr_graph_lines_column(const struct ocr_input_map *in, size_t *at, size_t *n)
{
	size_t i = *at, begin;

	while (i < in->len && is_space(in->data[i]))
		i++;
	begin = i;
	while (i < in->len && in->data[i] != '\n' && !is_space(in->data[i]))
		i++;
	*at = i;
	*n = i - begin;
	return *n > 0 ? in->data + begin : NULL;
}

size_t
ocr_graph_lines_skip(const struct ocr_input_map *in, size_t at,
    const char *comments)
{
	const uint8_t *p;
	size_t i, n;

	for (; at < in->len; at = ocr_graph_lines_next(in, i)) {
		i = at;
		p = ocr_graph_lines_column(in, &i, &n);
		if (p != NULL && (*p == '\0' || strchr(comments, *p) == NULL))
			break;
	}
	return at;
}

bool
ocr_graph_lines_u64(const uint8_t *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if ((unsigned)(p[i] - '0') > 9 ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(p[i] - '0'), &v))
			return false;
	*out = v;
	return n > 0;
}

struct ocr_shown
ocr_graph_lines_show(const uint8_t *p, size_t n)
{
	struct ocr_shown s;
	size_t i, most = n > 32 ? 29 : n;

	for (i = 0; i < most; i++)
		s.text[i] = p[i] > ' ' && p[i] < 127 ? (char)p[i] : '?';
	memcpy(s.text + i, n > 32 ? "..." : "", n > 32 ? 4 : 1);
	return s;
}

static bool
are_digits(const uint8_t *p, size_t n)
{
	size_t i = 0;

	while (i < n && (unsigned)(p[i] - '0') <= 9)
		i++;
	return n > 0 && i == n;
}

static int
read_id(const struct ocr_graph_lines *l, const uint8_t *p, size_t n,
    uint64_t *id, struct ocr_err *err)
{
	size_t at = (size_t)(p - l->in.data);
	struct ocr_shown s = ocr_graph_lines_show(p, n);

	if (!are_digits(p, n))
		return ocr_graph_lines_fail(&l->in, at, err,
		    "'%s' is not a vertex id%s", s.text,
		    memchr(p, ',', n) == NULL ? ""
					      : ": columns are parted by "
						"blanks, not by commas");
	if (!ocr_graph_lines_u64(p, n, id))
		return ocr_graph_lines_fail(&l->in, at, err,
		    "vertex id %s is too large", s.text);
	if (*id < l->low || *id > l->high)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "vertex %" PRIu64 " is not within %" PRIu64 " to %" PRIu64,
		    *id, l->low, l->high);
	return 0;
}

static int
read_weight(const struct ocr_graph_lines *l, const uint8_t *p, size_t n,
    enum ocr_column column, double *out, struct ocr_err *err)
{
	size_t at = (size_t)(p - l->in.data);
	struct ocr_shown s = ocr_graph_lines_show(p, n);
	const char *why = NULL;

	if (ocr_real_read(p, p + n, out) != n || isnan(*out))
		why = "not a finite number";
	else if (*out < 0)
		why = "negative";
	else if (isinf(*out))
		why = "too large";
	else if (column == OCR_COLUMN_INT && !are_digits(p, n))
		why = "not a whole number";
	else if (column == OCR_COLUMN_INT && *out > UINT32_MAX)
		why = "over 4294967295";
	else if (l->is_skew && *out != 0)
		why = "negative in the other direction";
	*out += 0.0; /* not -0 */
	return why == NULL ? 0
			   : ocr_graph_lines_fail(&l->in, at, err,
				 "weight '%s' is %s", s.text, why);
}

/* The third column, and what is behind it. */
static int
read_rest(const struct ocr_graph_lines *l, size_t at, enum ocr_column column,
    double *weight, struct ocr_err *err)
{
	size_t end = at, n;
	const uint8_t *p = ocr_graph_lines_column(&l->in, &end, &n);
	int r = 0;

	*weight = 1;
	if (column == OCR_COLUMN_NONE)
		return p == NULL ? 0
				 : ocr_graph_lines_fail(&l->in, at, err,
				       "a third column%s", l->no_weight);
	if (p == NULL && column != OCR_COLUMN_SKIP)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "there is no weight");
	if (p != NULL && column != OCR_COLUMN_SKIP)
		r = read_weight(l, p, n, column, weight, err);
	if (l->has_time)
		(void)ocr_graph_lines_column(&l->in, &end, &n);
	if (r == 0 && ocr_graph_lines_column(&l->in, &end, &n) != NULL)
		r = ocr_graph_lines_fail(&l->in, end, err,
		    "more than %s columns",
		    l->tag != '\0' || l->has_time ? "four" : "three");
	return r;
}

/* There is no arc in the line: may that be? */
static int
no_arc(const struct ocr_graph_lines *l, size_t at, struct ocr_err *err)
{
	return l->is_full ? ocr_graph_lines_fail(&l->in, at, err,
				"there is nothing, and so the file has fewer "
				"edges than it says")
			  : 0;
}

int
ocr_graph_lines_read(const struct ocr_graph_lines *l, size_t at,
    enum ocr_column column, struct ocr_arc *arc, struct ocr_err *err)
{
	const uint8_t *p;
	size_t end = at, n;
	int r;

	p = ocr_graph_lines_column(&l->in, &end, &n);
	if (p == NULL || (*p != '\0' && strchr(l->comments, *p) != NULL))
		return no_arc(l, at, err);
	if (l->tag != '\0') {
		if (n != 1 || *p != (uint8_t)l->tag)
			return ocr_graph_lines_fail(&l->in, at, err,
			    "'%s' is not '%c'", ocr_graph_lines_show(p, n).text,
			    l->tag);
		p = ocr_graph_lines_column(&l->in, &end, &n);
	}
	r = p == NULL ? 0 : read_id(l, p, n, &arc->from, err);
	if (r == 0 && p != NULL)
		p = ocr_graph_lines_column(&l->in, &end, &n);
	if (r == 0 && p == NULL)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "two vertex ids are needed");
	if (r == 0)
		r = read_id(l, p, n, &arc->to, err);
	if (r == 0)
		r = read_rest(l, end, column, &arc->weight, err);
	return r < 0 ? r : 1;
}
