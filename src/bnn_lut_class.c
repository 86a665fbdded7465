/*
 * bnn_lut_class.c - windows and thresholds for the LUT engine
 *
 * A neuron counts what is equal with its parities left out, and with the channels
 * that fill up a group: its threshold says by how much.
 */
#include "config.h"

#include "src/bnn_lut_pack.h"

#include <string.h>

/* Groups of a window of a class in pieces and segments.  to: NULL: count them.
 * Returns how many pieces. */
static uint32_t
cut_pieces(const struct ocr_bnn_lut_maker *m, const struct ocr_bnn_clip *cy,
    const struct ocr_bnn_clip *cx, struct k_bnn_piece *to)
{
	size_t groups = m->lut->groups, row = cx->n_taps * groups;
	uint32_t n = 0, sum = 0, ky, len;
	size_t g;

	for (ky = 0; ky < cy->n_taps; ky++)
		for (g = 0; g < row; g += len, n++) {
			len = (uint32_t)(row - g < K_BNN_MAX_SEGMENT
					     ? row - g
					     : K_BNN_MAX_SEGMENT);
			if (to == NULL)
				continue;
			if (sum + len > K_BNN_MAX_SEGMENT) {
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

/* Sum of the parities of n nibbles, a byte each. */
static int64_t
sum_parities(const uint8_t *w, uint32_t n)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	int64_t sum = 0;
	uint32_t i;
	uint64_t v;

	for (i = 0; i + 8 <= n; i += 8) {
		memcpy(&v, w + i, 8);
		v ^= v >> 2;
		v ^= v >> 1;
		sum += (int64_t)((v & ones) * ones >> 56);
	}
	for (; i < n; i++)
		sum += ocr_bnn_parity(w[i]);
	return sum;
}

/* Of a neuron's weights in a class. */
static int64_t
parities(const struct ocr_bnn_lut_maker *m, const struct k_bnn_lut_conv *c,
    uint32_t o)
{
	int64_t sum = 0;
	uint32_t i;

	for (i = 0; i < c->n_pieces; i++)
		sum += sum_parities(m->weights + o * m->n_groups +
					c->pieces[i].table,
		    c->pieces[i].n);
	return sum;
}

struct thresholds {
	uint8_t *k8, *is_odd, *flip;
	int16_t *k16;
	int32_t *fix;
};

/* n_taps: of the class.  With sum = 2 * sum of q + S, and `extra` counted too
 * much, equal = sum - extra.  Returns whether 8 bits hold it. */
static bool
set_threshold(const struct ocr_bnn_lut_maker *m, const struct k_bnn_lut_conv *c,
    const struct thresholds *t, uint32_t o, int64_t n_taps)
{
	int64_t n = n_taps * m->l->in_c, extra, k;

	if (o >= m->l->out_c) { /* fires, and that is turned over: 0 */
		t->k16[o] = INT16_MIN;
		t->flip[o / 4] |= (uint8_t)(1 << o % 4);
		return true;
	}
	extra = parities(m, c, o) +
		n_taps * (4 * (int64_t)m->lut->groups - m->l->in_c);
	if (m->l->out_bits == 0) {
		t->fix[o] = (int32_t)(2 * extra + n);
		return false;
	}
	k = ocr_bnn_need(m->l->thresholds[o], n);
	if (m->is_turned[o]) {
		k = n - k + 1;
		t->flip[o / 4] |= (uint8_t)(1 << o % 4);
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

	t->k8 = ocr_bnn_keep(s, m->n4, 1, err);
	t->is_odd = ocr_bnn_keep(s, m->n4, 1, err);
	t->flip = ocr_bnn_keep(s, m->n4 / 4, 1, err);
	t->k16 = ocr_bnn_keep(s, m->n4, sizeof(*t->k16), err);
	t->fix = ocr_bnn_keep(s, m->n4, sizeof(*t->fix), err);
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
	c->n_quads = m->n4 / 4;
	c->tables = m->tables;
	c->n_groups = (uint32_t)m->n_groups;
	c->pixel_groups = m->lut->groups;
	c->stride = m->l->stride_w;
	c->s_rows = cy->n_taps;
	c->s_units = cx->n_taps * m->lut->units;
	c->s_row_step = m->l->in_w * m->lut->units;
	c->s_step = m->l->stride_w * m->lut->units;
	for (o = 0; o < m->n4; o++)
		is_8 &= set_threshold(m, c, &t, o, n_taps);
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
	uint32_t i;

	m->lut->n_near = near_vectors(m);
	if (m->lut->n_near == 0)
		return 0;
	*c = m->lut->classes[0].conv;
	c->n_pieces = (c->n_groups + K_BNN_MAX_SEGMENT - 1) / K_BNN_MAX_SEGMENT;
	pieces = ocr_bnn_keep(&m->p->store, c->n_pieces, sizeof(*pieces), err);
	if (pieces == NULL)
		return -OCR_ENOMEM;
	for (i = 0; i < c->n_pieces; i++) {
		uint32_t at = i * K_BNN_MAX_SEGMENT, n = c->n_groups - at;

		pieces[i] = (struct k_bnn_piece){
		    .in = at,
		    .table = at,
		    .n = n < K_BNN_MAX_SEGMENT ? n : K_BNN_MAX_SEGMENT,
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
