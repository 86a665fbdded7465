/*
 * graph_sniff.c - which format a file has, by its content
 *
 * Names only decide between formats whose content can be the same: lists of
 * edges (.el, .wel, .e), METIS rows that look like one, binary data that should
 * be a GAPBS graph and is not whole.  Graph500's edges have no mark and are
 * never guessed.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "src/graph_bytes.h"
#include "src/graph_file.h"
#include "src/graph_lines.h"
#include "src/graph_open.h"
#include "src/graph_text.h"
#include "src/newlines.h"

/* So much of a file has to be text for it to be taken as text. */
#define HEAD_BYTES ((size_t)64 << 10)
/* Lines that METIS is told from lists of edges by. */
#define ROWS 4096

struct magic {
	const char *bytes;
	size_t n;
	const char *what;
};

/* Not read, and told by name. */
static const struct magic others[] = {
    {"\x28\xb5\x2f\xfd", 4, "compressed by zstd: decompress it first"},
    {"\xfd"
     "7zXZ",
	5, "compressed by xz: decompress it first"},
    {"BZh", 3, "compressed by bzip2: decompress it first"},
    {"\x04\x22\x4d\x18", 4, "compressed by lz4: decompress it first"},
    {"PK\x03\x04", 4, "a zip archive: unpack it first"},
    {"\xff\xfe", 2, "UTF-16 text: convert it to UTF-8 first"},
    {"\xfe\xff", 2, "UTF-16 text: convert it to UTF-8 first"},
    {"\x89HDF", 4, "HDF5 data, which is not read"},
    {"\x7f"
     "ELF",
	4, "a program"},
};

static const char webgraph[] =
    "a WebGraph (LAW) graph, which is not read: convert it to arcs with "
    "'java it.unimi.dsi.webgraph.ArcListASCIIGraph BASENAME OUT.txt'";

static bool
begins(const struct ocr_input_map *in, const char *bytes, size_t n)
{
	return in->len >= n && memcmp(in->data, bytes, n) == 0;
}

static bool
begins_line(const struct ocr_input_map *in, const char *text)
{
	size_t n = strlen(text);

	return in->len > n &&
	       strncasecmp((const char *)in->data, text, n) == 0 &&
	       in->data[n] <= ' ';
}

/* Does the name end so, .gz left out? */
static bool
is_named(const struct ocr_input_map *in, const char *suffix)
{
	size_t len = strlen(in->name), n = strlen(suffix);

	if (len > 3 && strcmp(in->name + len - 3, ".gz") == 0)
		len -= 3;
	return len > n && strncasecmp(in->name + len - n, suffix, n) == 0;
}

static int
refuse(const struct ocr_input_map *in, const char *what, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%.200s: %s", in->name, what);
}

static bool
is_text(const struct ocr_input_map *in)
{
	size_t n = in->len < HEAD_BYTES ? in->len : HEAD_BYTES, i;
	uint8_t c;

	for (i = 0; i < n; i++) {
		c = in->data[i];
		if (c < ' ' && !(c >= '\t' && c <= '\r'))
			return false;
	}
	return true;
}

/* The size of one of the two lists of a GAPBS graph of these sizes, 0 if they
 * are impossible. */
static uint64_t
list_bytes(uint64_t n, uint64_t m, unsigned arc_bytes)
{
	uint64_t offsets, arcs, sum;

	if (n > OCR_GRAPH_MAX_VERTICES ||
	    __builtin_mul_overflow(n + 1, 8, &offsets) ||
	    __builtin_mul_overflow(m, arc_bytes, &arcs) ||
	    __builtin_add_overflow(offsets, arcs, &sum))
		return 0;
	return sum;
}

/* u8 directed, i64 arcs, i64 vertices, offsets, arcs, if directed both again:
 * the sizes say whether it is one. */
static bool
is_gapbs(const struct ocr_input_map *in, unsigned arc_bytes)
{
	uint64_t m, n, list, rest;

	if (in->len < 25 || in->data[0] > 1)
		return false;
	m = ocr_load_le64(in->data + 1);
	n = ocr_load_le64(in->data + 9);
	list = list_bytes(n, m, arc_bytes);
	rest = in->len - 17;
	if (list == 0 || list > rest || ocr_load_le64(in->data + 17) != 0 ||
	    ocr_load_le64(in->data + 17 + n * 8) != m)
		return false;
	return in->data[0] == 0 ? list == rest : list == rest - list;
}

static int
sniff_binary(const struct ocr_input_map *in, enum ocr_graph_format *format,
    struct ocr_err *err)
{
	if (is_gapbs(in, 4) && !(is_gapbs(in, 8) && is_named(in, ".wsg")))
		*format = OCR_FORMAT_SG;
	else if (is_gapbs(in, 8) || is_named(in, ".wsg"))
		*format = OCR_FORMAT_WSG;
	else if (is_named(in, ".sg"))
		*format = OCR_FORMAT_SG;
	if (*format != OCR_FORMAT_AUTO)
		return 0;
	if (is_named(in, ".graph") || is_named(in, ".offsets"))
		return refuse(in, webgraph, err);
	return refuse(in,
	    "binary data of no known format (Graph500 edges are read with "
	    "--format=graph500)",
	    err);
}

