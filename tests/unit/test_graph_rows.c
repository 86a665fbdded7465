/*
 * test_graph_rows.c - METIS, Ligra, GAPBS and Graph500 files, right and wrong
 *
 * One graph is written in every variant of every format and must come back as
 * the same arcs, in parts of any size.  Inputs are copies of exact length, so
 * that a sanitizer sees what is read behind their end.
 */
#include "config.h"

#include "src/graph_rows.h"

#include <stdlib.h>

#include "common/random.h"
#include "src/graph_crew.h"
#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

#define SG OCR_FORMAT_SG
#define WSG OCR_FORMAT_WSG
#define METIS OCR_FORMAT_METIS
#define LIGRA OCR_FORMAT_LIGRA
#define GRAPH500 OCR_FORMAT_GRAPH500

/* A file being written. */
struct file {
	uint8_t *data;
	size_t len, room;
};

static void
put(struct file *f, const void *data, size_t len)
{
	if (f->len + len > f->room) {
		f->room = (f->len + len) * 2;
		f->data = realloc(f->data, f->room);
		if (f->data == NULL)
			abort();
	}
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

__attribute__((format(printf, 2, 3))) static void
say(struct file *f, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(f, text, (size_t)n);
}

static void
put_le(struct file *f, uint64_t v, unsigned n)
{
	uint8_t b[8];

	for (unsigned i = 0; i < n; i++)
		b[i] = (uint8_t)(v >> 8 * i);
	put(f, b, n);
}

static int
open_it(struct ocr_graph_source **s, struct ocr_input_map *in,
    enum ocr_graph_format f, size_t part, struct ocr_err *err)
{
	switch (f) {
	case METIS:
		return part ? ocr_graph_metis_open_parts(s, in, part, err)
			    : ocr_graph_metis_open(s, in, err);
	case LIGRA:
		return part ? ocr_graph_ligra_open_parts(s, in, part, err)
			    : ocr_graph_ligra_open(s, in, err);
	case GRAPH500:
		return part ? ocr_graph_graph500_open_parts(s, in, part, err)
			    : ocr_graph_graph500_open(s, in, err);
	default:
		return part ? ocr_graph_gapbs_open_parts(s, in, f, part, err)
			    : ocr_graph_gapbs_open(s, in, f, err);
	}
}

struct seen {
	struct ocr_arc *arcs;
	size_t n, room;
	int is_batch_too_long;
};

static int
take(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	struct seen *s = arg;

	(void)err;
	s->is_batch_too_long |= n == 0 || n > OCR_ARC_BATCH;
	if (s->n + n > s->room) {
		s->room = (s->n + n) * 2;
		s->arcs = realloc(s->arcs, s->room * sizeof(*arcs));
		if (s->arcs == NULL)
			abort();
	}
	memcpy(s->arcs + s->n, arcs, n * sizeof(*arcs));
	s->n += n;
	return 0;
}

static int
scan_all(const struct ocr_graph_source *s, struct seen *seen,
    struct ocr_err *err)
{
	int r = 0;

	for (uint64_t p = 0; r == 0 && p < s->n_parts; p++)
		r = s->scan(s, p, take, seen, err);
	return r;
}

/* ---- One graph in all formats ---- */

struct want {
	struct made_arcs m; /* in row order, from 0 */
	uint64_t first_id, n_declared;
	enum ocr_graph_says says;
	int is_both_ways;
	enum ocr_edge_kind kind;
	const char *format;
};

static int
is_same(const struct seen *s, const struct want *w)
{
	if (s->n != w->m.n_arcs || s->is_batch_too_long)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		const struct ocr_arc *a = &s->arcs[i];
		const struct made_arc *b = &w->m.arcs[i];

		if (a->from != b->from + w->first_id ||
		    a->to != b->to + w->first_id ||
		    a->weight != (w->kind == OCR_EDGE_PLAIN ? 1.0 : b->weight))
			return 0;
	}
	return 1;
}

static int
is_described(const struct ocr_graph_source *s, const struct want *w, size_t len)
{
	return strcmp(s->format, w->format) == 0 && s->says == w->says &&
	       s->is_both_ways == w->is_both_ways && s->weights == w->kind &&
	       s->n_declared == w->n_declared && s->n_bytes == len &&
	       (w->n_declared == 0 || s->first_id == w->first_id) &&
	       s->extra == NULL && s->n_extra == 0;
}

/* In parts of the given size, scanned twice. */
static int
is_read(enum ocr_graph_format format, const struct file *f,
    const struct want *w, size_t part)
{
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};
	struct seen first = {0}, second = {0};
	int held;

	if (ocr_input_map_copy(&in, "it", f->data, f->len, &err) < 0)
		abort();
	if (open_it(&s, &in, format, part, &err) < 0) {
		diag("part %zu: %s", part, err.text);
		ocr_input_map_close(&in);
		return 0;
	}
	held = is_described(s, w, f->len) && scan_all(s, &first, &err) == 0 &&
	       scan_all(s, &second, &err) == 0 && is_same(&first, w) &&
	       is_same(&second, w);
	if (!held)
		diag("part %zu: %zu arcs, %zu wanted; %s", part, first.n,
		    w->m.n_arcs, err.text);
	free(first.arcs);
	free(second.arcs);
	ocr_graph_source_free(s);
	return held;
}

