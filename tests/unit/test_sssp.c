/*
 * test_sssp.c - distances against a plain Dijkstra
 *
 * All shapes, kinds of weight, directions, numbers of threads, schedules and
 * widths of windows.  Runs under TSan.
 */
#include "config.h"

#include "src/sssp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

#define N_SOURCES 3
#define N_CREWS 13
#define SMALL 1000
/* Vertices of a road: 9 to 18 tiles; prime to the next. */
#define ROAD 18000
#define STIR 7919

/* What distances ought to be. */
struct reference {
	uint64_t *whole; /* UINT64_MAX: not reached */
	double *real;    /* INFINITY: not reached */
};

struct heap {
	uint64_t *whole;
	double *real;
	uint32_t *vertices;
	size_t n;
};

struct fixture {
	struct ocr_crew crews[N_CREWS];
	const char *names[N_CREWS];
	struct ocr_err err;
};

static bool
heap_less(const struct heap *h, size_t a, size_t b)
{
	return h->real != NULL ? h->real[a] < h->real[b]
			       : h->whole[a] < h->whole[b];
}

static void
heap_swap(struct heap *h, size_t a, size_t b)
{
	uint32_t v = h->vertices[a];
	uint64_t w;
	double x;

	h->vertices[a] = h->vertices[b];
	h->vertices[b] = v;
	if (h->real != NULL) {
		x = h->real[a];
		h->real[a] = h->real[b];
		h->real[b] = x;
	} else {
		w = h->whole[a];
		h->whole[a] = h->whole[b];
		h->whole[b] = w;
	}
}

static void
heap_push(struct heap *h, uint32_t v, uint64_t whole, double real)
{
	size_t i = h->n++;

	h->vertices[i] = v;
	if (h->real != NULL)
		h->real[i] = real;
	else
		h->whole[i] = whole;
	for (; i > 0 && heap_less(h, i, (i - 1) / 2); i = (i - 1) / 2)
		heap_swap(h, i, (i - 1) / 2);
}

static void
heap_pop(struct heap *h)
{
	size_t i = 0, j;

	heap_swap(h, 0, --h->n);
	while ((j = 2 * i + 1) < h->n) {
		if (j + 1 < h->n && heap_less(h, j + 1, j))
			j++;
		if (!heap_less(h, j, i))
			break;
		heap_swap(h, i, j);
		i = j;
	}
}

static struct reference
dijkstra(const struct ocr_graph *g, uint32_t source)
{
	bool is_real = g->kind == OCR_EDGE_REAL;
	struct reference ref = {0};
	struct heap h = {0};
	uint64_t v, i, whole = 0, w;
	double real = 0, x;

	ref.whole = made_zero(g->n, sizeof(*ref.whole));
	ref.real = made_zero(g->n, sizeof(*ref.real));
	h.vertices = made_zero(g->n_arcs + 1, sizeof(*h.vertices));
	if (is_real)
		h.real = made_zero(g->n_arcs + 1, sizeof(*h.real));
	else
		h.whole = made_zero(g->n_arcs + 1, sizeof(*h.whole));
	for (v = 0; v < g->n; v++) {
		ref.whole[v] = UINT64_MAX;
		ref.real[v] = INFINITY;
	}
	ref.whole[source] = 0;
	ref.real[source] = 0;
	heap_push(&h, source, 0, 0);
	while (h.n > 0) {
		uint32_t u = h.vertices[0];

		if (is_real)
			real = h.real[0];
		else
			whole = h.whole[0];
		heap_pop(&h);
		if (is_real ? real > ref.real[u] : whole > ref.whole[u])
			continue;
		for (i = g->out.offsets[u]; i < g->out.offsets[u + 1]; i++) {
			v = g->out.ends[i];
			x = is_real ? real + g->out.reals[i] : 0;
			w = g->kind == OCR_EDGE_INT ? whole + g->out.ints[i]
						    : whole + 1;
			if (is_real ? x >= ref.real[v] : w >= ref.whole[v])
				continue;
			ref.real[v] = x;
			ref.whole[v] = w;
			heap_push(&h, (uint32_t)v, w, x);
		}
	}
	free(h.vertices);
	free(h.real);
	free(h.whole);
	return ref;
}

static void
free_reference(struct reference *ref)
{
	free(ref->whole);
	free(ref->real);
}

