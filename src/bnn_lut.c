/*
 * bnn_lut.c - a binarised network, a vector of images at a time
 *
 * Activations are bytes: [pixel][group of 4 or 6 channels][image].
 */
#include "config.h"

#include <string.h>

#include "src/bnn_pack.h"

static uint64_t
max2(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

struct ocr_bnn_sizes
ocr_bnn_lut_sizes(const struct ocr_bnn_packed *p)
{
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	const struct ocr_bnn_first *f = &p->first;
	struct ocr_bnn_sizes s = {0};
	uint32_t i;

	s.turned = (uint64_t)l->in_c * l->in_h * l->in_w;
	s.values = (uint64_t)f->k.n_values * l->in_c * 2;
	s.table_row = (uint64_t)f->n_tables * f->k.n_entries * 2;
	for (i = 0; i < p->net->n_layers; i++) {
		uint64_t n_in, groups;

		l = &p->net->layers[i];
		groups = ocr_bnn_groups(p, l->out_c);
		s.groups =
		    max2(s.groups, (uint64_t)l->out_h * l->out_w * groups);
		s.out = groups * 2 * p->ops->group;
		if (p->lut != NULL)
			s.planes =
			    max2(s.planes, groups * ocr_bnn_near_pitch(p, i));
		if (p->lut != NULL && p->lut[i].n_near != 0) {
			s.near = max2(s.near,
			    (uint64_t)OCR_BNN_NEAR *
				(p->lut[i].near.n_groups + groups));
			s.parity = max2(s.parity,
			    (uint64_t)OCR_BNN_NEAR * p->lut[i].near.s_units);
		}
		n_in = (uint64_t)l->in_h * l->in_w;
		groups = ocr_bnn_groups(p, l->in_c);
		/* units divide the groups: at most one a group */
		s.parity = max2(s.parity,
		    n_in * (groups <= K_BNN_MAX_UNIT ? 1 : groups));
	}
	return s;
}

int
ocr_bnn_lut_state(struct ocr_bnn_state *s, struct ocr_err *err)
{
	const struct ocr_bnn_packed *p = s->p;
	struct ocr_bnn_sizes n = ocr_bnn_lut_sizes(p);
	size_t v = p->ops->lanes;

	s->turned = ocr_bnn_keep(&s->store, n.turned, v, err);
	s->values = ocr_bnn_keep(&s->store, n.values, v, err);
	s->tables = ocr_bnn_keep(&s->store,
	    n.table_row * p->net->layers[0].window_h, v, err);
	s->groups[0] = ocr_bnn_keep(&s->store, n.groups, v, err);
	s->groups[1] = ocr_bnn_keep(&s->store, n.groups, v, err);
	s->parity = ocr_bnn_keep(&s->store, n.parity, v, err);
	s->out = ocr_bnn_keep(&s->store, n.out, v, err);
	s->planes[0] = ocr_bnn_keep(&s->store, n.planes, 1, err);
	s->planes[1] = ocr_bnn_keep(&s->store, n.planes, 1, err);
	s->near = ocr_bnn_keep(&s->store, n.near, v, err);
	s->taps =
	    ocr_bnn_keep(&s->store, p->first.k.n_taps, sizeof(*s->taps), err);
	s->images = ocr_bnn_keep(&s->store, v, sizeof(*s->images), err);
	if (s->turned == NULL || s->values == NULL || s->tables == NULL ||
	    s->groups[0] == NULL || s->groups[1] == NULL || s->parity == NULL ||
	    s->out == NULL || s->planes[0] == NULL || s->planes[1] == NULL ||
	    s->near == NULL || s->taps == NULL || s->images == NULL)
		return -OCR_ENOMEM;
	return 0;
}

static void
run_first(struct ocr_bnn_state *s, bool is_nhwc, uint8_t *out)
{
	const struct ocr_bnn_packed *p = s->p;
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	const struct ocr_bnn_first *f = &p->first;
	size_t lanes = p->ops->lanes, entry = 2 * lanes * f->k.n_entries;
	size_t row_size = f->n_tables * entry;
	size_t row = (size_t)l->in_w * (is_nhwc ? l->in_c : 1) * lanes;
	size_t step[2] = {1, (size_t)l->in_h * l->in_w};
	uint32_t y, t, next = 0; /* rows are counted with padding */

	if (is_nhwc) {
		step[0] = l->in_c;
		step[1] = 1;
	}
	for (y = 0; y < l->out_h; y++) {
		uint32_t top = y * l->stride_h;

		for (next = next < top ? top : next; next < top + l->window_h;
		     next++) {
			uint32_t at = next - l->pad_top; /* wraps above it */

			p->ops->first_row(&f->k,
			    at < l->in_h ? s->turned + at * row : NULL, step,
			    s->values,
			    s->tables + next % l->window_h * row_size);
		}
		for (t = 0; t < f->k.n_taps; t++)
			s->taps[t] =
			    s->tables +
			    (top + t / f->per_row) % l->window_h * row_size +
			    t % f->per_row * f->k.merged * entry;
		p->ops->first(&f->k, s->taps, out);
		out += (size_t)l->out_w * p->lut[0].out_groups * lanes;
	}
}

static void
run_conv(struct ocr_bnn_state *s, uint32_t i, const uint8_t *in, uint8_t *out)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	const struct ocr_bnn_lut *lut = &s->p->lut[i];
	size_t lanes = s->p->ops->lanes, in_row, at, y;
	size_t pixel = lut->out_groups * lanes;
	uint32_t row, col, j;

	s->p->ops->parity(in, (size_t)l->in_h * l->in_w * lut->units,
	    lut->unit_groups, s->parity);
	for (row = 0; row < lut->grid.n_rows; row++) {
		const struct ocr_bnn_run1 *r = &lut->grid.rows[row];

		for (j = 0; j < r->n; j++)
			for (col = 0; col < lut->grid.n_cols; col++) {
				const struct ocr_bnn_run1 *c =
				    &lut->grid.cols[col];

				y = r->out + j;
				in_row = r->clip.in + (size_t)j * l->stride_h;
				at = in_row * l->in_w + c->clip.in;
				s->p->ops->conv(
				    &lut->classes[(size_t)row *
						      lut->grid.n_cols +
						  col]
					 .conv,
				    in + at * lut->groups * lanes,
				    s->parity + at * lut->units * lanes,
				    out + (y * l->out_w + c->out) * pixel,
				    c->n);
			}
	}
}

