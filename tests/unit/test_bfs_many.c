/*
 * test_bfs_many.c - 64 searches at once, each against a serial one
 */
#include "config.h"

#include "tests/unit/bfs_plain.h"
#include "tests/unit/tap.h"

#define MAX_SOURCES 64

/* Same vertices may come twice. */
static unsigned
try_graph(struct ocr_graph *g, struct ocr_crew *crew, size_t n_sources,
    uint32_t max_depth)
{
	uint32_t sources[MAX_SOURCES], *levels[MAX_SOURCES];
	uint32_t *want = plain_vertices(g);
	uint64_t seed = g->n + n_sources;
	struct ocr_err err = {0};
	struct ocr_bfs *b = NULL;
	unsigned n_bad = 0;
	size_t i;

	for (i = 0; i < n_sources; i++) {
		sources[i] = (uint32_t)ocr_random_below(&seed, g->n);
		levels[i] = plain_vertices(g);
		plain_junk(g, levels[i]);
	}
	n_bad += ocr_bfs_new(&b, g, crew, &err) < 0 ||
		 ocr_bfs_run_many(b, sources, n_sources, max_depth, levels,
		     &err) < 0;
	for (i = 0; i < n_sources; i++) {
		plain_bfs(g, sources[i], max_depth, want);
		n_bad += memcmp(want, levels[i], g->n * sizeof(*want)) != 0 ||
			 !plain_is_kept(g, levels[i]);
		free(levels[i]);
	}
	if (n_bad > 0)
		diag("%" PRIu64 " vertices, %zu sources, depth %u: %s", g->n,
		    n_sources, max_depth, err.text);
	ocr_bfs_free(b);
	free(want);
	return n_bad;
}

static unsigned
try_shape(enum made_shape shape, uint64_t n, struct ocr_crew *crew)
{
	static const size_t counts[] = {1, 2, 63, 64};
	unsigned kind, i, n_bad = 0;

	for (kind = 0; kind < PLAIN_KINDS; kind++) {
		struct ocr_graph *g = plain_graph(shape, n, kind);

		for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
			n_bad += try_graph(g, crew, counts[i],
			    i == 2 ? 1 + kind : 0);
		plain_free(g);
	}
	return n_bad;
}

static void
test_shapes(unsigned n_threads, enum ocr_schedule_kind kind)
{
	static const uint64_t sizes[] = {1, 63, 64, 65, 1000};
	struct ocr_crew crew;
	unsigned shape, i, n_bad = 0;

	plain_crew(&crew, n_threads, kind);
	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
			n_bad += try_shape(shape, sizes[i], &crew);
	n_bad += try_shape(MADE_SKEWED, 5000, &crew);
	ok(n_bad == 0, "%u threads, schedule %s", n_threads,
	    ocr_schedule_name(&crew.team.schedule));
	ocr_crew_close(&crew);
}

static void
test_limits(void)
{
	struct ocr_graph *g = plain_graph(MADE_PATH, 10, PLAIN_UNDIRECTED);
	uint32_t sources[65] = {0}, *levels[65] = {NULL};
	struct ocr_bfs_result result;
	struct ocr_crew crew;
	struct ocr_bfs *b;
	struct ocr_err err = {0};
	volatile int stop = 1;

	plain_crew(&crew, 1, OCR_HWS);
	ocr_bfs_new(&b, g, &crew, &err);
	is_int(ocr_bfs_run_many(b, sources, 0, 0, levels, &err), 0,
	    "no sources, nothing to do");
	is_int(ocr_bfs_run_many(b, sources, 65, 0, levels, &err), -OCR_EUSAGE,
	    "65 sources are refused");
	ok(strcmp(err.text, "more than 64 sources at once") == 0,
	    "with the reason");
	ocr_err_clear(&err);
	levels[0] = plain_vertices(g);
	crew.stop = &stop;
	is_int(ocr_bfs_run_many(b, sources, 1, 0, levels, &err), -OCR_ECANCEL,
	    "stopped");
	crew.stop = NULL;
	ocr_err_clear(&err);
	ok(ocr_bfs_run_many(b, sources, 1, 0, levels, &err) == 0 &&
		levels[0][9] == 9,
	    "and run again");
	ok(ocr_bfs_run(b, 9, NULL, NULL, levels[0], &result, &err) == 0 &&
		result.depth == 9 && levels[0][0] == 9,
	    "single searches in between");
	free(levels[0]);
	ocr_bfs_free(b);
	ocr_crew_close(&crew);
	plain_free(g);
}

int
main(void)
{
	unsigned n_threads;

	for (n_threads = 1; n_threads <= 8; n_threads++)
		test_shapes(n_threads, n_threads % 5);
	test_limits();
	return done();
}
