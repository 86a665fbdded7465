/*
 * bnn_xnor.c - a binarised network, one image at a time
 *
 * Activations are bits: [plane][pixel][words].  With one bit and weights of -1
 * and 1, the kernel counts equal bits; else each plane of activations meets each
 * plane of weights (value and sign), and what both have is counted:
 *	acc = base * (sum of weights) + step * (sum over planes i of
 *	      2^i * (count(v_i & w_0) - 2 * count(v_i & w_1)))
 */
#include "config.h"

#include <string.h>

#include "src/bnn_pack.h"

static uint64_t
max2(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

int
ocr_bnn_xnor_state(struct ocr_bnn_state *s, struct ocr_err *err)
{
	const struct ocr_bnn_packed *p = s->p;
	const struct ocr_bnn_first *f = &p->first;
	const struct ocr_bnn_layer *l = &p->net->layers[0];
	uint64_t n_bits = 0, n_window = 0, n_sums = 0, n_masks, n_row;
	uint32_t i;

	for (i = 0; i < p->net->n_layers; i++) {
		const struct ocr_bnn_xnor *x = &p->xnor[i];
		uint64_t n_out =
		    (uint64_t)p->net->layers[i].out_h * p->net->layers[i].out_w;

		n_bits = max2(n_bits, n_out * x->out_words * x->out_planes);
		n_window = max2(n_window, x->n_window * x->in_planes);
		n_sums = max2(n_sums, (uint64_t)x->n_quads * 4);
	}
	n_masks =
	    max2(n_sums / 64 * 3 + 3, (uint64_t)f->k.n_neurons * f->n_words);
	n_row = max2(f->row, (uint64_t)l->window_h * l->window_w * l->in_c);
	s->bits[0] = ocr_bnn_keep(&s->store, n_bits, 8, err);
	s->bits[1] = ocr_bnn_keep(&s->store, n_bits, 8, err);
	s->window = ocr_bnn_keep(&s->store, n_window, 8, err);
	s->masks = ocr_bnn_keep(&s->store, n_masks, 8, err);
	s->counts = ocr_bnn_keep(&s->store, n_sums, 4, err);
	s->sums = ocr_bnn_keep(&s->store, n_sums, 4, err);
	s->pixels = ocr_bnn_keep(&s->store, n_row, 2, err);
	s->row_taps =
	    ocr_bnn_keep(&s->store, f->k.n_taps, sizeof(*s->row_taps), err);
	s->row_tables = ocr_bnn_keep(&s->store,
	    (uint64_t)f->row * f->k.n_entries * (f->is_used ? l->window_h : 0),
	    2, err);
	if (s->bits[0] == NULL || s->bits[1] == NULL || s->window == NULL ||
	    s->masks == NULL || s->counts == NULL || s->sums == NULL ||
	    s->pixels == NULL || s->row_taps == NULL || s->row_tables == NULL)
		return -OCR_ENOMEM;
	return 0;
}

void
ocr_bnn_xnor_put(struct ocr_bnn_state *s, uint32_t i, size_t in_class,
    size_t at, uint64_t *out, int32_t *accs)
{
	const struct ocr_bnn_xnor *x = &s->p->xnor[i];
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	size_t n4 = (size_t)x->n_quads * 4;
	size_t plane = (size_t)l->out_h * l->out_w * x->out_words;
	uint64_t *f = s->masks;
	uint32_t o, w, n = x->out_words;

	if (l->out_bits == 0) {
		for (o = 0; o < l->out_c; o++)
			accs[o] = x->times * s->sums[o] + x->k[o];
		return;
	}
	out += at * n;
	if (l->out_bits == 1) {
		s->p->ops->fire(s->sums, x->k + in_class * n4, n4, out);
		return;
	}
	for (o = 0; o < 3; o++)
		s->p->ops->fire(s->sums, x->k + (in_class * 3 + o) * n4, n4,
		    f + o * n);
	for (w = 0; w < n; w++) {
		out[w] = f[w] ^ f[n + w] ^ f[2 * n + w];
		out[plane + w] = f[n + w];
	}
}

/* The words of a window, 0 where it is outside of the image. */
static void
gather(const struct ocr_bnn_layer *l, const struct ocr_bnn_xnor *x,
    const uint64_t *in, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, uint64_t *window)
{
	size_t words = x->in_words, n = cx->n_taps * words;
	uint32_t ky;

	if (cy->n_taps < l->window_h || cx->n_taps < l->window_w)
		memset(window, 0, x->n_window * sizeof(*window));
	for (ky = 0; ky < cy->n_taps; ky++)
		memcpy(window +
			   ((size_t)(cy->tap + ky) * l->window_w + cx->tap) *
			       words,
		    in + ((size_t)(cy->in + ky) * l->in_w + cx->in) * words,
		    n * sizeof(*window));
}

static void
sum_planes(struct ocr_bnn_state *s, const struct ocr_bnn_layer *l,
    const struct ocr_bnn_xnor *x)
{
	size_t plane = (size_t)x->n_quads * x->n_window * 4;
	uint32_t o;
	unsigned i, j;

	memset(s->sums, 0, (size_t)x->n_quads * 4 * sizeof(*s->sums));
	for (i = 0; i < x->in_planes; i++)
		for (j = 0; j < 2; j++) {
			int32_t times =
			    l->in_step * (1 << i) * (j == 0 ? 1 : -2);

			s->p->ops->and_counts(s->window + i * x->n_window,
			    x->w + j * plane, x->n_window, x->n_quads,
			    s->counts);
			for (o = 0; o < l->out_c; o++)
				s->sums[o] += times * s->counts[o];
		}
}

static void
run_window(struct ocr_bnn_state *s, uint32_t i, const uint64_t *in,
    const struct ocr_bnn_clip *cy, const struct ocr_bnn_clip *cx)
{
	const struct ocr_bnn_xnor *x = &s->p->xnor[i];
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	size_t plane = (size_t)l->in_h * l->in_w * x->in_words;
	unsigned j;

	for (j = 0; j < x->in_planes; j++)
		gather(l, x, in + j * plane, cy, cx,
		    s->window + j * x->n_window);
	if (x->is_and)
		sum_planes(s, l, x);
	else
		s->p->ops->xor_counts(s->window, x->w, x->n_window, x->n_quads,
		    s->sums);
}

static void
run_conv(struct ocr_bnn_state *s, uint32_t i, const uint64_t *in, uint64_t *out,
    int32_t *accs)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	const struct ocr_bnn_grid *g = &s->p->xnor[i].grid;
	uint32_t y, x, row = 0, col;

	for (y = 0; y < l->out_h; y++) {
		struct ocr_bnn_clip cy = ocr_bnn_clip_y(l, y);

		row += y == g->rows[row].out + g->rows[row].n;
		for (x = 0, col = 0; x < l->out_w; x++) {
			struct ocr_bnn_clip cx = ocr_bnn_clip_x(l, x);

			col += x == g->cols[col].out + g->cols[col].n;
			run_window(s, i, in, &cy, &cx);
			ocr_bnn_xnor_put(s, i, (size_t)row * g->n_cols + col,
			    (size_t)y * l->out_w + x, out, accs);
		}
	}
}

