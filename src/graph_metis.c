/*
 * graph_metis.c - METIS graphs, and those of the 10th DIMACS challenge: rows
 *
 * Text: "% comments", a line "vertices edges [fmt [ncon]]", then one line for
 * each vertex, from vertex 1: [size] [ncon weights] neighbour [weight] ...
 * The digits of fmt say whether there are sizes, vertex weights and edge
 * weights.  Sizes and vertex weights are skipped.  graph_metis_read.c has the
 * first line, and what is to be known before rows are scanned.
 *
 * Called by graph_open.c only.
 */
#include "config.h"

#include "src/graph_metis.h"

#include <inttypes.h>

#include "src/graph_rows.h"
#include "src/graph_words.h"

#define PART_BYTES ((size_t)1 << 20)

const uint8_t *
ocr_metis_line_end(const uint8_t *at, const uint8_t *end)
{
	const uint8_t *p = memchr(at, '\n', (size_t)(end - at));

	return p != NULL ? p : end;
}

int
ocr_metis_wrong(const struct ocr_metis *g, const uint8_t *at, const char *why,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT, "%s: line %" PRIu64 ": %s",
	    g->in.name, ocr_line_of(g->in.data, at), why);
}

static int
bad_neighbour(const struct ocr_metis *g, const uint8_t *at, uint64_t id,
    struct ocr_err *err)
{
	return ocr_err_set(err, -OCR_EFORMAT,
	    "%s: line %" PRIu64 ": vertex %" PRIu64
	    " is not one of 1 to %" PRIu64,
	    g->in.name, ocr_line_of(g->in.data, at), id, g->n);
}

/* The weight behind a neighbour. */
static int
read_weight(const struct ocr_metis *g, const uint8_t **at, const uint8_t *end,
    uint64_t *weight, struct ocr_err *err)
{
	enum ocr_word w = ocr_word_next(at, end, weight);

	if (w == OCR_WORD_NONE)
		return ocr_metis_wrong(g, *at, "a neighbour without a weight",
		    err);
	if (w == OCR_WORD_BAD)
		return ocr_metis_wrong(g, *at, "not a whole number", err);
	if (*weight == 0 || *weight > UINT32_MAX)
		return ocr_err_set(err, -OCR_EFORMAT,
		    "%s: line %" PRIu64 ": weight %" PRIu64
		    " is not one of 1 to %u",
		    g->in.name, ocr_line_of(g->in.data, *at), *weight,
		    UINT32_MAX);
	return 0;
}

/* sum: of struct ocr_mirror, or NULL. */
static int
scan_row(const struct ocr_metis *g, uint64_t id, const uint8_t *at,
    const uint8_t *end, uint64_t *sum, struct ocr_arc_batch *b,
    struct ocr_err *err)
{
	uint64_t to, weight = 1, i;
	enum ocr_word w;
	int r = 0;

	for (i = 0; i < g->n_skip; i++) {
		w = ocr_word_next(&at, end, &to);
		if (w == OCR_WORD_NONE)
			return ocr_metis_wrong(g, at,
			    "vertex weights are missing", err);
		if (w == OCR_WORD_BAD)
			return ocr_metis_wrong(g, at, "not a whole number",
			    err);
	}
	while (r == 0) {
		w = ocr_word_next(&at, end, &to);
		if (w == OCR_WORD_NONE)
			break;
		if (w == OCR_WORD_BAD)
			return ocr_metis_wrong(g, at, "not a whole number",
			    err);
		if (to - 1 >= g->n)
			return bad_neighbour(g, at, to, err);
		if (g->has_weights)
			r = read_weight(g, &at, end, &weight, err);
		if (r < 0)
			break;
		if (sum != NULL)
			*sum += ocr_mirror_arc(id, to, weight);
		r = ocr_batch_put(b, id, to, (double)weight, err);
	}
	return r;
}

int
ocr_metis_scan(const struct ocr_graph_source *s, uint64_t part,
    int (*take)(void *arg, const struct ocr_arc *arcs, size_t n,
	struct ocr_err *err),
    void *arg, struct ocr_err *err)
{
	struct ocr_metis *g = s->state;
	struct ocr_arc_batch b = {.take = take, .arg = arg};
	const uint8_t *at = g->in.data + g->parts[part].at,
		      *end = g->in.data + g->parts[part + 1].at, *e;
	uint64_t row = g->parts[part].row, sum = 0,
		 *wanted = ocr_mirror_wants(&g->mirror, part) ? &sum : NULL;
	int r = 0;

	for (; r == 0 && at < end && row < g->n; at = e + (e < end)) {
		e = ocr_metis_line_end(at, end);
		if (*at != '%')
			r = scan_row(g, ++row, at, e, wanted, &b, err);
	}
	if (r == 0)
		r = ocr_batch_flush(&b, err);
	if (r == 0 && wanted != NULL)
		r = ocr_mirror_add(&g->mirror, part, sum, g->in.name, err);
	return r;
}

static void
metis_free(struct ocr_graph_source *s)
{
	struct ocr_metis *g = s->state;

	ocr_input_map_close(&g->in);
	ocr_mirror_release(&g->mirror);
	free(g->parts);
	free(g);
}

int
ocr_graph_metis_open_parts(struct ocr_graph_source **out,
    struct ocr_input_map *in, size_t part_bytes, struct ocr_err *err)
{
	struct ocr_metis *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		return ocr_err_nomem(err);
	g->source.format = "metis";
	g->source.scan = ocr_metis_scan;
	g->source.free = metis_free;
	g->source.state = g;
	g->in = *in;
	memset(in, 0, sizeof(*in));
	r = ocr_metis_read(g, part_bytes, err);
	if (r == 0) {
		*out = &g->source;
		return 0;
	}
	/* Still the caller's. */
	*in = g->in;
	memset(&g->in, 0, sizeof(g->in));
	metis_free(&g->source);
	return r;
}

int
ocr_graph_metis_open(struct ocr_graph_source **out, struct ocr_input_map *in,
    struct ocr_err *err)
{
	return ocr_graph_metis_open_parts(out, in, PART_BYTES, err);
}
