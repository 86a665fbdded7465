/*
 * test_graph_build.c - edges to rows, against the serial builder of
 * graph_make.h
 *
 * Sources are arrays in memory, cut into parts of odd sizes.  All shapes,
 * directions, weights, ids far apart, 1 to 8 threads: the same graph every
 * time.  Runs under TSan.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "src/graph_build.h"
#include "src/graph_build_ids.h"
#include "src/graph_store.h"
#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

/* A source of arcs in memory. */
struct memory {
	struct ocr_graph_source s;
	struct ocr_arc *arcs;
	size_t n_arcs, part_arcs;
	_Atomic int n_scans, n_bad; /* parts begun; of them, 1 arc too many */
	int bad_from;               /* scans before are good; 0: all are */
};

static int
memory_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *, const struct ocr_arc *, size_t, struct ocr_err *),
    void *arg, struct ocr_err *err)
{
	struct memory *m = s->state;
	size_t at = (size_t)part * m->part_arcs, end = at + m->part_arcs, n;
	int r = 0, scans = ++m->n_scans;

	if (end > m->n_arcs)
		end = m->n_arcs;
	for (; r >= 0 && at < end; at += n) {
		n = end - at > 100 ? 100 : end - at;
		r = take(arg, m->arcs + at, n, err);
	}
	if (r >= 0 && m->bad_from > 0 && scans > m->bad_from && m->n_arcs > 0) {
		m->n_bad++;
		r = take(arg, m->arcs, 1, err);
	}
	return r < 0 ? r : 0;
}

static void
memory_free(struct ocr_graph_source *s)
{
	(void)s;
}

static void
memory_init(struct memory *m, const struct made_arcs *made,
    enum ocr_edge_kind kind, int is_both_ways)
{
	size_t i;

	memset(m, 0, sizeof(*m));
	m->part_arcs = 337;
	m->arcs = made_zero(made->n_arcs * 2, sizeof(*m->arcs));
	for (i = 0; i < made->n_arcs; i++) {
		const struct made_arc *a = &made->arcs[i];
		double w = kind == OCR_EDGE_PLAIN ? 1 : a->weight;

		m->arcs[m->n_arcs++] = (struct ocr_arc){a->from, a->to, w};
		if (is_both_ways && a->from != a->to)
			m->arcs[m->n_arcs++] =
			    (struct ocr_arc){a->to, a->from, w};
	}
	m->s = (struct ocr_graph_source){.format = "test",
	    .is_both_ways = is_both_ways,
	    .says = is_both_ways ? OCR_UNDIRECTED : OCR_SAYS_NOTHING,
	    .weights = kind,
	    .n_declared = made->n,
	    .n_parts = (m->n_arcs + m->part_arcs - 1) / m->part_arcs,
	    .scan = memory_scan,
	    .free = memory_free,
	    .state = m};
}

/* The loop keeps the address. */
static void
open_crew(struct ocr_crew *c, unsigned n_threads)
{
	struct ocr_team_opt opt = {.n_threads = n_threads, .devices = "cpu"};
	struct ocr_err err = {0};

	if (ocr_crew_open(c, &opt, &err) < 0) {
		diag("%s", err.text);
		abort();
	}
}

static int
same_rows(const struct ocr_rows *a, const struct ocr_rows *b, uint64_t n)
{
	uint64_t m = b->offsets[n];

	return memcmp(a->offsets, b->offsets, (n + 1) * 8) == 0 &&
	       memcmp(a->ends, b->ends, m * 4) == 0 &&
	       (a->ints == NULL) == (b->ints == NULL) &&
	       (a->reals == NULL) == (b->reals == NULL) &&
	       (a->ints == NULL || memcmp(a->ints, b->ints, m * 4) == 0) &&
	       (a->reals == NULL || memcmp(a->reals, b->reals, m * 8) == 0);
}

static int
same(const struct ocr_graph *a, const struct ocr_graph *b)
{
	uint64_t padded = ocr_graph_n_blocks(b) * OCR_GRAPH_BLOCK;

	return a->n == b->n && a->n_arcs == b->n_arcs &&
	       a->n_edges == b->n_edges && a->is_directed == b->is_directed &&
	       a->is_in_id_order == b->is_in_id_order && a->kind == b->kind &&
	       same_rows(&a->out, &b->out, b->n) &&
	       (a->in.offsets == a->out.offsets) ==
		   (b->in.offsets == b->out.offsets) &&
	       same_rows(&a->in, &b->in, b->n) &&
	       memcmp(a->first, b->first, padded * 4) == 0;
}

