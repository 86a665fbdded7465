/*
 * test_dist_bfs.c - searches by 1 to 7 ranks, which are threads here
 *
 * Against a serial one: levels, counts, parents; ocr_dist_bfs_verify() must
 * accept these, and nothing that is wrong; damaged messages are an error or make
 * no difference.  Runs under TSan.
 */
#include "config.h"

#include "src/dist_bfs_run.h"
#include "tests/unit/bfs_plain.h"
#include "tests/unit/dist_world.h"
#include "tests/unit/tap.h"

static const struct {
	enum made_shape shape;
	enum plain_kind kind;
	uint64_t n;
	uint32_t source;
} cases[] = {
    {MADE_GRID, PLAIN_UNDIRECTED, 1, 0},
    {MADE_GRID, PLAIN_UNDIRECTED, 65, 64},
    {MADE_GRID, PLAIN_DIRECTED, 300, 0},
    {MADE_GRID, PLAIN_UNDIRECTED, 3000, 2999},
    {MADE_LOOPS, PLAIN_DIRECTED, 3000, 0},
    {MADE_RANDOM, PLAIN_UNDIRECTED, 5000, 1},
    {MADE_RANDOM, PLAIN_DIRECTED, 5000, 77},
    {MADE_RANDOM, PLAIN_NO_IN, 5000, 4999},
    {MADE_SKEWED, PLAIN_UNDIRECTED, 9000, 8999},
    {MADE_SKEWED, PLAIN_DIRECTED, 9000, 3},
    {MADE_SKEWED, PLAIN_NO_IN, 9000, 2},
    {MADE_STAR, PLAIN_UNDIRECTED, 40001, 7},
    {MADE_STAR, PLAIN_NO_IN, 40001, 0},
};
#define N_CASES (sizeof(cases) / sizeof(*cases))

struct job {
	const struct ocr_graph *g;
	uint32_t source, max_depth;
	enum ocr_bfs_direction direction;
	unsigned n_threads;
	bool has_parents;
	uint32_t *parents, *levels; /* of all: out */
	struct ocr_bfs_result result[WORLD_MAX];
	int code[WORLD_MAX], verified[WORLD_MAX];
	/* A vertex whose level or parent is made wrong before it is checked. */
	uint32_t spoil_level, spoil_parent, spoil_with;
	unsigned n_steps;
	uint64_t n_reached, n_sent, n_received, n_all;
};

static void
see_step(void *arg, const struct ocr_dist_step *step)
{
	struct job *j = arg;

	__atomic_fetch_add(&j->n_sent, step->sent_bytes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&j->n_received, step->received_bytes,
	    __ATOMIC_RELAXED);
	__atomic_fetch_add(&j->n_all, step->all_bytes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&j->n_reached, step->reached, __ATOMIC_RELAXED);
}

static void
spoil(const struct job *j, const struct ocr_dist_bfs *b, uint32_t *parents,
    uint32_t *levels)
{
	uint64_t v = j->spoil_level - b->first;

	if (j->spoil_level != OCR_NO_VERTEX && v < b->n_own)
		levels[v] = j->spoil_with;
	v = j->spoil_parent - b->first;
	if (j->spoil_parent != OCR_NO_VERTEX && v < b->n_own)
		parents[v] = j->spoil_with;
}

static void
search(struct ocr_dist *d, void *arg)
{
	struct job *j = arg;
	struct ocr_dist_bfs_opt opt = {.max_depth = j->max_depth,
	    .direction = j->direction,
	    .level = see_step,
	    .arg = j};
	struct ocr_dist_bfs *b = NULL;
	struct ocr_err err = {0};
	struct ocr_crew crew;
	uint32_t *parents, *levels;
	uint64_t n;
	int r;

	plain_crew(&crew, j->n_threads, OCR_HWS);
	r = ocr_dist_bfs_new(&b, j->g, &crew, d, &err);
	j->code[d->rank] = r;
	if (r < 0)
		goto end;
	n = ocr_dist_bfs_room(b);
	parents = made_zero(n + 1, sizeof(*parents));
	levels = made_zero(n + 1, sizeof(*levels));
	/* Twice: the second begins with what the first has left. */
	for (unsigned i = 0; i < 2 && r == 0; i++)
		r = ocr_dist_bfs_run(b, j->source, &opt,
		    j->has_parents ? parents : NULL, levels,
		    &j->result[d->rank], &err);
	j->code[d->rank] = r;
	if (r == 0) {
		spoil(j, b, parents, levels);
		memcpy(j->levels + b->first, levels, b->n_own * 4);
		memcpy(j->parents + b->first, parents, b->n_own * 4);
	}
	if (r == 0 && j->has_parents && j->max_depth == 0)
		j->verified[d->rank] =
		    ocr_dist_bfs_verify(b, j->source, parents, levels, &err);
	free(parents);
	free(levels);
end:
	ocr_dist_bfs_free(b);
	ocr_crew_close(&crew);
}

