/*
 * fuzz_graph_mtx.c - Matrix Market and DIMACS files
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
open_mtx(int is_dimacs, const uint8_t *data, size_t len, size_t part_bytes)
{
	struct ocr_graph_source *s = NULL;
	struct ocr_input_map in;
	struct ocr_err err = {0};
	int r;

	if (ocr_input_map_copy(&in, "x", data, len, &err) < 0)
		abort();
	if (is_dimacs)
		r = ocr_graph_dimacs_open_parts(&s, &in, part_bytes, &err);
	else
		r = ocr_graph_mtx_open_parts(&s, &in, part_bytes, &err);
	if ((r < 0) != (err.code != 0) || (r < 0) != (s == NULL))
		abort();
	ocr_input_map_close(&in);
	return s;
}

/* The first byte: format and size of parts. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ocr_graph_source *a, *b;
	struct fuzzed x, y;
	int r;

	if (len == 0)
		return 0;
	a = open_mtx(data[0] & 1, data + 1, len - 1, (data[0] >> 1) + 1U);
	b = open_mtx(data[0] & 1, data + 1, len - 1, OCR_LINES_PART_BYTES);
	if ((a == NULL) != (b == NULL))
		abort();
	if (a != NULL) {
		r = fuzzed_scan(a, a->weights, &x);
		if (r != fuzzed_scan(b, b->weights, &y) ||
		    (r == 0 && (x.n != y.n || x.sum != y.sum)))
			abort();
		if (r == 0 &&
		    (fuzzed_scan(a, OCR_EDGE_PLAIN, &y) < 0 || x.n != y.n))
			abort();
	}
	ocr_graph_source_free(a);
	ocr_graph_source_free(b);
	return 0;
}
