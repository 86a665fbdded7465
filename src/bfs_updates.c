/*
 * bfs_updates.c - see bfs_updates.h; called by bfs_main.c
 */
#include "config.h"

#include "src/bfs_updates.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/huge.h"
#include "src/bfs.h"
#include "src/bfs_print.h"

static int
print(struct ocr_bfs_updates *b, const struct ocr_names *names,
    struct ocr_err *err)
{
	struct ocr_bfs_found found = {
	    .names = *names,
	    .form = b->opt->search.form,
	    .source = b->source,
	    .levels = b->levels,
	    .parents = b->opt->has_parents ? b->parents : NULL,
	};

	return ocr_bfs_print(&found, b->all.run, err);
}

static int
show(void *arg, const struct ocr_names *changed, struct ocr_err *err)
{
	return print(arg, changed, err);
}

static int
grow_array(uint32_t **p, size_t bytes, size_t more, struct ocr_err *err)
{
	uint32_t *q;

	if (*p == NULL)
		return 0;
	q = ocr_huge_grow(*p, bytes, more, "levels and parents", err);
	if (q == NULL)
		return -OCR_ENOMEM;
	*p = q;
	for (size_t i = bytes / sizeof(*q); i < more / sizeof(*q); i++)
		q[i] = OCR_NO_VERTEX;
	return 0;
}

/* There may be new vertices. */
static int
grow(struct ocr_bfs_updates *b, struct ocr_err *err)
{
	uint64_t n = ocr_update_n(&b->all);
	size_t more;
	int r;

	if (n <= b->n_bytes / sizeof(*b->levels))
		return 0;
	more = (size_t)ocr_added_room(n) * sizeof(*b->levels);
	r = grow_array(&b->levels, b->n_bytes, more, err);
	if (r == 0)
		r = grow_array(&b->parents, b->n_bytes, more, err);
	if (r == 0)
		b->n_bytes = more;
	return r;
}

/* What is behind the n first may have been written, to the end of a block. */
static void
clear_rest(const struct ocr_bfs_updates *b, uint64_t n)
{
	for (uint64_t v = n; v < b->n_bytes / sizeof(*b->levels); v++) {
		b->levels[v] = OCR_NO_VERTEX;
		if (b->parents != NULL)
			b->parents[v] = OCR_NO_VERTEX;
	}
}

/* Into levels and parents as they are: repair knows what was before. */
static int
search(void *arg, const struct ocr_graph *g, struct ocr_err *err)
{
	struct ocr_bfs_updates *b = arg;
	struct ocr_bfs_opt opt = {.max_depth = b->opt->max_depth,
	    .to = OCR_NO_VERTEX};
	struct ocr_bfs_result result;
	struct ocr_bfs *bfs = NULL;
	int r = grow(b, err);

	if (r == 0)
		r = ocr_bfs_new(&bfs, g, &b->all.run->crew, err);
	if (r == 0)
		r = ocr_bfs_run(bfs, b->source, &opt, b->parents, b->levels,
		    &result, err);
	ocr_bfs_free(bfs);
	if (r < 0)
		return r;
	clear_rest(b, g->n);
	for (uint64_t v = 0; v < g->n; v++)
		if (b->levels[v] != OCR_NO_VERTEX)
			ocr_repair_set_whole(b->all.repair, v, b->levels[v]);
	b->all.n_reached = result.n_reached;
	b->has_searched = true;
	return 0;
}

static int
take(void *arg, const uint32_t *changed, size_t n, struct ocr_err *err)
{
	struct ocr_bfs_updates *b = arg;
	int r = grow(b, err);

	if (r < 0)
		return r;
	if (b->has_searched) {
		b->has_searched = false;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t *level = &b->levels[changed[i]];

		b->all.n_reached += *level == OCR_NO_VERTEX;
		*level = (uint32_t)ocr_repair_whole(b->all.repair, changed[i]);
	}
	return b->parents == NULL
		   ? 0
		   : ocr_repair_parents(b->all.repair, b->parents, err);
}

static int
begin(struct ocr_bfs_updates *b, struct ocr_err *err)
{
	struct ocr_names names = ocr_names_of(b->all.run->graph);
	int r;

	b->all.opt = &b->opt->search;
	b->all.search = search;
	b->all.width = 1;
	b->all.take = take;
	b->all.show = show;
	b->all.arg = b;
	r = ocr_update_open(&b->all, true, b->opt->max_depth, err);
	if (r < 0)
		return r;
	clear_rest(b, names.n);
	for (uint64_t v = 0; v < names.n; v++)
		if (b->levels[v] != OCR_NO_VERTEX)
			ocr_repair_set_whole(b->all.repair, v, b->levels[v]);
	if (!b->opt->search.shows_changes)
		return 0;
	r = print(b, &names, err);
	return r < 0 ? r : ocr_update_end_list(&b->all, err);
}

static int
verify(const struct ocr_bfs_updates *b, struct ocr_err *err)
{
	struct ocr_graph_run *run = b->all.run;
	struct ocr_graph *g = NULL;
	int r = ocr_update_graph(&b->all, &g, err);

	if (r == 0)
		r = ocr_bfs_verify(g, b->source, b->parents, b->levels,
		    &run->crew, err);
	ocr_graph_free(g);
	return r;
}

static int
print_path(const struct ocr_bfs_updates *b, struct ocr_err *err)
{
	struct ocr_bfs_found found = {
	    .names = {.graph = b->all.run->graph, .more = b->all.ids.ids},
	    .source = b->source,
	    .parents = b->parents,
	};
	uint32_t to = ocr_added_ids_find(&b->all.ids, b->opt->to);

	if (to == OCR_NO_VERTEX)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "vertex %" PRIu64 " is not in the graph, nor was it added",
		    b->opt->to);
	return ocr_bfs_print_path(&found, to, b->opt->max_depth, b->all.run,
	    err);
}

static int
print_all(struct ocr_bfs_updates *b, struct ocr_err *err)
{
	struct ocr_names names;
	uint32_t *order = NULL;
	int r = ocr_update_names(&b->all, &names, &order, err);

	if (r == 0)
		r = print(b, &names, err);
	free(order);
	return r;
}

int
ocr_bfs_updates_run(struct ocr_bfs_updates *b, struct ocr_err *err)
{
	const struct ocr_search_opt *s = &b->opt->search;
	int r = begin(b, err);

	if (r == 0)
		r = ocr_update_run(&b->all, err);
	if (r == 0 && s->is_verified)
		r = verify(b, err);
	if (r < 0 || s->form == OCR_FORM_JSON || s->shows_changes)
		return r;
	return b->opt->has_to ? print_path(b, err) : print_all(b, err);
}

void
ocr_bfs_updates_close(struct ocr_bfs_updates *b)
{
	ocr_update_close(&b->all);
}
