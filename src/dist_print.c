/*
 * dist_print.c - see dist_print.h; called by dist_main.c
 *
 * Vertices in slices, rank after rank: so the first rank needs room for a slice,
 * not for all of them.
 */
#include "config.h"

#include "src/dist_print.h"

#include "src/graph_bytes.h"
#include "src/graph_digits.h"
#include "src/le.h"

#define SLICE ((uint64_t)1 << 18)
#define LDBC_FAR INT64_MAX /* what Graphalytics has for "not reached" */

/* Vertices from first on; little-endian, levels and then parents. */
struct slice {
	const struct ocr_dist_found *found;
	const struct ocr_graph *graph;
	const uint8_t *levels, *parents; /* NULL: none */
	uint64_t first;
};

static char *
put_lines(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct slice *s = arg;

	for (uint64_t i = start; i < end; i++) {
		uint32_t level = ocr_load_le32(s->levels + i * 4);

		if (level == OCR_NO_VERTEX)
			continue;
		if (s->found->has_source) {
			p = ocr_put_u64(p,
			    ocr_graph_id(s->graph, s->found->source));
			*p++ = '\t';
		}
		p = ocr_put_u64(p, ocr_graph_id(s->graph, s->first + i));
		*p++ = '\t';
		p = ocr_put_u64(p, level);
		if (s->parents != NULL) {
			*p++ = '\t';
			p = ocr_put_u64(p,
			    ocr_graph_id(s->graph,
				ocr_load_le32(s->parents + i * 4)));
		}
		*p++ = '\n';
	}
	return p;
}

static char *
put_ldbc(const void *arg, uint64_t start, uint64_t end, char *p)
{
	const struct slice *s = arg;

	for (uint64_t i = start; i < end; i++) {
		uint32_t level = ocr_load_le32(s->levels + i * 4);

		p = ocr_put_u64(p, ocr_graph_id(s->graph, s->first + i));
		*p++ = ' ';
		p = ocr_put_u64(p, level == OCR_NO_VERTEX ? LDBC_FAR : level);
		*p++ = '\n';
	}
	return p;
}

/* Are levels and parents what may be printed? */
static bool
is_good(const struct slice *s, uint64_t n)
{
	bool is_bad = false;

	for (uint64_t i = 0; s->parents != NULL && i < n; i++) {
		uint32_t level = ocr_load_le32(s->levels + i * 4);
		uint32_t parent = ocr_load_le32(s->parents + i * 4);

		is_bad |= level != OCR_NO_VERTEX && parent >= s->graph->n;
	}
	return !is_bad;
}

static int
put_values(struct ocr_dist_bytes *to, const uint32_t *values, uint64_t n,
    struct ocr_err *err)
{
	int r = ocr_dist_room(to, (size_t)n * 4, err);

	for (uint64_t i = 0; i < n && r == 0; i++) {
		(void)ocr_put_le32(to->data + to->len, values[i]);
		to->len += 4;
	}
	return r;
}

struct print {
	const struct ocr_dist_found *f;
	struct ocr_graph_run *run;
	struct ocr_dist_bytes *out, *in;
	bool has_levels, has_parents; /* in this pass */
};

/* By the first rank, from what the slice's owner has sent. */
static int
print_slice(struct print *p, unsigned rank, uint64_t first, uint64_t n,
    struct ocr_err *err)
{
	const struct ocr_dist_bytes *from =
	    rank == 0 ? &p->out[0] : &p->in[rank];
	unsigned n_values = (unsigned)p->has_levels + p->has_parents;
	struct slice s = {.found = p->f,
	    .graph = p->run->graph,
	    .levels = from->data,
	    .parents =
		p->has_parents && p->has_levels ? from->data + n * 4 : NULL,
	    .first = first};
	struct ocr_printer printer = {.n = n,
	    .n_most = 80, /* three ids, a level */
	    .put = p->f->form == OCR_FORM_LDBC ? put_ldbc : put_lines,
	    .arg = &s};

	if (from->len != n * 4 * n_values || !is_good(&s, n))
		return ocr_err_set(err, -OCR_EFORMAT,
		    "what rank %u has sent is damaged", rank);
	if (p->f->form == OCR_FORM_BINARY)
		return ocr_output_write(&p->run->out, from->data, from->len,
		    err);
	return ocr_graph_print(&printer, &p->run->crew, &p->run->out, err);
}

static int
send_slice(struct print *p, uint64_t from, uint64_t n, struct ocr_err *err)
{
	struct ocr_dist_bytes *to = &p->out[0];
	int r = 0;

	if (p->has_levels)
		r = put_values(to, p->f->levels + from, n, err);
	if (r == 0 && p->has_parents)
		r = put_values(to, p->f->parents + from, n, err);
	return r;
}

static int
print_rank(struct print *p, unsigned rank, struct ocr_err *err)
{
	struct ocr_dist *d = p->f->dist;
	uint64_t first = ocr_dist_bfs_first(p->f->bfs, rank), at, n;
	uint64_t end = ocr_dist_bfs_end(p->f->bfs, rank);
	int r = 0;

	for (at = first; at < end; at += n) {
		n = end - at < SLICE ? end - at : SLICE;
		p->out[0].len = 0;
		if (r == 0 && rank == d->rank)
			r = send_slice(p, at - first, n, err);
		r = ocr_dist_exchange(d, r, p->out, p->in, err);
		if (d->failed < 0)
			return r;
		if (d->rank == 0)
			r = print_slice(p, rank, at, n, err);
	}
	return ocr_dist_agree(d, OCR_DIST_SEARCHED, r, err);
}

static int
print_all(struct print *p, struct ocr_err *err)
{
	int r = 0;

	for (unsigned rank = 0; rank < p->f->dist->n && r == 0; rank++)
		r = print_rank(p, rank, err);
	return r;
}

int
ocr_dist_print(const struct ocr_dist_found *f, struct ocr_graph_run *run,
    struct ocr_err *err)
{
	struct print p = {.f = f, .run = run, .has_levels = true};
	int r = 0;

	p.out = ocr_dist_bytes_new(f->dist, err);
	p.in = ocr_dist_bytes_new(f->dist, err);
	if (p.out == NULL || p.in == NULL)
		r = err->code;
	r = ocr_dist_agree(f->dist, OCR_DIST_SEARCHED, r, err);
	/* An array of all levels, then one of all parents. */
	p.has_parents = f->parents != NULL && f->form != OCR_FORM_BINARY;
	if (r == 0)
		r = print_all(&p, err);
	if (r == 0 && f->parents != NULL && f->form == OCR_FORM_BINARY) {
		p.has_levels = false;
		p.has_parents = true;
		r = print_all(&p, err);
	}
	ocr_dist_bytes_free(f->dist, p.out);
	ocr_dist_bytes_free(f->dist, p.in);
	return r;
}
