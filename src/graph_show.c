/*
 * graph_show.c - see graph_show.h
 */
#include "config.h"

#include "src/graph_show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "src/graph_digits.h"

#define GRAIN 16384 /* vertices */

/* Of some vertices; in_ are of directed graphs. */
struct figures {
	uint64_t n_loops, n_isolated;
	uint64_t least, most;
	uint64_t in_least, in_most;
	double weight_least, weight_most;
};

struct scan {
	const struct ocr_graph *graph;
	struct figures *figures; /* one for each thread */
};

static const struct figures nothing = {
    .least = UINT64_MAX,
    .in_least = UINT64_MAX,
    .weight_least = 1e300,
    .weight_most = -1,
};

static void
note_degree(uint64_t degree, uint64_t *least, uint64_t *most)
{
	*least = degree < *least ? degree : *least;
	*most = degree > *most ? degree : *most;
}

static void
note_weight(struct figures *f, double weight)
{
	if (weight < f->weight_least)
		f->weight_least = weight;
	if (weight > f->weight_most)
		f->weight_most = weight;
}

static int
look(void *arg, unsigned thread, uint64_t start, uint64_t end,
    struct ocr_err *err)
{
	const struct scan *s = arg;
	const struct ocr_graph *g = s->graph;
	const struct ocr_rows *out = &g->out;
	struct figures f = s->figures[thread];
	bool has_in = g->is_directed && g->in.offsets != NULL;

	(void)err;
	for (uint64_t v = start; v < end; v++) {
		uint64_t degree = ocr_graph_degree(out, v);
		uint64_t in = has_in ? ocr_graph_degree(&g->in, v) : 0;

		note_degree(degree, &f.least, &f.most);
		note_degree(in, &f.in_least, &f.in_most);
		f.n_isolated += degree == 0 && in == 0;
		for (uint64_t i = out->offsets[v]; i < out->offsets[v + 1];
		     i++) {
			f.n_loops += out->ends[i] == v;
			if (out->ints != NULL)
				note_weight(&f, out->ints[i]);
			else if (out->reals != NULL)
				note_weight(&f, out->reals[i]);
		}
	}
	s->figures[thread] = f;
	return 0;
}

static struct figures
add_up(const struct figures *all, unsigned n)
{
	struct figures sum = nothing;

	for (unsigned i = 0; i < n; i++) {
		const struct figures *f = &all[i];

		sum.n_loops += f->n_loops;
		sum.n_isolated += f->n_isolated;
		if (f->least != UINT64_MAX) { /* this thread has seen some */
			note_degree(f->least, &sum.least, &sum.most);
			note_degree(f->most, &sum.least, &sum.most);
			note_degree(f->in_least, &sum.in_least, &sum.in_most);
			note_degree(f->in_most, &sum.in_least, &sum.in_most);
		}
		if (f->weight_most >= 0) {
			note_weight(&sum, f->weight_least);
			note_weight(&sum, f->weight_most);
		}
	}
	return sum;
}

/* Of the arrays. */
static uint64_t
n_bytes(const struct ocr_graph *g)
{
	uint64_t arc = g->kind == OCR_EDGE_PLAIN ? 4
		       : g->kind == OCR_EDGE_INT ? 8
						 : 12;
	uint64_t rows = (g->n + 1) * 8 + g->n_arcs * arc;

	if (g->is_directed && g->in.offsets != NULL)
		rows *= 2;
	return rows + ocr_graph_n_blocks(g) * OCR_GRAPH_BLOCK * 4 +
	       (g->ids != NULL ? g->n * 8 : 0);
}

struct shown {
	const struct ocr_graph *graph;
	struct figures figures;
};

static void
put_degrees(FILE *f, const char *name, uint64_t least, uint64_t most,
    double mean)
{
	fprintf(f, "%s\tmin %" PRIu64 ", mean %.2f, max %" PRIu64 "\n", name,
	    least, mean, most);
}

