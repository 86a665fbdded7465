/*
 * graph_file_check.c - see graph_file_check.h; called by graph_file.c
 *
 * Checksum and checks go over a piece together, while it is in the cache.
 * Several ranks: each has the pieces in which something of its vertices is, so
 * that its own copy of the file is checked where it is used, and the first one
 * all ids, which it prints.  Pieces on a border are checked by two, and both must
 * find the same.
 */
#include "config.h"

#include "src/graph_file_check.h"

#include <float.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/crc.h"
#include "src/dist_cut.h"

struct check {
	const struct ocr_graph *g;
	const uint8_t *data;
	const char *name;
	const struct ocr_file_header *h;
	struct ocr_dist *dist;
	struct ocr_file_pieces pieces;
	_Atomic int is_bad[OCR_N_PARTS]; /* other than by its checksum */
	/* What is this process's: bytes of each section, and blocks. */
	uint64_t from[OCR_N_PARTS], to[OCR_N_PARTS];
	uint64_t block, end_block;
};

int
ocr_file_damaged(const char *name, const char *what, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: damaged: %s", name, what);
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

static bool
is_ours(const struct check *c, enum ocr_graph_part part, uint64_t at,
    uint64_t bytes)
{
	return at < c->to[part] && at + bytes > c->from[part];
}

static int
check_pieces(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct check *c = arg;
	enum ocr_graph_part part;
	uint64_t at, bytes;
	size_t size;

	(void)thread;
	(void)err;
	for (; start < end; start++) {
		part = ocr_file_piece(&c->pieces, c->h, start, &at, &bytes);
		if (!is_ours(c, part, at, bytes))
			continue;
		size = ocr_graph_part_size(c->g, part);
		c->pieces.crcs[start] = ocr_crc32(0,
		    c->data + c->h->sections[part].at + at, (size_t)bytes);
		if (!is_good(c->g, part, at / size, bytes / size))
			atomic_store_explicit(&c->is_bad[part], 1,
			    memory_order_relaxed);
	}
	return 0;
}

/* A wrong checksum is the better reason, so it goes first. */
static int
judge(const struct check *c, enum ocr_graph_part part, struct ocr_err *err)
{
	static const char *const reasons[OCR_N_PARTS] = {
	    "offsets do not ascend", "an end that is no vertex",
	    "a weight that is none", "offsets of in-arcs do not ascend",
	    "an end of an in-arc that is no vertex",
	    "a weight of an in-arc that is none",
	    "first ends are not those of the rows", "ids do not ascend"};
	char what[80];

	if (ocr_file_section_crc(&c->pieces, c->h, part) !=
	    c->h->sections[part].crc32) {
		(void)snprintf(what, sizeof(what), "checksum of the %s",
		    ocr_file_section_name(part));
		return ocr_file_damaged(c->name, what, err);
	}
	return c->is_bad[part] != 0
		   ? ocr_file_damaged(c->name, reasons[part], err)
		   : 0;
}

/* Rows are as they should be. */
static int
check_first(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct check *c = arg;
	const struct ocr_graph *g = c->g;
	const struct ocr_rows *r = g->in.offsets != NULL ? &g->in : &g->out;
	uint64_t bad = 0, v;

	(void)thread;
	(void)err;
	start += c->block;
	end += c->block;
	for (v = start * OCR_GRAPH_BLOCK; v < end * OCR_GRAPH_BLOCK; v++)
		bad |= g->first[v] != (v < g->n && ocr_graph_degree(r, v) > 0
					      ? r->ends[r->offsets[v]]
					      : OCR_NO_VERTEX);
	if (bad != 0)
		atomic_store_explicit(&c->is_bad[OCR_PART_FIRST], 1,
		    memory_order_relaxed);
	return 0;
}

static void
set_part(struct check *c, enum ocr_graph_part part, uint64_t from, uint64_t to)
{
	uint64_t bytes = c->h->sections[part].bytes;
	uint64_t size = bytes > 0 ? ocr_graph_part_size(c->g, part) : 0;

	c->from[part] = from * size < bytes ? from * size : bytes;
	c->to[part] = to * size < bytes ? to * size : bytes;
}

/* The rows of vertices [from, to). */
static int
set_rows(struct check *c, const struct ocr_rows *rows,
    enum ocr_graph_part offsets, uint64_t from, uint64_t to,
    struct ocr_err *err)
{
	const uint64_t *at = rows->offsets;

	if (at == NULL)
		return 0;
	if (at[from] > at[to] || at[to] > c->g->n_arcs)
		return ocr_file_damaged(c->name, "offsets do not ascend", err);
	set_part(c, offsets, from, to + 1);
	set_part(c, offsets + 1, at[from], at[to]);
	set_part(c, offsets + 2, at[from], at[to]);
	return 0;
}

static int
set_own(struct check *c, const uint64_t *blocks, struct ocr_err *err)
{
	const struct ocr_graph *g = c->g;
	unsigned rank = c->dist->rank;
	uint64_t from = ocr_dist_cut_at(g, blocks[rank]);
	uint64_t to = ocr_dist_cut_at(g, blocks[rank + 1]);
	int r = set_rows(c, &g->out, OCR_PART_OUT_OFFSETS, from, to, err);

	if (r == 0)
		r = set_rows(c, &g->in, OCR_PART_IN_OFFSETS, from, to, err);
	c->block = blocks[rank];
	c->end_block = blocks[rank + 1];
	set_part(c, OCR_PART_FIRST, c->block * OCR_GRAPH_BLOCK,
	    c->end_block * OCR_GRAPH_BLOCK);
	set_part(c, OCR_PART_IDS, rank == 0 ? 0 : from, rank == 0 ? g->n : to);
	return r;
}

/* Which part is whose? */
static int
share_out(struct check *c, int r, struct ocr_err *err)
{
	uint64_t *blocks = NULL;
	int i;

	c->end_block = ocr_graph_n_blocks(c->g);
	for (i = 0; i < OCR_N_PARTS; i++)
		c->to[i] = c->h->sections[i].bytes;
	if (c->dist == NULL)
		return r;
	if (r == 0)
		r = ocr_dist_cut(&blocks, c->g, c->dist->n, err);
	r = ocr_dist_agree(c->dist, OCR_DIST_FILE, r, err);
	if (r == 0)
		r = ocr_dist_same(c->dist,
		    ocr_dist_cut_sum(blocks, c->g, c->dist->n), "graphs", err);
	if (r == 0)
		r = set_own(c, blocks, err);
	free(blocks);
	return r;
}

/* From what all ranks have found, which is in all: for each piece the largest
 * checksum and the largest complement, 0 where it is not theirs; then is_bad. */
static void
take_all(struct check *c, const uint64_t *all, uint64_t n)
{
	enum ocr_graph_part part;
	uint64_t at, bytes, i;

	for (i = 0; i < OCR_N_PARTS; i++)
		c->is_bad[i] = all[2 * n + i] != 0;
	for (i = 0; i < n; i++) {
		c->pieces.crcs[i] = (uint32_t)all[2 * i];
		if (all[2 * i] + all[2 * i + 1] == UINT32_MAX)
			continue;
		part = ocr_file_piece(&c->pieces, c->h, i, &at, &bytes);
		c->is_bad[part] = 1;
	}
}

/* r: 0 or this rank's error; with the pieces, or without them. */
static int
share(struct check *c, bool has_pieces, int r, struct ocr_err *err)
{
	uint64_t n = has_pieces ? c->pieces.first[OCR_N_PARTS] : 0, i;
	uint64_t *all = NULL, at, bytes;
	enum ocr_graph_part part;

	if (c->dist == NULL)
		return r;
	if (r == 0) {
		all = calloc(2 * (size_t)n + OCR_N_PARTS, sizeof(*all));
		r = all == NULL ? ocr_err_nomem(err) : 0;
	}
	r = ocr_dist_agree(c->dist, OCR_DIST_FILE, r, err);
	if (r < 0)
		goto end;
	for (i = 0; i < n; i++) {
		part = ocr_file_piece(&c->pieces, c->h, i, &at, &bytes);
		if (!is_ours(c, part, at, bytes))
			continue;
		all[2 * i] = c->pieces.crcs[i];
		all[2 * i + 1] = UINT32_MAX - c->pieces.crcs[i];
	}
	for (i = 0; i < OCR_N_PARTS; i++)
		all[2 * n + i] = (uint64_t)(c->is_bad[i] != 0);
	r = ocr_dist_max(c->dist, all, 2 * (size_t)n + OCR_N_PARTS, err);
	if (r == 0)
		take_all(c, all, n);
end:
	free(all);
	return r;
}

int
ocr_file_check(const struct ocr_graph *g, const uint8_t *data, const char *name,
    const struct ocr_file_header *h, struct ocr_dist *dist,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct check c = {.g = g,
	    .data = data,
	    .name = name,
	    .h = h,
	    .dist = dist};
	int r = ocr_file_pieces_init(&c.pieces, h, err), i;

	r = share_out(&c, r, err);
	if (r == 0)
		r = ocr_crew_each_phase(crew, "checking",
		    c.pieces.first[OCR_N_PARTS], 4, check_pieces, &c, err);
	r = share(&c, true, r, err);
	for (i = 0; r == 0 && i < OCR_N_PARTS; i++)
		r = judge(&c, (enum ocr_graph_part)i, err);
	if (r == 0)
		r = ocr_crew_each(crew, c.end_block - c.block, 64, check_first,
		    &c, err);
	r = share(&c, false, r, err);
	if (r == 0)
		r = judge(&c, OCR_PART_FIRST, err);
	ocr_file_pieces_release(&c.pieces);
	return r;
}
