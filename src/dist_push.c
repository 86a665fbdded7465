/*
 * dist_push.c - a level by the rows of the frontier; called by dist_bfs.c
 *
 *	rows ─► pairs of each thread ─► by owner, sorted ─► a message to each
 *	messages ─► dist_reach.c
 *
 * A message is a set of the owner's vertices (dist_set.h), then their parents:
 * less the sender's first vertex, low byte first, in as many bytes as the
 * sender's range needs.  Whoever has been sent once is not sent again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "kernels/k_bfs_push.h"
#include "src/dist_bfs_run.h"

#define MAX_GRAIN 64 /* vertices */
#define FEW_PAIRS 256
/* Arcs of which all that are new are put down before the kernel is full. */
#define SLICE 128

static int
add_pair(struct ocr_dist_thread *t, uint64_t pair, struct ocr_err *err)
{
	size_t cap = t->cap < FEW_PAIRS ? FEW_PAIRS : t->cap * 2;
	uint64_t *all;

	if (t->n_pairs == t->cap) {
		if (cap > SIZE_MAX / 16)
			return ocr_err_nomem(err);
		all = realloc(t->pairs, cap * sizeof(*all));
		if (all == NULL)
			return ocr_err_nomem(err);
		t->pairs = all;
		t->cap = cap;
	}
	t->pairs[t->n_pairs++] = pair;
	return 0;
}

/* What the kernel has put down. */
static int
drain(struct ocr_dist_bfs *b, struct k_bfs_push *k, unsigned thread,
    struct ocr_err *err)
{
	uint32_t i, v;
	int r = 0;

	for (i = 0; i < k->n && r == 0; i++) {
		v = (uint32_t)k->found[i];
		if (ocr_dist_take(b->marks, v))
			r = add_pair(&b->threads[thread],
			    (uint64_t)v << 32 | k->found[i] >> 32, err);
	}
	k->n = 0;
	return r;
}

/* Nobody writes `seen` meanwhile: the kernel only reads it, as its end, which
 * would mark, is drain(). */
static int
push_row(struct ocr_dist_bfs *b, struct k_bfs_push *k, unsigned thread,
    uint32_t u, uint64_t from, uint64_t to, struct ocr_err *err)
{
	int r = 0;

	for (; from < to && r == 0; from += SLICE) {
		uint64_t n = to - from < SLICE ? to - from : SLICE;

		if (k->n + n >= K_BFS_FOUND)
			r = drain(b, k, thread, err);
		k_bfs_push(k, u, b->g->out.ends + from, n);
	}
	return r;
}

static int
push_vertices(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	const uint64_t *offsets = b->g->out.offsets;
	struct k_bfs_push k;
	uint64_t i;
	int r = 0;

	k.marks = b->seen;
	k.parents = NULL;
	k.n = 0;
	for (i = start; i < end && r == 0; i++) {
		uint32_t u = b->queue[i];

		if (offsets[u + 1] - offsets[u] > OCR_DIST_HEAVY)
			b->heavy[atomic_fetch_add(&b->n_heavy, 1)] = u;
		else
			r = push_row(b, &k, thread, u, offsets[u],
			    offsets[u + 1], err);
	}
	return r < 0 ? r : drain(b, &k, thread, err);
}

struct heavy {
	struct ocr_dist_bfs *b;
	uint32_t row;
};

static int
push_piece(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct heavy *h = arg;
	struct ocr_dist_bfs *b = h->b;
	uint64_t row = b->g->out.offsets[h->row];
	struct k_bfs_push k;
	int r;

	k.marks = b->seen;
	k.parents = NULL;
	k.n = 0;
	r = push_row(b, &k, thread, h->row, row + start, row + end, err);
	return r < 0 ? r : drain(b, &k, thread, err);
}

static int
push_rows(struct ocr_dist_bfs *b, uint64_t n)
{
	struct heavy h = {.b = b};
	uint64_t i, n_heavy;
	int r;

	atomic_store(&b->n_heavy, 0);
	r = ocr_crew_each(b->crew, n, MAX_GRAIN, push_vertices, b, b->err);
	n_heavy = atomic_load(&b->n_heavy);
	for (i = 0; r == 0 && i < n_heavy; i++) {
		h.row = b->heavy[i];
		r = ocr_crew_each(b->crew, ocr_graph_degree(&b->g->out, h.row),
		    OCR_DIST_PIECE, push_piece, &h, b->err);
	}
	return r;
}

