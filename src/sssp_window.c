/*
 * sssp_window.c - the order of the steps: which bin, which way
 *
 * See sssp.c for the idea.  "whole" is plain delta-stepping with exact bins,
 * the beginning of every search; windows begin when much is settled at a time.
 */
#include "config.h"

#include "src/sssp_impl.h"

#include <math.h>
#include <string.h>

#define GRAIN_SETTLE 256
#define GRAIN_PUSH 64
#define GRAIN_SORT 1024
/* Blocks of 64 vertices. */
#define GRAIN_INIT 256
#define GRAIN_SCAN 128
#define GRAIN_PULL 16
/* The ring is moved on, and `later` looked through, when so much is used. */
#define ADVANCE (OCR_SSSP_RING / 4)
/* Windows begin when the rows of a window's vertices are more than an eighth
 * of the vertices (a scan looks at many of these), but for small graphs ... */
#define BUSY_SHARE 64
#define BUSY_MIN 1024
/* ... and end when a window's rows are that much less than what scans. */
#define CALM_SHARE 32
/* An arc that is pushed costs that many of the vertices to pull for. */
#define PULL_COST 2
/* The next window is wider the less arcs a vertex has that was settled in the
 * last; as shares of a window's width. */
#define WIDTH_SHARE 2
#define WIDTH_LEAST 0.3
#define WIDTH_MOST 1

struct search {
	struct ocr_sssp *s;
	uint64_t cur;   /* bins before are done */
	uint64_t n_out; /* arcs of what was settled from slot_bin on */
	uint64_t n_settled;
	uint64_t slot_bin;
	uint64_t n_left;
	uint64_t n_binned, first_bin; /* of the last sort or scan */
	double pull_cost;
	bool is_over;
};

int
ocr_sssp_each(struct ocr_sssp *s, uint64_t n, uint64_t grain,
    int (*body)(void *, unsigned, uint64_t, uint64_t, struct ocr_err *),
    struct ocr_err *err)
{
	s->is_shared = s->n_threads > 1 && n > grain;
	if (n <= grain)
		return n == 0 ? 0 : body(s, 0, 0, n, err);
	return ocr_crew_each(s->crew, n, grain, body, s, err);
}

static void
spare_taken(struct ocr_sssp *s)
{
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		ocr_sssp_spare(&s->threads[t],
		    &s->threads[t].lists[OCR_SSSP_TAKEN]);
}

/* What sweeps have counted, but n_arcs. */
static void
collect(struct search *q)
{
	struct ocr_sssp *s = q->s;
	struct ocr_sssp_thread *t;
	unsigned i;

	q->n_binned = 0;
	q->first_bin = OCR_SSSP_NONE;
	for (i = 0; i < s->n_threads; i++) {
		t = &s->threads[i];
		q->n_out += t->n_out;
		q->n_settled += t->n_settled;
		q->n_binned += t->n_binned;
		if (t->first_bin < q->first_bin)
			q->first_bin = t->first_bin;
		q->n_left += t->n_left;
		/* A scan has counted those of a window. */
		if (s->is_whole)
			q->n_left -=
			    t->n_settled < q->n_left ? t->n_settled : q->n_left;
		q->is_over |= t->is_over;
		t->n_out = t->n_binned = t->n_left = t->n_settled = 0;
		t->first_bin = OCR_SSSP_NONE;
	}
}

static void
reset(struct ocr_sssp *s)
{
	struct ocr_sssp_thread *t;
	unsigned i, k;

	for (i = 0; i < s->n_threads; i++) {
		t = &s->threads[i];
		for (k = 0; k < OCR_SSSP_RING; k++)
			t->ring[k].n = 0;
		memset(t->used, 0, sizeof(t->used));
		for (k = 0; k < OCR_SSSP_LISTS; k++)
			t->lists[k].n = 0;
		t->n_arcs = t->n_out = t->n_settled = t->n_left = 0;
		t->n_binned = t->n_reached = 0;
		t->first_bin = OCR_SSSP_NONE;
		t->longest = 0;
		t->is_over = false;
		t->n_short = 0;
	}
}

