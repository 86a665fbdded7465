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

/* Is what the last batch changed what is listed? */
static int
is_right(const struct ocr_repair *r, const double *was, const double *want,
    uint64_t n)
{
	struct ocr_err err = {0};
	uint32_t *changed = NULL;
	size_t n_changed, at = 0;
	uint64_t v;
	int good = ocr_repair_changed(r, &changed, &n_changed, &err) == 0;

	for (v = 0; good && v < n; v++) {
		good = ocr_repair_distance(r, v) == want[v] &&
		       ocr_repair_has_changed(r, v) == (was[v] != want[v]);
		if (was[v] != want[v])
			good = good && at < n_changed && changed[at++] == v;
	}
	free(changed);
	return good && at == n_changed;
}

/* An edge from each parent, which is one step nearer. */
static int
are_parents(const struct made_arcs *m, int is_directed, const uint32_t *parents,
    const double *d, uint32_t source)
{
	char *has_edge = made_zero((size_t)m->n, 1);
	uint64_t v;
	size_t i;
	int good = 1;

	for (i = 0; i < m->n_arcs; i++) {
		const struct made_arc *a = &m->arcs[i];

		if (parents[a->to] == a->from)
			has_edge[a->to] = 1;
		if (!is_directed && parents[a->from] == a->to)
			has_edge[a->from] = 1;
	}
	for (v = 0; v < m->n; v++)
		if (v != source && isinf(d[v]))
			good = good && parents[v] == OCR_NO_VERTEX;
		else if (v != source)
			good = good && has_edge[v] && d[parents[v]] + 1 == d[v];
	free(has_edge);
	return good;
}

/* Parents of a first search. */
static void
set_parents(const struct made_arcs *m, int is_directed, uint32_t *parents,
    const double *d)
{
	uint64_t v;
	size_t i;

	for (v = 0; v < m->n; v++)
		parents[v] = OCR_NO_VERTEX;
	for (i = 0; i < m->n_arcs; i++) {
		const struct made_arc *a = &m->arcs[i];

		if (!isinf(d[a->to]) && d[a->from] + 1 == d[a->to])
			parents[a->to] = a->from;
		if (!is_directed && !isinf(d[a->from]) &&
		    d[a->to] + 1 == d[a->from])
			parents[a->from] = a->to;
	}
}

/* Of edges that are added: also to new vertices, and not always whole. */
static double
weight_of(uint64_t *s, int is_unit, int is_real)
{
	double w = (double)ocr_random_below(s, 60);

	if (is_unit)
		return 1;
	return is_real && ocr_random_below(s, 3) == 0 ? w / 8 : w;
}

struct kind {
	int is_directed, is_unit, is_real, has_new;
};

/* What has stopped goes on, or is told the result of a search. */
static int
bring_up(struct ocr_repair *r, const double *want, uint64_t n,
    uint64_t most_arcs, int is_finished, int *n_stopped, struct ocr_err *err)
{
	/* Bins of all widths: one distance, few bins, all in one. */
	static const double widths[] = {0.01, 1, 3, 40, 1e30};
	double width = widths[n % 5];
	int status = ocr_repair_run(r, most_arcs, err);
	uint64_t v;

	if (status <= 0)
		return status == 0;
	++*n_stopped;
	if (is_finished)
		return ocr_repair_finish(r, width, err) == 0;
	for (v = 0; v < n; v++)
		if (!isinf(want[v]))
			ocr_repair_set(r, v, want[v]);
	return 1;
}