static struct job
new_job(unsigned i)
{
	struct job j = {
	    .g = plain_graph(cases[i].shape, cases[i].n, cases[i].kind),
	    .source = cases[i].source,
	    .n_threads = 1,
	    .has_parents = true,
	    .spoil_level = OCR_NO_VERTEX,
	    .spoil_parent = OCR_NO_VERTEX};

	j.parents = plain_vertices(j.g);
	j.levels = plain_vertices(j.g);
	return j;
}

static void
end_job(struct job *j)
{
	free(j->parents);
	free(j->levels);
	plain_free((struct ocr_graph *)j->g);
}

/* What is wrong, or NULL. */
static const char *
judge(struct job *j, unsigned n_ranks, struct ocr_crew *crew)
{
	uint32_t *want = plain_vertices(j->g);
	struct ocr_bfs_result r =
	    plain_bfs(j->g, j->source, j->max_depth, want);
	struct ocr_err err = {0};
	const char *why = NULL;
	unsigned i;

	for (i = 0; i < n_ranks; i++) {
		if (j->code[i] != 0)
			why = "it failed";
		else if (j->verified[i] != 0)
			why = "its own check";
		else if (j->result[i].n_reached != r.n_reached ||
			 j->result[i].n_arcs != r.n_arcs ||
			 j->result[i].depth != r.depth)
			why = "its result";
	}
	if (why == NULL && memcmp(want, j->levels, j->g->n * 4) != 0)
		why = "a level";
	if (why == NULL && j->has_parents && j->max_depth == 0 &&
	    ocr_bfs_verify(j->g, j->source, j->parents, j->levels, crew, &err) <
		0)
		why = "what ocr_bfs_verify says";
	if (why == NULL &&
	    (j->n_sent != j->n_received || j->n_all != j->n_sent * n_ranks ||
		(n_ranks == 1 && j->n_sent != 0)))
		why = "bytes";
	if (why == NULL && j->n_reached != 2 * n_ranks * (r.n_reached - 1))
		why = "steps";
	free(want);
	return why;
}

static unsigned
try_case(unsigned i, unsigned n_ranks, struct ocr_crew *crew)
{
	unsigned d, n_bad = 0;
	const char *why;

	for (d = OCR_BFS_AUTO; d <= OCR_BFS_PULL; d++) {
		struct job j;
		struct world w = {.n = n_ranks, .body = search, .arg = &j};

		/* Of the two alone, one each time. */
		if (d != OCR_BFS_AUTO && (i + n_ranks + d) % 2 != 0)
			continue;
		j = new_job(i);
		j.direction = d;
		j.n_threads = 1 + (n_ranks + i) % 3;
		j.has_parents = (i + d + n_ranks) % 4 != 0;
		j.max_depth = (i + n_ranks) % 5 == 4 ? 2 : 0;
		world_run(&w);
		why = judge(&j, n_ranks, crew);
		if (why != NULL) {
			n_bad++;
			diag("case %u, direction %u: %s", i, d, why);
		}
		end_job(&j);
	}
	return n_bad;
}

static void
test_all(struct ocr_crew *crew)
{
	unsigned n, i, n_bad;

	for (n = 1; n <= 7; n++) {
		for (n_bad = 0, i = 0; i < N_CASES; i++)
			if (is_round(i + n))
				n_bad += try_case(i, n, crew);
		ok(n_bad == 0, "%u ranks", n);
	}
}

/* Searches that are spoilt are not accepted, by anybody. */
static void
test_verify(void)
{
	static const struct {
		uint32_t level, parent, with;
		const char *what;
	} all[] = {
	    {2000, OCR_NO_VERTEX, 1, "a level that is too low"},
	    {2000, OCR_NO_VERTEX, 2999, "a level that is too high"},
	    {2000, OCR_NO_VERTEX, UINT32_MAX - 1, "a level that is none"},
	    {2000, OCR_NO_VERTEX, 0, "a second source"},
	    {2000, OCR_NO_VERTEX, OCR_NO_VERTEX, "not reached"},
	    {2999, OCR_NO_VERTEX, 1, "the source's level"},
	    {OCR_NO_VERTEX, 2000, 0, "a parent that is no neighbour"},
	    {OCR_NO_VERTEX, 2000, 2000, "its own parent"},
	    {OCR_NO_VERTEX, 2000, 3000, "a parent that is no vertex"},
	    {OCR_NO_VERTEX, 2000, OCR_NO_VERTEX, "no parent"},
	    {OCR_NO_VERTEX, 2999, 2998, "the source's parent"},
	};
	unsigned i, rank, n_bad;

	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct job j = new_job(3);
		struct world w = {.n = 3, .body = search, .arg = &j};

		j.spoil_level = all[i].level;
		j.spoil_parent = all[i].parent;
		j.spoil_with = all[i].with;
		world_run(&w);
		for (n_bad = 0, rank = 0; rank < 3; rank++)
			n_bad += j.code[rank] != 0 ||
				 j.verified[rank] != -OCR_EFORMAT;
		ok(n_bad == 0, "%s", all[i].what);
		end_job(&j);
	}
}

