/*
 * test_graph_generate.c - invented graphs: repeatable, and shaped as promised
 *
 * Seeds are fixed, so nothing here is left to chance; bounds are those that a
 * random graph of the shape keeps with near certainty.
 */
#include "config.h"

#include "src/graph_generate.h"

#include <math.h>
#include <stdlib.h>

#include "src/graph_crew.h"
#include "tests/unit/tap.h"

#define KRON OCR_SHAPE_KRON
#define UNIFORM OCR_SHAPE_UNIFORM
#define POWERLAW OCR_SHAPE_POWERLAW

static const enum ocr_graph_shape shapes[] = {KRON, UNIFORM, POWERLAW};

static void *
zeros(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		abort();
	return p;
}

static struct ocr_graph_source *
make(enum ocr_graph_shape shape, unsigned scale, unsigned factor, uint64_t seed)
{
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};

	if (ocr_graph_generate(&s, shape, scale, factor, seed, &err) < 0) {
		diag("%s", err.text);
		abort();
	}
	return s;
}

struct seen {
	struct ocr_arc *arcs;
	size_t n, room;
	int is_wrong; /* a weight or the length of a batch */
};

static int
take(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	struct seen *s = arg;

	(void)err;
	s->is_wrong |= n == 0 || n > OCR_ARC_BATCH;
	for (size_t i = 0; i < n; i++)
		s->is_wrong |= arcs[i].weight != 1;
	if (s->n + n > s->room) {
		s->room = (s->n + n) * 2;
		s->arcs = realloc(s->arcs, s->room * sizeof(*arcs));
		if (s->arcs == NULL)
			abort();
	}
	memcpy(s->arcs + s->n, arcs, n * sizeof(*arcs));
	s->n += n;
	return 0;
}

static struct seen
scan(const struct ocr_graph_source *s, uint64_t part)
{
	struct seen seen = {0};
	struct ocr_err err = {0};

	if (s->scan(s, part, take, &seen, &err) < 0)
		abort();
	return seen;
}

static struct seen
scan_all(const struct ocr_graph_source *s)
{
	struct seen seen = {0};
	struct ocr_err err = {0};

	for (uint64_t p = 0; p < s->n_parts; p++)
		if (s->scan(s, p, take, &seen, &err) < 0)
			abort();
	return seen;
}

static int
is_same(const struct seen *a, const struct seen *b)
{
	if (a->n != b->n)
		return 0;
	for (size_t i = 0; i < a->n; i++)
		if (a->arcs[i].from != b->arcs[i].from ||
		    a->arcs[i].to != b->arcs[i].to)
			return 0;
	return 1;
}

static size_t
n_same(const struct seen *a, const struct seen *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n && i < b->n; i++)
		n += a->arcs[i].from == b->arcs[i].from &&
		     a->arcs[i].to == b->arcs[i].to;
	return n;
}

static void
test_described(void)
{
	static const char *const names[] = {"kron", "uniform", "powerlaw"};

	for (size_t i = 0; i < 3; i++) {
		struct ocr_graph_source *s = make(shapes[i], 13, 9, 1);

		ok(strcmp(s->format, names[i]) == 0 &&
			s->says == OCR_UNDIRECTED && !s->is_both_ways &&
			s->weights == OCR_EDGE_PLAIN && s->n_declared == 8192 &&
			s->first_id == 0 && s->extra == NULL &&
			s->n_bytes == 0 && s->n_parts == 2,
		    "%s: described", names[i]);
		ocr_graph_source_free(s);
	}
}

/* Two sources, one scanned backwards and twice. */
static void
test_repeatable(enum ocr_graph_shape shape)
{
	struct ocr_graph_source *a = make(shape, 15, 7, 42),
				*b = make(shape, 15, 7, 42),
				*c = make(shape, 15, 7, 43);
	struct seen all = scan_all(a), other = scan_all(c);
	int held = a->n_parts == 4 && all.n == 7 << 15 && !all.is_wrong;

	for (int turn = 0; turn < 2; turn++)
		for (uint64_t p = b->n_parts; p-- > 0;) {
			struct seen one = scan(b, p), want = all;

			want.arcs += p << 16;
			want.n = p == 3 ? (7 << 15) - (3 << 16) : 1 << 16;
			held = held && is_same(&one, &want);
			free(one.arcs);
		}
	ok(held, "%s: the same for the same seed, part by part", a->format);
	ok(n_same(&all, &other) < 50, "%s: another for another seed",
	    a->format);
	free(all.arcs);
	free(other.arcs);
	ocr_graph_source_free(a);
	ocr_graph_source_free(b);
	ocr_graph_source_free(c);
}

