/*
 * graph_text.c - lists of edges: SNAP, and the formats that are it with less
 *
 * SNAP: comments begin with # (or %, as in other collections); those before the
 * first edge may say whether the graph is directed.  A third column is a weight:
 * all lines have it, or none.  In SNAP's temporal networks it is a time.
 * KONECT: the first line is "% sym|asym|bip WEIGHTS"; a fourth column is a time.
 * el and wel (GAPBS): without and with a weight.  LDBC: graph_ldbc.c.
 *
 * Some files begin with their sizes, "n m", and no comment.  Such a first line
 * is no edge if m is the number of the edges behind it and no id is larger than
 * n; el and wel have no such line.
 */
#include "config.h"

#include "src/graph_text.h"

#include <string.h>
#include <strings.h>

#include "src/graph_lines.h"
#include "src/newlines.h"

#define LINE_BYTES 64
#define SMALL_BYTES ((size_t)64 << 10)
/* So many lines tell whether a column is a time: from 1985 to 2038. */
#define TIME_LINES 4096
#define FIRST_TIME 500000000
#define LAST_TIME INT32_MAX

static const char comments[] = "#%";
static const char bom[] = "\xef\xbb\xbf"; /* UTF-8, as some editors begin */

/* Does the line at `at` have the word, in any case? */
static bool
has_word(const struct ocr_input_map *in, size_t at, size_t end,
    const char *word)
{
	size_t n = strlen(word);

	for (; end - at >= n; at++)
		if (strncasecmp((const char *)in->data + at, word, n) == 0)
			return true;
	return false;
}

/* What comments say before `end`: SNAP's "# Undirected graph". */
static enum ocr_graph_says
what_is_said(const struct ocr_input_map *in, size_t at, size_t end)
{
	enum ocr_graph_says says = OCR_SAYS_NOTHING;
	size_t next;

	for (; at < end && says == OCR_SAYS_NOTHING; at = next) {
		next = ocr_graph_lines_next(in, at);
		if (has_word(in, at, next, "undirected graph"))
			says = OCR_UNDIRECTED;
		else if (has_word(in, at, next, "directed graph"))
			says = OCR_DIRECTED;
	}
	return says;
}

/* The words of KONECT's first line; false: it is none. */
static bool
konect_words(const struct ocr_input_map *in, struct ocr_shown *format,
    struct ocr_shown *weights)
{
	const uint8_t *p;
	size_t at = 1, n;

	if (in->len < 2 || in->data[0] != '%')
		return false;
	p = ocr_graph_lines_column(in, &at, &n);
	if (p == NULL)
		return false;
	*format = ocr_graph_lines_show(p, n);
	p = ocr_graph_lines_column(in, &at, &n);
	if (p == NULL)
		return false;
	*weights = ocr_graph_lines_show(p, n);
	return strcmp(format->text, "sym") == 0 ||
	       strcmp(format->text, "asym") == 0 ||
	       strcmp(format->text, "bip") == 0;
}

bool
ocr_graph_konect_is(const struct ocr_input_map *in)
{
	struct ocr_shown format, weights;

	return konect_words(in, &format, &weights);
}

static int
read_konect(struct ocr_graph_lines *l, struct ocr_err *err)
{
	struct ocr_shown format, weights;

	(void)konect_words(&l->in, &format, &weights);
	if (strcmp(format.text, "bip") == 0)
		return ocr_graph_lines_fail(&l->in, 0, err,
		    "a bipartite graph: the same id is one vertex in the first "
		    "column and another in the second: add the highest id of "
		    "the first column to the second, and leave out this line");
	if (strcmp(weights.text, "dynamic") == 0)
		return ocr_graph_lines_fail(&l->in, 0, err,
		    "a dynamic graph: its lines add edges and remove them, "
		    "which is not read");
	l->source.says =
	    strcmp(format.text, "sym") == 0 ? OCR_UNDIRECTED : OCR_DIRECTED;
	l->has_time = true;
	if (strcmp(weights.text, "unweighted") == 0)
		l->source.weights = OCR_EDGE_PLAIN;
	else if (strcmp(weights.text, "positive") == 0)
		l->source.doubt = "the third column counts edges";
	return 0;
}

/* Are all weights of the first lines such as times are? */
static bool
are_times(const struct ocr_graph_lines *l)
{
	const struct ocr_input_map *in = &l->in;
	size_t at = l->start, i, n = 0;
	const uint8_t *p = NULL;
	uint64_t v;
	unsigned line, k;

	for (line = 0; line < TIME_LINES; line++) {
		at = ocr_graph_lines_skip(in, at, comments);
		if (at == in->len)
			break;
		for (i = at, k = 0; k < 3; k++)
			p = ocr_graph_lines_column(in, &i, &n);
		if (p == NULL || !ocr_graph_lines_u64(p, n, &v) ||
		    v < FIRST_TIME || v > LAST_TIME)
			return false;
		at = ocr_graph_lines_next(in, at);
	}
	return line > 0;
}

