/*
 * sssp_near.c - ranks of a map's vertices: neighbours are near each other
 *
 * A search in breadth, of balls that fill a cache line with their distances:
 * what a search for paths settles together is then in few lines, and tiles have
 * few arcs between them, whatever the numbers of vertices were.
 */
#include "config.h"

#include "src/sssp_impl.h"

#include "common/huge.h"

/* Vertices of a ball. */
#define BALL 16

#define NO_RANK UINT32_MAX
/* In the queue. */
#define QUEUED (UINT32_MAX - 1)

struct search {
	const struct ocr_rows *rows;
	uint32_t *ranks;
	uint32_t *queue; /* of vertices that were near a ball */
	uint64_t n_queued;
	uint32_t rank;
};

/* Ranks for v and those around it, to the end of the ball. */
static void
grow_ball(struct search *q, uint32_t v)
{
	uint32_t ball[BALL], u;
	unsigned n = 1, room = BALL - q->rank % BALL, i;
	uint64_t j;

	ball[0] = v;
	q->ranks[v] = q->rank++;
	for (i = 0; i < n; i++)
		for (j = q->rows->offsets[ball[i]];
		     j < q->rows->offsets[ball[i] + (uint64_t)1]; j++) {
			u = q->rows->ends[j];
			if (q->ranks[u] < QUEUED)
				continue;
			if (n < room) {
				ball[n++] = u;
				q->ranks[u] = q->rank++;
			} else if (q->ranks[u] == NO_RANK) {
				q->ranks[u] = QUEUED;
				q->queue[q->n_queued++] = u;
			}
		}
}

int
ocr_sssp_make_near_ranks(struct ocr_sssp *s, struct ocr_err *err)
{
	size_t bytes = (size_t)s->g->n * sizeof(uint32_t);
	struct search q = {.rows = &s->g->out};
	uint64_t v, at = 0;

	s->ranks = ocr_huge_alloc(bytes, "ranks of vertices", err);
	if (s->ranks == NULL)
		return -OCR_ENOMEM;
	q.queue = ocr_huge_alloc(bytes, "ranks of vertices", err);
	if (q.queue == NULL)
		return -OCR_ENOMEM;
	q.ranks = s->ranks;
	for (v = 0; v < s->g->n; v++)
		q.ranks[v] = NO_RANK;
	for (v = 0; v < s->g->n; v++) {
		if (q.ranks[v] == NO_RANK)
			grow_ball(&q, (uint32_t)v);
		for (; at < q.n_queued; at++)
			if (q.ranks[q.queue[at]] == QUEUED)
				grow_ball(&q, q.queue[at]);
	}
	ocr_huge_free(q.queue, bytes);
	return 0;
}
