/*
 * test_pagerank.c - PageRank against a plain iteration in doubles
 */
#include "config.h"

#include <math.h>

#include "common/team_opt.h"
#include "kernels/k_rank.h"
#include "src/pagerank.h"
#include "src/pagerank_rows.h"
#include "src/pagerank_state.h"
#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

static const char *const schedules[] = {"static", "dynamic:1", "hap",
    "hws-paper:1", "hws"};
#define N_SCHEDULES (sizeof(schedules) / sizeof(*schedules))

static const char *const shapes[] = {"empty", "loops", "star", "path", "grid",
    "two paths", "multi", "random", "skewed"};

static void
open_crew(struct ocr_crew *c, unsigned n_threads, const char *schedule)
{
	struct ocr_team_opt o = {.n_threads = n_threads,
	    .devices = "cpu",
	    .has_schedule = true};
	struct ocr_err e = {0};

	if (ocr_team_opt_schedule(&o.schedule, "schedule", schedule, &e) < 0 ||
	    ocr_crew_open(c, &o, &e) < 0) {
		diag("%s", e.text);
		abort();
	}
}

/* *sum + *rest is the sum.  (Kahan, CACM 8 (1965).) */
static void
add(double *sum, double *rest, double x)
{
	double more = *sum + (x += *rest);

	*rest = x - (more - *sum);
	*sum = more;
}

/* One iteration of the formula, by arcs. */
static void
formula(const struct ocr_graph *g, double d, const double *from, double *to)
{
	double n = (double)g->n, sinks = 0, rest = 0, share,
	       *rests = made_zero(g->n, sizeof(*rests));
	uint64_t v, i;

	for (v = 0; v < g->n; v++)
		if (ocr_graph_degree(&g->out, v) == 0)
			add(&sinks, &rest, from[v]);
	for (v = 0; v < g->n; v++)
		to[v] = (1 - d) / n + d * sinks / n;
	for (v = 0; v < g->n; v++) {
		share = d * from[v] / (double)ocr_graph_degree(&g->out, v);
		for (i = g->out.offsets[v]; i < g->out.offsets[v + 1]; i++)
			add(&to[g->out.ends[i]], &rests[g->out.ends[i]], share);
	}
	free(rests);
}

static double
distance(const double *a, const double *b, uint64_t n)
{
	double sum = 0;

	for (uint64_t v = 0; v < n; v++)
		sum += fabs(a[v] - b[v]);
	return sum;
}

/* n_iterations 0: until nothing moves any more. */
static double *
reference(const struct ocr_graph *g, double d, unsigned n_iterations)
{
	double *a = made_zero(g->n, sizeof(*a)),
	       *b = made_zero(g->n, sizeof(*b)), *t, moved = 1;
	unsigned i;

	for (uint64_t v = 0; v < g->n; v++)
		a[v] = 1 / (double)g->n;
	for (i = 0; n_iterations > 0 ? i < n_iterations : moved > 2e-15; i++) {
		formula(g, d, a, b);
		moved = distance(a, b, g->n);
		t = a;
		a = b;
		b = t;
		if (i > 20000)
			break;
	}
	free(b);
	return a;
}

static struct ocr_graph *
make_in(enum made_shape shape, uint64_t n, int is_directed, int is_in_id_order)
{
	struct made_arcs m = made_shape(shape, n, 1, 9, n + shape);
	struct ocr_graph *g;

	/* Some without arcs at the end. */
	if (n > 2)
		m.n += n / 4;
	g = made_graph_in(&m, is_directed, OCR_EDGE_PLAIN, is_in_id_order);
	free(m.arcs);
	return g;
}

static struct ocr_graph *
make(enum made_shape shape, uint64_t n, int is_directed)
{
	return make_in(shape, n, is_directed, 0);
}

struct wanted {
	const struct ocr_graph *g;
	const double *scores;
	double damping, tolerance;
};