static void
check_file(enum ocr_graph_format format, struct file *f, const struct want *w,
    const char *name)
{
	static const size_t parts[] = {0, 1, 2, 3, 5, 7, 16, 100, 1000};
	int held = 1;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		held = held && is_read(format, f, w, parts[i]);
	ok(held, "%s: %s", w->format, name);
	free(f->data);
	*f = (struct file){0};
}

/* Row of each arc of m, in order; the rest is empty. */
static size_t
row_begin(const struct made_arcs *m, uint64_t row)
{
	size_t i = 0;

	while (i < m->n_arcs && m->arcs[i].from < row)
		i++;
	return i;
}

enum metis_extra { TIDY, MESSY };

static void
put_metis(struct file *f, const struct made_arcs *m, uint64_t n_edges,
    const char *fmt, unsigned n_skip, int has_weights, enum metis_extra extra)
{
	size_t i = 0;

	if (extra == MESSY)
		say(f, "%% a comment of 1 2 3\n%%\n  ");
	say(f, "%" PRIu64 " %" PRIu64 " %s%s", m->n, n_edges, fmt,
	    extra == MESSY ? " \t\r\n" : "\n");
	for (uint64_t row = 0; row < m->n; row++) {
		if (extra == MESSY && row % 3 == 1)
			say(f, "%%%" PRIu64 " 1\n", row);
		for (unsigned k = 0; k < n_skip; k++)
			say(f, "%u ", k * 7);
		for (; i < m->n_arcs && m->arcs[i].from == row; i++) {
			say(f, extra == MESSY ? "\t0%u  " : "%u ",
			    m->arcs[i].to + 1);
			if (has_weights)
				say(f, "%.0f ", m->arcs[i].weight);
		}
		say(f, extra == MESSY ? "\r\n" : "\n");
	}
	if (extra == MESSY)
		say(f, "%% the end 1\n\n  \n%%");
}

static void
put_ligra(struct file *f, const struct made_arcs *m, int has_weights,
    const char *blank)
{
	say(f, "%sAdjacencyGraph%s%" PRIu64 "%s%zu",
	    has_weights ? "Weighted" : "", blank, m->n, blank, m->n_arcs);
	for (uint64_t row = 0; row < m->n; row++)
		say(f, "%s%zu", blank, row_begin(m, row));
	for (size_t i = 0; i < m->n_arcs; i++)
		say(f, "%s%u", blank, m->arcs[i].to);
	for (size_t i = 0; has_weights && i < m->n_arcs; i++)
		say(f, "%s%.0f", blank, m->arcs[i].weight);
}

static void
put_sg(struct file *f, const struct made_arcs *m, int is_directed,
    int has_weights)
{
	put_le(f, (uint64_t)is_directed, 1);
	put_le(f, m->n_arcs, 8);
	put_le(f, m->n, 8);
	for (int side = 0; side <= is_directed; side++) {
		for (uint64_t row = 0; row <= m->n; row++)
			put_le(f, side ? 77 : row_begin(m, row), 8);
		for (size_t i = 0; i < m->n_arcs; i++) {
			put_le(f, side ? UINT32_MAX : m->arcs[i].to, 4);
			if (has_weights)
				put_le(f, (uint64_t)m->arcs[i].weight, 4);
		}
	}
}

static void
put_graph500(struct file *f, const struct made_arcs *m, unsigned tuple,
    unsigned shift)
{
	for (size_t i = 0; i < m->n_arcs; i++) {
		uint64_t a = (uint64_t)m->arcs[i].from << shift,
			 b = (uint64_t)m->arcs[i].to << shift;

		if (tuple == 16) {
			put_le(f, a, 8);
			put_le(f, b, 8);
		} else {
			put_le(f, a, 4);
			put_le(f, b, 4);
			put_le(f, a >> 32 | b >> 32 << 16, 4);
		}
	}
}

/* Each edge in both rows, loops once, rows in order. */
static struct made_arcs
both_ways(const struct made_arcs *m)
{
	struct made_arcs all = {.n = m->n};

	for (uint64_t row = 0; row < m->n; row++)
		for (size_t i = 0; i < m->n_arcs; i++) {
			const struct made_arc *a = &m->arcs[i];

			if (a->from == row)
				made_add(&all, row, a->to, a->weight);
			else if (a->to == row)
				made_add(&all, row, a->from, a->weight);
		}
	return all;
}

