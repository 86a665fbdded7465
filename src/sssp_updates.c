/*
 * sssp_updates.c - see sssp_updates.h; called by sssp_main.c
 */
#include "config.h"

#include "src/sssp_updates.h"

#include <math.h>
#include <stdlib.h>

#include "common/huge.h"
#include "src/sssp_print.h"

#define WHAT "distances"

static int
print(const struct ocr_sssp_updates *s, const struct ocr_names *names,
    struct ocr_err *err)
{
	struct ocr_sssp_found found = {
	    .names = *names,
	    .form = s->opt->search.form,
	    .source = s->source,
	    .distances = &s->distances,
	};

	return ocr_sssp_print(&found, s->all.run, err);
}

static int
show(void *arg, const struct ocr_names *changed, struct ocr_err *err)
{
	return print(arg, changed, err);
}

static size_t
value_bytes(uint64_t room)
{
	return (size_t)(room * sizeof(uint64_t));
}

static void
take_one(const struct ocr_sssp_updates *s, uint64_t v)
{
	if (s->distances.width == 0)
		((double *)s->values)[v] =
		    ocr_repair_distance(s->all.repair, v);
	else
		((uint64_t *)s->values)[v] = ocr_repair_whole(s->all.repair, v);
}

/* All values: they are of another kind, or there is room for more. */
static void
take_all(struct ocr_sssp_updates *s)
{
	bool is_real = ocr_repair_is_real(s->all.repair);
	uint64_t v, n = ocr_update_n(&s->all);

	s->distances.width = is_real ? 0 : sizeof(uint64_t);
	s->distances.real = is_real ? s->values : NULL;
	s->distances.far = is_real ? NULL : s->values;
	for (v = 0; v < n; v++)
		take_one(s, v);
	for (; v < s->room; v++)
		if (is_real)
			((double *)s->values)[v] = INFINITY;
		else
			((uint64_t *)s->values)[v] = UINT64_MAX;
}

/* There may be new vertices. */
static int
grow(struct ocr_sssp_updates *s, struct ocr_err *err)
{
	uint64_t n = ocr_update_n(&s->all), room = ocr_added_room(n);
	void *values;

	if (n <= s->room)
		return 0;
	values = ocr_huge_alloc(value_bytes(room), WHAT, err);
	if (values == NULL)
		return -OCR_ENOMEM;
	ocr_huge_free(s->values, value_bytes(s->room));
	s->values = values;
	s->room = room;
	return 0;
}

static int
take(void *arg, const uint32_t *changed, size_t n, struct ocr_err *err)
{
	struct ocr_sssp_updates *s = arg;
	bool is_real = ocr_repair_is_real(s->all.repair);
	uint64_t room = s->room;
	size_t i;
	int r;

	/* What is counted here must be known from before. */
	for (i = 0; i < n; i++)
		s->all.n_reached +=
		    changed[i] >= room ||
		    !ocr_sssp_is_reached(&s->distances, changed[i]);
	r = grow(s, err);
	if (r < 0)
		return r;
	if (s->room != room || is_real != (s->distances.width == 0))
		take_all(s);
	else
		for (i = 0; i < n; i++)
			take_one(s, changed[i]);
	return 0;
}

static void
set_all(struct ocr_sssp_updates *s, const struct ocr_distances *d, uint64_t n)
{
	struct ocr_repair *r = s->all.repair;
	uint64_t v;

	for (v = 0; v < n; v++) {
		if (!ocr_sssp_is_reached(d, v))
			continue;
		if (d->width == 0)
			ocr_repair_set(r, v, d->real[v]);
		else
			ocr_repair_set_whole(r, v,
			    d->width == 4 ? d->near[v] : d->far[v]);
	}
}

int
ocr_sssp_updates_open(struct ocr_sssp_updates *s, const struct ocr_distances *d,
    struct ocr_err *err)
{
	struct ocr_names names = ocr_names_of(s->all.run->graph);
	int r;

	s->all.opt = &s->opt->search;
	s->all.has_weights = true;
	s->all.width = s->delta;
	s->all.take = take;
	s->all.show = show;
	s->all.arg = s;
	s->all.n_reached = d->n_reached;
	s->room = names.n;
	s->values = ocr_huge_alloc(value_bytes(s->room), WHAT, err);
	if (s->values == NULL)
		return -OCR_ENOMEM;
	r = ocr_update_open(&s->all, false, 0, err);
	if (r < 0)
		return r;
	set_all(s, d, s->all.run->graph->n);
	take_all(s);
	if (!s->opt->search.shows_changes)
		return 0;
	r = print(s, &names, err);
	return r < 0 ? r : ocr_update_end_list(&s->all, err);
}

static int
verify(const struct ocr_sssp_updates *s, struct ocr_err *err)
{
	struct ocr_graph_run *run = s->all.run;
	struct ocr_graph *g = NULL;
	int r = ocr_update_graph(&s->all, &g, err);

	if (r == 0)
		r = ocr_sssp_verify(g, s->source, &s->distances, &run->crew,
		    err);
	ocr_graph_free(g);
	return r;
}

static int
print_all(const struct ocr_sssp_updates *s, struct ocr_err *err)
{
	struct ocr_names names;
	uint32_t *order = NULL;
	int r = ocr_update_names(&s->all, &names, &order, err);

	if (r == 0)
		r = print(s, &names, err);
	free(order);
	return r;
}

int
ocr_sssp_updates_run(struct ocr_sssp_updates *s, struct ocr_err *err)
{
	const struct ocr_search_opt *o = &s->opt->search;
	int r = ocr_update_run(&s->all, err);

	if (r == 0 && o->is_verified)
		r = verify(s, err);
	if (r < 0 || o->form == OCR_FORM_JSON || o->shows_changes)
		return r;
	return print_all(s, err);
}

void
ocr_sssp_updates_close(struct ocr_sssp_updates *s)
{
	ocr_update_close(&s->all);
	ocr_huge_free(s->values, value_bytes(s->room));
	s->values = NULL;
}