/* Blocks of 64: a plain sum of many is not exact enough. */
static double
error_of(const struct wanted *w, const struct ocr_scores *s, double *sum)
{
	double error = 0, part = 0;

	*sum = 0;
	for (uint64_t v = 0; v < w->g->n; v++) {
		part += ocr_pagerank_score(s, v);
		if (v % 64 == 63 || v + 1 == w->g->n) {
			*sum += part;
			part = 0;
		}
		error += fabs(ocr_pagerank_score(s, v) - w->scores[v]);
	}
	return error;
}

/* One run; what is wrong with it, NULL: nothing. */
static const char *
run_one(struct ocr_pagerank *p, const struct wanted *w, struct ocr_crew *crew)
{
	struct ocr_pagerank_opt o = {.damping = w->damping,
	    .tolerance = w->tolerance,
	    .max_iterations = 100000};
	/* What adding up in doubles, and rounding to floats, may cost. */
	bool is_exact = w->tolerance < 1e-6;
	double noise = is_exact ? 1e-14 : 1e-6, residual, sum, error;
	struct ocr_scores s = {0};
	struct ocr_err e = {0};

	if (ocr_pagerank_run(p, &o, &s, &e) < 0)
		return "failed";
	if ((s.exact == NULL) == (s.scores == NULL))
		return "both or none";
	if (!s.has_converged || !(s.change < w->tolerance) ||
	    s.n_iterations > 20000)
		return "not converged";
	if (ocr_pagerank_residual(w->g, &s, w->damping, crew, &residual, &e) <
	    0)
		return "no residual";
	error = error_of(w, &s, &sum);
	if (!(residual <= w->tolerance + noise))
		return "residual";
	if (!(fabs(sum - 1) <= (w->tolerance + noise) / (1 - w->damping)))
		return "sum";
	/* A residual r is an error of at most r / (1 - damping). */
	if (!(error <= (w->tolerance + 2 * noise) / (1 - w->damping) + 1e-13))
		return "error";
	return NULL;
}

static int
run_all(struct ocr_pagerank *p, struct wanted *w, struct ocr_crew *crew,
    const char *name)
{
	static const double tolerances[] = {1e-3, 1e-4, 1e-6, 1e-9, 1e-14};
	const char *wrong;
	int is_well = 1;

	for (unsigned i = 0; i < 5; i++) {
		w->tolerance = tolerances[i];
		wrong = run_one(p, w, crew);
		if (wrong == NULL)
			continue;
		diag("%s, damping %g, tolerance %g: %s", name, w->damping,
		    w->tolerance, wrong);
		is_well = 0;
	}
	return is_well;
}

static int
check_graph(const struct ocr_graph *g, struct ocr_crew *crew,
    const double *dampings, unsigned n_dampings, const char *name)
{
	struct ocr_pagerank *p;
	struct ocr_err e = {0};
	int is_well = ocr_pagerank_new(&p, g, crew, &e) == 0;

	for (unsigned i = 0; is_well && i < n_dampings; i++) {
		double *want = reference(g, dampings[i], 0);
		struct wanted w = {.g = g,
		    .scores = want,
		    .damping = dampings[i]};

		is_well &= run_all(p, &w, crew, name);
		free(want);
	}
	ocr_pagerank_free(p);
	return is_well;
}

static void
test_shapes(void)
{
	static const double dampings[] = {0, 0.5, 0.85, 0.99};
	static const uint64_t sizes[] = {1, 2, 3, 64, 130};
	struct ocr_crew crew;
	struct ocr_graph *g;
	char name[99];

	open_crew(&crew, 2, "hws");
	for (int shape = 0; shape < MADE_SHAPES; shape++) {
		int is_well = 1;

		for (int k = 0; k < 10; k++) {
			g = make((enum made_shape)shape, sizes[k / 2], k % 2);
			snprintf(name, sizeof(name), "%s of %d, %s",
			    shapes[shape], (int)sizes[k / 2],
			    k % 2 ? "directed" : "undirected");
			is_well &= check_graph(g, &crew, dampings, 4, name);
			made_free(g);
		}
		ok(is_well, "%s", shapes[shape]);
	}
	ocr_crew_close(&crew);
}

