/*
 * sssp_rows.c - rows in order of weight, and the bins that suit them
 *
 * An arc is one word of 32 bits where its end and weight fit (weights of 8 bits
 * and 2^24 vertices), else one of 64, or an end and a real.  A graph without
 * weights has its rows in order already.
 */
#include "config.h"

#include "src/sssp_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/huge.h"

/* Blocks of vertices; arcs. */
#define GRAIN 16
#define ARCS_GRAIN 65536
/* Weights that are looked at for a median. */
#define SAMPLE 4096
/*
 * A window is this many medians wide, divided by the mean degree: with it about
 * 4 arcs of a vertex are light.  No wider than two medians: beyond that most
 * arcs are.
 */
#define WINDOW_MEDIANS 9
#define WINDOW_MEDIANS_MAX 2
/* Bins of a window, when a bin is wider than 1. */
#define WINDOW_BINS 64

/* Ranks are made if a vertex has so many times the mean degree: there is then
 * something that is used much more than the rest. */
#define SKEW 32
/* Higher degrees rank by number. */
#define DEGREES 65536
#define AHEAD 16

/* Rows shorter than that are sorted by insertion. */
#define SHORT_ROW 32

/* Arcs of a row; of a kind that is known where it is used. */
struct span {
	uint32_t *narrow;
	uint64_t *wide;
	double *reals;
	unsigned id_bits;
};

struct scratch {
	void *words;
	double *reals;
	size_t room;
};

struct build {
	struct ocr_sssp *s;
	const struct ocr_rows *from;
	const uint64_t *offsets; /* of `to`, by rank */
	struct span to;
	struct scratch *scratch; /* by thread */
	uint32_t *heaviest;      /* by thread, a line apart */
	uint64_t *n_joined;      /* the same */
	uint64_t *highest;       /* degree; the same */
	uint64_t *n_inner;       /* the same */
};

#define LINE_WORDS 16

static inline __attribute__((always_inline)) uint64_t
key_at(enum ocr_sssp_kind kind, struct span a, uint64_t i)
{
	uint64_t bits;

	if (kind == OCR_SSSP_PACKED)
		return a.narrow[i] >> a.id_bits;
	if (kind == OCR_SSSP_WIDE)
		return a.wide[i] >> 32;
	/* Not negative: in the order of their bits. */
	memcpy(&bits, &a.reals[i], sizeof(bits));
	return bits;
}

static inline __attribute__((always_inline)) void
copy_at(enum ocr_sssp_kind kind, struct span to, uint64_t j, struct span from,
    uint64_t i)
{
	if (kind == OCR_SSSP_WIDE)
		to.wide[j] = from.wide[i];
	else
		to.narrow[j] = from.narrow[i];
	if (kind == OCR_SSSP_REAL)
		to.reals[j] = from.reals[i];
}

/* b: room for one. */
static inline __attribute__((always_inline)) void
sort_short(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n)
{
	uint64_t i, j, key;

	for (i = 1; i < n; i++) {
		key = key_at(kind, a, i);
		if (key_at(kind, a, i - 1) <= key)
			continue;
		copy_at(kind, b, 0, a, i);
		for (j = i; j > 0 && key_at(kind, a, j - 1) > key; j--)
			copy_at(kind, a, j, a, j - 1);
		copy_at(kind, a, j, b, 0);
	}
}

/* By 8 bits of the key, from a to b. */
static inline __attribute__((always_inline)) void
sort_digit(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n,
    unsigned shift)
{
	uint64_t at[256] = {0}, i, sum = 0, count;

	for (i = 0; i < n; i++)
		at[key_at(kind, a, i) >> shift & 255]++;
	for (i = 0; i < 256; i++) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (i = 0; i < n; i++)
		copy_at(kind, b, at[key_at(kind, a, i) >> shift & 255]++, a, i);
}

/* Stable.  b: room for n. */
static inline __attribute__((always_inline)) void
sort_row(enum ocr_sssp_kind kind, struct span a, struct span b, uint64_t n)
{
	uint64_t differs = 0, i, first;
	struct span home = a, x;
	unsigned shift;

	if (n < 2)
		return;
	if (n <= SHORT_ROW) {
		sort_short(kind, a, b, n);
		return;
	}
	first = key_at(kind, a, 0);
	for (i = 1; i < n; i++)
		differs |= key_at(kind, a, i) ^ first;
	for (shift = 0; shift < 64; shift += 8) {
		if ((differs >> shift & 255) == 0)
			continue;
		sort_digit(kind, a, b, n, shift);
		x = a;
		a = b;
		b = x;
	}
	if (kind == OCR_SSSP_WIDE ? a.wide != home.wide
				  : a.narrow != home.narrow)
		for (i = 0; i < n; i++)
			copy_at(kind, home, i, a, i);
}

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
		return ocr_err_nomem(err);
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

	if (b->s->kind == OCR_SSSP_PACKED)
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
		 at = b->offsets[b->s->ranks != NULL ? b->s->ranks[v] : v];
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
	if (b->s->kind == OCR_SSSP_PACKED)
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
	uint64_t n = b->s->g->n, v,
		 last = end * OCR_GRAPH_BLOCK < n ? end * OCR_GRAPH_BLOCK : n;
	int r = 0;

	for (v = start * OCR_GRAPH_BLOCK; r == 0 && v < last; v++)
		r = make_row(b, &b->scratch[thread], v, err);
	return r;
}

