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
 *
 * Other threads lower distances meanwhile: they are read and written by
 * relaxed atomics.  Nothing needs an order: a distance is always the length of
 * some path, and who lowers one leaves an entry that is read after a barrier.
 */
#include <string.h>

/* How far ahead memory is asked for. */
#define AHEAD_LIGHT 32
#define AHEAD_ENTRY 20
#define AHEAD_ROW 12
#define AHEAD_END 6
#define AHEAD_ARC 12
#define AHEAD_PULL_ROW 20
#define AHEAD_PULL_END 8
/* Of 64 vertices, from here on it is worth it. */
#define PULL_DENSE 16
/* Rows longer than that are searched by halves. */
#define LONG_ROW 64

struct entry {
	dist_t distance;
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

	if (l->n == l->room && ocr_sssp_grow(l, sizeof(*e)) == NULL) {
		me->is_short = true;
		return;
	}
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
	return s->inner[v / 64] >> v % 64 & 1;
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

static inline void
prefetch_end(const struct ocr_sssp *s, const struct ocr_sssp_rows *r,
    uint64_t i, uint64_t end)
{
	weight_t w;

	if (i < end)
		__builtin_prefetch((dist_t *)s->distances + arc_at(r, i, &w));
}

static inline void
prefetch_row(const struct ocr_sssp_rows *r, uint32_t v)
{
	__builtin_prefetch((const word_t *)r->words + r->offsets[v]);
}

/* The arcs of u, those that end before `limit`. */
static inline void
relax_row(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t u,
    dist_t distance, sum_t limit)
{
	uint64_t i = s->out.offsets[u], start = i, end = s->out.offsets[u + 1];

	for (; i < end; i++) {
		weight_t w;
		uint32_t v = arc_at(&s->out, i, &w);
		sum_t sum = (sum_t)distance + w;

		if (!s->is_whole && !(sum < limit))
			break;
		prefetch_end(s, &s->out, i + AHEAD_ARC, end);
		relax(s, me, v, sum, true);
	}
	me->n_arcs += i - start;
}

/* What settling entries from e[i] on will read. */
static inline void
prefetch_settle(const struct ocr_sssp *s, const struct entry *e, size_t i,
    size_t n, unsigned room)
{
	uint32_t v;

	if (i + AHEAD_LIGHT < n) {
		v = e[i + AHEAD_LIGHT].vertex;
		__builtin_prefetch((const dist_t *)s->distances + v);
		__builtin_prefetch(&s->light[v]);
	}
	if (i + AHEAD_ENTRY < n) {
		v = e[i + AHEAD_ENTRY].vertex;
		if (s->light[v] < room)
			__builtin_prefetch(&s->out.offsets[v]);
	}
	if (i + AHEAD_ROW < n) {
		v = e[i + AHEAD_ROW].vertex;
		if (s->light[v] < room)
			prefetch_row(&s->out, v);
	}
	if (i + AHEAD_END < n) {
		v = e[i + AHEAD_END].vertex;
		if (s->light[v] < room)
			prefetch_end(s, &s->out, s->out.offsets[v],
			    s->out.offsets[v + 1]);
	}
}

static void
settle_some(struct ocr_sssp *s, struct ocr_sssp_thread *me,
    const struct entry *e, size_t n)
{
	const uint64_t *offsets = s->out.offsets;
	const dist_t *distances = s->distances;
	sum_t limit = bin_limit(s, s->end_bin);
	unsigned room = s->is_whole ? 256 : light_room(s, s->bin);
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t u = e[i].vertex;

		prefetch_settle(s, e, i, n, room);
		if (load(&distances[u]) != e[i].distance)
			continue;
		me->n_settled++;
		if (!s->is_whole)
			put(me, &me->lists[OCR_SSSP_SETTLED], u, e[i].distance);
		if (s->light[u] < room) {
			me->n_out += offsets[u + 1] - offsets[u];
			relax_row(s, me, u, e[i].distance, limit);
		} else {
			/* No look at a line that is of no other use; hubs have
			 * light arcs. */
			me->n_out += s->mean_out;
		}
	}
}

/* The first arc of u whose end is in no bin of the window. */
static inline uint64_t
first_heavy(const struct ocr_sssp *s, uint32_t u, dist_t distance, sum_t limit)
{
	uint64_t i = s->out.offsets[u], end = s->out.offsets[u + 1], middle;
	weight_t w;

	while (end - i > LONG_ROW) {
		middle = i + (end - i) / 2;
		(void)arc_at(&s->out, middle, &w);
		if ((sum_t)distance + w < limit)
			i = middle + 1;
		else
			end = middle;
	}
	for (; i < end; i++) {
		(void)arc_at(&s->out, i, &w);
		if (!((sum_t)distance + w < limit))
			break;
	}
	return i;
}