/* Large enough for several units, blocks and chunks. */
static void
test_threads(void)
{
	static const enum made_shape large[] = {MADE_STAR, MADE_TWO,
	    MADE_RANDOM, MADE_SKEWED};
	static const unsigned n_threads[] = {1, 2, 3, 8};
	static const double damping = 0.85;
	struct ocr_graph *graphs[8];
	struct ocr_crew crew;

	for (int k = 0; k < 8; k++)
		graphs[k] = make(large[k / 2], 6000, k % 2);
	for (unsigned i = 0; i < N_SCHEDULES * 4; i++) {
		const char *schedule = schedules[i / 4];
		unsigned t = n_threads[i % 4];
		int k = (int)(i % 8), is_well = 1;

		open_crew(&crew, t, schedule);
		is_well &= check_graph(graphs[k], &crew, &damping, 1, schedule);
		is_well &= check_graph(graphs[(k + 3) % 8], &crew, &damping, 1,
		    schedule);
		ocr_crew_close(&crew);
		ok(is_well, "%s, %u threads", schedule, t);
	}
	for (int k = 0; k < 8; k++)
		made_free(graphs[k]);
}

/* A fixed count: the formula to the last digits, the same for all threads. */
static int
check_count(const struct ocr_graph *g, struct ocr_crew *crew, unsigned n,
    double *first)
{
	struct ocr_pagerank_opt o = {.damping = 0.85,
	    .tolerance = 1,
	    .iterations = n};
	double *want = reference(g, 0.85, n), *before, change;
	struct ocr_pagerank *p;
	struct ocr_scores s = {0};
	struct ocr_err e = {0};
	int is_well = 0;

	before = made_zero(g->n, sizeof(*before));
	free(before);
	before = n > 1 ? reference(g, 0.85, n - 1) : NULL;
	if (ocr_pagerank_new(&p, g, crew, &e) < 0 ||
	    ocr_pagerank_run(p, &o, &s, &e) < 0)
		goto out;
	is_well = s.exact != NULL && s.n_iterations == n;
	for (uint64_t v = 0; is_well && v < g->n; v++)
		is_well = fabs(s.exact[v] - want[v]) <= 1e-13 * want[v];
	if (before != NULL) {
		change = distance(want, before, g->n);
		is_well &= fabs(change - s.change) <= 1e-13;
	}
	if (first != NULL && first[0] == 0)
		memcpy(first, s.exact, g->n * sizeof(*first));
	else if (first != NULL)
		is_well &= memcmp(first, s.exact, g->n * sizeof(*first)) == 0;
out:
	ocr_pagerank_free(p);
	free(want);
	free(before);
	return is_well;
}

static void
test_counts(void)
{
	static const unsigned n_threads[] = {1, 2, 3, 8};
	struct ocr_graph *large[2] = {make(MADE_SKEWED, 6000, 0),
	    make(MADE_SKEWED, 6000, 1)};
	double *first[2] = {made_zero(large[0]->n, 8),
	    made_zero(large[1]->n, 8)};
	struct ocr_crew crew;
	struct ocr_graph *g;
	int is_well;

	for (unsigned i = 0; i < 4; i++) {
		open_crew(&crew, n_threads[i], schedules[i % N_SCHEDULES]);
		is_well = 1;
		for (int shape = 0; shape < 2 * MADE_SHAPES; shape++) {
			g = make((enum made_shape)(shape / 2), 70, shape % 2);
			for (unsigned n = 1; n <= 30; n += 1 + n / 3)
				is_well &= check_count(g, &crew, n, NULL);
			made_free(g);
		}
		is_well &= check_count(large[0], &crew, 5, first[0]);
		is_well &= check_count(large[1], &crew, 5, first[1]);
		ok(is_well, "fixed counts, %u threads", n_threads[i]);
		ocr_crew_close(&crew);
	}
	for (int k = 0; k < 2; k++) {
		free(first[k]);
		made_free(large[k]);
	}
}

