/*
 * sssp_step.h - the inner steps of sssp, for one kind of distance and arc
 *
 * Included once by each file that says what these are (sssp_packed.c ...):
 *   dist_t, sum_t      a distance; what a distance and a weight add up to
 *   DIST_NONE          not reached: more than any distance
 *   MAY_OVERFLOW       a sum may be DIST_NONE or more
 *   STEPS              name of the table made here
 *   arc_at(rows, i, &weight)  the end of arc i
 *   bin_of(s, sum)     the number of its bin; never falls as sums grow
 *   bin_limit(s, bin)  no sum of an earlier bin is that much, all of this one
 *                      and later ones are
 *   light_room(s, bin) a row whose light byte is that or more has no arc that
 *                      ends in the window, from a vertex of that bin
 *   light_sum(s, light)  no more than the lightest weight of a row with that
 *                      light byte
 *
 * Other threads lower distances meanwhile: they are read and written by
 * relaxed atomics.  Nothing needs an order: a distance is always the length of
 * some path, and who lowers one leaves an entry that is read after a barrier.
 */
#include <string.h>

#include "kernels/k_sssp_marks.h"

/* gcc takes a function of prefetches alone for one without effect, and drops
 * its calls: none may be left when it looks. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* How far ahead memory is asked for. */
#define AHEAD_ENTRY 20
#define AHEAD_ROW 12
#define AHEAD_ARC 12
/* Rows and arcs that are asked for together. */
#define ROWS 64
#define ARCS 128
/* Entries of a bin that a thread goes on with by itself. */
#define OWN_MOST 1000
/* Rows longer than that are searched by halves. */
#define LONG_ROW 64
/* Arcs of a cache line; lines of a row that are asked for ahead. */
#define LINE_ARCS (64 / sizeof(word_t))
#define AHEAD_LINES 4

struct entry {
	dist_t distance;
	uint32_t vertex;
};

struct arc {
	sum_t sum;
	uint32_t vertex;
};

static inline dist_t
load(const dist_t *d)
{
	dist_t x;

	__atomic_load(d, &x, __ATOMIC_RELAXED);
	return x;
}

static inline void
store(dist_t *d, dist_t x)
{
	__atomic_store(d, &x, __ATOMIC_RELAXED);
}