static int
settle_bin(struct search *q, uint64_t bin, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	unsigned at = (unsigned)(bin % OCR_SSSP_RING), i;
	uint64_t n = 0;
	int r;

	for (i = 0; i < s->n_threads; i++) {
		struct ocr_sssp_thread *t = &s->threads[i];

		t->lists[OCR_SSSP_TAKEN] = t->ring[at];
		t->ring[at] = (struct ocr_sssp_list){0};
		t->used[at / 64] &= ~((uint64_t)1 << at % 64);
		n += t->lists[OCR_SSSP_TAKEN].n;
	}
	s->bin = bin;
	r = ocr_sssp_each(s, n, GRAIN_SETTLE, s->steps->settle, err);
	spare_taken(s);
	if (s->is_whole && bin - q->slot_bin >= s->n_window) {
		q->slot_bin = bin;
		q->n_out = q->n_settled = 0;
	}
	collect(q);
	return r;
}

/* What is in `later` to the ring, which ends at limit_bin now. */
static int
sort_later(struct search *q, uint64_t limit_bin, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	unsigned i;
	int r;

	s->end_bin = s->limit_bin = limit_bin;
	for (i = 0; i < s->n_threads; i++) {
		struct ocr_sssp_list *l = s->threads[i].lists,
				     x = l[OCR_SSSP_TAKEN];

		l[OCR_SSSP_TAKEN] = l[OCR_SSSP_LATER];
		l[OCR_SSSP_LATER] = x;
	}
	r = ocr_sssp_each(s, ocr_sssp_count_list(s, OCR_SSSP_TAKEN), GRAIN_SORT,
	    s->steps->sort, err);
	spare_taken(s);
	collect(q);
	return r;
}

/* The ring is empty.  1: so is `later`. */
static int
next_ring(struct search *q, struct ocr_err *err)
{
	int r;

	q->cur = q->s->end_bin;
	r = sort_later(q, q->cur + OCR_SSSP_RING, err);
	if (r < 0 || q->n_binned > 0)
		return r;
	if (q->first_bin == OCR_SSSP_NONE)
		return 1;
	q->cur = q->first_bin;
	return sort_later(q, q->cur + OCR_SSSP_RING, err);
}

/* Is what is settled now, with a bin, so much? */
static bool
is_busy(const struct search *q, uint64_t bin)
{
	const struct ocr_sssp *s = q->s;
	uint64_t most = s->n_inner / BUSY_SHARE;

	if (!s->is_whole)
		return false;
	most = most > BUSY_MIN ? most : BUSY_MIN;
	return q->n_out > most || q->n_out + ocr_sssp_out_of_bin(s, bin) > most;
}

/*
 * Bins of the next window, when n vertices with n_out arcs were settled last.
 * Hubs come first, and what they reach is found the sooner by pull the less of
 * it is pushed to: with their degree windows are narrower.
 */
static unsigned
next_width(const struct search *q, uint64_t n_out, uint64_t n)
{
	const struct ocr_sssp *s = q->s;
	double share = n_out == 0
			   ? 1
			   : WIDTH_SHARE * (double)n *
				 (double)(s->mean_out + 1) / (double)n_out;

	if (!s->has_widths)
		return s->n_window;
	share = share < WIDTH_LEAST ? WIDTH_LEAST : share;
	share = share > WIDTH_MOST ? WIDTH_MOST : share;
	return (unsigned)ceil(share * s->n_window);
}

/* What else is in bins will be found by scans. */
static void
start_windows(struct search *q)
{
	struct ocr_sssp *s = q->s;
	uint64_t bin;
	unsigned width =
	    next_width(q, q->n_out + ocr_sssp_out_of_bin(s, q->cur),
		q->n_settled + ocr_sssp_count_bin(s, q->cur));

	s->is_whole = false;
	s->start_bin = q->cur;
	for (bin = q->cur + width; bin < s->end_bin; bin++)
		ocr_sssp_clear_bin(s, bin);
	s->end_bin = s->limit_bin = q->cur + width;
	ocr_sssp_clear_list(s, OCR_SSSP_LATER);
	q->n_out = q->n_settled = 0;
}

static int
scan(struct search *q, uint64_t limit_bin, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;

	s->limit_bin = limit_bin;
	ocr_sssp_clear_list(s, OCR_SSSP_LATER);
	q->n_left = 0;
	return ocr_sssp_each(s, s->n_blocks,
	    s->is_pull ? GRAIN_PULL : GRAIN_SCAN, s->steps->scan, err);
}