static void
test_metis(const struct made_arcs *m, const struct made_arcs *looped)
{
	static const struct {
		const char *fmt;
		unsigned n_skip;
		int has_weights;
	} forms[] = {{"", 0, 0}, {"0", 0, 0}, {"000", 0, 0}, {"1", 0, 1},
	    {"001", 0, 1}, {"10", 1, 0}, {"010 1", 1, 0}, {"10 3", 3, 0},
	    {"11", 1, 1}, {"11 2", 3 - 1, 1}, {"100", 1, 0}, {"101", 1, 1},
	    {"110", 2, 0}, {"110 4", 5, 0}, {"111", 2, 1}, {"111 2", 3, 1},
	    {"1 9", 0, 1}};
	struct want w = {.m = *m,
	    .first_id = 1,
	    .n_declared = m->n,
	    .says = OCR_UNDIRECTED,
	    .is_both_ways = 1,
	    .format = "metis"};
	struct file f = {0};
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		w.kind = forms[i].has_weights ? OCR_EDGE_INT : OCR_EDGE_PLAIN;
		put_metis(&f, m, m->n_arcs / 2, forms[i].fmt, forms[i].n_skip,
		    forms[i].has_weights, TIDY);
		check_file(METIS, &f, &w, forms[i].fmt);
		put_metis(&f, m, m->n_arcs / 2, forms[i].fmt, forms[i].n_skip,
		    forms[i].has_weights, MESSY);
		check_file(METIS, &f, &w, "comments, blanks, CRLF");
	}
	w.kind = OCR_EDGE_PLAIN;
	w.m = *looped;
	w.n_declared = looped->n;
	put_metis(&f, looped, looped->n_arcs, "100", 0, 0, TIDY);
	check_file(METIS, &f, &w, "loops and doubles as DIMACS has them");
	put_metis(&f, looped, (looped->n_arcs + 3) / 2, "", 0, 0, TIDY);
	check_file(METIS, &f, &w, "loops listed once and counted once");
}

static void
test_directed(const struct made_arcs *m)
{
	struct want w = {.m = *m,
	    .n_declared = m->n,
	    .kind = OCR_EDGE_PLAIN,
	    .says = OCR_DIRECTED};
	struct file f = {0};

	w.first_id = 1;
	w.format = "metis";
	put_metis(&f, m, m->n_arcs, "100", 0, 0, TIDY);
	check_file(METIS, &f, &w, "directed as GAP has them");
	w.kind = OCR_EDGE_INT;
	put_metis(&f, m, m->n_arcs, "1", 0, 1, MESSY);
	check_file(METIS, &f, &w, "directed with weights");
	w.first_id = 0;
	w.format = "wsg";
	put_sg(&f, m, 1, 1);
	check_file(WSG, &f, &w, "directed");
	w.kind = OCR_EDGE_PLAIN;
	w.format = "sg";
	put_sg(&f, m, 1, 0);
	check_file(SG, &f, &w, "directed");
	w.says = OCR_SAYS_NOTHING;
	w.format = "ligra";
	put_ligra(&f, m, 0, "\n");
	check_file(LIGRA, &f, &w, "AdjacencyGraph");
	put_ligra(&f, m, 0, " \t\r\n \n");
	check_file(LIGRA, &f, &w, "any blanks");
	w.kind = OCR_EDGE_INT;
	put_ligra(&f, m, 1, "\n");
	say(&f, "\n\n");
	check_file(LIGRA, &f, &w, "WeightedAdjacencyGraph");
	w.n_declared = 0;
	w.kind = OCR_EDGE_PLAIN;
	w.says = OCR_UNDIRECTED;
	w.format = "graph500";
	put_graph500(&f, m, 12, 0);
	check_file(GRAPH500, &f, &w, "12 bytes");
	put_graph500(&f, m, 16, 0);
	check_file(GRAPH500, &f, &w, "16 bytes");
}

/* The last 0 to 11 arcs left out, so that every length comes up; ids up to
 * 2^44 too. */
static void
test_graph500(const struct made_arcs *m)
{
	struct want w = {.m = *m, .format = "graph500"};
	struct file f = {0};
	int held = 1;

	w.says = OCR_UNDIRECTED;
	for (unsigned i = 0; i < 12; i++, w.m.n_arcs--) {
		put_graph500(&f, &w.m, 12, 0);
		held = held && is_read(GRAPH500, &f, &w, 0);
		f.len = 0;
		put_graph500(&f, &w.m, 16, 0);
		held = held && is_read(GRAPH500, &f, &w, 0);
		f.len = 0;
	}
	ok(held, "graph500: any number of edges, by either length");
	for (size_t i = 0; i < w.m.n_arcs; i++)
		m->arcs[i].from <<= 18, m->arcs[i].to <<= 18;
	put_graph500(&f, &w.m, 12, 0);
	held = is_read(GRAPH500, &f, &w, 0);
	f.len = 0;
	put_graph500(&f, &w.m, 16, 0);
	ok(held && is_read(GRAPH500, &f, &w, 0), "graph500: large ids");
	free(f.data);
}