static int
one(struct ocr_crew *crew, enum made_shape shape, uint64_t n, struct kind k,
    uint64_t seed, int *n_stopped)
{
	struct made_arcs m = made_shape(shape, n, 1, k.is_unit ? 1 : 50, seed);
	struct ocr_graph *g = made_graph(&m, k.is_directed, OCR_EDGE_INT);
	uint64_t s = seed * 2 + 1, v, most = n + (k.has_new ? 3000 : 0);
	uint32_t *parents = made_zero((size_t)most, sizeof(*parents));
	struct ocr_repair *r = NULL;
	uint32_t source = (uint32_t)ocr_random_below(&s, n);
	double *was = made_zero((size_t)most, sizeof(*was)), *want;
	struct ocr_err err = {0};
	int batch, good, i, has_limit, is_finished, stopped_before;

	want = bellman_ford(&m, k.is_directed, k.is_unit, source);
	memcpy(was, want, (size_t)n * sizeof(*was));
	free(want);
	good = ocr_repair_new(&r, g, k.is_unit, 0, crew, &err) == 0;
	for (v = 0; v < n; v++)
		ocr_repair_set(r, v, was[v]);
	set_parents(&m, k.is_directed, parents, was);
	for (batch = 0; good && batch < BATCHES; batch++) {
		int n_edges = (int)ocr_random_below(&s, batch == 3 ? 300 : 4);

		if (k.has_new)
			n += ocr_random_below(&s, batch == 2 ? 2500 : 3);
		good = ocr_repair_grow(r, n, &err) == 0;
		for (v = m.n; v < n; v++) {
			was[v] = INFINITY;
			parents[v] = OCR_NO_VERTEX;
		}
		m.n = n;
		for (i = 0; i < n_edges; i++) {
			uint32_t a = (uint32_t)ocr_random_below(&s, n);
			uint32_t b = (uint32_t)ocr_random_below(&s, n);
			double w = weight_of(&s, k.is_unit, k.is_real);

			made_add(&m, a, b, w);
			good = good && ocr_repair_add(r, a, b, w, &err) == 0;
		}
		want = bellman_ford(&m, k.is_directed, k.is_unit, source);
		has_limit = (int)ocr_random_below(&s, 2);
		is_finished = (int)ocr_random_below(&s, 2);
		stopped_before = *n_stopped;
		good = good &&
		       bring_up(r, want, n,
			   has_limit ? ocr_random_below(&s, 50) : UINT64_MAX,
			   is_finished, n_stopped, &err) &&
		       (has_limit || *n_stopped == stopped_before);
		good = good && is_right(r, was, want, n);
		if (good && k.is_unit)
			good = ocr_repair_parents(r, parents, &err) == 0 &&
			       are_parents(&m, k.is_directed, parents, want,
				   source);
		memcpy(was, want, (size_t)n * sizeof(*was));
		free(want);
	}
	free(was);
	free(parents);
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
	int shape, i_kind, n_stopped = 0;

	if (ocr_crew_open(&crew, &opt, &err) < 0) {
		ok(0, "%s", err.text);
		return;
	}
	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			for (i_kind = 0; i_kind < 16; i_kind++)
				n_bad += !one(&crew, (enum made_shape)shape,
				    sizes[i],
				    (struct kind){i_kind & 1, i_kind >> 1 & 1,
					i_kind >> 2 & 1, i_kind >> 3},
				    (uint64_t)shape * 100 + i * 20 +
					(uint64_t)i_kind + 1,
				    &n_stopped);
	if (!ok(n_bad == 0, "%u threads", n_threads))
		diag("%zu graphs", n_bad);
	ok(n_stopped > 100, "and many that stopped");
	ocr_crew_close(&crew);
}

/* A path of n vertices, searched from its first. */
struct path {
	uint64_t n;
	struct made_arcs m;
	struct ocr_graph *g;
	struct ocr_crew crew;
	struct ocr_repair *r;
};

static void
path_open(struct path *p, uint64_t n, unsigned n_threads)
{
	struct ocr_team_opt opt = {.n_threads = n_threads, .devices = "cpu"};
	struct ocr_err err = {0};

	p->n = n;
	p->m = made_shape(MADE_PATH, n, 1, 1, 1);
	p->g = made_graph(&p->m, 0, OCR_EDGE_PLAIN);
	if (ocr_crew_open(&p->crew, &opt, &err) < 0 ||
	    ocr_repair_new(&p->r, p->g, true, 0, &p->crew, &err) < 0)
		abort();
	for (uint64_t v = 0; v < n; v++)
		ocr_repair_set(p->r, v, (double)v);
}

static void
path_close(struct path *p)
{
	ocr_repair_free(p->r);
	ocr_crew_close(&p->crew);
	made_free(p->g);
	free(p->m.arcs);
}

/* With an edge between its ends: the nearer way round. */
static int
is_ring(const struct path *p)
{
	for (uint64_t v = 0; v < p->n; v++)
		if (ocr_repair_distance(p->r, v) !=
		    (double)(v < p->n - v ? v : p->n - v))
			return 0;
	return 1;
}

