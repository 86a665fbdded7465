/*
 * dist_verify.c - is it a breadth-first tree?  Of vertices that many ranks have
 *
 * Graph500's rules, as in bfs_verify.c, in two steps:
 *   1  parents: dist_verify_parents.c;
 *   2  level by level all tell all who has it, and each looks whether the rows
 *      of a level lead to those of this level, lower ones and the next alone.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "src/dist_verify.h"

#define WHAT "checking the search"

int
ocr_dist_is_wrong(const struct ocr_dist_verify *c, uint64_t v,
    struct ocr_err *err, const char *why, uint64_t other)
{
	const struct ocr_graph *g = c->b->g;

	return ocr_err_set(err, -OCR_EFORMAT,
	    "search: vertex %" PRIu64 ": %s %" PRIu64, ocr_graph_id(g, v), why,
	    ocr_graph_id(g, other));
}

/* What one vertex alone can show. */
static int
check_one(const struct ocr_dist_verify *c, uint64_t i, struct ocr_err *err)
{
	const struct ocr_graph *g = c->b->g;
	uint64_t v = c->b->first + i;
	uint32_t level = c->levels[i];
	bool is_reached = level != OCR_NO_VERTEX;

	if (is_reached && level >= g->n)
		return ocr_dist_is_wrong(c, v, err, "too deep, from",
		    c->source);
	if (is_reached && (level == 0) != (v == c->source))
		return ocr_dist_is_wrong(c, v, err, "the level of the source",
		    c->source);
	if (v == c->source && !is_reached)
		return ocr_dist_is_wrong(c, v, err, "the source is not", v);
	if (is_reached != (c->parents[i] != OCR_NO_VERTEX))
		return ocr_dist_is_wrong(c, v, err,
		    "has a level or a parent, not both, from", c->source);
	if (is_reached && c->parents[i] >= g->n)
		return ocr_dist_is_wrong(c, v, err,
		    "parent is no vertex; the search was from", c->source);
	if (v == c->source && c->parents[i] != v)
		return ocr_dist_is_wrong(c, v, err,
		    "the source's parent is not", v);
	return 0;
}

static int
check_own(struct ocr_dist_verify *c, struct ocr_err *err)
{
	uint64_t i;
	int r = 0;

	for (i = 0; i < c->b->n_own && r == 0; i++) {
		r = check_one(c, i, err);
		if (c->levels[i] != OCR_NO_VERTEX && c->levels[i] > c->depth)
			c->depth = c->levels[i];
	}
	return r;
}

/* Counting sort: order, starts. */
static int
sort_levels(struct ocr_dist_verify *c, struct ocr_err *err)
{
	const struct ocr_dist_bfs *b = c->b;
	uint64_t i, sum = 0, n;

	c->starts = calloc((size_t)c->depth + 3, sizeof(*c->starts));
	c->order = calloc((size_t)b->n_own + 1, sizeof(*c->order));
	c->keys = calloc((size_t)b->n_own + 1, sizeof(*c->keys));
	c->upto = ocr_huge_alloc(b->all_bytes, WHAT, err);
	if (c->upto == NULL)
		return err->code;
	if (c->starts == NULL || c->order == NULL || c->keys == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < b->n_own; i++)
		if (c->levels[i] != OCR_NO_VERTEX)
			c->starts[c->levels[i]]++;
	for (i = 0; i < c->depth + 2; i++) {
		n = c->starts[i];
		c->starts[i] = sum;
		sum += n;
	}
	for (i = 0; i < b->n_own; i++)
		if (c->levels[i] != OCR_NO_VERTEX)
			c->order[c->starts[c->levels[i]]++] =
			    (uint32_t)(b->first + i);
	/* Each has become the next one's. */
	for (i = c->depth + 2; i > 0; i--)
		c->starts[i] = c->starts[i - 1];
	c->starts[0] = 0;
	return 0;
}

static void
set_bit(uint64_t *bits, uint64_t v)
{
	bits[v / 64] |= (uint64_t)1 << v % 64;
}

