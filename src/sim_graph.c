/*
 * sim_graph.c - Kronecker and uniform random graphs; called by sim_profile.c
 *
 * Parameters are Graph500's and the GAP benchmark's: A = 0.57, B = C = 0.19, 16
 * edges a vertex, both directions kept, loops and doubled edges dropped.  Larger
 * graphs than OCR_SIM_GRAPH_SCALE are not made: a vertex of k one bits has a
 * Poisson number of edges, of which doubled ones count.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/sim_random.h"
#include "src/sim_shape.h"

#define EDGES 16 /* a vertex */
/* Levels of the recursion that one draw settles; 2 * 4 bits are its outcomes. */
#define LEVELS 4
#define OUTCOMES 256
/* Of the shuffle. */
#define ROUNDS 3
/* Edges that are drawn before they are put; 16 * 2^scale is a multiple. */
#define BATCH 64
/* Doubles are looked for so many edges ahead. */
#define AHEAD 16

/* Walker's alias method: cell i is i, or other[i] from threshold[i] on. */
struct alias {
	uint32_t threshold[OUTCOMES]; /* of 2^24 */
	uint8_t other[OUTCOMES];
};

struct maker {
	const struct ocr_sim_graph *graph;
	struct alias alias;
	uint32_t odd[ROUNDS];
	uint64_t n, n_edges;
};

static void
fill_alias(struct alias *a)
{
	static const double quadrant[4] = {0.57, 0.19, 0.19, 0.05};
	double p[OUTCOMES];
	unsigned small[OUTCOMES] = {0}, large[OUTCOMES] = {0}, n_small = 0,
		 n_large = 0;
	unsigned i, j, level;

	for (i = 0; i < OUTCOMES; i++) {
		p[i] = OUTCOMES;
		for (level = 0; level < LEVELS; level++)
			p[i] *= quadrant[(i >> level & 1) |
					 (i >> (level + LEVELS) & 1) << 1];
		if (p[i] < 1)
			small[n_small++] = i;
		else
			large[n_large++] = i;
	}
	while (n_small > 0 && n_large > 0) {
		i = small[--n_small];
		j = large[n_large - 1];
		a->threshold[i] = (uint32_t)(p[i] * 0x1p24);
		a->other[i] = (uint8_t)j;
		p[j] -= 1 - p[i];
		if (p[j] < 1) {
			n_large--;
			small[n_small++] = j;
		}
	}
	while (n_small > 0)
		a->threshold[small[--n_small]] = 1 << 24;
	while (n_large > 0)
		a->threshold[large[--n_large]] = 1 << 24;
}

/* A bijection of the numbers of `scale` bits. */
static inline uint32_t
shuffle(const struct maker *m, uint32_t v)
{
	unsigned scale = m->graph->scale, half = (scale + 1) / 2, i;
	uint32_t mask = ((uint32_t)1 << scale) - 1;

	for (i = 0; i < ROUNDS; i++) {
		v = v * m->odd[i] & mask;
		v ^= v >> half;
	}
	return v;
}

static void
draw(const struct maker *m, uint64_t edge, uint32_t *from, uint32_t *to)
{
	const struct ocr_sim_graph *g = m->graph;
	uint64_t hash = ocr_sim_hash(g->seed, 5, edge);
	uint32_t mask = ((uint32_t)1 << g->scale) - 1, bits;
	unsigned level, cell;

	*from = (uint32_t)hash & mask;
	*to = (uint32_t)(hash >> 32) & mask;
	if (g->is_uniform)
		return;
	*from = *to = 0;
	for (level = 0; level < g->scale; level += LEVELS) {
		bits = (uint32_t)hash;
		cell = bits >> 24;
		if ((bits & 0xffffff) >= m->alias.threshold[cell])
			cell = m->alias.other[cell];
		*from = *from << LEVELS | (cell & 0xf);
		*to = *to << LEVELS | cell >> LEVELS;
		hash = level / LEVELS % 2 == 0 ? hash >> 32 : ocr_sim_mix(hash);
	}
	/* Levels too many: the last ones do not count. */
	*from >>= level - g->scale;
	*to >>= level - g->scale;
}

