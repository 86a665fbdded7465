/*
 * test_bfs.c - searches of all shapes, against a serial one
 *
 * Each direction, each schedule, 1 to 8 threads, with and without AVX2; parents
 * are checked by ocr_bfs_verify(), which has a test of its own.  Runs under
 * TSan.
 */
#include "config.h"

#include "src/bfs_run.h"
#include "tests/unit/bfs_plain.h"
#include "tests/unit/tap.h"

static const uint64_t sizes[] = {1, 63, 64, 65, 500};
#define N_SIZES (sizeof(sizes) / sizeof(*sizes))
/* More blocks than a piece has, rows that are cut, dense pushes. */
static const struct {
	enum made_shape shape;
	enum plain_kind kind;
	uint64_t n;
	uint32_t source;
} large[] = {
    {MADE_GRID, PLAIN_UNDIRECTED, 5000, 4999},
    {MADE_LOOPS, PLAIN_DIRECTED, 5000, 0},
    {MADE_RANDOM, PLAIN_UNDIRECTED, 5000, 1},
    {MADE_SKEWED, PLAIN_NO_IN, 5000, 2},
    {MADE_STAR, PLAIN_UNDIRECTED, 40001, 7},
    {MADE_STAR, PLAIN_NO_IN, 40001, 0},
    {MADE_RANDOM, PLAIN_UNDIRECTED, 20000, 3},
    {MADE_SKEWED, PLAIN_UNDIRECTED, 20000, 19999},
    {MADE_SKEWED, PLAIN_DIRECTED, 20000, 19999},
};
#define N_LARGE (sizeof(large) / sizeof(*large))
#define N_GRAPHS (MADE_SHAPES * N_SIZES * PLAIN_KINDS + N_LARGE)
#define N_SCHEDULES 5

struct wanted {
	struct ocr_graph *g;
	uint32_t source, depth;
	uint32_t *levels, *parents, *got;
	struct ocr_bfs_result result;
};

static void
want(struct wanted *w, struct ocr_graph *g, uint32_t source, uint32_t depth)
{
	w->g = g;
	w->source = source;
	w->depth = depth;
	w->levels = plain_vertices(g);
	w->parents = plain_vertices(g);
	w->got = plain_vertices(g);
	w->result = plain_bfs(g, source, depth, w->levels);
}

static struct wanted *
want_all(void)
{
	struct wanted *all = made_zero(N_GRAPHS, sizeof(*all)), *w = all;
	unsigned shape, i, kind;

	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (i = 0; i < N_SIZES; i++)
			for (kind = 0; kind < PLAIN_KINDS; kind++, w++)
				want(w, plain_graph(shape, sizes[i], kind),
				    (uint32_t)(sizes[i] * kind / 3),
				    shape % 2 == 0 || kind > 0 ? 0 : 3);
	for (i = 0; i < N_LARGE; i++, w++)
		want(w, plain_graph(large[i].shape, large[i].n, large[i].kind),
		    large[i].source, 0);
	return all;
}

static void
want_no_more(struct wanted *all)
{
	unsigned i;

	for (i = 0; i < N_GRAPHS; i++) {
		free(all[i].levels);
		free(all[i].parents);
		free(all[i].got);
		plain_free(all[i].g);
	}
	free(all);
}

/* What the callback has added up. */
struct seen {
	uint64_t n_reached, n_bad;
	uint32_t level;
	uint64_t frontier;
};

static void
see_level(void *arg, uint32_t level, enum ocr_bfs_direction d,
    uint64_t frontier, uint64_t reached, double ns)
{
	struct seen *s = arg;

	s->n_bad += level != s->level + 1 || frontier != s->frontier ||
		    (d != OCR_BFS_PUSH && d != OCR_BFS_PULL) || ns < 0;
	s->level = level;
	s->frontier = reached;
	s->n_reached += reached;
}

static int
is_same(const struct wanted *w, const struct ocr_bfs_result *r,
    const struct seen *s)
{
	return r->n_reached == w->result.n_reached &&
	       r->n_arcs == w->result.n_arcs && r->depth == w->result.depth &&
	       s->n_bad == 0 && s->n_reached == r->n_reached &&
	       (s->level == r->depth || s->level == r->depth + 1);
}

