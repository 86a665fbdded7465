/*
 * bnn_run.c - which engine runs how many images of a binarised network
 */
#include "config.h"

#include "src/bnn_run.h"

#include <stdlib.h>
#include <string.h>

#include "common/huge.h"
#include "src/bnn_pack.h"

void *
ocr_bnn_keep(struct ocr_bnn_store *s, uint64_t n, size_t size,
    struct ocr_err *err)
{
	size_t room = s->room == 0 ? 64 : 2 * s->room, bytes;
	void **grown, *p;

	if (n > (SIZE_MAX / 2 - 64) / size) {
		ocr_err_nomem(err);
		return NULL;
	}
	bytes = ((size_t)n * size + 127) / 64 * 64; /* never 0 */
	if (s->n == s->room) {
		grown = realloc(s->blocks, room * sizeof(*grown));
		if (grown == NULL) {
			ocr_err_nomem(err);
			return NULL;
		}
		s->blocks = grown;
		s->room = room;
	}
	p = aligned_alloc(64, bytes);
	if (p == NULL) {
		ocr_err_nomem(err);
		return NULL;
	}
	memset(p, 0, bytes);
	s->blocks[s->n++] = p;
	s->bytes += bytes;
	return p;
}

void
ocr_bnn_store_free(struct ocr_bnn_store *s)
{
	while (s->n > 0)
		free(s->blocks[--s->n]);
	free(s->blocks);
	*s = (struct ocr_bnn_store){0};
}

static bool
is_same(const struct ocr_bnn_clip *a, const struct ocr_bnn_clip *b)
{
	return a->tap == b->tap && a->n_taps == b->n_taps;
}

/* One side of the grid; returns how many runs. */
static uint32_t
find_runs(struct ocr_bnn_run1 *runs, const struct ocr_bnn_layer *l, uint32_t n,
    struct ocr_bnn_clip (*clip)(const struct ocr_bnn_layer *, uint32_t))
{
	uint32_t n_runs = 0, i;

	for (i = 0; i < n; i++) {
		struct ocr_bnn_clip c = clip(l, i);

		if (n_runs == 0 || !is_same(&runs[n_runs - 1].clip, &c)) {
			runs[n_runs].out = i;
			runs[n_runs].n = 0;
			runs[n_runs++].clip = c;
		}
		runs[n_runs - 1].n++;
	}
	return n_runs;
}

int
ocr_bnn_grid(struct ocr_bnn_grid *g, const struct ocr_bnn_layer *l,
    struct ocr_bnn_store *s, struct ocr_err *err)
{
	g->rows = ocr_bnn_keep(s, l->out_h, sizeof(*g->rows), err);
	if (g->rows == NULL)
		return -OCR_ENOMEM;
	g->cols = ocr_bnn_keep(s, l->out_w, sizeof(*g->cols), err);
	if (g->cols == NULL)
		return -OCR_ENOMEM;
	g->n_rows = find_runs(g->rows, l, l->out_h, ocr_bnn_clip_y);
	g->n_cols = find_runs(g->cols, l, l->out_w, ocr_bnn_clip_x);
	return 0;
}

static void *
keep_copy(struct ocr_bnn_store *s, const void *from, uint64_t n, size_t size,
    struct ocr_err *err)
{
	void *to = ocr_bnn_keep(s, n, size, err);

	if (to != NULL)
		memcpy(to, from, (size_t)n * size);
	return to;
}

/* What running needs of the network: shapes, the first layer's weights, and how
 * the last one's sums become scores. */
static int
keep_net(struct ocr_bnn_packed *p, struct ocr_err *err)
{
	struct ocr_bnn_store *s = &p->store;
	struct ocr_bnn *b = keep_copy(s, p->net, 1, sizeof(*b), err);
	struct ocr_bnn_layer *l;
	uint32_t i;

	if (b == NULL)
		return -OCR_ENOMEM;
	l = keep_copy(s, b->layers, b->n_layers, sizeof(*l), err);
	if (l == NULL)
		return -OCR_ENOMEM;
	b->layers = l;
	l->weights = keep_copy(s, l->weights,
	    (uint64_t)l->out_c * l->window_h * l->window_w * l->in_c, 1, err);
	if (l->weights == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < b->n_layers; i++, l++) {
		if (i > 0)
			l->weights = NULL;
		l->bits = NULL;
		l->thresholds = NULL;
	}
	l--;
	l->scale = keep_copy(s, l->scale, l->out_c, sizeof(*l->scale), err);
	l->bias = keep_copy(s, l->bias, l->out_c, sizeof(*l->bias), err);
	p->net = b;
	return l->scale == NULL || l->bias == NULL ? -OCR_ENOMEM : 0;
}

