/*
 * test_graph_text.c - lists of edges: SNAP, el, wel, LDBC
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "common/random.h"
#include "src/graph_real.h"
#include "tests/unit/graph_scan.h"

#define SNAP OCR_FORMAT_SNAP
#define EL OCR_FORMAT_EL
#define WEL OCR_FORMAT_WEL

struct row {
	enum ocr_graph_format format;
	const char *text, *want;
};

static const struct row good[] = {
    {SNAP, "0 1\n1 2\n", "0 1 1;1 2 1"},
    {SNAP, "0 1\n1 2", "0 1 1;1 2 1"},
    {SNAP, "0\t1\r\n1\t2\r\n", "0 1 1;1 2 1"},
    {SNAP, "  0 \t 1 \n\n\n\v\f\n\t7   7\t\r\n\n", "0 1 1;7 7 1"},
    {SNAP, "# a\n#b 1 2\n% c\n  # d\n0 1\n#\n%%\n1 0\n#", "0 1 1;1 0 1"},
    {SNAP,
	"\xef\xbb\xbf"
	"3 4\n",
	"3 4 1"},
    {SNAP, "5 5\n5 5\n5 5\n", "5 5 1;5 5 1;5 5 1"},
    {SNAP, "18446744073709551615 0\n0000000000000000000000012 1\n",
	"18446744073709551615 0 1;12 1 1"},
    {SNAP, "12345678 123456789\n1234567890123456 12345678901234567\n",
	"12345678 123456789 1;1234567890123456 12345678901234567 1"},
    /* Sizes in front. */
    {SNAP, "3 2\n0 1\n1 2\n", "0 1 1;1 2 1"},
    {SNAP, "3 2\n1 2\n2 3\n\n\n", "1 2 1;2 3 1"},
    {SNAP, "3 2\n0 1 5\n1 2 6\n", "0 1 5;1 2 6"},
    {SNAP, "3 2\n0 1\n1 4\n", "3 2 1;0 1 1;1 4 1"},
    {SNAP, "3 2\n0 1\n1 2\n2 0\n", "3 2 1;0 1 1;1 2 1;2 0 1"},
    {SNAP, "# x\n3 2\n0 1\n1 2\n", "3 2 1;0 1 1;1 2 1"},
    {EL, "3 2\n0 1\n1 2\n", "3 2 1;0 1 1;1 2 1"},
    /* Weights. */
    {SNAP, "0 1 5\n1 2 0\n", "0 1 5;1 2 0"},
    {SNAP, "0 1 5\n1 2 0.5\n", "0 1 5;1 2 0.5"},
    {SNAP, "0 1 4294967295\n1 2 4294967296\n", "0 1 4294967295;1 2 4294967296"},
    {WEL, "0 1 1e2\r\n1 2 +.5E-1\n3 4 7.\n5 6 -0\n",
	"0 1 100;1 2 0.050000000000000003;3 4 7;5 6 0"},
    {WEL, "0 1 0.1000000000000000055511151231257827021181583404541015625\n",
	"0 1 0.10000000000000001"},
};