/* outputs: 1 parents, 2 levels, 3 both.  Returns what is wrong, or NULL. */
static const char *
one_run(const struct wanted *w, struct ocr_bfs *b, struct ocr_crew *crew,
    enum ocr_bfs_direction d, unsigned outputs)
{
	struct seen seen = {.n_reached = 1, .frontier = 1};
	struct ocr_bfs_opt opt = {.max_depth = w->depth,
	    .to = OCR_NO_VERTEX,
	    .direction = d,
	    .level = see_level,
	    .arg = &seen};
	uint32_t *parents = outputs & 1 ? w->parents : NULL;
	uint32_t *levels = outputs & 2 ? w->got : NULL;
	struct ocr_bfs_result result;
	struct ocr_err err = {0};
	uint64_t v;

	plain_junk(w->g, w->parents);
	plain_junk(w->g, w->got);
	if (ocr_bfs_run(b, w->source, &opt, parents, levels, &result, &err) < 0)
		return "it failed";
	if (!is_same(w, &result, &seen))
		return "its result";
	if (!plain_is_kept(w->g, w->parents) || !plain_is_kept(w->g, w->got))
		return "it wrote behind the end";
	if (levels != NULL && memcmp(levels, w->levels, w->g->n * 4) != 0)
		return "a level";
	for (v = 0; parents != NULL && v < w->g->n; v++)
		if ((parents[v] == OCR_NO_VERTEX) !=
		    (w->levels[v] == OCR_NO_VERTEX))
			return "a parent or none";
	if (w->depth == 0 &&
	    ocr_bfs_verify(w->g, w->source, parents, levels, crew, &err) < 0)
		return "what ocr_bfs_verify says";
	return NULL;
}

static unsigned
try_graph(const struct wanted *w, struct ocr_crew *crew, unsigned outputs)
{
	struct ocr_err err = {0};
	struct ocr_bfs *b;
	unsigned d, n_bad = 0, i;
	const char *why;
	uint64_t (*fast)(const struct k_bfs_pull *, uint64_t, uint64_t);

	if (ocr_bfs_new(&b, w->g, crew, &err) < 0)
		return 1;
	fast = b->pull;
	for (i = 0; i < 2; i++) {
		b->pull = i == 0 ? fast : k_bfs_pull;
		for (d = OCR_BFS_AUTO; d <= OCR_BFS_PULL; d++) {
			why = one_run(w, b, crew, d, 1 + outputs++ % 3);
			if (why == NULL)
				continue;
			n_bad++;
			diag("%" PRIu64 " vertices, source %u, direction %u: "
			     "%s %s",
			    w->g->n, w->source, d, why, err.text);
		}
	}
	ocr_bfs_free(b);
	return n_bad;
}

static void
test_all(const struct wanted *all)
{
	unsigned n_threads, schedule, i, n_bad;
	struct ocr_crew crew;

	for (n_threads = 1; n_threads <= 8; n_threads++)
		for (schedule = 0; schedule < N_SCHEDULES; schedule++) {
			/* All of them with some numbers of threads. */
			if (n_threads != 2 && n_threads != 5 &&
			    schedule != n_threads % N_SCHEDULES)
				continue;
			plain_crew(&crew, n_threads, schedule);
			n_bad = 0;
			for (i = 0; i < N_GRAPHS; i++)
				if (is_round(i + n_threads + schedule))
					n_bad += try_graph(&all[i], &crew,
					    n_threads + i);
			ok(n_bad == 0, "%u threads, schedule %s", n_threads,
			    ocr_schedule_name(&crew.team.schedule));
			ocr_crew_close(&crew);
		}
}

