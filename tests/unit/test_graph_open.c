/*
 * test_graph_open.c - files and pipes as inputs; formats by name and content
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "src/graph_file.h"
#include "tests/unit/graph_scan.h"

struct bytes {
	uint8_t p[4096];
	size_t n;
};

static void
put(struct bytes *b, uint64_t v, unsigned n)
{
	for (; n > 0; n--, v >>= 8)
		b->p[b->n++] = (uint8_t)v;
}

/* 0 -> 1 (5), 1 -> 2 (6), 0 -> 2 (7), as GAPBS writes it. */
static struct bytes
gapbs(int is_weighted, int is_directed)
{
	static const unsigned out[] = {1, 2, 2}, in[] = {0, 0, 1},
			      offsets[2][4] = {{0, 2, 3, 3}, {0, 0, 1, 3}},
			      weights[2][3] = {{5, 7, 6}, {5, 7, 6}};
	struct bytes b = {.n = 0};
	int i, k;

	put(&b, (uint64_t)is_directed, 1);
	put(&b, 3, 8);
	put(&b, 3, 8);
	for (k = 0; k <= is_directed; k++) {
		for (i = 0; i < 4; i++)
			put(&b, offsets[k][i], 8);
		for (i = 0; i < 3; i++) {
			put(&b, k == 0 ? out[i] : in[i], 4);
			if (is_weighted)
				put(&b, weights[k][i], 4);
		}
	}
	return b;
}

/* The format of bytes, or the message. */
static const char *
sniff(const char *name, const void *p, size_t n, struct ocr_err *err)
{
	struct ocr_input_map in;
	enum ocr_graph_format f;
	int r;

	memset(err, 0, sizeof(*err));
	if (ocr_input_map_copy(&in, name, p, n, err) < 0)
		abort();
	r = ocr_graph_sniff(&in, &f, err);
	ocr_input_map_close(&in);
	if ((r < 0) != (err->code != 0) || (r < 0 && r != -OCR_EFORMAT))
		abort();
	return r < 0 ? err->text : ocr_graph_format_name(f);
}

#define NO_BEGIN                                                               \
	" is neither a vertex id nor the begin of a format that is known"
#define WEBGRAPH                                                               \
	"a WebGraph (LAW) graph, which is not read: convert it to arcs with "  \
	"'java it.unimi.dsi.webgraph.ArcListASCIIGraph BASENAME OUT.txt'"
#define BINARY                                                                 \
	"binary data of no known format (Graph500 edges are read with "        \
	"--format=graph500)"