int
ocr_bnn_packed_new(struct ocr_bnn_packed **out, const struct ocr_bnn *b,
    unsigned isa, struct ocr_err *err)
{
	struct ocr_bnn_packed *p = NULL;
	int r = ocr_bnn_check(b, err);

	*out = NULL;
	if (r < 0)
		return r;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return ocr_err_nomem(err);
	p->ops = ocr_bnn_ops(isa);
	p->net = b;
	r = ocr_bnn_first_pack(p, err);
	if (r == 0)
		r = ocr_bnn_xnor_pack(p, err);
	if (r == 0)
		r = ocr_bnn_lut_pack(p, err);
	if (r == 0)
		r = keep_net(p, err);
	if (r < 0) {
		ocr_bnn_packed_free(p);
		return r;
	}
	*out = p;
	return 0;
}

void
ocr_bnn_packed_free(struct ocr_bnn_packed *p)
{
	if (p == NULL)
		return;
	ocr_bnn_store_free(&p->store);
	ocr_huge_free(p->tables, p->table_bytes);
	free(p);
}

const char *
ocr_bnn_isa_name(const struct ocr_bnn_packed *p)
{
	return p->ops->name;
}

size_t
ocr_bnn_lanes(const struct ocr_bnn_packed *p)
{
	return p->lut == NULL ? 0 : p->ops->lanes;
}

size_t
ocr_bnn_packed_bytes(const struct ocr_bnn_packed *p)
{
	return p->store.bytes + p->table_bytes;
}

int
ocr_bnn_state_new(struct ocr_bnn_state **out, const struct ocr_bnn_packed *p,
    struct ocr_err *err)
{
	struct ocr_bnn_state *s = calloc(1, sizeof(*s));
	size_t lanes = ocr_bnn_lanes(p);
	int r;

	*out = NULL;
	if (s == NULL)
		return ocr_err_nomem(err);
	s->p = p;
	s->accs = ocr_bnn_keep(&s->store,
	    (uint64_t)p->net->n_scores * (lanes == 0 ? 1 : lanes),
	    sizeof(*s->accs), err);
	r = s->accs == NULL ? -OCR_ENOMEM : ocr_bnn_xnor_state(s, err);
	if (r == 0 && lanes != 0)
		r = ocr_bnn_lut_state(s, err);
	if (r < 0) {
		ocr_bnn_state_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void
ocr_bnn_state_free(struct ocr_bnn_state *s)
{
	if (s == NULL)
		return;
	ocr_bnn_store_free(&s->store);
	free(s);
}

/* Images that the LUT engine takes of n that are left; 0: one by one. */
static size_t
lut_takes(const struct ocr_bnn_packed *p, enum ocr_bnn_engine engine, size_t n)
{
	size_t lanes = ocr_bnn_lanes(p);

	if (lanes == 0 || engine == OCR_BNN_XNOR)
		return 0;
	if (engine == OCR_BNN_AUTO && n < p->min_lut)
		return 0;
	return n < lanes ? n : lanes;
}

void
ocr_bnn_run(struct ocr_bnn_state *s, const struct ocr_bnn_batch *batch,
    float *scores, int32_t *accs)
{
	const struct ocr_bnn_packed *p = s->p;
	uint32_t n_scores = p->net->n_scores, o;
	size_t i, j, n;

	for (i = 0; i < batch->n; i += n) {
		int32_t *to = accs == NULL ? s->accs : accs + i * n_scores;

		n = lut_takes(p, batch->engine, batch->n - i);
		if (n != 0) {
			ocr_bnn_lut_run(s, batch, i, n, to);
		} else {
			n = 1;
			ocr_bnn_xnor_run(s, batch->images + i * batch->stride,
			    batch->is_nhwc, to);
		}
		for (j = 0; scores != NULL && j < n; j++)
			for (o = 0; o < n_scores; o++)
				scores[(i + j) * n_scores + o] = ocr_bnn_score(
				    p->net, o, to[j * n_scores + o]);
	}
}