/* What a builder that keeps only the lightest of doubles would be given. */
static struct made_arcs
simple(const struct made_arcs *m, int is_directed, int has_no_loops,
    int is_simple)
{
	struct made_arcs out = {.n = m->n};
	size_t i, j;

	for (i = 0; i < m->n_arcs; i++) {
		struct made_arc a = m->arcs[i];

		if (has_no_loops && a.from == a.to)
			continue;
		if (!is_directed && a.from > a.to)
			a = (struct made_arc){a.to, a.from, a.weight};
		for (j = 0; is_simple && j < out.n_arcs; j++)
			if (out.arcs[j].from == a.from &&
			    out.arcs[j].to == a.to)
				break;
		if (!is_simple || j == out.n_arcs)
			made_add(&out, a.from, a.to, a.weight);
		else if (out.arcs[j].weight > a.weight)
			out.arcs[j].weight = a.weight;
	}
	return out;
}

struct variant {
	int is_directed, is_both_ways, has_no_loops, is_simple, is_in_id_order;
	enum ocr_edge_kind kind;
};

static int
build_one(const struct made_arcs *made, const struct variant *v,
    struct ocr_crew *c, const struct ocr_graph *want)
{
	struct ocr_graph_opt opt = {
	    .direction = v->is_directed ? OCR_DIRECTED : OCR_UNDIRECTED,
	    .weigh =
		v->kind == OCR_EDGE_PLAIN ? OCR_WEIGH_NONE : OCR_WEIGH_COLUMN,
	    .order = v->is_in_id_order ? OCR_ORDER_IDS : OCR_ORDER_ANY,
	    .has_no_loops = v->has_no_loops,
	    .is_simple = v->is_simple};
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct memory m;
	int held;

	memory_init(&m, made, v->kind, v->is_both_ways);
	held = ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && same(g, want);
	if (!held)
		diag("%u threads: %s", c->n_threads, err.text);
	ocr_graph_free(g);
	free(m.arcs);
	return held;
}

static int
build_shape(enum made_shape shape, uint64_t n, const struct variant *v,
    struct ocr_crew *crews, unsigned n_crews)
{
	struct made_arcs made = made_shape(shape, n, 0, 5, shape + n);
	struct made_arcs left;
	struct ocr_graph *want;
	size_t i;
	int held = 1;

	for (i = 0; v->kind == OCR_EDGE_REAL && i < made.n_arcs; i++)
		made.arcs[i].weight /= 3;
	left = simple(&made, v->is_directed, v->has_no_loops, v->is_simple);
	want = made_graph_in(&left, v->is_directed, v->kind, v->is_in_id_order);
	for (i = 0; i < n_crews; i++)
		held &= build_one(&made, v, &crews[i], want);
	made_free(want);
	free(left.arcs);
	free(made.arcs);
	return held;
}

static void
test_shapes(struct ocr_crew *crews, unsigned n_crews)
{
	static const uint64_t sizes[] = {1, 2, 63, 64, 65, 300};
	struct variant v;
	int i, held, shape;

	for (i = 0; i < 3 * 2 * 2 * 3 * 2; i++) {
		v = (struct variant){.kind = (enum ocr_edge_kind)(i % 3),
		    .has_no_loops = i / 3 % 2,
		    .is_simple = i / 6 % 2,
		    .is_directed = i / 12 % 3 == 0,
		    .is_both_ways = i / 12 % 3 == 1,
		    .is_in_id_order = i / 36};
		held = 1;
		for (shape = 0; shape < MADE_SHAPES; shape++)
			for (size_t s = 0; s < 6; s++)
				held &= !is_round((unsigned)(i + shape) + s) ||
					build_shape((enum made_shape)shape,
					    sizes[s], &v, crews, n_crews);
		ok(held, "all shapes: kind %d%s%s%s%s%s", v.kind,
		    v.is_directed ? ", directed" : ", undirected",
		    v.is_both_ways ? ", both ways" : "",
		    v.has_no_loops ? ", no loops" : "",
		    v.is_simple ? ", simple" : "",
		    v.is_in_id_order ? ", by id" : "");
	}
}