static const struct row bad[] = {
    {SNAP, "0 1\n1 x\n", "x: line 2: 'x' is not a vertex id"},
    {SNAP, "0 1\n\n#\n-1 2\n", "x: line 4: '-1' is not a vertex id"},
    {SNAP, "0 1\n1.5 2\n", "x: line 2: '1.5' is not a vertex id"},
    {SNAP, "0 1\n1,2\n",
	"x: line 2: '1,2' is not a vertex id: columns are parted by blanks, "
	"not by commas"},
    {SNAP, "0 1\n1\n", "x: line 2: two vertex ids are needed"},
    {SNAP, "0 1\n1 \t", "x: line 2: two vertex ids are needed"},
    {SNAP, "0 1\n18446744073709551616 2\n",
	"x: line 2: vertex id 18446744073709551616 is too large"},
    {SNAP, "0 1\n1 99999999999999999999999999999999999\n",
	"x: line 2: vertex id 99999999999999999999999999999... is too large"},
    {SNAP, "0 1\n1 \x01\xff\n", "x: line 2: '\?\?' is not a vertex id"},
    {SNAP, "0 1\n1 2 3\n",
	"x: line 2: a third column, and the first edge has two"},
    {SNAP, "0 1 1\n1 2\n", "x: line 2: there is no weight"},
    {SNAP, "0 1 1\n1 2 3 4\n", "x: line 2: more than three columns"},
    {SNAP, "0 1 1 9\n", "x: line 1: more than three columns"},
    {SNAP, "# nothing\n\n", "x: no edge is in it"},
    {SNAP, "% bip unweighted\n1 2\n",
	"x: line 1: a bipartite graph: the same id is one vertex in the first "
	"column and another in the second: add the highest id of the first "
	"column to the second, and leave out this line"},
    {SNAP, "% sym dynamic\n1 2 1 5\n1 2 -1 6\n",
	"x: line 1: a dynamic graph: its lines add edges and remove them, "
	"which is not read"},
    {SNAP, "% asym signed\n1 2 1\n1 2 -1\n",
	"x: line 3: weight '-1' is negative"},
    {SNAP, "", "x: no edge is in it"},
    {EL, "\n", "x: no edge is in it"},
    {EL, "0 1 1\n",
	"x: line 1: a third column: el has none, --format=wel reads weights"},
    {WEL, "0 1\n", "x: line 1: there is no weight"},
    {WEL, "0 1 2\n3 4 -5\n", "x: line 2: weight '-5' is negative"},
    {WEL, "0 1 2\n3 4 -1e-400\n5 6 -1e-3\n",
	"x: line 3: weight '-1e-3' is negative"},
    {WEL, "0 1 2\n3 4 nan\n", "x: line 2: weight 'nan' is not a finite number"},
    {WEL, "0 1 2\n3 4 inf\n", "x: line 2: weight 'inf' is not a finite number"},
    {WEL, "0 1 2\n3 4 0x10\n",
	"x: line 2: weight '0x10' is not a finite number"},
    {WEL, "0 1 2\n3 4 1e\n", "x: line 2: weight '1e' is not a finite number"},
    {WEL, "0 1 2\n3 4 .\n", "x: line 2: weight '.' is not a finite number"},
    {WEL, "0 1 2\n3 4 1e309\n", "x: line 2: weight '1e309' is too large"},
    {WEL, "0 1 2\n3 4 1e999999999999999999\n",
	"x: line 2: weight '1e999999999999999999' is too large"},
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
		gives(bad[i].format, bad[i].text, bad[i].want, name);
	}
}

/* Every error, deep in a file that is else read fast, has its line. */
static void
test_lines(void)
{
	static const char *const lines[] = {"1 x", "1", "1 2 3 4", "1 2 -3",
	    "18446744073709551616 1", "1 2 nan", "a"},
				 *const whys[] = {"'x' is not a vertex id",
				     "two vertex ids are needed",
				     "more than three columns",
				     "weight '-3' is negative",
				     ("vertex id 18446744073709551616 is too "
				      "large"),
				     "weight 'nan' is not a finite number",
				     "'a' is not a vertex id"};
	char *text = malloc(1 << 20), want[256], name[64];
	size_t i, k, n;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		for (n = 0, k = 1; k < 20000; k++)
			n += (size_t)sprintf(text + n, "%s\n",
			    k == 12345 ? lines[i] : "1234567 89 12");
		snprintf(want, sizeof(want), "x: line 12345: %s", whys[i]);
		for (k = 1000; k < n * 10; k *= 10) {
			char *got = arcs_of(text, n, SNAP, k, OCR_EDGE_REAL);

			snprintf(name, sizeof(name), "'%s', parts of %zu",
			    lines[i], k);
			is_text(got, want, name);
			free(got);
		}
	}
	free(text);
}

