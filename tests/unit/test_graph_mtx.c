/*
 * test_graph_mtx.c - Matrix Market and DIMACS files
 */
#include "config.h"

#include <stdio.h>

#include "tests/unit/graph_scan.h"

#define MTX OCR_FORMAT_MTX
#define DIMACS OCR_FORMAT_DIMACS
#define GENERAL "%%MatrixMarket matrix coordinate pattern general\n"
#define INTEGER "%%MatrixMarket matrix coordinate integer symmetric\n"
#define REAL "%%MatrixMarket matrix coordinate real general\n"

struct row {
	enum ocr_graph_format format;
	const char *text, *want;
};

static const struct row good[] = {
    {MTX, GENERAL "2 2 1\n1 2\n", "1 2 1"},
    {MTX, GENERAL "2 2 0\n", ""},
    {MTX, GENERAL "0 0 0", ""},
    {MTX, "%%matrixmarket MATRIX Coordinate PATTERN General\r\n2 2 1\r\n1 2",
	"1 2 1"},
    {MTX, GENERAL "%\n% c\n\n%\n 3 3  2 \n1 2\n3 3\n", "1 2 1;3 3 1"},
    {MTX, GENERAL "3 3 2\n1 2\n\n%c\n3 3\n\n\n", "1 2 1;3 3 1"},
    {MTX, INTEGER "3 3 2\n2 1 7\n3 3 0\n", "2 1 7;3 3 0"},
    {MTX, INTEGER "3 3 1\n1 2 4294967295\n", "1 2 4294967295"},
    {MTX, REAL "3 3 2\n  2   1  7.500000000000000e+00\n3 3 1\n",
	"2 1 7.5;3 3 1"},
    {MTX,
	"%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 1\n"
	"2 1 0\n",
	"2 1 0"},
    {DIMACS, "p sp 2 1\na 1 2 3\n", "1 2 3"},
    {DIMACS, "p sp 2 0\n", ""},
    {DIMACS, "c\nc x\np sp 2 2\nc\na 1 2 3\r\nc a 1 1 1\na\t2\t1 \t0",
	"1 2 3;2 1 0"},
};

static const struct row bad[] = {
    {MTX, "%MatrixMarket matrix coordinate pattern general\n1 1 0\n",
	"x: line 1: it does not begin with '%%MatrixMarket'"},
    {MTX, "", "x: line 1: it does not begin with '%%MatrixMarket'"},
    {MTX, "%%MatrixMarket", "x: line 1: object is missing"},
    {MTX, "%%MatrixMarket vector coordinate pattern general\n1 1 0\n",
	"x: line 1: object 'vector' is not read"},
    {MTX, "%%MatrixMarket matrix array real general\n1 1\n1\n",
	"x: line 1: format 'array' is not read"},
    {MTX, "%%MatrixMarket matrix coordinate complex general\n1 1 0\n",
	"x: line 1: field 'complex' is not read"},
    {MTX, "%%MatrixMarket matrix coordinate real hermitian\n1 1 0\n",
	"x: line 1: symmetry 'hermitian' is not read"},
    {MTX, "%%MatrixMarket matrix coordinate real\n1 1 0\n",
	"x: line 1: symmetry is missing"},
    {MTX, "%%MatrixMarket matrix coordinate real general x\n1 1 0\n",
	"x: line 1: more than five words"},
    {MTX, GENERAL "% c\n", "x: line 3: the number of rows is missing"},
    {MTX, GENERAL "2\n", "x: line 2: the number of columns is missing"},
    {MTX, GENERAL "2 2\n1 2\n", "x: line 2: the number of entries is missing"},
    {MTX, GENERAL "2 2 -1\n1 2\n",
	"x: line 2: '-1' is not a number of entries"},
    {MTX, GENERAL "2 2.0 1\n1 2\n",
	"x: line 2: '2.0' is not a number of columns"},
    {MTX, GENERAL "2 2 1 1\n1 2\n", "x: line 2: more than three sizes"},
    {MTX, GENERAL "2 3 1\n1 2\n",
	"x: line 2: 2 rows and 3 columns: only square matrices are graphs"},
    {MTX, GENERAL "0 0 1\n1 1\n",
	"x: line 2: entries of a matrix without rows"},
    {MTX, GENERAL "4294967295 4294967295 1\n1 1\n",
	"x: line 2: 4294967295 rows: more than 4294967294 vertices are not "
	"read"},
    {MTX, GENERAL "2 2 2\n1 2\n",
	"x: line 2: 2 entries are announced, 1 are there"},
    {MTX, GENERAL "2 2 1\n1 2\n\n2 2\n",
	"x: line 2: 1 entries are announced, 2 are there"},
    {MTX, GENERAL "2 2 18446744073709551615\n1 2\n",
	"x: line 2: 18446744073709551615 entries are announced, 1 are there"},
    {MTX, GENERAL "2 2 1\n0 2\n", "x: line 3: vertex 0 is not within 1 to 2"},
    {MTX, GENERAL "2 2 1\n1 3\n", "x: line 3: vertex 3 is not within 1 to 2"},
    {MTX, GENERAL "2 2 1\n1 -1\n", "x: line 3: '-1' is not a vertex id"},
    {MTX, GENERAL "2 2 1\n1\n", "x: line 3: two vertex ids are needed"},
    {MTX, GENERAL "2 2 1\n1 2 1\n",
	"x: line 3: a third column: the matrix is a pattern"},
    {MTX, REAL "2 2 1\n1 2\n", "x: line 3: there is no weight"},
    {MTX, REAL "2 2 1\n1 2 -2\n", "x: line 3: weight '-2' is negative"},
    {MTX, REAL "2 2 1\n1 2 1 0\n", "x: line 3: more than three columns"},
    {MTX, REAL "2 2 1\n1 2 NaN\n",
	"x: line 3: weight 'NaN' is not a finite number"},
    {MTX, INTEGER "2 2 1\n1 2 1.5\n",
	"x: line 3: weight '1.5' is not a whole number"},
    {MTX, INTEGER "2 2 1\n1 2 4294967296\n",
	"x: line 3: weight '4294967296' is over 4294967295"},
    {MTX,
	"%%MatrixMarket matrix coordinate integer skew-symmetric\n3 3 1\n"
	"2 1 3\n",
	"x: line 3: weight '3' is negative in the other direction"},
    {DIMACS, "", "x: line 1: 'p sp VERTICES ARCS' is missing"},
    {DIMACS, "c\na 1 2 3\n", "x: line 2: 'p sp VERTICES ARCS' is missing"},
    {DIMACS, "p edge 2 1\ne 1 2\n",
	"x: line 1: not a shortest path problem, 'p sp'"},
    {DIMACS, "p sp\n", "x: line 1: the number of vertices is missing"},
    {DIMACS, "p sp 2 x\n", "x: line 1: the number of arcs is missing"},
    {DIMACS, "p sp 2 1 1\n", "x: line 1: more than two sizes"},
    {DIMACS, "p sp 0 1\na 1 1 1\n",
	"x: line 1: arcs of a graph without vertices"},
    {DIMACS, "p sp 4294967295 0\n",
	"x: line 1: more than 4294967294 vertices are not read"},
    {DIMACS, "p sp 2 2\na 1 2 3\nc\n\n",
	"x: line 1: 2 arcs are announced, 1 are there"},
    {DIMACS, "p sp 2 1\ne 1 2 3\n", "x: line 2: 'e' is not 'a'"},
    {DIMACS, "p sp 2 2\na 1 2 3\np sp 2 2\n", "x: line 3: 'p' is not 'a'"},
    {DIMACS, "p sp 2 1\na\n", "x: line 2: two vertex ids are needed"},
    {DIMACS, "p sp 2 1\na 1 2\n", "x: line 2: there is no weight"},
    {DIMACS, "p sp 2 1\na 1 2 3 4\n", "x: line 2: more than four columns"},
    {DIMACS, "p sp 2 1\na 1 2 -3\n", "x: line 2: weight '-3' is negative"},
    {DIMACS, "p sp 2 1\na 1 2 3.5\n",
	"x: line 2: weight '3.5' is not a whole number"},
    {DIMACS, "p sp 2 1\na 1 0 3\n", "x: line 2: vertex 0 is not within 1 to 2"},
};

