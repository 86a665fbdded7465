/*
 * fuzz_graph_text.c - lists of edges as SNAP, el and wel; what the content is
 *
 * Parts of any size give the same arcs, fast reading and slow the same, and
 * what is accepted keeps to what the source says of itself.
 */
#include "config.h"

#include "src/graph_lines.h"
#include "src/graph_text.h"
#include "tests/fuzz/graph_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The source, or NULL. */
static struct ocr_graph_source *
open_text(enum ocr_graph_format format, const uint8_t *data, size_t len,
    size_t part_bytes)
{
	struct ocr_graph_source *s = NULL;
	struct ocr_input_map in;
	struct ocr_err err = {0};
	int r;

	if (ocr_input_map_copy(&in, "x", data, len, &err) < 0)
		abort();
	r = ocr_graph_text_open_parts(&s, &in, format, part_bytes, &err);
	if ((r < 0) != (err.code != 0) || (r < 0) != (s == NULL))
		abort();
	ocr_input_map_close(&in);
	return s;
}

/* The same with a long comment behind, so that all lines of data may be read
 * fast.  SNAP may count lines. */
static struct ocr_graph_source *
open_padded(enum ocr_graph_format format, const uint8_t *data, size_t len)
{
	struct ocr_graph_source *s;
	uint8_t *p = malloc(len + 200);

	if (p == NULL)
		abort();
	memcpy(p, data, len);
	memcpy(p + len, "\n#", 2);
	memset(p + len + 2, 'x', 198);
	s = open_text(format, p, format == OCR_FORMAT_SNAP ? len : len + 200,
	    OCR_LINES_PART_BYTES);
	free(p);
	return s;
}

static void
check(enum ocr_graph_format format, const uint8_t *data, size_t len,
    size_t part_bytes)
{
	struct ocr_graph_source *a = open_text(format, data, len, part_bytes),
				*b = open_padded(format, data, len);
	struct fuzzed x, y;
	int r;

	if ((a == NULL) != (b == NULL))
		abort();
	if (a != NULL) {
		r = fuzzed_scan(a, a->weights, &x);
		if (r != fuzzed_scan(b, b->weights, &y) ||
		    (r == 0 && (x.n != y.n || x.sum != y.sum)))
			abort();
		/* Whoever wants no weights gets no fewer arcs. */
		if (r == 0 &&
		    (fuzzed_scan(a, OCR_EDGE_PLAIN, &y) < 0 || x.n != y.n))
			abort();
	}
	ocr_graph_source_free(a);
	ocr_graph_source_free(b);
}

/* The first byte: format and size of parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const enum ocr_graph_format formats[4] = {OCR_FORMAT_SNAP,
	    OCR_FORMAT_EL, OCR_FORMAT_WEL, OCR_FORMAT_SNAP};
	struct ocr_input_map in;
	struct ocr_err err = {0};
	enum ocr_graph_format f;

	if (len == 0)
		return 0;
	check(formats[data[0] & 3], data + 1, len - 1, (data[0] >> 2) + 1U);
	if (ocr_input_map_copy(&in, "x", data + 1, len - 1, &err) < 0)
		abort();
	if ((ocr_graph_sniff(&in, &f, &err) < 0) != (err.code != 0) ||
	    (err.code == 0) == (f == OCR_FORMAT_AUTO))
		abort();
	ocr_input_map_close(&in);
	return 0;
}