static uint64_t
random_bits(uint64_t *s)
{
	uint64_t high = ocr_random_below(s, UINT64_C(1) << 32);

	return high << 32 | ocr_random_below(s, UINT64_C(1) << 32);
}

/* Lines of all forms, against what they were made of. */
static void
test_random(void)
{
	static const char *const gaps[] = {" ", "\t", "  ", " \t ", "\t\t\t\t"},
				 *const ends[] = {"\n", "\r\n", " \n", "\n\n",
				     "\n# 1 2\n", "\t \r\n"};
	char *text = malloc(1 << 20), *want = malloc(1 << 20), *got;
	uint64_t s = 17, ids[2], form;
	size_t n = 0, m = 0, part, i, k;
	int has_weight, bad_parts = 0;

	for (has_weight = 0; has_weight < 3; has_weight++) {
		n = m = 0;
		for (i = 0; i < 3000; i++) {
			for (k = 0; k < 2; k++)
				ids[k] =
				    random_bits(&s) >> ocr_random_below(&s, 64);
			form = ocr_random_below(&s, 8);
			n += (size_t)sprintf(text + n, "%s%llu%s%llu",
			    form == 7 ? " " : "", (unsigned long long)ids[0],
			    gaps[form < 4 ? 0 : form - 3],
			    (unsigned long long)ids[1]);
			m += (size_t)sprintf(want + m, "%s%llu %llu ",
			    i > 0 ? ";" : "", (unsigned long long)ids[0],
			    (unsigned long long)ids[1]);
			if (has_weight == 1)
				n += (size_t)sprintf(text + n, " %zu",
				    i * 1431655);
			if (has_weight == 2)
				n += (size_t)sprintf(text + n, " %.17g",
				    (double)(i + 1) / 7);
			m += (size_t)sprintf(want + m, "%.17g",
			    has_weight == 0   ? 1.0
			    : has_weight == 1 ? (double)(i * 1431655)
					      : (double)(i + 1) / 7);
			form = ocr_random_below(&s, 12);
			n += (size_t)sprintf(text + n, "%s",
			    ends[form < 6 ? form : 0]);
		}
		for (part = 1; part < n * 3; part = part * 3 + 1) {
			got = arcs_of(text, n, SNAP, part, OCR_EDGE_REAL);
			bad_parts += strcmp(got, want) != 0;
			free(got);
		}
	}
	is_int(bad_parts, 0, "lines of all forms, parts of many sizes");
	free(text);
	free(want);
}

static void
test_says(void)
{
	static const struct {
		const char *text;
		enum ocr_graph_says says;
		enum ocr_edge_kind kind;
	} rows[] = {
	    {"1 2\n", OCR_SAYS_NOTHING, OCR_EDGE_PLAIN},
	    {"# Directed graph (each\n1 2 3\n", OCR_DIRECTED, OCR_EDGE_INT},
	    {"# x\n# Undirected graph: y\n1 2 3.5\n", OCR_UNDIRECTED,
		OCR_EDGE_REAL},
	    {"% sym unweighted\n1 2\n", OCR_UNDIRECTED, OCR_EDGE_PLAIN},
	    {"% sym unweighted\n1 2 1 9\n", OCR_UNDIRECTED, OCR_EDGE_PLAIN},
	    {"% asym positive\n1 2 4294967295\n", OCR_DIRECTED, OCR_EDGE_INT},
	    {"%\tasym\tweighted\r\n%  1 2 2\r\n1 2 .5\r\n", OCR_DIRECTED,
		OCR_EDGE_REAL},
	    {"% symmetric\n1 2 3\n", OCR_SAYS_NOTHING, OCR_EDGE_INT},
	    {"%\n% sym unweighted\n1 2 3\n", OCR_SAYS_NOTHING, OCR_EDGE_INT},
	    {"1 2 4294967296\n", OCR_SAYS_NOTHING, OCR_EDGE_REAL},
	    {"1 2\n# Directed graph\n", OCR_SAYS_NOTHING, OCR_EDGE_PLAIN},
	};
	struct ocr_graph_source *g;
	struct ocr_err err = {0};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (open_bytes(&g, "x", rows[i].text, strlen(rows[i].text),
			OCR_FORMAT_AUTO, 1, &err) < 0)
			abort();
		ok(g->says == rows[i].says && g->weights == rows[i].kind &&
			strcmp(g->format, "snap") == 0 && !g->is_both_ways &&
			g->n_declared == 0 && g->n_extra == 0,
		    "what is said, %zu", i);
		ocr_graph_source_free(g);
	}
}

