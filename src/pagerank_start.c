/*
 * pagerank_start.c - scores that PageRank begins with
 */
#include "config.h"

#include "src/pagerank_start.h"

#include <string.h>

#include "common/huge.h"
#include "src/pagerank_parts.h"

#define BLOCK ((uint64_t)4096)

struct fill {
	const struct ocr_rank_start *s;
	const struct ocr_rank_rows *r;
	float *to;        /* of fill_shares */
	bool has_lengths; /* fill_shares: of the rows' lengths, not of 1 */
	struct ocr_rank_state *state;
	double damping, mean; /* K */
};

static uint64_t
n_blocks(const struct ocr_rank_rows *r)
{
	return (r->n_live + BLOCK - 1) / BLOCK;
}

static uint64_t
rows_before(const struct ocr_rank_rows *r, uint64_t block)
{
	return block * BLOCK < r->n_live ? block * BLOCK : r->n_live;
}

/* What each row gives to each of its arcs. */
static int
fill_shares(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct fill *f = arg;
	const struct ocr_rank_rows *r = f->r;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(r, start); i < rows_before(r, end); i++) {
		uint64_t n =
		    f->has_lengths ? r->offsets[i + 1] - r->offsets[i] : 1;

		f->to[i] = (float)n / (float)ocr_rank_degree(r, i);
	}
	return 0;
}

/* The formula without base and damping: to[] of what rows give. */
static int
apply(const struct ocr_rank_state *state, float *from, float *to,
    bool has_lengths, struct ocr_err *err)
{
	struct fill f = {.r = state->rows,
	    .to = from,
	    .has_lengths = has_lengths};
	int rc =
	    ocr_crew_each(state->crew, n_blocks(f.r), 1, fill_shares, &f, err);

	return rc < 0 ? rc : ocr_rank_apply(state, from, to, err);
}

int
ocr_rank_start_init(struct ocr_rank_start *s,
    const struct ocr_rank_state *state, struct ocr_err *err)
{
	const struct ocr_rank_rows *r = state->rows;
	size_t bytes = (size_t)r->n_live * sizeof(float);
	float *shares = ocr_huge_alloc(bytes, "shares of scores", err);
	int rc = -OCR_ENOMEM;

	s->first = ocr_huge_alloc(bytes, "first scores", err);
	s->second = ocr_huge_alloc(bytes, "first scores", err);
	if (shares == NULL || s->first == NULL || s->second == NULL)
		goto out;
	rc = apply(state, shares, s->first, false, err);
	if (rc < 0)
		goto out;
	if (r->degrees != NULL)
		rc = apply(state, shares, s->second, true, err);
	else
		rc = ocr_rank_parts(r, s->second, state->crew, err);
out:
	ocr_huge_free(shares, bytes);
	return rc;
}

void
ocr_rank_start_release(struct ocr_rank_start *s, uint64_t n_live)
{
	ocr_huge_free(s->first, (size_t)n_live * sizeof(*s->first));
	ocr_huge_free(s->second, (size_t)n_live * sizeof(*s->second));
	memset(s, 0, sizeof(*s));
}

/* Undirected: `first` is also the part of what goes out over two arcs that is
 * back then. */
static double
contribution(const struct fill *f, uint64_t i)
{
	double base = f->state->base, d = f->damping,
	       first = (double)f->s->first[i],
	       own = base / (double)ocr_rank_degree(f->r, i) + d * base * first,
	       far = d * d * f->mean * (double)f->s->second[i];

	if (f->r->degrees != NULL)
		return own + far;
	return (own + (1 - first) * far) / (1 - d * d * first);
}

static int
set_scores(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct fill *f = arg;
	const struct ocr_rank_rows *r = f->r;
	double *doubles = f->state->to;
	float *floats = f->state->to;
	double c;

	(void)thread;
	(void)err;
	for (uint64_t i = rows_before(r, start); i < rows_before(r, end); i++) {
		c = contribution(f, i);
		if (f->state->is_exact)
			doubles[i] = c;
		else
			floats[i] = (float)c;
	}
	return 0;
}

int
ocr_rank_start(const struct ocr_rank_start *s, struct ocr_rank_state *state,
    double damping, struct ocr_err *err)
{
	const struct ocr_rank_rows *r = state->rows;
	struct fill f = {.s = s, .r = r, .state = state, .damping = damping};
	double n = (double)r->n, n_live = (double)r->n_live, base, inner;

	if (r->degrees == NULL) {
		base = (1 - damping) / (n - damping * (double)r->n_alone);
		f.mean = base / (1 - damping);
	} else {
		base = (1 - damping) / n;
		/* Arcs to sinks lead out of the rows that the sum is of. */
		inner = (double)r->offsets[r->n_live];
		f.mean = n_live * base / ((double)r->n_arcs - damping * inner);
	}
	state->base = base;
	return ocr_crew_each(state->crew, n_blocks(r), 1, set_scores, &f, err);
}
