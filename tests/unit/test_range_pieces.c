/*
 * test_range_pieces.c - one huge row, worked on by several threads
 *
 * Rows are cut into pieces (pieces.h), the range loop divides those by their
 * weights, and the body finds its edges again: each edge is done once.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "common/pieces.h"
#include "common/range.h"
#include "common/team.h"
#include "tests/unit/tap.h"

#define N_ROWS 3000
#define HUB 700
#define LIMIT 64

struct graph {
	uint64_t offsets[N_ROWS + 1];
	struct ocr_pieces pieces;
	uint64_t *prefix; /* work before each piece */
	_Atomic uint8_t *hits;
	_Atomic uint64_t n_hub; /* calls that had a piece of the hub */
};

static uint64_t
degree(const void *arg, uint64_t row)
{
	const struct graph *g = arg;

	return g->offsets[row + 1] - g->offsets[row];
}

static struct ocr_range
edges_of(const struct graph *g, uint64_t item)
{
	struct ocr_piece p = ocr_pieces_at(&g->pieces, item);
	uint64_t start = g->offsets[p.row] + (uint64_t)p.part * LIMIT;
	uint64_t end = g->offsets[p.row + 1];

	return (
	    struct ocr_range){start, end - start > LIMIT ? start + LIMIT : end};
}

static int
body(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	struct graph *g = arg;
	struct ocr_range e;

	(void)thread;
	(void)err;
	for (; start < end; start++) {
		g->n_hub += ocr_pieces_at(&g->pieces, start).row == HUB;
		for (e = edges_of(g, start); e.start < e.end; e.start++)
			g->hits[e.start]++;
	}
	return 0;
}

static int
make(struct graph *g, struct ocr_err *err)
{
	uint64_t i, x = 5;
	struct ocr_range e;

	for (i = 0; i < N_ROWS; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		g->offsets[i + 1] =
		    g->offsets[i] + (i == HUB ? 100000 : (x >> 33) % 9);
	}
	if (ocr_pieces_init(&g->pieces, N_ROWS, LIMIT, degree, g, err) < 0)
		return -1;
	g->prefix = calloc(g->pieces.n_items + 1, sizeof(*g->prefix));
	g->hits = calloc(g->offsets[N_ROWS], 1);
	if (g->prefix == NULL || g->hits == NULL)
		return -1;
	for (i = 0; i < g->pieces.n_items; i++) {
		e = edges_of(g, i);
		g->prefix[i + 1] = g->prefix[i] + e.end - e.start;
	}
	return 0;
}

static void
sweep(struct graph *g, struct ocr_range_loop *l, unsigned times)
{
	struct ocr_weights weights = {.n = g->pieces.n_items,
	    .trust = OCR_WEIGHTS_KNOWN,
	    .prefix64 = g->prefix,
	    .item_work = 0.125};
	struct ocr_sweep s = {.n = g->pieces.n_items,
	    .weights = &weights,
	    .body = body,
	    .arg = g,
	    .grain = 8};
	struct ocr_err err = {0};
	uint64_t i, n_bad = 0;

	is_int(ocr_range_run(l, &s, NULL, &err), 0, "a sweep over pieces");
	for (i = 0; i < g->offsets[N_ROWS]; i++)
		n_bad += g->hits[i] != times;
	is_int((int64_t)n_bad, 0, "each edge once");
	is_int((int64_t)g->n_hub,
	    (int64_t)times * ((100000 + LIMIT - 1) / LIMIT),
	    "the huge row in pieces");
}

int
main(void)
{
	static struct graph g;
	struct ocr_team_opt team_opt = {.n_threads = 4, .devices = "cpu:4"};
	struct ocr_range_opt opt = {.schedule = ocr_schedule_default(OCR_HWS)};
	struct ocr_range_loop *l = NULL;
	struct ocr_team team = {0};
	struct ocr_err err = {0};
	unsigned i;

	if (!ok(make(&g, &err) == 0 &&
		    ocr_team_init(&team, &team_opt, &err) == 0 &&
		    ocr_range_open(&l, &team, NULL, &opt, &err) == 0,
		"a graph, and four threads"))
		diag("%s", err.text);
	else
		for (i = 1; i <= 20; i++)
			sweep(&g, l, i);
	ocr_range_close(l);
	ocr_team_release(&team);
	ocr_pieces_release(&g.pieces);
	free(g.prefix);
	free(g.hits);
	return done();
}
