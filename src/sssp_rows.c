/*
 * sssp_rows.c - rows in order of weight
 *
 * An arc is one word of 32 bits where its end and weight fit (weights of 8 bits
 * and 2^24 vertices), else one of 64, or an end and a real.  A graph without
 * weights has its rows in order already.
 */
#include "config.h"

#include "src/sssp_impl.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/huge.h"
#include "src/graph_rest.h"
#include "src/sssp_sort.h"

/* Blocks of vertices; arcs. */
#define GRAIN 16
#define SLICES 16
#define ARCS_GRAIN 65536
#define AHEAD 16

struct scratch {
	void *words;
	double *reals;
	size_t room;
};

struct build {
	struct ocr_sssp *s;
	const struct ocr_rows *from;
	const struct ocr_sssp_rows *rows; /* by rank */
	uint64_t first;                   /* block of the slice */
	struct span to;
	struct scratch *scratch; /* by thread */
};

size_t
ocr_sssp_word_size(const struct ocr_sssp *s)
{
	return s->kind == OCR_SSSP_WIDE || s->kind == OCR_SSSP_FAR
		   ? sizeof(uint64_t)
		   : sizeof(uint32_t);
}

static int
grow_scratch(const struct ocr_sssp *s, struct scratch *c, uint64_t n,
    struct ocr_err *err)
{
	size_t room = c->room;

	if (n <= room)
		return 0;
	if (n > SIZE_MAX / 2 / sizeof(uint64_t))
		return ocr_err_nomem(err);
	free(c->words);
	free(c->reals);
	c->reals = NULL;
	c->room = 0;
	room = (size_t)n + (size_t)n / 2 + 1;
	c->words = malloc(room * ocr_sssp_word_size(s));
	if (s->kind == OCR_SSSP_REAL)
		c->reals = malloc(room * sizeof(*c->reals));
	if (c->words == NULL || (s->kind == OCR_SSSP_REAL && c->reals == NULL))
		return ocr_err_set(err, -OCR_ENOMEM,
		    "a row of %" PRIu64 " arcs: %zu MiB of memory are needed",
		    n, (room * sizeof(uint64_t) >> 20) + 1);
	c->room = room;
	return 0;
}

/* By rank. */
static inline uint32_t
end_at(const struct build *b, uint64_t i, uint64_t end)
{
	const uint32_t *ends = b->from->ends, *ranks = b->s->ranks;

	if (ranks == NULL)
		return ends[i];
	if (i + AHEAD < end)
		__builtin_prefetch(&ranks[ends[i + AHEAD]]);
	return ranks[ends[i]];
}

/* The arcs [start, end) of the graph, to `to`. */
static void
fill_row(const struct build *b, struct span to, uint64_t start, uint64_t end)
{
	const struct ocr_rows *from = b->from;
	uint64_t i;

	if (ocr_sssp_is_packed(b->s))
		for (i = start; i < end; i++)
			to.narrow[i - start] =
			    from->ints[i] << to.id_bits | end_at(b, i, end);
	else if (b->s->kind == OCR_SSSP_WIDE)
		for (i = start; i < end; i++)
			to.wide[i - start] =
			    (uint64_t)from->ints[i] << 32 | end_at(b, i, end);
	else
		for (i = start; i < end; i++)
			to.narrow[i - start] = end_at(b, i, end);
	if (b->s->kind == OCR_SSSP_REAL)
		for (i = start; i < end; i++)
			to.reals[i - start] = from->reals[i] + 0.0; /* no -0 */
}

static int
make_row(const struct build *b, struct scratch *c, uint64_t v,
    struct ocr_err *err)
{
	uint64_t start = b->from->offsets[v],
		 n = b->from->offsets[v + 1] - start,
		 at = ocr_sssp_row(b->rows,
		     b->s->ranks != NULL ? b->s->ranks[v] : v);
	struct span a = {.id_bits = b->to.id_bits}, x = a;
	int r = grow_scratch(b->s, c, n > SHORT_ROW ? n : SHORT_ROW, err);

	if (r < 0)
		return r;
	x.narrow = c->words;
	x.wide = c->words;
	x.reals = c->reals;
	if (b->s->kind == OCR_SSSP_WIDE) {
		a.wide = b->to.wide + at;
		fill_row(b, a, start, start + n);
		sort_row(OCR_SSSP_WIDE, a, x, n);
		return 0;
	}
	a.narrow = b->to.narrow + at;
	if (b->s->kind == OCR_SSSP_REAL)
		a.reals = b->to.reals + at;
	fill_row(b, a, start, start + n);
	if (ocr_sssp_is_packed(b->s))
		sort_row(OCR_SSSP_PACKED, a, x, n);
	else if (b->s->kind == OCR_SSSP_REAL)
		sort_row(OCR_SSSP_REAL, a, x, n);
	return 0;
}

