/*
 * graph_ligra.c - adjacency graphs of Ligra and of the Problem Based Benchmark
 * Suite
 *
 * Text, numbers between any blanks: AdjacencyGraph or WeightedAdjacencyGraph,
 * n, m, n offsets, m targets, and, if weighted, m whole weights.  Vertex v has
 * the targets from offset v to the next vertex's (the last one: to m).  Whether
 * the graph is undirected is not in the file: Ligra's programs are told.
 *
 * Offsets are checked when the file is opened.  Of targets and weights only
 * the places of every so many-th are kept: a part begins there.
 *
 * Called by graph_open.c only.
 */
#include "config.h"

#include "src/graph_rows.h"

#include <inttypes.h>

#include "src/graph_batch.h"
#include "src/graph_words.h"

#define PART_ARCS (UINT64_C(1) << 16)

struct part {
	const uint8_t *target, *weight; /* of the first arc */
	uint64_t row;                   /* which has that arc */
	const uint8_t *offset;          /* of the next row */
};

struct ligra {
	struct ocr_graph_source source;
	struct ocr_input_map in;
	uint64_t n, m;
	bool has_weights;
	uint64_t part_arcs;
	struct part *parts;
};

static int
wrong(const struct ligra *g, const uint8_t *at, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: line %" PRIu64 ": %s",
	    g->in.name, ocr_line_of(g->in.data, at), why);
}

/* Where a row ends, *at being at the next one's offset.  That has been read
 * before. */
static uint64_t
row_end(const struct ligra *g, uint64_t row, const uint8_t **at)
{
	uint64_t end = g->m;

	if (row + 1 < g->n)
		(void)ocr_word_next(at, g->in.data + g->in.len, &end);
	return end;
}

static int
read_target(const struct ligra *g, const uint8_t **at, uint64_t *to,
    struct ocr_err *err)
{
	if (ocr_word_next(at, g->in.data + g->in.len, to) != OCR_WORD_NUMBER)
		return wrong(g, *at, "not a whole number", err);
	if (*to >= g->n)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: line %" PRIu64 ": vertex %" PRIu64
		    " is not one of 0 to %" PRIu64,
		    g->in.name, ocr_line_of(g->in.data, *at), *to, g->n - 1);
	return 0;
}

static int
read_weight(const struct ligra *g, const uint8_t **at, uint64_t *weight,
    struct ocr_err *err)
{
	if (ocr_word_next(at, g->in.data + g->in.len, weight) ==
		OCR_WORD_NUMBER &&
	    *weight <= UINT32_MAX)
		return 0;
	return wrong(g, *at,
	    "the weight is not a whole number of 0 to 4294967295", err);
}

static int
ligra_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct ligra *g = s->state;
	struct part p = g->parts[part];
	struct ocr_arc_batch b = {.take = take, .arg = arg};
	uint64_t arc = part * g->part_arcs, end = arc + g->part_arcs, to = 0,
		 weight = 1, row_ends = row_end(g, p.row, &p.offset);
	int r = 0;

	if (end > g->m)
		end = g->m;
	for (; r == 0 && arc < end; arc++) {
		while (arc == row_ends)
			row_ends = row_end(g, ++p.row, &p.offset);
		r = read_target(g, &p.target, &to, err);
		if (r == 0 && g->has_weights)
			r = read_weight(g, &p.weight, &weight, err);
		if (r == 0)
			r = ocr_batch_put(&b, p.row, to, (double)weight, err);
	}
	return r < 0 ? r : ocr_batch_flush(&b, err);
}

/* The name and the counts. */
static int
read_header(struct ligra *g, const uint8_t **at, struct ocr_err *err)
{
	static const char name[] = "WeightedAdjacencyGraph";
	const uint8_t *end = g->in.data + g->in.len, *word;
	uint64_t n_seen;
	size_t len, skip;

	word = ocr_words_skip(*at, end, 0, &n_seen);
	for (*at = word; *at<end &&* * at> ' ';)
		++*at;
	len = (size_t)(*at - word);
	g->has_weights = word < end && *word == 'W';
	skip = g->has_weights ? 0 : sizeof("Weighted") - 1;
	if (len != sizeof(name) - 1 - skip ||
	    memcmp(word, name + skip, len) != 0)
		return wrong(g, word,
		    "neither AdjacencyGraph nor WeightedAdjacencyGraph", err);
	if (ocr_word_next(at, end, &g->n) != OCR_WORD_NUMBER ||
	    ocr_word_next(at, end, &g->m) != OCR_WORD_NUMBER)
		return wrong(g, *at,
		    "the number of vertices or edges is missing", err);
	if (g->n > OCR_GRAPH_MAX_VERTICES)
		return ocr_err_set(err, -OCR_ELIMIT,
		    "%s: %" PRIu64 " vertices, at most %" PRIu64
		    " are possible",
		    g->in.name, g->n, OCR_GRAPH_MAX_VERTICES);
	return 0;
}