static void
test_high_halves(void)
{
	struct made_arcs m = {.n = 3};
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};
	struct seen seen = {0};
	struct file f = {0};

	made_add(&m, 0x1234, 0xfeed, 1);
	for (unsigned tuple = 12; tuple <= 16; tuple += 4) {
		put_graph500(&f, &m, tuple, 32);
		if (ocr_input_map_copy(&in, "it", f.data, f.len, &err) < 0 ||
		    ocr_graph_graph500_open(&s, &in, &err) < 0 ||
		    scan_all(s, &seen, &err) < 0)
			abort();
		ok(seen.n == 1 &&
			seen.arcs[0].from == UINT64_C(0x123400000000) &&
			seen.arcs[0].to == UINT64_C(0xfeed00000000),
		    "graph500: 48 bits of %u bytes", tuple);
		ocr_graph_source_free(s);
		seen.n = f.len = 0;
	}
	free(m.arcs);
	free(f.data);
	free(seen.arcs);
}

static void
test_undirected(const struct made_arcs *m)
{
	struct want w = {.m = *m,
	    .n_declared = m->n,
	    .kind = OCR_EDGE_INT,
	    .says = OCR_UNDIRECTED,
	    .is_both_ways = 1,
	    .format = "wsg"};
	struct file f = {0};

	put_sg(&f, m, 0, 1);
	check_file(WSG, &f, &w, "undirected");
	w.kind = OCR_EDGE_PLAIN;
	w.format = "sg";
	put_sg(&f, m, 0, 0);
	check_file(SG, &f, &w, "undirected");
}

static void
test_none(void)
{
	struct made_arcs empty = {.n = 0}, five = {.n = 5};
	struct want w = {.m = empty,
	    .says = OCR_UNDIRECTED,
	    .is_both_ways = 1,
	    .first_id = 1,
	    .format = "metis"};
	struct file f = {0};

	say(&f, "0 0");
	check_file(METIS, &f, &w, "no vertices, no end of line");
	w.n_declared = 5;
	put_metis(&f, &five, 0, "", 0, 0, TIDY);
	check_file(METIS, &f, &w, "no edges");
	say(&f, "5 0\n\n\n\n\n");
	check_file(METIS, &f, &w, "an empty last row without its end");
	w.first_id = 0;
	w.format = "sg";
	put_sg(&f, &five, 0, 0);
	check_file(SG, &f, &w, "no edges");
	w.says = OCR_SAYS_NOTHING;
	w.is_both_ways = 0;
	w.format = "ligra";
	put_ligra(&f, &five, 0, "\n");
	check_file(LIGRA, &f, &w, "no edges");
	w.n_declared = 0;
	put_ligra(&f, &empty, 0, "\n");
	check_file(LIGRA, &f, &w, "nothing");
	w.says = OCR_DIRECTED;
	w.kind = OCR_EDGE_INT;
	w.format = "wsg";
	put_sg(&f, &empty, 1, 1);
	check_file(WSG, &f, &w, "nothing");
	w.says = OCR_UNDIRECTED;
	w.kind = OCR_EDGE_PLAIN;
	w.format = "graph500";
	check_file(GRAPH500, &f, &w, "nothing");
}

/* ---- Files that are wrong ---- */

static void
refuse(enum ocr_graph_format format, const void *data, size_t len, int code,
    const char *want)
{
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	int held = 1, r;

	for (size_t part = 0; part < 4; part++) {
		struct ocr_err err = {0};
		struct seen seen = {0};

		if (ocr_input_map_copy(&in, "x", data, len, &err) < 0)
			abort();
		r = open_it(&s, &in, format, part, &err);
		if (r == 0) {
			r = scan_all(s, &seen, &err);
			ocr_graph_source_free(s);
		} else {
			/* It must still be the caller's. */
			held =
			    held && in.len == len && strcmp(in.name, "x") == 0;
			ocr_input_map_close(&in);
		}
		free(seen.arcs);
		if (r != code || err.code != r || strcmp(err.text, want) != 0)
			diag("part %zu: %d: %s", part, r, err.text);
		held = held && r == code && err.code == r &&
		       strcmp(err.text, want) == 0;
	}
	ok(held, "%s", want);
}

