/*
 * graph_file.c - .ocrg files, mapped
 *
 * Nothing of a file is believed: after the checksums, offsets must ascend and
 * all ends be vertices, so that nobody reads beyond the rows
 * (graph_file_check.c).  What is not checked is what only makes results wrong:
 * the order of rows, and whether edges are there both ways.
 */
#include "config.h"

#include "src/graph_file.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "common/crc.h"
#include "src/graph_file_check.h"
#include "src/graph_file_layout.h"

struct mapper {
	const struct ocr_input_map *in;
	struct ocr_file_header h;
	struct ocr_graph *g;
	struct ocr_dist *dist; /* NULL: this process checks all of it */
};

bool
ocr_graph_file_is(const void *data, size_t len)
{
	return len >= 8 && memcmp(data, OCR_FILE_MAGIC, 8) == 0;
}

static int
damaged(const struct mapper *m, const char *what, struct ocr_err *err)
{
	return ocr_file_damaged(m->in->name, what, err);
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

static int
map(struct mapper *m, enum ocr_graph_check check, struct ocr_crew *crew,
    struct ocr_err *err)
{
	int r = read_header(m, err);

	if (r == 0)
		r = read_counts(m, err);
	if (r == 0)
		r = check_layout(m, err);
	/* One layout, one number of pieces. */
	if (m->dist != NULL) {
		r = ocr_dist_agree(m->dist, OCR_DIST_FILE, r, err);
		if (r == 0)
			r = ocr_dist_same(m->dist, m->h.crc32, "graphs", err);
	}
	if (r < 0)
		return r;
	set_parts(m);
	if (m->in->mapped > 0 && check == OCR_CHECK_ALL && m->dist == NULL)
		advise(m->in);
	r = check_gaps(m, err);
	if (r == 0 && check == OCR_CHECK_ALL)
		r = ocr_file_check(m->g, m->in->data, m->in->name, &m->h,
		    m->dist, crew, err);
	return r;
}

static int
map_new(struct ocr_graph **out, struct ocr_input_map *in,
    enum ocr_graph_check check, struct ocr_crew *crew, struct ocr_dist *dist,
    struct ocr_err *err)
{
	struct mapper m = {.in = in, .dist = dist};
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
ocr_graph_file_map_as(struct ocr_graph **out, struct ocr_input_map *in,
    enum ocr_graph_check check, struct ocr_crew *crew, struct ocr_err *err)
{
	return map_new(out, in, check, crew, NULL, err);
}

int
ocr_graph_file_map_share(struct ocr_graph **out, struct ocr_input_map *in,
    struct ocr_crew *crew, struct ocr_dist *dist, struct ocr_err *err)
{
	return map_new(out, in, OCR_CHECK_ALL, crew, dist, err);
}

int
ocr_graph_file_map(struct ocr_graph **out, struct ocr_input_map *in,
    struct ocr_crew *crew, struct ocr_err *err)
{
	return ocr_graph_file_map_as(out, in, OCR_CHECK_ALL, crew, err);
}
