/*
 * test_bfs_verify.c - results that are right, and each way to be wrong
 */
#include "config.h"

#include "tests/unit/bfs_plain.h"
#include "tests/unit/tap.h"

struct result {
	struct ocr_graph *g;
	uint32_t source, *parents, *levels;
};

/* Any parents, by the book. */
static void
fill(struct result *r, struct ocr_graph *g, uint32_t source)
{
	uint64_t u, i;

	r->g = g;
	r->source = source;
	r->parents = plain_vertices(g);
	r->levels = plain_vertices(g);
	plain_bfs(g, source, 0, r->levels);
	for (u = 0; u < g->n; u++)
		r->parents[u] = OCR_NO_VERTEX;
	for (u = 0; u < g->n; u++)
		for (i = g->out.offsets[u]; i < g->out.offsets[u + 1]; i++)
			if (r->levels[u] != OCR_NO_VERTEX &&
			    r->levels[g->out.ends[i]] == r->levels[u] + 1)
				r->parents[g->out.ends[i]] = (uint32_t)u;
	r->parents[source] = source;
}

static void
forget(struct result *r)
{
	free(r->parents);
	free(r->levels);
	plain_free(r->g);
}

/* what: 1 parents, 2 levels, 3 both are given. */
static int
verdict(const struct result *r, struct ocr_crew *crew, unsigned what,
    struct ocr_err *err)
{
	ocr_err_clear(err);
	return ocr_bfs_verify(r->g, r->source, what & 1 ? r->parents : NULL,
	    what & 2 ? r->levels : NULL, crew, err);
}

static void
test_right(struct ocr_crew *crew)
{
	static const uint64_t sizes[] = {1, 63, 64, 65, 1000};
	unsigned shape, kind, i, what, n_bad = 0;
	struct ocr_err err = {0};
	struct result r;

	for (shape = 0; shape < MADE_SHAPES; shape++)
		for (i = 0; i < 5; i++)
			for (kind = 0; kind < PLAIN_KINDS; kind++) {
				fill(&r, plain_graph(shape, sizes[i], kind),
				    (uint32_t)(sizes[i] / 2));
				for (what = 1; what <= 3; what++)
					n_bad +=
					    verdict(&r, crew, what, &err) < 0;
				forget(&r);
			}
	is_int(n_bad, 0, "what is right passes");
}

/* parents[v] and levels[v] for one call; text: what is said then. */
static void
is_refused(const struct result *r, struct ocr_crew *crew, uint32_t v,
    uint32_t parent, uint32_t level, unsigned what, const char *text)
{
	uint32_t old_parent = r->parents[v], old_level = r->levels[v];
	struct ocr_err err;
	int got;

	r->parents[v] = parent;
	r->levels[v] = level;
	got = verdict(r, crew, what, &err);
	if (!ok(got == -OCR_EFORMAT && strcmp(err.text, text) == 0, "%s", text))
		diag("got %d: %s", got, err.text);
	r->parents[v] = old_parent;
	r->levels[v] = old_level;
}