static bool
is_same(const struct ocr_graph *g, const struct reference *ref,
    const struct ocr_distances *d, uint64_t v)
{
	if (g->kind == OCR_EDGE_REAL)
		return d->width == 0 &&
		       (ref->real[v] > 1.7976931348623157e308
			       ? !ocr_sssp_is_reached(d, v)
			       : fabs(d->real[v] - ref->real[v]) <=
				     1e-12 * ref->real[v]);
	if (ref->whole[v] == UINT64_MAX)
		return !ocr_sssp_is_reached(d, v);
	if (d->width == 4)
		return d->near[v] == ref->whole[v];
	return d->width == 8 && d->far[v] == ref->whole[v];
}

/* Distances, their sums, and the verifier. */
static bool
is_right(struct fixture *f, const struct ocr_graph *g, uint32_t source,
    const struct reference *ref, const struct ocr_distances *d,
    struct ocr_crew *crew)
{
	uint64_t v, n = 0;
	double longest = 0, x;

	for (v = 0; v < g->n; v++) {
		if (!is_same(g, ref, d, v)) {
			diag("vertex %" PRIu64 ", source %u, width %u", v,
			    source, d->width);
			return false;
		}
		if (!ocr_sssp_is_reached(d, v))
			continue;
		n++;
		x = g->kind == OCR_EDGE_REAL ? ref->real[v]
					     : (double)ref->whole[v];
		longest = x > longest ? x : longest;
	}
	if (n != d->n_reached || fabs(longest - d->longest) > 1e-12 * longest) {
		diag("reached %" PRIu64 ", says %" PRIu64 "; longest %g, %g", n,
		    d->n_reached, longest, d->longest);
		return false;
	}
	f->err = (struct ocr_err){0};
	if (ocr_sssp_verify(g, source, d, crew, &f->err) < 0) {
		diag("verify: %s", f->err.text);
		return false;
	}
	return true;
}

/* All sources of one graph with one crew and one width. */
static bool
run_some(struct fixture *f, const struct ocr_graph *g, double delta,
    struct ocr_crew *crew, const uint32_t *sources,
    const struct reference *refs)
{
	struct ocr_distances d;
	struct ocr_sssp *s = NULL;
	bool is_fine = true;
	int i;

	f->err = (struct ocr_err){0};
	if (ocr_sssp_new(&s, g, delta, crew, &f->err) < 0) {
		diag("new: %s", f->err.text);
		return false;
	}
	for (i = 0; is_fine && i < N_SOURCES; i++) {
		is_fine = ocr_sssp_run(s, sources[i], &d, &f->err) == 0;
		if (!is_fine)
			diag("run: %s", f->err.text);
		else
			is_fine =
			    is_right(f, g, sources[i], &refs[i], &d, crew);
	}
	ocr_sssp_free(s);
	return is_fine;
}

/* Every crew, and with some of them every width. */
static bool
run_all(struct fixture *f, const struct ocr_graph *g)
{
	static const double deltas[] = {1e-320, 1, 2, 7, 300, 4096, 1e9, 1e18,
	    1e308};
	uint32_t sources[N_SOURCES] = {0, (uint32_t)(g->n / 2),
	    (uint32_t)(g->n - 1)};
	struct reference refs[N_SOURCES];
	/* Small graphs are done by one thread whatever there is. */
	size_t i, k, stride = g->n < SMALL ? 6 : 1;
	bool is_fine = true;

	for (i = 0; i < N_SOURCES; i++)
		refs[i] = dijkstra(g, sources[i]);
	for (i = 0; is_fine && i < N_CREWS; i += g->n < SMALL ? stride : 2) {
		is_fine = run_some(f, g, 0, &f->crews[i], sources, refs);
		if (!is_fine)
			diag("%s", f->names[i]);
	}
	for (i = 0; is_fine && i < sizeof(deltas) / sizeof(deltas[0]);
	     i += g->n < SMALL ? 4 : 2)
		for (k = 0; is_fine && k < 4; k += 2 * stride + 1) {
			is_fine = run_some(f, g, deltas[i], &f->crews[k],
			    sources, refs);
			if (!is_fine)
				diag("%s, delta %g", f->names[k], deltas[i]);
		}
	for (i = 0; i < N_SOURCES; i++)
		free_reference(&refs[i]);
	return is_fine;
}