static uint64_t
n_looked_at(const struct ocr_sssp *s)
{
	uint64_t n = 0;
	unsigned t;

	for (t = 0; t < s->n_threads; t++)
		n += s->threads[t].n_arcs;
	return n;
}

/* The heavy arcs of what was settled, one way or the other, and a scan. */
static int
end_heavy(struct search *q, uint64_t limit_bin, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	uint64_t n_left = q->n_left, n_arcs = n_looked_at(s);
	double cost;
	int r = 0;

	s->is_pull =
	    s->in.is_there && (double)q->n_out > q->pull_cost * (double)n_left;
	if (!s->is_pull)
		r = ocr_sssp_each(s, ocr_sssp_count_list(s, OCR_SSSP_SETTLED),
		    GRAIN_PUSH, s->steps->push, err);
	if (r == 0)
		r = scan(q, limit_bin, err);
	ocr_sssp_clear_list(s, OCR_SSSP_SETTLED);
	collect(q);
	/* Rows without an end in sight are read to their own: what cannot be
	 * reached is not to be pulled for again and again. */
	cost = n_left == 0 ? 0
			   : (double)(n_looked_at(s) - n_arcs) / (double)n_left;
	if (s->is_pull && cost > q->pull_cost)
		q->pull_cost = cost;
	s->is_pull = false;
	return r;
}

/* 1: nothing is left that can be reached. */
static int
end_window(struct search *q, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	unsigned width;
	int r;

	s->is_listed =
	    (double)q->n_out * CALM_SHARE < (double)(q->n_left + s->n_blocks);
	width = s->is_listed ? OCR_SSSP_RING
			     : next_width(q, q->n_out, q->n_settled);
	r = end_heavy(q, s->end_bin + width, err);
	if (r == 0 && q->n_binned == 0) {
		if (q->first_bin == OCR_SSSP_NONE)
			return 1;
		/* None is between. */
		s->end_bin = q->first_bin;
		r = scan(q, s->end_bin + width, err);
		collect(q);
	}
	q->cur = q->slot_bin = s->start_bin = s->end_bin;
	s->end_bin = s->limit_bin;
	s->is_whole = s->is_listed;
	q->n_out = q->n_settled = 0;
	return r;
}

/* 1: that was all. */
static int
step(struct search *q, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	uint64_t bin = ocr_sssp_next_bin(s, q->cur, s->end_bin);
	int r = 0;

	if (s->crew->stop != NULL &&
	    __atomic_load_n(s->crew->stop, __ATOMIC_RELAXED) != 0)
		return ocr_err_set(err, -OCR_ECANCEL, "stopped");
	if (bin == OCR_SSSP_NONE)
		return s->is_whole ? next_ring(q, err) : end_window(q, err);
	q->cur = bin;
	if (is_busy(q, bin))
		start_windows(q);
	if (s->is_whole && s->end_bin - bin < OCR_SSSP_RING - ADVANCE)
		r = sort_later(q, bin + OCR_SSSP_RING, err);
	return r < 0 ? r : settle_bin(q, bin, err);
}

int
ocr_sssp_search(struct ocr_sssp *s, uint32_t source, struct ocr_err *err)
{
	struct search q = {.s = s,
	    .n_left = s->n_inner,
	    .pull_cost = PULL_COST};
	uint64_t n_blocks = ocr_graph_n_blocks(s->g);
	int r;

	if (s->ranks != NULL)
		source = s->ranks[source];
	reset(s);
	s->is_whole = true;
	s->is_pull = s->is_listed = false;
	s->start_bin = 0;
	s->end_bin = s->limit_bin = OCR_SSSP_RING;
	r = ocr_sssp_each(s, n_blocks, GRAIN_INIT, s->steps->init, err);
	if (r == 0 && !s->has_windows) {
		r = ocr_sssp_roads(s, source, err);
		q.is_over = r == 1;
	} else if (r == 0) {
		s->steps->begin(s, source);
		while (r == 0 && !q.is_over)
			r = step(&q, err);
	}
	if (r < 0)
		return r;
	if (s->in.is_there)
		r = ocr_sssp_each(s, s->n_blocks, GRAIN_SCAN, s->steps->leaves,
		    err);
	else
		r = 0;
	if (r == 0)
		r = ocr_sssp_each(s, n_blocks, GRAIN_SCAN, s->steps->finish,
		    err);
	if (r < 0)
		return r;
	collect(&q);
	return q.is_over ? 1 : 0;
}
