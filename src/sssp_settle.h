/*
 * sssp_settle.h - bins and their arcs: settle, push, sort; part of sssp_step.h
 */

/* Arcs whose ends' distances are on their way from memory. */
static void
relax_arcs(struct ocr_sssp *s, struct ocr_sssp_thread *me, const struct arc *a,
    unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		relax(s, me, a[i].vertex, a[i].sum, true);
}

/* The arcs of rows, those that end before `limit`. */
static void
relax_rows(struct ocr_sssp *s, struct ocr_sssp_thread *me,
    const struct entry *rows, unsigned n, sum_t limit)
{
	struct arc arcs[ARCS];
	unsigned n_arcs = 0, i;
	uint64_t j, end;
	weight_t w;

	for (i = 0; i < n; i++)
		prefetch_start(&s->out, rows[i].vertex);
	for (i = 0; i < n; i++) {
		j = ocr_sssp_row(&s->out, rows[i].vertex);
		end = ocr_sssp_row(&s->out, rows[i].vertex + 1);
		me->n_out += end - j;
		for (; j < end; j++) {
			struct arc *a = &arcs[n_arcs];

			if (j % LINE_ARCS == 0)
				__builtin_prefetch(
				    (const word_t *)s->out.words + j +
				    AHEAD_LINES * LINE_ARCS);

			a->vertex = arc_at(&s->out, j, &w);
			a->sum = (sum_t)rows[i].distance + w;
			if (!s->is_whole && !(a->sum < limit))
				break;
			__builtin_prefetch(
			    (const dist_t *)s->distances + a->vertex);
			if (++n_arcs < ARCS)
				continue;
			relax_arcs(s, me, arcs, n_arcs);
			me->n_arcs += n_arcs;
			n_arcs = 0;
		}
	}
	relax_arcs(s, me, arcs, n_arcs);
	me->n_arcs += n_arcs;
}

static void
settle_some(struct ocr_sssp *s, struct ocr_sssp_thread *me,
    const struct entry *e, size_t n)
{
	const dist_t *distances = s->distances;
	sum_t limit = bin_limit(s, s->end_bin);
	unsigned room = light_room(s, s->bin), n_rows = 0;
	struct entry rows[ROWS];
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t u = e[i].vertex;

		if (i + AHEAD_ENTRY < n) {
			__builtin_prefetch(
			    &distances[e[i + AHEAD_ENTRY].vertex]);
			if (!s->is_whole)
				__builtin_prefetch(
				    &s->light[e[i + AHEAD_ENTRY].vertex]);
		}
		if (load(&distances[u]) != e[i].distance)
			continue;
		me->n_settled++;
		if (!s->is_whole)
			put(me, &me->lists[OCR_SSSP_SETTLED], u, e[i].distance);
		if (!s->is_whole && s->light[u] >= room) {
			/* No look at a line that is of no other use; hubs have
			 * light arcs. */
			me->n_out += s->mean_out;
			continue;
		}
		prefetch_offset(&s->out, u);
		rows[n_rows++] = e[i];
		if (n_rows == ROWS) {
			relax_rows(s, me, rows, n_rows, limit);
			n_rows = 0;
		}
	}
	relax_rows(s, me, rows, n_rows, limit);
}

/* The first arc of u whose end is in no bin of the window. */
static inline uint64_t
first_heavy(const struct ocr_sssp *s, uint32_t u, dist_t distance, sum_t limit)
{
	uint64_t i = ocr_sssp_row(&s->out, u),
		 end = ocr_sssp_row(&s->out, u + 1), middle;
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
			prefetch_offset(&s->out, v);
		}
		if (i + AHEAD_ROW < n)
			prefetch_row(&s->out, e[i + AHEAD_ROW].vertex);
		if (load(&distances[u]) != e[i].distance)
			continue;
		end = ocr_sssp_row(&s->out, u + 1);
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
	return ocr_sssp_short(me, err);
}

/* What has come into the bin meanwhile, while that is little: others need not
 * be waited for ("bucket fusion": Zhang et al., "Optimizing ordered graph
 * algorithms with GraphIt", CGO 2020). */
static void
settle_own(struct ocr_sssp *s, struct ocr_sssp_thread *me)
{
	unsigned at = (unsigned)(s->bin % OCR_SSSP_RING);
	struct ocr_sssp_list *bin = &me->ring[at],
			     *own = &me->lists[OCR_SSSP_OWN], x;

	while (bin->n > 0 && bin->n <= OWN_MOST && me->n_short == 0) {
		x = *own;
		*own = *bin;
		*bin = x;
		settle_some(s, me, own->entries, own->n);
		own->n = 0;
	}
	if (bin->n == 0)
		me->used[at / 64] &= ~((uint64_t)1 << at % 64);
}

static int
settle(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	int r =
	    over_lists(s, thread, OCR_SSSP_TAKEN, start, end, settle_some, err);

	if (r == 0 && s->is_whole)
		settle_own(s, &s->threads[thread]);
	return r < 0 ? r : ocr_sssp_short(&s->threads[thread], err);
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
