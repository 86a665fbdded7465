/*
 * pagerank_print.c - see pagerank_print.h
 */
#include "config.h"

#include "src/pagerank_print.h"

#include <stdlib.h>
#include <string.h>

#include "src/graph_digits.h"
#include "src/le.h"

struct print {
	const struct ocr_graph *graph;
	const struct ocr_scores *scores;
	const uint32_t *order; /* NULL: all, by id */
	bool is_ldbc;
};

static char *
put_lines(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct print *f = arg;
	const struct ocr_scores *s = f->scores;

	for (uint64_t i = start; i < end; i++) {
		uint64_t v = f->order != NULL ? f->order[i] : i;

		p = ocr_put_u64(p, ocr_graph_id(f->graph, v));
		*p++ = f->is_ldbc ? ' ' : '\t';
		if (f->is_ldbc)
			p = ocr_put_e15(p, ocr_pagerank_score(s, v));
		else if (s->exact != NULL)
			p = ocr_put_double(p, s->exact[v]);
		else
			p = ocr_put_float(p, s->scores[v]);
		*p++ = '\n';
	}
	return p;
}

static char *
put_array(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct ocr_scores *s = arg;
	uint64_t bits;

	for (uint64_t v = start; v < end; v++) {
		double score = ocr_pagerank_score(s, v);

		memcpy(&bits, &score, sizeof(bits));
		p += ocr_put_le32((uint8_t *)p, (uint32_t)bits);
		p += ocr_put_le32((uint8_t *)p, (uint32_t)(bits >> 32));
	}
	return p;
}

/* Does a come after b?  Ties go by id. */
static bool
is_lower(const struct ocr_scores *s, uint32_t a, uint32_t b)
{
	double x = ocr_pagerank_score(s, a), y = ocr_pagerank_score(s, b);

	return x != y ? x < y : a > b;
}

/* Of a heap whose root is the lowest: v takes the place of the root. */
static void
sink(const struct ocr_scores *s, uint32_t *heap, size_t n, size_t at,
    uint32_t v)
{
	size_t child;

	while ((child = 2 * at + 1) < n) {
		if (child + 1 < n && is_lower(s, heap[child + 1], heap[child]))
			child++;
		if (!is_lower(s, heap[child], v))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = v;
}

/* The n highest of all, the highest first. */
static void
select_top(const struct ocr_scores *s, uint64_t n_all, uint32_t *heap, size_t n)
{
	for (size_t i = 0; i < n; i++)
		heap[i] = (uint32_t)i;
	for (size_t i = n / 2; i > 0; i--)
		sink(s, heap, n, i - 1, heap[i - 1]);
	for (uint64_t v = n; v < n_all; v++) {
		if (is_lower(s, heap[0], (uint32_t)v))
			sink(s, heap, n, 0, (uint32_t)v);
	}
	while (n > 1) {
		uint32_t lowest = heap[0];

		n--;
		sink(s, heap, n, 0, heap[n]);
		heap[n] = lowest;
	}
}

int
ocr_pagerank_print(const struct ocr_scores *s, enum ocr_form form, uint64_t top,
    struct ocr_graph_run *r, struct ocr_err *err)
{
	struct print f = {
	    .graph = r->graph,
	    .scores = s,
	    .is_ldbc = form == OCR_FORM_LDBC,
	};
	struct ocr_printer p = {
	    .n = r->graph->n,
	    .n_most = 64, /* an id, a score */
	    .put = put_lines,
	    .arg = &f,
	};
	uint32_t *order = NULL;
	int e;

	if (form == OCR_FORM_BINARY) {
		p.n_most = 8;
		p.put = put_array;
		p.arg = s;
	}
	if (top > 0 && p.n > 0) {
		p.n = top < p.n ? top : p.n;
		order = calloc((size_t)p.n, sizeof(*order));
		if (order == NULL)
			return ocr_err_nomem(err);
		select_top(s, r->graph->n, order, (size_t)p.n);
		f.order = order;
	}
	e = ocr_graph_print(&p, &r->crew, &r->out, err);
	free(order);
	return e;
}
