/*
 * graph_graph500.c - edges as Graph500's reference code writes them
 *
 * No header; little-endian tuples of 12 bytes (u32 low half of the first end,
 * u32 low half of the second, u32: upper 16 bits of both, the first's lower)
 * or of 16 (two i64).  Ends are less than 2^48.
 *
 * Which of them: what is small in the right reading is put at the upper end of
 * a number in the wrong one, so the reading whose largest end is smaller is
 * right.  (Each word of four bytes that is not 0 makes, in a wrong reading, an
 * end at least as large as it is.)  Where they are the same, as in a file of
 * zeros, the length decides, and then it is 12 bytes.
 *
 * Called by graph_open.c only.
 */
#include "config.h"

#include "src/graph_rows.h"

#include <inttypes.h>

#include "src/graph_batch.h"
#include "src/graph_bytes.h"

#define PART_ARCS (UINT64_C(1) << 16)
#define MAX_END ((UINT64_C(1) << 48) - 1)
/* As long as both readings agree this many bytes more are looked at; whole
 * tuples of both. */
#define LOOK_BYTES ((size_t)48 << 14)

struct graph500 {
	struct ocr_graph_source source;
	struct ocr_input_map in;
	size_t tuple; /* bytes */
	uint64_t m, part_arcs;
};

static void
load_tuple(const uint8_t *p, size_t tuple, uint64_t ends[2])
{
	uint64_t high;

	if (tuple == 12) {
		high = ocr_load_le32(p + 8);
		ends[0] = ocr_load_le32(p) | (high & 0xffff) << 32;
		ends[1] = ocr_load_le32(p + 4) | high >> 16 << 32;
	} else {
		ends[0] = ocr_load_le64(p);
		ends[1] = ocr_load_le64(p + 8);
	}
}

static int
graph500_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct graph500 *g = s->state;
	struct ocr_arc_batch b = {.take = take, .arg = arg};
	uint64_t a = part * g->part_arcs,
		 end = g->m - a < g->part_arcs ? g->m : a + g->part_arcs,
		 ends[2];
	int r = 0;

	for (; r == 0 && a < end; a++) {
		load_tuple(g->in.data + (size_t)a * g->tuple, g->tuple, ends);
		if (ends[0] > MAX_END || ends[1] > MAX_END)
			return ocr_err_set(err, -OCR_EFORMAT,
			    "%s: edge %" PRIu64
			    ": an end that is not less than 2^48",
			    g->in.name, a);
		r = ocr_batch_put(&b, ends[0], ends[1], 1, err);
	}
	return r < 0 ? r : ocr_batch_flush(&b, err);
}

static uint64_t
largest_end(const uint8_t *data, size_t len, size_t tuple)
{
	uint64_t largest = 0, ends[2];
	size_t at;

	for (at = 0; at < len; at += tuple) {
		load_tuple(data + at, tuple, ends);
		if (ends[0] > largest)
			largest = ends[0];
		if (ends[1] > largest)
			largest = ends[1];
	}
	return largest;
}

/* 12 or 16; 0: it could be either. */
static size_t
look(const uint8_t *data, size_t len)
{
	uint64_t by_12, by_16;
	size_t n;

	for (len -= len % 48; len > 0; data += n, len -= n) {
		n = len < LOOK_BYTES ? len : LOOK_BYTES;
		by_12 = largest_end(data, n, 12);
		by_16 = largest_end(data, n, 16);
		if (by_12 != by_16)
			return by_12 < by_16 ? 12 : 16;
	}
	return 0;
}

static int
graph500_read(struct graph500 *g, struct ocr_err *err)
{
	size_t len = g->in.len;

	g->tuple = look(g->in.data, len);
	if (g->tuple == 0)
		g->tuple = len % 12 == 0 ? 12 : 16;
	if (len % g->tuple != 0)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %zu bytes are no whole number of edges of %zu bytes",
		    g->in.name, len, g->tuple);
	g->m = len / g->tuple;
	g->source.says = OCR_UNDIRECTED;
	g->source.n_bytes = len;
	g->source.n_parts = g->m / g->part_arcs + (g->m % g->part_arcs > 0);
	return 0;
}

static void
graph500_free(struct ocr_graph_source *s)
{
	struct graph500 *g = s->state;

	ocr_input_map_close(&g->in);
	free(g);
}

int
ocr_graph_graph500_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, uint64_t part_arcs, struct ocr_err *err)
{
	struct graph500 *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		return ocr_err_nomem(err);
	g->source.format = "graph500";
	g->source.scan = graph500_scan;
	g->source.free = graph500_free;
	g->source.state = g;
	g->part_arcs = part_arcs;
	g->in = *in;
	memset(in, 0, sizeof(*in));
	r = graph500_read(g, err);
	if (r == 0) {
		*out = &g->source;
		return 0;
	}
	/* Still the caller's. */
	*in = g->in;
	memset(&g->in, 0, sizeof(g->in));
	graph500_free(&g->source);
	return r;
}

int
ocr_graph_graph500_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err)
{
	return ocr_graph_graph500_open_parts(out, in, PART_ARCS, err);
}