static int
make_some_rows(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct build *b = arg;
	uint64_t n = b->s->g->n, v = (b->first + start) * OCR_GRAPH_BLOCK,
		 last = (b->first + end) * OCR_GRAPH_BLOCK;
	int r = 0;

	last = last < n ? last : n;
	for (; r == 0 && v < last; v++)
		r = make_row(b, &b->scratch[thread], v, err);
	return r;
}

static uint64_t
rank_of(const struct ocr_sssp *s, uint64_t v)
{
	return s->ranks != NULL ? s->ranks[v] : v;
}

static size_t
offsets_bytes(const struct ocr_sssp *s, const struct ocr_sssp_rows *r)
{
	return ((size_t)s->g->n + 1) *
	       (r->near != NULL ? sizeof(*r->near) : sizeof(*r->offsets));
}

static void
fill_near(const struct ocr_sssp *s, const struct ocr_rows *from, uint32_t *to)
{
	uint64_t n = s->g->n, v;

	for (v = 0; v < n; v++)
		to[rank_of(s, v) + 1] = (uint32_t)ocr_graph_degree(from, v);
	for (v = 0; v < n; v++)
		to[v + 1] += to[v];
}

static void
fill_offsets(const struct ocr_sssp *s, const struct ocr_rows *from,
    uint64_t *to)
{
	uint64_t n = s->g->n, v;

	for (v = 0; v < n; v++)
		to[rank_of(s, v) + 1] = ocr_graph_degree(from, v);
	for (v = 0; v < n; v++)
		to[v + 1] += to[v];
}

/* Offsets of rows that are in order of rank.  Those of 32 bits are for words of
 * 32. */
static int
make_offsets(const struct ocr_sssp *s, const struct ocr_rows *from,
    struct ocr_sssp_rows *rows, void **own, struct ocr_err *err)
{
	bool is_near = rows->n_arcs <= UINT32_MAX &&
		       (ocr_sssp_is_packed(s) || s->kind == OCR_SSSP_PLAIN);
	size_t size = is_near ? sizeof(uint32_t) : sizeof(uint64_t);

	rows->offsets = from->offsets;
	if (!is_near && s->ranks == NULL)
		return 0;
	if (s->g->n >= SIZE_MAX / size)
		return ocr_err_nomem(err);
	*own = ocr_huge_alloc(((size_t)s->g->n + 1) * size, "offsets of rows",
	    err);
	if (*own == NULL)
		return -OCR_ENOMEM;
	if (is_near)
		fill_near(s, from, *own);
	else
		fill_offsets(s, from, *own);
	rows->near = is_near ? *own : NULL;
	rows->offsets = is_near ? NULL : *own;
	return 0;
}

static int
alloc_rows(const struct ocr_sssp *s, uint64_t n_arcs, void **words,
    double **reals, struct ocr_err *err)
{
	static const char what[] = "rows in order of weight";

	if (n_arcs > SIZE_MAX / sizeof(uint64_t))
		return ocr_err_nomem(err);
	*words =
	    ocr_huge_alloc((size_t)n_arcs * ocr_sssp_word_size(s), what, err);
	if (*words == NULL)
		return -OCR_ENOMEM;
	if (s->kind != OCR_SSSP_REAL)
		return 0;
	*reals = ocr_huge_alloc((size_t)n_arcs * sizeof(**reals), what, err);
	return *reals == NULL ? -OCR_ENOMEM : 0;
}

/* What has been read of the graph need not be in memory beside the rows. */
static int
make_slices(struct build *b, struct ocr_err *err)
{
	uint64_t n_blocks = ocr_graph_n_blocks(b->s->g), n;
	uint64_t most = n_blocks / SLICES + 1;
	int r = 0;

	ocr_graph_rest(b->s->g);
	for (b->first = 0; b->first < n_blocks && r == 0; b->first += most) {
		n = n_blocks - b->first < most ? n_blocks - b->first : most;
		r = ocr_crew_each(b->s->crew, n, GRAIN, make_some_rows, b, err);
		ocr_graph_rest(b->s->g);
	}
	return r;
}

