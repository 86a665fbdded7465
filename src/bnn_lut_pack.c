/*
 * bnn_lut_pack.c - tables for the LUT engine
 *
 * Channels that fill up a group of 4 are 0 in both weights and activations:
 * always equal, and counted off.
 *
 * A neuron that needs more than half of its inputs to be equal is turned over:
 * opposite weights, opposite output.  Thresholds that 8 bits do not hold are
 * rare then.
 */
#include "config.h"

#include "src/bnn_lut_pack.h"

#include <string.h>

#include "common/huge.h"

#define MAX_TABLES ((uint64_t)64 << 20)
#define MAX_STATE ((uint64_t)256 << 20)

/* From the signs that the other engine has. */
static void
pack_nibbles(struct ocr_bnn_lut_maker *m, const struct ocr_bnn_xnor *x)
{
	const struct ocr_bnn_layer *l = m->l;
	size_t n_taps = (size_t)l->window_h * l->window_w, t;
	int64_t n = (int64_t)n_taps * l->in_c;
	uint8_t *to = m->weights,
		last = (uint8_t)(15 >> (3 - (l->in_c - 1) % 4));
	uint32_t o, g;

	for (o = 0; o < l->out_c; o++) {
		const uint64_t *w =
		    x->w + (size_t)(o / 4) * x->n_window * 4 + o % 4;
		bool turn = l->out_bits != 0 &&
			    ocr_bnn_need(l->thresholds[o], n) > n / 2;
		uint64_t flip = turn ? 0 : UINT64_MAX;

		m->is_turned[o] = turn;
		for (t = 0; t < n_taps; t++, w += (size_t)x->in_words * 4) {
			for (g = 0; g < m->lut->groups; g++)
				*to++ = (uint8_t)((w[g / 16 * 4] ^ flip) >>
						      g % 16 * 4 &
						  15);
			to[-1] &= last;
		}
	}
}

/* q of 16 weights and 16 activations: twice it is the number of equal bits, less
 * the one's parity, plus the other's. */
static void
fill_q(uint8_t q[16][16])
{
	unsigned w, x;

	for (w = 0; w < 16; w++)
		for (x = 0; x < 16; x++) {
			unsigned equal =
			    4 - (unsigned)__builtin_popcount(w ^ x);

			q[w][x] = (uint8_t)((equal + ocr_bnn_parity(w) -
						ocr_bnn_parity(x)) /
					    2);
		}
}

static void
pack_tables(struct ocr_bnn_lut_maker *m)
{
	uint64_t low[16][2], high[16][2], both[2];
	uint8_t q[16][16], *to = m->tables;
	size_t g, n = m->n_groups;
	unsigned pair, i;
	uint32_t o;

	fill_q(q);
	memcpy(low, q, sizeof(low));
	for (i = 0; i < 32; i++) /* q is 2 at most: bytes stay apart */
		high[i / 2][i % 2] = low[i / 2][i % 2] << 4;
	for (o = 0; o < m->n4; o += 4) {
		const uint8_t *w = m->weights + o * n;

		for (g = 0; g < n; g++)
			for (pair = 0; pair < 2; pair++, to += 16) {
				const uint64_t *a = low[w[2 * pair * n + g]];
				const uint64_t *b =
				    high[w[(2 * pair + 1) * n + g]];

				both[0] = a[0] | b[0];
				both[1] = a[1] | b[1];
				memcpy(to, both, 16);
			}
	}
}

static uint64_t
window_groups(const struct ocr_bnn_layer *l)
{
	return (uint64_t)l->window_h * l->window_w * ocr_bnn_groups(l->in_c);
}

static uint64_t
table_bytes(const struct ocr_bnn_layer *l)
{
	return window_groups(l) * ocr_bnn_groups(l->out_c) * K_BNN_QUAD_BYTES;
}

static int
pack_conv(struct ocr_bnn_packed *p, uint32_t i, struct ocr_bnn_lut *lut,
    uint8_t **tables, struct ocr_err *err)
{
	const struct ocr_bnn_layer *l = &p->net->layers[i];
	struct ocr_bnn_store scratch = {0};
	struct ocr_bnn_lut_maker m = {.p = p,
	    .l = l,
	    .lut = lut,
	    .tables = *tables};
	int r = -OCR_ENOMEM;

	lut->units = (lut->groups + K_BNN_MAX_UNIT - 1) / K_BNN_MAX_UNIT;
	while (lut->groups % lut->units != 0)
		lut->units++;
	lut->unit_groups = lut->groups / lut->units;
	m.n4 = ocr_bnn_groups(l->out_c) * 4;
	m.n_groups = (size_t)window_groups(l);
	m.weights = ocr_bnn_keep(&scratch, (uint64_t)m.n4 * m.n_groups, 1, err);
	m.is_turned = ocr_bnn_keep(&scratch, m.n4, 1, err);
	if (m.weights == NULL || m.is_turned == NULL)
		goto out;
	pack_nibbles(&m, &p->xnor[i]);
	pack_tables(&m);
	*tables += table_bytes(l);
	r = ocr_bnn_lut_classes(&m, err);
	if (r == 0)
		r = ocr_bnn_lut_near(&m, err);
out:
	ocr_bnn_store_free(&scratch);
	return r;
}

/* Bytes of the tables of all layers; 0: the network is not for it. */
static uint64_t
find_tables(const struct ocr_bnn_packed *p)
{
	uint64_t tables = 0, state;
	struct ocr_bnn_sizes s;
	uint32_t i;

	if (p->ops->lanes == 0 || !p->first.is_used || p->net->n_layers < 2)
		return 0;
	for (i = 1; i < p->net->n_layers; i++) {
		const struct ocr_bnn_layer *l = &p->net->layers[i];

		if (l->kind != OCR_BNN_CONV)
			continue;
		if (p->xnor[i].is_and || l->out_bits > 1 ||
		    window_groups(l) > K_BNN_MAX_GROUPS)
			return 0;
		tables += table_bytes(l);
	}
	s = ocr_bnn_lut_sizes(p);
	state = (s.turned + s.values + s.parity + s.out + 2 * s.groups +
		    s.table_row * p->net->layers[0].window_h) *
		p->ops->lanes;
	return tables <= MAX_TABLES && state <= MAX_STATE ? tables : 0;
}

int
ocr_bnn_lut_pack(struct ocr_bnn_packed *p, struct ocr_err *err)
{
	uint64_t bytes = find_tables(p);
	struct ocr_bnn_lut *lut;
	uint8_t *tables;
	uint32_t i;
	int r = 0;

	if (bytes == 0)
		return 0;
	lut = ocr_bnn_keep(&p->store, p->net->n_layers, sizeof(*lut), err);
	tables = ocr_huge_alloc((size_t)bytes, "tables of weights", err);
	p->tables = tables;
	p->table_bytes = (size_t)bytes;
	if (lut == NULL || tables == NULL)
		return -OCR_ENOMEM;
	p->lut = lut;
	p->min_lut = p->ops->min_lut;
	for (i = 0; r == 0 && i < p->net->n_layers; i++) {
		const struct ocr_bnn_layer *l = &p->net->layers[i];

		lut[i].grid = p->xnor[i].grid;
		lut[i].groups = ocr_bnn_groups(l->in_c);
		lut[i].out_groups = ocr_bnn_groups(l->out_c);
		if (i > 0 && l->kind == OCR_BNN_CONV)
			r = pack_conv(p, i, &lut[i], &tables, err);
		if (lut[i].n_near != 0)
			p->min_lut = p->ops->lanes / 2;
	}
	return r;
}