static void
push_some(struct ocr_sssp *s, struct ocr_sssp_thread *me, const struct entry *e,
    size_t n)
{
	const dist_t *distances = s->distances;
	sum_t limit = bin_limit(s, s->end_bin);
	uint64_t j, end;
	size_t i;
	weight_t w;

	for (i = 0; i < n; i++) {
		uint32_t u = e[i].vertex, v;

		if (i + AHEAD_ENTRY < n) {
			v = e[i + AHEAD_ENTRY].vertex;
			__builtin_prefetch(&distances[v]);
			__builtin_prefetch(&s->out.offsets[v]);
		}
		if (i + AHEAD_ROW < n)
			prefetch_row(&s->out, e[i + AHEAD_ROW].vertex);
		if (load(&distances[u]) != e[i].distance)
			continue;
		end = s->out.offsets[u + 1];
		j = first_heavy(s, u, e[i].distance, limit);
		me->n_arcs += end - j;
		for (; j < end; j++) {
			prefetch_end(s, &s->out, j + AHEAD_ARC, end);
			v = arc_at(&s->out, j, &w);
			relax(s, me, v, (sum_t)e[i].distance + w, false);
		}
	}
}

/* Entries of `later` that are not stale: to their bins, or back there. */
static void
sort_some(struct ocr_sssp *s, struct ocr_sssp_thread *me, const struct entry *e,
    size_t n)
{
	const dist_t *distances = s->distances;
	uint64_t bin;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i + AHEAD_ENTRY < n)
			__builtin_prefetch(
			    &distances[e[i + AHEAD_ENTRY].vertex]);
		if (load(&distances[e[i].vertex]) != e[i].distance)
			continue;
		bin = bin_of(s, e[i].distance);
		if (bin < s->limit_bin) {
			put_bin(me, bin, e[i].vertex, e[i].distance);
			me->n_binned++;
			continue;
		}
		put(me, &me->lists[OCR_SSSP_LATER], e[i].vertex, e[i].distance);
		if (bin < me->first_bin)
			me->first_bin = bin;
	}
}

/* The threads' lists are one range. */
static inline int
over_lists(struct ocr_sssp *s, unsigned thread, enum ocr_sssp_which which,
    uint64_t start, uint64_t end,
    void (*some)(struct ocr_sssp *, struct ocr_sssp_thread *,
	const struct entry *, size_t),
    struct ocr_err *err)
{
	struct ocr_sssp_thread *me = &s->threads[thread];
	const struct ocr_sssp_list *l;
	uint64_t at = 0, a, b;
	unsigned t;

	for (t = 0; t < s->n_threads && at < end; t++) {
		l = &s->threads[t].lists[which];
		a = start > at ? start - at : 0;
		b = end - at < l->n ? end - at : l->n;
		if (a < b)
			some(s, me, (const struct entry *)l->entries + a,
			    (size_t)(b - a));
		at += l->n;
	}
	return me->is_short ? ocr_err_nomem(err) : 0;
}

static int
settle(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	return over_lists(arg, thread, OCR_SSSP_TAKEN, start, end, settle_some,
	    err);
}

static int
push(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	return over_lists(arg, thread, OCR_SSSP_SETTLED, start, end, push_some,
	    err);
}

static int
sort(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	return over_lists(arg, thread, OCR_SSSP_TAKEN, start, end, sort_some,
	    err);
}

/*
 * The distance of v (it is d) by its row: what is added to a weight is no less
 * than `least`, where the window begins, so that heavier ones need no look.
 */
static inline dist_t
pull(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint64_t v, dist_t d,
    sum_t least)
{
	const dist_t *distances = s->distances;
	uint64_t i = s->in.offsets[v], start = i, end = s->in.offsets[v + 1];
	weight_t w;

	for (; i < end; i++) {
		uint32_t u = arc_at(&s->in, i, &w);
		dist_t du;

		if (!(least + w < d)) {
			if (MAY_OVERFLOW && d == DIST_NONE)
				me->is_over = true;
			break;
		}
		du = load(&distances[u]);
		if (!(du < d))
			continue;
		if ((sum_t)du + w < d)
			d = (dist_t)((sum_t)du + w);
		else if (MAY_OVERFLOW && d == DIST_NONE)
			me->is_over = true;
	}
	me->n_arcs += i - start;
	return d;
}

