/*
 * sssp_road.c - maps of roads: long paths, few arcs a vertex
 *
 * Vertices are cut into tiles, by number: neighbours in a map mostly have
 * numbers that are near.  A tile has bins of its own, narrow ones, so that
 * hardly a vertex is settled twice; and goes on by itself up to the end of a
 * window, which is the same for all.  Arcs to other tiles are mailed, and
 * looked at by their owner in the next window: late, if that window's beginning
 * is beyond them, and then what has been reached by another way is settled
 * again. So a window costs one barrier, nothing is written by two threads, and
 * a tile's vertices stay in a core's cache.
 *
 * Where little happens windows are widened, and a thread is by itself.  Where
 * much is late (numbers say nothing about who is near) a window is not over
 * before all that belongs into it is done: that is delta-stepping.
 */
#include "config.h"

#include "src/sssp_impl.h"

#include <stdlib.h>
#include <string.h>

/* Vertices of a tile at least, tiles at most; but so many for each thread. */
#define TILE_BITS 10
#define TILES 16
#define TILES_THREAD 8
/* What is settled in a window: less is not worth the other threads, ... */
#define ALONE 256
/* ... less or more than that, and the next is wider or narrower. */
#define NARROW 512
#define WIDE 2048
#define WINDOW_MOST 65536
/* One in so many is late: the window is done again. */
#define LATE_SHARE 4

struct search {
	struct ocr_sssp *s;
	uint64_t width; /* of a window, in bins */
	uint64_t n_settled, n_late;
	bool is_over;
};

uint64_t
ocr_sssp_tile_bin(const struct ocr_sssp_tile *t)
{
	unsigned at = (unsigned)(t->base % OCR_SSSP_TILE_RING), i;
	uint64_t bits = t->used[at / 64] >> at % 64;

	if (bits != 0)
		return t->base + (unsigned)__builtin_ctzll(bits);
	for (i = 64 - at % 64; i < OCR_SSSP_TILE_RING; i += 64) {
		bits = t->used[(at + i) % OCR_SSSP_TILE_RING / 64];
		if (bits != 0)
			return t->base + i + (unsigned)__builtin_ctzll(bits);
	}
	return OCR_SSSP_NONE;
}

int
ocr_sssp_make_tiles(struct ocr_sssp *s, struct ocr_err *err)
{
	uint64_t most = (uint64_t)s->n_threads * TILES_THREAD;
	unsigned t;

	if (most < TILES)
		most = TILES;
	s->tile_shift = TILE_BITS;
	while (s->g->n >> s->tile_shift >= most)
		s->tile_shift++;
	s->n_tiles = (size_t)(s->g->n >> s->tile_shift) + 1;
	s->tiles = calloc(s->n_tiles, sizeof(*s->tiles));
	s->active = calloc(s->n_tiles, sizeof(*s->active));
	if (s->tiles == NULL || s->active == NULL)
		return ocr_err_nomem(err);
	for (t = 0; t < s->n_threads * 2; t++) {
		struct ocr_sssp_list **mail = &s->threads[t / 2].mail[t % 2];

		*mail = calloc(s->n_tiles, sizeof(**mail));
		if (*mail == NULL)
			return ocr_err_nomem(err);
	}
	return 0;
}

static void
free_list(struct ocr_sssp_list *l)
{
	free(l->entries);
	*l = (struct ocr_sssp_list){0};
}

void
ocr_sssp_free_tile_lists(struct ocr_sssp *s)
{
	unsigned t, i;
	size_t k;

	for (k = 0; s->tiles != NULL && k < s->n_tiles; k++) {
		for (i = 0; i < OCR_SSSP_TILE_RING; i++)
			free_list(&s->tiles[k].ring[i]);
		free_list(&s->tiles[k].later);
	}
	for (t = 0; s->threads != NULL && t < s->n_threads * 2; t++)
		for (k = 0; k < s->n_tiles; k++)
			if (s->threads[t / 2].mail[t % 2] != NULL)
				free_list(&s->threads[t / 2].mail[t % 2][k]);
}