static void
test_wrong_text(void)
{
	static const struct {
		enum ocr_graph_format format;
		const char *text, *want;
	} t[] = {
	    {METIS, "", "x: no first line"},
	    {METIS, "% nothing\n%", "x: no first line"},
	    {METIS, "\n3 2\n", "x: line 1: not: vertices edges [fmt [ncon]]"},
	    {METIS, "%\n3\n", "x: line 2: not: vertices edges [fmt [ncon]]"},
	    {METIS, "3 2 0 1 5\n",
		"x: line 1: not: vertices edges [fmt [ncon]]"},
	    {METIS, "3 -2\n", "x: line 1: not: vertices edges [fmt [ncon]]"},
	    {METIS, "3 2.0\n", "x: line 1: not: vertices edges [fmt [ncon]]"},
	    {METIS, "3 18446744073709551616\n",
		"x: line 1: not: vertices edges [fmt [ncon]]"},
	    {METIS, "2 1 2\n2\n1\n",
		"x: line 1: fmt is none of 0, 1, 10, 11, 100, 101, 110, 111"},
	    {METIS, "2 1 1000\n2\n1\n",
		"x: line 1: fmt is none of 0, 1, 10, 11, 100, 101, 110, 111"},
	    {METIS, "2 1 10 0\n1 2\n1 1\n",
		"x: line 1: vertex weights, but ncon is 0"},
	    {METIS, "2 1 10 18446744073709551615\n1 2\n1 1\n",
		"x: rows of 4 numbers in all do not fit the first line's fmt"},
	    {METIS, "3 2\n2\n1 3", "x: 3 rows are promised, 2 are there"},
	    {METIS, "3 2\n2\n1 3\n",
		"x: 2 edges are promised, the rows have 3 ends"},
	    {METIS, "4 2\n2\n1 3\n", "x: 4 rows are promised, 2 are there"},
	    {METIS, "4294967294 2\n2\n1 3\n2\n",
		"x: 4294967294 rows are promised, 3 are there"},
	    {METIS, "3 18446744073709551615\n2\n1 3\n2\n",
		"x: 18446744073709551615 edges are promised, the rows have 4 "
		"ends"},
	    {METIS, "3 9223372036854775810\n2\n1 3\n2\n",
		"x: 9223372036854775810 edges are promised, the rows have 4 "
		"ends"},
	    {METIS, "3 3\n2\n1 3\n2\n",
		"x: 3 edges are promised, the rows have 4 ends"},
	    {METIS, "3 1\n2\n1 3\n2\n",
		"x: 1 edges are promised, the rows have 4 ends"},
	    {METIS, "3 2\n2\n1 3\n2\n\n%\n1\n",
		"x: line 7: more rows than promised"},
	    {METIS, "3 2\n2\n1 4\n2\n",
		"x: line 3: vertex 4 is not one of 1 to 3"},
	    {METIS, "3 2\n%\n2\n1 0\n2\n",
		"x: line 4: vertex 0 is not one of 1 to 3"},
	    {METIS, "3 2\n2\n1 18446744073709551615\n2\n",
		"x: line 3: vertex 18446744073709551615 is not one of 1 to "
		"3"},
	    {METIS, "3 2\n2\n1 18446744073709551616\n2\n",
		"x: line 3: not a whole number"},
	    {METIS, "3 2\n2\n1 3\n2.", "x: line 4: not a whole number"},
	    {METIS, "3 2\n2\n1 x3\n2\n", "x: line 3: not a whole number"},
	    {METIS, "3 2\n2\n1 +3\n2\n", "x: line 3: not a whole number"},
	    {METIS, "3 2\n1\n1 3\n2\n",
		"x: an undirected graph with an edge that is not in both "
		"rows"},
	    {METIS, "3 2 1\n2 7\n1 7 3 8\n2 9\n",
		"x: an undirected graph with an edge that is not in both "
		"rows"},
	    {METIS, "3 2 1\n2 7\n1 7 3 8\n2\n",
		"x: rows of 7 numbers in all do not fit the first line's fmt"},
	    {METIS, "3 2 1\n2 7\n1 7 3\n2 8 1\n",
		"x: line 3: a neighbour without a weight"},
	    {METIS, "3 2 1\n2 7\n1 7 3 0\n2 0\n",
		"x: line 3: weight 0 is not one of 1 to 4294967295"},
	    {METIS, "3 2 1\n2 7\n1 7 3 4294967296\n2 1\n",
		"x: line 3: weight 4294967296 is not one of 1 to 4294967295"},
	    {METIS, "3 2 1\n2 7\n1 7 3 1.5\n2 1\n",
		"x: line 3: not a whole number"},
	    {METIS, "3 2 10\n9 2\n9 1 3 2\n\n",
		"x: line 4: vertex weights are missing"},
	    {METIS, "3 2 10\n0.5 2\n9 1 3\n9 2\n",
		"x: line 2: not a whole number"},
	    {LIGRA, "",
		"x: line 1: neither AdjacencyGraph nor "
		"WeightedAdjacencyGraph"},
	    {LIGRA, "\nAdjacencyGraphs 1 0 0",
		"x: line 2: neither AdjacencyGraph nor "
		"WeightedAdjacencyGraph"},
	    {LIGRA, "WeightedAdjacencyGrap\n1\n0\n0",
		"x: line 1: neither AdjacencyGraph nor "
		"WeightedAdjacencyGraph"},
	    {LIGRA, "AdjacencyGraph",
		"x: line 1: the number of vertices or edges is missing"},
	    {LIGRA, "AdjacencyGraph\n3\n",
		"x: line 3: the number of vertices or edges is missing"},
	    {LIGRA, "AdjacencyGraph\n3\n-2\n",
		"x: line 3: the number of vertices or edges is missing"},
	    {LIGRA, "AdjacencyGraph\n4294967294\n2\n0\n1\n",
		"x: 4294967294 vertices and 2 edges are promised, the file is "
		"too short for them"},
	    {LIGRA, "AdjacencyGraph\n2\n18446744073709551615\n0\n1\n",
		"x: 2 vertices and 18446744073709551615 edges are promised, "
		"the file is too short for them"},
	    {LIGRA, "AdjacencyGraph\n2\n2\n0\n1\n1",
		"x: 2 vertices and 2 edges are promised, the file is too "
		"short for them"},
	    {LIGRA, "AdjacencyGraph\n2\n2\n0\n1\n1\n     ",
		"x: 2 targets are promised, 1 are there"},
	    {LIGRA, "WeightedAdjacencyGraph\n2\n2\n0\n1\n1\n0\n7       ",
		"x: 2 weights are promised, 1 are there"},
	    {LIGRA, "AdjacencyGraph\n0\n2\n0\n1\n1\n",
		"x: edges are promised, but no vertices"},
	    {LIGRA, "AdjacencyGraph\n2\n2\n1\n1\n1\n0\n",
		"x: line 4: the first offset is not 0"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n2\n1\n0\n1\n",
		"x: line 6: an offset that is less than the one before"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n2\n3\n0\n1\n",
		"x: line 6: an offset beyond the last edge"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n2x\n2\n0\n1\n",
		"x: line 5: not a whole number"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n1\n2\n0\n3\n",
		"x: line 8: vertex 3 is not one of 0 to 2"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n1\n2\n0\n-1\n",
		"x: line 8: not a whole number"},
	    {LIGRA, "AdjacencyGraph\n3\n2\n0\n1\n2\n0\n1\n1\n",
		"x: line 9: more numbers than promised"},
	    {LIGRA, "WeightedAdjacencyGraph\n2\n2\n0\n1\n1\n0\n7\n-8\n",
		"x: line 9: the weight is not a whole number of 0 to "
		"4294967295"},
	    {LIGRA,
		"WeightedAdjacencyGraph\n2\n2\n0\n1\n1\n0\n4294967296\n"
		"8\n",
		"x: line 8: the weight is not a whole number of 0 to "
		"4294967295"},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++)
		refuse(t[i].format, t[i].text, strlen(t[i].text), -OCR_EFORMAT,
		    t[i].want);
	refuse(METIS, "4294967295 0\n", 13, -OCR_ELIMIT,
	    "x: 4294967295 vertices, at most 4294967294 are possible");
	refuse(LIGRA, "AdjacencyGraph 4294967295 0\n", 28, -OCR_ELIMIT,
	    "x: 4294967295 vertices, at most 4294967294 are possible");
}