/* Comments of DIMACS, up to its "p" line. */
static bool
is_dimacs(const struct ocr_input_map *in)
{
	size_t at = 0, i, n;
	const uint8_t *p;

	if (in->len < 2 || (in->data[0] != 'c' && in->data[0] != 'p') ||
	    in->data[1] > ' ')
		return false;
	while ((at = ocr_graph_lines_skip(in, at, "")) < in->len) {
		i = at;
		p = ocr_graph_lines_column(in, &i, &n);
		if (n != 1 || *p != 'c')
			return n == 1 && *p == 'p';
		at = ocr_graph_lines_next(in, at);
	}
	return false;
}

static unsigned
columns_of(const struct ocr_input_map *in, size_t at)
{
	unsigned columns = 0;
	size_t n;

	while (columns < 5 && ocr_graph_lines_column(in, &at, &n) != NULL)
		columns++;
	return columns;
}

/* Is there a row among the first that cannot be an edge? */
static bool
has_row(const struct ocr_input_map *in, size_t at)
{
	unsigned i, columns;

	for (i = 0; i < ROWS && at < in->len; i++) {
		columns = columns_of(in, at);
		if (columns != 2 && columns != 3 && in->data[at] != '%')
			return true;
		at = ocr_graph_lines_next(in, at);
	}
	return false;
}

static uint64_t
count_lines(const struct ocr_input_map *in, size_t at)
{
	return ocr_newlines_count(in->data + at, in->len - at) +
	       (in->len > at && in->data[in->len - 1] != '\n');
}

/* "n m [format [weights]]", and n rows behind it.  Rows that could all be edges
 * are some, unless the name says otherwise. */
static bool
is_metis(const struct ocr_input_map *in)
{
	size_t at = ocr_graph_lines_skip(in, 0, "%"), i = at, n;
	uint64_t sizes[2] = {0};
	bool is_row;
	unsigned k, columns = columns_of(in, at);
	const uint8_t *p;

	for (k = 0; k < 2; k++) {
		p = ocr_graph_lines_column(in, &i, &n);
		if (p == NULL || !ocr_graph_lines_u64(p, n, &sizes[k]))
			return false;
	}
	if (columns > 4)
		return false;
	at = ocr_graph_lines_next(in, at);
	is_row = has_row(in, at);
	if (is_named(in, ".metis") || is_named(in, ".graph"))
		return is_row || count_lines(in, at) == sizes[0];
	return is_row && count_lines(in, at) == sizes[0];
}

static int
sniff_text(const struct ocr_input_map *in, enum ocr_graph_format *format,
    struct ocr_err *err)
{
	size_t at, i, n;
	const uint8_t *p;

	at = begins(in, "\xef\xbb\xbf", 3) ? 3 : 0;
	at = ocr_graph_lines_skip(in, at, "#%");
	i = at;
	p = ocr_graph_lines_column(in, &i, &n);
	if (p == NULL)
		return refuse(in, "no edge is in it", err);
	if ((unsigned)(*p - '0') > 9)
		return ocr_graph_lines_fail(in, at, err,
		    "'%s' is neither a vertex id nor the begin of a format "
		    "that is known",
		    ocr_graph_lines_show(p, n).text);
	*format = OCR_FORMAT_SNAP;
	if (is_named(in, ".el"))
		*format = OCR_FORMAT_EL;
	else if (is_named(in, ".wel"))
		*format = OCR_FORMAT_WEL;
	else if (!ocr_graph_konect_is(in) && is_metis(in))
		*format = OCR_FORMAT_METIS;
	return 0;
}

/* Texts that say what they are. */
static int
sniff_mark(const struct ocr_input_map *in, enum ocr_graph_format *format,
    struct ocr_err *err)
{
	size_t end = ocr_graph_lines_next(in, 0);

	if (begins_line(in, "%%MatrixMarket"))
		*format = OCR_FORMAT_MTX;
	else if (begins_line(in, "AdjacencyGraph") ||
		 begins_line(in, "WeightedAdjacencyGraph"))
		*format = OCR_FORMAT_LIGRA;
	else if (is_dimacs(in))
		*format = OCR_FORMAT_DIMACS;
	else if (begins(in, "#BVGraph", 8) ||
		 memmem(in->data, in->len < HEAD_BYTES ? in->len : HEAD_BYTES,
		     "it.unimi.dsi.", 13) != NULL)
		return refuse(in, webgraph, err);
	else if (is_named(in, ".properties") ||
		 (begins(in, "graph.", 6) &&
		     memchr(in->data, '=', end) != NULL))
		return refuse(in,
		    "properties of a graph: name the .e file of ldbc", err);
	return 0;
}

int
ocr_graph_sniff(const struct ocr_input_map *in, enum ocr_graph_format *format,
    struct ocr_err *err)
{
	size_t i;
	int r;

	*format = OCR_FORMAT_AUTO;
	if (ocr_graph_ldbc_is(in->name)) {
		*format = OCR_FORMAT_LDBC;
		return 0;
	}
	if (in->len == 0)
		return refuse(in, "the file is empty", err);
	if (ocr_graph_file_is(in->data, in->len)) {
		*format = OCR_FORMAT_OCRG;
		return 0;
	}
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (begins(in, others[i].bytes, others[i].n))
			return refuse(in, others[i].what, err);
	if (!is_text(in))
		return sniff_binary(in, format, err);
	r = sniff_mark(in, format, err);
	if (r == 0 && *format == OCR_FORMAT_AUTO)
		r = sniff_text(in, format, err);
	return r;
}