/* One edge makes a long path short: a change that runs through all of it. */
static void
test_cascade(unsigned n_threads)
{
	enum { N = 200000 };
	struct path p;
	struct ocr_err err = {0};
	uint32_t *changed = NULL;
	size_t n_changed = 0;

	path_open(&p, N, n_threads);
	ok(ocr_repair_add(p.r, 0, N - 1, 1, &err) == 0 &&
		ocr_repair_run(p.r, UINT64_MAX, &err) == 0 &&
		ocr_repair_changed(p.r, &changed, &n_changed, &err) == 0,
	    "a cascade");
	ok(is_ring(&p) && n_changed == N / 2 - 1, "all of it is right");
	free(changed);
	path_close(&p);
}

/* Stops near the limit, not long after; then goes on from there, or stops again
 * after the next edge. */
static void
test_stop(unsigned n_threads)
{
	enum { N = 100000, MOST = 3000, SOME = 64 * 1024 };
	struct path p;
	struct ocr_err err = {0};
	uint32_t *changed = NULL;
	size_t n_changed = 0;

	path_open(&p, N, n_threads);
	ok(ocr_repair_add(p.r, 0, N - 1, 1, &err) == 0 &&
		ocr_repair_run(p.r, MOST, &err) == 1 &&
		ocr_repair_changed(p.r, &changed, &n_changed, &err) == 0 &&
		n_changed >= MOST / 4 && n_changed <= MOST + SOME,
	    "it stops");
	free(changed);
	changed = NULL;
	ok(ocr_repair_finish(p.r, 1, &err) == 0 &&
		ocr_repair_changed(p.r, &changed, &n_changed, &err) == 0 &&
		n_changed == N / 2 - 1,
	    "and goes on");
	ok(is_ring(&p), "to the end");
	/* Nothing is left of what had stopped. */
	ok(ocr_repair_run(p.r, 0, &err) == 0, "nothing to do is not too much");
	free(changed);
	path_close(&p);
}

/* Whole numbers keep all of their 64 bits, and no path is longer than asked
 * for. */
static void
test_limits(void)
{
	enum { N = 70 };
	struct ocr_team_opt opt = {.n_threads = 2, .devices = "cpu"};
	struct made_arcs m = made_shape(MADE_EMPTY, N, 1, 1, 1);
	struct ocr_graph *g = made_graph(&m, 1, OCR_EDGE_INT);
	struct ocr_repair *r = NULL, *near = NULL;
	struct ocr_crew crew;
	struct ocr_err err = {0};
	uint64_t far = UINT64_C(1) << 60;
	uint32_t v;

	if (ocr_crew_open(&crew, &opt, &err) < 0 ||
	    ocr_repair_new(&r, g, false, 0, &crew, &err) < 0 ||
	    ocr_repair_new(&near, g, true, 5, &crew, &err) < 0)
		abort();
	ocr_repair_set_whole(r, 0, far + 1);
	ocr_repair_set_whole(near, 0, 0);
	for (v = 0; v + 1 < N; v++)
		if (ocr_repair_add(r, v, v + 1, 4294967295.0, &err) < 0 ||
		    ocr_repair_add(near, v, v + 1, 1, &err) < 0)
			abort();
	ok(ocr_repair_run(r, UINT64_MAX, &err) == 0 && !ocr_repair_is_real(r) &&
		ocr_repair_whole(r, N - 1) ==
		    far + 1 + (N - 1) * UINT64_C(4294967295),
	    "64 bits");
	ok(ocr_repair_run(near, UINT64_MAX, &err) == 0 &&
		ocr_repair_whole(near, 5) == 5 &&
		ocr_repair_whole(near, 6) == UINT64_MAX,
	    "no further than 5");
	/* Reals from now on, those that were whole as well. */
	ok(ocr_repair_add(r, N - 1, 0, 4294967296.0, &err) == 0 &&
		ocr_repair_run(r, UINT64_MAX, &err) == 0 &&
		ocr_repair_is_real(r) &&
		ocr_repair_distance(r, 0) == (double)(far + 1),
	    "a weight of 33 bits makes them real");
	ocr_repair_free(r);
	ocr_repair_free(near);
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
	test_stop(1);
	test_stop(4);
	test_limits();
	return done();
}