/* Is the meaning of the third column doubtful? */
static void
test_doubt(void)
{
	static const struct {
		const char *text, *doubt;
	} rows[] = {
	    {"9 8 1217567877\n1 1 1217573801\n",
		"the third column looks like Unix times"},
	    {"# x\n\n9 8 500000000\n#\n1 1 2147483647",
		"the third column looks like Unix times"},
	    {"9 8 1217567877\n1 1 499999999\n", NULL},
	    {"9 8 1217567877\n1 1 2147483648\n", NULL},
	    {"9 8 1217567877\n1 1 1217567877.5\n", NULL},
	    {"9 8\n", NULL},
	    {"% asym positive\n1 2 3\n", "the third column counts edges"},
	    {"% asym posweighted\n1 2 1217567877\n", NULL},
	    {"% sym unweighted\n1 2 1 1217567877\n", NULL},
	};
	struct ocr_graph_source *g;
	struct ocr_err err = {0};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (open_bytes(&g, "x", rows[i].text, strlen(rows[i].text),
			OCR_FORMAT_AUTO, 1, &err) < 0)
			abort();
		is_text(g->doubt == NULL ? "none" : g->doubt,
		    rows[i].doubt == NULL ? "none" : rows[i].doubt, "doubt");
		ocr_graph_source_free(g);
	}
}

/* Times behind the weights of KONECT, read fast and not. */
static void
test_times(void)
{
	static const char *const times[] = {"", " 1217567877", "\t12.5", " x ",
	    " 1 2", " \t-1\r"};
	static const char pad[] = "# so that the lines above can be read fast, "
				  "without looking for the end of the file, "
				  "which takes some bytes\n";
	char text[400], want[100], *got;
	size_t i, n;
	int is_fast;

	for (i = 0; i < 12; i++) {
		is_fast = i % 2;
		n = (size_t)snprintf(text, sizeof(text),
		    "%% sym weighted\n1 2 3%s\n4 5 6%s\n%s", times[i / 2],
		    times[i / 2], is_fast ? pad : "");
		snprintf(want, sizeof(want), "%s",
		    i / 2 == 4 ? "x: line 2: more than four columns"
			       : "1 2 3;4 5 6");
		got = arcs_of(text, n, SNAP, 100, OCR_EDGE_INT);
		is_text(got, want, times[i / 2]);
		free(got);
	}
}

/* A weight that is not whole, anywhere, makes all of them real. */
static void
test_kind(void)
{
	static const char *const odd[] = {"1 2 3.0", "1 2 1e3", "1 2 -3",
	    "1 2 4294967296", "1 2 x", "# 1.5", "12345678901 2 3",
	    "1 2 0000000000012"};
	struct ocr_graph_source *g;
	struct ocr_err err = {0};
	char *text = malloc(1 << 16);
	size_t i, k, n, at;
	int n_bad = 0;

	for (i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		for (at = 0; at < 70; at++) {
			for (n = 0, k = 0; k < 70; k++)
				n += (size_t)sprintf(text + n, "%s\n",
				    k == at ? odd[i] : "7 1234567 99");
			if (open_bytes(&g, "x", text, n, WEL, 100, &err) < 0)
				abort();
			n_bad += (g->weights == OCR_EDGE_REAL) != (i < 5);
			ocr_graph_source_free(g);
		}
	}
	is_int(n_bad, 0, "kind of weights, by one odd line anywhere");
	free(text);
}

