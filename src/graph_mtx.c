/*
 * graph_mtx.c - Matrix Market: square coordinate matrices as graphs
 *
 * An entry (row, column) is an arc from row to column; a symmetric matrix, of
 * which one triangle is stored, is an undirected graph.  All vertices from 1 to
 * the number of rows are there.  A skew-symmetric one is undirected, too, and
 * its weights are no good to us: each is negative one way.
 * Format: Boisvert, Pozo, Remington, "The Matrix Market exchange formats", NIST
 * 1996.  Comments and empty lines between entries are more than it allows.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "src/graph_lines.h"
#include "src/graph_text.h"

static const char comments[] = "%";

/* The next column is one of the words (NULL behind the last), or negative. */
static int
read_word(const struct ocr_input_map *in, size_t *at, const char *what,
    const char *const *words, struct ocr_err *err)
{
	size_t n;
	const uint8_t *p = ocr_graph_lines_column(in, at, &n);
	int i;

	if (p == NULL)
		return ocr_graph_lines_fail(in, 0, err, "%s is missing", what);
	for (i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == n &&
		    strncasecmp((const char *)p, words[i], n) == 0)
			return i;
	return ocr_graph_lines_fail(in, 0, err, "%s '%s' is not read", what,
	    ocr_graph_lines_show(p, n).text);
}

static int
read_banner(struct ocr_graph_lines *l, struct ocr_err *err)
{
	static const char *const marks[] = {"%%MatrixMarket", NULL},
				 *const objects[] = {"matrix", NULL},
				 *const formats[] = {"coordinate", NULL},
				 *const fields[] = {"pattern", "integer",
				     "real", "double", NULL},
				 *const symmetries[] = {"general", "symmetric",
				     "skew-symmetric", NULL};
	struct ocr_err unsaid = {0};
	size_t at = 0, n;
	int field, r;

	if (read_word(&l->in, &at, "mark", marks, &unsaid) < 0)
		return ocr_graph_lines_fail(&l->in, 0, err,
		    "it does not begin with '%%%%MatrixMarket'");
	if ((r = read_word(&l->in, &at, "object", objects, err)) < 0 ||
	    (r = read_word(&l->in, &at, "format", formats, err)) < 0 ||
	    (r = field = read_word(&l->in, &at, "field", fields, err)) < 0 ||
	    (r = read_word(&l->in, &at, "symmetry", symmetries, err)) < 0)
		return r;
	if (ocr_graph_lines_column(&l->in, &at, &n) != NULL)
		return ocr_graph_lines_fail(&l->in, 0, err,
		    "more than five words");
	l->has_weight = field > 0;
	l->no_weight = ": the matrix is a pattern";
	l->source.weights = field == 0   ? OCR_EDGE_PLAIN
			    : field == 1 ? OCR_EDGE_INT
					 : OCR_EDGE_REAL;
	l->source.says = r == 0 ? OCR_DIRECTED : OCR_UNDIRECTED;
	l->is_skew = r == 2;
	return 0;
}

/* Rows, columns, entries. */
static int
read_sizes(struct ocr_graph_lines *l, uint64_t *sizes, struct ocr_err *err)
{
	static const char *const names[] = {"rows", "columns", "entries"};
	size_t at = l->start, n;
	const uint8_t *p;
	unsigned i;

	for (i = 0; i < 3; i++) {
		p = ocr_graph_lines_column(&l->in, &at, &n);
		if (p == NULL)
			return ocr_graph_lines_fail(&l->in, l->start, err,
			    "the number of %s is missing", names[i]);
		if (!ocr_graph_lines_u64(p, n, &sizes[i]))
			return ocr_graph_lines_fail(&l->in, l->start, err,
			    "'%s' is not a number of %s",
			    ocr_graph_lines_show(p, n).text, names[i]);
	}
	if (ocr_graph_lines_column(&l->in, &at, &n) != NULL)
		return ocr_graph_lines_fail(&l->in, l->start, err,
		    "more than three sizes");
	return 0;
}

static int
read_header(struct ocr_graph_lines *l, struct ocr_err *err)
{
	uint64_t sizes[3], found;
	size_t at;
	int r = read_banner(l, err);

	if (r < 0)
		return r;
	l->start = at = ocr_graph_lines_skip(&l->in,
	    ocr_graph_lines_next(&l->in, 0), comments);
	r = read_sizes(l, sizes, err);
	if (r < 0)
		return r;
	if (sizes[0] != sizes[1])
		return ocr_graph_lines_fail(&l->in, at, err,
		    "%" PRIu64 " rows and %" PRIu64
		    " columns: only square matrices are graphs",
		    sizes[0], sizes[1]);
	if (sizes[0] > OCR_GRAPH_MAX_VERTICES)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "%" PRIu64 " rows: more than %" PRIu64
		    " vertices are not read",
		    sizes[0], OCR_GRAPH_MAX_VERTICES);
	if (sizes[0] == 0 && sizes[2] > 0)
		return ocr_graph_lines_fail(&l->in, at, err,
		    "entries of a matrix without rows");
	l->source.n_declared = sizes[0];
	l->source.first_id = l->low = 1;
	l->high = sizes[0];
	l->start = ocr_graph_lines_next(&l->in, at);
	if (!ocr_graph_lines_are(l, sizes[2], &found))
		return ocr_graph_lines_fail(&l->in, at, err,
		    "%" PRIu64 " entries are announced, %" PRIu64 " are there",
		    sizes[2], found);
	return 0;
}

int
ocr_graph_mtx_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err)
{
	struct ocr_graph_lines *l;
	int r = ocr_graph_lines_new(&l, "mtx", in, err);

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
ocr_graph_mtx_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err)
{
	return ocr_graph_mtx_open_parts(out, in, OCR_LINES_PART_BYTES, err);
}