/* How many of a thread's pairs are whose; they are seen from now on. */
static int
count_pairs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t t;
	size_t i;

	(void)thread;
	(void)err;
	for (t = start; t < end; t++) {
		struct ocr_dist_thread *th = &b->threads[t];

		memset(th->at, 0, b->dist->n * sizeof(*th->at));
		for (i = 0; i < th->n_pairs; i++) {
			uint32_t v = (uint32_t)(th->pairs[i] >> 32);
			uint64_t bit = (uint64_t)1 << v % 64;

			th->at[ocr_dist_owner(b, v)]++;
			__atomic_fetch_and(&b->marks[v / 64], ~bit,
			    __ATOMIC_RELAXED);
			__atomic_fetch_or(&b->seen[v / 64], bit,
			    __ATOMIC_RELAXED);
		}
	}
	return 0;
}

static int
move_pairs(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t t;
	size_t i;

	(void)thread;
	(void)err;
	for (t = start; t < end; t++) {
		struct ocr_dist_thread *th = &b->threads[t];

		for (i = 0; i < th->n_pairs; i++) {
			uint64_t pair = th->pairs[i];
			unsigned rank =
			    ocr_dist_owner(b, (uint32_t)(pair >> 32));

			b->pairs[th->at[rank]++] = pair;
		}
		th->n_pairs = 0;
	}
	return 0;
}

static int
room_for_pairs(struct ocr_dist_bfs *b, size_t n)
{
	if (n <= b->pairs_cap)
		return 0;
	free(b->pairs);
	free(b->more_pairs);
	b->pairs = b->more_pairs = NULL;
	b->pairs_cap = 0;
	if (n <= SIZE_MAX / 16) {
		b->pairs = malloc(n * sizeof(*b->pairs));
		b->more_pairs = malloc(n * sizeof(*b->pairs));
	}
	if (b->pairs == NULL || b->more_pairs == NULL)
		return ocr_err_nomem(b->err);
	b->pairs_cap = n;
	return 0;
}

/* All threads' pairs, those of one rank together. */
static int
group_pairs(struct ocr_dist_bfs *b)
{
	unsigned n_threads = b->crew->n_threads, rank, t;
	size_t at = 0, n;
	int r = ocr_crew_each(b->crew, n_threads, 1, count_pairs, b, b->err);

	if (r < 0)
		return r;
	for (rank = 0; rank < b->dist->n; rank++) {
		b->rank_at[rank] = at;
		for (t = 0; t < n_threads; t++) {
			n = b->threads[t].at[rank];
			b->threads[t].at[rank] = at;
			at += n;
		}
	}
	b->rank_at[b->dist->n] = at;
	r = room_for_pairs(b, at);
	return r < 0 ? r
		     : ocr_crew_each(b->crew, n_threads, 1, move_pairs, b,
			   b->err);
}

/* Bytes of a parent, less the first vertex of its rank. */
unsigned
ocr_dist_width(const struct ocr_dist_bfs *b, unsigned rank)
{
	uint64_t n = ocr_dist_bfs_end(b, rank) - ocr_dist_bfs_first(b, rank);
	unsigned w = 1;

	if (b->parents == NULL)
		return 0;
	while (w < 4 && (n - 1) >> 8 * w != 0)
		w++;
	return w;
}

static int
put_message(struct ocr_dist_bfs *b, unsigned rank, struct ocr_err *err)
{
	struct ocr_dist_bytes *to = &b->out[rank];
	size_t at = b->rank_at[rank], n = b->rank_at[rank + 1] - at, i;
	unsigned w = ocr_dist_width(b, b->dist->rank), j;
	uint64_t *pairs;
	uint8_t *p;
	int r;

	to->len = 0;
	if (n == 0)
		return 0;
	pairs = ocr_dist_sort(b->pairs + at, b->more_pairs + at, n);
	r = ocr_set_put_keys(to, pairs, n, ocr_dist_bfs_first(b, rank),
	    b->blocks[rank + 1] - b->blocks[rank], err);
	if (r == 0)
		r = ocr_dist_room(to, n * w, err);
	if (r < 0)
		return r;
	p = to->data + to->len;
	for (i = 0; i < n; i++) {
		uint32_t parent = (uint32_t)pairs[i] - (uint32_t)b->first;

		for (j = 0; j < w; j++)
			*p++ = (uint8_t)(parent >> 8 * j);
	}
	to->len += n * w;
	return 0;
}

static int
put_messages(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct ocr_dist_bfs *b = arg;
	uint64_t i;
	int r = 0;

	(void)thread;
	for (i = start; i < end && r == 0; i++)
		if (i != b->dist->rank)
			r = put_message(b, (unsigned)i, err);
	return r;
}

int
ocr_dist_push(struct ocr_dist_bfs *b)
{
	int r = push_rows(b, atomic_load(&b->n_queue));

	if (r == 0)
		r = group_pairs(b);
	if (r == 0)
		r = ocr_crew_each(b->crew, b->dist->n, 1, put_messages, b,
		    b->err);
	r = ocr_dist_exchange(b->dist, r, b->out, b->in, b->err);
	return r < 0 ? r : ocr_dist_reach(b);
}
