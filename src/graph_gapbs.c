/*
 * graph_gapbs.c - serialized graphs of the GAP benchmark, .sg and .wsg
 *
 * Little-endian, nothing aligned: u8 is directed, i64 m arcs, i64 n vertices,
 * i64 offsets of n rows and their end, then the rows' entries: i32 neighbour,
 * in a .wsg with an i32 weight behind it.  If directed, offsets and rows of the
 * in-edges follow; they are not read.  An undirected graph has each edge in
 * both rows.
 *
 * Called by graph_open.c only.
 */
#include "config.h"

#include "src/graph_rows.h"

#include <inttypes.h>

#include "src/graph_batch.h"
#include "src/graph_bytes.h"

#define PART_ARCS (UINT64_C(1) << 16)
#define HEAD_BYTES 17

struct gapbs {
	struct ocr_graph_source source;
	struct ocr_input_map in;
	struct ocr_mirror mirror; /* used if the source is both ways */
	uint64_t n, m;
	const uint8_t *offsets, *rows;
	size_t entry; /* bytes */
	uint64_t part_arcs;
};

static uint64_t
offset_of(const struct gapbs *g, uint64_t row)
{
	return ocr_load_le64(g->offsets + 8 * (size_t)row);
}

/* The row that has an arc: the last one that begins at or before it. */
static uint64_t
find_row(const struct gapbs *g, uint64_t arc)
{
	uint64_t low = 0, high = g->n, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (offset_of(g, middle) <= arc)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int
wrong(const struct gapbs *g, uint64_t row, const char *what, int64_t value,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: row %" PRIu64 ": %s %" PRId64 " is not possible", g->in.name,
	    row, what, value);
}

static int
gapbs_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	struct gapbs *g = s->state;
	struct ocr_arc_batch b = {.take = take, .arg = arg};
	uint64_t a = part * g->part_arcs,
		 end = g->m - a < g->part_arcs ? g->m : a + g->part_arcs,
		 row = find_row(g, a), row_ends = offset_of(g, row + 1),
		 sum = 0;
	bool is_wanted = ocr_mirror_wants(&g->mirror, part);
	const uint8_t *p = g->rows + (size_t)a * g->entry;
	uint32_t to, weight = 1;
	int r = 0;

	for (; r == 0 && a < end; a++, p += g->entry) {
		while (a == row_ends)
			row_ends = offset_of(g, ++row + 1);
		to = ocr_load_le32(p);
		if (to >= g->n)
			return wrong(g, row, "neighbour", (int32_t)to, err);
		if (g->entry > 4)
			weight = ocr_load_le32(p + 4);
		if (weight > INT32_MAX)
			return wrong(g, row, "weight", (int32_t)weight, err);
		if (is_wanted)
			sum += ocr_mirror_arc(row, to, weight);
		r = ocr_batch_put(&b, row, to, weight, err);
	}
	if (r == 0)
		r = ocr_batch_flush(&b, err);
	if (r == 0 && is_wanted)
		r = ocr_mirror_add(&g->mirror, part, sum, g->in.name, err);
	return r;
}

/* The counts must be those of the file's length. */
static int
read_head(struct gapbs *g, struct ocr_err *err)
{
	const uint8_t *data = g->in.data;
	uint64_t len = g->in.len, sides, rest;

	if (len < HEAD_BYTES)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " bytes, too few for a .%s graph",
		    g->in.name, len, g->source.format);
	if (data[0] > 1)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: the first byte is %u, not 0 or 1", g->in.name,
		    data[0]);
	sides = 1 + data[0];
	g->m = ocr_load_le64(data + 1);
	g->n = ocr_load_le64(data + 9);
	/* Step by step, so that nothing overflows. */
	rest = (len - HEAD_BYTES) / sides;
	if ((len - HEAD_BYTES) % sides != 0 || rest < 8 ||
	    g->n > rest / 8 - 1 || g->n > UINT32_C(1) << 31 ||
	    g->m != (rest - 8 * (g->n + 1)) / g->entry ||
	    (rest - 8 * (g->n + 1)) % g->entry != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %" PRIu64 " bytes are not what a .%s graph of %" PRIu64
		    " vertices and %" PRIu64 " arcs has",
		    g->in.name, len, g->source.format, g->n, g->m);
	g->offsets = data + HEAD_BYTES;
	g->rows = g->offsets + 8 * ((size_t)g->n + 1);
	return 0;
}

static int
check_offsets(const struct gapbs *g, struct ocr_err *err)
{
	uint64_t last = 0, offset, row;

	for (row = 0; row <= g->n; row++) {
		offset = offset_of(g, row);
		if (offset < last || offset > g->m ||
		    (row == 0 && offset != 0) ||
		    (row == g->n && offset != g->m))
			return wrong(g, row, "offset", (int64_t)offset, err);
		last = offset;
	}
	return 0;
}

static void
gapbs_free(struct ocr_graph_source *s)
{
	struct gapbs *g = s->state;

	ocr_input_map_close(&g->in);
	ocr_mirror_release(&g->mirror);
	free(g);
}

static int
gapbs_read(struct gapbs *g, struct ocr_err *err)
{
	int r;

	r = read_head(g, err);
	if (r == 0)
		r = check_offsets(g, err);
	if (r < 0)
		return r;
	g->source.is_both_ways = g->in.data[0] == 0;
	g->source.says = g->source.is_both_ways ? OCR_UNDIRECTED : OCR_DIRECTED;
	g->source.weights = g->entry > 4 ? OCR_EDGE_INT : OCR_EDGE_PLAIN;
	g->source.n_declared = g->n;
	g->source.n_bytes = g->in.len;
	g->source.n_parts = g->m / g->part_arcs + (g->m % g->part_arcs > 0);
	if (g->source.is_both_ways)
		r = ocr_mirror_init(&g->mirror, g->source.n_parts, err);
	return r;
}

int
ocr_graph_gapbs_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, enum ocr_graph_format format, uint64_t part_arcs,
    struct ocr_err *err)
{
	struct gapbs *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		return ocr_err_nomem(err);
	g->source.format = format == OCR_FORMAT_WSG ? "wsg" : "sg";
	g->source.scan = gapbs_scan;
	g->source.free = gapbs_free;
	g->source.state = g;
	g->entry = format == OCR_FORMAT_WSG ? 8 : 4;
	g->part_arcs = part_arcs;
	g->in = *in;
	memset(in, 0, sizeof(*in));
	r = gapbs_read(g, err);
	if (r == 0) {
		*out = &g->source;
		return 0;
	}
	/* Still the caller's. */
	*in = g->in;
	memset(&g->in, 0, sizeof(g->in));
	gapbs_free(&g->source);
	return r;
}

int
ocr_graph_gapbs_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    enum ocr_graph_format format, struct ocr_err *err)
{
	return ocr_graph_gapbs_open_parts(out, in, format, PART_ARCS, err);
}