/* A source's order is kept unless another is asked for. */
static void
test_order(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_SKEWED, 300, 0, 9, 4);
	struct ocr_graph *want[2], *g = NULL;
	struct ocr_graph_opt opt = {0};
	struct ocr_err err = {0};
	struct memory m;
	int i, is_by_id, held;

	want[0] = made_graph_in(&made, 1, OCR_EDGE_PLAIN, 0);
	want[1] = made_graph_in(&made, 1, OCR_EDGE_PLAIN, 1);
	ok(!same_rows(&want[0]->out, &want[1]->out, made.n), "they differ");
	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	for (i = 0; i < 6; i++) {
		opt.order = (enum ocr_graph_order)(i % 3);
		m.s.is_in_id_order = i / 3;
		is_by_id = opt.order == OCR_ORDER_ANY
			       ? m.s.is_in_id_order
			       : opt.order == OCR_ORDER_IDS;
		held = ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 &&
		       same(g, want[is_by_id]);
		ok(held, "order %d of %d (%s)", i % 3, i / 3, err.text);
		ocr_graph_free(g);
		g = NULL;
	}
	made_free(want[0]);
	made_free(want[1]);
	free(m.arcs);
	free(made.arcs);
}

/* Rows long enough for every way of sorting; degrees beyond counting. */
static void
test_hub(struct ocr_crew *crews, unsigned n_crews, enum ocr_edge_kind kind,
    uint64_t n_weights)
{
	struct made_arcs made = {.n = 70000};
	struct variant v = {.is_directed = 1, .kind = kind};
	struct ocr_graph *want;
	uint64_t s = 77, i;
	int held = 1;

	for (i = 0; i < 200000; i++) {
		uint64_t to = ocr_random_below(&s, made.n);
		double w = (double)ocr_random_below(&s, n_weights);

		/* Half of the arcs between 0 and 1. */
		made_add(&made, i % 4 == 0 ? i % made.n : 0, i % 2 ? 1 : to,
		    kind == OCR_EDGE_REAL ? w / 7 : w);
	}
	want = made_graph(&made, 1, kind);
	for (i = 0; i < n_crews; i++)
		held &= build_one(&made, &v, &crews[i], want);
	ok(held, "long rows: kind %d, %" PRIu64 " weights", kind, n_weights);
	made_free(want);
	free(made.arcs);
}

/* ids[v] is the id of vertex v. */
static void
test_ids(struct ocr_crew *c, const char *name, uint64_t n, const uint64_t *ids,
    size_t n_extra, uint64_t add, int kind, uint64_t n_bytes)
{
	struct made_arcs made = made_shape(MADE_RANDOM, n, 0, 9, n);
	struct ocr_graph_opt opt = {.add_id = add};
	struct ocr_graph *want, *g = NULL;
	struct ocr_err err = {0};
	struct ocr_ids found;
	struct memory m;
	uint64_t i, n_wrong = 0;

	/* Every vertex has an edge, but for the extra ones. */
	for (i = 0; i < made.n_arcs; i++) {
		made.arcs[i].from %= (uint32_t)(n - n_extra);
		made.arcs[i].to %= (uint32_t)(n - n_extra);
	}
	for (i = 0; i < n - n_extra; i++)
		made_add(&made, i, i, 1);
	want = made_graph(&made, 1, OCR_EDGE_PLAIN);
	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	for (i = 0; i < m.n_arcs; i++) {
		m.arcs[i].from = ids[m.arcs[i].from];
		m.arcs[i].to = ids[m.arcs[i].to];
	}
	m.s.n_declared = 0;
	m.s.n_bytes = n_bytes;
	m.s.extra = ids + n - n_extra;
	m.s.n_extra = n_extra;
	ok(ocr_ids_find(&found, &m.s, c, &err) == 0 && found.n == n &&
		(int)found.kind == kind,
	    "%s: found (%s)", name, err.text);
	for (i = 0; i < n; i++)
		n_wrong +=
		    ocr_ids_vertex(&found, ids[i]) != i ||
		    (ids[i] < UINT64_MAX &&
			(i + 1 == n || ids[i + 1] != ids[i] + 1) &&
			ocr_ids_vertex(&found, ids[i] + 1) != OCR_NO_VERTEX);
	is_int((int64_t)n_wrong, 0, name);
	ocr_ids_release(&found);
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && same(g, want),
	    "%s: built (%s)", name, err.text);
	for (i = 0; g != NULL && i < n; i++)
		n_wrong += ocr_graph_id(g, i) != ids[i] + add ||
			   ocr_graph_find(g, ids[i] + add) != i;
	n_wrong += g == NULL || (g->ids == NULL) != (kind == OCR_IDS_RANGE);
	is_int((int64_t)n_wrong, 0, name);
	ocr_graph_free(g);
	made_free(want);
	free(m.arcs);
	free(made.arcs);
}