/* All ranks fail, or all have a result; nobody crashes or waits for ever. */
static void
test_damage(void)
{
	unsigned i, n_bad = 0, n_failed = 0, rank;
	uint64_t n_flipped = 0;

	for (i = 0; i < 100; i++) {
		struct job j = new_job(5 + i % 6);
		struct world w = {.n = 3,
		    .body = search,
		    .arg = &j,
		    .has_flip = true,
		    .flip = i * 9};

		j.direction = i % 3;
		world_run(&w);
		for (rank = 1; rank < 3; rank++)
			n_bad += (j.code[rank] < 0) != (j.code[0] < 0);
		n_failed += j.code[0] < 0;
		n_flipped += w.n_flipped;
		end_job(&j);
	}
	ok(n_flipped > 200, "%" PRIu64 " messages were damaged", n_flipped);
	ok(n_failed > 20, "%u searches have noticed", n_failed);
	ok(n_bad == 0, "all ranks agree about it");
}

struct saying {
	int code[WORLD_MAX];
	unsigned who[WORLD_MAX];
	char text[WORLD_MAX][64];
	unsigned what;
};

static void
say(struct ocr_dist *d, void *arg)
{
	struct saying *s = arg;
	struct ocr_dist_bytes *in, *out;
	struct ocr_err err = {0};
	int r = 0;

	in = ocr_dist_bytes_new(d, &err);
	out = ocr_dist_bytes_new(d, &err);
	if (d->rank >= 2 && s->what != 2)
		r = ocr_err_set(&err, d->rank == 2 ? -OCR_EIO : -OCR_ELIMIT,
		    "said by %u", d->rank);
	if (s->what == 0)
		r = ocr_dist_agree(d, OCR_DIST_FILE, r, &err);
	else if (s->what == 1)
		r = ocr_dist_exchange(d, r, out, in, &err);
	else
		r = ocr_dist_agree(d,
		    d->rank == 3 ? OCR_DIST_LOADED : OCR_DIST_FILE, 0, &err);
	s->code[d->rank] = r;
	/* From now on nobody waits. */
	if (d->rank != 1)
		(void)ocr_dist_exchange(d, 0, out, in, &err);
	if (ocr_dist_agree(d, OCR_DIST_DONE, 0, &err) != r ||
	    ocr_dist_same(d, d->rank, "ranks", &err) != r)
		s->code[d->rank] = 1;
	s->who[d->rank] = d->who;
	(void)snprintf(s->text[d->rank], 64, "%.60s", err.text);
	ocr_dist_bytes_free(d, in);
	ocr_dist_bytes_free(d, out);
}

static void
test_failure(void)
{
	static const int codes[] = {-OCR_EIO, -OCR_EIO, -OCR_EFORMAT};
	static const char *const texts[] = {"said by 2", "said by 2",
	    "ranks have files of different kinds"};
	unsigned rank, n_bad, who;

	for (unsigned what = 0; what < 3; what++) {
		struct saying s = {.what = what};
		struct world w = {.n = 5, .body = say, .arg = &s};

		world_run(&w);
		who = what == 2 ? 0 : 2;
		for (n_bad = 0, rank = 0; rank < 5; rank++)
			n_bad +=
			    s.code[rank] != codes[what] || s.who[rank] != who;
		ok(n_bad == 0, "all know who has failed, and how: %u", what);
		ok(strcmp(s.text[who], texts[what]) == 0, "and why: %s",
		    s.text[who]);
	}
}

static void
differ(struct ocr_dist *d, void *arg)
{
	struct saying *s = arg;
	struct ocr_err err = {0};

	s->code[d->rank] = ocr_dist_same(d, 7, "graphs", &err);
	if (s->code[d->rank] == 0)
		s->code[d->rank] =
		    ocr_dist_same(d, d->rank == 1 ? 5 : 6, "graphs", &err);
}

int
main(void)
{
	struct saying s = {0};
	struct world w = {.n = 3, .body = differ, .arg = &s};
	struct ocr_crew crew;

	plain_crew(&crew, 2, OCR_HWS);
	test_all(&crew);
	ocr_crew_close(&crew);
	test_verify();
	test_damage();
	test_failure();
	world_run(&w);
	ok(s.code[0] == -OCR_EFORMAT && s.code[1] == -OCR_EFORMAT &&
		s.code[2] == -OCR_EFORMAT,
	    "different graphs");
	return done();
}