/* The first arcs of seed 1, as they are on any machine. */
static void
test_fixed(void)
{
	static const struct {
		enum ocr_graph_shape shape;
		unsigned scale;
		uint64_t ends[6];
	} t[] = {
	    {KRON, 1, {1, 1, 1, 1, 1, 0}},
	    {KRON, 20, {160720, 215386, 786417, 673296, 570651, 41640}},
	    {KRON, 32,
		{1262134262, 435412348, 645875626, 1482540871, 2328110517,
		    4063071174}},
	    {UNIFORM, 20, {386074, 476054, 989398, 251599, 47455, 206824}},
	    {UNIFORM, 32,
		{1581361928, 1949917470, 4052577513, 1030549998, 194377325,
		    847154552}},
	    {POWERLAW, 20, {124042, 784018, 399236, 309820, 105339, 974858}},
	    {POWERLAW, 32,
		{152353483, 3127046832, 3998178692, 2746236632, 3151231730,
		    3011301732}},
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct ocr_graph_source *s = make(t[i].shape, t[i].scale, 2, 1);
		struct seen seen = scan(s, 0);
		int held = 1;

		for (size_t k = 0; k < 3; k++)
			held = held && seen.arcs[k].from == t[i].ends[2 * k] &&
			       seen.arcs[k].to == t[i].ends[2 * k + 1];
		if (!ok(held, "%s: scale %u, known arcs", s->format,
			t[i].scale))
			for (size_t k = 0; k < 3; k++)
				diag("%" PRIu64 ", %" PRIu64, seen.arcs[k].from,
				    seen.arcs[k].to);
		free(seen.arcs);
		ocr_graph_source_free(s);
	}
}

static void
test_scales(enum ocr_graph_shape shape)
{
	int in_range = 1, is_counted = 1, reaches = 1;
	const char *name = "";

	for (unsigned scale = 1; scale <= 32; scale++) {
		unsigned factor = scale < 10 ? 1000 : 3;
		struct ocr_graph_source *s = make(shape, scale, factor, scale);
		uint64_t m = (uint64_t)factor << scale, top = 0;
		struct seen seen = scan(s, s->n_parts - 1);

		name = s->format;
		is_counted =
		    is_counted && s->n_parts == (m + 65535) / 65536 &&
		    seen.n == m - (s->n_parts - 1) * 65536 &&
		    s->n_declared == (scale < 32 ? UINT64_C(1) << scale : 0);
		for (size_t i = 0; i < seen.n; i++) {
			in_range = in_range &&
				   seen.arcs[i].from >> scale == 0 &&
				   seen.arcs[i].to >> scale == 0;
			top |= seen.arcs[i].from | seen.arcs[i].to;
		}
		reaches = reaches && top == (UINT64_C(1) << scale) - 1;
		free(seen.arcs);
		ocr_graph_source_free(s);
	}
	ok(is_counted, "%s: parts and arcs of scales 1 to 32", name);
	ok(in_range, "%s: ids below 2^scale", name);
	ok(reaches, "%s: each bit of ids is used", name);
}

