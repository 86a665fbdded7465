/*
 * graph_file.c - .ocrg files, mapped
 *
 * Nothing of a file is believed: after the checksums, offsets must ascend and
 * all ends be vertices, so that nobody reads beyond the rows.  Checksum and
 * checks go over a piece together, while it is in the cache.  What is not
 * checked is what only makes results wrong: the order of rows, and whether
 * edges are there both ways.
 */
#include "config.h"

#include "src/graph_file.h"

#include <float.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "common/crc.h"
#include "src/graph_file_layout.h"

struct mapper {
	const struct ocr_input_map *in;
	struct ocr_file_header h;
	struct ocr_file_pieces pieces;
	_Atomic int is_bad[OCR_N_PARTS]; /* other than by its checksum */
	struct ocr_graph *g;
};

bool
ocr_graph_file_is(const void *data, size_t len)
{
	return len >= 8 && memcmp(data, OCR_FILE_MAGIC, 8) == 0;
}

static int
damaged(const struct mapper *m, const char *what, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: damaged: %s", m->in->name,
	    what);
}

static int
read_header(struct mapper *m, struct ocr_err *err)
{
	const char *name = m->in->name;
	uint32_t turned = __builtin_bswap32(OCR_FILE_ORDER);

	if (!ocr_graph_file_is(m->in->data, m->in->len))
		return ocr_err_set(err, -OCR_EFORMAT, "%s: not an .ocrg file",
		    name);
	if (m->in->len < sizeof(m->h))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: cut: %zu bytes, the header has %zu", name, m->in->len,
		    sizeof(m->h));
	memcpy(&m->h, m->in->data, sizeof(m->h));
	if (m->h.order == turned)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: from a machine with the other order of bytes", name);
	if (m->h.order == OCR_FILE_ORDER && m->h.version != OCR_FILE_VERSION)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: version %" PRIu32 ", this program reads %d", name,
		    m->h.version, OCR_FILE_VERSION);
	if (m->h.crc32 !=
	    ocr_crc32(0, &m->h, offsetof(struct ocr_file_header, crc32)))
		return damaged(m, "checksum of the header", err);
	if (m->h.bytes != m->in->len)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: %s: %zu bytes, it says %" PRIu64, name,
		    m->in->len < m->h.bytes ? "cut"
					    : "longer than it should be",
		    m->in->len, m->h.bytes);
	return 0;
}

/* A lying header must not lead to sizes that overflow. */
static int
read_counts(struct mapper *m, struct ocr_err *err)
{
	const struct ocr_file_header *h = &m->h;
	struct ocr_graph *g = m->g;
	bool has_ids = (h->flags & OCR_FILE_HAS_IDS) != 0;

	if (h->n > OCR_GRAPH_MAX_VERTICES || h->n > h->bytes / 8 ||
	    h->n_arcs > h->bytes / 4 || h->kind > OCR_EDGE_REAL)
		return damaged(m, "counts in the header", err);
	g->n = h->n;
	g->n_arcs = h->n_arcs;
	g->n_edges = h->n_edges;
	g->kind = (enum ocr_edge_kind)h->kind;
	g->is_directed = (h->flags & OCR_FILE_DIRECTED) != 0;
	g->is_in_id_order = (h->flags & OCR_FILE_ID_ORDER) != 0;
	g->first_id = h->first_id;
	if (g->is_directed
		? h->n_edges != h->n_arcs
		: h->n_edges > h->n_arcs || h->n_arcs - h->n_edges > h->n_edges)
		return damaged(m, "counts in the header", err);
	if (!has_ids && h->n > 0 && h->first_id > UINT64_MAX - (h->n - 1))
		return damaged(m, "ids beyond 2^64 - 1", err);
	if (!g->is_directed && (h->flags & OCR_FILE_HAS_IN) != 0)
		return damaged(m, "flags in the header", err);
	return 0;
}

/* There is one layout only for what the header says of the graph. */
static int
check_layout(struct mapper *m, struct ocr_err *err)
{
	struct ocr_file_header want;
	int i;

	ocr_file_lay_out(&want, m->g, (m->h.flags & OCR_FILE_HAS_IN) != 0,
	    (m->h.flags & OCR_FILE_HAS_IDS) != 0);
	for (i = 0; i < OCR_N_PARTS; i++)
		want.sections[i].crc32 = m->h.sections[i].crc32;
	want.crc32 = m->h.crc32;
	return memcmp(&want, &m->h, sizeof(want)) == 0
		   ? 0
		   : damaged(m, "table of sections", err);
}