/* The same, of a larger graph: some. */
static bool
run_few(struct fixture *f, const struct ocr_graph *g)
{
	static const struct {
		int crew;
		double delta;
	} cases[] = {{0, 0}, {1, 0}, {2, 0}, {1, 1}, {1, 4096}};
	uint32_t sources[N_SOURCES] = {0, (uint32_t)(g->n / 2),
	    (uint32_t)(g->n - 1)};
	struct reference refs[N_SOURCES];
	bool is_fine = true;
	size_t i;

	for (i = 0; i < N_SOURCES; i++)
		refs[i] = dijkstra(g, sources[i]);
	for (i = 0; is_fine && i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_fine = run_some(f, g, cases[i].delta,
		    &f->crews[cases[i].crew], sources, refs);
		if (!is_fine)
			diag("%s, delta %g", f->names[cases[i].crew],
			    cases[i].delta);
	}
	for (i = 0; i < N_SOURCES; i++)
		free_reference(&refs[i]);
	return is_fine;
}

/* In its own direction, both, and without rows of in-arcs. */
static void
test_arcs(struct fixture *f, const struct made_arcs *m, enum ocr_edge_kind kind,
    const char *name)
{
	struct ocr_graph *g = made_graph(m, 0, kind);
	struct ocr_rows in;

	ok(run_all(f, g), "%s: undirected", name);
	made_free(g);
	g = made_graph(m, 1, kind);
	ok(run_all(f, g), "%s: directed", name);
	in = g->in;
	g->in = (struct ocr_rows){0};
	ok(run_all(f, g), "%s: directed, without in-arcs", name);
	g->in = in;
	made_free(g);
}

/* The same in the order of ids: without ranks, hubs or not. */
static void
test_id_order(struct fixture *f)
{
	static const enum ocr_edge_kind kinds[] = {OCR_EDGE_PLAIN, OCR_EDGE_INT,
	    OCR_EDGE_REAL};
	struct made_arcs m;
	struct ocr_graph *g;
	int i, shape;

	for (i = 0; i < 6; i++) {
		shape = i / 3 == 0 ? MADE_SKEWED : MADE_STAR;
		m = made_shape((enum made_shape)shape, 5000, 1, 255, 8);
		g = made_graph_in(&m, i % 2, kinds[i % 3], 1);
		ok(run_all(f, g), "order of ids: %s, kind %d%s",
		    shape == MADE_STAR ? "star" : "skewed", i % 3,
		    i % 2 ? ", directed" : "");
		made_free(g);
		free(m.arcs);
	}
}

struct weights {
	const char *name;
	enum ocr_edge_kind kind;
	uint64_t low, high;
	double factor; /* reals */
};

static const struct weights all_weights[] = {
    {"plain", OCR_EDGE_PLAIN, 1, 1, 1},
    {"1..255", OCR_EDGE_INT, 1, 255, 1},
    {"0..3", OCR_EDGE_INT, 0, 3, 1},
    {"0", OCR_EDGE_INT, 0, 0, 1},
    {"0..2^20", OCR_EDGE_INT, 0, 1 << 20, 1},
    {"1..2^32-1", OCR_EDGE_INT, 1, UINT32_MAX, 1},
    {"2^32-1", OCR_EDGE_INT, UINT32_MAX, UINT32_MAX, 1},
    {"0.1..25.5", OCR_EDGE_REAL, 1, 255, 0.1},
    {"reals 0..3", OCR_EDGE_REAL, 0, 3, 1},
    {"reals 1e300", OCR_EDGE_REAL, 1, 255, 1e300},
    {"reals 5e-324", OCR_EDGE_REAL, 0, 1000, 5e-324},
};

/* Many tiles; with numbers that say who is near, numbers that do not, and
 * these without ranks, where most arcs come late. */
static void
test_roads(struct fixture *f, enum made_shape shape, const struct weights *w)
{
	static const char *const names[] = {"ranks", "numbers", "stirred",
	    "stirred, directed", "stirred numbers"};
	struct made_arcs m;
	struct ocr_graph *g;
	size_t k, i;

	for (k = 0; k < sizeof(names) / sizeof(*names); k++) {
		m = made_shape(shape, ROAD, w->low, w->high, 21 + k);
		for (i = 0; i < m.n_arcs; i++) {
			m.arcs[i].weight *= w->factor;
			if (k < 2)
				continue;
			m.arcs[i].from = m.arcs[i].from * STIR % ROAD;
			m.arcs[i].to = m.arcs[i].to * STIR % ROAD;
		}
		g = made_graph_in(&m, k == 3, w->kind, k == 1 || k == 4);
		ok(run_few(f, g), "roads, %s: %s, %s", w->name,
		    shape == MADE_PATH ? "path" : "grid", names[k]);
		made_free(g);
		free(m.arcs);
	}
}