/* A .sg or .wsg of 3 vertices and 4 arcs, with an 8-byte number replaced (or
 * 4 bytes, for entries), or another length. */
static void
wrong_sg(enum ocr_graph_format format, int is_directed, size_t at, size_t n,
    uint64_t value, size_t len, const char *want)
{
	struct made_arcs m = {.n = 3};
	struct file f = {0}, v = {0};

	made_add(&m, 0, 1, 5);
	made_add(&m, 1, 0, 5);
	made_add(&m, 1, 2, 6);
	made_add(&m, 2, 1, 6);
	put_sg(&f, &m, is_directed, format == WSG);
	put_le(&v, 0, 8);
	put_le(&f, 0, 8);
	f.len -= 8;
	v.len = 0;
	put_le(&v, value, (unsigned)n);
	memcpy(f.data + at, v.data, n);
	refuse(format, f.data, len > 0 ? len : f.len, -OCR_EFORMAT, want);
	free(m.arcs);
	free(f.data);
	free(v.data);
}

static void
test_wrong_sg(void)
{
	wrong_sg(SG, 0, 0, 1, 2, 0, "x: the first byte is 2, not 0 or 1");
	wrong_sg(SG, 0, 0, 1, 1, 0,
	    "x: 65 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 1, 0, 1, 0, 0,
	    "x: 113 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 0, 0, 1, 0, 16, "x: 16 bytes, too few for a .sg graph");
	wrong_sg(SG, 0, 0, 1, 0, 64,
	    "x: 64 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 1, 0, 1, 1, 112,
	    "x: 112 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 1, 0, 1, 1, 25,
	    "x: 25 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 0, 0, 1, 0, 17,
	    "x: 17 bytes are not what a .sg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(WSG, 0, 0, 1, 0, 66,
	    "x: 66 bytes are not what a .wsg graph of 3 vertices and 4 arcs "
	    "has");
	wrong_sg(SG, 0, 1, 8, UINT64_MAX, 0,
	    "x: 65 bytes are not what a .sg graph of 3 vertices and "
	    "18446744073709551615 arcs has");
	wrong_sg(SG, 0, 1, 8, (UINT64_C(1) << 62) + 4, 0,
	    "x: 65 bytes are not what a .sg graph of 3 vertices and "
	    "4611686018427387908 arcs has");
	wrong_sg(SG, 0, 9, 8, UINT64_MAX, 0,
	    "x: 65 bytes are not what a .sg graph of 18446744073709551615 "
	    "vertices and 4 arcs has");
	wrong_sg(SG, 0, 9, 8, (UINT64_C(1) << 61) + 3, 0,
	    "x: 65 bytes are not what a .sg graph of 2305843009213693955 "
	    "vertices and 4 arcs has");
	wrong_sg(SG, 0, 17, 8, 1, 0, "x: row 0: offset 1 is not possible");
	wrong_sg(SG, 0, 25, 8, 4, 0, "x: row 2: offset 3 is not possible");
	wrong_sg(SG, 0, 25, 8, 5, 0, "x: row 1: offset 5 is not possible");
	wrong_sg(SG, 0, 33, 8, UINT64_MAX, 0,
	    "x: row 2: offset -1 is not possible");
	wrong_sg(SG, 0, 41, 8, 3, 0, "x: row 3: offset 3 is not possible");
	wrong_sg(SG, 0, 57, 4, 3, 0, "x: row 1: neighbour 3 is not possible");
	wrong_sg(SG, 0, 61, 4, UINT32_MAX, 0,
	    "x: row 2: neighbour -1 is not possible");
	wrong_sg(WSG, 0, 57, 4, 3, 0, "x: row 1: neighbour 3 is not possible");
	wrong_sg(WSG, 0, 61, 4, UINT32_MAX - 1, 0,
	    "x: row 1: weight -2 is not possible");
	wrong_sg(WSG, 1, 53, 4, UINT32_MAX, 0,
	    "x: row 0: weight -1 is not possible");
	wrong_sg(WSG, 0, 53, 4, 4, 0,
	    "x: an undirected graph with an edge that is not in both rows");
	wrong_sg(SG, 0, 61, 4, 0, 0,
	    "x: an undirected graph with an edge that is not in both rows");
}

/* Nothing but the counts: no vertices, and as many arcs as would make up for
 * the 8 bytes that are not there. */
static void
test_only_head(void)
{
	struct file f = {0};

	for (unsigned is_directed = 0; is_directed < 2; is_directed++) {
		f.len = 0;
		put_le(&f, is_directed, 1);
		put_le(&f, (0 - UINT64_C(8)) / 4, 8);
		put_le(&f, 0, 8);
		refuse(SG, f.data, f.len, -OCR_EFORMAT,
		    "x: 17 bytes are not what a .sg graph of 0 vertices and "
		    "4611686018427387902 arcs has");
	}
	free(f.data);
}

static void
test_wrong_graph500(void)
{
	struct file f = {0};
	size_t i;

	for (i = 0; i < 20; i++) {
		put_le(&f, i * 3 + 1, 8);
		put_le(&f, i * 5 + 1, 8);
	}
	refuse(GRAPH500, f.data, 1, -OCR_EFORMAT,
	    "x: 1 bytes are no whole number of edges of 16 bytes");
	refuse(GRAPH500, f.data, 20, -OCR_EFORMAT,
	    "x: 20 bytes are no whole number of edges of 16 bytes");
	/* A multiple of 12, but that is not what it is. */
	refuse(GRAPH500, f.data, 156, -OCR_EFORMAT,
	    "x: 156 bytes are no whole number of edges of 16 bytes");
	f.len = 16 * 4;
	put_le(&f, UINT64_C(1) << 48, 8);
	put_le(&f, 1, 8);
	refuse(GRAPH500, f.data, f.len, -OCR_EFORMAT,
	    "x: edge 4: an end that is not less than 2^48");
	f.len -= 16;
	put_le(&f, 7, 8);
	put_le(&f, UINT64_MAX, 8);
	refuse(GRAPH500, f.data, f.len, -OCR_EFORMAT,
	    "x: edge 4: an end that is not less than 2^48");
	f.len = 0;
	for (i = 0; i < 20; i++) {
		put_le(&f, i * 3 + 1, 4);
		put_le(&f, i * 5 + 1, 4);
		put_le(&f, 0, 4);
	}
	/* Multiples of 16. */
	refuse(GRAPH500, f.data, 112, -OCR_EFORMAT,
	    "x: 112 bytes are no whole number of edges of 12 bytes");
	free(f.data);
}

/* ---- Threads, and a taker that has had enough ---- */

struct parallel {
	const struct ocr_graph_source *s;
	_Atomic uint64_t n_arcs;
};

static int
take_count(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	struct parallel *p = arg;

	(void)arcs;
	(void)err;
	p->n_arcs += n;
	return 0;
}

static int
scan_parts(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct parallel *p = arg;
	int r = 0;

	(void)thread;
	for (; r == 0 && start < end; start++)
		r = p->s->scan(p->s, start, take_count, p, err);
	return r;
}

static void
test_threads(const struct made_arcs *m)
{
	struct ocr_team_opt opt = {.n_threads = 4, .devices = "cpu:4"};
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};
	struct ocr_crew crew;
	struct parallel p = {0};
	struct file f = {0};
	int r = 0;

	put_metis(&f, m, m->n_arcs / 2, "1", 0, 1, TIDY);
	if (ocr_crew_open(&crew, &opt, &err) < 0 ||
	    ocr_input_map_copy(&in, "it", f.data, f.len, &err) < 0 ||
	    ocr_graph_metis_open_parts(&s, &in, 16, &err) < 0)
		abort();
	p.s = s;
	for (int i = 0; i < 3 && r == 0; i++)
		r = ocr_crew_each(&crew, s->n_parts, 1, scan_parts, &p, &err);
	ok(r == 0 && p.n_arcs == 3 * m->n_arcs,
	    "parts on several threads, three times");
	ocr_graph_source_free(s);
	ocr_crew_close(&crew);
	free(f.data);
}