static int
add_ranks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_verify *c = arg;
	struct ocr_dist_bfs *b = c->b;
	uint64_t rank, i, v, first;
	struct ocr_set_in s;

	(void)thread;
	for (rank = start; rank < end; rank++) {
		const struct ocr_dist_bytes *in = &b->in[rank];

		first = ocr_dist_bfs_first(b, (unsigned)rank);
		if (rank == b->dist->rank || in->len == 0)
			continue;
		if (!ocr_set_begin(&s, in->data, in->len,
			ocr_dist_bfs_end(b, (unsigned)rank) - first))
			return ocr_dist_is_damaged((unsigned)rank, err);
		for (i = 0; i < s.n; i++) {
			v = ocr_set_next(&s);
			if (v == UINT64_MAX)
				return ocr_dist_is_damaged((unsigned)rank, err);
			set_bit(c->upto, first + v);
		}
	}
	return 0;
}

/* Who has this level? */
static int
add_level(struct ocr_dist_verify *c, uint64_t level, int r, struct ocr_err *err)
{
	struct ocr_dist_bfs *b = c->b;
	uint64_t from = c->starts[level], n = c->starts[level + 1] - from, i;

	for (i = 0; i < n; i++) {
		uint32_t v = c->order[from + i];

		set_bit(c->upto, v);
		c->keys[i] = (uint64_t)v << 32;
	}
	c->mine.len = 0;
	if (r == 0 && n > 0)
		r = ocr_set_put_keys(&c->mine, c->keys, n, b->first, b->n_words,
		    err);
	r = ocr_dist_tell(b->dist, r, &c->mine, b->in, err);
	return r < 0 ? r
		     : ocr_crew_each(b->crew, b->dist->n, 1, add_ranks, c, err);
}

static int
check_rows(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct ocr_dist_verify *c = arg;
	const struct ocr_rows *rows = &c->b->g->out;
	uint64_t i, j;

	(void)thread;
	for (i = start; i < end; i++) {
		uint32_t u = c->order[c->starts[c->level] + i];

		for (j = rows->offsets[u]; j < rows->offsets[u + 1]; j++) {
			uint32_t v = rows->ends[j];

			if (!(c->upto[v / 64] >> v % 64 & 1))
				return ocr_dist_is_wrong(c, v, err,
				    "not reached, or more than a level below "
				    "its neighbour",
				    u);
		}
	}
	return 0;
}

/* Level by level. */
static int
check_levels(struct ocr_dist_verify *c, int r, struct ocr_err *err)
{
	uint64_t level;

	r = add_level(c, 0, r, err);
	for (level = 0; level <= c->depth; level++) {
		/* A rank that has failed says so in the next call. */
		r = add_level(c, level + 1, r, err);
		if (c->b->dist->failed < 0)
			return r;
		c->level = (uint32_t)level;
		if (r == 0)
			r = ocr_crew_each(c->b->crew,
			    c->starts[level + 1] - c->starts[level], 64,
			    check_rows, c, err);
	}
	return r;
}

static void
release(struct ocr_dist_verify *c)
{
	ocr_huge_free(c->upto, c->b->all_bytes);
	free(c->order);
	free(c->starts);
	free(c->keys);
	free(c->mine.data);
}

int
ocr_dist_bfs_verify(struct ocr_dist_bfs *b, uint32_t source,
    const uint32_t *parents, const uint32_t *levels, struct ocr_err *err)
{
	struct ocr_dist_verify c = {.b = b,
	    .source = source,
	    .parents = parents,
	    .levels = levels};
	struct ocr_dist *d = b->dist;
	int r = check_own(&c, err);

	r = ocr_dist_agree(d, OCR_DIST_SEARCHED, r, err);
	if (r == 0)
		r = ocr_dist_max(d, &c.depth, 1, err);
	if (r == 0) {
		r = ocr_dist_check_parents(&c, err);
		r = ocr_dist_agree(d, OCR_DIST_SEARCHED, r, err);
	}
	if (r == 0) {
		r = sort_levels(&c, err);
		r = ocr_dist_agree(d, OCR_DIST_SEARCHED, r, err);
	}
	if (r == 0) {
		r = check_levels(&c, 0, err);
		r = ocr_dist_agree(d, OCR_DIST_SEARCHED, r, err);
	}
	release(&c);
	return r;
}
