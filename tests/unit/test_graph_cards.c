/*
 * test_graph_cards.c - graph programs on cards and threads
 *
 *   test_graph_cards [DEVICES]
 *
 * By hand and under make check: threads alone.  graph_cards.bats runs it with
 * real XRT on ocr-softcard: DEVICES as for -D.  Results are those of plain
 * loops, whatever the schedule.
 */
#include "config.h"

#include <stdlib.h>

#include "src/cards.h"
#include "src/cards_places.h"
#include "tests/unit/graph_make.h"
#include "tests/unit/tap.h"

static const char *const schedules[] = {"hws", "hws-paper", "hap", "dynamic:1",
    "static"};

struct bench {
	const char *devices;
	unsigned n_threads;
	struct ocr_card_graph card;
	struct ocr_crew crew;
	struct ocr_graph *g;
};

static void
plain_bfs(const struct ocr_graph *g, uint32_t source, uint32_t *levels)
{
	uint32_t *queue = made_zero(g->n, sizeof(*queue));
	uint64_t head = 0, tail = 0, e;

	memset(levels, 0xff, (size_t)g->n * sizeof(*levels));
	levels[source] = 0;
	for (queue[tail++] = source; head < tail; head++) {
		uint32_t v = queue[head];

		for (e = g->out.offsets[v]; e < g->out.offsets[v + 1]; e++)
			if (levels[g->out.ends[e]] == OCR_NO_VERTEX) {
				levels[g->out.ends[e]] = levels[v] + 1;
				queue[tail++] = g->out.ends[e];
			}
	}
	free(queue);
}

static void
plain_sssp(const struct ocr_graph *g, uint32_t source, uint32_t *d)
{
	uint64_t v, e;
	int has_changed = 1;

	memset(d, 0xff, (size_t)g->n * sizeof(*d));
	d[source] = 0;
	while (has_changed) {
		has_changed = 0;
		for (v = 0; v < g->n; v++)
			for (e = g->out.offsets[v];
			     d[v] != UINT32_MAX && e < g->out.offsets[v + 1];
			     e++) {
				uint32_t w = g->kind == OCR_EDGE_INT
						 ? g->out.ints[e]
						 : 1;

				if (d[v] + w < d[g->out.ends[e]]) {
					d[g->out.ends[e]] = d[v] + w;
					has_changed = 1;
				}
			}
	}
}

static int
has_arc(const struct ocr_graph *g, uint32_t u, uint64_t v)
{
	uint64_t e;

	for (e = g->out.offsets[u]; e < g->out.offsets[u + 1]; e++)
		if (g->out.ends[e] == v)
			return 1;
	return 0;
}

/* Any parent of the level before will do. */
static int
are_parents(const struct ocr_graph *g, uint32_t source, const uint32_t *parents,
    const uint32_t *levels)
{
	uint64_t v;

	for (v = 0; v < g->n; v++) {
		uint32_t p = parents[v];

		if (levels[v] == OCR_NO_VERTEX || v == source) {
			if (p != (v == source ? source : OCR_NO_VERTEX))
				return 0;
		} else if (p >= g->n || levels[p] + 1 != levels[v] ||
			   !has_arc(g, p, v)) {
			return 0;
		}
	}
	return 1;
}

static size_t
check_bfs(struct bench *b, uint64_t *seed)
{
	size_t bytes = (size_t)b->g->n * sizeof(uint32_t), n_bad = 0;
	uint32_t *parents = malloc(bytes), *levels = malloc(bytes),
		 *want = malloc(bytes), source;
	struct ocr_bfs_opt opt = {.to = OCR_NO_VERTEX};
	struct ocr_bfs_result result;
	struct ocr_cards c;
	struct ocr_err err = {0};
	int i;

	if (ocr_cards_open(&c, &b->card, &b->crew, b->g, K_GRAPH_BFS, &err) < 0)
		abort();
	ocr_range_wait_ready(c.loop);
	for (i = 0; i < 3; i++) {
		opt.direction = (enum ocr_bfs_direction)i;
		source = (uint32_t)ocr_random_below(seed, b->g->n);
		plain_bfs(b->g, source, want);
		if (ocr_cards_bfs(&c, source, &opt, parents, levels, &result,
			&err) < 0) {
			diag("%s", err.text);
			n_bad++;
			break;
		}
		n_bad += memcmp(levels, want, bytes) != 0 ||
			 !are_parents(b->g, source, parents, levels);
	}
	ocr_cards_close(&c);
	free(parents);
	free(levels);
	free(want);
	return n_bad;
}