/* Where a section is.  A part may be empty and still be there: a graph without
 * arcs has rows and weights. */
static void
set_parts(struct mapper *m)
{
	struct ocr_graph *g = m->g;
	bool has_in = (m->h.flags & OCR_FILE_HAS_IN) != 0;
	int i;

	for (i = 0; i < OCR_N_PARTS; i++) {
		enum ocr_graph_part part = (enum ocr_graph_part)i;
		bool is_in = part == OCR_PART_IN_OFFSETS ||
			     part == OCR_PART_IN_ENDS ||
			     part == OCR_PART_IN_WEIGHTS;
		bool is_weights =
		    part == OCR_PART_OUT_WEIGHTS || part == OCR_PART_IN_WEIGHTS;

		if ((is_in && !has_in) ||
		    (is_weights && g->kind == OCR_EDGE_PLAIN) ||
		    (part == OCR_PART_IDS && m->h.sections[i].bytes == 0))
			continue;
		ocr_graph_set_part(g, part, m->in->data + m->h.sections[i].at);
	}
	if (!g->is_directed)
		g->in = g->out;
}

/* Huge pages where the file system has them; and the whole file soon. */
static void
advise(const struct ocr_input_map *in)
{
	void *p = (void *)(uintptr_t)in->data;

	(void)madvise(p, in->mapped, MADV_HUGEPAGE);
	(void)madvise(p, in->mapped, MADV_WILLNEED);
}

static int
check_gaps(const struct mapper *m, struct ocr_err *err)
{
	uint64_t at = sizeof(m->h);
	int i;

	for (i = 0; i < OCR_N_PARTS; i++) {
		const struct ocr_file_section *s = &m->h.sections[i];

		if (s->bytes == 0)
			continue;
		for (; at < s->at; at++)
			if (m->in->data[at] != 0)
				return damaged(m, "not zero between sections",
				    err);
		at = s->at + s->bytes;
	}
	return 0;
}

/* Of entries [at, at + n) of all. */
static bool
is_ascending(const uint64_t *p, uint64_t at, uint64_t n, uint64_t all,
    bool is_strict)
{
	uint64_t end = at + n < all ? at + n : all - 1, bad = 0, i;

	for (i = at; i < end; i++)
		bad |= is_strict ? p[i] >= p[i + 1] : p[i] > p[i + 1];
	return bad == 0;
}

static bool
are_offsets(const uint64_t *p, uint64_t at, uint64_t n,
    const struct ocr_graph *g)
{
	return p[0] == 0 && p[g->n] == g->n_arcs &&
	       is_ascending(p, at, n, g->n + 1, false);
}

static bool
are_below(const uint32_t *p, uint64_t n, uint64_t limit)
{
	uint32_t most = 0;
	uint64_t i;

	for (i = 0; i < n; i++)
		most = p[i] > most ? p[i] : most;
	return n == 0 || most < limit;
}

static bool
are_weights(const double *p, uint64_t n)
{
	uint64_t bad = 0, i;

	for (i = 0; i < n; i++)
		bad |= !(p[i] >= 0 && p[i] <= DBL_MAX);
	return bad == 0;
}

/* Entries [at, at + n) of a part. */
static bool
is_good(const struct ocr_graph *g, enum ocr_graph_part part, uint64_t at,
    uint64_t n)
{
	const void *p = ocr_graph_part(g, part);

	switch (part) {
	case OCR_PART_OUT_OFFSETS:
	case OCR_PART_IN_OFFSETS:
		return are_offsets(p, at, n, g);
	case OCR_PART_OUT_ENDS:
	case OCR_PART_IN_ENDS:
		return are_below((const uint32_t *)p + at, n, g->n);
	case OCR_PART_OUT_WEIGHTS:
	case OCR_PART_IN_WEIGHTS:
		return g->kind != OCR_EDGE_REAL ||
		       are_weights((const double *)p + at, n);
	case OCR_PART_IDS:
		return is_ascending(p, at, n, g->n, true);
	default:
		return true; /* see check_first() */
	}
}

