/*
 * bfs_print.c - see bfs_print.h
 */
#include "config.h"

#include "src/bfs_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/graph_digits.h"
#include "src/le.h"

#define LDBC_FAR INT64_MAX /* what Graphalytics has for "not reached" */

static char *
put_id(char *p, const struct ocr_bfs_found *f, uint64_t v)
{
	return ocr_put_u64(p, ocr_names_id(&f->names, v));
}

static char *
put_lines(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_bfs_found *f = arg;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = ocr_names_at(&f->names, i);

		if (f->levels[v] == OCR_NO_VERTEX)
			continue;
		if (f->has_source) {
			p = put_id(p, f, f->source);
			*p++ = '\t';
		}
		p = put_id(p, f, v);
		*p++ = '\t';
		p = ocr_put_u64(p, f->levels[v]);
		if (f->parents != NULL) {
			*p++ = '\t';
			p = put_id(p, f, f->parents[v]);
		}
		*p++ = '\n';
	}
	return p;
}

static char *
put_ldbc(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_bfs_found *f = arg;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = ocr_names_at(&f->names, i);
		uint32_t level = f->levels[v];

		p = put_id(p, f, v);
		*p++ = ' ';
		p = ocr_put_u64(p, level == OCR_NO_VERTEX ? LDBC_FAR : level);
		*p++ = '\n';
	}
	return p;
}

struct array {
	const struct ocr_names *names;
	const uint32_t *values;
	const uint32_t *places; /* NULL, or what values stand for */
};

static char *
put_array(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct array *a = arg;

	for (uint64_t i = start; i < end; i++) {
		uint32_t value = a->values[ocr_names_at(a->names, i)];

		if (a->places != NULL && value != OCR_NO_VERTEX)
			value = a->places[value];
		p += ocr_put_le32((uint8_t *)p, value);
	}
	return p;
}

/* Where each vertex is in their order; to be freed. */
static int
find_places(const struct ocr_names *names, uint32_t **places,
    struct ocr_err *err)
{
	*places = calloc((size_t)names->n + 1, sizeof(**places));
	if (*places == NULL)
		return ocr_err_nomem(err);
	for (uint64_t i = 0; i < names->n; i++)
		(*places)[names->order[i]] = (uint32_t)i;
	return 0;
}

static int
print_arrays(const struct ocr_bfs_found *f, struct ocr_graph_run *r,
    struct ocr_err *err)
{
	struct array array = {.names = &f->names, .values = f->levels};
	struct ocr_printer p = {.n = f->names.n,
	    .n_most = 4,
	    .put = put_array,
	    .arg = &array};
	uint32_t *places = NULL;
	int e = ocr_graph_print(&p, &r->crew, &r->out, err);

	if (e < 0 || f->parents == NULL)
		return e;
	if (f->names.order != NULL)
		e = find_places(&f->names, &places, err);
	array.values = f->parents;
	array.places = places;
	if (e == 0)
		e = ocr_graph_print(&p, &r->crew, &r->out, err);
	free(places);
	return e;
}

int
ocr_bfs_print(const struct ocr_bfs_found *f, struct ocr_graph_run *r,
    struct ocr_err *err)
{
	struct ocr_printer p = {
	    .n = f->names.n,
	    .n_most = 80, /* three ids, a level */
	    .put = f->form == OCR_FORM_LDBC ? put_ldbc : put_lines,
	    .arg = f,
	};

	if (f->form == OCR_FORM_BINARY)
		return print_arrays(f, r, err);
	return ocr_graph_print(&p, &r->crew, &r->out, err);
}

struct path {
	const struct ocr_bfs_found *found;
	uint32_t *vertices;
};

static char *
put_path(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct path *path = arg;

	for (uint64_t i = start; i < end; i++) {
		p = put_id(p, path->found, path->vertices[i]);
		*p++ = '\t';
		p = ocr_put_u64(p, i);
		*p++ = '\n';
	}
	return p;
}

static int
no_path(const struct ocr_bfs_found *f, uint32_t to, uint32_t max_depth,
    struct ocr_err *err)
{
	char within[32] = "";

	if (max_depth > 0)
		snprintf(within, sizeof(within), " in %" PRIu32 " steps",
		    max_depth);
	return ocr_err_set(err, -OCR_EFORMAT,
	    "no path from %" PRIu64 " to %" PRIu64 "%s",
	    ocr_names_id(&f->names, f->source), ocr_names_id(&f->names, to),
	    within);
}

int
ocr_bfs_print_path(const struct ocr_bfs_found *f, uint32_t to,
    uint32_t max_depth, struct ocr_graph_run *r, struct ocr_err *err)
{
	struct path path = {.found = f};
	struct ocr_printer p = {.n_most = 48, .put = put_path, .arg = &path};
	uint32_t v = to;
	int e;

	if (f->parents[to] == OCR_NO_VERTEX)
		return no_path(f, to, max_depth, err);
	for (p.n = 1; v != f->source; p.n++)
		v = f->parents[v];
	path.vertices = calloc((size_t)p.n, sizeof(*path.vertices));
	if (path.vertices == NULL)
		return ocr_err_nomem(err);
	v = to;
	for (uint64_t i = p.n; i > 0; i--) {
		path.vertices[i - 1] = v;
		v = f->parents[v];
	}
	e = ocr_graph_print(&p, &r->crew, &r->out, err);
	free(path.vertices);
	return e;
}
