/*
 * sssp_ranks.c - the order of vertices, and what is known of each
 */
#include "config.h"

#include <stdlib.h>

#include "common/huge.h"
#include "src/sssp_impl.h"

/* Vertices; blocks of them. */
#define GRAIN 65536
#define GRAIN_MARKS 16

/* Ranks are made if a vertex has so many times the mean degree: there is then
 * something that is used much more than the rest. */
#define SKEW 32
/* A mean degree up to that, without hubs: few vertices are settled at a time,
 * as of maps of roads. */
#define ROAD_DEGREE 6
/* Higher degrees rank by number. */
#define DEGREES 65536

static uint64_t
degree_of(const struct ocr_graph *g, uint64_t v)
{
	return ocr_graph_degree(&g->out, v) +
	       (g->is_directed && g->in.offsets != NULL
		       ? ocr_graph_degree(&g->in, v)
		       : 0);
}

static int
count_degrees(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	uint64_t degree, v;

	(void)err;
	for (v = start; v < end; v++) {
		degree = degree_of(s->g, v);
		me->n += degree > 0;
		me->most = degree > me->most ? degree : me->most;
	}
	return 0;
}

/* Highest degree first, then by number. */
static int
make_ranks(struct ocr_sssp *s, struct ocr_err *err)
{
	const struct ocr_graph *g = s->g;
	uint32_t *at = calloc(DEGREES, sizeof(*at)), sum = 0, count;
	uint64_t v, degree;
	size_t i;

	if (at == NULL)
		return ocr_err_nomem(err);
	s->ranks = ocr_huge_alloc((size_t)g->n * sizeof(*s->ranks),
	    "ranks of vertices", err);
	for (v = 0; s->ranks != NULL && v < g->n; v++) {
		degree = degree_of(g, v);
		at[degree < DEGREES ? degree : DEGREES - 1]++;
	}
	for (i = DEGREES; i-- > 0;) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (v = 0; s->ranks != NULL && v < g->n; v++) {
		degree = degree_of(g, v);
		s->ranks[v] = at[degree < DEGREES ? degree : DEGREES - 1]++;
	}
	free(at);
	return s->ranks == NULL ? -OCR_ENOMEM : 0;
}

int
ocr_sssp_make_ranks(struct ocr_sssp *s, uint64_t *n_joined, struct ocr_err *err)
{
	uint64_t highest = 0, n_arcs = s->g->n_arcs;
	unsigned t;
	int r;

	ocr_sssp_forget(s);
	r = ocr_crew_each(s->crew, s->g->n, GRAIN, count_degrees, s, err);

	*n_joined = 0;
	for (t = 0; t < s->n_threads; t++) {
		*n_joined += s->threads[t].n;
		if (s->threads[t].most > highest)
			highest = s->threads[t].most;
	}
	s->n_blocks = ocr_graph_n_blocks(s->g);
	s->mean_out = *n_joined == 0 ? 0 : n_arcs / *n_joined;
	s->has_hubs = *n_joined > 0 && highest > (s->mean_out + 1) * SKEW;
	s->has_windows = s->has_hubs || s->mean_out > ROAD_DEGREE;
	if (r < 0 || *n_joined == 0 || s->g->is_in_id_order)
		return r;
	if (!s->has_windows)
		return ocr_sssp_make_near_ranks(s, err);
	if (!s->has_hubs)
		return 0;
	s->n_blocks = (*n_joined + OCR_GRAPH_BLOCK - 1) / OCR_GRAPH_BLOCK;
	return make_ranks(s, err);
}

static uint8_t
light_of(const struct ocr_sssp *s, const struct ocr_sssp_rows *rows, uint64_t v)
{
	uint64_t i = ocr_sssp_row(rows, v);
	double bins = 0;

	if (ocr_sssp_degree(rows, v) == 0)
		return UINT8_MAX;
	if (s->kind == OCR_SSSP_PLAIN)
		bins = s->scale;
	else if (ocr_sssp_is_packed(s))
		bins = (((const uint32_t *)rows->words)[i] >> rows->id_bits) *
		       s->scale;
	else if (s->kind == OCR_SSSP_WIDE)
		bins = (double)(((const uint64_t *)rows->words)[i] >> 32) *
		       s->scale;
	else
		bins = rows->reals[i] * s->scale;
	return bins < UINT8_MAX ? (uint8_t)bins : UINT8_MAX;
}

/*
 * Does the search have to settle v before it is over?  Not if nothing lies
 * behind it: then its arc is looked at in the end, or, without rows of
 * in-arcs, it is pushed to like any other.
 */
static bool
is_inner(const struct ocr_sssp *s, uint64_t v)
{
	uint64_t out = ocr_sssp_degree(&s->out, v), in;

	if (!s->g->is_directed)
		return out > 1;
	if (!s->in.is_there)
		return out > 0;
	in = ocr_sssp_degree(&s->in, v);
	return in > 1 || (in == 1 && out > 0);
}

static int
look_at_ranks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	uint64_t n_inner = 0, v, last = end * OCR_GRAPH_BLOCK;

	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < last && v < s->g->n; v++) {
		s->light[v] = light_of(s, &s->out, v);
		if (s->light_in != s->light)
			s->light_in[v] = light_of(s, &s->in, v);
		if (!is_inner(s, v)) {
			if (s->in.is_there && ocr_sssp_degree(&s->in, v) == 1)
				s->leaves[v / 64] |= (uint64_t)1 << v % 64;
			continue;
		}
		s->inner[v / 64] |= (uint64_t)1 << v % 64;
		n_inner++;
	}
	s->threads[thread].n += n_inner;
	return 0;
}

int
ocr_sssp_mark(struct ocr_sssp *s, struct ocr_err *err)
{
	uint64_t n_blocks = ocr_graph_n_blocks(s->g);
	unsigned t;
	int r;

	ocr_sssp_forget(s);
	r = ocr_crew_each(s->crew, n_blocks, GRAIN_MARKS, look_at_ranks, s,
	    err);
	for (t = 0; t < s->n_threads; t++)
		s->n_inner += s->threads[t].n;
	while (s->first_outer / 64 < n_blocks &&
	       s->inner[s->first_outer / 64] == UINT64_MAX)
		s->first_outer += 64;
	return r;
}