/* LDBC Graphalytics' example: 10 vertices, 2 iterations. */
static void
test_ldbc(void)
{
	static const uint32_t arcs[][2] = {{1, 3}, {1, 5}, {2, 4}, {2, 5},
	    {2, 10}, {3, 1}, {3, 5}, {3, 8}, {3, 10}, {5, 3}, {5, 4}, {5, 8},
	    {6, 3}, {6, 4}, {7, 4}, {8, 1}, {9, 4}};
	static const double want[] = {1.477629166666667e-01,
	    4.753375000000000e-02, 1.550469444444444e-01, 1.597573611111111e-01,
	    1.462400000000000e-01, 4.753375000000000e-02, 4.753375000000000e-02,
	    1.135740277777778e-01, 4.753375000000000e-02,
	    8.748375000000001e-02};
	struct ocr_pagerank_opt o = {.damping = 0.85, .iterations = 2};
	struct made_arcs m = {.n = 10};
	struct ocr_pagerank *p;
	struct ocr_graph *g;
	struct ocr_scores s;
	struct ocr_crew crew;
	struct ocr_err e = {0};
	int is_well = 1;

	for (size_t i = 0; i < sizeof(arcs) / sizeof(*arcs); i++)
		made_add(&m, arcs[i][0] - 1, arcs[i][1] - 1, 1);
	g = made_graph(&m, 1, OCR_EDGE_PLAIN);
	open_crew(&crew, 1, "hws");
	is_int(ocr_pagerank_new(&p, g, &crew, &e), 0, "LDBC's example");
	is_int(ocr_pagerank_run(p, &o, &s, &e), 0, "two iterations");
	for (int v = 0; v < 10; v++)
		is_well &= fabs(s.exact[v] - want[v]) < 1e-15;
	ok(is_well, "its scores");
	ocr_pagerank_free(p);
	ocr_crew_close(&crew);
	made_free(g);
	free(m.arcs);
}

/* One thread: the same bits again, after other runs, too. */
static void
test_again(void)
{
	struct ocr_graph *g = make(MADE_SKEWED, 3000, 1);
	struct ocr_pagerank_opt o = {.damping = 0.85, .tolerance = 1e-4};
	float *first = made_zero(g->n, sizeof(*first));
	struct ocr_pagerank *p;
	struct ocr_scores s;
	struct ocr_crew crew;
	struct ocr_err e = {0};

	open_crew(&crew, 1, "hws");
	is_int(ocr_pagerank_new(&p, g, &crew, &e), 0, "new");
	is_int(ocr_pagerank_run(p, &o, &s, &e), 0, "run");
	memcpy(first, s.scores, g->n * sizeof(*first));
	o.tolerance = 1e-12;
	is_int(ocr_pagerank_run(p, &o, &s, &e), 0, "another run");
	o.tolerance = 1e-4;
	is_int(ocr_pagerank_run(p, &o, &s, &e), 0, "the first one again");
	is_mem(s.scores, first, g->n * sizeof(*first), "the same bits");
	o.max_iterations = 1;
	o.tolerance = 0;
	is_int(ocr_pagerank_run(p, &o, &s, &e), 0, "one iteration, no goal");
	ok(s.n_iterations == 1 && !s.has_converged && s.change > 0,
	    "has not converged");
	ocr_pagerank_free(p);
	ocr_crew_close(&crew);
	made_free(g);
	free(first);
}

static void
is_refused(struct ocr_pagerank *p, double damping, double tolerance,
    const char *want)
{
	struct ocr_pagerank_opt o = {.damping = damping,
	    .tolerance = tolerance};
	struct ocr_scores s;
	struct ocr_err e = {0};

	if (!ok(ocr_pagerank_run(p, &o, &s, &e) == -OCR_EUSAGE &&
		    strcmp(e.text, want) == 0,
		"%s", want))
		diag("got: %s", e.text);
}

static void
test_refused(void)
{
	struct ocr_graph *g = make(MADE_PATH, 9, 1);
	struct ocr_pagerank *p;
	struct ocr_crew crew;
	struct ocr_err e = {0};
	volatile int stop = 1;

	open_crew(&crew, 1, "hws");
	is_int(ocr_pagerank_new(&p, g, &crew, &e), 0, "new");
	is_refused(p, 1, 1e-4, "damping 1: not from 0 to below 1");
	is_refused(p, -0.1, 1e-4, "damping -0.1: not from 0 to below 1");
	is_refused(p, (double)NAN, 1e-4, "damping nan: not from 0 to below 1");
	is_refused(p, 0.85, -1, "tolerance -1: not a number from 0 on");
	is_refused(p, 0.85, (double)NAN,
	    "tolerance nan: not a number from 0 on");
	ocr_pagerank_free(p);
	crew.stop = &stop;
	ok(ocr_pagerank_new(&p, g, &crew, &e) < 0 && p == NULL, "stopped");
	ocr_pagerank_free(NULL);
	ocr_crew_close(&crew);
	made_free(g);
}

