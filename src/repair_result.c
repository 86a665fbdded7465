/*
 * repair_result.c - what has changed, and by whom; see repair.h
 *
 * A vertex that got nearer did so by an arc from another that did, or by an edge
 * that was just added: all other arcs were there before.  So these are where
 * parents are looked for, and no rows of in-arcs are needed.
 */
#include "config.h"

#include "src/repair_state.h"

#include <stdlib.h>

#define WORDS 64 /* of a bitmap, looked at in one go */

int
ocr_repair_changed(const struct ocr_repair *r, uint32_t **list, size_t *n,
    struct ocr_err *err)
{
	size_t n_words = ocr_repair_words(r->added.n), i, at = 0;
	uint64_t word;

	*n = 0;
	for (i = 0; i < n_words; i++)
		*n += (unsigned)__builtin_popcountll(r->has_changed[i]);
	*list = calloc(*n + 1, sizeof(**list));
	if (*list == NULL)
		return ocr_err_nomem(err);
	for (i = 0; i < n_words; i++)
		for (word = r->has_changed[i]; word > 0; word &= word - 1)
			(*list)[at++] =
			    (uint32_t)(i * 64 +
				       (unsigned)__builtin_ctzll(word));
	return 0;
}

bool
ocr_repair_has_changed(const struct ocr_repair *r, uint64_t v)
{
	return atomic_load_explicit(&r->has_changed[v / 64],
		   memory_order_relaxed) >>
		   v % 64 &
	       1;
}

/* Several may do it for v: any of them is right. */
static void
try_parent(const struct ocr_repair *r, uint32_t *parents, uint32_t u,
    uint32_t v)
{
	if (ocr_repair_has_changed(r, v) &&
	    ocr_repair_get(r, v) == ocr_repair_get(r, u) + 1)
		__atomic_store_n(&parents[v], u, __ATOMIC_RELAXED);
}

struct parents {
	const struct ocr_repair *r;
	uint32_t *parents;
};

static void
be_parent(const struct parents *p, uint32_t u)
{
	const struct ocr_rows *out = &p->r->g->out;
	const struct ocr_added_arc *arc;
	uint64_t e;

	if (u < p->r->g->n)
		for (e = out->offsets[u]; e < out->offsets[u + 1]; e++)
			try_parent(p->r, p->parents, u, out->ends[e]);
	for (arc = ocr_added_first(&p->r->added, u); arc != NULL;
	     arc = ocr_added_next(&p->r->added, arc))
		try_parent(p->r, p->parents, u, arc->end);
}

static int
be_parents(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct parents *p = arg;
	uint64_t i, word;

	(void)thread;
	(void)err;
	for (i = start; i < end; i++)
		for (word = p->r->has_changed[i]; word > 0; word &= word - 1)
			be_parent(p,
			    (uint32_t)(i * 64 +
				       (unsigned)__builtin_ctzll(word)));
	return 0;
}

int
ocr_repair_parents(struct ocr_repair *r, uint32_t *parents, struct ocr_err *err)
{
	struct parents p = {r, parents};
	const struct ocr_repair_edge *e = r->edges;
	size_t i;

	for (i = 0; i < r->n_edges; i++, e++) {
		try_parent(r, parents, e->from, e->to);
		if (!r->g->is_directed)
			try_parent(r, parents, e->to, e->from);
	}
	return ocr_crew_each(r->crew, ocr_repair_words(r->added.n), WORDS,
	    be_parents, &p, err);
}
