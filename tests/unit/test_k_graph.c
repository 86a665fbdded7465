/*
 * test_k_graph.c - k_scatter and k_gather against plain loops
 *
 * Each is called for many pieces of the range, some of them twice, in random
 * order: slots must come out as if all items had been done once.
 */
#include "config.h"

#include "kernels/k_graph.h"

#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

#define N_SEEDS 6

struct level {
	const struct ocr_graph *g;
	uint32_t program;
	uint64_t *active;
	uint32_t *values, *extra;
	uint32_t *slots, *want;
	size_t n_slots;
};

static float
as_float(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint32_t
as_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static int
has_bit(const uint64_t *bits, uint64_t v)
{
	return bits[v / 64] >> v % 64 & 1;
}

static uint32_t
sum_of(uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;

	return sum >= K_GRAPH_NONE ? K_GRAPH_NONE - 1 : (uint32_t)sum;
}

/* Where the arcs of out-rows are in in-rows: an arc u-v has the slot of one of
 * v's arcs from u. */
static void
place_arcs(const struct ocr_graph *g, uint32_t *places)
{
	uint64_t *next = made_zero(g->n, sizeof(*next)), v, e, f;
	uint8_t *taken = made_zero(g->n_arcs, 1);

	for (v = 0; v < g->n; v++)
		for (e = g->out.offsets[v]; e < g->out.offsets[v + 1]; e++) {
			uint32_t u = g->out.ends[e];

			for (f = g->in.offsets[u];
			     g->in.ends[f] != v || taken[f]; f++)
				continue;
			taken[f] = 1;
			places[e] = (uint32_t)f;
		}
	free(next);
	free(taken);
}

static void
reference_scatter(struct level *l)
{
	const struct ocr_rows *r = &l->g->out;
	uint64_t v, e;
	uint32_t d;

	for (v = 0; v < l->g->n; v++)
		for (e = r->offsets[v];
		     has_bit(l->active, v) && e < r->offsets[v + 1]; e++)
			if (l->program == K_GRAPH_BFS) {
				l->want[r->ends[e]] = (uint32_t)v;
			} else if (l->program == K_GRAPH_SSSP) {
				d = sum_of(l->values[v], l->extra[e]);
				if (d < l->want[r->ends[e]])
					l->want[r->ends[e]] = d;
			} else {
				l->want[l->extra[e]] = l->values[v];
			}
}

static void
reference_gather(struct level *l)
{
	const struct ocr_rows *r = &l->g->in;
	uint64_t v, e;

	for (v = 0; v < l->g->n; v++) {
		uint32_t best =
		    l->program == K_GRAPH_SSSP ? l->values[v] : K_GRAPH_NONE;
		double sum = 0;

		if (!has_bit(l->active, v))
			continue;
		for (e = r->offsets[v]; e < r->offsets[v + 1]; e++) {
			uint32_t u = r->ends[e], d;

			if (l->program == K_GRAPH_BFS) {
				if (best == K_GRAPH_NONE &&
				    (l->values[u / 32] >> u % 32 & 1))
					best = u;
			} else if (l->program == K_GRAPH_SSSP) {
				d = sum_of(l->values[u], l->extra[e]);
				if (l->values[u] != K_GRAPH_NONE && d < best)
					best = d;
			} else {
				sum += (double)as_float(l->values[u]);
			}
		}
		l->want[v] =
		    l->program == K_GRAPH_PAGERANK ? as_bits((float)sum) : best;
	}
}

/* All items, in pieces; about a third of them twice. */
static int
run(struct level *l, int is_scatter, uint64_t *seed)
{
	uint32_t n_items = (uint32_t)ocr_graph_n_blocks(l->g), at = 0, start,
		 end, ack, last;
	const struct ocr_rows *r = is_scatter ? &l->g->out : &l->g->in;

	while (at < n_items) {
		start = ocr_random_below(seed, 3) == 0 && at > 0 ? at - 1 : at;
		end = last =
		    start + 1 + (uint32_t)ocr_random_below(seed, n_items - at);
		ack = 12345;
		(is_scatter ? k_scatter : k_gather)(&start, &end, &ack,
		    l->program, (uint32_t)l->g->n, r->offsets, r->ends,
		    l->extra, l->active, l->values, l->slots);
		if (start != last || end != last || ack != last)
			return 0;
		at = last > at ? last : at;
	}
	return 1;
}

static int
is_same(const struct level *l, int is_scatter)
{
	size_t i;

	for (i = 0; i < l->n_slots; i++) {
		float a = as_float(l->slots[i]), b = as_float(l->want[i]);

		if (l->slots[i] == l->want[i])
			continue;
		if (l->program != K_GRAPH_PAGERANK || is_scatter ||
		    !(a - b < 1e-5F * b && b - a < 1e-5F * b))
			return 0;
	}
	return 1;
}

/* Of several parents any one will do. */
static int
has_parents(const struct level *l)
{
	const struct ocr_rows *r = &l->g->in;
	uint64_t v, e;

	for (v = 0; v < l->g->n; v++) {
		uint32_t p = l->slots[v];

		if ((p == K_GRAPH_NONE) != (l->want[v] == K_GRAPH_NONE))
			return 0;
		if (p == K_GRAPH_NONE)
			continue;
		for (e = r->offsets[v];
		     e < r->offsets[v + 1] && r->ends[e] != p; e++)
			continue;
		if (e == r->offsets[v + 1] || !has_bit(l->active, p))
			return 0;
	}
	return 1;
}

static void
make_level(struct level *l, int is_scatter, uint64_t *seed)
{
	const struct ocr_graph *g = l->g;
	const struct ocr_rows *r = is_scatter ? &g->out : &g->in;
	size_t room = (size_t)(g->n + g->n_arcs) + 64, i;

	l->active = made_zero(ocr_graph_n_blocks(g), sizeof(*l->active));
	l->values = made_zero(room, sizeof(*l->values));
	l->extra = made_zero(room, sizeof(*l->extra));
	l->slots = made_zero(room, sizeof(*l->slots));
	l->want = made_zero(room, sizeof(*l->want));
	l->n_slots = is_scatter && l->program == K_GRAPH_PAGERANK
			 ? (size_t)g->n_arcs
			 : (size_t)g->n;
	for (i = 0; i < g->n; i++) {
		if (ocr_random_below(seed, 3) != 0)
			l->active[i / 64] |= 1ULL << i % 64;
		l->values[i] =
		    l->program == K_GRAPH_SSSP
			? (uint32_t)ocr_random_below(seed, 8) * 0x20000000U +
			      (uint32_t)ocr_random_below(seed, 1000) - 1
		    : l->program == K_GRAPH_BFS
			? (uint32_t)ocr_random_below(seed, 1ULL << 32)
			: as_bits((float)(ocr_random_below(seed, 1000) + 1));
	}
	for (i = 0; i < g->n_arcs; i++)
		l->extra[i] = r->ints[i];
	if (is_scatter && l->program == K_GRAPH_PAGERANK)
		place_arcs(g, l->extra);
	memset(l->slots, 0xff, room * sizeof(*l->slots));
	memset(l->want, 0xff, room * sizeof(*l->want));
}

static int
one(const struct ocr_graph *g, int is_scatter, uint32_t program, uint64_t seed)
{
	struct level l = {.g = g, .program = program};
	uint64_t s = seed + 1;
	int good;

	make_level(&l, is_scatter, &s);
	if (is_scatter)
		reference_scatter(&l);
	else
		reference_gather(&l);
	good = run(&l, is_scatter, &s);
	if (program == K_GRAPH_BFS && is_scatter)
		good = good && has_parents(&l);
	else
		good = good && is_same(&l, is_scatter);
	free(l.active);
	free(l.values);
	free(l.extra);
	free(l.slots);
	free(l.want);
	return good;
}

static void
test_shapes(int is_scatter, uint32_t program, const char *name)
{
	static const uint64_t sizes[] = {1, 64, 65, 700};
	uint64_t high = program == K_GRAPH_SSSP ? UINT32_MAX : 9, seed;
	size_t size, n_bad = 0;
	int shape, is_directed;

	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (size = 0; size < sizeof(sizes) / sizeof(*sizes); size++)
			for (seed = 0; seed < N_SEEDS; seed++) {
				struct made_arcs m =
				    made_shape((enum made_shape)shape,
					sizes[size], 0, high, seed);
				struct ocr_graph *g;

				is_directed = seed % 2 == 1;
				g = made_graph(&m, is_directed, OCR_EDGE_INT);
				n_bad += !one(g, is_scatter, program, seed);
				made_free(g);
				free(m.arcs);
			}
	if (!ok(n_bad == 0, "%s", name))
		diag("%zu graphs", n_bad);
}

/* A range that is empty, and an end that is already behind. */
static void
test_words(void)
{
	struct made_arcs m = made_shape(MADE_PATH, 200, 1, 1, 1);
	struct ocr_graph *g = made_graph(&m, 0, OCR_EDGE_PLAIN);
	uint64_t active[4] = {~0ULL, ~0ULL, ~0ULL, ~0ULL};
	uint32_t slots[201], start = 2, end = 2, ack = 0;

	memset(slots, 0xff, sizeof(slots));
	k_scatter(&start, &end, &ack, K_GRAPH_BFS, 200, g->out.offsets,
	    g->out.ends, NULL, active, NULL, slots);
	ok(start == 2 && end == 2 && ack == 2 && slots[128] == K_GRAPH_NONE,
	    "an empty range");
	start = 3;
	end = 4;
	k_scatter(&start, &end, &ack, K_GRAPH_BFS, 200, g->out.offsets,
	    g->out.ends, NULL, active, NULL, slots);
	ok(start == 4 && slots[199] == 198 && slots[200] == K_GRAPH_NONE,
	    "bits behind the last vertex are not looked at");
	made_free(g);
	free(m.arcs);
}

int
main(void)
{
	test_shapes(1, K_GRAPH_BFS, "scatter: BFS");
	test_shapes(1, K_GRAPH_SSSP, "scatter: SSSP");
	test_shapes(1, K_GRAPH_PAGERANK, "scatter: PageRank");
	test_shapes(0, K_GRAPH_BFS, "gather: BFS");
	test_shapes(0, K_GRAPH_SSSP, "gather: SSSP");
	test_shapes(0, K_GRAPH_PAGERANK, "gather: PageRank");
	test_words();
	return done();
}