static size_t
check_sssp(struct bench *b, uint64_t *seed)
{
	static const uint32_t deltas[] = {8, 32, UINT32_MAX};
	size_t bytes = (size_t)b->g->n * sizeof(uint32_t), n_bad = 0, i;
	uint32_t *distances = malloc(bytes), *want = malloc(bytes), source;
	struct ocr_cards c;
	struct ocr_err err = {0};

	if (ocr_cards_open(&c, &b->card, &b->crew, b->g, K_GRAPH_SSSP, &err) <
	    0)
		abort();
	ocr_range_wait_ready(c.loop);
	for (i = 0; i < 3; i++) {
		source = (uint32_t)ocr_random_below(seed, b->g->n);
		plain_sssp(b->g, source, want);
		if (ocr_cards_sssp(&c, source, deltas[i], distances, &err) <
		    0) {
			diag("%s", err.text);
			n_bad++;
			break;
		}
		if (memcmp(distances, want, bytes) != 0) {
			diag("SSSP, delta %u", deltas[i]);
			n_bad++;
		}
	}
	ocr_cards_close(&c);
	free(distances);
	free(want);
	return n_bad;
}

static void
plain_pagerank(const struct ocr_graph *g, double damping, double *scores)
{
	double *next = made_zero(g->n, sizeof(*next)), dangling, n;
	uint64_t v, e, d;
	int i;

	n = (double)g->n;
	for (v = 0; v < g->n; v++)
		scores[v] = 1 / n;
	for (i = 0; i < 200; i++) {
		dangling = 0;
		memset(next, 0, (size_t)g->n * sizeof(*next));
		for (v = 0; v < g->n; v++) {
			d = ocr_graph_degree(&g->out, v);
			if (d == 0)
				dangling += scores[v];
			for (e = g->out.offsets[v]; e < g->out.offsets[v + 1];
			     e++)
				next[g->out.ends[e]] += scores[v] / (double)d;
		}
		for (v = 0; v < g->n; v++)
			scores[v] = (1 - damping) / n +
				    damping * (next[v] + dangling / n);
	}
	free(next);
}

/* How many of the iterations were to be pushed? */
static int
are_pushes(const struct bench *b, enum ocr_cards_how how,
    const struct ocr_scores *s)
{
	if (b->g->in.offsets == NULL || how == OCR_CARDS_PUSH)
		return s->n_pushes == s->n_iterations;
	return how == OCR_CARDS_AUTO ? s->n_pushes < s->n_iterations
				     : s->n_pushes == 0;
}

static size_t
check_pagerank(struct bench *b)
{
	struct ocr_pagerank_opt opt = {.damping = 0.85, .tolerance = 1e-5};
	float *scores = malloc((size_t)b->g->n * sizeof(*scores));
	double *want = malloc((size_t)b->g->n * sizeof(*want)), off;
	struct ocr_scores out;
	struct ocr_cards c;
	struct ocr_err err = {0};
	size_t n_bad = 0;
	uint64_t v;
	int how;

	if (ocr_cards_open(&c, &b->card, &b->crew, b->g, K_GRAPH_PAGERANK,
		&err) < 0)
		abort();
	ocr_range_wait_ready(c.loop);
	plain_pagerank(b->g, opt.damping, want);
	for (how = OCR_CARDS_AUTO; how <= OCR_CARDS_PULL; how++) {
		off = 0;
		if (ocr_cards_pagerank(&c, &opt, (enum ocr_cards_how)how,
			scores, &out, &err) < 0)
			diag("%s", err.text);
		for (v = 0; v < b->g->n; v++)
			off += (double)scores[v] > want[v]
				   ? (double)scores[v] - want[v]
				   : want[v] - (double)scores[v];
		if (!out.has_converged || !(off < 1e-4) ||
		    !are_pushes(b, (enum ocr_cards_how)how, &out)) {
			diag("PageRank, %d: off by %g, %u iterations, %u of "
			     "them pushed",
			    how, off, out.n_iterations, out.n_pushes);
			n_bad++;
		}
	}
	ocr_cards_close(&c);
	free(scores);
	free(want);
	return n_bad;
}

