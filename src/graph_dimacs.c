/*
 * graph_dimacs.c - DIMACS shortest path files (.gr): "c" lines are comments,
 * "p sp VERTICES ARCS" comes first, then "a FROM TO WEIGHT"
 *
 * Directed: an undirected graph has each edge as two arcs.  Ids are from 1, all
 * are there; weights are whole.
 * Format: 9th DIMACS Implementation Challenge, 2006.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "src/graph_lines.h"
#include "src/graph_text.h"

static const char comments[] = "c";

static bool
is_word(const uint8_t *p, size_t n, const char *word)
{
	return p != NULL && n == strlen(word) && memcmp(p, word, n) == 0;
}

/* The line at `at`, "p sp n m". */
static int
read_problem(const struct ocr_input_map *in, size_t at, uint64_t *sizes,
    struct ocr_err *err)
{
	size_t i = at, n;
	const uint8_t *p = ocr_graph_lines_column(in, &i, &n);
	unsigned k;

	if (!is_word(p, n, "p"))
		return ocr_graph_lines_fail(in, at, err,
		    "'p sp VERTICES ARCS' is missing");
	p = ocr_graph_lines_column(in, &i, &n);
	if (!is_word(p, n, "sp"))
		return ocr_graph_lines_fail(in, at, err,
		    "not a shortest path problem, 'p sp'");
	for (k = 0; k < 2; k++) {
		p = ocr_graph_lines_column(in, &i, &n);
		if (p == NULL || !ocr_graph_lines_u64(p, n, &sizes[k]))
			return ocr_graph_lines_fail(in, at, err,
			    "the number of %s is missing",
			    k == 0 ? "vertices" : "arcs");
	}
	if (ocr_graph_lines_column(in, &i, &n) != NULL)
		return ocr_graph_lines_fail(in, at, err, "more than two sizes");
	return 0;
}

static int
read_header(struct ocr_graph_lines *l, struct ocr_err *err)
{
	size_t at = ocr_graph_lines_skip(&l->in, 0, comments);
	uint64_t sizes[2], found;
	int r = read_problem(&l->in, at, sizes, err);

	if (r < 0)
		return r;
	if (sizes[0] > OCR_GRAPH_MAX_VERTICES)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "more than %" PRIu64 " vertices are not read",
		    OCR_GRAPH_MAX_VERTICES);
	if (sizes[0] == 0 && sizes[1] > 0)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "arcs of a graph without vertices");
	l->source.says = OCR_DIRECTED;
	l->source.weights = OCR_EDGE_INT;
	l->source.n_declared = sizes[0];
	l->source.first_id = l->low = 1;
	l->high = sizes[0];
	l->has_weight = true;
	l->tag = 'a';
	l->start = ocr_graph_lines_next(&l->in, at);
	if (!ocr_graph_lines_are(l, sizes[1], &found))
		return ocr_graph_lines_fail(&l->in, at, err,
		    "%" PRIu64 " arcs are announced, %" PRIu64 " are there",
		    sizes[1], found);
	return 0;
}

int
ocr_graph_dimacs_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err)
{
	struct ocr_graph_lines *l;
	int r = ocr_graph_lines_new(&l, "dimacs", in, err);

	if (r < 0)
		return r;
	l->part_bytes = part_bytes;
	l->comments = comments;
	r = read_header(l, err);
	if (r < 0)
		ocr_graph_lines_free(l);
	else
		ocr_graph_lines_done(l, in, out);
	return r;
}

int
ocr_graph_dimacs_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err)
{
	return ocr_graph_dimacs_open_parts(out, in, OCR_LINES_PART_BYTES, err);
}
