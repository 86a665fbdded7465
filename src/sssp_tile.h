/*
 * sssp_tile.h - a tile of vertices and what comes to it; part of sssp_step.h
 *
 * See sssp_road.c.  In a sweep one thread alone has a tile, and writes its
 * distances; others read them, for they need not mail what is no less.
 */

/* The tile's base is where it works: entries for earlier bins are late. */
static inline void
put_tile(struct ocr_sssp_thread *me, struct ocr_sssp_tile *t, uint64_t bin,
    uint32_t v, dist_t d)
{
	unsigned at;

	if (bin < t->base)
		bin = t->base;
	if (bin - t->base >= OCR_SSSP_TILE_RING - OCR_SSSP_TILE_BACK) {
		put(me, &t->later, v, d);
		if (bin < t->later_bin)
			t->later_bin = bin;
		return;
	}
	at = (unsigned)(bin % OCR_SSSP_TILE_RING);
	t->used[at / 64] |= (uint64_t)1 << at % 64;
	put(me, &t->ring[at], v, d);
}

/* An arc to another tile, to a distance that it lowers. */
static void
mail(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t v, sum_t sum)
{
	put(me, &me->mail[s->parity][v >> s->tile_shift], v, (dist_t)sum);
	me->n_late += bin_of(s, sum) < s->end_bin;
}

/* Entries of a bin.  What is read for each arc is kept apart: the compiler has
 * to take it that distances may be written over it. */
static void
settle_tile(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t id,
    const struct entry *e, size_t n)
{
	const struct ocr_sssp_rows out = s->out;
	const uint64_t first_outer = s->first_outer;
	const unsigned tile_shift = s->tile_shift;
	struct ocr_sssp_tile *t = &s->tiles[id];
	dist_t *distances = s->distances, old;
	uint64_t j, end, n_arcs = 0, n_settled = 0;
	weight_t w;
	uint32_t v;
	sum_t sum;
	size_t i;

	for (i = 0; i < n; i++) {
		if (load(&distances[e[i].vertex]) != e[i].distance)
			continue;
		j = ocr_sssp_row(&out, e[i].vertex);
		end = ocr_sssp_row(&out, e[i].vertex + 1);
		n_arcs += end - j;
		n_settled++;
		for (; j < end; j++) {
			v = arc_at(&out, j, &w);
			sum = (sum_t)e[i].distance + w;
			old = load(&distances[v]);
			if (!(sum < old)) {
				if (MAY_OVERFLOW && old == DIST_NONE)
					me->is_over = true;
				continue;
			}
			if (v >> tile_shift != id) {
				mail(s, me, v, sum);
				continue;
			}
			store(&distances[v], (dist_t)sum);
			if (v >= first_outer && !is_inner(s, v))
				continue;
			prefetch_row(&out, v);
			put_tile(me, t, bin_of(s, sum), v, (dist_t)sum);
		}
	}
	me->n_arcs += n_arcs;
	me->n_settled += n_settled;
}

/* The first bin that something was mailed for. */
static uint64_t
first_mailed(const struct ocr_sssp *s, uint32_t id)
{
	const struct ocr_sssp_list *l;
	uint64_t first = OCR_SSSP_NONE, bin;
	unsigned i;
	size_t k;

	for (i = 0; i < s->n_threads; i++) {
		l = &s->threads[i].mail[!s->parity][id];
		for (k = 0; k < l->n; k++) {
			bin = bin_of(s,
			    ((const struct entry *)l->entries)[k].distance);
			first = bin < first ? bin : first;
		}
	}
	return first;
}

static void
take_mail(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t id)
{
	struct ocr_sssp_tile *t = &s->tiles[id];
	dist_t *distances = s->distances;
	const struct entry *e;
	unsigned i;
	size_t k;

	for (i = 0; i < s->n_threads; i++) {
		struct ocr_sssp_list *l = &s->threads[i].mail[!s->parity][id];

		for (k = 0; k < l->n; k++) {
			e = (const struct entry *)l->entries + k;
			if (!(e->distance < load(&distances[e->vertex])))
				continue;
			store(&distances[e->vertex], e->distance);
			if (is_inner(s, e->vertex))
				put_tile(me, t, bin_of(s, e->distance),
				    e->vertex, e->distance);
		}
		l->n = 0;
	}
}

/* The list is the thread's now, and empty. */
static const struct ocr_sssp_list *
take_list(struct ocr_sssp_thread *me, struct ocr_sssp_list *l)
{
	struct ocr_sssp_list *own = &me->lists[OCR_SSSP_OWN], x = *own;

	*own = *l;
	*l = x;
	l->n = 0;
	return own;
}

/* What is later than the ring, to the ring, which begins there. */
static void
sort_tile(struct ocr_sssp *s, struct ocr_sssp_thread *me,
    struct ocr_sssp_tile *t)
{
	const dist_t *distances = s->distances;
	const struct ocr_sssp_list *own = take_list(me, &t->later);
	const struct entry *e = own->entries;
	size_t i;

	t->base = t->later_bin;
	t->later_bin = OCR_SSSP_NONE;
	for (i = 0; i < own->n; i++)
		if (load(&distances[e[i].vertex]) == e[i].distance)
			put_tile(me, t, bin_of(s, e[i].distance), e[i].vertex,
			    e[i].distance);
}

/* All that is in the tile before the end. */
static void
run_tile(struct ocr_sssp *s, struct ocr_sssp_thread *me, uint32_t id)
{
	struct ocr_sssp_tile *t = &s->tiles[id];
	struct ocr_sssp_list own;
	unsigned at;

	if (ocr_sssp_tile_bin(t) == OCR_SSSP_NONE && t->later.n == 0)
		t->base = first_mailed(s, id);
	else
		t->base -=
		    t->base < OCR_SSSP_TILE_BACK ? t->base : OCR_SSSP_TILE_BACK;
	take_mail(s, me, id);
	while (me->n_short == 0) {
		t->first = ocr_sssp_tile_bin(t);
		if (t->later_bin < t->first)
			t->first = t->later_bin;
		if (t->first >= s->end_bin)
			break;
		if (t->first == t->later_bin) {
			sort_tile(s, me, t);
			continue;
		}
		t->base = t->first;
		at = (unsigned)(t->first % OCR_SSSP_TILE_RING);
		t->used[at / 64] &= ~((uint64_t)1 << at % 64);
		own = t->ring[at];
		t->ring[at] = (struct ocr_sssp_list){0};
		settle_tile(s, me, id, own.entries, own.n);
		ocr_sssp_spare(me, &own);
	}
	if (t->base < s->end_bin)
		t->base = s->end_bin;
}

/* Over the tiles that are `active`. */
static int
tiles(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_sssp *s = arg;
	struct ocr_sssp_thread *me = &s->threads[thread];

	for (; start < end; start++)
		run_tile(s, me, s->active[start]);
	return ocr_sssp_short(me, err);
}

static void
begin_tile(struct ocr_sssp *s, uint32_t source)
{
	struct ocr_sssp_tile *t = &s->tiles[source >> s->tile_shift];

	((dist_t *)s->distances)[source] = 0;
	put_tile(&s->threads[0], t, 0, source, 0);
	t->first = 0;
}