/* Where cards work in the host's memory, programs work in theirs, and nothing
 * moves; else everything that cards are told does. */
static size_t
check_memory(struct bench *b)
{
	const struct ocr_team *t = &b->crew.team;
	struct ocr_err err = {0};
	struct ocr_cards c;
	size_t i, n_bad = 0, n_homes = 0, bytes = 64;
	void *own, *large;

	if (t->n_workers == t->n_cpus)
		return 0;
	if (ocr_cards_open(&c, &b->card, &b->crew, b->g, K_GRAPH_SSSP, &err) <
	    0)
		abort();
	for (i = t->n_cpus; i < t->n_workers; i++) {
		n_homes +=
		    t->workers[i].is_coherent && !t->workers[i].is_retired;
		n_bad +=
		    t->workers[i].is_coherent && t->workers[i].moved_bytes != 0;
	}
	own = ocr_cards_alloc(&c, OCR_CARDS_VALUES, bytes, "test", &err);
	n_bad += (own == c.homes[OCR_CARDS_VALUES].at) != (n_homes > 0);
	large = ocr_cards_alloc(&c, OCR_CARDS_VALUES, (size_t)1 << 26, "test",
	    &err);
	n_bad += large == NULL || large == own;
	ocr_cards_free(&c, own, bytes);
	ocr_cards_free(&c, large, (size_t)1 << 26);
	ocr_cards_close(&c);
	if (n_bad > 0)
		diag("memory");
	return n_bad;
}

static int
open_bench(struct bench *b, const char *schedule)
{
	struct ocr_team_opt opt = {.n_threads = b->n_threads,
	    .devices = b->devices,
	    .drivers = b->card.drivers,
	    .has_schedule = true};
	struct ocr_err err = {0};

	ocr_card_graph_init(&b->card);
	if (ocr_schedule_parse(schedule, &opt.schedule, &err) == 0 &&
	    ocr_crew_open(&b->crew, &opt, &err) == 0)
		return 1;
	diag("%s", err.text);
	return 0;
}

/* A directed graph that has no rows of in-arcs. */
static size_t
check_out_rows(struct bench *b, uint64_t *seed)
{
	struct ocr_graph *g = b->g, alone = *g;
	size_t n_bad;

	alone.in = (struct ocr_rows){.offsets = NULL};
	b->g = &alone;
	n_bad = check_bfs(b, seed) + check_sssp(b, seed) + check_pagerank(b);
	b->g = g;
	if (n_bad > 0)
		diag("without rows of in-arcs");
	return n_bad;
}

static size_t
check_shape(struct bench *b, enum made_shape shape, uint64_t n, uint64_t seed,
    int is_in_id_order)
{
	struct made_arcs m = made_shape(shape, n, 0, 40, seed);
	size_t n_bad;

	b->g = made_graph_in(&m, seed % 2 == 1,
	    seed % 3 == 0 ? OCR_EDGE_PLAIN : OCR_EDGE_INT, is_in_id_order);
	n_bad = check_bfs(b, &seed) + check_sssp(b, &seed) + check_pagerank(b) +
		check_memory(b);
	if (b->g->is_directed)
		n_bad += check_out_rows(b, &seed);
	made_free(b->g);
	free(m.arcs);
	return n_bad;
}

static void
test_schedule(const char *devices, unsigned n_threads, const char *schedule)
{
	struct bench b = {.devices = devices, .n_threads = n_threads};
	int has_cards = strcmp(devices, "cpu") != 0, shape;
	size_t n_bad = 0, i, n_jobs = 0;

	if (!open_bench(&b, schedule)) {
		ok(0, "%s", schedule);
		return;
	}
	/* A sweep with cards that are emulated takes milliseconds. */
	for (shape = has_cards ? MADE_RANDOM : 0; shape < MADE_SHAPES;
	     shape++) {
		n_bad += check_shape(&b, (enum made_shape)shape, 700,
		    (uint64_t)shape + 1, 0);
		n_bad += check_shape(&b, (enum made_shape)shape, 65,
		    (uint64_t)shape + 2, 1);
	}
	if (!ok(n_bad == 0, "%s, %u threads", schedule, n_threads))
		diag("%zu results", n_bad);
	for (i = b.crew.team.n_cpus; i < b.crew.team.n_workers; i++)
		n_jobs += b.crew.team.workers[i].n_jobs;
	/* hws may find that threads are faster alone. */
	if (has_cards &&
	    (strcmp(schedule, "hws") != 0 || b.crew.team.workers[0].is_reserve))
		ok(n_jobs > 0, "cards did %zu jobs", n_jobs);
	ocr_crew_close(&b.crew);
}