/* Degrees by vertex, descending. */
static int
is_less(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

static uint64_t *
degrees(enum ocr_graph_shape shape, unsigned scale, unsigned factor,
    uint64_t seed)
{
	struct ocr_graph_source *s = make(shape, scale, factor, seed);
	uint64_t *d = zeros((size_t)1 << scale, sizeof(*d));

	for (uint64_t p = 0; p < s->n_parts; p++) {
		struct seen seen = scan(s, p);

		for (size_t i = 0; i < seen.n; i++) {
			d[seen.arcs[i].from]++;
			d[seen.arcs[i].to]++;
		}
		free(seen.arcs);
	}
	ocr_graph_source_free(s);
	return d;
}

/* sum (d - mean)^2 / mean has mean n - 1 and variance about 2 n. */
static void
test_uniform(void)
{
	const size_t n = 1 << 14;
	uint64_t *d = degrees(UNIFORM, 14, 16, 5);
	double mean = 32, chi = 0;

	for (size_t i = 0; i < n; i++)
		chi += ((double)d[i] - mean) * ((double)d[i] - mean) / mean;
	ok(fabs(chi - (double)n) < 5 * sqrt(2 * (double)n),
	    "uniform: degrees are flat");
	diag("chi^2 %.0f of %zu", chi, n);
	free(d);
}

/* With the permutation undone by degree, vertex of rank r has the expected
 * degree 2 m (sqrt(r + 1) - sqrt(r)) / sqrt(n). */
static void
test_powerlaw(void)
{
	const size_t n = 1 << 16;
	uint64_t *d = degrees(POWERLAW, 16, 16, 5), sum = 0;
	double want, off = 0, above[3];

	qsort(d, n, sizeof(*d), is_less);
	for (size_t r = 0; r < n / 4; r++) {
		sum += d[r];
		want = 32 * sqrt((double)n * (double)(r + 1));
		/* The largest of many are a little larger than expected. */
		off = fmax(off, fabs((double)sum / want - 1));
	}
	ok(off < 0.05, "powerlaw: the share of the first r ranks is sqrt");
	diag("off by %.3f", off);
	/* Exponent 3: of degree 2 d and more there are a quarter as many. */
	for (size_t i = 0; i < 3; i++) {
		above[i] = 0;
		for (size_t r = 0; r < n; r++)
			above[i] += d[r] >= (uint64_t)(100 << i);
	}
	ok(fabs(above[0] / above[1] - 4) < 0.5 &&
		fabs(above[1] / above[2] - 4) < 1,
	    "powerlaw: degrees fall with exponent 3");
	diag("%.0f %.0f %.0f", above[0], above[1], above[2]);
	free(d);
}

/* 0.76 of all edges are in the first half of R-MAT's rows, so the expected
 * degree of the vertex whose rank has k ones is 2 m 0.76^(s-k) 0.24^k. */
static void
test_kron(void)
{
	const unsigned scale = 14;
	const size_t n = 1 << 14;
	const double m = 16.0 * (double)n;
	uint64_t *d = degrees(KRON, scale, 16, 5), sum = 0, n_isolated = 0;
	double want_top = 2 * m * pow(0.76, scale), want_isolated = 0,
	       share = 0, ways = 1;

	qsort(d, n, sizeof(*d), is_less);
	ok(fabs((double)d[0] / want_top - 1) < 0.06,
	    "kron: the largest degree");
	diag("%" PRIu64 ", %.0f expected", d[0], want_top);
	for (size_t r = 0; r < 1 + 14 + 91; r++)
		sum += d[r];
	for (unsigned k = 0; k <= scale; k++) {
		double p = pow(0.76, scale - k) * pow(0.24, k);

		share += k <= 2 ? ways * p * 2 * m : 0;
		want_isolated += ways * exp(-2 * m * p);
		ways = ways * (scale - k) / (k + 1);
	}
	ok(fabs((double)sum / share - 1) < 0.06, "kron: the hubs' share");
	diag("%" PRIu64 ", %.0f expected", sum, share);
	for (size_t i = 0; i < n; i++)
		n_isolated += d[i] == 0;
	ok(fabs((double)n_isolated / want_isolated - 1) < 0.05,
	    "kron: vertices without an edge");
	diag("%" PRIu64 ", %.0f expected", n_isolated, want_isolated);
	free(d);
}

/* The quarters themselves: at scale 1 there is one choice, and of each level
 * of a larger scale the marginal is the same; at most one end is relabelled
 * to the other, so sort the four. */
static void
test_quarters(void)
{
	struct ocr_graph_source *s = make(KRON, 1, 1 << 19, 9);
	struct seen seen = scan_all(s);
	uint64_t n[4] = {0};
	static const double want[] = {0.57, 0.19, 0.19, 0.05};
	int held = 1;

	for (size_t i = 0; i < seen.n; i++)
		n[seen.arcs[i].from * 2 + seen.arcs[i].to]++;
	qsort(n, 4, sizeof(*n), is_less);
	for (size_t i = 0; i < 4; i++)
		held = held &&
		       fabs((double)n[i] / (double)seen.n - want[i]) < 0.002;
	ok(held, "kron: a, b, c of Graph500");
	diag("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, n[0], n[1], n[2],
	    n[3]);
	free(seen.arcs);
	ocr_graph_source_free(s);
}

/* A powerlaw graph has all 2^scale ranks when it is dense enough; then all ids
 * must come up, or two ranks have become one. */
static void
test_bijection(void)
{
	int held = 1;

	for (unsigned scale = 1; scale <= 12; scale++)
		for (uint64_t seed = 0; seed < 8; seed++) {
			uint64_t *d = degrees(POWERLAW, scale, 64, seed);

			for (size_t i = 0; i < (size_t)1 << scale; i++)
				held = held && d[i] > 0;
			free(d);
		}
	ok(held, "the permutation leaves out no vertex");
}

/* Hubs are not at the same place for every seed, nor where R-MAT puts them. */
static void
test_places(enum ocr_graph_shape shape, const char *name)
{
	const size_t n = 1 << 12;
	uint64_t halves[12] = {0}, top[64];
	int held = 1;

	for (uint64_t seed = 0; seed < 64; seed++) {
		uint64_t *d = degrees(shape, 12, 16, seed);
		size_t best = 0;

		for (size_t i = 0; i < n; i++)
			if (d[i] > d[best])
				best = i;
		for (unsigned bit = 0; bit < 12; bit++)
			halves[bit] += best >> bit & 1;
		top[seed] = best;
		free(d);
	}
	/* 32 of 64 on average, standard deviation 4. */
	for (unsigned bit = 0; bit < 12; bit++)
		held = held && halves[bit] >= 14 && halves[bit] <= 50;
	qsort(top, 64, sizeof(*top), is_less);
	for (size_t i = 3; i < 64; i++)
		held = held && top[i] != top[i - 3];
	ok(held, "%s: the largest hub is anywhere", name);
}

struct parallel {
	const struct ocr_graph_source *s;
	_Atomic uint64_t n, sum;
};

static int
take_sum(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	struct parallel *p = arg;
	uint64_t sum = 0;

	(void)err;
	for (size_t i = 0; i < n; i++)
		sum += arcs[i].from * 31 + arcs[i].to;
	p->n += n;
	p->sum += sum;
	return 0;
}

static int
scan_parts(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct parallel *p = arg;
	int r = 0;

	(void)thread;
	for (; r == 0 && start < end; start++)
		r = p->s->scan(p->s, start, take_sum, p, err);
	return r;
}

static void
test_threads(void)
{
	struct ocr_team_opt opt = {.n_threads = 4, .devices = "cpu:4"};
	struct ocr_graph_source *s = make(KRON, 16, 16, 3);
	struct parallel alone = {.s = s}, p = {.s = s};
	struct ocr_err err = {0};
	struct ocr_crew crew;

	if (scan_parts(&alone, 0, 0, s->n_parts, &err) < 0 ||
	    ocr_crew_open(&crew, &opt, &err) < 0)
		abort();
	ok(ocr_crew_each(&crew, s->n_parts, 1, scan_parts, &p, &err) == 0 &&
		p.n == 16 << 16 && alone.n == p.n && alone.sum == p.sum,
	    "parts on several threads");
	ocr_crew_close(&crew);
	ocr_graph_source_free(s);
}

static int
take_no_more(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	uint64_t *n_calls = arg;

	(void)arcs;
	(void)n;
	return ++*n_calls < 3 ? 0 : ocr_err_set(err, -OCR_ECANCEL, "enough");
}

static void
test_wrong(void)
{
	struct ocr_graph_source *s = NULL;
	struct ocr_err err = {0};
	uint64_t n_calls = 0;

	ok(ocr_graph_generate(&s, KRON, 0, 16, 1, &err) == -OCR_EUSAGE &&
		strcmp(err.text, "scale 0 is not one of 1 to 32") == 0,
	    "scale 0");
	ocr_err_clear(&err);
	ok(ocr_graph_generate(&s, UNIFORM, 33, 16, 1, &err) == -OCR_EUSAGE &&
		strcmp(err.text, "scale 33 is not one of 1 to 32") == 0,
	    "scale 33");
	ocr_err_clear(&err);
	ok(ocr_graph_generate(&s, POWERLAW, 5, 0, 1, &err) == -OCR_EUSAGE &&
		strcmp(err.text, "edge factor 0") == 0,
	    "edge factor 0");
	ocr_err_clear(&err);
	s = make(KRON, 32, UINT32_MAX, 1);
	ok(s->n_parts == (uint64_t)UINT32_MAX << 16, "2^64 - 2^32 edges");
	ok(s->scan(s, s->n_parts - 1, take_no_more, &n_calls, &err) ==
		    -OCR_ECANCEL &&
		n_calls == 3 && strcmp(err.text, "enough") == 0,
	    "a taker may refuse");
	ocr_graph_source_free(s);
}

int
main(void)
{
	test_described();
	for (size_t i = 0; i < 3; i++) {
		test_repeatable(shapes[i]);
		test_scales(shapes[i]);
	}
	test_fixed();
	test_uniform();
	test_powerlaw();
	test_kron();
	test_quarters();
	test_bijection();
	test_places(KRON, "kron");
	test_places(POWERLAW, "powerlaw");
	test_threads();
	test_wrong();
	return done();
}