static void
test_sniff(void)
{
	static const struct {
		const char *name, *text, *want;
	} rows[] = {
	    {"x", "", "x: the file is empty"},
	    {"x.el", "\n \n# a\n", "x.el: no edge is in it"},
	    {"x", "0 1\n", "snap"},
	    {"x", "# Directed graph\n0\t1\n", "snap"},
	    {"x",
		"\xef\xbb\xbf"
		"0 1\n",
		"snap"},
	    {"x.el", "0 1\n", "el"},
	    {"d/x.el.gz", "0 1\n", "el"},
	    {"x.WEL", "0 1 2\n", "wel"},
	    {".el", "0 1\n", "snap"},
	    {"x.e", "0 1\n", "snap"}, /* there is no .v */
	    {"x.el", "%%MatrixMarket matrix x\n", "mtx"},
	    {"x", "%%matrixmarket", "x: no edge is in it"},
	    {"x", "AdjacencyGraph\n1\n0\n0\n", "ligra"},
	    {"x", "WeightedAdjacencyGraph\r\n1\n0\n0\n", "ligra"},
	    {"x", "AdjacencyGraphs\n1\n0\n0\n",
		"x: line 1: 'AdjacencyGraphs'" NO_BEGIN},
	    {"x", "c a\nc\n\nc b\np sp 2 1\na 1 2 3\n", "dimacs"},
	    {"x", "p sp 2 1\na 1 2 3\n", "dimacs"},
	    {"x", "c a\nd\n", "x: line 1: 'c'" NO_BEGIN},
	    /* METIS: rows that are no edges, or the name. */
	    {"x", "3 2\n2\n1 3\n2\n", "metis"},
	    {"x", "% c\n3 1\n2\n1\n\n", "metis"},
	    {"x", "4 5 1 1\n2\n1 3 4\n2\n2\n", "metis"},
	    {"x", "3 3\n2 3\n1 3\n1 2\n", "snap"},
	    {"x.graph", "3 3\n2 3\n1 3\n1 2\n", "metis"},
	    {"x.metis.gz", "3 3\n2 3\n1 3\n1 2\n", "metis"},
	    {"x.graph", "0 1\n1 2\n", "snap"},
	    {"x.graph", "9 1\n2\n", "metis"}, /* cut */
	    {"x", "9 1\n2\n", "snap"},
	    {"x", "<html>\n", "x: line 1: '<html>'" NO_BEGIN},
	    {"x", "\n# a\nFrom,To\n1,2\n", "x: line 3: 'From,To'" NO_BEGIN},
	    {"x", "#BVGraph properties\n#Tue\nversion=0\n", "x: " WEBGRAPH},
	    {"x",
		"#Mon\nnodes=5\ngraphclass=class it.unimi.dsi.webgraph.BVGraph"
		"\n",
		"x: " WEBGRAPH},
	    {"x.graph", "\x01\x02\x03\x04", "x.graph: " WEBGRAPH},
	    {"x.offsets", "\x01\x02\x03\x04", "x.offsets: " WEBGRAPH},
	    {"x.txt", "\x01\x02\x03\x04", "x.txt: " BINARY},
	    {"x.sg", "\x01\x02\x03\x04", "sg"}, /* cut */
	    {"x.wsg", "\x01\x02\x03\x04", "wsg"},
	    {"x", "\x28\xb5\x2f\xfd 1 2\n",
		"x: compressed by zstd: decompress it first"},
	    {"x", "BZh91AY", "x: compressed by bzip2: decompress it first"},
	    {"x",
		"\xfd"
		"7zXZ",
		"x: compressed by xz: decompress it first"},
	    {"x", "PK\x03\x04", "x: a zip archive: unpack it first"},
	    {"x",
		"\xff\xfe"
		"1",
		"x: UTF-16 text: convert it to UTF-8 first"},
	    {"x", "graph.a.directed = true\n",
		"x: properties of a graph: name the .e file of ldbc"},
	};
	struct ocr_err err;
	char name[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(name, sizeof(name), "content %zu", i);
		is_text(sniff(rows[i].name, rows[i].text, strlen(rows[i].text),
			    &err),
		    rows[i].want, name);
	}
}

static void
test_gapbs(void)
{
	struct ocr_err err;
	struct bytes b;
	size_t n;
	int k, n_bad = 0;

	for (k = 0; k < 4; k++) {
		b = gapbs(k & 1, k >> 1);
		is_text(sniff("x", b.p, b.n, &err), k & 1 ? "wsg" : "sg",
		    "GAPBS graph by its sizes");
		for (n = 1; n < b.n; n++)
			/* One size is that of a graph without weights. */
			n_bad += strcmp(sniff("x", b.p, n, &err),
				     "x: " BINARY) != 0 &&
				 n != (k == 1      ? 61
					  : k == 3 ? 105
						   : 0);
		b.p[b.n] = 0;
		n_bad +=
		    strcmp(sniff("x", b.p, b.n + 1, &err), "x: " BINARY) != 0;
		b.p[0] = 2;
		n_bad += strcmp(sniff("x", b.p, b.n, &err), "x: " BINARY) != 0;
	}
	is_int(n_bad, 0, "cut, longer or damaged ones are not");
	/* No arcs: the sizes are the same with weights, the name says which. */
	memset(&b, 0, sizeof(b));
	put(&b, 0, 1);
	put(&b, 0, 8);
	put(&b, 1, 8);
	put(&b, 0, 8);
	put(&b, 0, 8);
	is_text(sniff("x", b.p, b.n, &err), "sg", "GAPBS graph without arcs");
	is_text(sniff("x.wsg", b.p, b.n, &err), "wsg", "the same, named .wsg");
}