static inline void
prefetch_pull(const struct ocr_sssp *s, uint64_t v)
{
	uint64_t i;
	weight_t w;

	if (v + AHEAD_PULL_ROW >= s->n_blocks * 64 ||
	    v + AHEAD_PULL_ROW >= s->g->n)
		return;
	i = s->in.offsets[v + AHEAD_PULL_ROW];
	__builtin_prefetch((const word_t *)s->in.words + i);
	i = s->in.offsets[v + AHEAD_PULL_END];
	if (i < s->in.n_arcs)
		__builtin_prefetch(
		    (dist_t *)s->distances + arc_at(&s->in, i, &w));
}

/* A vertex that was left: whether it is settled now, or will be in the next
 * window. */
static inline bool
scan_vertex(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t v,
    sum_t limit, sum_t least)
{
	dist_t *distances = s->distances, d = load(&distances[v]), old = d;
	uint64_t bin;

	if (d < limit)
		return true;
	if (s->is_pull) {
		d = pull(s, me, v, d, least);
		if (d < old)
			store(&distances[v], d);
	}
	if (d == DIST_NONE)
		return false;
	bin = bin_of(s, d);
	if (bin < s->limit_bin) {
		put_bin(me, bin, v, d);
		me->n_binned++;
		return !s->is_listed;
	}
	if (s->is_listed)
		put(me, &me->lists[OCR_SSSP_LATER], v, d);
	if (bin < me->first_bin)
		me->first_bin = bin;
	return false;
}

static int
scan(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	sum_t limit = bin_limit(s, s->end_bin),
	      least = bin_limit(s, s->start_bin);
	uint64_t block;

	for (block = start; block < end; block++) {
		uint64_t left = s->left[block], rest = left;
		bool is_dense =
		    s->is_pull && __builtin_popcountll(left) >= PULL_DENSE;

		while (rest != 0) {
			unsigned bit = (unsigned)__builtin_ctzll(rest);
			uint32_t v = (uint32_t)(block * 64 + bit);

			rest &= rest - 1;
			if (is_dense)
				prefetch_pull(s, v);
			if (scan_vertex(s, me, v, limit, least))
				left &= ~((uint64_t)1 << bit);
		}
		if (left != s->left[block])
			s->left[block] = left;
		me->n_left += (unsigned)__builtin_popcountll(left);
	}
	return me->is_short ? ocr_err_nomem(err) : 0;
}

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

static void
begin(struct ocr_sssp *s, uint32_t source)
{
	((dist_t *)s->distances)[source] = 0;
	put_bin(&s->threads[0], 0, source, 0);
}

/* The distance of a vertex, that of one that was never binned by its only
 * arc. */
static inline dist_t
last_look(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint64_t rank)
{
	const dist_t *distances = s->distances;
	dist_t d = load(&distances[rank]);

	if (s->in.offsets == NULL || is_inner(s, (uint32_t)rank) ||
	    s->in.offsets[rank + 1] - s->in.offsets[rank] != 1)
		return d;
	return pull(s, me, rank, d, 0);
}

static int
finish(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	const uint32_t *ranks = s->ranks;
	dist_t *result = ranks != NULL ? s->result : s->distances, d,
	       longest = 0;
	uint64_t n_reached = 0, v,
		 last = end * 64 < s->g->n ? end * 64 : s->g->n;

	(void)err;
	for (v = start * 64; v < last; v++) {
		if (ranks != NULL && v + AHEAD_ENTRY < last)
			__builtin_prefetch((const dist_t *)s->distances +
					   ranks[v + AHEAD_ENTRY]);
		d = last_look(s, me, ranks != NULL ? ranks[v] : v);
		store(&result[v], d);
		if (d == DIST_NONE)
			continue;
		n_reached++;
		longest = d > longest ? d : longest;
	}
	me->n_reached += n_reached;
	if ((double)longest > me->longest)
		me->longest = (double)longest;
	return 0;
}

const struct ocr_sssp_steps STEPS = {
    .distance_size = sizeof(dist_t),
    .entry_size = sizeof(struct entry),
    .init = init,
    .begin = begin,
    .settle = settle,
    .push = push,
    .sort = sort,
    .scan = scan,
    .finish = finish,
};