/* Directed: by powers of two of the degree, then by length. */
static int
is_before(const struct ocr_rank_rows *r, uint64_t i)
{
	uint64_t degree = ocr_rank_degree(r, i),
		 next = ocr_rank_degree(r, i + 1),
		 n = r->offsets[i + 1] - r->offsets[i],
		 next_n = r->offsets[i + 2] - r->offsets[i + 1];

	if (r->degrees == NULL)
		return next >= 1024 || degree <= next;
	if (__builtin_clzll(degree) != __builtin_clzll(next))
		return degree < next;
	return next_n >= 16 || n <= next_n;
}

/* The layout: each arc once, rows in order, the same for all threads. */
static int
is_layout(const struct ocr_rank_rows *r, const struct ocr_graph *g)
{
	uint64_t *arcs = made_zero(g->n, sizeof(*arcs)), v, i, k, sum = 0;
	int is_well = r->units[0] == 0 && r->units[r->n_units] == r->n_rows &&
		      r->units[r->n_live_units] == r->n_live &&
		      r->n_arcs == g->n_arcs && r->n_rows + r->n_alone == g->n;

	for (v = 0; v < g->n; v++) {
		i = r->rows[v];
		if (i == OCR_NO_VERTEX)
			continue;
		is_well &=
		    (i < r->n_live) == (ocr_graph_degree(&g->out, v) > 0);
		is_well &= r->offsets[i + 1] - r->offsets[i] ==
			   ocr_graph_degree(&g->in, v);
		for (k = 0; k < ocr_graph_degree(&g->in, v); k++) {
			uint32_t u = g->in.ends[g->in.offsets[v] + k];

			is_well &= r->ends[r->offsets[i] + k] == r->rows[u];
			sum += i >= r->n_live;
		}
	}
	for (i = 0; !r->is_along && i + 1 < r->n_live; i++)
		is_well &= is_before(r, i);
	for (i = 0; r->to_sinks != NULL && i < r->n_live; i++)
		sum -= r->to_sinks[i];
	free(arcs);
	return is_well && sum == 0;
}

static void
test_layout(void)
{
	struct ocr_rank_rows one, many;
	struct ocr_crew crew[2];
	struct ocr_graph *g;
	struct ocr_err e = {0};
	int is_well = 1;

	open_crew(&crew[0], 1, "hws");
	open_crew(&crew[1], 5, "dynamic:1");
	for (int k = 0; k < 2 * MADE_SHAPES; k++) {
		g = make((enum made_shape)(k / 2), 10000, k % 2);
		is_well &= ocr_rank_rows_init(&one, g, &crew[0], &e) == 0;
		is_well &= ocr_rank_rows_init(&many, g, &crew[1], &e) == 0;
		is_well &= is_layout(&one, g) && is_layout(&many, g);
		is_well &=
		    memcmp(one.rows, many.rows, g->n * sizeof(*one.rows)) == 0;
		ocr_rank_rows_release(&one);
		ocr_rank_rows_release(&many);
		made_free(g);
	}
	ok(is_well, "layouts");
	ocr_crew_close(&crew[0]);
	ocr_crew_close(&crew[1]);
}

/* Arcs to higher numbers alone, to lower ones, and some back. */
static void
add_along(struct made_arcs *m, uint64_t n, bool is_downward, unsigned percent)
{
	uint64_t seed = 3, v, u, k;

	m->n = n + 5;
	for (v = 0; v + 1 < n; v++)
		for (k = ocr_random_below(&seed, 9); k > 0; k--) {
			bool is_back = ocr_random_below(&seed, 100) < percent;

			u = v + 1 + ocr_random_below(&seed, n - 1 - v);
			if (is_back != is_downward)
				made_add(m, u, v, 1);
			else
				made_add(m, v, u, 1);
		}
}