/* Offsets of rows that are in order of rank. */
static int
rank_offsets(const struct ocr_sssp *s, const struct ocr_rows *from,
    uint64_t **offsets, struct ocr_err *err)
{
	uint64_t n = s->g->n, v;

	if (n >= SIZE_MAX / sizeof(**offsets))
		return ocr_err_nomem(err);
	*offsets = ocr_huge_alloc(((size_t)n + 1) * sizeof(**offsets),
	    "offsets of rows", err);
	if (*offsets == NULL)
		return -OCR_ENOMEM;
	for (v = 0; v < n; v++)
		(*offsets)[(uint64_t)s->ranks[v] + 1] =
		    ocr_graph_degree(from, v);
	for (v = 0; v < n; v++)
		(*offsets)[v + 1] += (*offsets)[v];
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

/* rows: s->out or s->in, of the graph's `from`. */
static int
sort_rows(struct build *b, struct ocr_sssp_rows *rows,
    const struct ocr_rows *from, uint64_t **offsets, void **words,
    double **reals, struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	int r = 0;

	*rows = (struct ocr_sssp_rows){.offsets = from->offsets,
	    .words = from->ends,
	    .n_arcs = from->offsets[s->g->n],
	    .id_bits = b->to.id_bits};
	if (s->ranks != NULL) {
		r = rank_offsets(s, from, offsets, err);
		rows->offsets = *offsets;
	}
	if (r < 0 || (s->kind == OCR_SSSP_PLAIN && s->ranks == NULL))
		return r;
	r = alloc_rows(s, rows->n_arcs, words, reals, err);
	if (r < 0)
		return r;
	rows->words = *words;
	rows->reals = *reals;
	b->from = from;
	b->offsets = rows->offsets;
	b->to.narrow = *words;
	b->to.wide = *words;
	b->to.reals = *reals;
	return ocr_crew_each(s->crew, ocr_graph_n_blocks(s->g), GRAIN,
	    make_some_rows, b, err);
}

static int
find_heaviest(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct build *b = arg;
	const uint32_t *ints = b->s->g->out.ints;
	uint32_t most = b->heaviest[thread * LINE_WORDS];
	uint64_t i;

	(void)err;
	for (i = start; i < end; i++)
		most = ints[i] > most ? ints[i] : most;
	b->heaviest[thread * LINE_WORDS] = most;
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
	uint32_t most = 0;
	unsigned t;
	int r;

	s->kind = s->g->kind == OCR_EDGE_REAL ? OCR_SSSP_REAL : OCR_SSSP_PLAIN;
	if (s->g->kind != OCR_EDGE_INT)
		return 0;
	r = ocr_crew_each(s->crew, s->g->n_arcs, ARCS_GRAIN, find_heaviest, b,
	    err);
	if (r < 0)
		return r;
	for (t = 0; t < s->n_threads; t++)
		if (b->heaviest[t * LINE_WORDS] > most)
			most = b->heaviest[t * LINE_WORDS];
	b->to.id_bits = bits_of(s->g->n - 1);
	s->kind = b->to.id_bits + bits_of(most) <= 32 && b->to.id_bits < 32
		      ? OCR_SSSP_PACKED
		      : OCR_SSSP_WIDE;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of the weights; of those that are not 0, if it is. */
static double
median(const struct ocr_graph *g, double *sample)
{
	uint64_t n = g->n_arcs < SAMPLE ? g->n_arcs : SAMPLE, i, at, zeros = 0;

	if (g->kind == OCR_EDGE_PLAIN || n == 0)
		return 1;
	for (i = 0; i < n; i++) {
		at = g->n_arcs / n * i + i % (g->n_arcs / n);
		sample[i] = g->kind == OCR_EDGE_INT ? (double)g->out.ints[at]
						    : g->out.reals[at];
		zeros += sample[i] <= 0;
	}
	if (zeros == n)
		return 1;
	qsort(sample, (size_t)n, sizeof(*sample), compare);
	return sample[n / 2 > zeros ? n / 2 : zeros + (n - zeros) / 2];
}

/* The width of a window, and of its bins. */
static int
choose_bins(struct build *b, double delta, uint64_t n_joined,
    struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	bool is_whole = s->kind != OCR_SSSP_REAL;
	double width = delta, middle, most = is_whole ? 0x1p62 : 0x1p900,
	       *sample;
	int e;

	if (delta <= 0) {
		sample = malloc(SAMPLE * sizeof(*sample));
		if (sample == NULL)
			return ocr_err_nomem(err);
		middle = median(s->g, sample);
		free(sample);
		width = middle * WINDOW_MEDIANS_MAX;
		if (s->g->n_arcs > 0)
			width = fmin(width, middle * WINDOW_MEDIANS *
						(double)n_joined /
						(double)s->g->n_arcs);
	}
	width = fmin(width, most);
	width = fmax(width, is_whole ? 1 : 0x1p-900);
	s->delta = width;
	/* unit: the least power of two that gives WINDOW_BINS at most. */
	(void)frexp(width / WINDOW_BINS, &e);
	if (is_whole && (e < 0 || width <= OCR_SSSP_WINDOW))
		e = 0;
	s->unit = ldexp(1, e);
	s->scale = ldexp(1, -e);
	s->shift = is_whole ? (unsigned)e : 0;
	s->n_window = (unsigned)ceil(width * s->scale);
	return 0;
}

static uint8_t
light_of(const struct ocr_sssp *s, uint64_t v)
{
	uint64_t i = s->out.offsets[v];
	double bins = 0;

	if (i == s->out.offsets[v + 1])
		return UINT8_MAX;
	if (s->kind == OCR_SSSP_PLAIN)
		bins = s->scale;
	else if (s->kind == OCR_SSSP_PACKED)
		bins = (((const uint32_t *)s->out.words)[i] >> s->out.id_bits) *
		       s->scale;
	else if (s->kind == OCR_SSSP_WIDE)
		bins = (double)(((const uint64_t *)s->out.words)[i] >> 32) *
		       s->scale;
	else
		bins = s->out.reals[i] * s->scale;
	return bins < UINT8_MAX ? (uint8_t)bins : UINT8_MAX;
}

/*
 * Does the search have to settle v before it is over?  Not if nothing lies
 * behind it: then its arc is looked at in the end, or, without rows of
 * in-arcs, it is pushed to like any other.
 */
static bool
is_inner(const struct ocr_sssp *s, uint64_t v)
{
	uint64_t out = s->out.offsets[v + 1] - s->out.offsets[v], in;

	if (!s->g->is_directed)
		return out > 1;
	if (s->in.offsets == NULL)
		return out > 0;
	in = s->in.offsets[v + 1] - s->in.offsets[v];
	return in > 1 || (in == 1 && out > 0);
}

static int
look_at_ranks(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct build *b = arg;
	struct ocr_sssp *s = b->s;
	uint64_t n_inner = 0, v, last = end * OCR_GRAPH_BLOCK;

	(void)err;
	for (v = start * OCR_GRAPH_BLOCK; v < last && v < s->g->n; v++) {
		s->light[v] = light_of(s, v);
		if (!is_inner(s, v))
			continue;
		s->inner[v / 64] |= (uint64_t)1 << v % 64;
		n_inner++;
	}
	b->n_inner[thread * LINE_WORDS] += n_inner;
	return 0;
}

static uint64_t
degree_of(const struct ocr_graph *g, uint64_t v)
{
	return ocr_graph_degree(&g->out, v) +
	       (g->is_directed && g->in.offsets != NULL
		       ? ocr_graph_degree(&g->in, v)
		       : 0);
}

static int
count_degrees(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct build *b = arg;
	uint64_t *highest = &b->highest[thread * LINE_WORDS], n = 0, degree, v;

	(void)err;
	for (v = start; v < end; v++) {
		degree = degree_of(b->s->g, v);
		n += degree > 0;
		if (degree > *highest)
			*highest = degree;
	}
	b->n_joined[thread * LINE_WORDS] += n;
	return 0;
}

/* Highest degree first, then by number. */
static int
make_ranks(struct ocr_sssp *s, struct ocr_err *err)
{
	const struct ocr_graph *g = s->g;
	uint32_t *at = calloc(DEGREES, sizeof(*at)), sum = 0, count;
	uint64_t v, degree;
	size_t i;

	if (at == NULL)
		return ocr_err_nomem(err);
	s->ranks = ocr_huge_alloc((size_t)g->n * sizeof(*s->ranks),
	    "ranks of vertices", err);
	for (v = 0; s->ranks != NULL && v < g->n; v++) {
		degree = degree_of(g, v);
		at[degree < DEGREES ? degree : DEGREES - 1]++;
	}
	for (i = DEGREES; i-- > 0;) {
		count = at[i];
		at[i] = sum;
		sum += count;
	}
	for (v = 0; s->ranks != NULL && v < g->n; v++) {
		degree = degree_of(g, v);
		s->ranks[v] = at[degree < DEGREES ? degree : DEGREES - 1]++;
	}
	free(at);
	return s->ranks == NULL ? -OCR_ENOMEM : 0;
}

/* What decides how rows are to be. */
static int
look_at_degrees(struct build *b, uint64_t *n_joined, struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	uint64_t highest = 0, n_arcs = s->g->n_arcs;
	unsigned t;
	int r =
	    ocr_crew_each(s->crew, s->g->n, ARCS_GRAIN, count_degrees, b, err);

	*n_joined = 0;
	for (t = 0; t < s->n_threads; t++) {
		*n_joined += b->n_joined[t * LINE_WORDS];
		if (b->highest[t * LINE_WORDS] > highest)
			highest = b->highest[t * LINE_WORDS];
	}
	s->n_blocks = ocr_graph_n_blocks(s->g);
	s->mean_out = *n_joined == 0 ? 0 : n_arcs / *n_joined;
	if (r < 0 || *n_joined == 0 || highest <= (s->mean_out + 1) * SKEW)
		return r;
	s->n_blocks = (*n_joined + OCR_GRAPH_BLOCK - 1) / OCR_GRAPH_BLOCK;
	return make_ranks(s, err);
}

static int
make_all(struct build *b, double delta, struct ocr_err *err)
{
	struct ocr_sssp *s = b->s;
	const struct ocr_graph *g = s->g;
	uint64_t n_joined;
	unsigned t;
	int r = choose_kind(b, err);

	if (r == 0)
		r = look_at_degrees(b, &n_joined, err);
	if (r == 0)
		r = choose_bins(b, delta, n_joined, err);
	if (r == 0)
		r = sort_rows(b, &s->out, &g->out, &s->out_offsets,
		    &s->out_words, &s->out_reals, err);
	if (r == 0 && g->is_directed && g->in.offsets != NULL)
		r = sort_rows(b, &s->in, &g->in, &s->in_offsets, &s->in_words,
		    &s->in_reals, err);
	else if (r == 0 && !g->is_directed)
		s->in = s->out;
	if (r == 0)
		r = ocr_crew_each(s->crew, ocr_graph_n_blocks(g), GRAIN,
		    look_at_ranks, b, err);
	for (t = 0; r == 0 && t < s->n_threads; t++)
		s->n_inner += b->n_inner[t * LINE_WORDS];
	return r;
}

int
ocr_sssp_make_rows(struct ocr_sssp *s, double delta, struct ocr_err *err)
{
	size_t n = (size_t)s->n_threads * LINE_WORDS;
	struct build b = {.s = s};
	unsigned t;
	int r;

	b.scratch = calloc(s->n_threads, sizeof(*b.scratch));
	b.heaviest = calloc(n, sizeof(*b.heaviest));
	b.n_joined = calloc(n, sizeof(*b.n_joined));
	b.highest = calloc(n, sizeof(*b.highest));
	b.n_inner = calloc(n, sizeof(*b.n_inner));
	if (b.scratch == NULL || b.heaviest == NULL || b.n_joined == NULL ||
	    b.highest == NULL || b.n_inner == NULL)
		r = ocr_err_nomem(err);
	else
		r = make_all(&b, delta, err);
	for (t = 0; b.scratch != NULL && t < s->n_threads; t++) {
		free(b.scratch[t].words);
		free(b.scratch[t].reals);
	}
	free(b.scratch);
	free(b.heaviest);
	free(b.n_joined);
	free(b.highest);
	free(b.n_inner);
	return r;
}

void
ocr_sssp_free_rows(struct ocr_sssp *s)
{
	uint64_t out = s->out.n_arcs, in = s->in.n_arcs;
	size_t n = (size_t)s->g->n;

	ocr_huge_free(s->ranks, n * sizeof(*s->ranks));
	ocr_huge_free(s->out_offsets, (n + 1) * sizeof(*s->out_offsets));
	ocr_huge_free(s->in_offsets, (n + 1) * sizeof(*s->in_offsets));
	ocr_huge_free(s->out_words, (size_t)out * ocr_sssp_word_size(s));
	ocr_huge_free(s->in_words, (size_t)in * ocr_sssp_word_size(s));
	ocr_huge_free(s->out_reals, (size_t)out * sizeof(*s->out_reals));
	ocr_huge_free(s->in_reals, (size_t)in * sizeof(*s->in_reals));
}