/* ends: where rows end, their start when it is filled in from the back. */
static void
fill_edges(const struct maker *m, uint64_t *ends, uint32_t *edges)
{
	uint32_t from[BATCH], to[BATCH], i;
	uint64_t e;

	/* Batches, because each edge goes to another end of memory. */
	for (e = 0; e < m->n_edges; e += BATCH) {
		for (i = 0; i < BATCH; i++) {
			draw(m, e + i, &from[i], &to[i]);
			__builtin_prefetch(&ends[from[i]], 1);
			__builtin_prefetch(&ends[to[i]], 1);
		}
		for (i = 0; i < BATCH; i++) {
			__builtin_prefetch(edges + ends[from[i]], 1);
			__builtin_prefetch(edges + ends[to[i]], 1);
		}
		for (i = 0; i < BATCH; i++) {
			if (from[i] == to[i])
				continue;
			edges[--ends[from[i]]] = to[i];
			edges[--ends[to[i]]] = from[i];
		}
	}
}

static void
count_edges(const struct maker *m, uint32_t *degrees)
{
	uint32_t from[BATCH], to[BATCH], i;
	uint64_t e;

	for (e = 0; e < m->n_edges; e += BATCH) {
		for (i = 0; i < BATCH; i++) {
			draw(m, e + i, &from[i], &to[i]);
			__builtin_prefetch(&degrees[from[i]], 1);
			__builtin_prefetch(&degrees[to[i]], 1);
		}
		for (i = 0; i < BATCH; i++) {
			degrees[from[i]] += from[i] != to[i];
			degrees[to[i]] += from[i] != to[i];
		}
	}
}

/* Drop doubled edges; last[v]: the last row that had v. */
static void
drop_doubles(uint64_t n, const uint64_t *starts, uint32_t *edges,
    uint32_t *degrees, uint32_t *last)
{
	uint64_t row, i;
	uint32_t v, d;

	memset(last, 0xff, n * sizeof(*last));
	for (row = 0; row < n; row++) {
		for (d = 0, i = 0; i < degrees[row]; i++) {
			if (i + AHEAD < degrees[row])
				__builtin_prefetch(
				    &last[edges[starts[row] + i + AHEAD]], 1);
			v = edges[starts[row] + i];
			if (last[v] == (uint32_t)row)
				continue;
			last[v] = (uint32_t)row;
			edges[starts[row] + d++] = v;
		}
		degrees[row] = d;
	}
}

/* The row with edges whose number is the least in the end. */
static uint32_t
find_root(const struct ocr_sim_shape *s, const struct maker *m)
{
	uint32_t row, root = 0, number, least = UINT32_MAX;

	for (row = 0; row < s->n; row++) {
		number = m->graph->is_crawl || m->graph->is_uniform
			     ? row
			     : shuffle(m, row);
		if (s->degrees[row] > 0 && number < least) {
			least = number;
			root = row;
		}
	}
	return root;
}

static void
search(struct ocr_sim_shape *s, uint32_t root, const uint64_t *starts,
    const uint32_t *edges, uint32_t *queue)
{
	uint64_t head = 0, tail = 0, i;
	uint8_t *level = s->levels;
	uint32_t row, v;

	memset(level, OCR_SIM_NO_LEVEL, s->n);
	level[root] = 0;
	queue[tail++] = root;
	while (head < tail) {
		row = queue[head++];
		for (i = 0; i < s->degrees[row]; i++) {
			v = edges[starts[row] + i];
			if (level[v] != OCR_SIM_NO_LEVEL)
				continue;
			level[v] = (uint8_t)(level[row] + 1);
			if (level[v] == OCR_SIM_NO_LEVEL)
				level[v]--;
			queue[tail++] = v;
		}
	}
}