static int
take_no_more(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	(void)arg;
	(void)arcs;
	(void)n;
	return ocr_err_set(err, -OCR_ECANCEL, "enough");
}

static void
test_refusal(const struct made_arcs *m)
{
	static const enum ocr_graph_format formats[] = {METIS, LIGRA, SG,
	    GRAPH500};
	struct ocr_input_map in;
	struct ocr_graph_source *s = NULL;
	struct seen seen = {0};

	for (size_t i = 0; i < 4; i++) {
		struct ocr_err err = {0};
		struct file f = {0};
		int held;

		if (formats[i] == METIS)
			put_metis(&f, m, m->n_arcs / 2, "", 0, 0, TIDY);
		else if (formats[i] == LIGRA)
			put_ligra(&f, m, 0, "\n");
		else if (formats[i] == SG)
			put_sg(&f, m, 0, 0);
		else
			put_graph500(&f, m, 12, 0);
		if (ocr_input_map_copy(&in, "it", f.data, f.len, &err) < 0 ||
		    open_it(&s, &in, formats[i], 100, &err) < 0)
			abort();
		held =
		    s->scan(s, 0, take_no_more, NULL, &err) == -OCR_ECANCEL &&
		    strcmp(err.text, "enough") == 0;
		ocr_err_clear(&err);
		seen.n = 0;
		ok(held && scan_all(s, &seen, &err) == 0 && seen.n == m->n_arcs,
		    "%s: a taker may refuse", s->format);
		ocr_graph_source_free(s);
		free(f.data);
	}
	free(seen.arcs);
}