/* rows: s->out or s->in, of the graph's `from`. */
static int
sort_rows(struct build *b, struct ocr_sssp_rows *rows,
    const struct ocr_rows *from, void **offsets, void **words, double **reals,
    struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	int r;

	*rows = (struct ocr_sssp_rows){.is_there = true,
	    .words = from->ends,
	    .n_arcs = from->offsets[s->g->n],
	    .id_bits = b->to.id_bits};
	r = make_offsets(s, from, rows, offsets, err);
	if (r < 0 || (s->kind == OCR_SSSP_PLAIN && s->ranks == NULL))
		return r;
	r = alloc_rows(s, rows->n_arcs, words, reals, err);
	if (r < 0)
		return r;
	rows->words = *words;
	rows->reals = *reals;
	b->from = from;
	b->rows = rows;
	b->to.narrow = *words;
	b->to.wide = *words;
	b->to.reals = *reals;
	return make_slices(b, err);
}

static int
find_heaviest(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct ocr_sssp *s = arg;
	const uint32_t *ints = s->g->out.ints;
	uint32_t most = 0;
	uint64_t i;

	(void)err;
	for (i = start; i < end; i++)
		most = ints[i] > most ? ints[i] : most;
	if (most > s->threads[thread].most)
		s->threads[thread].most = most;
	return 0;
}

/* Bits that hold x. */
static unsigned
bits_of(uint64_t x)
{
	return x == 0 ? 0 : 64 - (unsigned)__builtin_clzll(x);
}

static int
choose_kind(struct build *b, struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	uint64_t most = 0;
	unsigned t;
	int r;

	s->kind = s->g->kind == OCR_EDGE_REAL ? OCR_SSSP_REAL : OCR_SSSP_PLAIN;
	if (s->g->kind != OCR_EDGE_INT)
		return 0;
	ocr_sssp_forget(s);
	r = ocr_crew_each(s->crew, s->g->n_arcs, ARCS_GRAIN, find_heaviest, s,
	    err);
	if (r < 0)
		return r;
	for (t = 0; t < s->n_threads; t++)
		if (s->threads[t].most > most)
			most = s->threads[t].most;
	b->to.id_bits = bits_of(s->g->n - 1);
	s->kind = b->to.id_bits + bits_of(most) <= 32 && b->to.id_bits < 32
		      ? OCR_SSSP_SHORT
		      : OCR_SSSP_WIDE;
	return 0;
}

static int
make_all(struct build *b, double delta, struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	const struct ocr_graph *g = s->g;
	uint64_t n_joined;
	int r = choose_kind(b, err);

	if (r == 0)
		r = ocr_sssp_make_ranks(s, &n_joined, err);
	if (r == 0)
		r = ocr_sssp_choose_bins(s, delta, n_joined, err);
	if (r == 0)
		r = sort_rows(b, &s->out, &g->out, &s->out_offsets,
		    &s->out_words, &s->out_reals, err);
	if (r == 0 && g->is_directed && g->in.offsets != NULL)
		r = sort_rows(b, &s->in, &g->in, &s->in_offsets, &s->in_words,
		    &s->in_reals, err);
	else if (r == 0 && !g->is_directed)
		s->in = s->out;
	if (r == 0)
		r = ocr_sssp_mark(s, err);
	return r;
}

int
ocr_sssp_make_rows(struct ocr_sssp *s, double delta, struct ocr_err *err)
{
	struct build b = {.s = s};
	unsigned t;
	int r;

	b.scratch = calloc(s->n_threads, sizeof(*b.scratch));
	if (b.scratch == NULL)
		r = ocr_err_nomem(err);
	else
		r = make_all(&b, delta, err);
	for (t = 0; b.scratch != NULL && t < s->n_threads; t++) {
		free(b.scratch[t].words);
		free(b.scratch[t].reals);
	}
	free(b.scratch);
	return r;
}

void
ocr_sssp_free_rows(struct ocr_sssp *s)
{
	uint64_t out = s->out.n_arcs, in = s->in.n_arcs;
	size_t n = (size_t)s->g->n;

	ocr_huge_free(s->ranks, n * sizeof(*s->ranks));
	ocr_huge_free(s->out_offsets, offsets_bytes(s, &s->out));
	ocr_huge_free(s->in_offsets, offsets_bytes(s, &s->in));
	ocr_huge_free(s->out_words, (size_t)out * ocr_sssp_word_size(s));
	ocr_huge_free(s->in_words, (size_t)in * ocr_sssp_word_size(s));
	ocr_huge_free(s->out_reals, (size_t)out * sizeof(*s->out_reals));
	ocr_huge_free(s->in_reals, (size_t)in * sizeof(*s->in_reals));
}