/* 0 to 9 in a row, and from source 3; ids are numbers + 100. */
static void
test_path(struct ocr_crew *crew)
{
	struct result r;

	fill(&r, plain_graph(MADE_PATH, 10, PLAIN_UNDIRECTED), 3);
	r.g->first_id = 100;
	is_refused(&r, crew, 3, 2, 0, 1,
	    "search: the source's parent is not itself");
	is_refused(&r, crew, 3, OCR_NO_VERTEX, 0, 3,
	    "search: the source's parent is not itself");
	is_refused(&r, crew, 3, 3, 1, 2, "search: the source's level is not 0");
	is_refused(&r, crew, 9, OCR_NO_VERTEX, OCR_NO_VERTEX, 3,
	    "search: vertex 109: not reached, but joined to 108");
	is_refused(&r, crew, 9, OCR_NO_VERTEX, OCR_NO_VERTEX, 1,
	    "search: vertex 109: not reached, but joined to 108");
	is_refused(&r, crew, 9, 8, OCR_NO_VERTEX, 2,
	    "search: vertex 109: not reached, but joined to 108");
	is_refused(&r, crew, 9, 8, 7, 3,
	    "search: vertex 109: more than a level below its neighbour 108");
	is_refused(&r, crew, 9, 8, 5, 3,
	    "search: vertex 109: no arc from a parent one level up, on the "
	    "way from 103");
	is_refused(&r, crew, 9, 8, 5, 2,
	    "search: vertex 109: no arc from a parent one level up, on the "
	    "way from 103");
	is_refused(&r, crew, 9, 7, 6, 3,
	    "search: vertex 109: no arc from a parent one level up, on the "
	    "way from 103");
	is_refused(&r, crew, 9, 9, 6, 1,
	    "search: vertex 109: its parents go round at 109");
	is_refused(&r, crew, 9, 10, 6, 1,
	    "search: vertex 109: parent is no vertex; the search was from 103");
	is_refused(&r, crew, 9, OCR_NO_VERTEX, 6, 3,
	    "search: vertex 109: has a level or a parent, not both, from 103");
	is_refused(&r, crew, 9, 8, 0, 2,
	    "search: vertex 108: more than a level below its neighbour 109");
	is_refused(&r, crew, 5, 6, 2, 1,
	    "search: vertex 105: its parents go round at 105");
	forget(&r);
}

static void
test_directed(struct ocr_crew *crew)
{
	struct result r;

	/* 4 is reached from 3; 0 to 2 are not. */
	fill(&r, plain_graph(MADE_PATH, 5, PLAIN_NO_IN), 3);
	is_refused(&r, crew, 2, 1, 5, 3,
	    "search: vertex 2: no arc from a parent one level up, on the way "
	    "from 3");
	forget(&r);

	fill(&r, plain_graph(MADE_LOOPS, 5, PLAIN_DIRECTED), 3);
	is_refused(&r, crew, 2, 3, 1, 3,
	    "search: vertex 2: no arc from a parent one level up, on the way "
	    "from 3");
	is_refused(&r, crew, 2, 2, 0, 3,
	    "search: vertex 2: level 0, as the source 3");
	is_refused(&r, crew, 2, 2, 7, 1,
	    "search: vertex 2: its parents go round at 2");
	forget(&r);
}

/* Each vertex's parent and level, changed to what they are not. */
static void
test_any(struct ocr_crew *crew)
{
	struct ocr_err err = {0};
	struct result r;
	uint64_t seed = 7;
	unsigned i, n_bad = 0;

	fill(&r, plain_graph(MADE_RANDOM, 300, PLAIN_UNDIRECTED), 0);
	for (i = 1; i < 300; i++) {
		uint32_t parent = r.parents[i], level = r.levels[i];

		r.levels[i] = level + 1 + (uint32_t)ocr_random_below(&seed, 3);
		n_bad += verdict(&r, crew, 3, &err) == 0;
		n_bad += verdict(&r, crew, 2, &err) == 0;
		r.levels[i] = level - 1;
		n_bad += verdict(&r, crew, 3, &err) == 0;
		n_bad += verdict(&r, crew, 2, &err) == 0;
		r.levels[i] = level;
		/* A parent of the level before, without an arc to i. */
		do
			r.parents[i] = (uint32_t)ocr_random_below(&seed, 300);
		while (r.levels[r.parents[i]] == level - 1);
		n_bad += verdict(&r, crew, 3, &err) == 0;
		n_bad += verdict(&r, crew, 1, &err) == 0;
		r.parents[i] = parent;
	}
	is_int(n_bad, 0, "any change is seen");
	is_int(verdict(&r, crew, 3, &err), 0, "and without it all is well");
	forget(&r);
}

int
main(void)
{
	struct ocr_crew crew;
	unsigned n_threads;

	for (n_threads = 1; n_threads <= 4; n_threads += 3) {
		plain_crew(&crew, n_threads, OCR_HWS);
		test_right(&crew);
		test_path(&crew);
		test_directed(&crew);
		test_any(&crew);
		ocr_crew_close(&crew);
	}
	return done();
}