static void
test_shape(struct fixture *f, enum made_shape shape, uint64_t n,
    const struct weights *w)
{
	static const char *const names[MADE_SHAPES] = {"empty", "loops", "star",
	    "path", "grid", "two", "multi", "random", "skewed"};
	struct made_arcs m = made_shape(shape, n, w->low, w->high, n + shape);
	char name[100];
	size_t i;

	if (w->kind == OCR_EDGE_REAL)
		for (i = 0; i < m.n_arcs; i++)
			m.arcs[i].weight *= w->factor;
	(void)snprintf(name, sizeof(name), "%s of %" PRIu64 ", %s",
	    names[shape], n, w->name);
	test_arcs(f, &m, w->kind, name);
	free(m.arcs);
}

static void
test_shapes(struct fixture *f)
{
	static const uint64_t sizes[] = {1, 65};
	size_t i, k;
	int shape;

	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (k = 0; k < sizeof(all_weights) / sizeof(*all_weights); k++)
			for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
				test_shape(f, shape, sizes[i], &all_weights[k]);
}

/* Large enough for windows, pull and several threads. */
static void
test_large(struct fixture *f)
{
	size_t k;

	for (k = 1; k < sizeof(all_weights) / sizeof(*all_weights); k += 2)
		test_shape(f, k % 4 == 1 ? MADE_SKEWED : MADE_RANDOM, 1500,
		    &all_weights[k]);
	test_shape(f, MADE_GRID, 2500, &all_weights[1]);
	test_shape(f, MADE_STAR, 5000, &all_weights[7]);
	test_shape(f, MADE_PATH, 4000, &all_weights[5]);
}

/* Distances of 16 bits while they fit, windows and pull with them. */
static void
test_short(struct fixture *f)
{
	static const struct weights some[] = {
	    {"1..20000", OCR_EDGE_INT, 1, 20000, 1},
	    {"0..65000", OCR_EDGE_INT, 0, 65000, 1},
	};
	static const uint32_t last[] = {5533, 5534, 5535, 5536, 65536};
	struct made_arcs m;
	char name[100];
	uint32_t i;
	size_t k;

	for (k = 0; k < sizeof(some) / sizeof(*some); k++)
		test_shape(f, MADE_SKEWED, 3000, &some[k]);
	/* A hub, for ranks; then 60000 + last is what all is about. */
	for (k = 0; k < 2 * sizeof(last) / sizeof(*last); k++) {
		m = (struct made_arcs){0};
		for (i = 0; i < 300; i++)
			made_add(&m, 0, 10 + i, 1 + i % 3);
		made_add(&m, 0, 1, 60000);
		made_add(&m, 1, 2, last[k / 2]);
		if (k % 2 == 1)
			made_add(&m, 2, 3, 0);
		m.n = 310;
		(void)snprintf(name, sizeof(name), "60000 + %" PRIu32 "%s",
		    last[k / 2], k % 2 == 1 ? ", and on" : "");
		test_arcs(f, &m, OCR_EDGE_INT, name);
		free(m.arcs);
	}
}

/* Weights of very different size: bins that are empty for long. */
static void
test_gaps(struct fixture *f)
{
	struct made_arcs m = made_shape(MADE_RANDOM, 2000, 1, 20, 9);
	uint64_t state = 77, i;

	for (i = 0; i < 3; i++)
		made_add(&m, 2000 + i, i, UINT32_MAX - (double)i);
	for (i = 0; i + 1 < 1000; i++)
		made_add(&m, 2003 + i, 2004 + i,
		    i % 9 == 0 ? 4e9 : (double)ocr_random_below(&state, 3));
	made_add(&m, 2000, 2003, 0);
	m.n = 3003;
	test_arcs(f, &m, OCR_EDGE_INT, "gaps");
	for (i = 0; i < m.n_arcs; i++)
		m.arcs[i].weight =
		    i % 2 == 0 ? m.arcs[i].weight * 1e250 : 1e-250;
	test_arcs(f, &m, OCR_EDGE_REAL, "gaps, reals");
	for (i = 0; i < m.n_arcs; i++)
		m.arcs[i].weight = i % 64 == 0 ? 1e17 : 0.7;
	test_arcs(f, &m, OCR_EDGE_REAL, "gaps beyond the last bin");
	free(m.arcs);
}