static void
test_names(void)
{
	unsigned f, n_bad = 0;

	for (f = 0; f < OCR_N_FORMATS; f++)
		n_bad += ocr_graph_format_find(ocr_graph_format_name(f)) != f;
	is_int(n_bad, 0, "names of formats, there and back");
	ok(ocr_graph_format_find("") == OCR_N_FORMATS &&
		ocr_graph_format_find("SNAP") == OCR_N_FORMATS,
	    "others are none");
	ok(ocr_graph_format_name(OCR_N_FORMATS) == NULL, "and have none");
}

static void
write_file(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

static size_t
gzip(const void *p, size_t n, uint8_t *out, size_t cap)
{
	z_stream z;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 6, Z_DEFLATED, 31, 8, 0) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return z.total_out;
}

/* What an input holds is as wanted: "", or what is wrong. */
static const char *
input(const char *path, const void *want, size_t n, struct ocr_err *err)
{
	struct ocr_input_map in;
	int r, is_same;

	memset(err, 0, sizeof(*err));
	r = ocr_input_map_open(&in, path, err);
	is_same = r == 0 && in.len == n && memcmp(in.data, want, n) == 0 &&
		  strcmp(in.name,
		      strcmp(path, "-") == 0 ? "standard input" : path) == 0;
	ocr_input_map_close(&in);
	if ((r < 0) != (err->code != 0))
		abort();
	return r < 0 ? err->text : is_same ? "" : "it differs";
}

static void
test_files(void)
{
	static uint8_t text[100000], gz[300000], bad[300000];
	struct ocr_err err;
	size_t i, n;
	int n_bad = 0;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * i >> 7);
	write_file("f", text, sizeof(text));
	is_text(input("f", text, sizeof(text), &err), "", "a file");
	write_file("f", "", 0);
	is_text(input("f", "", 0, &err), "", "an empty file");
	is_text(input("none", "", 0, &err),
	    "cannot open none: No such file or directory", "no file");
	is_text(input(".", "", 0, &err), "cannot read .: Is a directory",
	    "a directory");

	n = gzip(text, sizeof(text), gz, sizeof(gz));
	write_file("f", gz, n);
	is_text(input("f", text, sizeof(text), &err), "", "gzip");
	memset(gz + n, 0, 1000);
	write_file("f", gz, n + 1000);
	is_text(input("f", text, sizeof(text), &err), "", "gzip, zeros behind");
	n = gzip(text, 5000, gz, sizeof(gz));
	n += gzip(text, 0, gz + n, sizeof(gz) - n);
	n += gzip(text + 5000, sizeof(text) - 5000, gz + n, sizeof(gz) - n);
	write_file("f", gz, n);
	is_text(input("f", text, sizeof(text), &err), "", "gzip, members");
	for (i = 2; i < n; i += i < 300 ? 1 : 997) {
		write_file("f", gz, i);
		/* At the end of a member it is whole. */
		n_bad += strcmp(input("f", text, sizeof(text), &err),
			     "f: unexpected end of file") != 0 &&
			 strcmp(err.text, "") != 0;
	}
	is_int(n_bad, 0, "gzip, cut anywhere");

	n = gzip(text, sizeof(text), gz, sizeof(gz));
	memcpy(bad, gz, n);
	bad[n - 5] ^= 1;
	write_file("f", bad, n);
	is_text(input("f", text, sizeof(text), &err),
	    "f: crc mismatch: the file is damaged", "gzip, a wrong checksum");
	memcpy(bad, gz, n);
	bad[n - 1] ^= 1;
	write_file("f", bad, n);
	is_text(input("f", text, sizeof(text), &err),
	    "f: length mismatch: the file is damaged", "gzip, a wrong length");
	memcpy(bad, gz, n);
	bad[n] = 'x';
	write_file("f", bad, n + 1);
	is_text(input("f", text, sizeof(text), &err), "f: not in gzip format",
	    "gzip, and something else");
	memcpy(bad, gz, n);
	bad[2] = 7;
	write_file("f", bad, n);
	is_text(input("f", text, sizeof(text), &err),
	    "f: unknown compression method 7", "gzip, an unknown method");
	memcpy(bad, gz, 10);
	memset(bad + 10, 0xff, 100);
	write_file("f", bad, 110);
	ok(strncmp(input("f", text, sizeof(text), &err),
	       "f: invalid deflate data near compressed byte ", 44) == 0,
	    "gzip, no deflate data");
	unlink("f");
}