static int
compare_ids(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_all_ids(struct ocr_crew *c)
{
	static uint64_t ids[20000];
	uint64_t n = 20000, s = 5, i;

	for (i = 0; i < n; i++)
		ids[i] = 7 + i;
	test_ids(c, "a range", n, ids, 0, 0, OCR_IDS_RANGE, 0);
	for (i = 0; i < n; i++)
		ids[i] = 3 * i;
	test_ids(c, "every third", n, ids, 10, 1, OCR_IDS_BITMAP, 0);
	for (i = 0; i < n; i++)
		ids[i] = 1000 * i;
	test_ids(c, "every thousandth", n, ids, 0, 0, OCR_IDS_HASH, 1 << 26);
	test_ids(c, "every thousandth, two scans", n, ids, 5000, 0,
	    OCR_IDS_HASH, 0);
	for (i = 0; i < n; i++)
		ids[i] = ((uint64_t)1 << 40) + 2 * i + i / 1000;
	test_ids(c, "high and dense, moved down", n, ids, 0,
	    -((uint64_t)1 << 40), OCR_IDS_BITMAP, 0);
	test_ids(c, "high and dense", n, ids, 0, 7, OCR_IDS_BITMAP, 0);
	for (i = 0; i < n; i++)
		ids[i] = UINT64_MAX - (n - 1) + i;
	test_ids(c, "a range to the end", n, ids, 0, 0, OCR_IDS_RANGE, 0);
	for (i = 0; i < n; i++)
		ids[i] = ocr_random_below(&s, (uint64_t)1 << 32) << 32 |
			 ocr_random_below(&s, (uint64_t)1 << 32);
	ids[0] = 0;
	ids[1] = UINT64_MAX;
	qsort(ids, n, sizeof(*ids), compare_ids);
	test_ids(c, "any", n, ids, 0, 0, OCR_IDS_HASH, 0);
	test_ids(c, "any, most without edges", n, ids, 19000, 0, OCR_IDS_HASH,
	    0);
	ids[0] = 5;
	ids[1] = UINT64_MAX;
	test_ids(c, "two", 2, ids, 0, 0, OCR_IDS_HASH, 0);
	ids[0] = 0;
	test_ids(c, "zero", 1, ids, 0, 5, OCR_IDS_RANGE, 0);
	ids[0] = UINT64_MAX;
	test_ids(c, "the last", 1, ids, 0, 0, OCR_IDS_RANGE, 0);
}

static void
test_empty(struct ocr_crew *c)
{
	struct made_arcs made = {.n = 0};
	struct ocr_graph_opt opt = {0};
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct memory m;
	uint64_t lonely[] = {3, 9};

	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && g->n == 0 &&
		g->n_arcs == 0 && g->out.offsets[0] == 0 &&
		ocr_graph_find(g, 0) == OCR_NO_VERTEX,
	    "nothing at all");
	ocr_graph_free(g);
	m.s.extra = lonely;
	m.s.n_extra = 2;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && g->n == 2 &&
		g->n_arcs == 0 && ocr_graph_find(g, 9) == 1 &&
		ocr_graph_find(g, 4) == OCR_NO_VERTEX,
	    "vertices alone");
	ocr_graph_free(g);
	ocr_graph_free(NULL);
	free(m.arcs);
}