/* Weights that nobody wants may be anything. */
static void
test_unwanted(void)
{
	static const char text[] = "0 1 -1\n1 2 nan\n2 3 x\n3 4\n4 5 7e7\n"
				   "# so that the lines above can be read fast,"
				   " without looking for the end of the file, "
				   "which takes some bytes\n";
	char *got = arcs_of(text, sizeof(text) - 1, SNAP, 11, OCR_EDGE_PLAIN);

	is_text(got, "0 1 1;1 2 1;2 3 1;3 4 1;4 5 1",
	    "weights that are stepped over");
	free(got);
	got = arcs_of("0 1 1\n1 2 3 4\n", 14, SNAP, 100, OCR_EDGE_PLAIN);
	is_text(got, "x: line 2: more than three columns",
	    "but no fourth column");
	free(got);
}

static int
stop(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	(void)arcs;
	++*(int *)arg;
	return ocr_err_set(err, -OCR_ECANCEL, "enough of %zu", n);
}

static void
test_stop(void)
{
	struct ocr_graph_source *g;
	struct ocr_err err = {0};
	char *text = calloc(4, 5000);
	int i, calls = 0;

	for (i = 0; i < 5000; i++)
		memcpy(text + i * 4, "1 2\n", 4);
	if (open_bytes(&g, "x", text, 20000, SNAP, 20000, &err) < 0)
		abort();
	is_int(g->scan(g, 0, stop, &calls, &err), -OCR_ECANCEL, "it stops");
	ok(calls == 1 && strcmp(err.text, "enough of 1024") == 0,
	    "at the first batch");
	ocr_graph_source_free(g);
	free(text);
}

static void
test_reals(void)
{
	uint64_t s = 5, bits;
	char text[400];
	double want, got;
	int i, n, n_bad = 0;

	for (i = 0; i < 300000; i++) {
		bits = random_bits(&s) >> 1;
		memcpy(&want, &bits, 8);
		if (!isfinite(want))
			continue;
		if (i % 3 == 0)
			n = sprintf(text, "%.*e", (int)ocr_random_below(&s, 24),
			    want);
		else /* about the size of weights */
			n = sprintf(text, "%.*f", (int)ocr_random_below(&s, 24),
			    (double)bits *
				(i % 3 == 1 ? 0x1p-63 : 0x1p-63 * 1e5));
		if (ocr_real_read((uint8_t *)text, (uint8_t *)text + n, &got) !=
			(size_t)n ||
		    got != strtod(text, NULL))
			n_bad++;
	}
	is_int(n_bad, 0, "reals, rounded as strtod does");
	n_bad = 0;
	for (i = 0; i < 300000; i++) {
		/* 19 digits that lie between two doubles, or nearly so. */
		bits = (random_bits(&s) >> 11 | UINT64_C(1) << 52) * 1024 +
		       512 + ocr_random_below(&s, 3) - 1;
		bits /= i % 2 + 1;
		n = sprintf(text, "%llu", (unsigned long long)bits);
		memmove(text + n - 3, text + n - 4, 5);
		text[n++ - 4] = i % 4 < 2 ? '.' : '1';
		if (ocr_real_read((uint8_t *)text, (uint8_t *)text + n, &got) !=
			(size_t)n ||
		    got != strtod(text, NULL))
			n_bad++;
	}
	is_int(n_bad, 0, "reals near the middle of two doubles");
}

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		abort();
}

/* Opens dir/name; the message without dir, or "". */
static const char *
open_ldbc(const char *dir, const char *name, struct ocr_graph_source **g,
    enum ocr_graph_format format, struct ocr_err *err)
{
	struct ocr_input_map in;
	char path[512];
	int r;

	*g = NULL;
	memset(err, 0, sizeof(*err));
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	r = ocr_input_map_open(&in, path, err);
	if (r == 0)
		r = ocr_graph_source_open(g, &in, format, err);
	ocr_input_map_close(&in);
	return r < 0 ? err->text : "";
}

