/*
 * graph_metis_read.c - METIS graphs: the first line, and what it leads to
 *
 * `edges` counts an edge once, and it is in both rows.  The challenge's files
 * with loops or doubles have fmt 100 without sizes, and count entries; other
 * writers list a loop once.  GAP has files that are directed, and count
 * entries.  Which of them a file is shows in its number of words, and, where
 * that is not enough, in a first reading of it all.
 *
 * Called by graph_metis.c only.
 */
#include "config.h"

#include "src/graph_metis.h"

#include <inttypes.h>

#include "src/graph_words.h"

/* What a reading of all rows shows. */
struct survey {
	uint64_t n_loops, sum; /* sum: of struct ocr_mirror */
};

static int
take_survey(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	struct survey *s = arg;

	(void)err;
	for (size_t i = 0; i < n; i++) {
		s->n_loops += arcs[i].from == arcs[i].to;
		s->sum += ocr_mirror_arc(arcs[i].from, arcs[i].to,
		    (uint64_t)arcs[i].weight);
	}
	return 0;
}

static int
survey_all(const struct ocr_metis *g, struct survey *s, struct ocr_err *err)
{
	int r = 0;

	for (uint64_t p = 0; r == 0 && p < g->source.n_parts; p++)
		r = ocr_metis_scan(&g->source, p, take_survey, s, err);
	return r;
}

/* How many neighbours n_words are, with so many words before each row's;
 * false: they cannot be that. */
static bool
count_arcs(const struct ocr_metis *g, uint64_t n_words, uint64_t *n_arcs)
{
	uint64_t others;

	if (__builtin_mul_overflow(g->n, g->n_skip, &others) ||
	    others > n_words)
		return false;
	*n_arcs = (n_words - others) / (g->has_weights ? 2 : 1);
	return !g->has_weights || (n_words - others) % 2 == 0;
}

/* What the rows are, from how many words they have. */
static int
judge(struct ocr_metis *g, uint64_t n_words, struct ocr_err *err)
{
	struct survey s = {0};
	uint64_t n_arcs = 0;
	bool is_fit, is_mirror;
	int r;

	g->n_skip = g->n_weights + g->has_sizes;
	is_fit = count_arcs(g, n_words, &n_arcs);
	if (g->has_sizes &&
	    (!is_fit || n_arcs / 2 != g->m || n_arcs % 2 != 0)) {
		g->n_skip = g->n_weights;
		is_fit = count_arcs(g, n_words, &n_arcs);
	}
	if (!is_fit)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: rows of %" PRIu64
		    " numbers in all do not fit the first line's fmt",
		    g->in.name, n_words);
	is_mirror = n_arcs / 2 == g->m && n_arcs % 2 == 0;
	if (!is_mirror && n_arcs / 2 < g->m && g->m <= n_arcs) {
		r = survey_all(g, &s, err);
		if (r < 0)
			return r;
		is_mirror = n_arcs + s.n_loops == 2 * g->m ||
			    (n_arcs == g->m && s.sum == 0);
	}
	if (!is_mirror && n_arcs != g->m)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " edges are promised, the rows have %" PRIu64
		    " ends",
		    g->in.name, g->m, n_arcs);
	g->source.is_both_ways = is_mirror;
	g->source.says = is_mirror ? OCR_UNDIRECTED : OCR_DIRECTED;
	return 0;
}

/* Find the rows, cut them into parts, count their words. */
static int
count_rows(struct ocr_metis *g, size_t part_bytes, uint64_t *n_words,
    struct ocr_err *err)
{
	const uint8_t *data = g->in.data, *end = data + g->in.len,
		      *at = data + g->rows, *e;
	uint64_t row = 0, n_parts = 0, words;

