/*
 * bfs_print.c - see bfs_print.h
 */
#include "config.h"

#include "src/bfs_print.h"

#include "src/graph_digits.h"
#include "src/le.h"

#define LDBC_FAR INT64_MAX /* what Graphalytics has for "not reached" */

static char *
put_lines(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_bfs_found *f = arg;

	for (uint64_t v = start; v < end; v++) {
		if (f->levels[v] == OCR_NO_VERTEX)
			continue;
		if (f->has_source) {
			p = ocr_put_u64(p, ocr_graph_id(f->graph, f->source));
			*p++ = '\t';
		}
		p = ocr_put_u64(p, ocr_graph_id(f->graph, v));
		*p++ = '\t';
		p = ocr_put_u64(p, f->levels[v]);
		if (f->parents != NULL) {
			*p++ = '\t';
			p = ocr_put_u64(p,
			    ocr_graph_id(f->graph, f->parents[v]));
		}
		*p++ = '\n';
	}
	return p;
}

static char *
put_ldbc(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_bfs_found *f = arg;

	for (uint64_t v = start; v < end; v++) {
		uint32_t level = f->levels[v];

		p = ocr_put_u64(p, ocr_graph_id(f->graph, v));
		*p++ = ' ';
		p = ocr_put_u64(p, level == OCR_NO_VERTEX ? LDBC_FAR : level);
		*p++ = '\n';
	}
	return p;
}

static char *
put_array(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const uint32_t *values = arg;

	for (uint64_t v = start; v < end; v++)
		p += ocr_put_le32((uint8_t *)p, values[v]);
	return p;
}

static int
print_arrays(const struct ocr_bfs_found *f, struct ocr_graph_run *r,
    struct ocr_err *err)
{
	struct ocr_printer p = {.n = f->graph->n, .n_most = 4};
	int e;

	p.put = put_array;
	p.arg = f->levels;
	e = ocr_graph_print(&p, &r->crew, &r->out, err);
	if (e < 0 || f->parents == NULL)
		return e;
	p.arg = f->parents;
	return ocr_graph_print(&p, &r->crew, &r->out, err);
}

int
ocr_bfs_print(const struct ocr_bfs_found *f, struct ocr_graph_run *r,
    struct ocr_err *err)
{
	struct ocr_printer p = {
	    .n = f->graph->n,
	    .n_most = 80, /* three ids, a level */
	    .put = f->form == OCR_FORM_LDBC ? put_ldbc : put_lines,
	    .arg = f,
	};

	if (f->form == OCR_FORM_BINARY)
		return print_arrays(f, r, err);
	return ocr_graph_print(&p, &r->crew, &r->out, err);
}

struct path {
	const struct ocr_graph *graph;
	const uint32_t *vertices;
};

static char *
put_path(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct path *path = arg;

	for (uint64_t i = start; i < end; i++) {
		p = ocr_put_u64(p,
		    ocr_graph_id(path->graph, path->vertices[i]));
		*p++ = '\t';
		p = ocr_put_u64(p, i);
		*p++ = '\n';
	}
	return p;
}

int
ocr_bfs_print_path(const struct ocr_graph *g, const uint32_t *path, size_t n,
    struct ocr_graph_run *r, struct ocr_err *err)
{
	struct path arg = {g, path};
	struct ocr_printer p = {
	    .n = n,
	    .n_most = 48,
	    .put = put_path,
	    .arg = &arg,
	};

	return ocr_graph_print(&p, &r->crew, &r->out, err);
}