static void
test_to(void)
{
	struct ocr_graph *g = plain_graph(MADE_GRID, 5000, PLAIN_UNDIRECTED);
	struct ocr_bfs_opt opt = {0};
	struct ocr_bfs_result r;
	uint32_t *want_levels = plain_vertices(g), *levels = plain_vertices(g);
	struct ocr_err err = {0};
	struct ocr_crew crew;
	struct ocr_bfs *b;
	unsigned n_bad = 0;

	plain_crew(&crew, 2, OCR_HWS);
	plain_bfs(g, 2000, 0, want_levels);
	ocr_bfs_new(&b, g, &crew, &err);
	for (opt.to = 0; opt.to < 5000; opt.to += 97) {
		n_bad += ocr_bfs_run(b, 2000, &opt, NULL, levels, &r, &err) < 0;
		n_bad += levels[opt.to] != want_levels[opt.to];
		n_bad += r.depth != want_levels[opt.to];
	}
	is_int(n_bad, 0, "a search ends with the level of `to`");
	opt.to = 2000;
	ocr_bfs_run(b, 2000, &opt, NULL, levels, &r, &err);
	ok(r.n_reached == 1 && r.depth == 0 && levels[2000] == 0 &&
		levels[0] == OCR_NO_VERTEX,
	    "the source itself is reached at once");
	opt.to = 5000;
	ocr_bfs_run(b, 2000, &opt, NULL, levels, &r, &err);
	is_int((int64_t)r.n_reached, 5000, "a vertex that is none: never");
	ocr_bfs_free(b);
	ocr_crew_close(&crew);
	plain_free(g);

	g = plain_graph(MADE_EMPTY, 100, PLAIN_DIRECTED);
	plain_crew(&crew, 1, OCR_HWS);
	ocr_bfs_new(&b, g, &crew, &err);
	opt.to = 50;
	ocr_bfs_run(b, 2, &opt, NULL, levels, &r, &err);
	ok(r.n_reached == 1 && levels[50] == OCR_NO_VERTEX,
	    "a vertex that no arc leads to is not reached");
	ocr_bfs_free(b);
	ocr_crew_close(&crew);
	plain_free(g);
	free(levels);
	free(want_levels);
}

/* Stopped in any level; the next search is right. */
static void
stop_at(void *arg, uint32_t level, enum ocr_bfs_direction d, uint64_t frontier,
    uint64_t reached, double ns)
{
	volatile int *left = arg;

	(void)level;
	(void)d;
	(void)frontier;
	(void)reached;
	(void)ns;
	if (left[1] > 0 && --left[1] == 0)
		__atomic_store_n(&left[0], 1, __ATOMIC_RELAXED);
}

static void
test_stop(void)
{
	struct ocr_graph *g = plain_graph(MADE_RANDOM, 5000, PLAIN_UNDIRECTED);
	volatile int left[2] = {0};
	struct ocr_bfs_opt opt = {.to = OCR_NO_VERTEX,
	    .level = stop_at,
	    .arg = (void *)left};
	uint32_t *want_levels = plain_vertices(g), *levels = plain_vertices(g);
	struct ocr_bfs_result r, all;
	struct ocr_crew crew;
	struct ocr_bfs *b;
	struct ocr_err err = {0};
	int i, d, n_stopped = 0, n_bad = 0;

	plain_crew(&crew, 3, OCR_HWS);
	crew.stop = left;
	all = plain_bfs(g, 1, 0, want_levels);
	ocr_bfs_new(&b, g, &crew, &err);
	for (i = 1; i < 12; i++)
		for (d = OCR_BFS_AUTO; d <= OCR_BFS_PULL; d++) {
			opt.direction = d;
			left[0] = 0;
			left[1] = i / 2;
			/* As if it was stopped within a sweep. */
			b->threads[1].n_found = b->threads[2].n_arcs = 99;
			ocr_err_clear(&err);
			if (ocr_bfs_run(b, 1, &opt, NULL, levels, &r, &err) < 0)
				n_stopped += err.code == -OCR_ECANCEL;
			else
				n_bad +=
				    r.n_reached != all.n_reached ||
				    r.n_arcs != all.n_arcs ||
				    memcmp(levels, want_levels, g->n * 4) != 0;
		}
	ok(n_stopped > 0, "a search is stopped");
	is_int(n_bad, 0, "the next one is right");
	ocr_bfs_free(b);
	ocr_crew_close(&crew);
	plain_free(g);
	free(levels);
	free(want_levels);
}

int
main(void)
{
	struct wanted *all = want_all();

	test_all(all);
	want_no_more(all);
	test_to();
	test_stop();
	return done();
}