static void
test_ldbc(void)
{
	char dir[] = "/tmp/test_graph.XXXXXX", want[1024];
	static const char *const names[] = {"a.e", "a.v", "a.properties", "b.e",
	    "b.v", "c.e"};
	struct ocr_graph_source *g;
	struct ocr_err err;
	size_t i;

	if (mkdtemp(dir) == NULL)
		abort();
	put_file(dir, "a.e", "2 3 0.5\n2 4 0.25\n");
	put_file(dir, "a.v", "9\n2\n3\n\n4\r\n3");
	put_file(dir, "a.properties",
	    "# x\ngraph.a.vertex-file = a.v\ngraph.a.directed = false\n");
	is_text(open_ldbc(dir, "a.e", &g, OCR_FORMAT_AUTO, &err), "",
	    "ldbc by its .v");
	if (g != NULL)
		ok(strcmp(g->format, "ldbc") == 0 &&
			g->says == OCR_UNDIRECTED &&
			g->weights == OCR_EDGE_REAL && g->n_extra == 4 &&
			memcmp(g->extra, (uint64_t[]){2, 3, 4, 9}, 32) == 0,
		    "its vertices, sorted, once; direction");
	ocr_graph_source_free(g);

	put_file(dir, "b.e", "");
	put_file(dir, "b.v", "7\n");
	is_text(open_ldbc(dir, "b.e", &g, OCR_FORMAT_AUTO, &err), "",
	    "ldbc without edges");
	ok(g != NULL && g->n_extra == 1 && g->says == OCR_SAYS_NOTHING &&
		g->n_parts == 0,
	    "has its vertex");
	ocr_graph_source_free(g);

	put_file(dir, "c.e", "1 2\n");
	snprintf(want, sizeof(want),
	    "%s/c.e: there is no file %s/c.v beside it", dir, dir);
	is_text(open_ldbc(dir, "c.e", &g, OCR_FORMAT_LDBC, &err), want,
	    "ldbc without .v");
	is_text(open_ldbc(dir, "c.e", &g, OCR_FORMAT_AUTO, &err), "",
	    "is a list of edges");
	ok(g != NULL && strcmp(g->format, "snap") == 0, "named snap");
	ocr_graph_source_free(g);

	snprintf(want, sizeof(want), "%s/a.v: not the .e file of an ldbc graph",
	    dir);
	is_text(open_ldbc(dir, "a.v", &g, OCR_FORMAT_LDBC, &err), want,
	    "ldbc, the wrong file");
	snprintf(want, sizeof(want),
	    "%s/a.properties: properties of a graph: name the .e file of ldbc",
	    dir);
	is_text(open_ldbc(dir, "a.properties", &g, OCR_FORMAT_AUTO, &err), want,
	    "the wrong file, by its content");

	put_file(dir, "b.v", "7\n8 9\n");
	snprintf(want, sizeof(want), "%s/b.v: line 2: more than one column",
	    dir);
	is_text(open_ldbc(dir, "b.e", &g, OCR_FORMAT_AUTO, &err), want,
	    "two ids in a line of .v");
	put_file(dir, "b.v", "7\n\n-8\n");
	snprintf(want, sizeof(want), "%s/b.v: line 3: '-8' is not a vertex id",
	    dir);
	is_text(open_ldbc(dir, "b.e", &g, OCR_FORMAT_AUTO, &err), want,
	    "no id in .v");
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(want, sizeof(want), "%s/%s", dir, names[i]);
		unlink(want);
	}
	if (rmdir(dir) < 0)
		diag("%s is left behind", dir);
}

int
main(void)
{
	test_rows();
	test_lines();
	test_random();
	test_says();
	test_doubt();
	test_times();
	test_kind();
	test_unwanted();
	test_stop();
	test_reals();
	test_ldbc();
	return done();
}