/* Build it and expect that. */
static void
refuses(struct ocr_crew *c, struct memory *m, const struct ocr_graph_opt *opt,
    int code, const char *text)
{
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	int r = ocr_graph_build(&g, &m->s, opt, c, &err);

	if (!ok(r == code && g == NULL && strcmp(err.text, text) == 0, "%s",
		text))
		diag("%d: %s", r, err.text);
	ocr_graph_free(g);
}

static void
test_errors(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_RANDOM, 100, 1, 1, 1);
	struct ocr_graph_opt opt = {.weigh = OCR_WEIGH_UNIFORM,
	    .low = 3,
	    .high = 2};
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct memory m;

	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	refuses(c, &m, &opt, -OCR_EUSAGE, "weights from 3 to 2: none");
	opt = (struct ocr_graph_opt){0};
	m.s.n_declared = (uint64_t)1 << 32;
	refuses(c, &m, &opt, -OCR_ELIMIT,
	    "4294967296 vertices: at most 4294967294 are possible");
	m.s.n_declared = 99;
	m.s.n_parts = 1;
	m.n_arcs = 1;
	m.arcs[0] = (struct ocr_arc){3, 99, 1};
	refuses(c, &m, &opt, -OCR_EFORMAT,
	    "arc from 3 to 99: not there before: has the input changed?");
	m.arcs[0].to = 7;
	m.n_scans = 0;
	m.bad_from = 1;
	refuses(c, &m, &opt, -OCR_EFORMAT,
	    "other arcs than before: has the input changed?");
	ok(m.n_bad > 0, "it was");
	m.bad_from = 0;
	m.s.first_id = UINT64_MAX - 97;
	refuses(c, &m, &opt, -OCR_ELIMIT,
	    "99 ids from 18446744073709551518 on: beyond 2^64 - 1");
	m.s.first_id--;
	opt.add_id = 1;
	refuses(c, &m, &opt, -OCR_ELIMIT,
	    "ids from 18446744073709551517 to 18446744073709551615, and 1: "
	    "beyond 2^64 - 1");
	m.s.first_id = 3;
	opt.add_id = -(uint64_t)4;
	refuses(c, &m, &opt, -OCR_ELIMIT, "ids from 3 to 101, less 4: below 0");
	opt.add_id++;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && g->first_id == 0 &&
		ocr_graph_find(g, 98) == 98,
	    "ids may be moved down to 0");
	ocr_graph_free(g);
	m.s.first_id = 0;
	opt = (struct ocr_graph_opt){.weigh = OCR_WEIGH_COLUMN};
	m.s.weights = OCR_EDGE_REAL;
	m.arcs[0].weight = NAN;
	refuses(c, &m, &opt, -OCR_EFORMAT,
	    "arc from 3 to 7: weight nan: negative or too large");
	m.s.weights = OCR_EDGE_INT;
	m.arcs[0].weight = 4294967296;
	refuses(c, &m, &opt, -OCR_EFORMAT,
	    "arc from 3 to 7: weight 4.29497e+09: negative or too large");
	free(m.arcs);
	free(made.arcs);
}

static void
test_symmetry(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_RANDOM, 100, 1, 9, 1);
	struct ocr_graph_opt opt = {.weigh = OCR_WEIGH_COLUMN};
	static const char text[] =
	    "said to be undirected, but not every edge is there both ways: "
	    "not symmetric";
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct ocr_arc was;
	struct memory m;

	memory_init(&m, &made, OCR_EDGE_INT, 1);
	was = m.arcs[6];
	m.arcs[6].weight++;
	refuses(c, &m, &opt, -OCR_EFORMAT, text);
	opt.weigh = OCR_WEIGH_UNIT;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0,
	    "weights that are not used may differ");
	ocr_graph_free(g);
	m.arcs[6].to ^= 1;
	refuses(c, &m, &opt, -OCR_EFORMAT, text);
	opt.direction = OCR_DIRECTED;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 &&
		g->n_edges == m.n_arcs,
	    "directed, it may be anything");
	ocr_graph_free(g);
	opt.direction = OCR_SAYS_NOTHING;
	m.arcs[6] = was;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && !g->is_directed &&
		g->n_edges == made.n_arcs,
	    "as it was, it is fine");
	ocr_graph_free(g);
	free(m.arcs);
	free(made.arcs);
}

