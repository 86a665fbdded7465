/*
 * graph_build_batch.c - arcs of a source as vertices and weights
 */
#include "config.h"

#include "src/graph_build_batch.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

static uint64_t
uniform(const struct ocr_build *b, const struct ocr_arc *a)
{
	const struct ocr_graph_opt *opt = b->opt;
	uint64_t low = a->from < a->to ? a->from : a->to,
		 high = a->from < a->to ? a->to : a->from;
	uint64_t h = ocr_mix(opt->seed + low + opt->add_id);

	h = ocr_mix(h + high + opt->add_id);
	return opt->low + h % ((uint64_t)opt->high - opt->low + 1);
}

static int
bad_weight(const struct ocr_arc *a, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "arc from %" PRIu64 " to %" PRIu64
	    ": weight %g: negative or too large",
	    a->from, a->to, a->weight);
}

static int
weigh(const struct ocr_build *b, const struct ocr_arc *a, uint64_t *bits,
    struct ocr_err *err)
{
	/* -0 becomes 0: bits are compared. */
	double w = a->weight + 0.0;

	*bits = 1;
	if (b->opt->weigh == OCR_WEIGH_UNIFORM)
		*bits = uniform(b, a);
	if (b->opt->weigh != OCR_WEIGH_COLUMN ||
	    b->s->weights == OCR_EDGE_PLAIN)
		return 0;
	/* A NaN is neither. */
	if (!(w >= 0 &&
		w <= (b->g->kind == OCR_EDGE_INT ? UINT32_MAX : DBL_MAX)))
		return bad_weight(a, err);
	if (b->g->kind == OCR_EDGE_INT)
		*bits = (uint32_t)w;
	else
		memcpy(bits, &w, sizeof(w));
	return 0;
}

static int
no_vertex(const struct ocr_arc *a, struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "arc from %" PRIu64 " to %" PRIu64
	    ": not there before: has the input changed?",
	    a->from, a->to);
}

/* Ids that are a range, no weights, loops stay: the usual case, without a
 * branch for each arc.  Returns how many are no vertices. */
static uint64_t
translate_range(const struct ocr_build *b, const struct ocr_arc *arcs, size_t n,
    struct ocr_batch *to)
{
	uint64_t first = b->ids.first, n_ids = b->ids.n, u, v, n_bad = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		u = arcs[i].from - first;
		v = arcs[i].to - first;
		n_bad += (u >= n_ids) | (v >= n_ids);
		to->from[i] = (uint32_t)u;
		to->to[i] = (uint32_t)v;
	}
	to->n = n;
	return n_bad;
}

int
ocr_batch_translate(const struct ocr_build *b, const struct ocr_arc *arcs,
    size_t n, struct ocr_batch *to, struct ocr_err *err)
{
	bool is_plain = b->g->kind == OCR_EDGE_PLAIN;
	size_t i, j = 0;
	int r;

	if (is_plain && b->ids.kind == OCR_IDS_RANGE && !b->opt->has_no_loops &&
	    translate_range(b, arcs, n, to) == 0)
		return 0;
	for (i = 0; i < n; i++) {
		uint32_t u = ocr_ids_vertex(&b->ids, arcs[i].from),
			 v = ocr_ids_vertex(&b->ids, arcs[i].to);

		if (u == OCR_NO_VERTEX || v == OCR_NO_VERTEX)
			return no_vertex(&arcs[i], err);
		if (b->opt->has_no_loops && u == v)
			continue;
		to->from[j] = u;
		to->to[j] = v;
		r = is_plain ? 0 : weigh(b, &arcs[i], &to->weight[j], err);
		if (r < 0)
			return r;
		j++;
	}
	to->n = j;
	return 0;
}
