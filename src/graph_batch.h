/*
 * graph_batch.h - arcs on their way from a source to who takes them
 *
 * For the formats that list rows and for the generators.  A batch is on the
 * stack of one scan.
 *
 * Mirror: a file of an undirected graph that has each edge in both rows is
 * believed only when that is so.  Arcs (u, v, w) with u < v are added up as
 * hashes, those with u > v taken away; the sum over all parts must be 0.
 */
#ifndef OCR_GRAPH_BATCH_H
#define OCR_GRAPH_BATCH_H

#include <stdatomic.h>
#include <stdlib.h>

#include "src/graph_mix.h"
#include "src/graph_source.h"

struct ocr_arc_batch {
	int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	    struct ocr_err *err);
	void *arg;
	size_t n;
	struct ocr_arc arcs[OCR_ARC_BATCH];
};

static inline int
ocr_batch_flush(struct ocr_arc_batch *b, struct ocr_err *err)
{
	size_t n = b->n;

	b->n = 0;
	return n == 0 ? 0 : b->take(b->arg, b->arcs, n, err);
}

static inline int
ocr_batch_put(struct ocr_arc_batch *b, uint64_t from, uint64_t to,
    double weight, struct ocr_err *err)
{
	struct ocr_arc *a = &b->arcs[b->n];

	a->from = from;
	a->to = to;
	a->weight = weight;
	return ++b->n < OCR_ARC_BATCH ? 0 : ocr_batch_flush(b, err);
}

struct ocr_mirror {
	uint64_t n_parts;
	_Atomic uint64_t sum, n_done; /* of the parts in `done` */
	atomic_uchar *done;           /* n_parts; NULL: nothing is checked */
};

/* What an arc adds to the sum.  Ids below 2^32. */
static inline uint64_t
ocr_mirror_arc(uint64_t from, uint64_t to, uint64_t weight)
{
	uint64_t low = from < to ? from : to, high = from ^ to ^ low, h;

	h = ocr_mix((low << 32 | high) + weight * OCR_MIX_STEP);
	return from == to ? 0 : from < to ? h : 0 - h;
}

static inline int
ocr_mirror_init(struct ocr_mirror *m, uint64_t n_parts, struct ocr_err *err)
{
	m->n_parts = n_parts;
	m->done = calloc((size_t)n_parts + 1, sizeof(*m->done));
	return m->done == NULL ? ocr_err_nomem(err) : 0;
}

static inline void
ocr_mirror_release(struct ocr_mirror *m)
{
	free(m->done);
}

/* Whether the part is still to be added up. */
static inline bool
ocr_mirror_wants(const struct ocr_mirror *m, uint64_t part)
{
	return m->done != NULL && atomic_load(&m->done[part]) == 0;
}

/* The part's sum, when all of it has been scanned.  A later scan of it adds
 * nothing.  The last part says whether all of it is a mirror. */
static inline int
ocr_mirror_add(struct ocr_mirror *m, uint64_t part, uint64_t sum,
    const char *name, struct ocr_err *err)
{
	if (atomic_exchange(&m->done[part], 1) != 0)
		return 0;
	/* The sum is complete before the last part is counted. */
	atomic_fetch_add(&m->sum, sum);
	if (atomic_fetch_add(&m->n_done, 1) + 1 < m->n_parts ||
	    atomic_load(&m->sum) == 0)
		return 0;
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: an undirected graph with an edge that is not in both rows",
	    name);
}

#endif