void
ocr_sssp_free_tiles(struct ocr_sssp *s)
{
	unsigned t;

	ocr_sssp_free_tile_lists(s);
	for (t = 0; s->threads != NULL && t < s->n_threads * 2; t++)
		free(s->threads[t / 2].mail[t % 2]);
	free(s->tiles);
	free(s->active);
}

static void
reset(struct ocr_sssp *s)
{
	struct ocr_sssp_tile *t;
	size_t k;
	unsigned i;

	s->parity = 0;
	for (i = 0; i < s->n_threads; i++)
		s->threads[i].n_late = 0;
	for (k = 0; k < s->n_tiles; k++) {
		t = &s->tiles[k];
		for (i = 0; i < OCR_SSSP_TILE_RING; i++)
			t->ring[i].n = 0;
		memset(t->used, 0, sizeof(t->used));
		t->later.n = 0;
		t->base = 0;
		t->later_bin = t->first = OCR_SSSP_NONE;
		for (i = 0; i < s->n_threads; i++)
			s->threads[i].mail[0][k].n =
			    s->threads[i].mail[1][k].n = 0;
	}
}

static bool
has_mail(const struct ocr_sssp *s, size_t tile)
{
	unsigned i;

	for (i = 0; i < s->n_threads; i++)
		if (s->threads[i].mail[!s->parity][tile].n > 0)
			return true;
	return false;
}

/* Tiles with something to do before the end; if there are none, it is moved. */
static size_t
find_active(struct search *q)
{
	struct ocr_sssp *s = q->s;
	uint64_t first = OCR_SSSP_NONE;
	size_t n = 0, k;

	for (k = 0; k < s->n_tiles; k++) {
		if (s->tiles[k].first < first)
			first = s->tiles[k].first;
		if (s->tiles[k].first < s->end_bin || has_mail(s, k))
			s->active[n++] = (uint32_t)k;
	}
	if (n > 0 || first == OCR_SSSP_NONE)
		return n;
	s->end_bin = first + q->width;
	for (k = 0; k < s->n_tiles; k++)
		if (s->tiles[k].first < s->end_bin)
			s->active[n++] = (uint32_t)k;
	return n;
}

static void
collect(struct search *q)
{
	struct ocr_sssp_thread *t;
	unsigned i;

	q->n_settled = q->n_late = 0;
	for (i = 0; i < q->s->n_threads; i++) {
		t = &q->s->threads[i];
		q->n_settled += t->n_settled;
		q->n_late += t->n_late;
		q->is_over |= t->is_over;
		t->n_settled = t->n_late = 0;
	}
}

static int
do_window(struct search *q, size_t n_active, struct ocr_err *err)
{
	struct ocr_sssp *s = q->s;
	int r;

	if (s->n_threads > 1 && q->n_settled > ALONE)
		r = ocr_crew_each(s->crew, n_active, 1, s->steps->tiles, s,
		    err);
	else
		r = s->steps->tiles(s, 0, 0, n_active, err);
	collect(q);
	s->parity = !s->parity;
	if (q->n_settled < NARROW && q->width < WINDOW_MOST)
		q->width *= 2;
	else if (q->n_settled > WIDE && q->width > s->n_window)
		q->width /= 2;
	if (q->n_late * LATE_SHARE <= q->n_settled)
		s->end_bin += q->width;
	return r;
}

int
ocr_sssp_roads(struct ocr_sssp *s, uint32_t source, struct ocr_err *err)
{
	struct search q = {.s = s, .width = s->n_window};
	size_t n_active;
	int r = 0;

	reset(s);
	s->end_bin = q.width;
	s->steps->begin_tile(s, source);
	while (r == 0 && !q.is_over && (n_active = find_active(&q)) > 0) {
		if (s->crew->stop != NULL &&
		    __atomic_load_n(s->crew->stop, __ATOMIC_RELAXED) != 0)
			return ocr_err_set(err, -OCR_ECANCEL, "stopped");
		r = do_window(&q, n_active, err);
	}
	return r < 0 ? r : q.is_over;
}
