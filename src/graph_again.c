/*
 * graph_again.c - see graph_again.h; called by graph_load.c
 */
#include "config.h"

#include "src/graph_again.h"

#include <stdlib.h>

#include "src/graph_batch.h"

#define PART 4096 /* vertices */

static int
put_row(struct ocr_arc_batch *b, const struct ocr_graph *g, uint64_t v,
    struct ocr_err *err)
{
	const struct ocr_rows *rows = &g->out;
	uint64_t id = ocr_graph_id(g, v), i = rows->offsets[v];
	double weight = 1;
	int r = 0;

	for (; i < rows->offsets[v + 1] && r >= 0; i++) {
		if (rows->ints != NULL)
			weight = rows->ints[i];
		else if (rows->reals != NULL)
			weight = rows->reals[i];
		r = ocr_batch_put(b, id, ocr_graph_id(g, rows->ends[i]), weight,
		    err);
	}
	return r < 0 ? r : 0;
}

static int
scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct ocr_graph *g = s->state;
	uint64_t v = part * PART;
	uint64_t end = g->n - v < PART ? g->n : v + PART;
	struct ocr_arc_batch b;
	int r = 0;

	b.take = take;
	b.arg = arg;
	b.n = 0;
	for (; v < end && r == 0; v++)
		r = put_row(&b, g, v, err);
	return r < 0 ? r : ocr_batch_flush(&b, err);
}

static void
free_source(struct ocr_graph_source *s)
{
	ocr_graph_free(s->state);
	free(s);
}

int
ocr_graph_again(struct ocr_graph_source **out, struct ocr_graph *g,
    struct ocr_err *err)
{
	struct ocr_graph_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return ocr_err_nomem(err);
	s->format = "ocrg";
	s->says = g->is_directed ? OCR_DIRECTED : OCR_UNDIRECTED;
	s->is_both_ways = !g->is_directed;
	s->is_in_id_order = g->is_in_id_order;
	s->weights = g->kind;
	if (g->ids != NULL) {
		s->extra = g->ids;
		s->n_extra = (size_t)g->n;
	} else {
		s->n_declared = g->n;
		s->first_id = g->first_id;
	}
	s->n_parts = (g->n + PART - 1) / PART;
	s->scan = scan;
	s->free = free_source;
	s->state = g;
	*out = s;
	return 0;
}