/* Kronecker's ids tell the degree: give rows others. */
static int
renumber(struct ocr_sim_shape *s, const struct maker *m, struct ocr_err *err)
{
	struct ocr_sim_shape new = {.n = s->n};
	uint32_t row, to;

	new.degrees = malloc(s->n * sizeof(*new.degrees));
	new.levels = s->levels != NULL ? malloc(s->n) : NULL;
	if (new.degrees == NULL || (s->levels != NULL && new.levels == NULL)) {
		ocr_sim_shape_release(&new);
		return ocr_err_nomem(err);
	}
	for (row = 0; row < s->n; row++) {
		to = shuffle(m, row);
		new.degrees[to] = s->degrees[row];
		if (s->levels != NULL)
			new.levels[to] = s->levels[row];
	}
	ocr_sim_shape_release(s);
	*s = new;
	return 0;
}

static int
make_graph(struct ocr_sim_shape *s, const struct maker *m, struct ocr_err *err)
{
	uint64_t *ends = malloc((m->n + 1) * sizeof(*ends)), sum = 0, row;
	uint32_t *edges = NULL, *room = malloc(m->n * sizeof(*room));
	int r = 0;

	if (ends == NULL || room == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	count_edges(m, s->degrees);
	for (row = 0; row < m->n; row++)
		ends[row] = sum += s->degrees[row];
	edges = malloc(sum * sizeof(*edges) + 1);
	if (edges == NULL) {
		r = ocr_err_nomem(err);
		goto out;
	}
	fill_edges(m, ends, edges);
	drop_doubles(m->n, ends, edges, s->degrees, room);
	if (s->levels != NULL)
		search(s, find_root(s, m), ends, edges, room);
	/* Rows of a uniform graph are all alike. */
	if (!m->graph->is_crawl && !m->graph->is_uniform)
		r = renumber(s, m, err);
out:
	free(edges);
	free(ends);
	free(room);
	return r;
}

/* Knuth's for small means, else a rounded normal distribution. */
static uint32_t
poisson(double mean, double exp_mean, uint64_t hash)
{
	double v = ocr_sim_unit(hash);
	uint32_t n = 0;

	if (mean > 30) {
		v = floor(mean + sqrt(mean) * ocr_sim_gauss(hash) + 0.5);
		return v > 0 ? (uint32_t)v : 0;
	}
	while (v > exp_mean && n < 200) {
		hash = ocr_sim_mix(hash);
		v *= ocr_sim_unit(hash);
		n++;
	}
	return n;
}

static void
draw_degrees(struct ocr_sim_shape *s, const struct maker *m)
{
	const struct ocr_sim_graph *g = m->graph;
	double mean[33], exp_mean[33];
	unsigned k;
	uint64_t row;
	uint32_t v;

	for (k = 0; k <= g->scale; k++) {
		mean[k] = 2.0 * (double)m->n_edges;
		mean[k] *= g->is_uniform
			       ? pow(0.5, g->scale)
			       : pow(0.76, g->scale - k) * pow(0.24, k);
		exp_mean[k] = exp(-mean[k]);
	}
	for (row = 0; row < s->n; row++) {
		v = (uint32_t)row;
		if (!g->is_crawl)
			v = shuffle(m, v);
		k = (unsigned)__builtin_popcount(v);
		s->degrees[row] = poisson(mean[k], exp_mean[k],
		    ocr_sim_hash(g->seed, 6, row));
	}
}

int
ocr_sim_shape_graph(struct ocr_sim_shape *s, const struct ocr_sim_graph *g,
    struct ocr_err *err)
{
	struct maker m = {.graph = g};
	bool is_made = g->scale <= OCR_SIM_GRAPH_SCALE;
	unsigned i;

	m.n = (uint64_t)1 << g->scale;
	m.n_edges = m.n * EDGES;
	fill_alias(&m.alias);
	for (i = 0; i < ROUNDS; i++)
		m.odd[i] = (uint32_t)ocr_sim_hash(g->seed, 7, i) | 1;
	s->n = m.n;
	s->degrees = calloc(m.n, sizeof(*s->degrees));
	if (g->has_levels && is_made)
		s->levels = malloc(m.n);
	if (s->degrees == NULL ||
	    (g->has_levels && is_made && s->levels == NULL))
		return ocr_err_nomem(err);
	if (is_made)
		return make_graph(s, &m, err);
	draw_degrees(s, &m);
	return 0;
}