/* Whether *d (it was old) became x, which is less. */
static inline bool
lower(const struct ocr_sssp *s, dist_t *d, dist_t old, dist_t x)
{
	if (!s->is_shared) {
		store(d, x);
		return true;
	}
	while (x < old)
		if (__atomic_compare_exchange(d, &old, &x, true,
			__ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	return false;
}

static inline void
put(struct ocr_sssp_thread *me, struct ocr_sssp_list *l, uint32_t v, dist_t d)
{
	struct entry *e;

	if (l->n == l->room && !ocr_sssp_grow(me, l, sizeof(*e)))
		return;
	e = (struct entry *)l->entries + l->n++;
	e->distance = d;
	e->vertex = v;
}

/* Into its bin, which is open. */
static inline void
put_bin(struct ocr_sssp_thread *me, uint64_t bin, uint32_t v, dist_t d)
{
	unsigned at = (unsigned)(bin % OCR_SSSP_RING);

	me->used[at / 64] |= (uint64_t)1 << at % 64;
	put(me, &me->ring[at], v, d);
}

static inline bool
is_inner(const struct ocr_sssp *s, uint32_t v)
{
	return v < s->first_outer || (s->inner[v / 64] >> v % 64 & 1) != 0;
}

/* The sum is a distance of v.  has_entry: let it be settled, if it must. */
static inline void
relax(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t v, sum_t sum,
    bool has_entry)
{
	dist_t *d = (dist_t *)s->distances + v, old = load(d);
	uint64_t bin;

	if (!(sum < old)) {
		if (MAY_OVERFLOW && old == DIST_NONE)
			me->is_over = true;
		return;
	}
	if (!lower(s, d, old, (dist_t)sum) || !has_entry || !is_inner(s, v))
		return;
	bin = bin_of(s, sum);
	if (bin < s->limit_bin)
		put_bin(me, bin, v, (dist_t)sum);
	else
		put(me, &me->lists[OCR_SSSP_LATER], v, (dist_t)sum);
}

static ALWAYS_INLINE void
prefetch_end(const struct ocr_sssp *s, const struct ocr_sssp_rows *r,
    uint64_t i, uint64_t end)
{
	weight_t w;

	if (i < end)
		__builtin_prefetch((dist_t *)s->distances + arc_at(r, i, &w));
}

static ALWAYS_INLINE void
prefetch_offset(const struct ocr_sssp_rows *r, uint32_t v)
{
	if (r->near != NULL)
		__builtin_prefetch(&r->near[v]);
	else
		__builtin_prefetch(&r->offsets[v]);
}

static ALWAYS_INLINE void
prefetch_row(const struct ocr_sssp_rows *r, uint32_t v)
{
	__builtin_prefetch((const word_t *)r->words + ocr_sssp_row(r, v));
}

/* And more of it, if it is long: the light ones are many, too. */
static ALWAYS_INLINE void
prefetch_start(const struct ocr_sssp_rows *r, uint32_t v)
{
	uint64_t i = ocr_sssp_row(r, v), n = ocr_sssp_row(r, v + 1) - i;
	const word_t *p = (const word_t *)r->words + i;

	__builtin_prefetch(p);
	if (n < LONG_ROW)
		return;
	__builtin_prefetch(p + LINE_ARCS);
	if (n < LONG_ROW * 4)
		return;
	__builtin_prefetch(p + 2 * LINE_ARCS);
	__builtin_prefetch(p + 3 * LINE_ARCS);
}

#include "src/sssp_settle.h"

#include "src/sssp_pull.h"

#include "src/sssp_tile.h"

static int
init(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	dist_t *distances = s->distances;
	uint64_t v;

	(void)thread;
	(void)err;
	memcpy(s->left + start, s->inner + start,
	    (size_t)(end - start) * sizeof(*s->left));
	for (v = start * 64; v < end * 64; v++)
		distances[v] = DIST_NONE;
	return 0;
}

static uint32_t
vertex_at(const struct ocr_sssp_list *l, size_t i)
{
	return ((const struct entry *)l->entries)[i].vertex;
}

static void
begin(struct ocr_sssp *s, uint32_t source)
{
	((dist_t *)s->distances)[source] = 0;
	put_bin(&s->threads[0], 0, source, 0);
}

static int
finish(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	const uint32_t *ranks = s->ranks;
	const dist_t *distances = s->distances;
	result_t *result = s->result;
	dist_t d, longest = 0;
	uint64_t n_reached = 0, v,
		 last = end * 64 < s->g->n ? end * 64 : s->g->n;

	(void)err;
	for (v = start * 64; v < last; v++) {
		if (ranks != NULL && v + AHEAD_ENTRY < last)
			__builtin_prefetch(&distances[ranks[v + AHEAD_ENTRY]]);
		d = distances[ranks != NULL ? ranks[v] : v];
		if (result != NULL)
			result[v] = d == DIST_NONE ? RESULT_NONE : (result_t)d;
		n_reached += d != DIST_NONE;
		longest = d != DIST_NONE && d > longest ? d : longest;
	}
	me->n_reached += n_reached;
	if ((double)longest > me->longest)
		me->longest = (double)longest;
	return 0;
}

const struct ocr_sssp_steps STEPS = {
    .distance_size = sizeof(dist_t),
    .result_size = sizeof(result_t),
    .entry_size = sizeof(struct entry),
    .init = init,
    .begin = begin,
    .vertex_at = vertex_at,
    .settle = settle,
    .push = push,
    .sort = sort,
    .scan = scan,
    .leaves = leaves,
    .begin_tile = begin_tile,
    .tiles = tiles,
    .finish = finish,
};