/* A large core and a long tail: windows, then few at a time, and again. */
static void
test_tail(struct fixture *f)
{
	struct made_arcs m = made_shape(MADE_RANDOM, 4000, 1, 255, 5),
			 o = made_shape(MADE_RANDOM, 4000, 1, 255, 6);
	size_t i;

	for (i = 0; i < 3000; i++)
		made_add(&m, i == 0 ? 7 : 3999 + i, 4000 + i, 1 + i % 200);
	for (i = 0; i < o.n_arcs; i++)
		made_add(&m, 7000 + o.arcs[i].from, 7000 + o.arcs[i].to,
		    o.arcs[i].weight);
	made_add(&m, 6999, 7005, 3);
	made_add(&m, 6999, 11003, 1);
	m.n = 11100;
	test_arcs(f, &m, OCR_EDGE_INT, "two cores, a long path between");
	free(m.arcs);
	free(o.arcs);
}

/* The width of distances is 32 bits as long as they fit. */
static void
test_width(struct fixture *f, uint32_t last, unsigned width)
{
	struct made_arcs m = {.n = 4};
	struct ocr_distances d = {0};
	struct ocr_sssp *s = NULL;
	struct ocr_graph *g;

	made_add(&m, 0, 1, 0x80000000);
	made_add(&m, 1, 2, 0x7ffffff0);
	made_add(&m, 2, 3, last);
	g = made_graph(&m, 1, OCR_EDGE_INT);
	ok(ocr_sssp_new(&s, g, 0, &f->crews[1], &f->err) == 0 &&
		ocr_sssp_run(s, 0, &d, &f->err) == 0 && d.width == width &&
		d.n_reached == 4 && d.longest == 0xfffffff0 + (double)last,
	    "0xfffffff0 + %" PRIu32 ": %u bytes", last, width);
	/* Once wide, still right for sources that are near. */
	ok(ocr_sssp_run(s, 2, &d, &f->err) == 0 && d.width == width &&
		d.n_reached == 2 && d.longest == last &&
		ocr_sssp_verify(g, 2, &d, &f->crews[1], &f->err) == 0,
	    "and from another source");
	ocr_sssp_free(s);
	made_free(g);
	free(m.arcs);
}

static void
is_refused(struct fixture *f, int r, const char *text)
{
	ok(r < 0 && strcmp(f->err.text, text) == 0, "refused: %s", text);
	if (r == 0 || strcmp(f->err.text, text) != 0)
		diag("%d: %s", r, f->err.text);
	f->err = (struct ocr_err){0};
}

static void
test_refused(struct fixture *f)
{
	static const char text[] = "delta: not a number above 0";
	struct made_arcs m = made_shape(MADE_PATH, 10, 1, 9, 1);
	struct ocr_graph *g = made_graph(&m, 0, OCR_EDGE_INT);
	struct ocr_crew *crew = &f->crews[1];
	struct ocr_distances d;
	struct ocr_sssp *s;
	volatile int stop = 1;

	is_refused(f, ocr_sssp_new(&s, g, -1, crew, &f->err), text);
	is_refused(f, ocr_sssp_new(&s, g, (double)NAN, crew, &f->err), text);
	is_refused(f, ocr_sssp_new(&s, g, (double)INFINITY, crew, &f->err),
	    text);
	ok(s == NULL, "nothing is made");
	ok(ocr_sssp_new(&s, g, 12, crew, &f->err) == 0 &&
		ocr_sssp_delta(s) >= 12 && ocr_sssp_delta(s) <= 12,
	    "delta is what was asked for");
	is_refused(f, ocr_sssp_run(s, 10, &d, &f->err),
	    "source 10: the graph has no such vertex");
	crew->stop = &stop;
	is_refused(f, ocr_sssp_run(s, 0, &d, &f->err), "stopped");
	crew->stop = NULL;
	ok(ocr_sssp_run(s, 0, &d, &f->err) == 0 && d.n_reached == 10,
	    "a stopped search can be run again");
	ocr_sssp_free(s);
	ocr_sssp_free(NULL);
	made_free(g);
	free(m.arcs);
}

