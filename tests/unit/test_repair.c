/*
 * test_repair.c - distances after added edges are those of a fresh search
 */
#include "config.h"

#include "src/repair.h"

#include <math.h>

#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

#define BATCHES 5

/* All edges: the graph's, then those that were added. */
static double *
bellman_ford(const struct made_arcs *m, int is_directed, int is_unit,
    uint32_t source)
{
	double *d = malloc((size_t)m->n * sizeof(*d));
	int has_changed = 1;
	size_t i;

	for (i = 0; i < m->n; i++)
		d[i] = INFINITY;
	d[source] = 0;
	while (has_changed) {
		has_changed = 0;
		for (i = 0; i < m->n_arcs; i++) {
			const struct made_arc *a = &m->arcs[i];
			double w = is_unit ? 1 : a->weight;

			if (d[a->from] + w < d[a->to]) {
				d[a->to] = d[a->from] + w;
				has_changed = 1;
			}
			if (!is_directed && d[a->to] + w < d[a->from]) {
				d[a->from] = d[a->to] + w;
				has_changed = 1;
			}
		}
	}
	return d;
}

/* Is what the last batch changed what has_changed says? */
static int
is_right(const struct ocr_repair *r, const double *was, const double *want,
    uint64_t n, uint64_t n_changed)
{
	uint64_t v, n_nearer = 0;
	uint32_t p;

	for (v = 0; v < n; v++) {
		if (ocr_repair_distance(r, v) != want[v] ||
		    ocr_repair_has_changed(r, v) != (was[v] != want[v]))
			return 0;
		n_nearer += was[v] != want[v];
		p = ocr_repair_parent(r, v);
		if ((p == OCR_NO_VERTEX) != (want[v] == 0 || isinf(want[v])) ||
		    (p != OCR_NO_VERTEX && !(want[p] <= want[v])))
			return 0;
	}
	return n_nearer == n_changed;
}

static int
one(struct ocr_crew *crew, enum made_shape shape, uint64_t n, int is_directed,
    int is_unit, uint64_t seed)
{
	struct made_arcs m = made_shape(shape, n, 1, is_unit ? 1 : 50, seed);
	struct ocr_graph *g = made_graph(&m, is_directed, OCR_EDGE_INT);
	uint64_t s = seed * 2 + 1, v, n_changed;
	struct ocr_repair *r = NULL;
	uint32_t source = (uint32_t)ocr_random_below(&s, n);
	double *was, *want;
	struct ocr_err err = {0};
	int batch, good, i;

	was = bellman_ford(&m, is_directed, is_unit, source);
	good = ocr_repair_new(&r, g, is_unit, crew, &err) == 0;
	for (v = 0; v < n; v++)
		ocr_repair_set(r, v, was[v]);
	for (batch = 0; good && batch < BATCHES; batch++) {
		int n_edges = (int)ocr_random_below(&s, batch == 3 ? 300 : 4);

		for (i = 0; i < n_edges; i++) {
			uint32_t a = (uint32_t)ocr_random_below(&s, n);
			uint32_t b = (uint32_t)ocr_random_below(&s, n);
			double w = (double)ocr_random_below(&s, 60);

			made_add(&m, a, b, w);
			good = good && ocr_repair_add(r, a, b, w, &err) == 0;
		}
		good = good && ocr_repair_run(r, &n_changed, &err) == 0;
		want = bellman_ford(&m, is_directed, is_unit, source);
		good = good && is_right(r, was, want, n, n_changed);
		free(was);
		was = want;
	}
	free(was);
	ocr_repair_free(r);
	made_free(g);
	free(m.arcs);
	return good;
}

static void
test_threads(unsigned n_threads)
{
	static const uint64_t sizes[] = {1, 2, 65, 900};
	struct ocr_team_opt opt = {.n_threads = n_threads, .devices = "cpu"};
	struct ocr_crew crew;
	struct ocr_err err = {0};
	size_t n_bad = 0, i;
	int shape, kind;

	if (ocr_crew_open(&crew, &opt, &err) < 0) {
		ok(0, "%s", err.text);
		return;
	}
	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			for (kind = 0; kind < 4; kind++)
				n_bad += !one(&crew, (enum made_shape)shape,
				    sizes[i], kind & 1, kind >> 1,
				    (uint64_t)shape * 100 + i * 10 +
					(uint64_t)kind + 1);
	if (!ok(n_bad == 0, "%u threads", n_threads))
		diag("%zu graphs", n_bad);
	ocr_crew_close(&crew);
}

/* One edge makes a long path short: a change that runs through all of it. */
static void
test_cascade(unsigned n_threads)
{
	enum { N = 200000 };
	struct ocr_team_opt opt = {.n_threads = n_threads, .devices = "cpu"};
	struct made_arcs m = made_shape(MADE_PATH, N, 1, 1, 1);
	struct ocr_graph *g = made_graph(&m, 0, OCR_EDGE_PLAIN);
	struct ocr_repair *r = NULL;
	struct ocr_crew crew;
	struct ocr_err err = {0};
	uint64_t v, n_changed = 0, n_bad = 0;

	if (ocr_crew_open(&crew, &opt, &err) < 0 ||
	    ocr_repair_new(&r, g, true, &crew, &err) < 0)
		abort();
	for (v = 0; v < N; v++)
		ocr_repair_set(r, v, (double)v);
	ok(ocr_repair_add(r, 0, N - 1, 1, &err) == 0 &&
		ocr_repair_run(r, &n_changed, &err) == 0,
	    "a cascade");
	for (v = 0; v < N; v++)
		n_bad += ocr_repair_distance(r, v) !=
			 (double)(v < N - v ? v : N - v);
	ok(n_bad == 0 && n_changed == N / 2 - 1, "all of it is right");
	ocr_repair_free(r);
	ocr_crew_close(&crew);
	made_free(g);
	free(m.arcs);
}

int
main(void)
{
	test_threads(1);
	test_threads(2);
	test_threads(5);
	test_cascade(1);
	test_cascade(4);
	return done();
}