static int
check_pieces(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct mapper *m = arg;
	enum ocr_graph_part part;
	uint64_t at, bytes;
	size_t size;

	(void)thread;
	(void)err;
	for (; start < end; start++) {
		part = ocr_file_piece(&m->pieces, &m->h, start, &at, &bytes);
		size = ocr_graph_part_size(m->g, part);
		m->pieces.crcs[start] = ocr_crc32(0,
		    m->in->data + m->h.sections[part].at + at, (size_t)bytes);
		if (!is_good(m->g, part, at / size, bytes / size))
			atomic_store_explicit(&m->is_bad[part], 1,
			    memory_order_relaxed);
	}
	return 0;
}

/* A wrong checksum is the better reason, so it goes first. */
static int
judge(const struct mapper *m, enum ocr_graph_part part, struct ocr_err *err)
{
	static const char *const reasons[OCR_N_PARTS] = {
	    "offsets do not ascend", "an end that is no vertex",
	    "a weight that is none", "offsets of in-arcs do not ascend",
	    "an end of an in-arc that is no vertex",
	    "a weight of an in-arc that is none",
	    "first ends are not those of the rows", "ids do not ascend"};
	char what[80];

	if (ocr_file_section_crc(&m->pieces, &m->h, part) !=
	    m->h.sections[part].crc32) {
		(void)snprintf(what, sizeof(what), "checksum of the %s",
		    ocr_file_section_name(part));
		return damaged(m, what, err);
	}
	return m->is_bad[part] != 0 ? damaged(m, reasons[part], err) : 0;
}

/* Rows are as they should be. */
static int
check_first(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct mapper *m = arg;
	const struct ocr_graph *g = m->g;
	const struct ocr_rows *r = g->in.offsets != NULL ? &g->in : &g->out;
	uint64_t bad = 0, v;

	(void)thread;
	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < end * OCR_GRAPH_BLOCK; v++)
		bad |= g->first[v] != (v < g->n && ocr_graph_degree(r, v) > 0
					      ? r->ends[r->offsets[v]]
					      : OCR_NO_VERTEX);
	if (bad != 0)
		atomic_store_explicit(&m->is_bad[OCR_PART_FIRST], 1,
		    memory_order_relaxed);
	return 0;
}

static int
check_all(struct mapper *m, struct ocr_crew *crew, struct ocr_err *err)
{
	int r, i;

	r = ocr_file_pieces_init(&m->pieces, &m->h, err);
	if (r == 0)
		r = ocr_crew_each_phase(crew, "checking",
		    m->pieces.first[OCR_N_PARTS], 4, check_pieces, m, err);
	for (i = 0; r == 0 && i < OCR_N_PARTS; i++)
		r = judge(m, (enum ocr_graph_part)i, err);
	if (r == 0)
		r = ocr_crew_each(crew, ocr_graph_n_blocks(m->g), 64,
		    check_first, m, err);
	if (r == 0)
		r = judge(m, OCR_PART_FIRST, err);
	ocr_file_pieces_release(&m->pieces);
	return r;
}

static int
map(struct mapper *m, enum ocr_graph_check check, struct ocr_crew *crew,
    struct ocr_err *err)
{
	int r = read_header(m, err);

	if (r == 0)
		r = read_counts(m, err);
	if (r == 0)
		r = check_layout(m, err);
	if (r < 0)
		return r;
	set_parts(m);
	if (m->in->mapped > 0 && check == OCR_CHECK_ALL)
		advise(m->in);
	r = check_gaps(m, err);
	if (r == 0 && check == OCR_CHECK_ALL)
		r = check_all(m, crew, err);
	return r;
}

int
ocr_graph_file_map_as(struct ocr_graph **out, struct ocr_input_map *in,
    enum ocr_graph_check check, struct ocr_crew *crew, struct ocr_err *err)
{
	struct mapper m = {.in = in};
	int r = ocr_graph_new(&m.g, err);

	if (r < 0)
		return r;
	r = map(&m, check, crew, err);
	if (r < 0) {
		ocr_graph_free(m.g);
		return r;
	}
	m.g->store->in = *in;
	*in = (struct ocr_input_map){0};
	*out = m.g;
	return 0;
}

int
ocr_graph_file_map(struct ocr_graph **out, struct ocr_input_map *in,
    struct ocr_crew *crew, struct ocr_err *err)
{
	return ocr_graph_file_map_as(out, in, OCR_CHECK_ALL, crew, err);
}