static void
put_weights(FILE *f, const struct shown *s)
{
	static const char *const kinds[] = {"none", "whole", "real"};
	char least[OCR_DIGITS_ROOM + 1], most[OCR_DIGITS_ROOM + 1];

	fprintf(f, "weights\t%s", kinds[s->graph->kind]);
	if (s->figures.weight_most >= 0) {
		*ocr_put_double(least, s->figures.weight_least) = '\0';
		*ocr_put_double(most, s->figures.weight_most) = '\0';
		fprintf(f, ", %s to %s", least, most);
	}
	putc('\n', f);
}

static void
write_shown(FILE *f, const void *arg)
{
	const struct shown *s = arg;
	const struct ocr_graph *g = s->graph;
	const struct figures *all = &s->figures;
	double mean = g->n > 0 ? (double)g->n_arcs / (double)g->n : 0;

	fprintf(f,
	    "vertices\t%" PRIu64 "\nedges\t%" PRIu64 "\narcs\t%" PRIu64
	    "\ndirected\t%s\norder\t%s\n",
	    g->n, g->n_edges, g->n_arcs, g->is_directed ? "yes" : "no",
	    g->is_in_id_order ? "ids" : "hubs");
	put_weights(f, s);
	if (g->n > 0) {
		put_degrees(f, g->is_directed ? "out-degree" : "degree",
		    all->least, all->most, mean);
		if (g->is_directed && g->in.offsets != NULL)
			put_degrees(f, "in-degree", all->in_least, all->in_most,
			    mean);
	}
	fprintf(f, "isolated\t%" PRIu64 "\nloops\t%" PRIu64 "\n",
	    all->n_isolated, all->n_loops);
	if (g->n > 0)
		fprintf(f, "ids\t%" PRIu64 " to %" PRIu64 "%s\n",
		    ocr_graph_id(g, 0), ocr_graph_id(g, g->n - 1),
		    g->ids != NULL ? ", with gaps" : "");
	fprintf(f, "bytes\t%" PRIu64 "\n", n_bytes(g));
}

int
ocr_graph_show(struct ocr_graph_run *r, struct ocr_err *err)
{
	struct scan scan = {.graph = r->graph};
	struct shown shown = {.graph = r->graph};
	unsigned n = r->crew.n_threads;
	int e;

	scan.figures = calloc(n, sizeof(*scan.figures));
	if (scan.figures == NULL)
		return ocr_err_nomem(err);
	for (unsigned i = 0; i < n; i++)
		scan.figures[i] = nothing;
	e = ocr_crew_each(&r->crew, r->graph->n, GRAIN, look, &scan, err);
	shown.figures = add_up(scan.figures, n);
	free(scan.figures);
	return e < 0 ? e : ocr_graph_run_emit(r, write_shown, &shown, err);
}

/* The vertex in whose row arc i is. */
static uint64_t
row_of(const struct ocr_graph *g, uint64_t i)
{
	uint64_t low = 0, high = g->n; /* offsets[low] <= i < offsets[high] */

	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (g->out.offsets[middle] <= i)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Items are arcs; of the two arcs of an undirected edge, the one that goes up. */
static char *
put_arcs(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_graph *g = arg;
	const struct ocr_rows *out = &g->out;
	uint64_t v = row_of(g, start);

	for (uint64_t i = start; i < end; i++) {
		while (i >= out->offsets[v + 1])
			v++;
		if (!g->is_directed && out->ends[i] < v)
			continue;
		p = ocr_put_u64(p, ocr_graph_id(g, v));
		*p++ = ' ';
		p = ocr_put_u64(p, ocr_graph_id(g, out->ends[i]));
		if (out->ints != NULL) {
			*p++ = ' ';
			p = ocr_put_u64(p, out->ints[i]);
		} else if (out->reals != NULL) {
			*p++ = ' ';
			p = ocr_put_double(p, out->reals[i]);
		}
		*p++ = '\n';
	}
	return p;
}

int
ocr_graph_list(struct ocr_graph_run *r, struct ocr_err *err)
{
	struct ocr_printer p = {
	    .n = r->graph->n_arcs,
	    .n_most = 80, /* two ids, a weight */
	    .put = put_arcs,
	    .arg = r->graph,
	};

	return ocr_graph_print(&p, &r->crew, &r->out, err);
}