static void
test_weights(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_SKEWED, 500, 1, 1, 1);
	struct ocr_graph_opt opt = {.direction = OCR_UNDIRECTED,
	    .weigh = OCR_WEIGH_UNIFORM,
	    .low = 10,
	    .high = 12,
	    .seed = 4};
	struct ocr_graph *g = NULL, *h = NULL;
	struct ocr_err err = {0};
	struct memory m;
	uint64_t v, i, j, n_wrong = 0, n_of[3] = {0}, id;

	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	if (!ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 &&
		    g->kind == OCR_EDGE_INT,
		"uniform weights"))
		return;
	for (v = 0; v < g->n; v++)
		for (i = g->out.offsets[v]; i < g->out.offsets[v + 1]; i++) {
			n_wrong += g->out.ints[i] < 10 || g->out.ints[i] > 12;
			n_of[g->out.ints[i] % 3]++;
			id = g->out.ends[i];
			for (j = g->out.offsets[id]; g->out.ends[j] != v; j++)
				continue;
			n_wrong += g->out.ints[j] != g->out.ints[i];
		}
	is_int((int64_t)n_wrong, 0, "the same both ways");
	ok(n_of[0] > g->n_arcs / 4 && n_of[1] > g->n_arcs / 4 &&
		n_of[2] > g->n_arcs / 4,
	    "all of them");
	opt.seed = 5;
	ok(ocr_graph_build(&h, &m.s, &opt, c, &err) == 0 && !same(h, g),
	    "another seed");
	ocr_graph_free(h);
	opt.high = UINT32_MAX;
	opt.low = 0;
	ok(ocr_graph_build(&h, &m.s, &opt, c, &err) == 0, "any");
	ocr_graph_free(h);
	opt.weigh = OCR_WEIGH_COLUMN;
	ok(ocr_graph_build(&h, &m.s, &opt, c, &err) == 0 &&
		h->kind == OCR_EDGE_INT && h->out.ints[7] == 1,
	    "1 where there is no column");
	ocr_graph_free(h);
	ocr_graph_free(g);
	free(m.arcs);
	free(made.arcs);
}

static void
test_no_in(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_SKEWED, 500, 1, 9, 1);
	struct ocr_graph_opt opt = {.has_no_in = true};
	struct ocr_graph *g = NULL, *want;
	struct ocr_err err = {0};
	struct memory m;
	uint64_t v;

	memory_init(&m, &made, OCR_EDGE_INT, 0);
	want = made_graph(&made, 1, OCR_EDGE_PLAIN);
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 && g->is_directed &&
		g->kind == OCR_EDGE_PLAIN && g->in.offsets == NULL &&
		same_rows(&g->out, &want->out, g->n),
	    "no in-rows; directed by default, and plain");
	for (v = 0; v < g->n &&
		    (ocr_graph_degree(&g->out, v) == 0
			    ? g->first[v] == OCR_NO_VERTEX
			    : g->first[v] == g->out.ends[g->out.offsets[v]]);
	     v++)
		continue;
	is_int((int64_t)v, (int64_t)g->n, "first: of the out-rows");
	ocr_graph_free(g);
	made_free(want);
	free(m.arcs);
	free(made.arcs);
}

static void
test_meter(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_SKEWED, 500, 1, 9, 1);
	struct ocr_ui ui = {.tool = "x", .verbosity = OCR_QUIET};
	struct ocr_meter meter = {0};
	struct ocr_graph_opt opt = {.is_simple = true};
	struct ocr_graph *g = NULL;
	struct ocr_err err = {0};
	struct memory m;

	memory_init(&m, &made, OCR_EDGE_INT, 0);
	m.s.n_bytes = 1001;
	ocr_meter_start(&meter, &ui, OCR_PROGRESS_ALWAYS);
	meter.is_bar = true;
	meter.last_ns = UINT64_MAX / 4; /* counted, and not yet due */
	c->meter = &meter;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 &&
		meter.in_bytes == 500 && meter.total_bytes == 500 &&
		meter.is_items && strcmp(meter.phase, "sorting in-rows") == 0,
	    "progress ends where it should");
	ocr_graph_free(g);
	g = NULL;
	opt.has_no_in = true;
	ok(ocr_graph_build(&g, &m.s, &opt, c, &err) == 0 &&
		strcmp(meter.phase, "sorting rows") == 0,
	    "and no further: in-rows are not wanted");
	c->meter = NULL;
	ocr_graph_free(g);
	free(m.arcs);
	free(made.arcs);
}

