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

		if (s->is_pull)
			prefetch_block(s, block, left);
		for (; rest != 0; rest &= rest - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(rest);

			if (scan_vertex(s, me, (uint32_t)(block * 64 + bit),
				limit, least))
				left &= ~((uint64_t)1 << bit);
		}
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