/* Vertex i's row, if rows are along the arcs. */
static int
is_in_order(const struct ocr_rank_rows *r, const struct ocr_graph *g,
    bool is_downward)
{
	uint64_t last = 0, v;
	int is_well = r->is_along;

	for (uint64_t i = 0; is_well && i < g->n; i++) {
		v = is_downward ? g->n - 1 - i : i;
		if (ocr_graph_degree(&g->out, v) == 0)
			continue;
		is_well = r->rows[v] == last++;
	}
	return is_well;
}

/* Vertices with arcs from them have rows in order, then the sinks have. */
static int
is_by_id(const struct ocr_rank_rows *r, const struct ocr_graph *g)
{
	uint64_t next = 0, v, out;
	int is_sink, is_well = 1;

	for (is_sink = 0; is_sink < 2; is_sink++)
		for (v = 0; v < g->n; v++) {
			out = ocr_graph_degree(&g->out, v);
			if ((out == 0) == is_sink &&
			    out + ocr_graph_degree(&g->in, v) > 0)
				is_well &= r->rows[v] == next++;
		}
	return is_well && next == r->n_rows;
}

static void
check_id_order(struct ocr_graph *g, const char *name)
{
	static const double dampings[] = {0.5, 0.85};
	struct ocr_rank_rows rows;
	struct ocr_crew crew;
	struct ocr_err e = {0};

	open_crew(&crew, 3, "hws");
	ok(ocr_rank_rows_init(&rows, g, &crew, &e) == 0 && is_by_id(&rows, g),
	    "%s: rows in the order of ids", name);
	ocr_rank_rows_release(&rows);
	ok(check_graph(g, &crew, dampings, 2, name), "%s: scores", name);
	ocr_crew_close(&crew);
	made_free(g);
}

static void
test_id_order(void)
{
	struct made_arcs m;

	for (int k = 0; k < 2 * MADE_SHAPES; k++)
		check_id_order(
		    make_in((enum made_shape)(k / 2), 3000, k % 2, 1),
		    shapes[k / 2]);
	for (int is_downward = 0; is_downward < 2; is_downward++) {
		m = (struct made_arcs){0};
		add_along(&m, 20000, is_downward, 0);
		check_id_order(made_graph_in(&m, 1, OCR_EDGE_PLAIN, 1),
		    is_downward ? "down" : "up");
		free(m.arcs);
	}
}

static void
test_along(void)
{
	static const double dampings[] = {0.5, 0.85, 0.99};
	struct ocr_pagerank_opt o = {.damping = 0.85, .tolerance = 1e-6};
	struct made_arcs m;
	struct ocr_graph *g;
	struct ocr_pagerank *p;
	struct ocr_scores s;
	struct ocr_crew crew;
	struct ocr_err e = {0};
	bool is_downward;

	for (unsigned i = 0; i < 12; i++) {
		m = (struct made_arcs){0};
		is_downward = i % 2;
		add_along(&m, 20000, is_downward, i < 6 ? 0 : 10);
		g = made_graph(&m, 1, OCR_EDGE_PLAIN);
		open_crew(&crew, 1 + i / 2 % 3, "hws");
		if (ocr_pagerank_new(&p, g, &crew, &e) < 0)
			abort();
		ok(is_in_order(&p->rows, g, is_downward), "rows along arcs");
		if (i < 2) {
			ok(ocr_pagerank_run(p, &o, &s, &e) == 0 &&
				s.has_converged && s.n_iterations == 2,
			    "one sweep, and one to see it");
		}
		ocr_pagerank_free(p);
		ok(check_graph(g, &crew, dampings, 3, "along"), "scores");
		ocr_crew_close(&crew);
		made_free(g);
		free(m.arcs);
	}
}