/* A file whose rows of in-arcs are not those of its out-arcs. */
static void
test_other_in_rows(void)
{
	const uint64_t offsets[] = {0, 1, 2};
	const uint32_t out[] = {1, 0}, in[] = {1, 1};
	struct ocr_graph g = {.n = 2, .n_arcs = 2, .is_directed = true};
	struct ocr_err err = {0};
	uint32_t places[2];

	g.out.offsets = g.in.offsets = offsets;
	g.out.ends = out;
	g.in.ends = in;
	g.is_in_id_order = true;
	ok(ocr_cards_places(&g, places, &err) == -OCR_EFORMAT, "%s", err.text);
	g.in.ends = out;
	ok(ocr_cards_places(&g, places, &err) == 0 && places[0] == 1 &&
		places[1] == 0,
	    "places of two arcs");
}

/* Slots of a graph without in-rows: each row has its own, in order. */
static void
test_places_alone(void)
{
	const uint64_t offsets[] = {0, 3, 4, 4, 5};
	const uint32_t ends[] = {1, 3, 1, 1, 0};
	const uint64_t want_offsets[] = {0, 1, 4, 4, 5};
	const uint32_t want[] = {1, 4, 2, 3, 0};
	struct ocr_graph g = {.n = 4, .n_arcs = 5, .is_directed = true};
	uint64_t slots[5];
	uint32_t places[5];

	g.out.offsets = offsets;
	g.out.ends = ends;
	ocr_cards_places_alone(&g, slots, places);
	ok(memcmp(slots, want_offsets, sizeof(slots)) == 0 &&
		memcmp(places, want, sizeof(places)) == 0,
	    "places without in-rows");
}

static void
test_choice(void)
{
	struct ocr_cards_choice c = {0};

	ok(!ocr_cards_is_to_push(&c, 0), "pull is first");
	ocr_cards_took(&c, false, 900, 100);
	ok(ocr_cards_is_to_push(&c, 0) && ocr_cards_is_to_push(&c, 302) &&
		!ocr_cards_is_to_push(&c, 303),
	    "push is tried where it moves 4 times as much at most");
	ocr_cards_took(&c, true, 1801, 0);
	ok(!ocr_cards_is_to_push(&c, 0), "not again if it took twice as long");
	c = (struct ocr_cards_choice){0};
	ocr_cards_took(&c, false, 900, 0);
	ocr_cards_took(&c, true, 1800, 0);
	ok(ocr_cards_is_to_push(&c, 0), "again if not");
	ocr_cards_took(&c, true, 500, 0);
	ok(!ocr_cards_is_to_push(&c, 0), "pull has a second chance, too");
	ocr_cards_took(&c, false, 501, 0);
	ok(ocr_cards_is_to_push(&c, 0), "what took less time");
	ocr_cards_took(&c, true, 9000, 0);
	ok(ocr_cards_is_to_push(&c, 0), "the least time of each counts");
	ocr_cards_took(&c, false, 499, 0);
	ok(!ocr_cards_is_to_push(&c, 0), "until the other is faster");
	c = (struct ocr_cards_choice){0};
	ocr_cards_took(&c, false, 1001, 0);
	ocr_cards_took(&c, true, 500, 0);
	ocr_cards_took(&c, true, 600, 0);
	ok(ocr_cards_is_to_push(&c, 0), "no second chance for pull, either");
}

int
main(int argc, char **argv)
{
	size_t i;

	test_other_in_rows();
	test_places_alone();
	test_choice();
	for (i = 0; i < sizeof(schedules) / sizeof(*schedules); i++)
		if (argc > 1) {
			test_schedule(argv[1], 2, schedules[i]);
		} else {
			test_schedule("cpu", 1, schedules[i]);
			test_schedule("cpu", 3, schedules[i]);
		}
	return done();
}