/* Standard input is each kind of file in turn. */
static void
test_stdin(void)
{
	static uint8_t text[300000], gz[400000];
	struct ocr_err err;
	size_t i, n;
	int fds[2], k, keep = dup(0);
	pid_t child;

	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * i >> 9);
	n = gzip(text, sizeof(text), gz, sizeof(gz));
	for (k = 0; k < 2; k++) {
		if (pipe(fds) < 0 || (child = fork()) < 0)
			abort();
		if (child == 0) {
			const uint8_t *p = k == 0 ? text : gz;
			size_t len = k == 0 ? sizeof(text) : n, at = 0;
			ssize_t got = 1;

			close(fds[0]);
			for (; at < len && got > 0; at += (size_t)got)
				got = write(fds[1], p + at,
				    len - at > 777 ? 777 : len - at);
			_exit(at == len ? 0 : 1);
		}
		close(fds[1]);
		dup2(fds[0], 0);
		close(fds[0]);
		is_text(input("-", text, sizeof(text), &err), "",
		    k == 0 ? "a pipe" : "a pipe with gzip");
	}
	write_file("f", text, sizeof(text));
	k = open("f", O_RDONLY);
	dup2(k, 0);
	is_text(input("-", text, sizeof(text), &err), "", "a file as input");
	if (lseek(0, 1000, SEEK_SET) != 1000)
		abort();
	is_text(input("-", text + 1000, sizeof(text) - 1000, &err), "",
	    "a file, read in part before");
	close(k);
	k = open("/dev/null", O_RDONLY);
	dup2(k, 0);
	close(k);
	is_text(input("-", "", 0, &err), "", "nothing");
	dup2(keep, 0);
	close(keep);
	unlink("f");
}

