/*
 * bnn_lut_class.c - windows and thresholds for the LUT engine
 *
 * A neuron counts what is equal with its parities left out, and with the channels
 * that fill up a group: its threshold says by how much.
 */
#include "config.h"

#include "src/bnn_lut_pack.h"

/* Groups of a window of a class in pieces and segments.  to: NULL: count them.
 * Returns how many pieces. */
static uint32_t
cut_pieces(const struct ocr_bnn_lut_maker *m, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, struct k_bnn_piece *to)
{
	size_t groups = m->lut->groups, row = cx->n_taps * groups;
	uint32_t max = K_BNN_MAX_SEGMENT(m->p->ops->group);
	uint32_t n = 0, sum = 0, ky, len;
	size_t g;

	for (ky = 0; ky < cy->n_taps; ky++)
		for (g = 0; g < row; g += len, n++) {
			len = row - g < max ? (uint32_t)(row - g) : max;
			if (to == NULL)
				continue;
			if (sum + len > max) {
				to[n - 1].ends = 1;
				sum = 0;
			}
			sum += len;
			to[n].in =
			    (uint32_t)((size_t)ky * m->l->in_w * groups + g);
			to[n].table = (uint32_t)(((size_t)(cy->tap + ky) *
							 m->l->window_w +
						     cx->tap) *
						     groups +
						 g);
			to[n].n = len;
		}
	if (to != NULL)
		to[n - 1].ends = 1;
	return n;
}

/* Groups of a tap's channels that have parity 1; w: a neuron's words, 4 apart.
 * A bit is put together with those above it, which the next word may have. */
static int64_t
count_odd(const uint64_t *w, uint32_t n_words, unsigned group, uint64_t flip,
    uint64_t last)
{
	/* Where groups begin in words 0, 3, 6 ..., in words 1, 4 ..., 2, 5 ... */
	static const uint64_t begin[3] = {UINT64_C(0x1041041041041041),
	    UINT64_C(0x4104104104104104), UINT64_C(0x0410410410410410)};
	uint64_t v = (*w ^ flip) & (n_words == 1 ? last : UINT64_MAX), next, x;
	int64_t sum = 0;
	unsigned j;
	uint32_t i;

	for (i = 0; i < n_words; i++, v = next) {
		next = 0;
		if (i + 1 < n_words) {
			w += 4;
			next = (*w ^ flip) &
			       (i + 2 == n_words ? last : UINT64_MAX);
		}
		for (x = v, j = 1; j < group; j++)
			x ^= v >> j | next << (64 - j);
		x &= group == 4 ? UINT64_MAX / 15 : begin[i % 3];
		sum += __builtin_popcountll(x);
	}
	return sum;
}

/* Of a neuron's weights in a class. */
static int64_t
parities(const struct ocr_bnn_lut_maker *m, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, uint32_t o)
{
	const struct ocr_bnn_xnor *x = m->x;
	uint64_t flip = ocr_bnn_flip(m->is_turned[o]);
	uint64_t last = ocr_bnn_last_word(m->l->in_c);
	int64_t sum = 0;
	uint32_t ky, kx;

	for (ky = cy->tap; ky < cy->tap + cy->n_taps; ky++) {
		const uint64_t *w =
		    x->w +
		    (o / 4 * x->n_window +
			((size_t)ky * m->l->window_w + cx->tap) * x->in_words) *
			4 +
		    o % 4;

		for (kx = 0; kx < cx->n_taps; kx++, w += 4 * x->in_words)
			sum += count_odd(w, x->in_words, m->p->ops->group, flip,
			    last);
	}
	return sum;
}

struct thresholds {
	uint8_t *k8, *is_odd, *flip;
	int16_t *k16;
	int32_t *fix;
};

/* With sum = 2 * sum of q + S, and `extra` counted too
 * much, equal = sum - extra.  Returns whether 8 bits hold it. */
static bool
set_threshold(const struct ocr_bnn_lut_maker *m, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, const struct thresholds *t, uint32_t o)
{
	int64_t n_taps = (int64_t)cy->n_taps * cx->n_taps;
	int64_t n = n_taps * m->l->in_c, extra, k;
	unsigned group = m->p->ops->group;

	if (o >= m->l->out_c) { /* fires, and that is turned over: 0 */
		t->k16[o] = INT16_MIN;
		t->flip[o / group] |= (uint8_t)(1 << o % group);
		return true;
	}
	extra = parities(m, cy, cx, o) +
		n_taps * (group * (int64_t)m->lut->groups - m->l->in_c);
	if (m->l->out_bits == 0) {
		t->fix[o] = (int32_t)(2 * extra + n);
		return false;
	}
	k = ocr_bnn_need(m->l->thresholds[o], n);
	if (m->is_turned[o]) {
		k = n - k + 1;
		t->flip[o / group] |= (uint8_t)(1 << o % group);
	}
	k += extra; /* the least sum that fires */
	if (k <= 0)
		k = 0;
	if (k > INT16_MAX)
		k = INT16_MAX; /* more than any sum */
	t->k16[o] = (int16_t)(k - 1);
	t->k8[o] = (uint8_t)((k + 1) / 2);
	t->is_odd[o] = (uint8_t)(k & 1);
	return (k + 1) / 2 <= UINT8_MAX;
}

static int
new_thresholds(struct thresholds *t, const struct ocr_bnn_lut_maker *m,
    struct ocr_err *err)
{
	struct ocr_bnn_store *s = &m->p->store;

