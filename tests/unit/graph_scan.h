/*
 * graph_scan.h - texts as sources of arcs, and all their arcs, for tests
 */
#ifndef TESTS_UNIT_GRAPH_SCAN_H
#define TESTS_UNIT_GRAPH_SCAN_H

#include <stdlib.h>
#include <string.h>

#include "src/graph_text.h"
#include "tests/unit/tap.h"

struct scanned {
	struct ocr_arc *arcs;
	size_t n, room;
};

static inline int
scanned_take(void *arg, const struct ocr_arc *arcs, size_t n,
    struct ocr_err *err)
{
	struct scanned *s = arg;

	(void)err;
	if (n == 0 || n > OCR_ARC_BATCH)
		abort();
	if (s->n + n > s->room) {
		s->room = 2 * (s->n + n);
		s->arcs = realloc(s->arcs, s->room * sizeof(*s->arcs));
		if (s->arcs == NULL)
			abort();
	}
	memcpy(s->arcs + s->n, arcs, n * sizeof(*arcs));
	s->n += n;
	return 0;
}

/* Parts in order; the first failure. */
static inline int
scan_all(const struct ocr_graph_source *g, struct scanned *s,
    struct ocr_err *err)
{
	uint64_t part;
	int r = 0;

	for (part = 0; part < g->n_parts && r == 0; part++)
		r = g->scan(g, part, scanned_take, s, err);
	return r;
}

static inline int
open_bytes(struct ocr_graph_source **g, const char *name, const void *data,
    size_t len, enum ocr_graph_format format, size_t part_bytes,
    struct ocr_err *err)
{
	struct ocr_input_map in;
	int r = ocr_input_map_copy(&in, name, data, len, err);

	if (r == 0)
		switch (format) {
		case OCR_FORMAT_AUTO:
			r = ocr_graph_source_open(g, &in, format, err);
			break;
		case OCR_FORMAT_MTX:
			r = ocr_graph_mtx_open_parts(g, &in, part_bytes, err);
			break;
		case OCR_FORMAT_DIMACS:
			r = ocr_graph_dimacs_open_parts(g, &in, part_bytes,
			    err);
			break;
		default:
			r = ocr_graph_text_open_parts(g, &in, format,
			    part_bytes, err);
		}
	/* Taken over, or still ours. */
	if (r == 0 && in.data != NULL)
		abort();
	ocr_input_map_close(&in);
	return r;
}

/* "from to weight;..." of a text; or what is wrong with it; to be freed. */
static inline char *
arcs_of(const char *text, size_t len, enum ocr_graph_format format,
    size_t part_bytes, enum ocr_edge_kind most)
{
	struct ocr_graph_source *g = NULL;
	struct ocr_graph_source as;
	struct scanned s = {0};
	struct ocr_err err = {0};
	char *all = calloc(1, 512), *more;
	size_t i, n = 0;
	int r;

	r = open_bytes(&g, "x", text, len, format, part_bytes, &err);
	if (r == 0) {
		as = *g;
		if (as.weights > most)
			as.weights = most;
		r = scan_all(&as, &s, &err);
	}
	if (r < 0 && (err.code != r || r != -OCR_EFORMAT))
		abort();
	if (r < 0)
		strcpy(all, err.text);
	for (i = 0; r == 0 && i < s.n; i++) {
		more = realloc(all, n + 128);
		if (more == NULL)
			abort();
		all = more;
		n += (size_t)sprintf(all + n, "%s%llu %llu %.17g",
		    i > 0 ? ";" : "", (unsigned long long)s.arcs[i].from,
		    (unsigned long long)s.arcs[i].to, s.arcs[i].weight);
	}
	ocr_graph_source_free(g);
	free(s.arcs);
	return all;
}

/* Compares two strings. */
static inline int
is_text(const char *got, const char *want, const char *name)
{
	if (!ok(strcmp(got, want) == 0, "%s", name)) {
		diag("got  %s", got);
		diag("want %s", want);
	}
	return strcmp(got, want) == 0;
}

static inline void
gives_text(enum ocr_graph_format format, const char *text, const char *want,
    const char *name)
{
	size_t len = strlen(text), part;
	char *got = NULL;

	for (part = 1; part <= len + 1; part++) {
		got = arcs_of(text, len, format, part, OCR_EDGE_REAL);
		if (strcmp(got, want) != 0)
			break;
		free(got);
		got = NULL;
	}
	ok(got == NULL, "%s", name);
	if (got != NULL) {
		diag("parts of %zu bytes", part);
		diag("got  %s", got);
		diag("want %s", want);
	}
	free(got);
}

/* The arcs, or the message, with parts of any size; once more with a long
 * comment behind: fast reading needs some bytes. */
static inline void
gives(enum ocr_graph_format format, const char *text, const char *want,
    const char *name)
{
	char padded[2048], name_padded[128];

	gives_text(format, text, want, name);
	snprintf(padded, sizeof(padded), "%s\n%c%0200d\n", text,
	    format == OCR_FORMAT_DIMACS ? 'c' : '%', 0);
	snprintf(name_padded, sizeof(name_padded), "%s, a comment behind",
	    name);
	gives_text(format, padded, want, name_padded);
}

#endif