/* 0 -2- 1 -0- 2 -3- 3, 4 -0- 5, 6 -0- 7; in near. */
static void
test_verify(struct fixture *f)
{
	static const struct {
		uint32_t near[8];
		const char *text;
	} cases[] = {
	    {{1, 2, 2, 5, -1U, -1U, -1U, -1U},
		"distance of vertex 0: the source, and not 0"},
	    {{0, 1, 1, 4, -1U, -1U, -1U, -1U},
		"distance of vertex 1: no path is that long"},
	    {{0, 2, 2, 4, -1U, -1U, -1U, -1U},
		"distance of vertex 3: no path is that long"},
	    {{0, 3, 3, 6, -1U, -1U, -1U, -1U},
		"distance of vertex 1: there is a shorter path"},
	    {{0, 2, 2, 6, -1U, -1U, -1U, -1U},
		"distance of vertex 3: there is a shorter path"},
	    {{0, 2, 2, -1U, -1U, -1U, -1U, -1U},
		"distance of vertex 3: not reached, but a neighbour is"},
	    {{0, 2, 2, 5, 9, 9, -1U, -1U},
		"distance of vertex 4: no path is that long"},
	    {{0, 2, 2, 5, -1U, 9, -1U, -1U},
		"distance of vertex 4: not reached, but a neighbour is"},
	};
	struct made_arcs m = {.n = 8};
	struct ocr_graph *g;
	struct ocr_distances d = {.width = 4};
	uint32_t right[8] = {0, 2, 2, 5, -1U, -1U, -1U, -1U};
	double reals[8] = {0, 2, 2, 5, INFINITY, INFINITY, INFINITY, INFINITY};
	size_t i;

	made_add(&m, 0, 1, 2);
	made_add(&m, 1, 2, 0);
	made_add(&m, 2, 3, 3);
	made_add(&m, 4, 5, 0);
	made_add(&m, 6, 7, 0);
	g = made_graph(&m, 0, OCR_EDGE_INT);
	d.near = right;
	ok(ocr_sssp_verify(g, 0, &d, &f->crews[0], &f->err) == 0,
	    "verify: right");
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		d.near = cases[i].near;
		is_refused(f, ocr_sssp_verify(g, 0, &d, &f->crews[0], &f->err),
		    cases[i].text);
	}
	is_refused(f, ocr_sssp_verify(g, 8, &d, &f->crews[0], &f->err),
	    "source: the graph has no such vertex");
	made_free(g);
	g = made_graph(&m, 0, OCR_EDGE_REAL);
	d = (struct ocr_distances){.real = reals};
	ok(ocr_sssp_verify(g, 0, &d, &f->crews[0], &f->err) == 0,
	    "verify: right, reals");
	reals[3] = 5.0000001;
	is_refused(f, ocr_sssp_verify(g, 0, &d, &f->crews[0], &f->err),
	    "distance of vertex 3: there is a shorter path");
	reals[3] = 4.9999999;
	is_refused(f, ocr_sssp_verify(g, 0, &d, &f->crews[0], &f->err),
	    "distance of vertex 3: no path is that long");
	made_free(g);
	free(m.arcs);
}

/* 1 to 8 threads, then 4 of every schedule. */
static int
open_crews(struct fixture *f)
{
	static const enum ocr_schedule_kind kinds[] = {OCR_HWS, OCR_STATIC,
	    OCR_DYNAMIC, OCR_HAP, OCR_HWS_PAPER};
	static const char *const names[] = {"hws", "static", "dynamic", "hap",
	    "hws-paper"};
	struct ocr_team_opt opt;
	size_t i;

	for (i = 0; i < N_CREWS; i++) {
		opt = (struct ocr_team_opt){.n_threads =
						i < 8 ? (unsigned)i + 1 : 4,
		    .devices = "cpu",
		    .schedule = ocr_schedule_default(kinds[i % 5]),
		    .has_schedule = true};
		f->names[i] = names[i % 5];
		if (ocr_crew_open(&f->crews[i], &opt, &f->err) < 0)
			return -1;
	}
	return 0;
}

int
main(void)
{
	struct fixture f = {0};
	size_t i;

	if (open_crews(&f) < 0) {
		diag("%s", f.err.text);
		return 1;
	}
	test_refused(&f);
	test_verify(&f);
	test_width(&f, 14, 4);
	test_width(&f, 15, 8);
	test_shapes(&f);
	test_large(&f);
	test_short(&f);
	test_gaps(&f);
	test_tail(&f);
	test_id_order(&f);
	for (i = 0; i < sizeof(all_weights) / sizeof(*all_weights); i += 3)
		test_roads(&f, i == 3 ? MADE_PATH : MADE_GRID, &all_weights[i]);
	for (i = 0; i < N_CREWS; i++)
		ocr_crew_close(&f.crews[i]);
	return done();
}
