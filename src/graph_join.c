/*
 * graph_join.c - see graph_join.h; called by graph_load.c
 */
#include "config.h"

#include "src/graph_join.h"

#include <stdlib.h>
#include <string.h>

struct join {
	struct ocr_graph_source **sources;
	size_t n;
	bool is_halved; /* those that have edges twice give them once */
	uint64_t *ids;  /* the join's extra */
};

/* What stands between a source and who takes its arcs. */
struct once {
	int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	    struct ocr_err *err);
	void *arg;
};

/* Of the two arcs of an edge, the one that goes up. */
static int
take_once(void *arg, const struct ocr_arc *arcs, size_t n, struct ocr_err *err)
{
	const struct once *o = arg;
	struct ocr_arc kept[OCR_ARC_BATCH];
	size_t n_kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (arcs[i].from <= arcs[i].to)
			kept[n_kept++] = arcs[i];
	}
	return n_kept == 0 ? 0 : o->take(o->arg, kept, n_kept, err);
}

static int
scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	const struct join *j = s->state;
	struct ocr_graph_source one;
	struct once once = {take, arg};
	size_t i = 0;

	while (part >= j->sources[i]->n_parts)
		part -= j->sources[i++]->n_parts;
	one = *j->sources[i];
	/* Weights that nobody wants from us are not looked at. */
	if (s->weights == OCR_EDGE_PLAIN)
		one.weights = OCR_EDGE_PLAIN;
	if (j->is_halved && one.is_both_ways)
		return one.scan(&one, part, take_once, &once, err);
	return one.scan(&one, part, take, arg, err);
}

static void
free_join(struct ocr_graph_source *s)
{
	struct join *j = s->state;

	for (size_t i = 0; i < j->n; i++)
		ocr_graph_source_free(j->sources[i]);
	free(j->sources);
	free(j->ids);
	free(j);
	free(s);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The ids that sources have besides those of their edges. */
static int
collect_ids(struct ocr_graph_source *s, struct join *j, struct ocr_err *err)
{
	uint64_t n = 0, left;
	size_t n_kept = 0, at = 0;

	for (size_t i = 0; i < j->n; i++)
		n += j->sources[i]->n_declared + j->sources[i]->n_extra;
	if (n == 0)
		return 0;
	if (n > SIZE_MAX / sizeof(*j->ids))
		return ocr_err_nomem(err);
	j->ids = malloc((size_t)n * sizeof(*j->ids));
	if (j->ids == NULL)
		return ocr_err_nomem(err);
	for (size_t i = 0; i < j->n; i++) {
		const struct ocr_graph_source *one = j->sources[i];

		for (left = 0; left < one->n_declared; left++)
			j->ids[at++] = one->first_id + left;
		if (one->n_extra > 0)
			memcpy(j->ids + at, one->extra,
			    one->n_extra * sizeof(*j->ids));
		at += one->n_extra;
	}
	qsort(j->ids, at, sizeof(*j->ids), by_value);
	for (size_t i = 0; i < at; i++) {
		if (n_kept == 0 || j->ids[i] != j->ids[n_kept - 1])
			j->ids[n_kept++] = j->ids[i];
	}
	s->extra = j->ids;
	s->n_extra = n_kept;
	return 0;
}

/* What the join is, from what its sources are. */
static int
describe(struct ocr_graph_source *s, struct join *j,
    enum ocr_graph_says direction, struct ocr_err *err)
{
	const struct ocr_graph_source *first = j->sources[0];
	bool is_same_range = true;

	s->says = direction != OCR_SAYS_NOTHING ? direction : first->says;
	s->is_both_ways = first->is_both_ways;
	s->is_in_id_order = true;
	for (size_t i = 0; i < j->n; i++) {
		const struct ocr_graph_source *one = j->sources[i];
		bool is_one_way = one->says != OCR_UNDIRECTED;

		if (direction == OCR_SAYS_NOTHING &&
		    is_one_way != (first->says != OCR_UNDIRECTED))
			return ocr_err_set(err, -OCR_EUSAGE,
			    "some of the files are directed graphs, some are "
			    "not: say --directed or --undirected");
		j->is_halved |= one->is_both_ways != first->is_both_ways;
		s->is_in_id_order &= one->is_in_id_order;
		is_same_range &= one->n_declared == first->n_declared &&
				 one->first_id == first->first_id &&
				 one->n_extra == 0;
		if (one->weights > s->weights)
			s->weights = one->weights;
		s->n_parts += one->n_parts;
		s->n_bytes += one->n_bytes;
	}
	/* Taken as directed, an edge that is there twice is two arcs, and one
	 * that is there once is one: as each file alone would be. */
	if (direction == OCR_DIRECTED)
		j->is_halved = false;
	s->is_both_ways = s->is_both_ways && !j->is_halved;
	if (!is_same_range)
		return collect_ids(s, j, err);
	s->n_declared = first->n_declared;
	s->first_id = first->first_id;
	return 0;
}

int
ocr_graph_join(struct ocr_graph_source **out, struct ocr_graph_source **sources,
    size_t n, enum ocr_graph_says direction, struct ocr_err *err)
{
	struct ocr_graph_source *s = calloc(1, sizeof(*s));
	struct join *j = calloc(1, sizeof(*j));
	int r;

	if (j != NULL)
		j->sources = calloc(n, sizeof(struct ocr_graph_source *));
	if (s == NULL || j == NULL || j->sources == NULL) {
		for (size_t i = 0; i < n; i++)
			ocr_graph_source_free(sources[i]);
		free(j);
		free(s);
		return ocr_err_nomem(err);
	}
	memcpy(j->sources, sources, n * sizeof(*sources));
	j->n = n;
	s->format = "several files";
	s->scan = scan;
	s->free = free_join;
	s->state = j;
	r = describe(s, j, direction, err);
	if (r < 0)
		free_join(s);
	else
		*out = s;
	return r;
}