static void
test_rows(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(name, sizeof(name), "good %zu", i);
		gives(good[i].format, good[i].text, good[i].want, name);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(name, sizeof(name), "bad %zu", i);
		gives_text(bad[i].format, bad[i].text, bad[i].want, name);
	}
}

/* As many lines as entries, but one has none. */
static void
test_empty_line(void)
{
	gives_text(MTX, GENERAL "2 2 3\n1 2\n\n2 2\n",
	    "x: line 4: there is nothing, and so the file has fewer edges than "
	    "it says",
	    "an empty line for an entry");
	gives_text(MTX, GENERAL "2 2 3\n1 2\n2 2\n% 1 1",
	    "x: line 5: there is nothing, and so the file has fewer edges than "
	    "it says",
	    "a comment for an entry");
	gives_text(DIMACS, "p sp 2 2\nc\na 1 2 3\n",
	    "x: line 2: there is nothing, and so the file has fewer edges than "
	    "it says",
	    "a comment for an arc");
}

static void
test_says(void)
{
	static const struct {
		const char *text;
		enum ocr_graph_says says;
		enum ocr_edge_kind kind;
		uint64_t n;
	} rows[] = {
	    {GENERAL "7 7 1\n1 2\n", OCR_DIRECTED, OCR_EDGE_PLAIN, 7},
	    {INTEGER "7 7 1\n1 2 3\n", OCR_UNDIRECTED, OCR_EDGE_INT, 7},
	    {REAL "7 7 1\n1 2 3\n", OCR_DIRECTED, OCR_EDGE_REAL, 7},
	    {"%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 0\n",
		OCR_UNDIRECTED, OCR_EDGE_REAL, 3},
	    {"c\np sp 5 1\na 1 1 1\n", OCR_DIRECTED, OCR_EDGE_INT, 5},
	};
	struct ocr_graph_source *g;
	struct ocr_err err = {0};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (open_bytes(&g, "x", rows[i].text, strlen(rows[i].text),
			OCR_FORMAT_AUTO, 1, &err) < 0)
			abort();
		ok(g->says == rows[i].says && g->weights == rows[i].kind &&
			g->n_declared == rows[i].n && g->first_id == 1 &&
			!g->is_both_ways &&
			strcmp(g->format, i < 4 ? "mtx" : "dimacs") == 0,
		    "what is said, %zu", i);
		ocr_graph_source_free(g);
	}
}

/* Without its weights a matrix is a graph, whatever they are. */
static void
test_unwanted(void)
{
	static const char text[] =
	    "%%MatrixMarket matrix coordinate real skew-symmetric\n3 3 2\n"
	    "2 1 3\n3 1 -7\n";
	char *got = arcs_of(text, sizeof(text) - 1, MTX, 5, OCR_EDGE_PLAIN);

	is_text(got, "2 1 1;3 1 1", "weights that nobody wants");
	free(got);
}

int
main(void)
{
	test_rows();
	test_empty_line();
	test_says();
	test_unwanted();
	return done();
}