/* A number and the blank before it are two bytes. */
static int
check_counts(const struct ligra *g, const uint8_t *at, struct ocr_err *err)
{
	uint64_t room = (uint64_t)(g->in.data + g->in.len - at) / 2,
		 each = g->has_weights ? 2 : 1;

	if (g->n > room || g->m > (room - g->n) / each)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " vertices and %" PRIu64
		    " edges are promised, the file is too short for them",
		    g->in.name, g->n, g->m);
	if (g->n == 0 && g->m > 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: edges are promised, but no vertices", g->in.name);
	return 0;
}

/* All offsets, and in which row each part begins. */
static int
read_offsets(struct ligra *g, const uint8_t **at, struct ocr_err *err)
{
	const uint8_t *end = g->in.data + g->in.len, *begin;
	uint64_t last = 0, offset, v, part = 0;

	for (v = 0; v <= g->n; v++) {
		begin = *at;
		offset = g->m;
		if (v < g->n &&
		    ocr_word_next(at, end, &offset) != OCR_WORD_NUMBER)
			return wrong(g, *at, "not a whole number", err);
		if (v == 0 && g->n > 0 && offset != 0)
			return wrong(g, *at, "the first offset is not 0", err);
		if (offset < last || offset > g->m)
			return wrong(g, *at,
			    offset > g->m
				? "an offset beyond the last edge"
				: "an offset that is less than the one before",
			    err);
		for (; part < g->source.n_parts && part * g->part_arcs < offset;
		     part++) {
			g->parts[part].row = v - 1;
			g->parts[part].offset = begin;
		}
		last = offset;
	}
	return 0;
}

enum column { TARGETS, WEIGHTS };

/* Where m numbers are, for each part. */
static int
find_numbers(struct ligra *g, enum column column, const uint8_t **at,
    struct ocr_err *err)
{
	const uint8_t *end = g->in.data + g->in.len;
	uint64_t part, left = g->m, n, n_seen;

	for (part = 0; part < g->source.n_parts; part++) {
		if (column == TARGETS)
			g->parts[part].target = *at;
		else
			g->parts[part].weight = *at;
		n = left < g->part_arcs ? left : g->part_arcs;
		*at = ocr_words_skip(*at, end, n, &n_seen);
		left -= n_seen;
		if (n_seen < n)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: %" PRIu64 " %s are promised, %" PRIu64
			    " are there",
			    g->in.name, g->m,
			    column == TARGETS ? "targets" : "weights",
			    g->m - left);
	}
	return 0;
}

static int
ligra_read(struct ligra *g, struct ocr_err *err)
{
	const uint8_t *at = g->in.data, *end = at + g->in.len;
	uint64_t extra;
	int r;

	r = read_header(g, &at, err);
	if (r == 0)
		r = check_counts(g, at, err);
	if (r < 0)
		return r;
	g->source.weights = g->has_weights ? OCR_EDGE_INT : OCR_EDGE_PLAIN;
	g->source.n_declared = g->n;
	g->source.n_bytes = g->in.len;
	g->source.n_parts = g->m / g->part_arcs + (g->m % g->part_arcs > 0);
	g->parts = calloc((size_t)g->source.n_parts + 1, sizeof(*g->parts));
	if (g->parts == NULL)
		return ocr_err_nomem(err);
	r = read_offsets(g, &at, err);
	if (r == 0)
		r = find_numbers(g, TARGETS, &at, err);
	if (r == 0 && g->has_weights)
		r = find_numbers(g, WEIGHTS, &at, err);
	if (r == 0 && ocr_word_next(&at, end, &extra) != OCR_WORD_NONE)
		r = wrong(g, at, "more numbers than promised", err);
	return r;
}

static void
ligra_free(struct ocr_graph_source *s)
{
	struct ligra *g = s->state;

	ocr_input_map_close(&g->in);
	free(g->parts);
	free(g);
}

int
ocr_graph_ligra_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, uint64_t part_arcs, struct ocr_err *err)
{
	struct ligra *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		return ocr_err_nomem(err);
	g->source.format = "ligra";
	g->source.scan = ligra_scan;
	g->source.free = ligra_free;
	g->source.state = g;
	g->part_arcs = part_arcs;
	g->in = *in;
	memset(in, 0, sizeof(*in));
	r = ligra_read(g, err);
	if (r == 0) {
		*out = &g->source;
		return 0;
	}
	/* Still the caller's. */
	*in = g->in;
	memset(&g->in, 0, sizeof(g->in));
	ligra_free(&g->source);
	return r;
}

int
ocr_graph_ligra_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err)
{
	return ocr_graph_ligra_open_parts(out, in, PART_ARCS, err);
}
