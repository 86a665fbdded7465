/*
 * pagerank.c - PageRank: the layout and the working memory, and runs
 */
#include "config.h"

#include "src/pagerank.h"

#include <math.h>
#include <stdlib.h>

#include "common/huge.h"
#include "src/pagerank_start.h"
#include "src/pagerank_state.h"
#include "src/pagerank_sweep.h"

#define BLOCK ((uint64_t)4096)
#define MAX_ITERATIONS 1000
/* Sums of floats cannot be told to be better than this. */
#define MIN_FLOAT_TOLERANCE 1e-5

/* Memory for n of them, once. */
static int
have(void *array, uint64_t n, size_t size, const char *what,
    struct ocr_err *err)
{
	void **p = array;

	if (*p != NULL)
		return 0;
	if (n > SIZE_MAX / size)
		return ocr_err_nomem(err);
	*p = ocr_huge_alloc((size_t)n * size, what, err);
	return *p != NULL ? 0 : -OCR_ENOMEM;
}

static struct ocr_rank_state
state_of(const struct ocr_pagerank *p, bool is_exact)
{
	return (struct ocr_rank_state){.rows = &p->rows,
	    .crew = p->crew,
	    .sums = p->sums,
	    .is_exact = is_exact,
	    .kernel = is_exact ? k_rank_doubles : k_rank_floats};
}

int
ocr_pagerank_new(struct ocr_pagerank **out, const struct ocr_graph *g,
    struct ocr_crew *crew, struct ocr_err *err)
{
	struct ocr_rank_state state;
	struct ocr_pagerank *p;
	int rc;

	*out = NULL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ocr_err_nomem(err);
	p->g = g;
	p->crew = crew;
	rc = ocr_rank_rows_init(&p->rows, g, crew, err);
	if (rc == 0)
		rc = have(&p->sums, p->rows.n_units, sizeof(*p->sums),
		    "sums of scores", err);
	if (rc == 0) {
		state = state_of(p, false);
		rc = ocr_rank_start_init(&p->start, &state, err);
	}
	if (rc < 0) {
		ocr_pagerank_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

void
ocr_pagerank_free(struct ocr_pagerank *p)
{
	size_t n, n_rows;

	if (p == NULL)
		return;
	n = (size_t)p->rows.n;
	n_rows = (size_t)p->rows.n_rows;
	ocr_huge_free(p->sums, (size_t)p->rows.n_units * sizeof(*p->sums));
	ocr_rank_start_release(&p->start, p->rows.n_live);
	ocr_huge_free(p->floats, n_rows * sizeof(*p->floats));
	ocr_huge_free(p->doubles[0], n_rows * sizeof(*p->doubles[0]));
	ocr_huge_free(p->doubles[1], n_rows * sizeof(*p->doubles[1]));
	ocr_huge_free(p->scores, n * sizeof(*p->scores));
	ocr_huge_free(p->exact, n * sizeof(*p->exact));
	ocr_rank_rows_release(&p->rows);
	free(p);
}

static int
check(const struct ocr_pagerank_opt *opt, struct ocr_err *err)
{
	if (!(opt->damping >= 0 && opt->damping < 1))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "damping %g: not from 0 to below 1", opt->damping);
	if (!(opt->tolerance >= 0))
		return ocr_err_set(err, -OCR_EUSAGE,
		    "tolerance %g: not a number from 0 on", opt->tolerance);
	return 0;
}

static int
have_arrays(struct ocr_pagerank *p, bool is_exact, bool has_two,
    struct ocr_err *err)
{
	const uint64_t n = p->rows.n, n_rows = p->rows.n_rows;
	int rc;

	if (!is_exact) {
		rc = have(&p->floats, n_rows, sizeof(*p->floats),
		    "contributions", err);
		return rc < 0 ? rc
			      : have(&p->scores, n, sizeof(*p->scores),
				    "scores", err);
	}
	rc = have(&p->doubles[0], n_rows, sizeof(*p->doubles[0]),
	    "contributions", err);
	if (rc == 0 && has_two)
		rc = have(&p->doubles[1], n_rows, sizeof(*p->doubles[1]),
		    "contributions", err);
	return rc < 0 ? rc
		      : have(&p->exact, n, sizeof(*p->exact), "scores", err);
}

static int
solve(struct ocr_pagerank *p, struct ocr_rank_state *s,
    const struct ocr_pagerank_opt *opt, struct ocr_err *err)
{
	int rc = ocr_rank_start(&p->start, s, opt->damping, err);

	return rc < 0 ? rc : ocr_rank_solve(s, opt, err);
}

struct give {
	struct ocr_pagerank *p;
	const struct ocr_rank_state *s;
};

static void
give_block(const struct give *x, uint64_t start, uint64_t end)
{
	const struct ocr_rank_rows *r = x->s->rows;
	const double *doubles = x->s->to;
	const float *floats = x->s->to;
	double shift = x->s->shift, scale = 1 / x->s->sum, c, score;

	for (uint64_t v = start; v < end; v++) {
		uint64_t i = r->rows[v];

		score = x->s->base;
		if (i != OCR_NO_VERTEX) {
			c = x->s->is_exact ? doubles[i] : (double)floats[i];
			if (i < r->n_live)
				c += shift;
			score = c * (double)ocr_rank_degree(r, i);
		}
		if (x->s->is_exact)
			x->p->exact[v] = score * scale;
		else
			x->p->scores[v] = (float)(score * scale);
	}
}

/* By vertex. */
static int
give_blocks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct give *x = arg;
	uint64_t n = x->s->rows->n;

	(void)thread;
	(void)err;
	give_block(x, start * BLOCK, end * BLOCK < n ? end * BLOCK : n);
	return 0;
}

int
ocr_pagerank_run(struct ocr_pagerank *p, const struct ocr_pagerank_opt *opt,
    struct ocr_scores *out, struct ocr_err *err)
{
	bool has_count = opt->iterations > 0,
	     is_exact = has_count || opt->tolerance < MIN_FLOAT_TOLERANCE;
	struct ocr_pagerank_opt o = *opt;
	struct ocr_rank_state s = state_of(p, is_exact);
	struct give give = {.p = p, .s = &s};
	int rc = check(opt, err);

	if (rc == 0)
		rc = have_arrays(p, is_exact, has_count, err);
	if (rc < 0)
		return rc;
	if (o.max_iterations == 0)
		o.max_iterations = MAX_ITERATIONS;
	s.to = is_exact ? (void *)p->doubles[0] : p->floats;
	s.from = has_count ? (void *)p->doubles[1] : s.to;
	rc = has_count ? ocr_rank_iterate(&s, &o, err) : solve(p, &s, &o, err);
	if (rc == 0)
		rc = ocr_crew_each(p->crew, (p->rows.n + BLOCK - 1) / BLOCK, 1,
		    give_blocks, &give, err);
	if (rc < 0)
		return rc;
	*out = (struct ocr_scores){.exact = is_exact ? p->exact : NULL,
	    .scores = is_exact ? NULL : p->scores,
	    .n_iterations = s.n_iterations,
	    .change = s.change,
	    .has_converged = s.has_converged};
	return 0;
}