int
main(void)
{
	struct made_arcs m = made_shape(MADE_RANDOM, 150, 1, 999, 1), once,
			 both, loops = {.n = 9}, both_loops, directed;
	size_t i;

	/* Vertices 149 and 7 have no edge, and nobody is its own neighbour. */
	once = (struct made_arcs){.n = m.n};
	for (i = 0; i < m.n_arcs; i++)
		if (m.arcs[i].from != m.arcs[i].to &&
		    m.arcs[i].from % 149 != 7 % 149 &&
		    m.arcs[i].to % 149 != 7 && m.arcs[i].from < 149 &&
		    m.arcs[i].to < 149)
			made_add(&once, m.arcs[i].from, m.arcs[i].to,
			    m.arcs[i].weight);
	both = both_ways(&once);
	for (i = 0; i < 9; i++)
		made_add(&loops, i, (i * 5 + 1) % 9, 1);
	for (i = 0; i < 6; i++)
		made_add(&loops, i, i == 0 || i == 3 ? i : i + 1, 1);
	both_loops = both_ways(&loops);
	/* Rows in order, but each edge in one of them. */
	directed = (struct made_arcs){.n = m.n};
	for (i = 0; i < both.n_arcs; i++)
		if (both.arcs[i].from < both.arcs[i].to || i % 3 == 0)
			made_add(&directed, both.arcs[i].from, both.arcs[i].to,
			    both.arcs[i].weight);
	test_metis(&both, &both_loops);
	test_directed(&directed);
	test_undirected(&both);
	test_none();
	test_wrong_text();
	test_wrong_sg();
	test_only_head();
	test_wrong_graph500();
	test_high_halves();
	test_threads(&both);
	test_refusal(&both);
	test_graph500(&directed);
	free(m.arcs);
	free(once.arcs);
	free(both.arcs);
	free(loops.arcs);
	free(both_loops.arcs);
	free(directed.arcs);
	return done();
}
