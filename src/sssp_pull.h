/*
 * sssp_pull.h - vertices that are left: pull, scan, leaves; part of sssp_step.h
 */

/*
 * The distance of v (it is d) by its row: what is added to a weight is no less
 * than `least`, where the window begins, so that heavier ones need no look.
 */
static inline dist_t
pull(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint64_t v, dist_t d,
    sum_t least)
{
	const dist_t *distances = s->distances;
	uint64_t i = ocr_sssp_row(&s->in, v), start = i,
		 end = ocr_sssp_row(&s->in, v + 1);
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

/* Where the distances of a block lie; of vertices that are not left these are
 * of no use. */
#ifndef HAS_MARKS
static inline struct k_sssp_marks
marks_of(const struct ocr_sssp *s, uint64_t block, sum_t limit, sum_t least)
{
	const dist_t *distances = (const dist_t *)s->distances + block * 64;
	const uint8_t *light = s->light_in + block * 64;
	struct k_sssp_marks m = {0, UINT64_MAX, 0};
	unsigned i;

	for (i = 0; i < 64; i++) {
		dist_t d = load(&distances[i]);

		m.done |= (uint64_t)(d < limit) << i;
		/* What has no distance has to find out whether there is one
		 * that does not fit. */
		m.falls |= (uint64_t)(d == DIST_NONE ||
				      least + light_sum(s, light[i]) < d)
			   << i;
	}
	return m;
}
#endif

/* Rows of vertices of a block, and what is first in them, on their way from
 * memory. */
static ALWAYS_INLINE void
prefetch_block(const struct ocr_sssp *s, uint64_t block, uint64_t bits)
{
	uint64_t rest, v, i, end;
	weight_t w;

	for (rest = bits; rest != 0; rest &= rest - 1) {
		v = block * 64 + (unsigned)__builtin_ctzll(rest);
		__builtin_prefetch(
		    (const word_t *)s->in.words + ocr_sssp_row(&s->in, v));
	}
	for (rest = bits; rest != 0; rest &= rest - 1) {
		v = block * 64 + (unsigned)__builtin_ctzll(rest);
		i = ocr_sssp_row(&s->in, v);
		end = ocr_sssp_row(&s->in, v + 1);
		if (i < end)
			__builtin_prefetch((const dist_t *)s->distances +
					   arc_at(&s->in, i, &w));
	}
}

/* A vertex that is left: whether it will be settled in the next window. */
static inline bool
scan_vertex(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t v,
    bool may_fall, sum_t least)
{
	dist_t *distances = s->distances, d = load(&distances[v]), old = d;
	uint64_t bin;

	if (may_fall) {
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

/* A block of those that are left; these are left then. */
static inline uint64_t
scan_block(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint64_t block,
    sum_t limit, sum_t least)
{
	struct k_sssp_marks m = marks_of(s, block, limit, least);
	uint64_t left = s->left[block] & ~m.done, bits;

	m.falls = s->is_pull ? m.falls & left : 0;
	prefetch_block(s, block, m.falls);
	/* Of others only the least is asked for, if none is binned. */
	bits = s->is_listed || me->n_binned == 0 ? left
						 : left & (m.falls | m.near);
	for (; bits != 0; bits &= bits - 1) {
		unsigned bit = (unsigned)__builtin_ctzll(bits);

		if (scan_vertex(s, me, (uint32_t)(block * 64 + bit),
			(m.falls >> bit & 1) != 0, least))
			left &= ~((uint64_t)1 << bit);
	}
	return left;
}

static int
scan(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	sum_t limit = bin_limit(s, s->end_bin),
	      least = bin_limit(s, s->start_bin);
	uint64_t block, left;

	for (block = start; block < end; block++) {
		left = s->left[block];
		if (left == 0)
			continue;
		left = scan_block(s, me, block, limit, least);
		if (left != s->left[block])
			s->left[block] = left;
		me->n_left += (unsigned)__builtin_popcountll(left);
	}
	return ocr_sssp_short(me, err);
}

/* Those that were never binned, by their only arc. */
static int
leaves(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];
	dist_t *distances = s->distances, d, old;
	uint64_t block, bits, v;

	(void)err;
	for (block = start; block < end; block++) {
		bits = s->leaves[block];
		prefetch_block(s, block, bits);
		for (; bits != 0; bits &= bits - 1) {
			v = block * 64 + (unsigned)__builtin_ctzll(bits);
			old = load(&distances[v]);
			d = pull(s, me, v, old, 0);
			if (d < old)
				store(&distances[v], d);
		}
	}
	return 0;
}
