/*
 * dist_verify_parents.c - has each vertex its parent?  Called by dist_verify.c
 *
 * Each rank tells the owners of its vertices' parents (parent, vertex, level);
 * an owner looks at the parent's level, and for the arc in the parent's row.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "src/dist_verify.h"
#include "src/graph_bytes.h"
#include "src/le.h"

#define CLAIM 12 /* bytes: parent, vertex, level */

struct claims {
	const struct ocr_dist_verify *v;
	uint64_t *claims; /* about own rows: parent << 32 | vertex, sorted */
	uint64_t *room;   /* as many: for sorting; then, 1: the arc is there */
	size_t n_claims;
};

/* To the owner of the parent; its own ones, too. */
static int
put_claims(struct claims *c, struct ocr_err *err)
{
	struct ocr_dist_bfs *b = c->v->b;
	struct ocr_dist_bytes *to;
	uint8_t *p;
	uint64_t i;
	int r;

	for (i = 0; i < b->dist->n; i++)
		b->out[i].len = 0;
	for (i = 0; i < b->n_own; i++) {
		if (c->v->levels[i] == OCR_NO_VERTEX ||
		    b->first + i == c->v->source)
			continue;
		to = &b->out[ocr_dist_owner(b, c->v->parents[i])];
		r = ocr_dist_room(to, CLAIM, err);
		if (r < 0)
			return r;
		p = to->data + to->len;
		p += ocr_put_le32(p, c->v->parents[i]);
		p += ocr_put_le32(p, (uint32_t)(b->first + i));
		(void)ocr_put_le32(p, c->v->levels[i]);
		to->len += CLAIM;
	}
	return 0;
}

static int
get_claims(struct claims *c, unsigned rank, const struct ocr_dist_bytes *from,
    struct ocr_err *err)
{
	const struct ocr_dist_bfs *b = c->v->b;
	uint64_t begin = ocr_dist_bfs_first(b, rank),
		 end = ocr_dist_bfs_end(b, rank);
	size_t at;

	if (from->len % CLAIM != 0)
		return ocr_dist_is_damaged(rank, err);
	for (at = 0; at < from->len; at += CLAIM) {
		uint32_t p = ocr_load_le32(from->data + at);
		uint32_t v = ocr_load_le32(from->data + at + 4);
		uint32_t level = ocr_load_le32(from->data + at + 8);

		if (p < b->first || p - b->first >= b->n_own || v < begin ||
		    v >= end || level == 0)
			return ocr_dist_is_damaged(rank, err);
		if (level != c->v->levels[p - b->first] + 1)
			return ocr_dist_is_wrong(c->v, v, err,
			    "not one level below its parent", p);
		c->claims[c->n_claims++] = (uint64_t)p << 32 | v;
	}
	return 0;
}

static int
get_all_claims(struct claims *c, struct ocr_err *err)
{
	struct ocr_dist_bfs *b = c->v->b;
	unsigned own = b->dist->rank, rank;
	size_t n = b->out[own].len;
	int r = 0;

	for (rank = 0; rank < b->dist->n; rank++)
		n += b->in[rank].len;
	c->claims = calloc(n / CLAIM + 1, sizeof(*c->claims));
	c->room = calloc(n / CLAIM + 1, sizeof(*c->claims));
	if (c->claims == NULL || c->room == NULL)
		return ocr_err_nomem(err);
	for (rank = 0; rank < b->dist->n && r == 0; rank++)
		r = get_claims(c, rank,
		    rank == own ? &b->out[own] : &b->in[rank], err);
	if (r == 0 &&
	    ocr_dist_sort(c->claims, c->room, c->n_claims) == c->room) {
		uint64_t *x = c->claims;

		c->claims = c->room;
		c->room = x;
	}
	memset(c->room, 0, n / CLAIM * sizeof(*c->room));
	return r;
}

/* The claim, if there is one: its number.  n_claims: none. */
static size_t
find_claim(const struct claims *c, uint64_t claim, size_t low, size_t high)
{
	size_t end = high;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->claims[middle] < claim)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && c->claims[low] == claim ? low : c->n_claims;
}

/* The arcs of all claims [start, end) about one parent.  room: 1 once seen. */
static int
check_parent(struct claims *c, size_t start, size_t end, struct ocr_err *err)
{
	const struct ocr_rows *rows = &c->v->b->g->out;
	uint32_t p = (uint32_t)(c->claims[start] >> 32);
	uint64_t i;
	size_t at;

	for (i = rows->offsets[p]; i < rows->offsets[p + 1]; i++) {
		at = find_claim(c, (uint64_t)p << 32 | rows->ends[i], start,
		    end);
		if (at < c->n_claims)
			c->room[at] = 1;
	}
	for (at = start; at < end; at++)
		if (c->room[at] == 0)
			return ocr_dist_is_wrong(c->v, (uint32_t)c->claims[at],
			    err, "no arc from its parent", p);
	return 0;
}

static bool
is_first_claim(const struct claims *c, size_t at)
{
	return at == 0 || c->claims[at - 1] >> 32 != c->claims[at] >> 32;
}

static int
check_claims(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct claims *c = arg;
	size_t at, next;
	int r = 0;

	(void)thread;
	/* A parent's claims are his who has its first. */
	for (at = (size_t)start; at < end && r == 0; at++) {
		if (!is_first_claim(c, at))
			continue;
		for (next = at + 1; next < c->n_claims; next++)
			if (is_first_claim(c, next))
				break;
		r = check_parent(c, at, next, err);
	}
	return r;
}

int
ocr_dist_check_parents(struct ocr_dist_verify *v, struct ocr_err *err)
{
	struct ocr_dist_bfs *b = v->b;
	struct claims c = {.v = v};
	int r = put_claims(&c, err);

	r = ocr_dist_exchange(b->dist, r, b->out, b->in, err);
	if (r == 0)
		r = get_all_claims(&c, err);
	if (r == 0)
		r = ocr_crew_each(b->crew, c.n_claims, 64, check_claims, &c,
		    err);
	free(c.claims);
	free(c.room);
	return r;
}