static void
test_no_space(void)
{
	struct rlimit old, small = {0};
	static uint8_t gz[100000], text[100000];
	struct ocr_err err;
	size_t n = gzip(text, sizeof(text), gz, sizeof(gz));

	write_file("f", gz, n);
	setenv("TMPDIR", "/nowhere/at/all", 1);
	is_text(input("f", text, sizeof(text), &err),
	    "cannot make a temporary file in /nowhere/at/all: No such file or "
	    "directory",
	    "no place for temporary files");
	setenv("TMPDIR", ".", 1);
	/* As if the disk were full. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 4096;
	setrlimit(RLIMIT_FSIZE, &small);
	is_text(input("f", text, sizeof(text), &err),
	    "cannot write to the temporary file (see TMPDIR): File too large",
	    "no room in it");
	setrlimit(RLIMIT_FSIZE, &old);
	is_text(input("f", text, sizeof(text), &err), "", "room again");
	unlink("f");
}

/* The arcs of a file in any order, as text. */
static int
compare(const void *a, const void *b)
{
	const struct ocr_arc *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

static const char *
arcs_in(const char *name, const void *p, size_t n, enum ocr_graph_format f,
    uint64_t base, int has_weight, char *out)
{
	struct ocr_graph_source *g = NULL;
	struct ocr_input_map in;
	struct ocr_err err = {0};
	struct scanned s = {0};
	size_t i, at = 0;
	int r;

	out[0] = '\0';
	if (ocr_input_map_copy(&in, name, p, n, &err) < 0)
		abort();
	r = ocr_graph_source_open(&g, &in, f, &err);
	if (r == 0)
		r = scan_all(g, &s, &err);
	ocr_input_map_close(&in);
	if (r < 0)
		sprintf(out, "%s", err.text);
	qsort(s.arcs, s.n, sizeof(*s.arcs), compare);
	for (i = 0; r == 0 && i < s.n; i++)
		at += (size_t)sprintf(out + at, "%llu %llu %g;",
		    (unsigned long long)(s.arcs[i].from - base),
		    (unsigned long long)(s.arcs[i].to - base),
		    has_weight ? s.arcs[i].weight : 1);
	ocr_graph_source_free(g);
	free(s.arcs);
	return out;
}

/* The same graph in all formats. */
static void
test_same(void)
{
	static const struct {
		const char *name, *text;
		uint64_t base;
		int has_weight;
	} rows[] = {
	    {"x.txt", "# a\n0 1\n0 2\n1 2\n", 0, 0},
	    {"x.txt", "# a\n0 1 5\n0 2 7\n1 2 6.0\n", 0, 1},
	    {"x.el", "0 1\n1 2\n0 2\n", 0, 0},
	    {"x.wel", "0 1 5\n1 2 6\n0 2 7\n", 0, 1},
	    {"x.mtx",
		"%%MatrixMarket matrix coordinate pattern general\n3 3 3\n"
		"1 2\n2 3\n1 3\n",
		1, 0},
	    {"x.mtx",
		"%%MatrixMarket matrix coordinate integer general\n3 3 3\n"
		"1 2 5\n2 3 6\n1 3 7\n",
		1, 1},
	    {"x.gr", "p sp 3 3\na 1 2 5\na 2 3 6\na 1 3 7\n", 1, 1},
	    {"x.adj", "AdjacencyGraph\n3\n3\n0\n2\n3\n1\n2\n2\n", 0, 0},
	    {"x.adj",
		"WeightedAdjacencyGraph\n3\n3\n0\n2\n3\n1\n2\n2\n5\n7\n6\n", 0,
		1},
	};
	struct bytes b;
	char got[512], name[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(name, sizeof(name), "%s %zu", rows[i].name, i);
		is_text(arcs_in(rows[i].name, rows[i].text,
			    strlen(rows[i].text), OCR_FORMAT_AUTO, rows[i].base,
			    rows[i].has_weight, got),
		    rows[i].has_weight ? "0 1 5;0 2 7;1 2 6;"
				       : "0 1 1;0 2 1;1 2 1;",
		    name);
	}
	for (i = 0; i < 2; i++) {
		b = gapbs((int)i, 1);
		is_text(arcs_in("x", b.p, b.n, OCR_FORMAT_AUTO, 0, 1, got),
		    i == 1 ? "0 1 5;0 2 7;1 2 6;" : "0 1 1;0 2 1;1 2 1;",
		    i == 1 ? ".wsg" : ".sg");
	}
	memset(&b, 0, sizeof(b));
	for (i = 0; i < 3; i++) {
		put(&b, i / 2, 8);
		put(&b, i == 0 ? 1 : 2, 8);
	}
	is_text(arcs_in("x", b.p, b.n, OCR_FORMAT_GRAPH500, 0, 0, got),
	    "0 1 1;0 2 1;1 2 1;", "Graph500");
}

/* A real file, where there is one: arcs and, of all ends, their sum. */
static void
test_real(void)
{
	const char *path = getenv("OCR_TEST_SLASHDOT");
	struct ocr_graph_source *g = NULL;
	struct ocr_input_map in;
	struct ocr_err err = {0};
	struct scanned s = {0};
	uint64_t highest = 0;
	size_t i;
	int r;

	if (path == NULL) {
		skip(1, "OCR_TEST_SLASHDOT, soc-Slashdot0902.txt.gz, not set");
		return;
	}
	r = ocr_input_map_open(&in, path, &err);
	if (r == 0)
		r = ocr_graph_source_open(&g, &in, OCR_FORMAT_AUTO, &err);
	if (r == 0)
		r = scan_all(g, &s, &err);
	for (i = 0; i < s.n; i++)
		if (s.arcs[i].to > highest)
			highest = s.arcs[i].to;
	ok(r == 0 && s.n == 948464 && highest == 82167 &&
		g->says == OCR_DIRECTED,
	    "soc-Slashdot0902");
	ocr_graph_source_free(g);
	ocr_input_map_close(&in);
	free(s.arcs);
}

int
main(void)
{
	char dir[] = "/tmp/test_graph.XXXXXX";

	test_real();
	if (mkdtemp(dir) == NULL || chdir(dir) < 0)
		abort();
	test_names();
	test_sniff();
	test_gapbs();
	test_files();
	test_stdin();
	test_no_space();
	test_same();
	if (rmdir(dir) < 0)
		diag("%s is left behind", dir);
	return done();
}
