/*
 * pagerank_residual.c - how far scores are from what PageRank's formula says
 *
 * In doubles and from the graph itself, not from pagerank_rows.c's layout.
 */
#include "config.h"

#include <math.h>

#include "common/huge.h"
#include "src/graph_rest.h"
#include "src/pagerank.h"
#include "src/pagerank_in.h"

#define BLOCK ((uint64_t)4096)
#define SLICES 16

struct residual {
	const struct ocr_graph *g;
	const struct ocr_scores *scores;
	double damping, base;
	uint64_t first; /* compare: block of the slice */
	double *shares; /* of each vertex: score / out-degree */
	double *sums;   /* of each block */
};

/* Compensated: a plain sum of many is worth less than the difference it is for.
 * (Kahan, CACM 8 (1965).) */
struct sum {
	double sum, lost;
};

static void
add(struct sum *s, double x)
{
	double next = x - s->lost, more = s->sum + next;

	s->lost = (more - s->sum) - next;
	s->sum = more;
}

static uint64_t
block_end(const struct residual *x, uint64_t block)
{
	uint64_t end = (block + 1) * BLOCK;

	return end < x->g->n ? end : x->g->n;
}

/* sums: of scores without out-arcs. */
static int
share_out(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct residual *x = arg;

	(void)thread;
	(void)err;
	for (uint64_t b = start; b < end; b++) {
		struct sum sum = {0, 0};

		for (uint64_t v = b * BLOCK; v < block_end(x, b); v++) {
			double score = ocr_pagerank_score(x->scores, v);
			uint64_t degree = ocr_graph_degree(&x->g->out, v);

			if (degree > 0)
				x->shares[v] = score / (double)degree;
			else
				add(&sum, score);
		}
		x->sums[b] = sum.sum;
	}
	return 0;
}

static double
sum_row(const struct residual *x, uint64_t v)
{
	const struct ocr_rows *in = &x->g->in;
	struct sum sum = {0, 0};

	for (uint64_t i = in->offsets[v]; i < in->offsets[v + 1]; i++)
		add(&sum, x->shares[in->ends[i]]);
	return sum.sum;
}

static int
compare(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct residual *x = arg;

	(void)thread;
	(void)err;
	for (uint64_t b = x->first + start; b < x->first + end; b++) {
		x->sums[b] = 0;
		for (uint64_t v = b * BLOCK; v < block_end(x, b); v++) {
			double said = x->base + x->damping * sum_row(x, v);

			x->sums[b] +=
			    fabs(ocr_pagerank_score(x->scores, v) - said);
		}
	}
	return 0;
}

/* What has been read of the graph need not stay in memory. */
static int
compare_slices(struct residual *x, uint64_t n_blocks, struct ocr_crew *crew,
    struct ocr_err *err)
{
	uint64_t most = n_blocks / SLICES + 1, n;
	int rc = 0;

	ocr_graph_rest(x->g);
	for (x->first = 0; x->first < n_blocks && rc == 0; x->first += most) {
		n = n_blocks - x->first < most ? n_blocks - x->first : most;
		rc = ocr_crew_each(crew, n, 1, compare, x, err);
		ocr_graph_rest(x->g);
	}
	return rc;
}

static double
add_up(const struct residual *x, uint64_t n_blocks)
{
	double sum = 0;

	for (uint64_t b = 0; b < n_blocks; b++)
		sum += x->sums[b];
	return sum;
}

int
ocr_pagerank_residual(const struct ocr_graph *g,
    const struct ocr_scores *scores, double damping, struct ocr_crew *crew,
    double *residual, struct ocr_err *err)
{
	struct ocr_graph whole;
	struct residual x = {.g = &whole, .scores = scores, .damping = damping};
	uint64_t n_blocks = (g->n + BLOCK - 1) / BLOCK;
	size_t shares = (size_t)g->n * sizeof(*x.shares),
	       sums = (size_t)n_blocks * sizeof(*x.sums);
	int rc;

	*residual = 0;
	if (g->n > SIZE_MAX / sizeof(*x.shares))
		return ocr_err_nomem(err);
	x.shares = ocr_huge_alloc(shares, "shares of scores", err);
	x.sums = ocr_huge_alloc(sums, "sums of scores", err);
	rc = ocr_rank_in_init(&whole, g, err);
	if (rc == 0 && (x.shares == NULL || x.sums == NULL))
		rc = -OCR_ENOMEM;
	if (rc < 0)
		goto out;
	rc = ocr_crew_each(crew, n_blocks, 1, share_out, &x, err);
	if (rc < 0)
		goto out;
	x.base = (1 - damping + damping * add_up(&x, n_blocks)) / (double)g->n;
	rc = compare_slices(&x, n_blocks, crew, err);
	if (rc == 0)
		*residual = add_up(&x, n_blocks);
out:
	ocr_rank_in_release(&whole, g);
	ocr_huge_free(x.shares, shares);
	ocr_huge_free(x.sums, sums);
	return rc;
}