static void
run_pool(struct ocr_bnn_state *s, uint32_t i, const uint8_t *in, uint8_t *out)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	size_t groups = s->p->lut[i].groups, lanes = s->p->ops->lanes;
	uint32_t y, x;

	for (y = 0; y < l->out_h; y++) {
		struct ocr_bnn_clip cy = ocr_bnn_clip_y(l, y);

		for (x = 0; x < l->out_w; x++, out += groups * lanes) {
			struct ocr_bnn_clip cx = ocr_bnn_clip_x(l, x);

			s->p->ops->pool(in + ((size_t)cy.in * l->in_w + cx.in) *
						 groups * lanes,
			    cy.n_taps, cx.n_taps, l->in_w * groups, groups,
			    out);
		}
	}
}

/* Sums of 16 bits in halves of vectors to accs[image][score]. */
static void
read_sums(const struct ocr_bnn_state *s, size_t n, int32_t *accs)
{
	const struct ocr_bnn *b = s->p->net;
	const struct ocr_bnn_lut *lut = &s->p->lut[b->n_layers - 1];
	size_t lanes = s->p->ops->lanes, i;
	uint32_t o;

	for (i = 0; i < n; i++) {
		size_t lane = (i & 8 ? lanes / 2 : 0) + i / 16 * 8 + i % 8;

		for (o = 0; o < b->n_scores; o++) {
			int16_t sum;

			memcpy(&sum, s->out + (o * lanes + lane) * sizeof(sum),
			    sizeof(sum));
			*accs++ = 2 * sum - lut->classes[0].fix[o];
		}
	}
}

void
ocr_bnn_lut_run(struct ocr_bnn_state *s, const struct ocr_bnn_batch *b,
    size_t first, size_t n, int32_t *accs)
{
	const struct ocr_bnn_packed *p = s->p;
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	uint8_t *in = s->groups[0], *out = s->groups[1], *t;
	uint32_t i, last = p->net->n_layers - 1;
	size_t j;

	for (j = 0; j < p->ops->lanes; j++)
		s->images[j] =
		    b->images + (first + (j < n ? j : n - 1)) * b->stride;
	p->ops->turn(s->images, (size_t)l->in_c * l->in_h * l->in_w, s->turned);
	ocr_bnn_lut_need_all(p);
	run_first(s, b->is_nhwc, in);
	for (i = 1; i < last; i++) {
		if (p->net->layers[i].kind == OCR_BNN_MAX_POOL)
			run_pool(s, i, in, out);
		else
			run_conv(s, i, in, out);
		t = in;
		in = out;
		out = t;
	}
	run_conv(s, last, in, s->out);
	read_sums(s, n, accs);
}