static void
test_room(void)
{
	struct ocr_err err = {0};

	ok(ocr_graph_room(
	       "MemTotal:  9 kB\nMemAvailable:   7 kB\nSwapFree: 5 kB"
	       "\n") == 12 * 1024,
	    "what is free");
	ok(ocr_graph_room("MemAvailable: 4294967296 kB") == UINT64_C(1) << 42,
	    "much, and no swap");
	ok(ocr_graph_room("MemTotal: 9 kB\n") == UINT64_MAX &&
		ocr_graph_room("") == UINT64_MAX,
	    "not known");
	is_int(ocr_graph_room_check(1 << 20, "", &err), 0, "little");
	is_int(ocr_graph_room_check(UINT64_C(1) << 62, "", &err), -OCR_ENOMEM,
	    "too much");
	ok(strncmp(err.text,
	       "the graph: 4398046511105 MiB of memory are needed, ", 51) == 0,
	    "%s", err.text);
}

static void
test_stop(void)
{
	struct made_arcs made = made_shape(MADE_SKEWED, 500, 1, 9, 1);
	struct ocr_graph_opt opt = {0};
	volatile int stop = 1;
	struct ocr_crew c;
	struct memory m;

	open_crew(&c, 2);
	memory_init(&m, &made, OCR_EDGE_INT, 0);
	c.stop = &stop;
	refuses(&c, &m, &opt, -OCR_ECANCEL, "stopped");
	ocr_crew_close(&c);
	free(m.arcs);
	free(made.arcs);
}

/* Sanitizers need address space without end. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_LIMITS 0
#else
#define HAS_LIMITS 1
#endif

static void
test_memory(struct ocr_crew *c)
{
	struct made_arcs made = made_shape(MADE_PATH, 100, 1, 9, 1);
	struct rlimit was, low = {(rlim_t)1 << 30, (rlim_t)1 << 30};
	struct ocr_graph_opt opt = {0};
	struct memory m;

	if (!HAS_LIMITS || sizeof(size_t) < 8) {
		skip(1, "no limit of memory here");
		free(made.arcs);
		return;
	}
	memory_init(&m, &made, OCR_EDGE_PLAIN, 0);
	m.s.n_declared = 1 << 27;
	(void)getrlimit(RLIMIT_AS, &was);
	low.rlim_max = was.rlim_max;
	(void)setrlimit(RLIMIT_AS, &low);
	refuses(c, &m, &opt, -OCR_ENOMEM,
	    "offsets of rows: 1025 MiB of memory are needed");
	(void)setrlimit(RLIMIT_AS, &was);
	free(m.arcs);
	free(made.arcs);
}

int
main(void)
{
	static const unsigned n_threads[] = {1, 2, 3, 8};
	struct ocr_crew crews[4];
	unsigned n = 4, i;

	for (i = 0; i < n; i++)
		open_crew(&crews[i], n_threads[i]);
	test_shapes(crews, n);
	test_hub(crews, n, OCR_EDGE_PLAIN, 1);
	test_hub(crews, n, OCR_EDGE_INT, 3);
	test_hub(crews, n, OCR_EDGE_INT, UINT32_MAX);
	test_hub(crews, n, OCR_EDGE_REAL, 3);
	test_hub(crews, n, OCR_EDGE_REAL, UINT32_MAX);
	test_all_ids(&crews[0]);
	test_all_ids(&crews[2]);
	test_order(&crews[1]);
	test_empty(&crews[1]);
	test_errors(&crews[1]);
	test_symmetry(&crews[1]);
	test_weights(&crews[1]);
	test_no_in(&crews[1]);
	test_meter(&crews[1]);
	test_room();
	test_stop();
	test_memory(&crews[1]);
	for (i = 0; i < n; i++)
		ocr_crew_close(&crews[i]);
	return done();
}