/* The larger of values of one or two planes. */
static void
pool_word(uint64_t *out, size_t plane, const uint64_t *in, size_t in_plane,
    unsigned n_planes)
{
	uint64_t a = in[0], b, c = out[0], d, more;

	if (n_planes == 1) {
		out[0] |= a;
		return;
	}
	b = in[in_plane];
	d = out[plane];
	more = (b & ~d) | (~(b ^ d) & a & ~c);
	out[0] = (a & more) | (c & ~more);
	out[plane] = (b & more) | (d & ~more);
}

static void
run_pool(const struct ocr_bnn_xnor *p, const struct ocr_bnn_layer *l,
    const uint64_t *in, uint64_t *out)
{
	size_t words = p->in_words, w, at = 0;
	size_t in_plane = (size_t)l->in_h * l->in_w * words;
	size_t plane = (size_t)l->out_h * l->out_w * words;
	uint32_t y, x, ky, kx;

	memset(out, 0, plane * p->out_planes * sizeof(*out));
	for (y = 0; y < l->out_h; y++)
		for (x = 0; x < l->out_w; x++, at += words) {
			struct ocr_bnn_clip cy = ocr_bnn_clip_y(l, y);
			struct ocr_bnn_clip cx = ocr_bnn_clip_x(l, x);

			for (ky = 0; ky < cy.n_taps; ky++)
				for (kx = 0; kx < cx.n_taps; kx++)
					for (w = 0; w < words; w++)
						pool_word(out + at + w, plane,
						    in +
							((size_t)(cy.in + ky) *
								l->in_w +
							    cx.in + kx) *
							    words +
							w,
						    in_plane, p->out_planes);
		}
}

/* Activations of one image, in one form or the other. */
struct flow {
	uint64_t *bits, *bits_out;
	uint8_t *planes, *planes_out;
	bool is_planes;
};

static void
swap_forms(const struct ocr_bnn_packed *p, uint32_t i, struct flow *f)
{
	if (f->is_planes)
		ocr_bnn_near_to_bits(p, i, f->planes, f->bits);
	else
		ocr_bnn_near_from_bits(p, i, f->bits, f->planes);
	f->is_planes = !f->is_planes;
}

static void
run_planes(struct ocr_bnn_state *s, uint32_t i, struct flow *f)
{
	uint8_t *t = f->planes;

	if (s->p->net->layers[i].kind == OCR_BNN_MAX_POOL)
		ocr_bnn_near_pool(s, i, f->planes, f->planes_out);
	else
		ocr_bnn_near_conv(s, i, f->planes, f->planes_out);
	f->planes = f->planes_out;
	f->planes_out = t;
}

static void
run_bits(struct ocr_bnn_state *s, uint32_t i, struct flow *f, int32_t *accs)
{
	const struct ocr_bnn_layer *l = &s->p->net->layers[i];
	uint64_t *t = f->bits;

	if (l->kind == OCR_BNN_MAX_POOL)
		run_pool(&s->p->xnor[i], l, f->bits, f->bits_out);
	else
		run_conv(s, i, f->bits, f->bits_out, accs);
	f->bits = f->bits_out;
	f->bits_out = t;
}

void
ocr_bnn_xnor_run(struct ocr_bnn_state *s, const uint8_t *image, bool is_nhwc,
    int32_t *accs)
{
	struct flow f = {.bits = s->bits[0],
	    .bits_out = s->bits[1],
	    .planes = s->planes[0],
	    .planes_out = s->planes[1]};
	uint32_t i;

	ocr_bnn_xnor_first(s, image, is_nhwc, accs);
	for (i = 1; i < s->p->net->n_layers; i++) {
		if (f.is_planes != ocr_bnn_near_takes(s->p, i, f.is_planes))
			swap_forms(s->p, i, &f);
		if (f.is_planes)
			run_planes(s, i, &f);
		else
			run_bits(s, i, &f, accs);
	}
}