	t->k8 = ocr_bnn_keep(s, m->n_out, 1, err);
	t->is_odd = ocr_bnn_keep(s, m->n_out, 1, err);
	t->flip = ocr_bnn_keep(s, m->n_out / m->p->ops->group, 1, err);
	t->k16 = ocr_bnn_keep(s, m->n_out, sizeof(*t->k16), err);
	t->fix = ocr_bnn_keep(s, m->n_out, sizeof(*t->fix), err);
	if (t->k8 == NULL || t->is_odd == NULL || t->flip == NULL ||
	    t->k16 == NULL || t->fix == NULL)
		return -OCR_ENOMEM;
	return 0;
}

static int
pack_class(const struct ocr_bnn_lut_maker *m, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, struct ocr_bnn_lut_class *to,
    struct ocr_err *err)
{
	int64_t n_taps = (int64_t)cy->n_taps * cx->n_taps;
	struct k_bnn_lut_conv *c = &to->conv;
	struct k_bnn_piece *pieces;
	struct thresholds t;
	bool is_8 = n_taps * m->lut->groups <= UINT8_MAX; /* S */
	uint32_t o;

	c->n_pieces = cut_pieces(m, cy, cx, NULL);
	pieces = ocr_bnn_keep(&m->p->store, c->n_pieces, sizeof(*pieces), err);
	if (pieces == NULL || new_thresholds(&t, m, err) < 0)
		return -OCR_ENOMEM;
	cut_pieces(m, cy, cx, pieces);
	c->pieces = pieces;
	c->n_sets = m->n_out / m->p->ops->group;
	c->tables = m->lut->tables;
	c->n_groups = (uint32_t)m->n_groups;
	c->pixel_groups = m->lut->groups;
	c->stride = m->l->stride_w;
	c->s_rows = cy->n_taps;
	c->s_units = cx->n_taps * m->lut->units;
	c->s_row_step = m->l->in_w * m->lut->units;
	c->s_step = m->l->stride_w * m->lut->units;
	for (o = 0; o < m->n_out; o++)
		is_8 &= set_threshold(m, cy, cx, &t, o);
	c->mode = m->l->out_bits == 0 ? K_BNN_COUNT
		  : is_8              ? K_BNN_FIRE_8
				      : K_BNN_FIRE_16;
	c->k8 = t.k8;
	c->is_odd = t.is_odd;
	c->k16 = t.k16;
	c->flip = t.flip;
	to->fix = t.fix;
	return 0;
}

int
ocr_bnn_lut_classes(const struct ocr_bnn_lut_maker *m, struct ocr_err *err)
{
	struct ocr_bnn_lut *lut = m->lut;
	struct ocr_bnn_lut_class *to;
	uint32_t y, x;
	int r = 0;

	to = ocr_bnn_keep(&m->p->store,
	    (uint64_t)lut->grid.n_rows * lut->grid.n_cols, sizeof(*to), err);
	if (to == NULL)
		return -OCR_ENOMEM;
	lut->classes = to;
	for (y = 0; y < lut->grid.n_rows; y++)
		for (x = 0; r == 0 && x < lut->grid.n_cols; x++)
			r = pack_class(m, &lut->grid.rows[y].clip,
			    &lut->grid.cols[x].clip, to++, err);
	return r;
}

/* Whether one image's pixels fill enough of the vectors: XNOR takes a window in
 * about 1/18 of the time of 32 side by side. */
static uint32_t
near_vectors(const struct ocr_bnn_lut_maker *m)
{
	const struct ocr_bnn_layer *l = m->l;
	const struct ocr_bnn_grid *g = &m->lut->grid;
	uint64_t lanes = m->p->ops->lanes, n;

	if (l->out_bits != 1 || l->stride_h != 1 || l->stride_w != 1 ||
	    g->n_rows != 1 || g->n_cols != 1 ||
	    l->out_h + l->window_h - 1 != l->in_h ||
	    l->out_w + l->window_w - 1 != l->in_w)
		return 0;
	n = ((uint64_t)(l->out_h - 1) * l->in_w + l->out_w + lanes - 1) / lanes;
	return (uint64_t)l->out_h * l->out_w * 16 >= 9 * n * lanes ? (uint32_t)n
								   : 0;
}

/* Windows that have been copied out: all groups in a row. */
int
ocr_bnn_lut_near(const struct ocr_bnn_lut_maker *m, struct ocr_err *err)
{
	struct k_bnn_lut_conv *c = &m->lut->near;
	struct k_bnn_piece *pieces;
	uint32_t max = K_BNN_MAX_SEGMENT(m->p->ops->group), i;

	m->lut->n_near = near_vectors(m);
	if (m->lut->n_near == 0)
		return 0;
	*c = m->lut->classes[0].conv;
	c->n_pieces = (c->n_groups + max - 1) / max;
	pieces = ocr_bnn_keep(&m->p->store, c->n_pieces, sizeof(*pieces), err);
	if (pieces == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < c->n_pieces; i++) {
		uint32_t at = i * max, n = c->n_groups - at;

		pieces[i] = (struct k_bnn_piece){
		    .in = at,
		    .table = at,
		    .n = n < max ? n : max,
		    .ends = 1,
		};
	}
	c->pieces = pieces;
	c->pixel_groups = c->n_groups;
	c->s_units *= c->s_rows;
	c->s_step = c->s_units;
	c->s_rows = 1;
	return 0;
}