/* The same rows, whoever made them; scores and residual. */
static void
test_without_in(void)
{
	static const double dampings[] = {0, 0.85};
	struct ocr_graph *g, half;
	struct ocr_crew crew;
	int is_well = 1;

	open_crew(&crew, 2, "hws");
	for (int shape = 0; shape < MADE_SHAPES; shape++) {
		g = make((enum made_shape)shape, 3000, 1);
		half = *g;
		half.in = (struct ocr_rows){0};
		is_well &=
		    check_graph(&half, &crew, dampings, 2, shapes[shape]);
		made_free(g);
	}
	ok(is_well, "without in-arcs");
	ocr_crew_close(&crew);
}

#define N 6000

/* Row i, without any of the kernel's ways. */
static double
row_of(const struct k_rank_args *a, const double *from, uint64_t i)
{
	double sum = 0, rest = 0;

	for (uint64_t k = a->offsets[i]; k < a->offsets[i + 1]; k++)
		add(&sum, &rest, from[a->ends[k]] + a->shift);
	return (a->base + a->damping * sum) / a->degrees[i] - a->shift;
}

/* Sums and each c; the sweep is over some of the rows. */
static int
is_swept(const struct k_rank_args *args, const double *from, bool is_exact,
    double relative)
{
	static const uint64_t start = 7, end = N - 9;
	struct k_rank_args a = *args;
	struct k_rank_sums all = {0, 0, 0};
	double *doubles = made_zero(N, 8), c, mass = 0, sunk = 0;
	float *floats = made_zero(N, 4), *to = made_zero(N, 4);
	int is_well = 1;

	for (int i = 0; i < N; i++)
		floats[i] = (float)from[i];
	a.from = is_exact ? (const void *)from : floats;
	a.to = is_exact ? (void *)doubles : to;
	(is_exact ? k_rank_doubles : k_rank_floats)(&a, start, end, &all);
	for (uint64_t i = 0; i < N; i++) {
		double got = is_exact ? doubles[i] : (double)to[i];

		c = i < start || i >= end ? 0 : row_of(&a, from, i);
		is_well &= fabs(got - c) <= relative * (fabs(c) + 1);
		if (c != 0)
			mass += (c + a.shift) * a.degrees[i];
		sunk += c * a.to_sinks[i];
	}
	is_well &= fabs(all.mass - mass) <= relative * mass;
	is_well &= fabs(all.to_sinks - sunk) <= relative * sunk;
	free(doubles);
	free(floats);
	free(to);
	return is_well;
}

/* Rows of 0, 1, 2, ... and some long ones. */
static void
test_kernels(void)
{
	uint64_t *offsets = made_zero(N + 1, 8), n = 0, seed = 7;
	uint32_t *ends, *degrees = made_zero(N, 4), *to_sinks = made_zero(N, 4);
	double *from = made_zero(N, 8);
	struct k_rank_args a;
	int i;

	for (i = 0; i < N; i++) {
		n += i % 1500 == 1499 ? 9000 + (uint64_t)i : (uint64_t)i % 70;
		offsets[i + 1] = n;
		degrees[i] = 1 + (uint32_t)ocr_random_below(&seed, 99);
		to_sinks[i] = (uint32_t)ocr_random_below(&seed, 3);
		from[i] = (double)(1 + ocr_random_below(&seed, 1000)) / 1024;
	}
	/* No room behind: what reads too far is seen. */
	ends = malloc(n * sizeof(*ends));
	if (ends == NULL)
		abort();
	for (uint64_t k = 0; k < n; k++)
		ends[k] = (uint32_t)ocr_random_below(&seed, N);
	a = (struct k_rank_args){.offsets = offsets,
	    .ends = ends,
	    .degrees = degrees,
	    .to_sinks = to_sinks,
	    .base = 0.25,
	    .damping = 0.85,
	    .shift = 0.125};
	ok(is_swept(&a, from, false, 1e-5), "floats");
	ok(is_swept(&a, from, true, 1e-13), "doubles");
	free(offsets);
	free(ends);
	free(degrees);
	free(to_sinks);
	free(from);
}

int
main(void)
{
	test_ldbc();
	test_refused();
	test_again();
	test_layout();
	test_kernels();
	test_along();
	test_id_order();
	test_without_in();
	test_counts();
	test_shapes();
	test_threads();
	return done();
}