/* What columns of SNAP and KONECT mean. */
static int
set_meaning(struct ocr_graph_lines *l, struct ocr_err *err)
{
	if (ocr_graph_konect_is(&l->in))
		return read_konect(l, err);
	if (l->has_weight && are_times(l))
		l->source.doubt = "the third column looks like Unix times";
	return 0;
}

static int
take_highest(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	uint64_t *highest = arg;
	size_t i;

	(void)err;
	for (i = 0; i < n; i++) {
		if (arcs[i].from > *highest)
			*highest = arcs[i].from;
		if (arcs[i].to > *highest)
			*highest = arcs[i].to;
	}
	return 0;
}

/* The highest id; UINT64_MAX where a line cannot be read. */
static uint64_t
highest_id(const struct ocr_graph_lines *l)
{
	struct ocr_graph_lines all = *l;
	struct ocr_err unused = {0};
	uint64_t highest = 0;

	all.source.state = &all;
	all.part_bytes = SIZE_MAX / 2;
	all.has_weight = ocr_graph_lines_columns(l) == 3;
	all.source.weights = OCR_EDGE_PLAIN;
	if (all.source.scan(&all.source, 0, take_highest, &highest, &unused) <
	    0)
		return UINT64_MAX;
	return highest;
}

/* Are there n edges?  Mostly not, and that is seen at once. */
static bool
are_many(struct ocr_graph_lines *l, uint64_t n)
{
	uint64_t len = l->in.len - l->start, lines;

	/* A line with an edge has 4 bytes, and seldom more than LINE_BYTES. */
	if (n == 0 || n > len / 4 + 1 ||
	    (len > SMALL_BYTES && n < len / LINE_BYTES))
		return false;
	lines = ocr_newlines_count(l->in.data + l->start, (size_t)len);
	/* Empty ones at the end are common. */
	return lines + 1 >= n && lines <= n + 16 &&
	       ocr_graph_lines_are(l, n, &lines);
}

/* Step over a first line that has sizes. */
static void
skip_sizes(struct ocr_graph_lines *l)
{
	const struct ocr_input_map *in = &l->in;
	size_t at = l->start, n;
	uint64_t sizes[2] = {0};
	const uint8_t *p;
	unsigned i;

	for (i = 0; i < 2; i++) {
		p = ocr_graph_lines_column(in, &at, &n);
		if (p == NULL || !ocr_graph_lines_u64(p, n, &sizes[i]))
			return;
	}
	if (ocr_graph_lines_column(in, &at, &n) != NULL)
		return;
	at = l->start;
	l->start = ocr_graph_lines_next(in, at);
	if (!are_many(l, sizes[1]) || highest_id(l) > sizes[0])
		l->start = at;
	l->is_full = false;
}

/* Which columns there are, and what weights. */
static int
set_columns(struct ocr_graph_lines *l, enum ocr_graph_format format,
    struct ocr_err *err)
{
	unsigned columns = ocr_graph_lines_columns(l);

	if (columns == 0 && format != OCR_FORMAT_LDBC)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%.200s: no edge is in it", l->in.name);
	l->has_weight = format == OCR_FORMAT_WEL ||
			(format != OCR_FORMAT_EL && columns > 2);
	l->no_weight = format == OCR_FORMAT_EL
			   ? ": el has none, --format=wel reads weights"
			   : ", and the first edge has two";
	if (l->has_weight)
		l->source.weights = ocr_graph_lines_kind(l);
	return 0;
}

int
ocr_graph_text_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format, size_t part_bytes,
    struct ocr_err *err)
{
	struct ocr_graph_lines *l;
	int r = ocr_graph_lines_new(&l, ocr_graph_format_name(format), in, err);

	if (r < 0)
		return r;
	l->part_bytes = part_bytes;
	l->comments = comments;
	if (in->len >= 3 && memcmp(in->data, bom, 3) == 0)
		l->start = 3;
	if (format == OCR_FORMAT_SNAP) {
		l->source.says = what_is_said(in, l->start,
		    ocr_graph_lines_skip(in, l->start, comments));
		skip_sizes(l);
	}
	r = set_columns(l, format, err);
	if (r == 0 && format == OCR_FORMAT_SNAP)
		r = set_meaning(l, err);
	if (r == 0 && format == OCR_FORMAT_LDBC)
		r = ocr_graph_ldbc_beside(l, err);
	if (r < 0)
		ocr_graph_lines_free(l);
	else
		ocr_graph_lines_done(l, in, out);
	return r;
}

int
ocr_graph_text_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    enum ocr_graph_format format, struct ocr_err *err)
{
	return ocr_graph_text_open_parts(out, in, format, OCR_LINES_PART_BYTES,
	    err);
}