	for (; at < end; at = e + (e < end)) {
		e = ocr_metis_line_end(at, end);
		if (n_parts == 0 ||
		    (size_t)(at - data) - g->parts[n_parts - 1].at >=
			part_bytes)
			g->parts[n_parts++] =
			    (struct ocr_metis_part){(size_t)(at - data), row};
		if (*at == '%')
			continue;
		(void)ocr_words_skip(at, e, UINT64_MAX, &words);
		if (row == g->n && words > 0)
			return ocr_metis_wrong(g, at, "more rows than promised",
			    err);
		row += row < g->n;
		*n_words += words;
	}
	g->parts[n_parts].at = g->in.len;
	g->source.n_parts = n_parts;
	/* An empty last row may lack its end. */
	if (row + 1 == g->n && end[-1] == '\n')
		row++;
	if (row < g->n)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " rows are promised, %" PRIu64 " are there",
		    g->in.name, g->n, row);
	return 0;
}

static int
read_fmt(struct ocr_metis *g, const uint8_t *at, uint64_t fmt, uint64_t ncon,
    struct ocr_err *err)
{
	if (fmt > 111 || fmt % 10 > 1 || fmt / 10 % 10 > 1)
		return ocr_metis_wrong(g, at,
		    "fmt is none of 0, 1, 10, 11, 100, 101, 110, 111", err);
	g->has_weights = fmt % 10 == 1;
	g->has_sizes = fmt >= 100;
	if (fmt / 10 % 10 == 1) {
		if (ncon == 0)
			return ocr_metis_wrong(g, at,
			    "vertex weights, but ncon is 0", err);
		/* So that it can be added to. */
		g->n_weights = ncon < UINT32_MAX ? ncon : UINT32_MAX;
	}
	return 0;
}

static int
read_header(struct ocr_metis *g, struct ocr_err *err)
{
	const uint8_t *at = g->in.data, *end = at + g->in.len, *e, *begin;
	uint64_t v[4] = {0, 0, 0, 1}, extra;
	enum ocr_word w = OCR_WORD_NUMBER;
	int n = 0;

	while (at < end && *at == '%') {
		at = ocr_metis_line_end(at, end);
		at += at < end;
	}
	if (at == end)
		return ocr_err_set(err, -OCR_EFORMAT, "%s: no first line",
		    g->in.name);
	begin = at;
	e = ocr_metis_line_end(at, end);
	while (n < 4 && (w = ocr_word_next(&at, e, &v[n])) == OCR_WORD_NUMBER)
		n++;
	if (n < 2 || w == OCR_WORD_BAD ||
	    ocr_word_next(&at, e, &extra) != OCR_WORD_NONE)
		return ocr_metis_wrong(g, begin,
		    "not: vertices edges [fmt [ncon]]", err);
	if (v[0] > OCR_GRAPH_MAX_VERTICES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: %" PRIu64 " vertices, at most %" PRIu64
		    " are possible",
		    g->in.name, v[0], OCR_GRAPH_MAX_VERTICES);
	g->n = v[0];
	g->m = v[1];
	g->rows = (size_t)(e + (e < end) - g->in.data);
	return read_fmt(g, begin, v[2], v[3], err);
}

int
ocr_metis_read(struct ocr_metis *g, size_t part_bytes, struct ocr_err *err)
{
	uint64_t n_words = 0;
	int r;

	r = read_header(g, err);
	if (r < 0)
		return r;
	/* All parts but the last are that long; and the end. */
	g->parts = calloc(g->in.len / part_bytes + 2, sizeof(*g->parts));
	if (g->parts == NULL)
		return ocr_err_nomem(err);
	r = count_rows(g, part_bytes, &n_words, err);
	if (r < 0)
		return r;
	g->source.weights = g->has_weights ? OCR_EDGE_INT : OCR_EDGE_PLAIN;
	g->source.n_declared = g->n;
	g->source.first_id = 1;
	g->source.n_bytes = g->in.len;
	r = judge(g, n_words, err);
	if (r == 0 && g->source.is_both_ways)
		r = ocr_mirror_init(&g->mirror, g->source.n_parts, err);
	return r;
}
